"""`POST /v1/chat/completions`: from the bytes of a request to a response that is already on the bill."""

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.clock import Clock, today
from app.simulator.account import Account, Bill
from app.simulator.answer import Answer, generate, misstate
from app.simulator.drafting import draft_answer
from app.simulator.errors import ApiError, client_request_id, require_key
from app.simulator.faults import Fault, FaultQueue
from app.simulator.metering import PromptCache
from app.simulator.request import ChatRequest, accept
from app.simulator.responses import MeteredResponse, Stall, broken_body, broken_events, response_instead
from app.simulator.wire import Ids, event_parts, whole_body

MAX_BODY = 20 * 1024 * 1024
"""Bytes."""
KEPT_REQUESTS = 1_000

Sleep = Callable[[float], Awaitable[None]]


class ChatCompletions:
    def __init__(self, clock: Clock, sleep: Sleep, ids: Ids, account: Account, faults: FaultQueue) -> None:
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self._clock = clock
        self._sleep = sleep
        self._ids = ids
        self._account = account
        self._faults = faults
        self._cache = PromptCache()

    async def answer(self, request: Request) -> Response:
        require_key(request)
        named = client_request_id(request)
        body = await _read_object(request)
        self.requests.append(body)
        fault = self._faults.take(body.get("model"))
        stall = self._stall(fault)
        if stall is None and fault is not None and fault.seconds is not None:
            await self._sleep(fault.seconds)
        instead = response_instead(fault)
        if instead is not None:
            return instead
        accepted = accept(body, today(self._clock))
        answer = self._generated(accepted, fault)
        bill = self._billed(answer, accepted, request.state.request_id, named)
        dies = fault is not None and fault.kind == "cut_stream"
        if accepted.asked.stream:
            events = broken_events(event_parts(answer, includes_usage=accepted.includes_usage), fault)
            return MeteredResponse(events, answer, bill, media_type="text/event-stream", dies=dies, stall=stall)
        whole = broken_body(whole_body(answer), fault)
        return MeteredResponse([whole], answer, bill, media_type="application/json", dies=dies, stall=stall)

    def _stall(self, fault: Fault | None) -> Stall | None:
        match fault:
            case Fault(kind="delay", chunks=int(chunks), seconds=float(seconds)):
                return Stall(chunks, partial(self._sleep, seconds))
            case _:
                return None

    def _generated(self, accepted: ChatRequest, fault: Fault | None) -> Answer:
        draft = draft_answer(accepted.asked, fault)
        answer_id, now = self._ids.new("chatcmpl-"), self._clock.now()
        return misstate(generate(accepted, draft, self._cache, answer_id=answer_id, now=now), fault)

    def _billed(self, answer: Answer, accepted: ChatRequest, request_id: str, named: str | None) -> Bill:
        """An answer that is sent whole is written before it is sent; a stream's bill starts with the prompt."""
        streamed = bool(accepted.asked.stream)
        bill = Bill(
            id=answer.id,
            model=answer.model,
            usage=answer.usage(0 if streamed else None),
            service_tier=answer.service_tier,
            request_id=request_id,
            streamed=streamed,
            client_request_id=named,
        )
        self._account.add(bill)
        return bill


async def _read_object(request: Request) -> dict[str, Any]:
    """The JSON object of the body.

    Raises:
        ApiError: 413 where it is larger than `MAX_BODY`, 400 where it is no JSON object.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise ApiError(f"The request is larger than {MAX_BODY} bytes.", status=413, code="request_too_large")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as malformed:
        raise ApiError("We could not parse the JSON body of your request.") from malformed
    if not isinstance(value, dict):
        raise ApiError("We expected the JSON body of your request to be an object.")
    return value
