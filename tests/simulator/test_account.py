import asyncio
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI

from app.simulator.faults import Fault
from app.simulator.service import Simulator
from tests.simulator.conftest import Post

LONG = "one two three four five six seven eight nine ten " * 20


async def test_every_answer_is_on_the_account(post: Post, simulator: Simulator) -> None:
    """An answer's bill agrees with what the client was told."""
    response = await post(service_tier="priority")
    told = response.json()
    (bill,) = simulator.account.bills
    assert (bill.id, bill.model, bill.usage) == (told["id"], "gpt-4o-mini-2024-07-18", told["usage"])
    assert (bill.service_tier, bill.request_id) == ("priority", response.headers["x-request-id"])
    assert (bill.streamed, bill.delivered) == (False, True)


async def test_a_stream_is_billed_without_being_asked_for_its_usage(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """By the time the client has the end mark, the bill is final."""
    simulator.faults.add(Fault(kind="content", text=LONG))
    async for _ in await openai.chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": "Count."}], stream=True
    ):
        pass
    (bill,) = simulator.account.bills
    assert bill.usage["completion_tokens"] == 128 + len(LONG.split()) + 1
    assert (bill.streamed, bill.delivered) == (True, True)


async def test_who_hangs_up_pays_for_what_was_written(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """The prompt, the reasoning and a part of the text are billed."""
    simulator.faults.add(Fault(kind="content", text=LONG))
    stream = await openai.chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": "Count."}], stream=True
    )
    await anext(stream)
    await stream.close()
    (bill,) = simulator.account.bills
    assert bill.usage["prompt_tokens"] > 0
    assert 128 <= bill.usage["completion_tokens"] < 128 + 40
    assert not bill.delivered


async def test_hanging_up_is_noticed_on_a_server_that_never_waits(simulator: Simulator) -> None:
    """A server drops what a departed client cannot read, and tells of the departure on another channel."""
    simulator.faults.add(Fault(kind="content", text=LONG))
    body = b'{"model": "gpt-4o", "stream": true, "messages": [{"role": "user", "content": "Count."}]}'
    sent: list[dict[str, Any]] = []
    received = [{"type": "http.request", "body": body, "more_body": False}]
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if received:
            return received.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:
            gone.set()

    headers = [(b"authorization", b"Bearer x")]
    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": headers, "query_string": b""}
    await simulator(scope, receive, send)
    (bill,) = simulator.account.bills
    assert len(sent) < 8
    assert not bill.delivered
    assert 0 < bill.usage["completion_tokens"] < 40


async def test_the_account_is_read_and_reset_over_http(post: Post, http: httpx2.AsyncClient) -> None:
    """`GET /simulator/account` lists the answers, `DELETE` forgets them; neither needs a key."""
    told = (await post()).json()
    listed = (await http.get("/simulator/account")).json()["answers"]
    assert [answer["id"] for answer in listed] == [told["id"]]
    assert listed[0]["usage"] == told["usage"]
    assert (await http.delete("/simulator/account")).status_code == 204
    assert (await http.get("/simulator/account")).json() == {"answers": [], "under_way": 0}


async def test_a_bill_has_the_name_that_the_client_gave_its_request(http: httpx2.AsyncClient) -> None:
    """Of an answer that never arrived, it is what both sides know."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello."}]}
    for headers in ({"X-Client-Request-Id": "att_7"}, {}):
        assert (await http.post("/v1/chat/completions", json=body, headers=headers)).status_code == 200
    listed = (await http.get("/simulator/account")).json()["answers"]
    assert [answer["client_request_id"] for answer in listed] == ["att_7", None]


@pytest.mark.parametrize(("name", "status"), [("x" * 512, 200), ("x" * 513, 400), ("é", 400)])
async def test_a_name_that_openai_refuses_is_refused(
    http: httpx2.AsyncClient, simulator: Simulator, name: str, status: int
) -> None:
    """ASCII, 512 characters at most; what is refused is not billed."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello."}]}
    headers = {"X-Client-Request-Id": name.encode("latin-1")}
    response = await http.post("/v1/chat/completions", json=body, headers=headers)  # type: ignore[arg-type]
    assert response.status_code == status
    assert len(simulator.account.bills) == (status == 200)


async def test_an_account_tells_how_many_requests_may_still_change_it(
    openai: AsyncOpenAI, http: httpx2.AsyncClient
) -> None:
    """A stream that is being read is one; whoever compares books waits for none."""
    stream = await openai.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Count."}], stream=True
    )
    assert (await http.get("/simulator/account")).json()["under_way"] == 1
    async for _ in stream:
        pass
    assert (await http.get("/simulator/account")).json()["under_way"] == 0


async def test_every_endpoint_is_on_the_account(ask: Post, embed: Post, post: Post, simulator: Simulator) -> None:
    """Each bill says where the answer was asked for, and its usage is what the client was told, in the same names."""
    told = [(await send()).json() for send in (post, ask, embed)]
    bills = simulator.account.bills
    assert [bill.endpoint for bill in bills] == ["chat_completions", "responses", "embeddings"]
    assert [bill.usage for bill in bills] == [answer["usage"] for answer in told]
    assert [bill.id for bill in bills] == [told[0]["id"], told[1]["id"], None]
    assert [bill.service_tier for bill in bills] == ["default", "default", None]
    assert [bill.delivered for bill in bills] == [True, True, True]
    assert ["input" in body for body in simulator.requests] == [False, True, True]


async def test_the_bill_of_a_streamed_response_grows(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """Who hangs up pays for the prompt, the reasoning and what was written; until then the request is under way."""
    simulator.faults.add(Fault(kind="content", text=LONG))
    stream = await openai.responses.create(model="gpt-6-luna", input="Count.", stream=True)
    async for event in stream:
        assert simulator.account.under_way == 1
        if event.type == "response.output_text.delta":
            break
    await stream.close()
    (bill,) = simulator.account.bills
    assert bill.usage["input_tokens"] > 0
    assert 128 < bill.usage["output_tokens"] < 128 + 40
    assert not bill.delivered
    assert simulator.account.under_way == 0


async def test_a_refused_request_costs_nothing(post: Post, simulator: Simulator) -> None:
    """Only answers are billed."""
    await post(temperature=9)
    assert simulator.account.bills == []
