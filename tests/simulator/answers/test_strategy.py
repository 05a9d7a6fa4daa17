"""The strategy answer around the rules: intent, explanation, assumptions, limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.strategy import Strategy
from app.quant.words import Language
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.building.verifier import verify_strategy
from app.simulator.answers.compose import compose
from app.simulator.answers.strategy import intent_of
from tests.fakes.briefs import TRIALS, brief
from tests.simulator.answers.asking import question, strategy_answer, strategy_for
from tests.tables import each_line


@each_line(
    ("words", "intent"),
    [
        ("RSI 전략 만들어줘", "create"),
        ("20일선이 50일선을 돌파하면 매수", "create"),
        ("손절을 3%로 바꿔줘", "modify"),
        ("이 전략을 수정해 주세요", "modify"),
        ("이 전략을 설명해줘", "explain"),
        ("RSI 기간을 추천해줘", "recommend_parameters"),
        ("전략을 최적화해줘", "optimise"),
        ("전략을 만들고 설명해줘", "create"),
        ("buy when RSI < 30", "create"),
        ("change the stop loss to 3%", "modify"),
        ("please modify this", "modify"),
        ("explain this strategy", "explain"),
        ("recommend parameters for MACD", "recommend_parameters"),
        ("optimize this", "optimise"),
        ("optimise this", "optimise"),
        ("buy when the rate of change is above 5", "create"),
    ],
)
def test_the_first_word_of_an_intent_decides(words: str, intent: str) -> None:
    assert intent_of(words) == intent


def test_without_another_intent_an_existing_strategy_is_changed() -> None:
    assert intent_of("stop loss 3%", changes=True) == "modify"


@each_line(
    ("words", "assumption"),
    [
        ("좋은 전략 부탁해요", "기본 전략(SMA 20/50 교차)"),
        ("something that works", "the default strategy (SMA 20/50 crossover)"),
        ("RSI 30 이하 매수", "RSI에 대해 말하지 않은 값은 period 14"),
        ("RSI(14) below 30 buy", "No exit was given: 'RSI(14) is above 70'"),
        ("RSI(14) above 70 sell", "No entry was given: 'RSI(14) is below 30'"),
        ("buy at RSI(14) 30, sell at RSI(14) 70", "No comparison was given: 'RSI(14) is below 30'"),
        ("RSI strategy", "No level was given for RSI: 30"),
        ("SMA crossover", "No periods were given for the moving averages: 20 and 50"),
        ("ADX above 25", "The words give only a filter"),
        ("ATR strategy", "ATR is mentioned without a condition"),
        ("SMA 1 crosses above SMA 900", "SMA period: 900 is outside the allowed range, so 400 is used"),
        ("RSI above 170 sell", "RSI: 170 is outside the allowed range, so 99 is used"),
        ("SMA 50 crosses above SMA 20 buy", "seem exchanged: 20 days"),
        ("SMA 50 crosses below SMA 20 sell", "seem exchanged: 20 days"),
        ("SMA 60 crosses above SMA 60", "seem exchanged: 30 days"),
        ("SMA 2 crosses above SMA 2", "seem exchanged: 2 days"),
        ("MACD(26,12,9)", "seem exchanged: 12 days"),
        ("MACD(12,12,9)", "seem exchanged: 6 days"),
        ("RSI 80 이하에서 사고 20 이상에서 팔아", "20와(과) 80"),
        ("RSI 50 이하에서 사고 50 이상에서 팔아", "30와(과) 70"),
        ("RSI strategy", "20 % of the capital"),
        ("RSI strategy", "No stop loss was given"),
        ("RSI strategy", "No take profit was given"),
        ("RSI strategy", "No cooldown was given"),
        ("change the stop loss to 3%", "No existing strategy could be read"),
        ("recommend an RSI strategy", "The simulator searches nothing"),
        (" and ".join(f"RSI({period}) below 30" for period in range(3, 13)), "at most 8 conditions"),
    ],
)
def test_what_is_assumed_is_said(words: str, assumption: str) -> None:
    """The person reads each value that the words did not give, and each that was replaced."""
    assert any(assumption in one for one in strategy_answer(words).assumptions)
    strategy_for(words)


def test_nothing_is_assumed_where_all_is_said() -> None:
    words = "RSI(14)가 30 이하이면 매수, 70 이상이면 매도, 손절 5%, 익절 10%, 자금의 20%, 쿨다운 3일"
    assert strategy_answer(words).assumptions == []


@pytest.mark.parametrize(
    ("words", "language", "said"),
    [
        ("RSI 30 이하에서 사줘", "ko", "내장 시뮬레이터"),
        (
            "MACD가 시그널을 상향 돌파하고 스토캐스틱 K가 D를 상향 돌파하고 RSI 60 이하이면 매수",
            "ko",
            "내장 시뮬레이터",
        ),
        ("buy when RSI < 30", "en", "embedded simulator"),
        ("RSI 30 이하에서 사줘", "en", "embedded simulator"),
    ],
)
async def test_the_services_verifier_accepts_the_answer(words: str, language: Language, said: str) -> None:
    """Rules, limits and language pass what a real model's answer must pass, and the explanation says who speaks."""
    answer = strategy_answer(words, {"language": language})
    assert (await verify_strategy(answer, brief(words, language=language), TRIALS)).violations == []
    assert said in answer.explanation


_WORDS = st.lists(
    st.sampled_from(
        [
            "RSI",
            "MACD",
            "시그널",
            "볼린저",
            "하단",
            "상단",
            "스토캐스틱",
            "K",
            "D",
            "20일선",
            "50일",
            "EMA",
            "SMA(10)",
            "ADX",
            "ATR",
            "ROC",
            "가격",
            "price",
            "30",
            "70",
            "5%",
            "-3",
            "이하",
            "이상",
            "crosses",
            "above",
            "below",
            "상향",
            "돌파",
            "골든크로스",
            "교차",
            "매수",
            "사고",
            "buy",
            "sell",
            "팔아",
            "매도",
            "또는",
            "or",
            "and",
            ",",
            ".",
            "only",
            "필터",
            "반대",
            "opposite",
            "손절",
            "익절",
            "자금",
            "쿨다운",
            "5일",
            "과매도",
            "overbought",
            "사서",
            "보유",
            "touches",
            "(",
            ")",
            "12,26,9",
            "바꿔",
            "explain",
            "999999999",
            "0",
            "histogram",
            "middle",
            "band",
        ]
    ),
    max_size=14,
).map(" ".join)


@given(st.one_of(st.text(max_size=200), _WORDS))
def test_any_text_gives_a_valid_strategy(words: str) -> None:
    """No text makes the simulator fail, and equal texts give equal answers."""
    asked = question(words, None, StrategyAnswer)
    text = compose(asked)
    Strategy.model_validate(StrategyAnswer.model_validate_json(text).strategy.model_dump())
    assert compose(asked) == text
