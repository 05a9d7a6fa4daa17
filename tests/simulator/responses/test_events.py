"""Streamed responses: the order of their events, and each event as the SDK's types have it."""

from typing import Any

from openai import AsyncOpenAI

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Events, Post
from tests.simulator.responses.published import published_event
from tests.tables import each_line

Body = dict[str, Any]
PARAMETERS = {"type": "object", "properties": {"ticker": {"type": "string"}}, "required": ["ticker"]}
TOOL = {"type": "function", "name": "last_price", "parameters": PARAMETERS}
CALL: Body = {"tools": [TOOL], "tool_choice": "required"}
BEGINNING = ["created", "in_progress"]
MESSAGE = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
]
REFUSAL = [
    "output_item.added",
    "content_part.added",
    "refusal.delta",
    "refusal.done",
    "content_part.done",
    "output_item.done",
]
FUNCTION = [
    "output_item.added",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "output_item.done",
]
REASONING = ["output_item.added", "output_item.done"]
SUMMED_UP = [
    "output_item.added",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
]
LONG = Fault(kind="content", text="one two three four five six seven eight nine ten " * 90)
CUT_SHORT: Body = {"max_output_tokens": 16}

ORDERS: list[tuple[Body, Fault | None, list[str]]] = [
    ({}, None, [*BEGINNING, *MESSAGE, "completed"]),
    ({"model": "gpt-6-luna"}, None, [*BEGINNING, *REASONING, *MESSAGE, "completed"]),
    (
        {"model": "gpt-6-luna", "reasoning": {"summary": "auto"}},
        None,
        [*BEGINNING, *SUMMED_UP, *MESSAGE, "completed"],
    ),
    (CALL, None, [*BEGINNING, *FUNCTION, "completed"]),
    ({"model": "gpt-6-astra"} | CALL, None, [*BEGINNING, *REASONING, *FUNCTION, "completed"]),
    ({}, Fault(kind="refusal"), [*BEGINNING, *REFUSAL, "completed"]),
    (CUT_SHORT, LONG, [*BEGINNING, *MESSAGE, "incomplete"]),
    ({"model": "gpt-6-luna", "max_output_tokens": 64}, None, [*BEGINNING, *REASONING, "incomplete"]),
    ({}, Fault(kind="failed"), [*BEGINNING, *MESSAGE[:3], "failed"]),
    ({}, Fault(kind="failed", chunks=0), [*BEGINNING, "failed"]),
    (CALL, Fault(kind="failed", chunks=1), [*BEGINNING, *FUNCTION[:2], "failed"]),
    ({}, Fault(kind="error"), [*BEGINNING, *MESSAGE[:3], "error"]),
]


def once_each(kinds: list[str]) -> list[str]:
    """Deltas that follow each other count as one."""
    return [kind for before, kind in zip(["", *kinds], kinds, strict=False) if kind != before]


@each_line(("body", "fault", "order"), ORDERS)
async def test_events_come_in_the_order_of_the_api(
    ask: Post,
    response_events: Events,
    simulator: Simulator,
    body: dict[str, Any],
    fault: Fault | None,
    order: list[str],
) -> None:
    """Each is named, numbered, and such as the SDK's types have it; there is no end mark."""
    if fault is not None:
        simulator.faults.add(fault)
    response = await ask(stream=True, **body)
    assert response.headers["content-type"].startswith("text/event-stream")
    found = response_events(response)
    for event in found:
        published_event(event)
    assert once_each([event["type"].removeprefix("response.") for event in found]) == order


@each_line(("body", "fault", "order"), ORDERS)
async def test_the_parts_add_up_to_the_whole(
    ask: Post,
    response_events: Events,
    simulator: Simulator,
    body: dict[str, Any],
    fault: Fault | None,
    order: list[str],
) -> None:
    """Deltas are the text of the last event's output, and its usage is on the bill; an error tells neither."""
    if fault is not None:
        simulator.faults.add(fault)
    found = response_events(await ask(stream=True, **body))
    bill = simulator.account.bills[-1]
    assert (bill.streamed, bill.delivered) == (True, True)
    if order[-1] == "error":
        assert bill.usage["output_tokens"] > 0
        return
    last = found[-1]["response"]
    assert last["usage"] == bill.usage
    assert found[0]["response"]["usage"] is None
    written: dict[int, str] = {}
    for event in found:
        if event["type"].endswith((".output_text.delta", ".refusal.delta", "_arguments.delta")):
            written[event["output_index"]] = written.get(event["output_index"], "") + event["delta"]
    for index, item in enumerate(last["output"]):
        if item["type"] == "message":
            part = item["content"][0]
            assert written[index] == part.get("text", part.get("refusal"))
        elif item["type"] == "function_call":
            assert written.get(index, "") == item["arguments"]
    done = [event["item"] for event in found if event["type"] == "response.output_item.done"]
    assert done == last["output"] or last["status"] == "failed"


async def test_a_stream_is_the_whole_answer_in_events(ask: Post, response_events: Events) -> None:
    """What it costs and says does not depend on how it travels."""
    body = {"model": "gpt-6-luna", "input": "What is RSI?", "reasoning": {"summary": "auto"}}
    whole = (await ask(**body)).json()
    streamed = response_events(await ask(**body, stream=True))[-1]["response"]
    names = {"usage", "status", "service_tier", "model", "text", "reasoning"}
    assert {name: whole[name] for name in names} == {name: streamed[name] for name in names}
    assert whole["output"][1]["content"] == streamed["output"][1]["content"]


async def test_several_calls_are_several_items(ask: Post, response_events: Events) -> None:
    """Each call is begun, written and ended in its turn."""
    names = ("usage_summary", "list_models")
    tools = [
        {"type": "function", "name": name, "parameters": {"type": "object", "properties": {"why": {"type": "string"}}}}
        for name in names
    ]
    found = response_events(await ask(tools=tools, stream=True, input=f"Use {' and '.join(names)} for cost and models"))
    kinds = [event["type"].removeprefix("response.") for event in found]
    assert once_each(kinds) == [*BEGINNING, *FUNCTION, *FUNCTION, "completed"]
    assert {item["name"] for item in found[-1]["response"]["output"]} == set(names)
    assert len({item["call_id"] for item in found[-1]["response"]["output"]}) == 2


async def test_the_sdk_gathers_a_stream(openai: AsyncOpenAI) -> None:
    """`responses.stream` follows the events and ends with the response that they describe."""
    async with openai.responses.stream(model="gpt-6-luna", input="What is RSI?") as stream:
        deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        final = await stream.get_final_response()
    assert len(deltas) > 3
    assert "".join(deltas) == final.output_text
    assert final.usage is not None
