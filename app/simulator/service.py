"""The simulated service as one ASGI application: its routes, and what every answer carries."""

import asyncio

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from app.clock import Clock, SystemClock, today
from app.simulator.answer import Writer
from app.simulator.chat.completions import ChatCompletions
from app.simulator.embeddings.embedding import Embeddings
from app.simulator.endpoint import Books, Endpoint, Sleep
from app.simulator.errors import ApiError, require_key
from app.simulator.faults import read_fault
from app.simulator.models import find_model, model_card, offered_models
from app.simulator.names import Ids
from app.simulator.responses.creation import Responses

API_VERSION = "2020-10-01"
"""What OpenAI's own answers carry in `openai-version`."""
_CHAT = "/v1/chat/completions"
_RESPONSES = "/v1/responses"
_EMBEDDINGS = "/v1/embeddings"
_BILLED = frozenset({_CHAT, _RESPONSES, _EMBEDDINGS})


class Simulator:
    """An OpenAI-compatible upstream without a network; call it as an ASGI application.

    `account`, `faults` and `requests` are what a test looks at and turns.
    """

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        books = Books()
        self.account = books.account
        self.faults = books.faults
        self.requests = books.requests
        """The latest bodies that were received on billed endpoints, as they came; the oldest are forgotten."""
        self._clock = clock
        self._ids = Ids(clock)
        writer = Writer(clock, self._ids)
        chat = Endpoint("chat_completions", ChatCompletions(clock, writer).reply, books, sleep)
        responses = Endpoint("responses", Responses(clock, writer).reply, books, sleep)
        embeddings = Endpoint("embeddings", Embeddings(clock).reply, books, sleep)
        self._app = Starlette(
            routes=[
                Route(_CHAT, chat.answer, methods=["POST"]),
                Route(_RESPONSES, responses.answer, methods=["POST"]),
                Route(_EMBEDDINGS, embeddings.answer, methods=["POST"]),
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

        billed = scope["path"] in _BILLED
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
        return JSONResponse(model_card(find_model(name, today(self._clock)), name))

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
