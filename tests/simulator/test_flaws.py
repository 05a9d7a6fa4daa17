"""Strategies with a flaw have the right shape, and the product finds what is wrong with them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from openai import AsyncOpenAI

from app.quant.strategy import Strategy
from app.quant.validation import problems
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.simulator.faults import Fault
from app.simulator.flaws import FLAWS, flawed_text, with_flaw
from app.simulator.service import Simulator
from tests.fakes.briefs import GSPC, TRIALS
from tests.simulator.answers.asking import strategy_answer

SENTENCES = {
    "averages": "buy when SMA(20) crosses above SMA(60)",
    "other averages": "buy when EMA(20) crosses above EMA(60)",
    "oscillator": "RSI below 30 buys, above 70 sells",
    "lines": "MACD strategy",
    "bands": "close below the lower Bollinger band buys, above the upper one sells",
    "momentum": "buy when ROC(20) is above 5",
    "holding": "buy and hold",
    "many": " and ".join(f"RSI({period}) below 30" for period in range(3, 11)),
}


async def _faults(strategy: Strategy) -> Sequence[str]:
    return (await TRIALS.trial(strategy, GSPC)).violations


def _flawed(sentence: str, kind: str) -> Strategy:
    whole = with_flaw(kind, strategy_answer(SENTENCES[sentence]).model_dump(mode="json"))
    assert whole is not None
    return StrategyAnswer.model_validate_json(json.dumps(whole)).strategy


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("kind", FLAWS)
async def test_every_flaw_of_every_strategy_is_found(sentence: str, kind: str) -> None:
    """In the right shape, with at most eight conditions a side; the sound strategy has no fault."""
    assert await _faults(strategy_answer(SENTENCES[sentence]).strategy) == []
    assert await _faults(_flawed(sentence, kind)) != []


def test_a_short_average_is_no_longer_the_short_one() -> None:
    (problem,) = problems(_flawed("averages", "swapped"))
    assert problem == (
        "type sma_crossover: in the entry SMA(60) crosses above SMA(20), but the first must be the shorter one"
    )
    assert "the fast period (26) must be shorter than the slow one (12)" in problems(_flawed("lines", "swapped"))[0]
    assert any(
        "oversold" in problem or "RSI of the entry" in problem for problem in problems(_flawed("oscillator", "swapped"))
    )


def test_conditions_that_contradict_each_other_can_never_hold() -> None:
    assert "can never hold at the same time" in problems(_flawed("averages", "contradiction"))[0]


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_what_never_fires_makes_sense_and_is_found_only_by_running_it(sentence: str) -> None:
    strategy = _flawed(sentence, "never_fires")
    faults = await _faults(strategy)
    assert "ROC(20) above 500, holds on 0 days" in " ".join(faults) or sentence == "holding"
    if sentence != "holding":
        assert problems(strategy) == []


@pytest.mark.parametrize("text", ["no JSON", "[1, 2]", '{"answer": 5}', '{"strategy": "none"}', '{"strategy": {}}'])
def test_what_is_no_strategy_has_no_flaw_of_a_strategy(text: str) -> None:
    assert flawed_text("swapped", text) is None


def _question() -> Any:
    return {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": SENTENCES["averages"]}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "strategy", "schema": strict_schema(StrategyAnswer), "strict": True},
        },
    }


@pytest.mark.parametrize("kind", FLAWS)
async def test_a_flaw_meets_one_request_and_is_billed(openai: AsyncOpenAI, simulator: Simulator, kind: Any) -> None:
    simulator.faults.add(Fault(kind=kind))
    answers = [(await openai.chat.completions.create(**_question())).choices[0].message.content for _ in range(2)]
    flawed, sound = (StrategyAnswer.model_validate_json(text or "").strategy for text in answers)
    assert await _faults(flawed) != []
    assert await _faults(sound) == []
    assert len(simulator.account.bills) == 2


async def test_another_answer_loses_its_first_key_instead(openai: AsyncOpenAI, simulator: Simulator) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "city", "schema": schema, "strict": True}}
    simulator.faults.add(Fault(kind="never_fires"))
    answer = await openai.chat.completions.create(**_question() | {"response_format": wanted})
    assert answer.choices[0].message.content == "{}"
