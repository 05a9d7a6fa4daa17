"""Chat sessions, the comparison of strategies, and backtests of given ones."""

from typing import Annotated

from dependency_injector.wiring import inject
from fastapi import APIRouter, Header, Path, Response, status

from app.api.backtest_orders import ACCEPTED, ordered
from app.api.comparison_response import comparison_response
from app.api.dependencies import CallerDep, ChatOpsDep, EndingsDep, ReportOrdersDep, ResolverDep
from app.api.endings import MODEL_ANSWER, ending_headers, stream_headers
from app.api.errors import problem_responses
from app.api.event_stream import STREAM_IN_OPENAPI, EventStream, chat_events, chat_response
from app.api.idempotency import IdempotentRoute
from app.api.paging import LanguageQuery
from app.schemas.backtests import BacktestRequest, BacktestResponse
from app.schemas.gen_ai.chatops import (
    ChatRequest,
    ChatResponse,
    SessionResponse,
)
from app.schemas.gen_ai.comparison import CompareRequest, ComparisonResponse
from app.services.gen_ai.chatops_advanced import SERVICE

router = APIRouter(prefix="/chatops", tags=["chatops"], route_class=IdempotentRoute)

SessionId = Annotated[
    str,
    Path(
        description="The id of one of your sessions",
        pattern="^[A-Za-z0-9_-]{1,64}$",
        examples=["chat_0f8c5d1c4b7e4a0f9d2c6b1a3e5f7d90"],
    ),
]


@router.post(
    "/sessions",
    operation_id="create_chat_session",
    summary="Begin a chat session",
    status_code=status.HTTP_201_CREATED,
    responses=problem_responses(503),
)
@inject
async def create_chat_session(service: ChatOpsDep, caller: CallerDep) -> SessionResponse:
    """Begins a session that belongs to the caller and ends after 24 hours."""
    session = await service.create_session(caller.id)
    return SessionResponse(session_id=session.session_id, created_at=session.created_at, expires_at=session.expires_at)


@router.post(
    "/sessions/{session_id}/chat",
    operation_id="chat",
    summary="Say something in a chat session",
    response_model=ChatResponse,
    responses={200: STREAM_IN_OPENAPI | MODEL_ANSWER[200], **problem_responses(400, 402, 404, 413, 422, 502, 503, 504)},
)
@inject
async def chat(
    session_id: SessionId,
    request: ChatRequest,
    response: Response,
    *,
    service: ChatOpsDep,
    caller: CallerDep,
    endings: EndingsDep,
    resolver: ResolverDep,
    accept: Annotated[str, Header(description="`text/event-stream` to get the answer as it is written")] = "*/*",
) -> ChatResponse | EventStream:
    """Answers in the language of the message, with the last 10 turns of the session in mind unless told otherwise: as
    many of them as the model's context has room for.

    The model can look up the caller's strategies, backtests and reports, and compare them; their usage, cost and
    budgets; models and policies, market data and the system's status. `tools` lists what it called.

    With `Accept: text/event-stream` the answer comes as server-sent events: `delta` (`text`, a piece of the answer);
    `tool`, when one is called (`state` `called`, `call_id`, `name`, `arguments`) and when it has ended (`state`
    `ended`, and as in `tools`), after which the answer begins anew; then `usage` and `done` (as the JSON answer), or
    `error` (a problem document) where it broke off.
    """
    if "text/event-stream" in accept:
        stream = await EventStream.begin(chat_events(session_id, service.stream_chat(session_id, request, caller.id)))
        stream.headers.update(stream_headers(endings, resolver, SERVICE, request.model_id))
        return stream
    answer = chat_response(session_id, await service.chat(session_id, request, caller.id))
    response.headers.update(ending_headers(endings, answer.model_id))
    return answer


@router.post(
    "/compare",
    operation_id="compare_strategies",
    summary="Compare 2 to 5 strategies",
    responses=MODEL_ANSWER | problem_responses(400, 402, 404, 409, 413, 422, 502, 503, 504),
)
@inject
async def compare_strategies(
    request: CompareRequest, response: Response, service: ChatOpsDep, caller: CallerDep, endings: EndingsDep
) -> ComparisonResponse:
    """Ranks the strategies by the mean of their ranks in each metric, and explains the ranking in words.

    Each is a stored strategy (its newest finished backtest counts), a backtest, or a name with figures. The ranking is
    computed, and so is the correlation of daily returns; `caveats` say where series, periods or costs differ. The
    model's words are refused where they recommend another strategy, or where a figure or a claim is not true of the
    strategy that it is said of.
    """
    answer = comparison_response(await service.compare_strategies(request, caller.id))
    response.headers.update(ending_headers(endings, answer.model_id))
    return answer


@router.post(
    "/backtests",
    operation_id="order_chatops_backtest",
    summary="Run a backtest of a given strategy",
    status_code=status.HTTP_202_ACCEPTED,
    responses=ACCEPTED | problem_responses(400, 404, 409, 413, 422, 503),
)
@inject
async def order_chatops_backtest(
    request: BacktestRequest,
    response: Response,
    orders: ReportOrdersDep,
    caller: CallerDep,
    language: LanguageQuery = None,
) -> BacktestResponse:
    """Queues a backtest of the strategy that is given, by its id or as rules: exactly as `POST /api/v1/backtests`.

    `Location` says where to ask for it; the chat can read it from then on. With `report`, a report on it is written as
    soon as it is done: `report.report_id` finds it then.
    """
    return await ordered(request, orders, caller.id, language, response)
