"""Plain answers: short, correct, and honest about who speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulator.answers.compose import compose
from app.simulator.answers.glossary import GLOSSARY
from app.simulator.answers.question import Question, Turn
from app.simulator.answers.reading import normalised
from tests.tables import each_line


def _chat(*texts: str) -> str:
    """The answer to the last text of a talk that the user begins."""
    turns = tuple(Turn("user" if place % 2 == 0 else "assistant", text) for place, text in enumerate(texts))
    return compose(Question("You help traders.", turns))


@each_line(
    ("words", "topics"),
    [
        ("RSI가 뭐야?", ["RSI"]),
        ("MACD 설명해줘", ["MACD"]),
        ("이동평균이 뭔가요", ["moving averages"]),
        ("볼린저 밴드는?", ["Bollinger bands"]),
        ("샤프 비율이 뭐지", ["Sharpe ratio"]),
        ("최대 낙폭과 변동성의 차이", ["drawdown", "volatility"]),
        ("손절은 왜 하나요", ["stop loss"]),
        ("백테스트에서 과최적화란", ["backtest", "overfitting"]),
        ("어떤 모델을 쓰고 비용은 얼마야", ["models and cost"]),
        ("What is the RSI?", ["RSI"]),
        ("explain macd and the sharpe ratio", ["MACD", "Sharpe ratio"]),
        ("what is a golden cross", ["moving averages"]),
        ("max drawdown?", ["drawdown"]),
        ("is volatility bad", ["volatility"]),
        ("should I use a stop loss", ["stop loss"]),
        ("how do I avoid overfitting", ["overfitting"]),
        ("how good is a backtest", ["backtest"]),
        ("Which models are there?", ["models and cost"]),
        ("rsi macd bollinger sharpe", ["RSI", "MACD", "Bollinger bands"]),
    ],
)
def test_known_words_are_explained(words: str, topics: list[str]) -> None:
    """Each topic in the words is explained in their language, at most three of them."""
    korean = any("가" <= letter <= "힣" for letter in words)
    explained = [GLOSSARY[topic].ko if korean else GLOSSARY[topic].en for topic in topics]
    assert _chat(words) == " ".join([*explained, "(모의 응답)" if korean else "(simulated)"])


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("안녕하세요", "안녕하세요. 저는"),
        ("hello", "Hello. I am"),
        ("고마워요", "도움이"),
        ("Thanks!", "You are welcome."),
    ],
)
def test_greetings_are_returned(words: str, start: str) -> None:
    assert _chat(words).startswith(start)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("방금 내가 뭐라고 했지?", '"What is RSI?"'),
        ("아까 뭐라고 물었지", '"What is RSI?"'),
        ("제가 무엇을 물었나요", '"What is RSI?"'),
        ("what did I ask", '"What is RSI?"'),
        ("What was my last question?", '"What is RSI?"'),
    ],
)
def test_the_question_before_is_remembered(words: str, said: str) -> None:
    assert said in _chat("Hi", "Hello.", "What is RSI?", "RSI compares...", words)


def test_a_long_question_is_quoted_in_part() -> None:
    assert f'"{"x" * 200}..."' in _chat("x" * 300, "?", "what did I ask")


def test_nothing_was_asked_before() -> None:
    assert "first message" in _chat("what did I just say?")


@pytest.mark.parametrize(
    ("words", "said"), [("오늘 날씨 어때", "내장 시뮬레이터"), ("How is the weather?", "embedded simulator")]
)
def test_everything_else_is_answered_honestly(words: str, said: str) -> None:
    """The simulator says what it is and names what it can explain."""
    answer = _chat(words)
    assert said in answer
    assert all(topic in answer for topic in GLOSSARY)


@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_talk_is_answered_and_marked(texts: list[str]) -> None:
    """No text makes the simulator fail, and every plain answer says that it is simulated."""
    answer = _chat(*texts)
    assert answer.endswith(("(simulated)", "(모의 응답)"))
    assert answer == _chat(*texts)


def test_glossary_names_are_explained_by_their_names() -> None:
    """What the honest answer offers can be asked for with the words that it uses."""
    for topic, entry in GLOSSARY.items():
        assert entry.en in _chat(normalised(f"Explain {topic}."))
