"""From a task to a request: what fits into the model's context, how it is asked, and what that costs at most."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from app.clock import Clock, today
from app.errors import InputError
from app.services.gen_ai.core.operation import GenerationTask, PlainText
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord, RequestProfile
from app.services.gen_ai.rules.model_resolver import Resolution
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.rules.upstream import Upstream, has_tier
from app.services.gen_ai.rules.worst_case import (
    PER_MESSAGE,
    WorstCase,
    longest_prompt,
    output_limit,
    prompt_tokens,
    worst_case,
)
from app.services.gen_ai.wire.formats import format_of
from app.services.gen_ai.wire.messages import Exchange, Message
from app.services.gen_ai.wire.text_request import OpenAIFields, TextRequest
from app.tokenizer import Encoding, count_tokens
from app.vocabulary import Wire

MAX_ROUNDS = 5
"""How often a model may look something up for one answer; then it must answer with what it has."""
_ROUND_TOKENS = 4000
_ROUND_SHARE = 20
"""A round takes a twentieth of the prompt at most, so that all rounds together take a quarter of it at most."""


class MessageTooLongError(InputError):
    """`fields` carry `message_tokens`, `most_tokens` (what the message may have), and `model_id`."""

    code = "message_too_long"
    title = "The message does not fit into the model's context"


@dataclass(frozen=True, slots=True)
class RoundLimit:
    """The tokens that one round may add to the prompt, calls and results together."""

    tokens: int
    encoding: Encoding


def round_limit(record: ModelRecord, encoding: Encoding) -> RoundLimit:
    return RoundLimit(min(_ROUND_TOKENS, longest_prompt(record) // _ROUND_SHARE), encoding)


def rounds_used(messages: Sequence[Message]) -> int:
    """How many rounds of calls a conversation has had since it was begun."""
    return sum(bool(message.calls) for message in messages)


def room_for_history(
    payload: dict[str, Any], messages: Sequence[Message], record: ModelRecord, encoding: Encoding
) -> int:
    """The tokens that are left for the history beside all that must be said, looked up and answered.

    Args:
        payload: the request without any history.
        messages: what it was made from.
        record: the model that it is for.
        encoding: the model's vocabulary.

    Raises:
        MessageTooLongError: there is no room for what must be said.
    """
    output = output_limit(payload, record)
    most = min(record.max_input_tokens or record.context_window, record.context_window - output)
    rounds = MAX_ROUNDS - rounds_used(messages) if "tools" in payload else 0
    # What is handed back unchanged is as long as the model made it, its thoughts included.
    each = round_limit(record, encoding).tokens + (output if "reasoning" in payload else 0)
    room = most - prompt_tokens(payload, encoding) - rounds * each
    if room >= 0:
        return room
    question = next((message.text for message in reversed(messages) if message.role == "user"), "")
    tokens = count_tokens(question, encoding)
    fits = max(tokens + room, 0)
    raise MessageTooLongError(
        f"The message has {tokens} tokens, and {record.model_id} has room for {fits}: shorten it by about "
        f"{tokens - fits} tokens, or choose a model with a larger context",
        message_tokens=tokens,
        most_tokens=fits,
        model_id=record.model_id,
    )


def newest_that_fit(history: Sequence[Exchange], room: int, encoding: Encoding) -> Sequence[Exchange]:
    """The newest exchanges, in their order, that take `room` tokens at most; an exchange is never cut."""
    # A token has a byte at least: what has fewer bytes than the room needs no counting, which is most of what there is.
    if sum(PER_MESSAGE + len(message.text.encode()) for exchange in history for message in exchange) <= room:
        return history
    kept = len(history)
    while kept > 0:
        room -= sum(PER_MESSAGE + count_tokens(message.text, encoding) for message in history[kept - 1])
        if room < 0:
            break
        kept -= 1
    return history[kept:]


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    record: ModelRecord
    profile: RequestProfile
    payload: Mapping[str, Any]
    worst: WorstCase
    wire: Wire = Wire.CHAT_COMPLETIONS


# From a task and the model that answers it to a request.


class Preparation:
    """`identify` makes of a caller's id what OpenAI may know of it."""

    def __init__(
        self,
        policies: PolicyRegistry,
        catalog: ModelCatalog,
        clock: Clock,
        *,
        upstream: Upstream,
        identify: Callable[[str], str],
        regional: bool,
    ) -> None:
        self._policies = policies
        self._catalog = catalog
        self._clock = clock
        self._upstream = upstream
        self._identify = identify
        self._regional = regional

    def prepare(
        self, task: GenerationTask[Any, Any], resolution: Resolution, *, streamed: bool = False
    ) -> PreparedRequest:
        """The request for a model, on the wire on which it can do what the task asks, with its worst case.

        Raises:
            MessageTooLongError: a conversation whose last message alone is too long for the model.
        """
        record = resolution.record
        profile = self._catalog.profile(record)
        policy = self._policies.policy(task.service)
        tier = record.tier_on(today(self._clock), policy.service_tier)
        wire = self._upstream.wire_for(policy, profile, tier, calls_tools=bool(task.tools))
        tier = tier if has_tier(wire, tier) else ServiceTier.DEFAULT
        asked = replace(self._asked(task, record, profile, tier), streamed=streamed)
        shape = format_of(wire).shape
        payload = shape(asked)
        if task.history is not None:
            room = room_for_history(payload, task.messages, record, profile.encoding)
            if kept := newest_that_fit(task.history, room, profile.encoding):
                payload = shape(replace(asked, messages=(*chain.from_iterable(kept), *task.messages)))
        worst = worst_case(payload, record, profile.encoding, today(self._clock), regional=self._regional)
        return PreparedRequest(record, profile, payload, worst, wire)

    def round_limit(self, resolution: Resolution) -> RoundLimit:
        """What a round of tool calls may add to the prompt of a model."""
        return round_limit(resolution.record, self._catalog.profile(resolution.record).encoding)

    def _asked(
        self, task: GenerationTask[Any, Any], record: ModelRecord, profile: RequestProfile, tier: ServiceTier
    ) -> TextRequest:
        to_openai = self._upstream.takes_openai_fields(record)
        return TextRequest(
            service=task.service,
            record=record,
            profile=profile,
            messages=task.messages,
            answer=None if task.answer is PlainText else task.answer,
            answer_name=task.operation,
            max_output_tokens=task.max_output_tokens,
            temperature=task.temperature,
            tools=task.tools,
            may_call=rounds_used(task.messages) < MAX_ROUNDS,
            goes_on=task.history is not None or bool(task.tools),
            openai=OpenAIFields(tier, self._identify(task.caller_id)) if to_openai else None,
        )
