"""The simulated service as one ASGI application: its routes, and what every answer carries."""

import asyncio
from collections import deque
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from app.clock import Clock, SystemClock, today
from app.simulator.account import Account
from app.simulator.completions import ChatCompletions, Sleep
from app.simulator.errors import ApiError, require_key
from app.simulator.faults import FaultQueue, read_fault
from app.simulator.models import find_model, offered_models
from app.simulator.wire import Ids

API_VERSION = "2020-10-01"
"""What OpenAI's own answers carry in `openai-version`."""
_BILLED = "/v1/chat/completions"


class Simulator:
    """An OpenAI-compatible upstream without a network; call it as an ASGI application.

    `account`, `faults` and `requests` are what a test looks at and turns.
    """

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self.account = Account()
        self.faults = FaultQueue()
        self._clock = clock
        self._ids = Ids(clock)
        self._completions = ChatCompletions(clock, sleep, self._ids, self.account, self.faults)
        self._app = Starlette(
            routes=[
                Route(_BILLED, self._completions.answer, methods=["POST"]),
                Route("/v1/models", self._list_models),
                Route("/v1/models/{name}", self._show_model),
                Route("/simulator/account", self._show_account, methods=["GET"]),
                Route("/simulator/account", self._reset_account, methods=["DELETE"]),
                Route("/simulator/faults", self._list_faults, methods=["GET"]),
                Route("/simulator/faults", self._add_fault, methods=["POST"]),
                Route("/simulator/faults", self._clear_faults, methods=["DELETE"]),
                Route("/health", self._show_health),
            ],
            exception_handlers=dict.fromkeys((ApiError, HTTPException, Exception), _error_response),
        )

    @property
    def requests(self) -> deque[dict[str, Any]]:
        """The latest bodies that were received, as they came; the oldest are forgotten."""
        return self._completions.requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._ids.new("req_")
        scope.setdefault("state", {})["request_id"] = request_id
        start = self._clock.monotonic()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers["openai-processing-ms"] = str(round((self._clock.monotonic() - start) * 1000))
                headers["openai-version"] = API_VERSION
            await send(message)

        billed = scope["path"] == _BILLED
        self.account.under_way += billed
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self.account.under_way -= billed

    async def _list_models(self, request: Request) -> Response:
        require_key(request)
        return JSONResponse({"object": "list", "data": offered_models(today(self._clock))})

    async def _show_model(self, request: Request) -> Response:
        require_key(request)
        name = request.path_params["name"]
        return JSONResponse(find_model(name, today(self._clock)).card(name))

    async def _show_account(self, _: Request) -> Response:
        return JSONResponse(self.account.as_json())

    async def _reset_account(self, _: Request) -> Response:
        self.account.reset()
        return Response(status_code=204)

    async def _list_faults(self, _: Request) -> Response:
        return JSONResponse({"faults": [fault.model_dump(exclude_none=True) for fault in self.faults.waiting()]})

    async def _add_fault(self, request: Request) -> Response:
        try:
            fault = read_fault(await request.body())
        except ValueError as invalid:
            raise ApiError(str(invalid), status=422) from invalid
        self.faults.add(fault)
        return JSONResponse(fault.model_dump(exclude_none=True), 201)

    async def _clear_faults(self, _: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)

    async def _show_health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "simulated": True})


async def _error_response(request: Request, error: Exception) -> Response:
    match error:
        case ApiError():
            return error.response()
        case HTTPException():
            message = f"Invalid URL or method ({request.method} {request.url.path})"
            return ApiError(message, status=error.status_code).response()
        case _:
            message = f"The simulator failed: {type(error).__name__}. This is a mistake in the simulator."
            return ApiError(message, status=500, kind="server_error").response()


def create_simulator(clock: Clock | None = None, *, sleep: Sleep = asyncio.sleep) -> Simulator:
    """A simulator with empty books.

    Args:
        clock: decides which models still answer, and what `created` says; the system's where none is given.
        sleep: waits for the seconds of a fault; a test gives one that does not wait.
    """
    return Simulator(clock or SystemClock(), sleep)
