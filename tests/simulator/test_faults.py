import json
from typing import Any

import httpx2
import pytest
from openai import APIConnectionError, APITimeoutError, AsyncOpenAI, InternalServerError, RateLimitError
from pydantic import ValidationError

from app.simulator.faults import Fault
from app.simulator.service import Simulator, create_simulator
from app.simulator.transport import StreamingASGITransport
from tests.simulator.conftest import Events, Post

QUESTION: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello."}]}


async def test_a_status_comes_with_openais_error(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """Code, type and Retry-After are what a client decides by; nothing is billed."""
    simulator.faults.add(Fault(kind="status", status=429, code="insufficient_quota", retry_after=1.5, text="Broke."))
    simulator.faults.add(Fault(kind="status", status=429))
    with pytest.raises(RateLimitError, match="Broke") as broke:
        await openai.chat.completions.create(**QUESTION)
    with pytest.raises(RateLimitError) as busy:
        await openai.chat.completions.create(**QUESTION)
    assert (broke.value.code, broke.value.type) == ("insufficient_quota", "insufficient_quota")
    assert broke.value.response.headers["retry-after"] == "1.5"
    assert (busy.value.code, busy.value.type) == (None, "requests")
    assert "retry-after" not in busy.value.response.headers
    assert simulator.account.bills == []


@pytest.mark.parametrize(("status", "kind"), [(503, "server_error"), (403, "invalid_request_error")])
async def test_an_error_names_its_kind(post: Post, simulator: Simulator, status: int, kind: str) -> None:
    """Servers fail with server_error, requests with invalid_request_error."""
    simulator.faults.add(Fault(kind="status", status=status))
    response = await post()
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind)


async def test_a_fault_meets_so_many_requests_of_its_model(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """Two of three requests to gpt-4o fail; another model is not touched, and a request meets one fault at most."""
    simulator.faults.add(Fault(kind="status", status=500, times=2, model="gpt-4o"))
    await openai.chat.completions.create(**QUESTION)
    for _ in range(2):
        with pytest.raises(InternalServerError):
            await openai.chat.completions.create(**QUESTION | {"model": "gpt-4o"})
    await openai.chat.completions.create(**QUESTION | {"model": "gpt-4o"})


async def test_a_delay_waits_and_then_answers(post: Post, simulator: Simulator, waits: list[float]) -> None:
    """Any other fault may wait as well."""
    simulator.faults.add(Fault(kind="delay", seconds=30))
    simulator.faults.add(Fault(kind="status", status=500, seconds=2))
    assert [(await post()).status_code for _ in range(3)] == [200, 500, 200]
    assert waits == [30, 2]


async def test_a_long_delay_runs_into_the_clients_timeout() -> None:
    """With the real sleep the SDK sees its own timeout, and nothing is billed."""
    simulator = create_simulator()
    simulator.faults.add(Fault(kind="delay", seconds=3_600))
    http_client = httpx2.AsyncClient(transport=StreamingASGITransport(simulator))
    async with AsyncOpenAI(
        api_key="k", base_url="http://simulator/v1", max_retries=0, timeout=0.01, http_client=http_client
    ) as client:
        with pytest.raises(APITimeoutError):
            await client.chat.completions.create(**QUESTION)
    assert simulator.account.bills == []


async def test_a_stream_is_cut_after_some_chunks(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """What was written is billed and marked as not delivered."""
    simulator.faults.add(Fault(kind="cut_stream", chunks=2))
    stream = await openai.chat.completions.create(**QUESTION, stream=True)
    for _ in range(2):
        await anext(stream)
    with pytest.raises(APIConnectionError):
        await anext(stream)
    (bill,) = simulator.account.bills
    assert 0 < bill.usage["completion_tokens"] <= 4
    assert not bill.delivered


async def test_a_whole_answer_is_cut_in_its_middle(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """Without a stream the body breaks off; the answer is billed all the same."""
    simulator.faults.add(Fault(kind="cut_stream", chunks=1))
    with pytest.raises(APIConnectionError):
        await openai.chat.completions.create(**QUESTION)
    assert [bill.delivered for bill in simulator.account.bills] == [False]


async def test_malformed_json_is_billed(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """A 200 whose JSON breaks off, whole and within a stream."""
    simulator.faults.add(Fault(kind="malformed_json", times=2))
    with pytest.raises(json.JSONDecodeError):
        await openai.chat.completions.create(**QUESTION)
    with pytest.raises(json.JSONDecodeError):
        _ = [chunk async for chunk in await openai.chat.completions.create(**QUESTION, stream=True)]
    assert len(simulator.account.bills) == 2


async def test_no_usage_hides_the_usage_only(post: Post, events: Events, simulator: Simulator) -> None:
    """The answer is whole and on the account, but its cost is not told."""
    simulator.faults.add(Fault(kind="no_usage", times=2))
    assert "usage" not in (await post()).json()
    chunks = events(await post(stream=True, stream_options={"include_usage": True}))
    assert chunks[-1]["choices"]
    assert [bill.usage["total_tokens"] > 0 for bill in simulator.account.bills] == [True, True]


async def test_a_web_page_and_nothing_at_all(post: Post, simulator: Simulator) -> None:
    """Both are a 200 that no client can read, and neither is billed."""
    simulator.faults.add(Fault(kind="html"))
    simulator.faults.add(Fault(kind="empty"))
    page, nothing = await post(), await post()
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (nothing.status_code, nothing.content) == (200, b"")
    assert simulator.account.bills == []


async def test_a_disconnect_comes_before_any_answer(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """The client cannot know whether it was billed; it was not."""
    simulator.faults.add(Fault(kind="disconnect"))
    with pytest.raises(APIConnectionError):
        await openai.chat.completions.create(**QUESTION)
    assert simulator.account.bills == []


async def test_a_refusal_is_no_content(post: Post, events: Events, simulator: Simulator) -> None:
    """`message.refusal` is set and `content` is null; in a stream the refusal comes in pieces."""
    simulator.faults.add(Fault(kind="refusal"))
    simulator.faults.add(Fault(kind="refusal", text="No, not today, and not tomorrow."))
    message = (await post()).json()["choices"][0]["message"]
    assert message["content"] is None
    assert message["refusal"].startswith("I'm sorry")
    chunks = events(await post(stream=True))
    refusal = "".join(chunk["choices"][0]["delta"].get("refusal") or "" for chunk in chunks)
    assert refusal == "No, not today, and not tomorrow."


async def test_a_flaw_needs_json(post: Post, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text stays as it is; an object without required keys loses its first."""
    for said, answered in (("Hello.", "Hello."), ('{"a": 1, "b": 2}', '{"b": 2}')):
        simulator.faults.add(Fault(kind="flawed"))
        monkeypatch.setattr("app.simulator.drafting.compose", lambda _, said=said: said)
        assert (await post()).json()["choices"][0]["message"]["content"] == answered


async def test_an_answer_may_describe_itself_wrongly(post: Post, simulator: Simulator) -> None:
    """Model, tier and usage are what the fault says, on the bill as well."""
    usage = {"prompt_tokens": 300_000, "completion_tokens": 1, "total_tokens": 300_001}
    simulator.faults.add(Fault(kind="model", answer_model="gpt-4o-mini-2031-01-01"))
    simulator.faults.add(Fault(kind="service_tier", service_tier="priority"))
    simulator.faults.add(Fault(kind="usage", usage=usage))
    answers = [(await post()).json() for _ in range(3)]
    bills = simulator.account.bills
    assert answers[0]["model"] == bills[0].model == "gpt-4o-mini-2031-01-01"
    assert answers[1]["service_tier"] == bills[1].service_tier == "priority"
    assert answers[2]["usage"] == bills[2].usage == usage


async def test_a_stream_may_stall_in_the_middle(openai: AsyncOpenAI, simulator: Simulator, waits: list[float]) -> None:
    """Its first chunks come at once, the others after the wait."""
    simulator.faults.add(Fault(kind="delay", seconds=7, chunks=9))
    stream = await openai.chat.completions.create(**QUESTION, stream=True)
    await anext(stream)
    assert waits == []
    async for _ in stream:
        pass
    assert waits == [7.0]
    assert simulator.account.bills[0].delivered


async def test_a_whole_answer_may_stall_after_its_headers(
    openai: AsyncOpenAI, simulator: Simulator, waits: list[float]
) -> None:
    """It has no chunks to count, so the wait is before its body."""
    simulator.faults.add(Fault(kind="delay", seconds=7, chunks=0))
    assert (await openai.chat.completions.create(**QUESTION)).usage
    assert waits == [7.0]


async def test_faults_are_queued_over_http(http: httpx2.AsyncClient, post: Post) -> None:
    """`POST /simulator/faults` adds one, `GET` lists what still waits, `DELETE` takes them all away."""
    fault = {"kind": "status", "status": 503, "times": 9}
    added = await http.post("/simulator/faults", json=fault)
    assert (added.status_code, added.json()) == (201, fault)
    assert (await post()).status_code == 503
    assert (await http.get("/simulator/faults")).json() == {"faults": [fault | {"times": 8}]}
    assert (await http.delete("/simulator/faults")).status_code == 204
    assert (await http.get("/simulator/faults")).json() == {"faults": []}
    assert (await post()).status_code == 200


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"kind": "flood"}', "kind: Input should be"),
        ('{"kind": "status"}', "needs 'status'"),
        ('{"kind": "html", "chunks": 2}', "has no use for 'chunks'"),
        ('{"kind": "html", "times": 0}', "times: Input should be greater than or equal to 1"),
        ("[]", "fault: Input should be an object"),
        ("{", "Invalid JSON"),
    ],
)
async def test_what_is_no_fault_is_refused(http: httpx2.AsyncClient, body: str, sentence: str) -> None:
    """A 422 says in a sentence what is wrong."""
    response = await http.post("/simulator/faults", content=body)
    assert response.status_code == 422
    assert sentence in response.json()["error"]["message"]


def test_a_fault_in_python_is_checked_too() -> None:
    """The same rules hold when a test builds one."""
    with pytest.raises(ValidationError, match="needs 'usage'"):
        Fault(kind="usage")
