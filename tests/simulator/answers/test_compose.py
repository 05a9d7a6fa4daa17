"""Which composer answers which schema."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.simulator.answers.compose import compose
from app.simulator.answers.question import Question, Turn

_OTHER: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer", "minimum": -20}},
    "required": ["city", "degrees"],
    "additionalProperties": False,
}


def test_an_unknown_schema_takes_the_data_and_placeholders() -> None:
    """No rule knows such an answer: what the data gives is kept, the rest is visibly simulated."""
    asked = Question("", (Turn("user", 'Weather?\n```json\n{"degrees": 7, "wind": 3}\n```'),), _OTHER)
    assert json.loads(compose(asked)) == {"city": "simulated", "degrees": 7}


def test_no_turn_at_all_is_answered() -> None:
    assert json.loads(compose(Question("", (), _OTHER))) == {"city": "simulated", "degrees": -20}
    assert compose(Question("", ())).endswith("(simulated)")


def test_a_repair_turn_does_not_change_the_answer() -> None:
    """A complaint, in whatever language, leaves the wish and its language as they were."""
    schema = strict_schema(StrategyAnswer)
    wish = Turn("user", "RSI 30 이하에서 사줘")
    repaired = (wish, Turn("assistant", "{}"), Turn("user", "The answer was rejected: fix the MACD."))
    assert compose(Question("", repaired, schema)) == compose(Question("", (wish,), schema))


def test_korean_stays_readable() -> None:
    asked = Question("", (Turn("user", "RSI 30 이하에서 사줘"),), strict_schema(StrategyAnswer))
    assert "시뮬레이터" in compose(asked)


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=9), max_size=4))
def test_any_data_is_survived(words: str, data: dict[str, int | str]) -> None:
    """Data blocks of any content never make an answer fail."""
    for name in ("strategy", "preferences", "backtest", "ranking", "metrics"):
        turn = Turn("user", f"{words}\n```json\n{json.dumps(data | {name: data})}\n```")
        StrategyAnswer.model_validate_json(compose(Question("", (turn,), strict_schema(StrategyAnswer))))


def test_blocks_that_are_no_objects_are_passed_over() -> None:
    text = 'Weather?\n```json\n{broken\n```\n```json\n[1]\n```\n```json\n{"city": "Seoul"}\n```'
    assert json.loads(compose(Question("", (Turn("user", text),), _OTHER)))["city"] == "Seoul"
