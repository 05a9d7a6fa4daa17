import json
from typing import Any

import pytest

from app.simulator.answers.question import Turn
from app.simulator.drafting import read_question
from app.simulator.models import Role
from app.simulator.prompt import Message, Prompt

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
BLOCK = f"```json\n{json.dumps(SCHEMA)}\n```"
DATA = '```json\n{"language": "en"}\n```'


def question_of(*messages: tuple[Role, str], schema: dict[str, Any] | None = None) -> Any:
    return read_question(Prompt(tuple(Message(role, text) for role, text in messages), schema=schema))


def test_instructions_and_turns_are_told_apart() -> None:
    """System and developer messages are instructions; the others are turns, in order."""
    question = question_of(
        ("system", "Be short."), ("user", "Hi"), ("assistant", "Yes?"), ("developer", "Be kind."), ("user", "Bye")
    )
    assert question.instructions == "Be short.\n\nBe kind."
    assert question.turns == (Turn("user", "Hi"), Turn("assistant", "Yes?"), Turn("user", "Bye"))
    assert question.schema is None


def test_a_tool_result_is_a_turn() -> None:
    """What a tool said keeps its role."""
    assert question_of(("tool", "42")).turns == (Turn("tool", "42"),)


def test_a_schema_that_is_asked_for_wins() -> None:
    """Over one in the instructions."""
    question = question_of(("system", BLOCK), ("user", "Hi"), schema={"type": "object"})
    assert question.schema == {"type": "object"}


def test_a_schema_in_the_instructions_is_found() -> None:
    """For models that take no schema it stands in the system message."""
    question = question_of(("system", f"Match this.\n{BLOCK}\nBe short."), ("user", f"Hi\n{DATA}"))
    assert question.schema == SCHEMA
    assert question.data == {"language": "en"}


def test_a_folded_schema_is_taken_out_of_the_users_turn() -> None:
    """Without a role for instructions they stand before the user's words, and must not be taken for data."""
    question = question_of(("user", f"Match this.\n{BLOCK}\n\nBuild a strategy.\n{DATA}"))
    assert question.schema == SCHEMA
    assert question.instructions == "Match this."
    assert question.words == "Build a strategy."
    assert question.data == {"language": "en"}


def test_a_schema_after_the_users_words_is_taken_out_too() -> None:
    """Then all that is left is the user's."""
    question = question_of(("user", f"Build a strategy.\n{BLOCK}"))
    assert (question.schema, question.asked) == (SCHEMA, "Build a strategy.")


@pytest.mark.parametrize("text", ["```json\n{broken\n```", "```json\n[1]\n```", DATA, "plain"])
def test_other_blocks_stay_where_they_are(text: str) -> None:
    """Data, lists and broken JSON are the user's own."""
    question = question_of(("user", text))
    assert (question.schema, question.asked) == (None, text)
