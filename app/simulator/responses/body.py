"""The response object and the items of its output.

https://platform.openai.com/docs/api-reference/responses/object.
"""

from dataclasses import dataclass
from typing import Any, Literal

from app.simulator.answer import Answer
from app.simulator.caching import LIFETIMES
from app.simulator.metering import Meter, Usage
from app.simulator.request import ModelRequest
from app.simulator.responses.parameters import ResponseParameters
from app.simulator.responses.request import Accepted

Json = dict[str, Any]
ResponseStatus = Literal["in_progress", "completed", "incomplete", "failed"]

SUMMARY = "The simulator follows plain rules; it does not think."


def response_usage(meter: Meter, written: int) -> Usage:
    """The usage object once `written` tokens of text are there."""
    output = meter.reasoning + written
    details: Json = {"cached_tokens": meter.cache.read, "cache_write_tokens": meter.cache_writes}
    if meter.tells_writes:
        details["cache_write_tokens_details"] = {
            f"ttl_{ttl}_tokens": meter.cache.written.get(ttl, 0) for ttl in LIFETIMES
        }
    return {
        "input_tokens": meter.prompt,
        "input_tokens_details": details,
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": meter.reasoning},
        "total_tokens": meter.prompt + output,
    }


@dataclass(frozen=True)
class Exchange:
    """A request to Responses and the answer to it."""

    accepted: Accepted
    answer: Answer

    @property
    def asked(self) -> ResponseParameters:
        return self.accepted.asked

    @property
    def request(self) -> ModelRequest:
        return self.accepted.request

    @property
    def obfuscates(self) -> bool:
        """Whether the deltas of a stream are padded, as they are where nobody says no."""
        options = self.asked.stream_options
        return options is None or options.include_obfuscation is not False

    @property
    def status(self) -> ResponseStatus:
        """How the answer ends."""
        if self.answer.failure is not None:
            return "failed"
        return "incomplete" if self.answer.is_filtered or self.answer.choices[0].is_cut else "completed"

    def response(self, status: ResponseStatus, output: list[Json]) -> Json:
        """The whole object, which repeats what was asked. Only an answer under way has no usage."""
        asked, answer, ended = self.asked, self.answer, status != "in_progress"
        failure = answer.failure if status == "failed" else None
        return {
            "id": answer.id,
            "object": "response",
            "created_at": answer.created,
            "status": status,
            "background": False,
            "completed_at": answer.created if status == "completed" else None,
            "error": None if failure is None else {"code": failure.code, "message": failure.message},
            "incomplete_details": self._incomplete_details() if status == "incomplete" else None,
            "instructions": asked.instructions,
            "max_output_tokens": asked.max_output_tokens,
            "max_tool_calls": asked.max_tool_calls,
            "model": answer.model,
            "output": output,
            "parallel_tool_calls": asked.parallel_tool_calls is not False,
            "previous_response_id": None,
            "prompt_cache_key": asked.prompt_cache_key,
            "prompt_cache_retention": asked.prompt_cache_retention,
            "reasoning": {"effort": self._effort(), "summary": asked.summary},
            "safety_identifier": asked.safety_identifier,
            "service_tier": answer.service_tier if ended else asked.service_tier or "auto",
            "temperature": 1.0 if asked.temperature is None else asked.temperature,
            "text": self._text(),
            "tool_choice": self._tool_choice(),
            "tools": self._tools(),
            "top_logprobs": 0,
            "top_p": 1.0 if asked.top_p is None else asked.top_p,
            "truncation": asked.truncation or "disabled",
            "usage": answer.usage() if ended and answer.tells_usage else None,
            "user": asked.user,
            "metadata": asked.metadata or {},
            **self._of_this_model(),
            **answer.false_fields,
        }

    def _incomplete_details(self) -> Json:
        return {"reason": "content_filter" if self.answer.is_filtered else "max_output_tokens"}

    def _of_this_model(self) -> Json:
        """What only the newer models tell."""
        model, told = self.request.model, Json()
        if model.caching == "breakpoints":
            told["prompt_cache_options"] = self.asked.cache_options.model_dump()
        if model.checks_what_comes_before:
            told["input_transformations"] = self.accepted.handed.dropped
        return told

    def output(self) -> list[Json]:
        """All that was said, in its order: reasoning, then a message or calls."""
        choice = self.answer.choices[0]
        items = [self._reasoning()] if self.answer.meter.reasoning else []
        # No item was begun where the limit, or a failure, left no room for a first piece.
        texts = choice.texts if choice.pieces or self.status == "completed" else []
        for number, text in enumerate(texts):
            status = "completed" if self.status == "completed" or number < len(texts) - 1 else "incomplete"
            if choice.draft.channel == "tool":
                items.append(self._call(len(items), choice.draft.tools[number], text, status))
            else:
                items.append(self._message(len(items), text, status))
        return items

    def _reasoning(self) -> Json:
        summary = [{"type": "summary_text", "text": SUMMARY}] if self.asked.summary else []
        item: Json = {"id": self._id("rs_", 0), "type": "reasoning", "summary": summary}
        if self.asked.store is False or "reasoning.encrypted_content" in (self.asked.include or ()):
            tokens = self.answer.meter.reasoning
            item["encrypted_content"] = self.accepted.handed.origin.seal(self.answer.id, tokens)
        return item

    def _message(self, index: int, text: str, status: str) -> Json:
        part: Json = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        if self.answer.choices[0].draft.channel == "refusal":
            part = {"type": "refusal", "refusal": text}
        item: Json = {"id": self._id("msg_", index), "type": "message", "status": status, "role": "assistant"}
        if self.request.model.responses.efforts:
            item["phase"] = "final_answer"
        return item | {"content": [part]}

    def _call(self, index: int, name: str, arguments: str, status: str) -> Json:
        return {
            "id": self._id("fc_", index),
            "type": "function_call",
            "status": status,
            "call_id": self._id("call_", index),
            "name": name,
            "arguments": arguments,
        }

    def _id(self, prefix: str, index: int) -> str:
        """The answer's own id and the item's place in it make an id that no other item has."""
        return f"{prefix}{self.answer.id.removeprefix('resp_')}{index:02d}"

    def _effort(self) -> str | None:
        return self.request.effort if self.request.model.responses.efforts else None

    def _tools(self) -> list[Json]:
        always = {"parameters": None, "strict": False}
        return [always | tool.model_dump(exclude_none=True) for tool in self.asked.tools or ()]

    def _text(self) -> Json:
        form = self.asked.format.model_dump(by_alias=True, exclude_none=True)
        return {"format": form, "verbosity": self.asked.verbosity}

    def _tool_choice(self) -> str | Json:
        choice = self.asked.tool_choice
        if choice is None:
            return "auto"
        return choice.model_dump(exclude_none=True) if choice.type in ("function", "allowed_tools") else choice.type
