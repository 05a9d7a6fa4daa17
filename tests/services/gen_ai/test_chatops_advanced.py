"""Sessions belong to who made them; comparisons are computed, and the words may not contradict them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.background import BackgroundWork
from app.clock import FixedClock
from app.errors import AnswerRejectedError, UpstreamTimeoutError
from app.schemas.gen_ai.chatops import ChatRequest
from app.schemas.gen_ai.comparison import CompareRequest
from app.services.gen_ai.chat.comparison_answer import ComparisonAnswer
from app.services.gen_ai.chat.sessions import ChatTurn
from app.services.gen_ai.chat.tools import ChatTools
from app.services.gen_ai.chatops_advanced import SERVICE, ChatAnswer, ChatOpsAdvancedService, SessionNotFoundError
from app.services.gen_ai.core import PlainText
from app.simulator.answers.question import Question, Turn
from tests.fakes.contenders import nothing_stored
from tests.fakes.memory_sessions import MemoryChatSessions
from tests.fakes.scripted_gate import NOON, ScriptedGate


class Desk:
    """The service over fakes, and the fakes."""

    def __init__(self, *answers: str | Exception | ComparisonAnswer) -> None:
        said = [PlainText(text=answer) if isinstance(answer, str) else answer for answer in answers]
        self.gate, self.sessions, self.clock = ScriptedGate(*said), MemoryChatSessions(), FixedClock(NOON)
        self.background = BackgroundWork()
        self.service = ChatOpsAdvancedService(
            self.gate,
            self.sessions,
            self.clock,
            background=self.background,
            tools=ChatTools(),
            contenders=nothing_stored(),
        )

    async def session(self, owner: str = "alice") -> str:
        return (await self.service.create_session(owner)).session_id

    async def chat(self, session_id: str, message: str, caller: str = "alice", **request: Any) -> str:
        asked = ChatRequest(message=message, **request)
        return (await self.service.chat(session_id, asked, caller)).text


async def test_a_session_belongs_to_its_creator_and_lives_for_a_day() -> None:
    desk = Desk()
    session = await desk.service.create_session("alice")
    assert await desk.sessions.get(session.session_id) == session
    assert session.owner_id == "alice"
    assert session.expires_at - session.created_at == timedelta(hours=24)
    assert await desk.session() != session.session_id


async def test_both_turns_are_kept_once_there_is_an_answer() -> None:
    desk = Desk("위험 대비 수익입니다.")
    session_id = await desk.session()
    assert await desk.chat(session_id, "샤프 지수가 뭐예요?", model_id="gpt-4o") == "위험 대비 수익입니다."
    assert desk.sessions.turns[session_id] == [
        ChatTurn("user", "샤프 지수가 뭐예요?", NOON),
        ChatTurn("assistant", "위험 대비 수익입니다.", NOON),
    ]
    task = desk.gate.tasks[0]
    assert (task.service, task.operation, task.caller_id) == (SERVICE, "chat", "alice")
    assert (task.requested_model_id, task.answer) == ("gpt-4o", PlainText)
    assert "한국어" in task.messages[0].text


@pytest.mark.parametrize("outcome", [UpstreamTimeoutError("late"), " \n"])
async def test_nothing_is_kept_without_an_answer(outcome: str | Exception) -> None:
    desk = Desk(outcome)
    session_id = await desk.session()
    with pytest.raises((UpstreamTimeoutError, AnswerRejectedError)):
        await desk.chat(session_id, "Hello")
    assert desk.sessions.turns[session_id] == []


async def test_the_model_sees_the_last_ten_turns() -> None:
    desk = Desk(*(f"answer {number}" for number in range(7)))
    session_id = await desk.session()
    for number in range(7):
        await desk.chat(session_id, f"question {number}")
    task = desk.gate.tasks[-1]
    assert task.history is not None
    assert [message.text for message in task.history[0]] == ["question 1", "answer 1"]
    assert [message.role for exchange in task.history for message in exchange] == ["user", "assistant"] * 5
    assert [message.role for message in task.messages] == ["instruction", "user"]
    assert task.messages[-1].text == "question 6"


async def test_without_history_the_model_sees_the_message_alone_but_it_is_kept() -> None:
    desk = Desk("one", "two")
    session_id = await desk.session()
    await desk.chat(session_id, "first")
    await desk.chat(session_id, "second", include_history=False)
    assert [message.text for message in desk.gate.tasks[1].messages[1:]] == ["second"]
    assert desk.gate.tasks[1].history == ()
    assert len(desk.sessions.turns[session_id]) == 4


async def test_an_unknown_session_and_another_persons_are_the_same_to_the_caller() -> None:
    desk = Desk("never said")
    foreign = await desk.session("bob")
    for session_id in (foreign, "chat_unknown"):
        with pytest.raises(SessionNotFoundError) as caught:
            await desk.chat(session_id, "Hello")
        assert (caught.value.status, caught.value.code) == (404, "session_not_found")
        assert caught.value.detail == f"You have no chat session {session_id}; create one first"
    assert desk.gate.tasks == []


async def test_a_session_ends_after_its_life() -> None:
    desk = Desk("just in time")
    session_id = await desk.session()
    desk.clock.move_to(NOON + timedelta(hours=24) - timedelta(microseconds=1))
    await desk.chat(session_id, "Hello")
    desk.clock.move_to(NOON + timedelta(hours=24))
    with pytest.raises(SessionNotFoundError, match="ended at 2026-11-24T12:00:00"):
        await desk.chat(session_id, "Hello")


STRATEGIES = [
    {"name": "SMA", "metrics": {"total_return": 0.1, "sharpe_ratio": 0.5, "max_drawdown": -0.3, "beta": 1.1}},
    {"name": "SMA 50", "metrics": {"total_return": 0.3, "sharpe_ratio": 1.2, "max_drawdown": -0.1}},
    {"name": "골든크로스", "metrics": {"total_return": 0.2}},
]


def _words(recommendation: str, summary: str = "It earned more and lost less.") -> ComparisonAnswer:
    return ComparisonAnswer(summary=summary, recommendation=recommendation, reasoning="By every metric.")


async def _rejected(answer: ComparisonAnswer, request: CompareRequest) -> list[str]:
    desk = Desk(answer)
    with pytest.raises(AnswerRejectedError) as caught:
        await desk.service.compare_strategies(request, "alice")
    violations: list[str] = caught.value.fields["violations"]
    return violations


def _compare(**request: Any) -> CompareRequest:
    return CompareRequest.model_validate({"strategies": STRATEGIES, "language": "en"} | request)


async def test_the_ranking_is_computed_and_the_model_only_explains_it() -> None:
    desk = Desk(_words("Take SMA 50."))
    comparison = await desk.service.compare_strategies(_compare(question="Which one?", model_id="gpt-4o"), "alice")
    assert [(item.name, item.rank) for item in comparison.compared.ranking] == [
        ("SMA 50", 1),
        ("SMA", 2),
        ("골든크로스", 3),
    ]
    assert comparison.answer.recommendation == "Take SMA 50."
    task = desk.gate.tasks[0]
    assert (task.service, task.operation, task.caller_id) == (SERVICE, "compare_strategies", "alice")
    assert task.messages[1].text.startswith("Which one?")
    data = Question(instructions="", turns=(Turn("user", task.messages[1].text),)).data
    assert data["metrics"] == ["total_return", "sharpe_ratio", "max_drawdown"]
    assert (data["language"], data["question"]) == ("en", "Which one?")
    assert data["ranking"][0] == {
        "name": "SMA 50",
        "rank": 1,
        "metrics": {"total_return": 0.3, "sharpe_ratio": 1.2, "max_drawdown": -0.1},
    }
    gaps = {item["name"]: item["metrics"] for item in data["ranking"]}["골든크로스"]
    assert gaps == {"total_return": 0.2, "sharpe_ratio": None, "max_drawdown": None}


@pytest.mark.parametrize(
    "recommendation",
    ["sma 50 is best.", "Rather SMA 50 than SMA.", "SMA보다 SMA 50을 추천합니다, I mean: take it now."],
)
async def test_a_recommendation_names_the_first_and_may_mention_others(recommendation: str) -> None:
    await Desk(_words(recommendation)).service.compare_strategies(_compare(), "alice")


@pytest.mark.parametrize("recommendation", ["Take SMA.", "Take SMA 500.", "Take the first one.", "Take XSMA 50."])
async def test_words_that_recommend_another_strategy_are_rejected(recommendation: str) -> None:
    violations = await _rejected(_words(recommendation), _compare())
    assert violations[0] == "recommendation: it must name SMA 50, the first of the ranking, exactly as in the data"


async def test_any_of_those_that_share_the_first_rank_may_be_recommended() -> None:
    level = [{"name": name, "metrics": {"alpha": 0.1}} for name in ("A", "B")]
    request = _compare(strategies=level, metrics=["alpha"])
    await Desk(_words("B, which is level with the other one.")).service.compare_strategies(request, "alice")
    assert "it must name A or B" in (await _rejected(_words("An apple."), request))[0]


@pytest.mark.parametrize(
    ("request_", "language"),
    [
        ({"language": None, "question": "무엇이 더 안전한가요?"}, "ko"),
        ({"language": None, "question": "Which is safer?"}, "en"),
        ({"language": None}, "ko"),
        ({"language": "ko", "question": "Which is safer?"}, "ko"),
        ({"language": "en"}, "en"),
    ],
)
async def test_the_language_is_the_one_asked_for_else_that_of_the_question_else_korean(
    request_: dict[str, Any], language: str
) -> None:
    korean = ComparisonAnswer(
        summary="더 많이 벌었습니다.", recommendation="SMA 50을 추천합니다.", reasoning="지표가 좋습니다."
    )
    answers = {"ko": korean, "en": _words("Take SMA 50.")}
    desk = Desk(answers.pop(language))
    await desk.service.compare_strategies(_compare(**request_), "alice")
    assert f'"language": "{language}"' in desk.gate.tasks[0].messages[1].text
    (wrong,) = answers.values()
    assert len(await _rejected(wrong, _compare(**request_))) == 1


async def test_a_streamed_answer_joins_the_session_at_its_end() -> None:
    """The pieces first, then the whole, which is what is kept."""
    desk = Desk("Return above the risk-free rate.")
    session_id = await desk.session()
    asked = ChatRequest(message="What is the Sharpe ratio?")
    pieces = [piece async for piece in desk.service.stream_chat(session_id, asked, "alice")]
    assert pieces[:-1] == ["Return", "above", "the", "risk-free", "rate."]
    assert isinstance(pieces[-1], ChatAnswer)
    assert [turn.text for turn in desk.sessions.turns[session_id]] == [asked.message, pieces[-1].text]


async def test_a_stream_that_nobody_reads_to_its_end_leaves_no_turn() -> None:
    desk = Desk("Return above the risk-free rate.")
    session_id = await desk.session()
    stream = desk.service.stream_chat(session_id, ChatRequest(message="What is it?"), "alice")
    assert await anext(stream) == "Return"
    await stream.aclose()
    assert desk.sessions.turns.get(session_id, []) == []


async def test_who_hangs_up_while_the_turns_are_written_does_not_break_the_writing_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A transaction that is cancelled halfway can keep its lock on the database; a whole answer joins the session."""
    desk = Desk("Return.")
    session_id = await desk.session()
    append, writing, go = desk.sessions.append, asyncio.Event(), asyncio.Event()

    async def slowly(*arguments: Any) -> None:
        writing.set()
        await go.wait()
        await append(*arguments)

    monkeypatch.setattr(desk.sessions, "append", slowly)
    stream = desk.service.stream_chat(session_id, ChatRequest(message="What is it?"), "alice")
    assert await anext(stream) == "Return."
    listening = asyncio.create_task(anext(stream))
    await writing.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    go.set()
    await desk.background.close(60)
    assert [turn.text for turn in desk.sessions.turns[session_id]] == ["What is it?", "Return."]


async def test_a_strangers_session_cannot_be_streamed() -> None:
    desk = Desk("Return above the risk-free rate.")
    session_id = await desk.session("alice")
    with pytest.raises(SessionNotFoundError):
        await anext(desk.service.stream_chat(session_id, ChatRequest(message="What is it?"), "bob"))
