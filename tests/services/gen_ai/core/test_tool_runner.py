"""What a call of a tool brings, and what the model is told where it brings nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.services.gen_ai.core.preparation import RoundLimit
from app.services.gen_ai.core.tool_rounds import Round, run_round
from app.services.gen_ai.rules.worst_case import prompt_tokens
from app.services.gen_ai.wire.messages import Message, NoArguments, Tool, ToolCall
from app.tokenizer import count_tokens
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.shaping import shape
from tests.fakes.tools import FAILS, HANGS, PARIS, REFUSES, Weather

ROOM = RoundLimit(4000, "o200k_base")


async def ran(
    tools: list[Tool[Any]], *calls: tuple[str, str], remark: str = "", limit: RoundLimit = ROOM
) -> tuple[Round, list[dict[str, Any]]]:
    """A round, and what its tool messages say."""
    made = [ToolCall(f"call_{number}", name, written) for number, (name, written) in enumerate(calls)]
    done = await run_round(tools, made, remark, limit)
    return done, [json.loads(message.text) for message in done.messages[1:]]


async def test_a_result_is_json_that_says_that_it_is_data() -> None:
    """The model's call first, then an answer to it that names its id."""
    weather = Weather()
    done, told = await ran([weather.tool], ("weather", PARIS), remark="I look.")
    asked, answered = done.messages
    assert (asked.role, asked.text, asked.calls) == ("assistant", "I look.", (done.uses[0].call,))
    assert (answered.role, answered.call_id) == ("tool", "call_0")
    assert told == [{"kind": "data", "tool": "weather", "data": {"sky": "clear"}}]
    assert (done.uses[0].succeeded, done.uses[0].truncated, done.uses[0].error) == (True, False, None)
    assert [(arguments.city, arguments.days) for arguments in weather.asked] == [("Paris", 2)]


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("weather", '{"city": "Paris"}', "arguments.days: Field required"),
        ("weather", '{"city": "Paris", "days": 9}', "arguments.days: Input should be less than or equal to 7"),
        ("weather", '{"city": "Paris", "days": 2, "caller_id": "bob"}', "arguments.caller_id: Extra inputs"),
        ("weather", '{"city": "Paris"', "arguments: Invalid JSON"),
        ("weather", "[]", "arguments: "),
        ("wether", PARIS, "there is no tool wether; there are weather, refuses, fails, hangs"),
        ("refuses", "{}", "there is no such thing; there are a and b"),
        ("hangs", "{}", "hangs took longer than 0 seconds and was given up"),
        ("fails", "{}", "fails failed; this cannot be looked up at the moment"),
    ],
)
async def test_what_goes_wrong_is_told_to_the_model(name: str, arguments: str, error: str) -> None:
    """In a sentence that says what would be right, where anything would; nothing is raised."""
    weather = Weather()
    with capture_logs():
        done, (told,) = await ran([weather.tool, REFUSES, FAILS, HANGS], (name, arguments))
    assert told["kind"] == "error"
    assert told["error"].startswith(error)
    assert (done.uses[0].error, done.uses[0].succeeded) == (told["error"], False)
    assert weather.asked == []


async def test_why_a_tool_failed_is_for_the_log_alone() -> None:
    """It may name paths and secrets of the server, which are not the model's business, nor the person's."""
    with capture_logs() as logs:
        done, told = await ran([FAILS], ("fails", "{}"))
    assert "secret" not in json.dumps(told) + str(done.uses)
    assert [(entry["event"], entry["tool"]) for entry in logs] == [("tool_failed", "fails")]


async def test_calls_of_one_answer_are_all_answered_in_their_order() -> None:
    """Parallel calls: one that fails does not disturb the others."""
    done, told = await ran([Weather().tool, REFUSES], ("refuses", "{}"), ("weather", PARIS), ("nope", ""))
    assert [item["kind"] for item in told] == ["error", "data", "error"]
    assert [message.call_id for message in done.messages[1:]] == ["call_0", "call_1", "call_2"]


async def test_a_round_runs_eight_calls_at_most() -> None:
    """The others are as if never asked for, so that the model can ask for them again; the uses tell."""
    weather = Weather()
    done, told = await ran([weather.tool], *[("weather", PARIS)] * 10)
    assert (len(weather.asked), len(told), len(done.messages[0].calls)) == (8, 8, 8)
    assert [use.error for use in done.uses[8:]] == ["only 8 calls are answered at a time; ask again"] * 2


async def test_a_long_result_is_cut_and_says_so() -> None:
    """It is still JSON; the beginning of the data is there as text, and the whole keeps to the limit."""
    long = {"rows": [{"name": f'row "{number}"', "value": number} for number in range(5000)]}
    done, (told,) = await ran([Weather(long).tool], ("weather", PARIS), limit=RoundLimit(500, "o200k_base"))
    assert done.uses[0].truncated
    assert "only the beginning" in told["truncated"].lower()
    assert told["data"].startswith('{"rows":[{"name":"row \\"0\\""')
    assert 300 < count_tokens(done.messages[1].text) <= 500


async def test_arguments_that_are_too_long_are_not_sent_back() -> None:
    """They would fill the prompt; the model is told."""
    weather = Weather()
    done, (told,) = await ran([weather.tool], ("weather", json.dumps({"city": "x y z " * 3000, "days": 1})))
    assert told == {"kind": "error", "error": "the arguments are too long"}
    assert (done.messages[0].calls[0].arguments, weather.asked) == ("{}", [])


async def test_what_is_no_number_in_json_is_null() -> None:
    """NaN and infinity would break the message."""
    _, (told,) = await ran([Weather({"nan": float("nan"), "far": float("inf")}).tool], ("weather", PARIS))
    assert told["data"] == {"nan": None, "far": None}


TEXT = st.text(alphabet=st.sampled_from('ab "\\\n{}날씨🌦'), max_size=2000)
CALL = st.tuples(st.sampled_from(["weather", "refuses", "nope"]), st.sampled_from([PARIS, "{", ""]) | TEXT)


@given(
    calls=st.lists(CALL, min_size=1, max_size=12),
    found=TEXT,
    remark=TEXT,
    tokens=st.integers(400, 4000),
    model=st.sampled_from([model for model in CATALOG_FILE.models if model.model_id in {"gpt-4o", "gpt-4-turbo"}]),
)
async def test_a_round_adds_no_more_to_the_prompt_than_its_limit(
    calls: list[tuple[str, str]], found: str, remark: str, tokens: int, model: Any
) -> None:
    """Counted as the worst case is counted, whatever the model asks and whatever the tools find."""
    profile = CATALOG_FILE.request_profiles[model.request_profile]

    def prompt(*messages: Message) -> int:
        payload = shape(model, messages, max_output_tokens=100)
        return prompt_tokens(payload, profile.encoding)

    limit = RoundLimit(tokens, profile.encoding)
    done, _ = await ran([Weather({"found": found}).tool, REFUSES], *calls, remark=remark, limit=limit)
    assert prompt(*done.messages) - prompt() <= tokens


async def test_a_tool_without_arguments_takes_an_empty_text_for_an_empty_object() -> None:
    """Some models write nothing at all where there is nothing to say."""

    async def found(_: NoArguments) -> dict[str, Any]:
        return {"found": True}

    _, (told,) = await ran([Tool("find", "Finds.", NoArguments, found)], ("find", ""))
    assert told["data"] == {"found": True}
