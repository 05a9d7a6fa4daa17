"""ChatOps: talk over several turns, and compare strategies."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from app.background import BackgroundWork
from app.clock import Clock
from app.errors import NotFoundError
from app.schemas.gen_ai.chatops import ChatRequest
from app.schemas.gen_ai.common import detected_language
from app.schemas.gen_ai.comparison import ComparedStrategy, CompareRequest
from app.services.gen_ai.chat.comparison import Compared, compared
from app.services.gen_ai.chat.comparison_answer import ComparisonAnswer, comparison_messages, verify_comparison
from app.services.gen_ai.chat.contenders import ContenderLoader, Wanted
from app.services.gen_ai.chat.sessions import (
    SESSION_LIFE,
    ChatSession,
    ChatSessionStore,
    ChatSessionsUnavailableError,
    ChatTurn,
    chat_messages,
    exchanges,
)
from app.services.gen_ai.chat.tools import ChatTools
from app.services.gen_ai.core import (
    Generated,
    GenerationTask,
    OpenAIClientManager,
    PlainText,
    Receipt,
    ToolCall,
    ToolUse,
    Verdict,
)
from app.services.gen_ai.responses import cost_fields

SERVICE = "chatops_advanced"
HISTORY_TURNS = 10
"""Turns of either side that the model sees: five questions and their answers."""
_CHAT_TOKENS = 1500
_COMPARISON_TOKENS = 1500
_CHAT_TEMPERATURE = 0.7
_COMPARISON_TEMPERATURE = 0.3


class SessionNotFoundError(NotFoundError):
    code = "session_not_found"
    title = "There is no such chat session"


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """`tools`: every call of a tool that it took."""

    text: str
    receipt: Receipt
    tools: tuple[ToolUse, ...] = ()


ChatPiece = str | ToolCall | ToolUse | ChatAnswer
"""What a streamed answer brings: pieces of text, a tool that is called, one that has ended, and at last the whole."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`compared` is computed; `answer` puts it into words."""

    compared: Compared
    answer: ComparisonAnswer
    receipt: Receipt


class ChatOpsAdvancedService:
    def __init__(
        self,
        manager: OpenAIClientManager,
        sessions: ChatSessionStore,
        clock: Clock,
        *,
        background: BackgroundWork,
        tools: ChatTools,
        contenders: ContenderLoader,
    ) -> None:
        self._manager = manager
        self._sessions = sessions
        self._clock = clock
        self._background = background
        self._tools = tools
        self._contenders = contenders

    async def create_session(self, caller_id: str) -> ChatSession:
        """A new session that belongs to the caller and lives for 24 hours."""
        now = self._clock.now()
        session = ChatSession(f"chat_{uuid.uuid4().hex}", caller_id, now, now + SESSION_LIFE)
        await self._sessions.create(session)
        return session

    async def chat(self, session_id: str, request: ChatRequest, caller_id: str) -> ChatAnswer:
        """The answer to a message. Message and answer join the session once there is an answer.

        Raises:
            SessionNotFoundError: no session of the caller has this id, or it has expired.
            InvalidModelError: the model may not be used here.
            MessageTooLongError: the message alone does not fit into the model's context.
            AnswerRejectedError: the model refused, or said nothing.
            UpstreamError: OpenAI did not answer.
            ChatSessionsUnavailableError: the store cannot be reached; the error has what was paid for.
        """
        task = await self._chat_task(session_id, request, caller_id)
        asked_at = self._clock.now()
        return await self._remember(session_id, request, asked_at, await self._manager.generate(task))

    async def stream_chat(self, session_id: str, request: ChatRequest, caller_id: str) -> AsyncGenerator[ChatPiece]:
        """The answer to a message piece by piece, and at the end as a whole, when it has joined the session.

        Text before a tool is called is a remark; the answer is what comes after the last one.

        Close the iterator in any case. An answer that nobody waited for does not join the session; one that was there
        as a whole when they went does.

        Raises: as `chat`.
        """
        task = await self._chat_task(session_id, request, caller_id)
        asked_at = self._clock.now()
        async with aclosing(self._manager.stream(task)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Generated):
                    yield await self._remember(session_id, request, asked_at, piece)
                else:
                    yield piece

    async def _chat_task(
        self, session_id: str, request: ChatRequest, caller_id: str
    ) -> GenerationTask[PlainText, None]:
        await self._check_session(session_id, caller_id)
        history = await self._sessions.latest(session_id, HISTORY_TURNS) if request.include_history else ()
        return GenerationTask(
            service=SERVICE,
            operation="chat",
            caller_id=caller_id,
            messages=chat_messages(request.message),
            answer=PlainText,
            max_output_tokens=_CHAT_TOKENS,
            verify=lambda answer: Verdict(() if answer.text.strip() else ("the answer is blank",), None),
            requested_model_id=request.model_id,
            temperature=_CHAT_TEMPERATURE,
            tools=self._tools.of(caller_id),
            history=exchanges(history),
        )

    async def _remember(
        self, session_id: str, request: ChatRequest, asked_at: datetime, generated: Generated[PlainText, None]
    ) -> ChatAnswer:
        answer = generated.answer.text
        turns = [ChatTurn("user", request.message, asked_at), ChatTurn("assistant", answer, self._clock.now())]
        # Not given up halfway: whoever hangs up just then must not break off a transaction of the database.
        try:
            await self._background.finish(self._sessions.append(session_id, turns))
        except ChatSessionsUnavailableError as error:
            error.fields |= cost_fields(generated.receipt) | {"answer": answer}
            raise
        return ChatAnswer(answer, generated.receipt, generated.tools)

    async def compare_strategies(self, request: CompareRequest, caller_id: str) -> Comparison:
        """Ranks the strategies, and has the ranking explained.

        Raises:
            StrategyNotFoundError, BacktestNotFoundError: the caller has none with this id.
            NoFinishedBacktestError, BacktestNotDoneError: there is no result to compare.
            InputError: no strategy has a value for any of the metrics.
            InvalidModelError: the model may not be used here.
            AnswerRejectedError: the model's words contradict the ranking or the figures.
            UpstreamError: OpenAI did not answer.
            BacktestsUnavailableError, StrategiesUnavailableError: the store cannot be reached.
        """
        language = request.language or (detected_language(request.question) if request.question else "ko")
        contenders = await self._contenders.load([_wanted(one) for one in request.strategies], caller_id)
        # In a thread: correlations read whole curves.
        found = await asyncio.to_thread(compared, contenders, request.metrics, language)
        generated = await self._manager.generate(
            GenerationTask(
                service=SERVICE,
                operation="compare_strategies",
                caller_id=caller_id,
                messages=comparison_messages(request.question, found, language),
                answer=ComparisonAnswer,
                max_output_tokens=_COMPARISON_TOKENS,
                verify=lambda answer: verify_comparison(answer, found, language),
                requested_model_id=request.model_id,
                temperature=_COMPARISON_TEMPERATURE,
            )
        )
        return Comparison(found, generated.answer, generated.receipt)

    async def _check_session(self, session_id: str, caller_id: str) -> None:
        session = await self._sessions.get(session_id)
        # Somebody else's session is reported like one that never was: its existence is nobody's business.
        if session is None or session.owner_id != caller_id:
            raise SessionNotFoundError(f"You have no chat session {session_id}; create one first")
        if session.expires_at <= self._clock.now():
            raise SessionNotFoundError(
                f"The chat session {session_id} ended at {session.expires_at.isoformat()}; create a new one"
            )


def _wanted(one: ComparedStrategy) -> Wanted:
    metrics = None if one.metrics is None else one.metrics.given()
    return Wanted(name=one.name, strategy_id=one.strategy_id, backtest_id=one.backtest_id, metrics=metrics)
