"""The events of a streamed response, in their order, each with its number.

https://platform.openai.com/docs/api-reference/responses-streaming. There is no end mark: the last event is one of
completed, incomplete and failed, with the whole response, or an error.
"""

from collections.abc import Iterator
from itertools import count

import orjson

from app.simulator.delivery import Part, padding
from app.simulator.responses.body import Exchange, Json


def event_parts(exchange: Exchange) -> Iterator[Part]:
    yield from _EventWriter(exchange).all()


class _EventWriter:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._answer = exchange.answer
        self._numbers = count()
        self._written = 0

    def all(self) -> Iterator[Part]:
        output = self._exchange.output()
        for kind in ("response.created", "response.in_progress"):
            yield self._event(kind, response=self._exchange.response("in_progress", []))
        spoken = 0
        for index, item in enumerate(output):
            place = {"item_id": item["id"], "output_index": index}
            if item["type"] == "reasoning":
                opening, written = item | {"summary": []}, self._reasoning(item, place)
            elif item["type"] == "message":
                opening = item | {"status": "in_progress", "content": []}
                written = self._message(item["content"][0], place | {"content_index": 0})
            else:
                opening = item | {"status": "in_progress", "arguments": ""}
                written = self._call(item, place, spoken)
                spoken += 1
            yield self._event("response.output_item.added", output_index=index, item=opening)
            yield from written
            if not self._breaks_off(item):
                yield self._event("response.output_item.done", output_index=index, item=item)
        yield self._end(output)

    def _event(self, kind: str, **fields: object) -> Part:
        data = {"type": kind, "sequence_number": next(self._numbers), **fields}
        return Part(b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n", self._written)

    def _breaks_off(self, item: Json) -> bool:
        """An item that a failure ends is never said to be done; one that the limit ends is."""
        return self._answer.failure is not None and item.get("status") == "incomplete"

    def _reasoning(self, item: Json, place: Json) -> Iterator[Part]:
        for number, part in enumerate(item["summary"]):
            here = place | {"summary_index": number}
            yield self._event("response.reasoning_summary_part.added", **here, part=part | {"text": ""})
            more = self._padding(part["text"])
            yield self._event("response.reasoning_summary_text.delta", **here, delta=part["text"], **more)
            yield self._event("response.reasoning_summary_text.done", **here, text=part["text"])
            yield self._event("response.reasoning_summary_part.done", **here, part=part)

    def _message(self, part: Json, place: Json) -> Iterator[Part]:
        if part["type"] == "refusal":
            kind, key, more = "response.refusal", "refusal", Json()
        else:
            kind, key, more = "response.output_text", "text", Json(logprobs=[])
        yield self._event("response.content_part.added", **place, part=part | {key: ""})
        yield from self._deltas(f"{kind}.delta", 0, place | more)
        if self._answer.failure is None:
            yield self._event(f"{kind}.done", **place, **more, **{key: part[key]})
            yield self._event("response.content_part.done", **place, part=part)

    def _call(self, item: Json, place: Json, number: int) -> Iterator[Part]:
        yield from self._deltas("response.function_call_arguments.delta", number, place)
        if not self._breaks_off(item):
            kind = "response.function_call_arguments.done"
            yield self._event(kind, **place, arguments=item["arguments"])

    def _deltas(self, kind: str, number: int, place: Json) -> Iterator[Part]:
        """The pieces of the message, or of the call with this number."""
        for piece in self._answer.choices[0].pieces:
            if piece.part == number:
                self._written += piece.tokens
                yield self._event(kind, **place, delta=piece.text, **self._padding(piece.text))

    def _padding(self, text: str) -> Json:
        return {"obfuscation": padding(text)} if self._exchange.obfuscates else {}

    def _end(self, output: list[Json]) -> Part:
        failure, status = self._answer.failure, self._exchange.status
        if failure is not None and failure.kind == "error":
            return self._event("error", code=failure.code, message=failure.message, param=None)
        return self._event(f"response.{status}", response=self._exchange.response(status, output))
