"""Every kind of fault on every endpoint where it can be, whole and streamed."""

from typing import Any, get_args

import httpx2
import pytest
from openai import APIError, AsyncOpenAI
from pydantic import ValidationError

from app.simulator.faults import Fault, Kind
from app.simulator.names import EndpointName
from app.simulator.service import Simulator
from tests.simulator.conftest import Events, Post
from tests.tables import each_line

CHAT = ("/v1/chat/completions", {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello."}]})
RESPONSES = ("/v1/responses", {"model": "gpt-4o-mini", "input": "Say hello."})
EMBEDDINGS = ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "Hello."})
WAYS: list[tuple[str, dict[str, Any]]] = [
    CHAT,
    (CHAT[0], CHAT[1] | {"stream": True}),
    RESPONSES,
    (RESPONSES[0], RESPONSES[1] | {"stream": True}),
    EMBEDDINGS,
]

FALSE_USAGE = {"prompt_tokens": 7, "total_tokens": 7}
OF_EVERY_ENDPOINT: list[tuple[Fault, int | None, str, int]] = [
    (Fault(kind="status", status=503, code="overloaded"), 503, "overloaded", 0),
    (Fault(kind="delay", seconds=3), 200, "", 1),
    (Fault(kind="delay", seconds=3, chunks=0), 200, "", 1),
    (Fault(kind="cut_stream", chunks=1), None, "", 1),
    (Fault(kind="malformed_json"), 200, "", 1),
    (Fault(kind="html"), 200, "502 Bad Gateway", 0),
    (Fault(kind="empty"), 200, "", 0),
    (Fault(kind="disconnect"), None, "", 0),
    (Fault(kind="error", code="overloaded", text="Too much."), 200, "Too much.", 1),
    (Fault(kind="no_usage"), 200, "", 1),
    (Fault(kind="model", answer_model="other-1"), 200, "other-1", 1),
    (Fault(kind="usage", usage=FALSE_USAGE), 200, "", 1),
    (Fault(kind="fields", fields={"id": 7, "colour": "red"}), 200, "red", 1),
]


@each_line(("fault", "status", "said", "bills"), OF_EVERY_ENDPOINT)
async def test_a_fault_is_the_same_everywhere(
    http: httpx2.AsyncClient, simulator: Simulator, fault: Fault, status: int | None, said: str, bills: int
) -> None:
    """Status None: the connection breaks. What is billed on one endpoint is billed on the others."""
    for path, body in WAYS:
        simulator.account.reset()
        simulator.faults.add(fault)
        if status is None:
            with pytest.raises(httpx2.RemoteProtocolError):
                await http.post(path, json=body)
        else:
            response = await http.post(path, json=body)
            assert response.status_code == status, (path, body)
            assert said in response.text, (path, body)
        assert len(simulator.account.bills) == bills, (path, body)
        assert simulator.faults.waiting() == []


async def test_what_an_answer_tells_of_itself_is_on_the_bill(http: httpx2.AsyncClient, simulator: Simulator) -> None:
    """A false usage and model are told and billed; a usage that is not told is billed truly."""
    for path, body in (CHAT, RESPONSES, EMBEDDINGS):
        for kind in ("usage", "model", "no_usage"):
            fault = next(fault for fault, *_ in OF_EVERY_ENDPOINT if fault.kind == kind)
            simulator.faults.add(fault)
            told = (await http.post(path, json=body)).json()
            bill = simulator.account.bills[-1]
            assert bill.model == told["model"]
            if fault.kind == "no_usage":
                assert told.get("usage") is None
                assert bill.usage["total_tokens"] > 0
            else:
                assert told["usage"] == bill.usage


async def test_an_answer_may_have_any_fields(
    ask: Post, post: Post, embed: Post, response_events: Events, events: Events, simulator: Simulator
) -> None:
    """As compatible servers have them: an id that is no text, or the same each time. The bill knows better."""
    simulator.faults.add(Fault(kind="fields", fields={"id": 7, "model": None}, times=5))
    answers = [(await post()).json(), *events(await post(stream=True)), (await ask()).json(), (await embed()).json()]
    streamed = response_events(await ask(stream=True))
    answers += [event["response"] for event in streamed if "response" in event]
    assert {(answer["id"], answer["model"]) for answer in answers} == {(7, None)}
    bills = simulator.account.bills
    assert [bill.model for bill in bills if bill.endpoint != "embeddings"] == ["gpt-4o-mini-2024-07-18"] * 4
    assert len({bill.id for bill in bills}) == len(bills) == 5


async def test_a_status_may_have_headers(ask: Post, simulator: Simulator) -> None:
    """A redirect says where to, and a refusal that a retry is in vain."""
    simulator.faults.add(Fault(kind="status", status=307, headers={"location": "http://elsewhere/v1"}))
    simulator.faults.add(Fault(kind="status", status=500, retry_after=2, headers={"x-should-retry": "false"}))
    redirect, refusal = await ask(), await ask()
    assert redirect.headers["location"] == "http://elsewhere/v1"
    assert (refusal.headers["retry-after"], refusal.headers["x-should-retry"]) == ("2", "false")


OF_WORDS: list[tuple[Fault, str]] = [
    (Fault(kind="refusal", text="Not today."), "Not today."),
    (Fault(kind="content", text="Exactly this."), "Exactly this."),
    (Fault(kind="failed", code="rate_limit_exceeded", text="Broke down."), ""),
    (Fault(kind="content_filter"), "content_filter"),
    (Fault(kind="service_tier", service_tier="scale"), "scale"),
    (Fault(kind="flawed"), ""),
    (Fault(kind="tool_call", tool="clock"), ""),
    *((Fault(kind=kind), "") for kind in ("swapped", "contradiction", "never_fires", "wrong_figure")),
]


@each_line(("fault", "said"), OF_WORDS)
async def test_a_fault_of_words_passes_embeddings_by(
    http: httpx2.AsyncClient, simulator: Simulator, fault: Fault, said: str
) -> None:
    """It waits for an answer that has words, on either endpoint."""
    for path, body in (CHAT, RESPONSES):
        simulator.faults.add(fault)
        assert (await http.post(EMBEDDINGS[0], json=EMBEDDINGS[1])).json()["data"]
        assert simulator.faults.waiting() == [fault]
        response = await http.post(path, json=body)
        assert response.status_code == 200
        assert said in response.text
        assert simulator.faults.waiting() == []


def test_no_kind_is_left_out() -> None:
    """Each is in one of the two tables."""
    tried = {fault.kind for fault, *_ in OF_EVERY_ENDPOINT} | {fault.kind for fault, _ in OF_WORDS}
    assert tried == set(get_args(Kind))


async def test_a_fault_may_wait_for_one_endpoint(post: Post, ask: Post, simulator: Simulator) -> None:
    """The others are not touched."""
    simulator.faults.add(Fault(kind="status", status=500, endpoint="responses"))
    assert [(await send()).status_code for send in (post, ask, ask)] == [200, 500, 200]


@each_line("kind", ["refusal", "failed"])
def test_a_fault_that_cannot_be_is_refused(kind: Kind) -> None:
    """In a sentence."""
    endpoint: EndpointName = "embeddings"
    with pytest.raises(ValidationError, match=f"has no words, so that a fault of kind '{kind}' cannot be"):
        Fault(kind=kind, endpoint=endpoint)


async def test_a_response_may_fail(ask: Post, simulator: Simulator) -> None:
    """A 200 with the status failed, an error, and the usage of what was written until then."""
    simulator.faults.add(Fault(kind="failed", code="rate_limit_exceeded", text="Broke down.", chunks=2))
    answer = (await ask()).json()
    assert (answer["status"], answer["completed_at"]) == ("failed", None)
    assert answer["error"] == {"code": "rate_limit_exceeded", "message": "Broke down."}
    assert answer["output"][0]["status"] == "incomplete"
    assert answer["usage"]["output_tokens"] == 8
    assert simulator.account.bills[0].usage == answer["usage"]


async def test_a_chat_completion_may_fail(post: Post, events: Events, simulator: Simulator) -> None:
    """A half sentence with the finish reason error, whole and streamed."""
    simulator.faults.add(Fault(kind="failed", chunks=1, times=2))
    choice = (await post()).json()["choices"][0]
    chunks = events(await post(stream=True))
    assert choice["finish_reason"] == chunks[-1]["choices"][0]["finish_reason"] == "error"
    assert choice["message"]["content"] == chunks[1]["choices"][0]["delta"]["content"]
    assert [bill.usage["completion_tokens"] for bill in simulator.account.bills] == [4, 4]


async def test_a_content_filter_may_end_an_answer(
    ask: Post, post: Post, events: Events, response_events: Events, simulator: Simulator
) -> None:
    """A half answer, at the price of what was written: on both wires, whole and streamed."""
    simulator.faults.add(Fault(kind="content_filter", chunks=2, times=4))
    choice = (await post()).json()["choices"][0]
    chunks = events(await post(stream=True))
    assert choice["finish_reason"] == chunks[-1]["choices"][0]["finish_reason"] == "content_filter"
    whole = (await ask()).json()
    last = response_events(await ask(stream=True))[-1]
    assert last["type"] == "response.incomplete"
    for answer in (whole, last["response"]):
        assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
        assert answer["output"][0]["status"] == "incomplete"
        assert answer["output"][0]["content"][0]["text"] == choice["message"]["content"]
    tokens = [bill.usage.get("completion_tokens", bill.usage.get("output_tokens")) for bill in simulator.account.bills]
    assert tokens == [8] * 4


async def test_a_content_filter_may_leave_nothing(ask: Post, post: Post, simulator: Simulator) -> None:
    """The reasoning before it is billed."""
    simulator.faults.add(Fault(kind="content_filter", chunks=0, times=2))
    answer = (await ask(model="gpt-6-luna")).json()
    assert [item["type"] for item in answer["output"]] == ["reasoning"]
    assert (await post(model="gpt-6-luna")).json()["choices"][0]["message"]["content"] == ""
    assert simulator.account.bills[0].usage["output_tokens"] == 128


@each_line(
    ("status", "code", "kind"),
    [
        (404, "model_not_found", "invalid_request_error"),
        (403, "model_not_found", "invalid_request_error"),
        (403, None, "insufficient_permissions"),
    ],
)
async def test_one_model_may_be_refused_to_an_account(
    ask: Post, post: Post, simulator: Simulator, status: int, code: str | None, kind: str
) -> None:
    """As often as it is asked for, in the words that are given, on every endpoint; the others answer."""
    words = "The model `gpt-6.2-sol` does not exist or you do not have access to it."
    simulator.faults.clear()
    simulator.account.reset()
    simulator.faults.add(
        Fault(
            kind="status",
            model="gpt-6.2-sol",
            times=1_000_000,
            status=status,
            code=code,
            param="model",
            type=kind,
            text=words,
        )
    )
    for send in (ask, post, ask):
        response = await send(model="gpt-6.2-sol")
        assert response.status_code == status
        assert response.json() == {"error": {"message": words, "type": kind, "param": "model", "code": code}}
        assert (await send(model="gpt-6.2-astra")).status_code == 200
    assert {bill.model for bill in simulator.account.bills} == {"gpt-6.2-astra"}


async def test_the_sdk_raises_an_error_within_a_stream(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """What was written before it is billed, though no usage is told."""
    simulator.faults.add(Fault(kind="error", code="overloaded", text="Too much."))
    question: Any = CHAT[1]
    stream = await openai.chat.completions.create(**question, stream=True)
    assert (await anext(stream)).choices[0].delta.role == "assistant"
    with pytest.raises(APIError, match=r"Too much\.") as broken:
        _ = [chunk async for chunk in stream]
    assert broken.value.code == "overloaded"
    assert simulator.account.bills[0].usage["completion_tokens"] > 0


async def test_a_malformed_event_is_the_last_of_a_response(ask: Post, simulator: Simulator) -> None:
    """There is no end mark either."""
    simulator.faults.add(Fault(kind="malformed_json"))
    blocks = [block for block in (await ask(stream=True)).text.split("\n\n") if block]
    assert [block.split("\n")[0] for block in blocks] == ["event: response.created", "event: response.in_progress"]


async def test_a_streamed_response_may_stall(openai: AsyncOpenAI, simulator: Simulator, waits: list[float]) -> None:
    """Its first events come at once, the others after the wait."""
    simulator.faults.add(Fault(kind="delay", seconds=7, chunks=9))
    stream = await openai.responses.create(model="gpt-4o-mini", input="Say hello.", stream=True)
    assert (await anext(stream)).type == "response.created"
    assert waits == []
    assert [event.type async for event in stream][-1] == "response.completed"
    assert waits == [7.0]
