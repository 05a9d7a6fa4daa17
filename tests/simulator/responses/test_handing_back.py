"""Reasoning that is handed back with the next request, and what gpt-6.2 does where something before it has changed."""

from copy import deepcopy
from typing import Any

import pytest

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Events, Post
from tests.simulator.responses.published import published_response
from tests.tables import each_line

Body = dict[str, Any]
TOOL = {"type": "function", "name": "last_price", "parameters": {"type": "object", "properties": {}}}
FIRST: Body = {
    "model": "gpt-6.2-sol",
    "input": [
        {"role": "developer", "content": [{"type": "input_text", "text": "Be short."}]},
        {"role": "user", "content": "Use last_price now."},
    ],
    "tools": [TOOL],
    "safety_identifier": "somebody",
    "store": False,
}


async def second_round(ask: Post, first: Body = FIRST) -> tuple[Body, Body]:
    """The request that follows the answer to a first one, and its reasoning item."""
    output = (await ask(**first)).json()["output"]
    reasoning, call = output
    done = {"type": "function_call_output", "call_id": call["call_id"], "output": "42"}
    return first | {"input": [*first["input"], *output, done]}, reasoning


def earlier(body: Body, **changes: Any) -> Body:
    """The same request with another first message."""
    changed = deepcopy(body)
    changed["input"][0] |= changes
    return changed


async def test_what_is_handed_back_unchanged_is_read_again(ask: Post) -> None:
    """It counts as input by its tokens, and nothing was removed."""
    body, reasoning = await second_round(ask)
    kept = (await ask(**body)).json()
    assert kept["input_transformations"] == []
    without = body | {"input": [item for item in body["input"] if item != reasoning]}
    bare = (await ask(**without)).json()
    assert kept["usage"]["input_tokens"] - bare["usage"]["input_tokens"] == 128
    published_response(kept)


CHANGES: list[tuple[Body, str]] = [
    ({"model": "gpt-6.2-astra"}, "model_mismatch"),
    ({"safety_identifier": "else"}, "end_user_mismatch"),
    ({"safety_identifier": None}, "end_user_mismatch"),
    ({"tools": [TOOL | {"description": "Tells a price."}]}, "prefix_mismatch"),
    ({"reasoning": {"effort": "high"}}, "prefix_mismatch"),
    ({"text": {"verbosity": "low"}}, "prefix_mismatch"),
    ({"parallel_tool_calls": False}, "prefix_mismatch"),
]


@each_line(("change", "reason"), CHANGES)
async def test_what_no_longer_fits_is_left_out_and_told(ask: Post, change: Body, reason: str) -> None:
    """The answer comes as if nothing were wrong, and costs no tokens of the reasoning."""
    body, reasoning = await second_round(ask)
    answer = (await ask(**body | change)).json()
    assert answer["status"] == "completed"
    removed = {"id": reasoning["id"], "type": "reasoning", "action": "removed", "reason": reason}
    assert answer["input_transformations"] == [removed]
    without = body | change | {"input": [item for item in body["input"] if item != reasoning]}
    assert answer["usage"]["input_tokens"] == (await ask(**without)).json()["usage"]["input_tokens"]
    published_response(answer)


async def test_an_edited_beginning_removes_all_that_was_thought_after_it(ask: Post) -> None:
    """Of two rounds, both items; another way to write the same message is no edit."""
    body, _ = await second_round(ask)
    third = body | {"input": [*body["input"], {"role": "user", "content": "Use last_price again."}]}
    body, _ = await second_round(ask, third)
    for change, removed in (
        ({"content": "Be short."}, 0),
        (
            {"content": [{"type": "input_text", "text": "Be short.", "prompt_cache_breakpoint": {"mode": "explicit"}}]},
            0,
        ),
        ({"content": "Be long."}, 2),
        ({"role": "user"}, 2),
    ):
        told = (await ask(**earlier(body, **change))).json()["input_transformations"]
        assert [item["reason"] for item in told] == ["prefix_mismatch"] * removed, change


async def test_one_edit_in_the_middle_removes_what_follows(ask: Post) -> None:
    """What was thought before it stays."""
    body, reasoning = await second_round(ask)
    third = body | {"input": [*body["input"], {"role": "user", "content": "Use last_price again."}]}
    body, later = await second_round(ask, third)
    body = deepcopy(body)
    body["input"][4]["output"] = "43"
    told = (await ask(**body)).json()["input_transformations"]
    assert [item["id"] for item in told] == [later["id"]] != [reasoning["id"]]


async def test_what_is_set_for_one_turn_is_not_before_it(ask: Post) -> None:
    """`instructions`, the choice of tools and a limit may change between rounds."""
    body, _ = await second_round(ask)
    more = {"instructions": "Be kind.", "tool_choice": "none", "max_output_tokens": 900, "include": []}
    assert (await ask(**body | more)).json()["input_transformations"] == []


async def test_older_models_take_it_back_from_anybody(ask: Post) -> None:
    """They do not say what was left out, because nothing is; to gpt-6.2 theirs is another model's."""
    body, reasoning = await second_round(ask, FIRST | {"model": "gpt-6.1-sol"})
    assert "input_transformations" not in (await ask(**body | {"safety_identifier": "else"})).json()
    told = (await ask(**body | {"model": "gpt-6.2-sol"})).json()["input_transformations"]
    assert [(item["id"], item["reason"]) for item in told] == [(reasoning["id"], "model_mismatch")]


async def test_a_made_up_secret_is_another_models(ask: Post) -> None:
    """Whatever is handed in, the answer comes."""
    for secret in ("", "x", "x" * 500, "é뷁"):
        body, reasoning = await second_round(ask)
        reasoning["encrypted_content"] = secret
        answer = (await ask(**body)).json()
        assert [item["reason"] for item in answer["input_transformations"]] == ["model_mismatch"], secret


async def test_a_stream_tells_what_was_removed(ask: Post, response_events: Events) -> None:
    """In the response of its first event and of its last."""
    body, reasoning = await second_round(ask)
    found = response_events(await ask(**body | {"safety_identifier": "else", "stream": True}))
    for event in (found[0], found[-1]):
        assert [item["id"] for item in event["response"]["input_transformations"]] == [reasoning["id"]]


@pytest.mark.parametrize("tokens", [16, 64])
async def test_the_shortest_reasoning_is_known_again(ask: Post, simulator: Simulator, tokens: int) -> None:
    """A limit may end it after its first tokens."""
    simulator.faults.add(Fault(kind="content", text="Hello."))
    first = FIRST | {"max_output_tokens": tokens, "input": [{"role": "user", "content": "Hello."}]}
    (reasoning,) = (await ask(**first)).json()["output"]
    said = {"role": "assistant", "content": "Hello."}
    body = first | {"input": [*first["input"], reasoning, said, {"role": "user", "content": "Again."}]}
    assert (await ask(**body)).json()["input_transformations"] == []
