"""What fits into a context: the newest exchanges, whole ones, beside all that must be said."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.gen_ai.core.preparation import (
    MessageTooLongError,
    newest_that_fit,
    room_for_history,
    round_limit,
    rounds_used,
)
from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.worst_case import prompt_tokens
from app.services.gen_ai.wire.messages import Exchange, Message, ToolCall
from app.tokenizer import count_tokens
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.shaping import shape
from tests.fakes.tools import Weather

MODELS = {model.model_id: model for model in CATALOG_FILE.models}
PROFILE = CATALOG_FILE.request_profiles["gpt-4o"]


def small(context: int, **changes: Any) -> ModelRecord:
    """A gpt-4o with a context of so many tokens."""
    return MODELS["gpt-4o"].model_copy(update={"context_window": context, **changes})


def payload_of(messages: Sequence[Message], record: ModelRecord, *, tools: bool = False, output: int = 100) -> Any:
    return shape(
        record,
        messages,
        profile=PROFILE,
        max_output_tokens=output,
        tools=[Weather().tool] if tools else [],
        may_call=rounds_used(messages) < 5,
    )


def room(messages: Sequence[Message], record: ModelRecord, **options: Any) -> int:
    return room_for_history(payload_of(messages, record, **options), messages, record, "o200k_base")


WORDS = st.text(alphabet=st.sampled_from("a 날씨\n🌦z"), max_size=60)
EXCHANGES = st.lists(st.tuples(WORDS, WORDS), max_size=12)


@given(EXCHANGES, st.integers(0, 400))
def test_the_newest_exchanges_are_kept_whole_as_many_as_fit(said: list[tuple[str, str]], left: int) -> None:
    """A suffix of the history; its messages fit into the room; one exchange more would not."""
    history: list[Exchange] = [(Message("user", asked), Message("assistant", told)) for asked, told in said]
    kept = newest_that_fit(history, left, "o200k_base")

    def size(exchanges: Sequence[Exchange]) -> int:
        return sum(count_tokens(message.text) + 5 for exchange in exchanges for message in exchange)

    assert list(kept) == history[len(history) - len(kept) :]
    assert size(kept) <= left
    if len(kept) < len(history):
        assert size(history[len(history) - len(kept) - 1 :]) > left


@given(EXCHANGES, WORDS, st.integers(1_000, 2_000))
def test_with_the_history_that_fits_prompt_and_answer_stay_within_the_context(
    said: list[tuple[str, str]], words: str, context: int
) -> None:
    """Counted on the whole request, tools and their rounds included."""
    record = small(context)
    messages = (Message("instruction", "Be brief."), Message("user", words))
    history = [(Message("user", asked), Message("assistant", told)) for asked, told in said]
    kept = newest_that_fit(history, room(messages, record, tools=True), "o200k_base")
    spoken = [message for exchange in kept for message in exchange]
    prompt = prompt_tokens(payload_of((*spoken, *messages), record, tools=True), "o200k_base")
    assert prompt + 5 * round_limit(record, "o200k_base").tokens + 100 <= context


def test_a_message_that_does_not_fit_is_refused_and_told_how_long_it_may_be() -> None:
    """The words of the person alone; cut to what it says, it fits, and one token more would not."""
    record = small(1_000)
    said = " a" * 2_000
    with pytest.raises(MessageTooLongError) as caught:
        room((Message("user", said),), record)
    error = caught.value
    assert (error.status, error.code) == (422, "message_too_long")
    assert (error.fields["message_tokens"], error.fields["model_id"]) == (2_000, "gpt-4o")
    most = error.fields["most_tokens"]
    assert f"has 2000 tokens, and gpt-4o has room for {most}: shorten it by about {2_000 - most} tokens" in error.detail
    assert room((Message("user", " a" * most),), record) == 0
    with pytest.raises(MessageTooLongError):
        room((Message("user", " a" * (most + 1)),), record)


def test_where_nothing_fits_at_all_the_message_may_have_no_token() -> None:
    """Never a negative number."""
    with pytest.raises(MessageTooLongError) as caught:
        room((Message("instruction", "b " * 3_000), Message("user", "Hi.")), small(1_000))
    assert caught.value.fields["most_tokens"] == 0


def test_a_limit_of_the_input_counts_as_well_as_the_context() -> None:
    """gpt-6 takes 922,000 tokens of its 1,050,000 as input."""
    messages = (Message("user", "Hi."),)
    assert room(messages, small(100_000)) - room(messages, small(100_000, max_input_tokens=50_000)) == 50_000 - 100


def test_rounds_of_tools_have_their_room_reserved_until_they_are_used_up() -> None:
    """Each round that was used frees its reserve; after the fifth there is none left."""
    record = small(100_000)
    asked: tuple[Message, ...] = (Message("user", "Hi."),)
    call = Message("assistant", "", calls=(ToolCall("c", "weather", "{}"),))
    frees = []
    for _ in range(5):
        longer = (*asked, call)
        grown = prompt_tokens(payload_of(longer, record), "o200k_base") - prompt_tokens(
            payload_of(asked, record), "o200k_base"
        )
        frees.append(room(longer, record, tools=True) - room(asked, record, tools=True) + grown)
        asked = longer
    assert frees == [round_limit(record, "o200k_base").tokens] * 5 == [4_000] * 5
    assert room(asked, record, tools=True) > 80_000


@pytest.mark.parametrize(("context", "tokens"), [(128_000, 4_000), (8_192, 409), (1_050_000, 4_000)])
def test_rounds_take_a_quarter_of_a_small_context_at_most(context: int, tokens: int) -> None:
    """And never more than 4,000 tokens each."""
    assert round_limit(small(context), "o200k_base").tokens == tokens
