"""Words go in, a strategy that makes sense comes out, or nothing."""

from typing import Any

import pytest

from app.clock import FixedClock
from app.errors import AnswerRejectedError, UpstreamTimeoutError
from app.quant.strategy import Strategy
from app.schemas.gen_ai.strategy_builder import Intent, StrategyBuilderRequest, StrategyPreferences
from app.services.gen_ai.building.keeping import Keeper
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.strategy_builder import SERVICE, StrategyBuilderService
from app.services.strategies.builds import StrategyBuilds
from app.services.strategies.ports import StoredStrategy, StrategiesUnavailableError, StrategyNotFoundError
from app.services.strategies.service import StrategyService
from app.simulator.answers.question import Question, Turn
from app.vocabulary import BuildStatus
from tests.fakes.briefs import ENGLISH, TRIALS, answer
from tests.fakes.memory_builds import MemoryBuilds
from tests.fakes.scripted_gate import NOON, ScriptedGate
from tests.fakes.stored import stored_strategy
from tests.fakes.strategies import LOW_RSI, macd, plan, when

KOREAN = "RSI 30 이하에서 사고 70 이상에서 팔아줘"


def _answer(
    strategy: Strategy | None = None,
    explanation: str = "Buys when the RSI is low and sells when it is high.",
    intent: Intent = "create",
) -> StrategyAnswer:
    return answer(strategy, intent, explanation=explanation, assumptions=("14 days for the RSI",))


class _Shelf(StrategyService):
    """One stored strategy, which is Alice's."""

    def __init__(self) -> None:
        """It needs no store."""

    async def get(self, strategy_id: str, caller_id: str) -> StoredStrategy:
        if (strategy_id, caller_id) != ("strat_1", "alice"):
            raise StrategyNotFoundError(strategy_id)
        return stored_strategy(strategy_id, owner_id=caller_id)


def _service(gate: ScriptedGate, builds: MemoryBuilds | None = None) -> StrategyBuilderService:
    keeper = Keeper(StrategyBuilds(builds or MemoryBuilds(), FixedClock(NOON)))
    return StrategyBuilderService(gate, TRIALS, keeper, _Shelf())


async def _build(said: StrategyAnswer, **request: Any) -> ScriptedGate:
    gate = ScriptedGate(said)
    await _service(gate).build_strategy(StrategyBuilderRequest.model_validate({"query": ENGLISH} | request), "alice")
    return gate


async def _rejected(said: StrategyAnswer, **request: Any) -> list[str]:
    with pytest.raises(AnswerRejectedError) as caught:
        await _build(said, **request)
    violations: list[str] = caught.value.fields["violations"]
    return violations


def _data(gate: ScriptedGate) -> dict[str, Any]:
    return Question(instructions="", turns=(Turn("user", gate.tasks[0].messages[1].text),)).data


async def test_a_strategy_comes_with_its_rules_in_words_and_its_receipt() -> None:
    built = await _service(ScriptedGate(_answer())).build_strategy(
        StrategyBuilderRequest(query=ENGLISH, model_id="gpt-4o"), "alice"
    )
    assert built.answer.strategy == plan()
    assert built.rules_in_words[0] == "Buys when the 14-day RSI is below 30."
    assert built.receipt.requested_model_id == "gpt-4o"


async def test_the_task_says_who_asks_what_of_which_model() -> None:
    gate = await _build(_answer(), model_id="gpt-4o")
    task = gate.tasks[0]
    assert (task.service, task.operation, task.caller_id) == (SERVICE, "build_strategy", "alice")
    assert (task.requested_model_id, task.answer, task.temperature) == ("gpt-4o", StrategyAnswer, 0.2)
    assert [message.role for message in task.messages] == ["instruction", "user"]
    assert task.messages[1].text.startswith(ENGLISH)


async def test_the_instructions_are_the_same_whatever_is_asked() -> None:
    first = await _build(_answer())
    second = await _build(_answer(), context="Large shares", query="Buy and hold everything")
    assert first.tasks[0].messages[0] is second.tasks[0].messages[0]


async def test_data_that_nobody_gave_is_not_sent() -> None:
    """The language and the series are always known."""
    assert _data(await _build(_answer())) == {"language": "en", "series": {"symbol": "GSPC", "bars": 5031}}


async def test_context_preferences_and_an_existing_strategy_go_along_as_data() -> None:
    existing = plan(stop_loss=0.1)
    preferences = StrategyPreferences(symbol="AAPL", max_position_size=0.25, indicators=["RSI"])
    gate = await _build(
        _answer(plan(stop_loss=0.05), intent="modify"),
        query="Stop loss of 5 %",
        context="Large shares",
        preferences=preferences.model_dump(),
        strategy=existing,
    )
    assert _data(gate) == {
        "language": "en",
        "series": {"symbol": "GSPC", "bars": 5031},
        "context": "Large shares",
        "preferences": {"symbol": "AAPL", "max_position_size": 0.25, "indicators": ["RSI"]},
        "strategy": existing.model_dump(mode="json"),
        "parameters": {
            "RSI(14).period": 14,
            "entry.1.number": 30,
            "exit.1.number": 70,
            "risk.position_size": 0.2,
            "risk.stop_loss": 0.1,
            "risk.cooldown": 0,
        },
    }
    assert _data(gate)["strategy"]["risk"]["take_profit"] is None


async def test_a_stored_strategy_is_worked_on_as_one_that_is_sent_along() -> None:
    stored = plan(stop_loss=0.1)
    gate = await _build(_answer(stored, intent="explain"), strategy_id="strat_1")
    assert _data(gate)["strategy"] == stored.model_dump(mode="json")
    violations = await _rejected(_answer(plan(), intent="explain"), strategy_id="strat_1")
    assert violations[0].startswith("intent is explain, but the strategy was changed")


async def test_a_strategy_that_the_caller_has_not_is_not_found_before_anything_is_paid() -> None:
    gate = ScriptedGate(_answer())
    with pytest.raises(StrategyNotFoundError):
        await _service(gate).build_strategy(StrategyBuilderRequest(query=ENGLISH, strategy_id="strat_1"), "bob")
    assert gate.tasks == []


async def test_the_answer_is_in_the_language_of_the_query() -> None:
    gate = ScriptedGate(_answer(explanation="RSI가 30보다 낮으면 매수하고 70보다 높으면 매도합니다."))
    built = await _service(gate).build_strategy(StrategyBuilderRequest(query=KOREAN), "alice")
    assert built.rules_in_words[0] == "14일 RSI가 30보다 낮으면 매수합니다."
    assert _data(gate)["language"] == "ko"
    assert "한국어" in gate.tasks[0].messages[0].text


async def test_the_language_that_is_asked_for_goes_before_that_of_the_query() -> None:
    gate = await _build(_answer(), query=KOREAN, language="en")
    assert "English" in gate.tasks[0].messages[0].text
    assert await _rejected(_answer(), language="ko") == ["explanation: write the texts in Korean"]


async def test_a_name_in_another_language_does_not_make_the_explanation_foreign() -> None:
    named = plan().model_copy(update={"name": "상대강도지수 평균회귀 전략"})
    await _build(_answer(named, "The 상대강도지수 평균회귀 전략 buys low."))


async def test_a_strategy_that_makes_no_sense_is_rejected_with_everything_that_is_wrong() -> None:
    violations = await _rejected(_answer(plan((when(macd(26, 12), "above", 0),), (LOW_RSI,)), explanation="123"))
    assert len(violations) == 3
    assert "the fast period (26) must be shorter" in violations[0]
    assert violations[1] == "explanation: 123 is not a number of the strategy; take it out, and invent no figures"
    assert violations[2] == "explanation: the answer has no words; write sentences"


async def test_the_largest_position_that_a_person_allows_is_never_exceeded() -> None:
    large = _answer(plan(position_size=0.5))
    violations = await _rejected(large, preferences={"max_position_size": 0.2})
    assert violations == ["risk.position_size is 0.5; the preferences allow 0.2 at most"]
    await _build(large, preferences={"max_position_size": 0.5})
    await _build(large, preferences={"symbol": "AAPL"})


async def test_explaining_leaves_a_strategy_as_it_is_even_beyond_the_limit() -> None:
    large = plan(position_size=0.5)
    await _build(_answer(large, intent="explain"), strategy=large, preferences={"max_position_size": 0.2})
    violations = await _rejected(_answer(plan(), intent="explain"), strategy=large)
    assert violations == [
        "intent is explain, but the strategy was changed; repeat the existing strategy exactly as it is"
    ]


async def test_faults_of_the_upstream_are_passed_on() -> None:
    gate = ScriptedGate(UpstreamTimeoutError("late"))
    with pytest.raises(UpstreamTimeoutError):
        await _service(gate).build_strategy(StrategyBuilderRequest(query=ENGLISH), "alice")


async def test_an_answer_is_kept_for_a_person_to_approve() -> None:
    """With what was asked, built and assumed; it is found by its id, and the reasons come from the data."""
    builds = MemoryBuilds()
    built = await _service(ScriptedGate(_answer(plan(position_size=0.6))), builds).build_strategy(
        StrategyBuilderRequest(query=ENGLISH), "alice"
    )
    assert builds.builds == {built.kept.build.build_id: built.kept.build}
    assert (built.kept.build.owner_id, built.kept.build.operation_id, built.kept.build.intent) == (
        "alice",
        "op_1",
        "create",
    )
    assert (built.kept.build.query, built.kept.build.assumptions) == (ENGLISH, ("14 days for the RSI",))
    assert (built.kept.build.status, built.kept.build.built, builds.strategies) == (
        BuildStatus.PENDING,
        built.answer.strategy,
        [],
    )
    assert built.kept.requires_approval
    assert built.kept.approval_reasons == [
        "No person has looked at it yet, and the request did not waive approval.",
        "The model made 1 assumption where the query left something open.",
        "It has no stop loss.",
        "It puts 60% of the capital into one position.",
    ]


async def test_what_nobody_has_to_approve_is_stored_at_once() -> None:
    builds = MemoryBuilds()
    built = await _service(ScriptedGate(_answer()), builds).build_strategy(
        StrategyBuilderRequest(query=ENGLISH, require_approval=False), "alice"
    )
    (stored,) = builds.strategies
    assert (stored.strategy_id, stored.owner_id, stored.strategy) == (built.kept.build.strategy_id, "alice", plan())
    assert (built.kept.build.status, built.kept.requires_approval) == (BuildStatus.APPROVED, False)
    assert built.kept.approval_reasons == ["The request waived approval, so it was stored at once."]


@pytest.mark.parametrize("require_approval", [True, False])
async def test_a_strategy_that_was_only_explained_is_not_stored(require_approval: bool) -> None:  # noqa: FBT001  a case
    builds = MemoryBuilds()
    built = await _service(ScriptedGate(_answer(intent="explain")), builds).build_strategy(
        StrategyBuilderRequest(query=ENGLISH, strategy=plan(), require_approval=require_approval), "alice"
    )
    assert (built.kept.build.status, built.kept.requires_approval, builds.strategies) == (
        BuildStatus.PENDING,
        False,
        [],
    )
    assert built.kept.approval_reasons == [
        "An existing strategy was explained and nothing was built, so there is nothing to approve."
    ]


async def test_an_answer_that_cannot_be_kept_is_not_lost_with_the_money() -> None:
    """The error has the strategy, what it cost and the operation, so that nobody has to pay for it twice."""
    with pytest.raises(StrategiesUnavailableError) as caught:
        await _service(ScriptedGate(_answer()), MemoryBuilds(lost=True)).build_strategy(
            StrategyBuilderRequest(query=ENGLISH), "alice"
        )
    assert caught.value.fields == {
        "operation_id": "op_1",
        "cost_usd": "0.0004215",
        "strategy": plan().model_dump(mode="json"),
    }
