"""The simulator recommends customary numbers and repeats what is to be optimised, in both languages."""

from typing import Any

import pytest

from app.quant.strategy import Strategy
from app.quant.words import Language
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.building.verifier import verify_strategy
from tests.fakes.briefs import TRIALS, brief
from tests.simulator.answers.asking import rules_of, strategy_answer, strategy_for

RSI = "RSI(10) below 25 buy, above 65 sell, stop loss 5%"
SMA = "buy when SMA(10) crosses above SMA(40)"
MANY = "buy when MACD(8,21,5) crosses above its signal and RSI(10) is below 60 and price is above the 200-day SMA"
LANGUAGES: tuple[Language, ...] = ("ko", "en")


async def _advised(existing: str | None, words: str, language: Language = "en") -> StrategyAnswer:
    """The answer, with which the product's verifier must find nothing wrong."""
    request: dict[str, Any] = {} if existing is None else {"strategy": strategy_for(existing)}
    data = {name: strategy.model_dump(mode="json") for name, strategy in request.items()}
    said = strategy_answer(words, data | {"language": language})
    assert (await verify_strategy(said, brief(words, language=language, **request), TRIALS)).violations == []
    return said


def _names(said: StrategyAnswer) -> list[str]:
    return [each.parameter for each in said.parameters]


@pytest.mark.parametrize(("words", "language"), [("RSI 수치를 추천해주세요", "ko"), ("recommend RSI numbers", "en")])
async def test_customary_numbers_are_recommended_with_reasons(words: str, language: Language) -> None:
    said = await _advised(RSI, words, language)
    assert said.intent == "recommend_parameters"
    assert rules_of(said.strategy) == "rsi_mean_reversion: RSI(14) below 25 => RSI(14) above 65"
    assert said.strategy.risk.stop_loss == 0.05
    assert _names(said) == ["RSI(14).period", "entry.1.number", "exit.1.number"]
    assert said.parameters[0].reason == (
        "RSI(14)에 흔히 쓰는 값입니다." if language == "ko" else "Customary for RSI(14)."
    )
    assert len(said.assumptions) == 1


async def test_the_short_and_the_long_average_get_their_own() -> None:
    said = await _advised(SMA, "please recommend periods")
    assert rules_of(said.strategy) == "sma_crossover: SMA(20) crosses above SMA(50) => SMA(20) crosses below SMA(50)"
    assert _names(said) == ["SMA(20).period", "SMA(50).period"]


async def test_only_what_the_words_name_is_recommended() -> None:
    said = await _advised(MANY, "recommend numbers for the MACD")
    assert "MACD(12,26,9).line crosses above" in rules_of(said.strategy)
    assert "RSI(10) below 60" in rules_of(said.strategy)
    assert _names(said) == ["MACD(12,26,9).fast", "MACD(12,26,9).slow", "MACD(12,26,9).signal"]
    everything = await _advised(MANY, "please recommend numbers")
    assert {"MACD(12,26,9).fast", "RSI(14).period", "SMA(200).period", "entry.2.number"} < set(_names(everything))


@pytest.mark.parametrize(
    ("words", "language"), [("RSI 30/70 전략의 기간을 추천해줘", "ko"), ("recommend an RSI strategy", "en")]
)
async def test_without_a_strategy_one_is_made_first(words: str, language: Language) -> None:
    said = await _advised(None, words, language)
    assert said.intent == "recommend_parameters"
    assert rules_of(said.strategy) == "rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70"
    assert _names(said) == ["RSI(14).period", "entry.1.number", "exit.1.number"]


async def test_a_strategy_without_numbers_gets_its_size_recommended() -> None:
    said = await _advised("buy and hold", "recommend numbers please")
    assert _names(said) == ["risk.position_size"]
    assert said.strategy == strategy_for("buy and hold")


@pytest.mark.parametrize(
    ("words", "language", "names"),
    [
        ("이 전략을 최적화해줘", "ko", []),
        ("please optimise this", "en", []),
        ("RSI 기간을 최적화해줘", "ko", ["RSI(10).period", "entry.1.number", "exit.1.number"]),
        ("optimise the RSI please", "en", ["RSI(10).period", "entry.1.number", "exit.1.number"]),
        ("손절 기준을 최적화해줘", "ko", ["risk.stop_loss"]),
        ("optimise the take profit", "en", []),
    ],
)
async def test_what_is_optimised_stays_and_the_words_say_what_is_varied(
    words: str, language: Language, names: list[str]
) -> None:
    """A limit that there is not is not varied."""
    said = await _advised(RSI, words, language)
    assert (said.intent, said.strategy) == ("optimise", strategy_for(RSI))
    assert _names(said) == names


async def test_a_strategy_to_optimise_may_stand_in_the_words() -> None:
    said = await _advised(None, "optimise buying when RSI is below 30 and selling above 70")
    assert (said.intent, said.parameters) == ("optimise", [])
    assert rules_of(said.strategy) == "rsi_mean_reversion: RSI(14) below 30 => RSI(14) above 70"


@pytest.mark.parametrize("words", ["이 전략을 설명해줘요", "explain RSI below 30", "손절을 3%로 바꿔줘요"])
async def test_without_a_strategy_there_is_nothing_to_explain_or_to_change(words: str) -> None:
    """A new one is made, and the assumptions say so."""
    said = await _advised(None, words, "ko" if words > "z" else "en")
    assert said.intent == "create"
    assert any("No existing strategy" in note or "기존 전략" in note for note in said.assumptions)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "words", ["이 전략을 설명해줘요", "explain this strategy", "recommend numbers", "optimise this one"]
)
async def test_every_intent_is_explained_in_the_language_that_is_asked_for(words: str, language: Language) -> None:
    said = await _advised(RSI, words, language)
    assert ("시뮬레이터" in said.explanation) == (language == "ko")
    assert ("simulator" in said.explanation) == (language == "en")


def test_what_has_not_the_shape_of_a_strategy_cannot_be_advised_on() -> None:
    said = strategy_answer("optimise this strategy", {"strategy": {"name": "nothing"}})
    assert isinstance(said.strategy, Strategy)
    assert said.parameters == []
