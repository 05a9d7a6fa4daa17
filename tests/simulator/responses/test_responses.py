"""Whole answers of Responses, through the official SDK."""

import json
from typing import Any

import httpx2
from openai import AsyncOpenAI
from pydantic import BaseModel

from app.clock import FixedClock
from app.simulator.faults import Fault
from app.simulator.service import Simulator
from app.tokenizer import count_tokens
from tests.simulator.conftest import Post
from tests.simulator.responses.published import published_response
from tests.tables import each_line

TOOL: Any = {
    "type": "function",
    "name": "last_price",
    "description": "Returns the latest closing price for a ticker",
    "parameters": {
        "type": "object",
        "properties": {"ticker": {"type": "string"}},
        "required": ["ticker"],
        "additionalProperties": False,
    },
    "strict": True,
}


async def test_an_answer_has_the_shape_of_the_api(openai: AsyncOpenAI, clock: FixedClock) -> None:
    """The SDK reads it, and it repeats what was asked."""
    raw = await openai.responses.with_raw_response.create(
        model="gpt-4o-mini", input="Say hello.", instructions="Be short.", metadata={"a": "b"}, max_output_tokens=200
    )
    answer = raw.parse()
    assert answer.id.startswith("resp_")
    assert (answer.object, answer.status, answer.error) == ("response", "completed", None)
    assert answer.created_at == answer.completed_at == int(clock.now().timestamp())
    assert (answer.model, answer.service_tier) == ("gpt-4o-mini-2024-07-18", "default")
    assert (answer.instructions, answer.metadata, answer.max_output_tokens) == ("Be short.", {"a": "b"}, 200)
    assert answer.output_text
    assert raw.headers["x-request-id"].startswith("req_")


SHAPES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["message"]),
    ({"model": "gpt-6-luna"}, ["reasoning", "message"]),
    ({"model": "gpt-6-luna", "reasoning": {"effort": "none"}}, ["message"]),
    ({"model": "gpt-6-astra", "reasoning": {"effort": "max", "summary": "auto"}}, ["reasoning", "message"]),
    ({"tools": [TOOL], "tool_choice": "required"}, ["function_call"]),
    ({"model": "gpt-6-astra", "tools": [TOOL], "tool_choice": "required"}, ["reasoning", "function_call"]),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "name": "last_price"}}, ["function_call"]),
    ({"tools": [TOOL], "tool_choice": "none", "input": "Use last_price"}, ["message"]),
    ({"text": {"format": {"type": "json_object"}, "verbosity": "medium"}, "input": "JSON please"}, ["message"]),
    (
        {"model": "gpt-6-luna", "text": {"verbosity": "low"}, "store": False, "truncation": "disabled"},
        ["reasoning", "message"],
    ),
    ({"model": "gpt-6-luna", "max_output_tokens": 100}, ["reasoning"]),
    ({"model": "gpt-6.2-sol", "instructions": "Be short.", "store": False}, ["reasoning", "message"]),
    ({"model": "gpt-6.2-astra", "prompt_cache_options": {"mode": "explicit", "ttl": "12h"}}, ["reasoning", "message"]),
    ({"prompt_cache_key": "k", "safety_identifier": "s", "user": "u", "parallel_tool_calls": False}, ["message"]),
]


@each_line(("body", "kinds"), SHAPES)
async def test_every_answer_is_as_published(ask: Post, body: dict[str, Any], kinds: list[str]) -> None:
    """Nothing is missing that the SDK's types name as needed, and nothing is there that they do not name."""
    response = await ask(**body)
    assert response.status_code == 200, response.text
    read = published_response(response.json())
    assert [item.type for item in read.output] == kinds


async def test_the_same_question_gets_the_same_words_as_on_chat(ask: Post, post: Post) -> None:
    """One drafting for both: what a service sees does not depend on the way there."""
    question = "What is RSI?"
    said = (await ask(input=question)).json()["output"][0]["content"][0]["text"]
    chat = (await post(messages=[{"role": "user", "content": question}])).json()
    assert said == chat["choices"][0]["message"]["content"]


async def test_a_schema_is_filled(openai: AsyncOpenAI) -> None:
    """`responses.parse` sends a strict schema and gets its object."""

    class Answer(BaseModel):
        title: str
        count: int

    answer = await openai.responses.parse(model="gpt-4o", input="Say hello.", text_format=Answer)
    assert isinstance(answer.output_parsed, Answer)


async def test_usage_has_the_names_of_responses(ask: Post, simulator: Simulator) -> None:
    """Three parts of the input, and reasoning within the output."""
    simulator.faults.add(Fault(kind="content", text="Hello to you."))
    usage = (await ask(model="gpt-6-luna", input="Say hello.")).json()["usage"]
    output = 128 + count_tokens("Hello to you.")
    assert usage == {
        "input_tokens": 3 + count_tokens("user") + count_tokens("Say hello.") + 3,
        "input_tokens_details": {
            "cached_tokens": 0,
            "cache_write_tokens": 0,
            "cache_write_tokens_details": {"ttl_30m_tokens": 0, "ttl_12h_tokens": 0},
        },
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 128},
        "total_tokens": usage["input_tokens"] + output,
    }


async def test_a_repeated_prompt_is_read_from_the_cache(ask: Post) -> None:
    """What was written by one request is read by the next."""
    details = [
        (await ask(model="gpt-6-luna", input="word " * 1_500)).json()["usage"]["input_tokens_details"] for _ in range(2)
    ]
    assert [(part["cached_tokens"], part["cache_write_tokens"]) for part in details] == [(0, 1_505), (1_505, 0)]
    assert details[0]["cache_write_tokens_details"] == {"ttl_30m_tokens": 1_505, "ttl_12h_tokens": 0}


async def test_all_that_is_read_costs_tokens(ask: Post) -> None:
    """Instructions, tools, the schema, calls and their outputs."""
    call = {"type": "function_call", "call_id": "c", "name": "last_price", "arguments": "{}"}
    done = {"type": "function_call_output", "call_id": "c", "output": "42"}
    schema = {"type": "json_schema", "name": "answer", "schema": {"type": "object"}}
    plain = (await ask()).json()["usage"]["input_tokens"]
    for more in (
        {"instructions": "Be short."},
        {"tools": [TOOL]},
        {"text": {"format": schema}},
        {"input": [{"role": "user", "content": "Say hello."}, call, done]},
    ):
        assert (await ask(**more)).json()["usage"]["input_tokens"] > plain


async def test_the_limit_makes_an_answer_incomplete(ask: Post, simulator: Simulator) -> None:
    """What there is, is told and billed; the message is as incomplete as the answer."""
    simulator.faults.add(Fault(kind="content", text="one two three four five six seven eight nine ten " * 9))
    answer = published_response((await ask(max_output_tokens=16)).json())
    assert (answer.status, answer.incomplete_details and answer.incomplete_details.reason) == (
        "incomplete",
        "max_output_tokens",
    )
    assert answer.usage is not None
    assert answer.usage.output_tokens == 16
    assert answer.output_text.startswith("one two")
    assert answer.output[0].status == "incomplete"  # type: ignore[union-attr]


async def test_reasoning_may_use_up_all_of_the_limit(ask: Post) -> None:
    """No message, full price."""
    answer = (await ask(model="gpt-6-luna", max_output_tokens=100)).json()
    assert [item["type"] for item in answer["output"]] == ["reasoning"]
    assert answer["status"] == "incomplete"
    assert answer["usage"]["output_tokens"] == answer["usage"]["output_tokens_details"]["reasoning_tokens"] == 100


async def test_tools_are_called_round_by_round_without_state(openai: AsyncOpenAI) -> None:
    """All items of one answer go into the next request, with the outputs of the calls; reasoning counts as input."""
    asked: Any = [{"role": "user", "content": "Use last_price now."}]
    common: Any = {"model": "gpt-6-astra", "tools": [TOOL], "store": False}
    first = await openai.responses.create(input=asked, **common)
    reasoning, call = first.output
    assert (reasoning.type, call.type) == ("reasoning", "function_call")
    assert json.loads(call.arguments).keys() == {"ticker"}
    told = [{"type": "input_text", "text": "42"}]
    done: Any = {"type": "function_call_output", "call_id": call.call_id, "output": told}
    second = await openai.responses.create(input=[*asked, *first.output, done], **common)
    assert second.output_text == "The tool answered: 42"
    bare = await openai.responses.create(input=[*asked, call, done], **common)
    assert first.usage is not None
    assert second.usage is not None
    assert bare.usage is not None
    thought = first.usage.output_tokens_details.reasoning_tokens
    assert second.usage.input_tokens - bare.usage.input_tokens == thought > 0


async def test_calls_side_by_side_are_answered_together(ask: Post) -> None:
    """Reasoning between two calls does not part them."""
    calls = [{"type": "function_call", "call_id": f"c{n}", "name": "last_price", "arguments": "{}"} for n in (1, 2)]
    outputs = [{"type": "function_call_output", "call_id": f"c{n}", "output": f"{n}00"} for n in (2, 1)]
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    items = [{"role": "user", "content": "Prices?"}, calls[0], thought, calls[1], *outputs]
    answer = (await ask(input=items, tools=[TOOL])).json()
    said = answer["output"][0]["content"][0]["text"]
    assert "100" in said
    assert "200" in said


async def test_only_allowed_tools_are_called(ask: Post) -> None:
    """`allowed_tools` leaves the list of tools, and with it the cached prefix, as it is."""
    other = {"type": "function", "name": "clock", "parameters": {"type": "object", "properties": {}}}
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "clock"}]}
    answer = (await ask(input="Use last_price now.", tools=[TOOL, other], tool_choice=choice)).json()
    assert [item["name"] for item in published_response(answer).model_dump()["output"]] == ["clock"]
    assert answer["tool_choice"] == choice


@each_line(
    ("body", "told"),
    [
        ({}, False),
        ({"include": ["reasoning.encrypted_content"]}, True),
        ({"store": False}, True),
    ],
)
async def test_reasoning_is_handed_out_encrypted(ask: Post, body: dict[str, Any], *, told: bool) -> None:
    """Where nothing is kept, or where it is asked for."""
    reasoning = (await ask(model="gpt-6-luna", **body)).json()["output"][0]
    assert ("encrypted_content" in reasoning) is told


@each_line(
    ("model", "asked", "named"),
    [
        ("gpt-4o-mini", "auto", "default"),
        ("gpt-4o-mini", "fast", "priority"),
        ("gpt-6-luna", "priority", "fast"),
        ("gpt-6-luna", "flex", "flex"),
        ("gpt-6.2-sol", "ultrafast", "ultrafast"),
        ("gpt-5.6", "fast", "priority"),
    ],
)
async def test_an_answer_names_its_service_tier(ask: Post, model: str, asked: str, named: str) -> None:
    """The tier that is billed; gpt-6 calls priority fast."""
    assert (await ask(model=model, service_tier=asked)).json()["service_tier"] == named


async def test_a_refusal_is_a_part_of_its_own(ask: Post, simulator: Simulator) -> None:
    simulator.faults.add(Fault(kind="refusal", text="No."))
    answer = published_response((await ask()).json())
    assert answer.output_text == ""
    assert answer.to_dict()["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]  # type: ignore[index]


async def test_no_key_no_answer(http: httpx2.AsyncClient) -> None:
    """On this page as on the others."""
    del http.headers["authorization"]
    for path in ("/v1/responses", "/v1/embeddings"):
        assert (await http.post(path, json={})).json()["error"]["code"] == "invalid_api_key"
