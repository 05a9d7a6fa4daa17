"""What `POST /v1/embeddings` answers."""

import struct
from base64 import b64encode
from typing import Any

import orjson

from app.clock import Clock, today
from app.simulator.answer import failure_words
from app.simulator.delivery import Part
from app.simulator.embeddings.request import EmbeddingRequest, accept
from app.simulator.embeddings.vectors import vector
from app.simulator.endpoint import Body, Reply
from app.simulator.errors import error_body
from app.simulator.faults import Fault
from app.simulator.metering import Usage


class Embeddings:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def reply(self, body: Body, fault: Fault | None) -> Reply:
        """The answer as a fault leaves it; an ApiError for what the API refuses."""
        request = accept(body, today(self._clock))
        model, usage, tells_usage = request.model.id, _usage(request), True
        match fault:
            case Fault(kind="model", answer_model=str(other)):
                model = other
            case Fault(kind="usage", usage=dict(other)):
                usage = other
            case Fault(kind="no_usage"):
                tells_usage = False
        answer: dict[str, Any] = {"object": "list", "data": _data(request), "model": model}
        if tells_usage:
            answer["usage"] = usage
        if fault is not None and fault.fields is not None:
            answer |= fault.fields
        if fault is not None and fault.kind == "error":
            code, message = failure_words(fault)
            answer = error_body(message, "server_error", code=code)
        return Reply(
            answer_id=None,
            model=model,
            service_tier=None,
            usage=lambda _written: usage,
            streamed=False,
            parts=[Part(orjson.dumps(answer), 0)],
        )


def _usage(request: EmbeddingRequest) -> Usage:
    return {"prompt_tokens": request.tokens, "total_tokens": request.tokens}


def _data(request: EmbeddingRequest) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = []
    for index, tokens in enumerate(request.inputs):
        numbers = vector(tokens, request.model.dimensions, request.dimensions)
        written = b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode() if request.as_base64 else [*numbers]
        data.append({"object": "embedding", "index": index, "embedding": written})
    return data
