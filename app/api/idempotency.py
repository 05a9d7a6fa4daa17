"""`Idempotency-Key`: a route that runs a request once, and gives its repeats the answer that was kept.

Kept are 2xx answers and `answer_rejected`, which was paid for. Whatever else goes wrong frees the key, so that a
repeat can succeed. A request without the header passes straight through, unless there is a `duplicate_window`: then
one that has a body is its own key for that long. That is a help against second clicks and no promise: it does not
stand in the way of a request that cannot be checked.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import orjson
import structlog
from dependency_injector.wiring import inject
from fastapi import Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from app.api.dependencies import BackgroundDep, CallerDep, DuplicateWindowDep, EndingsDep, IdempotencyDep
from app.api.endings import ending_headers
from app.api.errors import problem, problem_responses
from app.errors import AnswerRejectedError, InputError
from app.services.gen_ai.idempotency import AnswerStoreUnavailableError, KeptAnswer, KeyClaim, KeyedRequest

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_MAX_LENGTH = 255
_VISIBLE_ASCII = "^[!-~]+$"
_FROM_CONTAINER: Any = None
"""Stands where @inject puts what the container has: only for requests with a key, unlike FastAPI's dependencies."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class InvalidKeyError(InputError):
    code = "invalid_idempotency_key"
    title = "The Idempotency-Key cannot be used"


class KeyOnStreamError(InputError):
    code = "idempotency_not_for_streams"
    title = "An Idempotency-Key cannot be used for a stream"


class _AnsweredBefore(Exception):  # noqa: N818  not an error: the way out of a dependency with an answer
    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__()
        self.answer = answer


KeyHeader = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=_MAX_LENGTH,
        pattern=_VISIBLE_ASCII,
        description="A name of your choice for this request. Within 24 hours a repeat with the same key, path and body "
        f"gets the stored answer, with `{REPLAYED}: true`, and costs nothing; one with another body gets 409. "
        "Not for streams.",
        examples=["8c0f6c1e-6d0a-4c38-9a7e-0c6d4e0b5a11"],
    ),
]


async def claim_key(request: Request, caller: CallerDep, key: KeyHeader = None) -> None:
    """The dependency of every keyed route: it knows the caller, and runs before the endpoint does.

    Raises:
        KeyReusedError: the key belongs to another request.
        KeyInProgressError: the first run still goes on.
        SameRequestError: without a key, the same request still runs, or is a stream.
        AnswerStoreUnavailableError: nobody can know whether the request has run.
    """
    if key is None and not (getattr(request.state, "may_be_a_repeat", False) and await request.body()):
        return
    fingerprint = await _fingerprint(request)
    begun: KeyClaim | KeptAnswer | None
    if key is not None:
        begun = await _begin(KeyedRequest(caller.id, key, fingerprint))
    else:
        begun = await _begin_without_key(caller.id, fingerprint, streams=_wants_stream(request))
    if isinstance(begun, KeptAnswer):
        raise _AnsweredBefore(begun)
    request.state.key_claim = begun


class IdempotentRoute(APIRoute):
    """A route class for routers: its POST endpoints take the header, the others are as they were."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  FastAPI's own
        self._keyed = "POST" in (options.get("methods") or ())
        if self._keyed:
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(claim_key)]
            options["responses"] = problem_responses(409) | (options.get("responses") or {})
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        if not self._keyed:
            return handle

        async def once(request: Request) -> Response:
            if HEADER in request.headers:
                _check_header(request)
            elif not await _window():
                return await handle(request)
            else:
                request.state.may_be_a_repeat = True
                if _wants_stream(request):
                    return await _run(handle, request)
            # In the background: somebody who hangs up and asks again gets the answer that was on its way.
            return await _finish(_run(handle, request))

        return once


def _check_header(request: Request) -> None:
    keys = request.headers.getlist(HEADER)
    if len(keys) > 1:
        raise InvalidKeyError(f"{HEADER} stands {len(keys)} times in the request; send it once")
    if len(keys[0]) > _MAX_LENGTH or not re.fullmatch(_VISIBLE_ASCII, keys[0]):
        raise InvalidKeyError(
            f"{HEADER} must be 1 to {_MAX_LENGTH} visible ASCII characters without spaces, for instance a UUID"
        )
    if _wants_stream(request):
        raise KeyOnStreamError(f"A stream is not stored; leave out {HEADER}, or ask for application/json")


def _wants_stream(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "").lower()


async def _run(handle: Handler, request: Request) -> Response:
    try:
        response = await handle(request)
        keep = response.status_code < 300  # noqa: PLR2004  2xx
    except _AnsweredBefore as known:
        return _replay(known.answer)
    except AnswerRejectedError as error:
        response = problem(error.status, error.code, error.title, error.detail, fields=error.fields)
        keep = True
    except BaseException:
        await _end(request, None)
        raise
    # A stream has only begun; its claim ends by itself.
    if not isinstance(response, StreamingResponse):
        await _end(request, _kept(response) if keep else None)
    return response


def _kept(response: Response) -> KeptAnswer | None:
    body, headers = getattr(response, "body", None), response.headers
    return KeptAnswer(response.status_code, headers["content-type"], body, headers.get("location")) if body else None


@inject
def _replay(answer: KeptAnswer, endings: EndingsDep = _FROM_CONTAINER) -> Response:
    headers = {"Content-Type": answer.content_type, REPLAYED: "true"}
    headers |= ending_headers(endings, orjson.loads(answer.body).get("model_id"))
    if answer.location is not None:
        headers["Location"] = answer.location
    return Response(answer.body, answer.status, headers=headers)


async def _fingerprint(request: Request) -> str:
    """SHA-256 of method, path with query, and the body as it was sent: other spaces make another request."""
    url = request.url
    head = f"{request.method} {url.path}?{url.query}\n"
    return hashlib.sha256(head.encode() + await request.body()).hexdigest()


@inject
async def _begin(request: KeyedRequest, idempotency: IdempotencyDep = _FROM_CONTAINER) -> KeyClaim | KeptAnswer:
    return await idempotency.begin(request)


@inject
async def _begin_without_key(
    caller_id: str, fingerprint: str, *, streams: bool, idempotency: IdempotencyDep = _FROM_CONTAINER
) -> KeyClaim | KeptAnswer | None:
    request = KeyedRequest.without_key(caller_id, fingerprint, streams=streams)
    try:
        return await (idempotency.begin_stream(request) if streams else idempotency.begin(request))
    except AnswerStoreUnavailableError as error:
        log.warning("repeats_not_checked", reason=str(error))
        return None


@inject
async def _window(seconds: DuplicateWindowDep = _FROM_CONTAINER) -> int:
    return seconds


@inject
async def _end(request: Request, answer: KeptAnswer | None, idempotency: IdempotencyDep = _FROM_CONTAINER) -> None:
    claim: KeyClaim | None = getattr(request.state, "key_claim", None)
    if claim is None:
        return
    if answer is None:
        await idempotency.release(claim)
    else:
        await idempotency.keep(claim, answer)


@inject
async def _finish(work: Coroutine[Any, Any, Response], background: BackgroundDep = _FROM_CONTAINER) -> Response:
    return await background.finish(work)
