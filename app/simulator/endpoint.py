"""What every billed endpoint does: from the bytes of a request to a response that is already on the bill."""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.simulator.account import Account, Bill
from app.simulator.delivery import MeteredResponse, Part, Stall, broken_body, broken_events, response_instead
from app.simulator.errors import ApiError, client_request_id, require_key
from app.simulator.faults import Fault, FaultQueue
from app.simulator.metering import Usage
from app.simulator.names import EndpointName

MAX_BODY = 20 * 1024 * 1024
"""Bytes."""
KEPT_REQUESTS = 1_000

Body = dict[str, Any]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Reply:
    """What one request is answered, in the parts in which it is sent: a whole answer is one part.

    `usage` is that of so many tokens of text, of the whole answer where that is None. `end_mark` ends a stream.
    """

    answer_id: str | None
    model: str
    service_tier: str | None
    usage: Callable[[int | None], Usage]
    streamed: bool
    parts: Iterable[Part]
    end_mark: bytes = b""


@dataclass(frozen=True)
class Books:
    """What all endpoints share: faults come from here, requests and bills go there."""

    account: Account = field(default_factory=Account)
    faults: FaultQueue = field(default_factory=FaultQueue)
    requests: deque[Body] = field(default_factory=partial(deque, maxlen=KEPT_REQUESTS))


class Endpoint:
    """`reply` answers the body of a request as a fault leaves it, or raises an ApiError."""

    def __init__(
        self, name: EndpointName, reply: Callable[[Body, Fault | None], Reply], books: Books, sleep: Sleep
    ) -> None:
        self._name = name
        self._reply = reply
        self._books = books
        self._sleep = sleep

    async def answer(self, request: Request) -> Response:
        require_key(request)
        named = client_request_id(request)
        body = await _read_object(request)
        self._books.requests.append(body)
        fault = self._books.faults.take(self._name, body.get("model"))
        stall = self._stall(fault)
        if stall is None and fault is not None and fault.seconds is not None:
            await self._sleep(fault.seconds)
        instead = response_instead(fault)
        if instead is not None:
            return instead
        reply = self._reply(body, fault)
        bill = self._billed(reply, request.state.request_id, named)
        dies = fault is not None and fault.kind == "cut_stream"
        if reply.streamed:
            events = broken_events(reply.parts, fault, reply.end_mark)
            return MeteredResponse(events, reply.usage, bill, media_type="text/event-stream", dies=dies, stall=stall)
        parts = [broken_body(part, fault) for part in reply.parts]
        return MeteredResponse(parts, reply.usage, bill, media_type="application/json", dies=dies, stall=stall)

    def _stall(self, fault: Fault | None) -> Stall | None:
        match fault:
            case Fault(kind="delay", chunks=int(chunks), seconds=float(seconds)):
                return Stall(chunks, partial(self._sleep, seconds))
            case _:
                return None

    def _billed(self, reply: Reply, request_id: str, named: str | None) -> Bill:
        """An answer that is sent whole is written before it is sent; a stream's bill starts with the prompt."""
        bill = Bill(
            endpoint=self._name,
            id=reply.answer_id,
            model=reply.model,
            usage=reply.usage(0 if reply.streamed else None),
            service_tier=reply.service_tier,
            request_id=request_id,
            streamed=reply.streamed,
            client_request_id=named,
        )
        self._books.account.add(bill)
        return bill


async def _read_object(request: Request) -> Body:
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
