"""Shapes a request so that a model's family accepts it: roles, limits, sampling, reasoning and formats."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.wire.messages import Message, Tool
from app.services.gen_ai.wire.strict_schema import strict_schema

_SCHEMA_IN_WORDS = (
    "Answer with one JSON object that matches this JSON schema, and with nothing else:\n```json\n{schema}\n```"
)


def shape_request(
    record: ModelRecord,
    profile: RequestProfile,
    messages: Sequence[Message],
    *,
    answer: type[BaseModel] | None,
    answer_name: str,
    max_output_tokens: int,
    service_tier: ServiceTier = ServiceTier.DEFAULT,
    temperature: float | None = None,
    tools: Sequence[Tool[Any]] = (),
    may_call: bool = True,
) -> dict[str, Any]:
    """The body of a Chat Completions request.

    Args:
        record: the model that will answer.
        profile: what its family accepts.
        messages: the conversation; instructions first.
        answer: the type that the answer must have, or None for plain text.
        answer_name: how the schema is called in the request.
        max_output_tokens: the most visible tokens that the answer may have; cut to what the model can give.
        service_tier: always said: what is not said would be the OpenAI project's setting, at a price of its own.
        temperature: 0 to 2; left out where the family does not take it.
        tools: what the model may call; left out where the family cannot call functions.
        may_call: False: it sees the tools that it has called, and may call no more.
    """
    if answer is not None and profile.structured_output != "json_schema":
        schema = json.dumps(strict_schema(answer), ensure_ascii=False)
        messages = (*messages, Message("instruction", _SCHEMA_IN_WORDS.format(schema=schema)))
    limit = min(max_output_tokens + profile.reasoning_allowance, record.max_output_tokens)
    payload: dict[str, Any] = {
        "model": record.model_id,
        "messages": list(_with_roles(messages, profile)),
        profile.token_limit: limit,
        "service_tier": service_tier.value,
    }
    if temperature is not None and profile.permits(profile.sampling):
        payload["temperature"] = temperature
    if profile.reasoning_effort is not None:
        payload["reasoning_effort"] = profile.reasoning_effort
    if answer is not None and profile.structured_output != "prompt":
        payload["response_format"] = _response_format(profile, answer, answer_name)
    if tools and profile.permits(profile.function_calling):
        payload["tools"] = [tool.described() for tool in tools]
        if not may_call:
            payload["tool_choice"] = "none"
    return payload


def _response_format(profile: RequestProfile, answer: type[BaseModel], name: str) -> dict[str, Any]:
    if profile.structured_output == "json_object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": strict_schema(answer)}}


def _with_roles(messages: Iterable[Message], profile: RequestProfile) -> Iterable[dict[str, Any]]:
    """All instructions become one first message; a family without such a role gets them before the user's own words."""
    messages = tuple(messages)
    instructions = "\n\n".join(message.text for message in messages if message.role == "instruction")
    spoken = [message for message in messages if message.role != "instruction"]
    if not profile.permits(profile.function_calling):
        spoken = _without_calls(spoken)
    if instructions and profile.instruction_role != "none":
        yield {"role": profile.instruction_role, "content": instructions}
        instructions = ""
    for message in spoken:
        if instructions and message.role == "user":
            yield {"role": "user", "content": f"{instructions}\n\n{message.text}"}
            instructions = ""
        else:
            yield _as_sent(message)
    if instructions:
        yield {"role": "user", "content": instructions}


def _as_sent(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
    if message.calls:
        calls = [call.as_sent() for call in message.calls]
        return {"role": message.role, "content": message.text or None, "tool_calls": calls}
    return {"role": message.role, "content": message.text}


def _without_calls(messages: Iterable[Message]) -> list[Message]:
    """What another model has looked up, for one that cannot: the calls are left out, the results are in the user's."""
    return [
        Message("user", message.text) if message.role == "tool" else message
        for message in messages
        if not message.calls
    ]
