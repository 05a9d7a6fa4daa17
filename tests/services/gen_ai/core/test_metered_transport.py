"""The one client in anybody's hands: metered, held to policy and budget, refused in OpenAI's own words.

The client is the official SDK, unchanged; the traps are those that a prototype of such a meter ran into.
"""

import asyncio
import gc
import gzip
import json
import re
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import openai
import pytest

from app.services.gen_ai.core.foreign_request import refusal as refused
from app.services.gen_ai.core.metered_client import NotMeteredError
from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.services.gen_ai.rules.budgets import BudgetExceededError
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.rules.pricing import TokenUsage
from app.services.gen_ai.rules.upstream import Upstream
from app.vocabulary import AttemptStatus, Wire
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_stream import DONE, ScriptedBody, chunk, streamed, usage_chunk
from tests.fakes.scripted_upstream import USAGE, completion, refusal

HELLO: list[Any] = [{"role": "user", "content": "Hello."}]
COST = Decimal("0.00027")
"""The scripted usage at gpt-4o-mini's price."""
ENDING = (chunk(finish_reason="stop"), usage_chunk(), DONE)
MEASURED, UNKNOWN, UNBILLED = AttemptStatus.MEASURED, AttemptStatus.UNKNOWN, AttemptStatus.UNBILLED


def client_of(gate: Gate, **options: Any) -> openai.AsyncOpenAI:
    return gate.manager.get_client("chatops_advanced", "alice").with_options(**options)


async def ask(client: openai.AsyncOpenAI, model: str = "gpt-4o-mini", **options: Any) -> Any:
    return await client.chat.completions.create(model=model, messages=HELLO, max_completion_tokens=300, **options)


def rows(gate: Gate) -> list[tuple[AttemptStatus, str | None]]:
    return [(row.status, row.settlement.error if row.settlement else None) for row in gate.ledger.opened]


async def test_a_call_of_anybody_leaves_a_measured_row(gate: Gate) -> None:
    """Whose it was, on which wire and where it went, at its exact cost, settled before the answer is handed over."""
    gate.upstream.then(completion())
    answer = await ask(client_of(gate))
    assert answer.choices[0].message.content == "Hello."
    (row,) = gate.ledger.opened
    attempt, settlement = row.attempt, row.settlement
    assert (attempt.service, attempt.caller_id, attempt.operation) == ("chatops_advanced", "alice", "chat_completions")
    assert (attempt.upstream, attempt.wire, attempt.model_id) == ("openai", Wire.CHAT_COMPLETIONS, "gpt-4o-mini")
    assert settlement is not None
    assert (settlement.status, settlement.cost_usd, settlement.upstream_id) == (MEASURED, COST, answer.id)
    assert gate.upstream.requests[0].headers["x-client-request-id"] == attempt.attempt_id


async def test_who_says_nothing_is_unattributed(gate: Gate) -> None:
    """Also who takes the connections out of the client and sends by hand."""
    gate.upstream.then(completion(), completion())
    await ask(gate.manager.get_client())
    by_hand = await gate.client._client.post(
        "http://openai.invalid/v1/chat/completions", json={"model": "gpt-4o-mini", "messages": HELLO}
    )
    assert by_hand.status_code == 200
    assert [row.attempt.service for row in gate.ledger.opened] == ["unattributed"] * 2


async def test_nothing_of_ours_goes_upstream_but_our_name_for_the_request(gate: Gate) -> None:
    gate.upstream.then(completion())
    await ask(client_of(gate))
    assert not [name for name in gate.upstream.requests[0].headers if "tollgate" in name]


async def test_the_account_stays_with_every_copy(gate: Gate) -> None:
    """Options and headers of a caller's own make a copy; it is never somebody else's."""
    gate.upstream.then(*(completion() for _ in range(4)))
    client = gate.manager.get_client("strategy_builder", "bob")
    await ask(client.with_options(timeout=5))
    await ask(client.with_options(set_default_headers={"a": "b"}).copy(max_retries=1))
    await asyncio.gather(ask(client), asyncio.create_task(ask(gate.manager.get_client("narrative_report", "carol"))))
    who = sorted((row.attempt.service, row.attempt.caller_id) for row in gate.ledger.opened)
    assert who == [("narrative_report", "carol"), *[("strategy_builder", "bob")] * 3]


async def test_a_call_is_its_clients_wherever_it_is_begun(gate: Gate) -> None:
    """From a thread, by a helper that another task enters, from two generators in turn."""
    gate.upstream.then(completion(), *(streamed(ScriptedBody(chunk("Hello."), *ENDING)) for _ in range(3)))
    alice, bob = (gate.manager.get_client("chatops_advanced", name) for name in ("alice", "bob"))
    loop = asyncio.get_running_loop()

    def in_a_thread() -> None:
        asyncio.run_coroutine_threadsafe(ask(alice), loop).result(30)

    await loop.run_in_executor(None, in_a_thread)
    helper = bob.chat.completions.stream(model="gpt-4o-mini", messages=HELLO, max_completion_tokens=300)

    async def enter() -> None:
        async with helper as stream:
            await stream.until_done()

    await asyncio.create_task(enter())

    async def pieces(client: openai.AsyncOpenAI) -> Any:
        async for piece in await ask(client, stream=True):
            yield piece

    first, second = pieces(alice), pieces(bob)
    for _ in range(2):
        await anext(first)
        await anext(second)
    await first.aclose()
    await second.aclose()
    await gate.background.close(60)
    assert [row.attempt.caller_id for row in gate.ledger.opened] == ["alice", "bob", "alice", "bob"]


async def test_closing_a_client_takes_it_from_nobody(gate: Gate) -> None:
    """Its connections are everybody's; the container closes them."""
    gate.upstream.then(completion())
    async with gate.manager.get_client() as client:
        await client.close()
    assert (await ask(client_of(gate))).choices


@pytest.mark.parametrize("way", ["http_client", "base_url", "websocket_base_url"])
async def test_a_copy_cannot_send_another_way(gate: Gate, way: str) -> None:
    other = httpx2.AsyncClient() if way == "http_client" else "https://elsewhere.invalid/v1"
    with pytest.raises(NotMeteredError, match=way):
        client_of(gate, **{way: other})


async def test_websockets_are_refused(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transport sees what passes over them; so it is said before anything is opened."""
    sockets = ModuleType("openai.lib._websocket")
    sockets._WebSocketConnect = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, sockets.__name__, sockets)  # what websockets, which is not installed, would bring
    with pytest.raises(NotMeteredError, match="Websockets"):
        async with client_of(gate).responses.connect():
            pass  # pragma: no cover


def test_every_websocket_of_the_sdk_asks_where_to_connect() -> None:
    """That is where it is refused: a new release of the SDK that opens one in another way fails here."""
    resources = Path(openai.__file__).parent / "resources"
    texts = {path: path.read_text() for path in resources.rglob("*.py")}
    manager = re.compile(r"^class \w+ConnectionManager\b", re.MULTILINE)
    managers = {path: len(manager.findall(text)) for path, text in texts.items()}
    assert sum(managers.values()) >= 10
    for path, count in managers.items():
        assert texts[path].count("self.__client.websocket_base_url is not None") == count, path


# Held to the policy: model, tier, endpoint.


async def test_a_model_that_the_service_may_not_use_is_a_400_and_nothing_is_sent(gate: Gate) -> None:
    """In OpenAI's form, with our code and our sentence."""
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(gate.manager.get_client(), "gpt-6-astra")
    assert caught.value.code == "model_not_allowed"
    assert "not allowed for service unattributed" in str(caught.value)
    assert not gate.upstream.requests


@pytest.mark.parametrize(
    ("asked", "sent"), [(openai.NOT_GIVEN, "default"), ("auto", "default"), ("default", "default")]
)
async def test_the_tier_is_said_upstream(gate: Gate, asked: Any, sent: str) -> None:
    """What is left to OpenAI would be the project's setting, at a price of its own."""
    gate.upstream.then(completion())
    await ask(client_of(gate), service_tier=asked)
    assert gate.upstream.bodies[0]["service_tier"] == sent


async def test_a_policy_of_flex_allows_nothing_dearer() -> None:
    policies = tuple(policy.model_copy(update={"service_tier": ServiceTier.FLEX}) for policy in POLICY_FILE.services)
    async with Gate.build(completion(), policy_file=POLICY_FILE.model_copy(update={"services": policies})) as gate:
        with pytest.raises(openai.BadRequestError, match="policy says flex"):
            await ask(client_of(gate), "gpt-6-luna", service_tier="default")
        await ask(client_of(gate), "gpt-6-luna")
        assert gate.upstream.bodies[0]["service_tier"] == "flex"


async def test_another_server_is_told_nothing_that_only_openai_knows() -> None:
    """No tier is written into somebody's own request; where the settings say that it speaks as OpenAI does, it is."""
    for known, told in ((Upstream(is_openai=False), False), (Upstream(is_openai=False, fields="openai"), True)):
        async with Gate.build(completion(), known=known) as gate:
            await ask(client_of(gate))
            assert ("service_tier" in gate.upstream.bodies[0]) is told


@pytest.mark.parametrize("tier", ["priority", "scale", "ultrafast", 7, {"a": 1}])
async def test_a_tier_that_the_policy_does_not_say_is_refused(gate: Gate, tier: Any) -> None:
    with pytest.raises(openai.BadRequestError, match="service_tier"):
        await ask(client_of(gate), service_tier=tier)
    assert gate.upstream.requests == []


def test_a_caller_has_a_name(gate: Gate) -> None:
    """One that is left empty by mistake is not taken for nobody."""
    for name in ("", "x" * 129, "a\0b"):
        with pytest.raises(ValueError, match="caller_id"):
            gate.manager.get_client("chatops_advanced", name)


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.images.generate(prompt="A bull."),
        lambda client: client.audio.speech.create(input="A", model="tts-1", voice="alloy"),
        lambda client: client.completions.create(model="gpt-4o-mini", prompt="A"),
        lambda client: client.batches.create(completion_window="24h", endpoint="/v1/responses", input_file_id="file-1"),
        lambda client: client.post("/something/new", cast_to=object, body={}),
    ],
    ids=["images", "audio", "completions", "batches", "unknown"],
)
async def test_what_cannot_be_metered_is_refused(gate: Gate, use: Callable[[Any], Awaitable[Any]]) -> None:
    with pytest.raises(openai.BadRequestError, match="cannot be metered") as caught:
        await use(client_of(gate))
    assert caught.value.code == "request_not_metered"
    assert gate.upstream.requests == []


async def test_a_policy_may_let_unmetered_endpoints_through_which_leaves_an_unknown_row() -> None:
    """At a cost that nobody knows, which no budget can count."""
    policies = [
        policy.model_copy(update={"unmetered": "allow"}) if policy.service_name == "chatops_advanced" else policy
        for policy in POLICY_FILE.services
    ]
    answer = httpx2.Response(200, json={"created": 1, "data": []})
    async with Gate.build(answer, policy_file=POLICY_FILE.model_copy(update={"services": tuple(policies)})) as gate:
        await client_of(gate).images.generate(prompt="A bull.")
        gate.upstream.then(answer)
        await client_of(gate).post("/images/%00", cast_to=object)
        row, odd = gate.ledger.opened
        assert odd.attempt.model_id == "/v1/images/%00"
        assert row.settlement is not None
        assert (row.attempt.wire, row.attempt.worst_usd) == (Wire.OTHER, None)
        assert (row.status, row.settlement.error, row.settlement.cost_usd) == (UNKNOWN, "unmetered", None)
        assert not row.settlement.counts_worst


async def test_what_cannot_be_metered_is_passed_on_as_it_comes() -> None:
    """It may be a film: nothing of it waits here for the rest, and its connection is closed, whoever leaves."""
    policies = tuple(policy.model_copy(update={"unmetered": "allow"}) for policy in POLICY_FILE.services)
    film, left, asked = ScriptedBody(b"first", asyncio.Event()), ScriptedBody(b"first"), asyncio.Event()
    go = asyncio.Event()

    async def slow() -> httpx2.Response:
        asked.set()
        await go.wait()
        return httpx2.Response(200, stream=left)

    allowed = POLICY_FILE.model_copy(update={"services": policies})
    async with Gate.build(httpx2.Response(200, stream=film), slow, policy_file=allowed) as gate:
        speech = client_of(gate).audio.speech.with_streaming_response
        async with speech.create(input="A", model="tts-1", voice="alloy") as response:
            assert await anext(response.iter_bytes()) == b"first"
            assert rows(gate) == [(UNKNOWN, "unmetered")]
        assert film.closed
        call = asyncio.create_task(client_of(gate).audio.speech.create(input="A", model="tts-1", voice="alloy"))
        await asked.wait()
        call.cancel()
        await asyncio.wait({call})
        go.set()
        await gate.background.close(60)
        assert left.closed
        assert rows(gate) == [(UNKNOWN, "unmetered")] * 2


async def test_looking_something_up_is_free_and_passes(gate: Gate) -> None:
    gate.upstream.then(httpx2.Response(200, json={"object": "list", "data": []}))
    assert (await client_of(gate).models.list()).data == []
    assert not gate.ledger.opened


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_completion_tokens", -100_000),
        ("max_completion_tokens", 0),
        ("max_completion_tokens", "100"),
        ("max_tokens", True),
        ("n", 0),
        ("n", 10_000),
        ("stream", "yes"),
        ("modalities", ["text", "audio"]),
        ("audio", {"voice": "alloy", "format": "wav"}),
        ("web_search_options", {}),
        ("tools", [{"type": "web_search"}]),
        ("tools", {"type": "function"}),
        ("tools", [{"type": ["web_search"]}]),
        ("input", [{"type": "additional_tools", "role": "developer", "tools": [{"type": "web_search"}]}]),
        ("max_tokens", 2**63),
        ("stream", 1),
        ("background", 1),
        ("multi_agent", {"enabled": True}),
        ("prompt", {"id": "pmpt_1"}),
        ("model", None),
        ("model", ["gpt-4o-mini"]),
        ("model", "gpt-unheard-of"),
        ("prompt_cache_options", {"mode": "explicit", "ttl": "12h"}),
        ("prompt_cache_options", {"mode": "explicit", "ttl": "24h"}),
        ("prompt_cache_options", {"mode": "explicit", "ttl": ["30m"]}),
        ("context_management", [{"type": "compaction"}]),
        ("reasoning", {"mode": "pro"}),
    ],
)
async def test_what_has_no_bound_or_no_rate_is_refused(gate: Gate, field: str, value: Any) -> None:
    """A body that nobody of us shaped: never a naked exception, never a reservation below nothing."""
    body = {"model": "gpt-4o-mini", "messages": HELLO, field: value}
    with pytest.raises(openai.BadRequestError) as caught:
        await client_of(gate).post("/chat/completions", cast_to=object, body=body)
    assert caught.value.code in ("request_not_metered", "model_not_allowed")
    assert not gate.upstream.requests


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'"x"',
        b"\xff\xfe",
        b'{"model": "gpt-4o-mini", "messages": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"model": "gpt-4o-mini", "metadata": ' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
async def test_a_body_that_is_no_request_is_refused(gate: Gate, body: bytes) -> None:
    with pytest.raises(openai.BadRequestError):
        await client_of(gate).post("/chat/completions", cast_to=object, content=body)
    assert gate.upstream.requests == []


@pytest.mark.parametrize(
    ("options", "least"),
    [
        ({"n": 8}, Decimal("0.60") * 8 * 300),
        ({"functions": [{"name": "f", "description": "x" * 10_000, "parameters": {}}]}, Decimal("0.15") * 10_000),
        ({"prediction": {"type": "content", "content": "x" * 10_000}}, Decimal("0.60") * 10_000),
        ({"messages": [{"role": "user", "name": "n" * 4_000, "content": "Hello."}]}, Decimal("0.15") * 4_000),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.b/c"}}]}]},
            Decimal("0.15") * 128_000,
        ),
    ],
    ids=["n", "functions", "prediction", "name", "image"],
)
async def test_all_that_can_be_billed_is_reserved(gate: Gate, options: dict[str, Any], least: Decimal) -> None:
    """USD per 1M tokens times tokens; what is not in the body counts as all that the model's window holds."""
    gate.upstream.then(completion())
    body = {"model": "gpt-4o-mini", "messages": HELLO, "max_completion_tokens": 300} | options
    await client_of(gate).post("/chat/completions", cast_to=object, body=body)
    worst = gate.ledger.opened[0].attempt.worst_usd
    assert worst is not None
    assert worst >= least / 1_000_000


async def test_an_answer_beside_an_error_counts(gate: Gate) -> None:
    """It was written and is billed, though nothing tells how much; only an error alone counts for nothing."""
    answer = json.loads(completion(usage=None).content)
    gate.upstream.then(httpx2.Response(200, json=answer | {"error": {}}))
    await ask(client_of(gate))
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    assert (row.status, row.settlement.counts_worst) == (UNKNOWN, True)


async def test_embeddings_have_no_tier(gate: Gate) -> None:
    """One that nobody knows was a naked exception, after the answer was paid for."""
    body = {"model": "text-embedding-3-small", "input": "x", "service_tier": "auto"}
    with pytest.raises(openai.BadRequestError, match="service_tier"):
        await client_of(gate).post("/embeddings", cast_to=object, body=body)
    assert not gate.upstream.requests


async def test_many_texts_of_one_request_are_reserved_together(gate: Gate) -> None:
    """A model that embeds takes each text up to its window, and many of them."""
    gate.upstream.then(httpx2.Response(200, json={"data": [], "model": "text-embedding-3-small", "usage": None}))
    texts = ["word " * 7_000] * 10
    await client_of(gate).post("/embeddings", cast_to=object, body={"model": "text-embedding-3-small", "input": texts})
    assert gate.ledger.opened[0].attempt.worst_tokens == 300_000


@pytest.mark.parametrize("name", ["a" * 129, "a\0b", "\ud800"])
async def test_a_caller_has_a_name_that_can_be_stored(gate: Gate, name: str) -> None:
    """Else each of the calls would end in an error of the database."""
    with pytest.raises(ValueError, match="caller_id"):
        gate.manager.get_client("chatops_advanced", name)


@pytest.mark.parametrize(
    "item",
    [
        {"id": "msg_1"},
        {"id": "msg_1", "type": None},
        {"type": "item_reference", "id": "msg_1"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "computer_call_output",
            "call_id": "call_1",
            "output": {"type": "computer_screenshot", "file_id": "file-1"},
        },
        {"type": "heard_of_never", "id": "x"},
    ],
)
async def test_what_may_lie_elsewhere_reserves_the_whole_window(gate: Gate, item: dict[str, Any]) -> None:
    """Items of Responses of which the body has only the name; a kind that nobody knows may be one."""
    gate.upstream.then(completion())
    body = {"model": "gpt-4o-mini", "input": [item], "max_output_tokens": 300}
    await client_of(gate).post("/responses", cast_to=object, body=body)
    assert gate.ledger.opened[0].attempt.worst_tokens >= 128_000


async def test_what_stands_in_the_body_reserves_no_more_than_that(gate: Gate) -> None:
    """Nor does a round of tools."""
    gate.upstream.then(completion())
    said = {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}
    called = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}"}
    answered = {"type": "function_call_output", "call_id": "call_1", "output": "1"}
    body = {"model": "gpt-4o-mini", "input": [*HELLO, said, called, answered], "max_output_tokens": 300}
    await client_of(gate).post("/responses", cast_to=object, body=body)
    assert gate.ledger.opened[0].attempt.worst_tokens < 1_000


async def test_what_was_read_is_what_is_sent(gate: Gate) -> None:
    """Of a field that stands twice, the upstream must not read the one that the meter did not."""
    gate.upstream.then(completion())
    body = b'{"model": "gpt-4o-mini", "messages": [], "service_tier": "default", "max_tokens": 9000, "max_tokens": 300}'
    await client_of(gate).post("/chat/completions", cast_to=object, content=body)
    assert gate.upstream.requests[0].content.count(b"max_tokens") == 1
    assert gate.upstream.bodies[0]["max_tokens"] == 300


async def test_another_host_is_not_asked_over_our_connection(gate: Gate) -> None:
    """A regional one behind the same address is dearer."""
    with pytest.raises(openai.BadRequestError, match="Host"):
        await ask(client_of(gate), extra_headers={"Host": "eu.api.openai.com"})
    assert not gate.upstream.requests


@pytest.mark.parametrize("path", ["/chat/completions/", "/Chat/Completions", "/chat%2Fcompletions"])
async def test_an_odd_path_is_no_way_round(gate: Gate, path: str) -> None:
    gate.upstream.then(completion())
    await client_of(gate).post(path, cast_to=object, body={"model": "gpt-4o-mini", "messages": HELLO})
    assert rows(gate) == [(MEASURED, None)]


@pytest.mark.parametrize(
    "asked",
    [
        {"prompt_cache_options": {"mode": "explicit", "ttl": "12h"}},
        {"input": [{"role": "user", "content": [
            {"type": "input_text", "text": "Hi.", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}]}]},
    ],
)  # fmt: skip
async def test_what_is_kept_for_twelve_hours_is_reserved_and_billed_at_its_own_rate(
    gate: Gate, asked: dict[str, Any]
) -> None:
    """gpt-6-luna: 0.25 USD per 1M, where half an hour costs 0.125. It stands in the row, and can be priced again."""
    details = {"cached_tokens": 0, "cache_write_tokens": 2_000,
               "cache_write_tokens_details": {"ttl_30m_tokens": 0, "ttl_12h_tokens": 2_000}}  # fmt: skip
    usage = {"input_tokens": 2_100, "output_tokens": 10, "total_tokens": 2_110, "input_tokens_details": details}
    answer = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-6-luna", "output": []}
    plain = {"model": "gpt-6-luna", "input": HELLO, "max_output_tokens": 16, "metadata": {"a": "x" * 3_000}}
    gate.upstream.then(*(httpx2.Response(200, json={**answer, "usage": usage}) for _ in range(2)))
    await client_of(gate).post("/responses", cast_to=object, body=plain)
    await client_of(gate).post("/responses", cast_to=object, body={**plain, **asked})
    short, long = (row.attempt for row in gate.ledger.opened)
    assert short.worst_usd is not None
    assert long.worst_usd is not None
    assert long.worst_usd / short.worst_usd > Decimal("1.9")
    settlement = gate.ledger.opened[1].settlement
    assert settlement is not None
    assert settlement.tokens == TokenUsage(100, 0, 0, 10, 0, 2_000)
    assert settlement.cost_usd == Decimal("0.000515")  # 100 x 0.10 + 2,000 x 0.25 + 10 x 0.50, per million
    assert long.worst_usd > settlement.cost_usd


async def test_many_texts_of_one_request_are_measured_together(gate: Gate) -> None:
    """Each fits the model's window, all together do not: that is what embeddings are for, and no odd count."""
    texts = ["word " * 1000] * 100
    usage = {"prompt_tokens": 100_000, "total_tokens": 100_000}
    vectors = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    answer = {"object": "list", "data": vectors, "model": "text-embedding-3-small", "usage": usage}
    gate.upstream.then(httpx2.Response(200, json=answer))
    await client_of(gate).embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float")
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    assert row.settlement.cost_usd == Decimal("0.002")
    assert row.attempt.worst_usd is not None
    assert row.attempt.worst_usd >= row.settlement.cost_usd


# Held to the budgets; refusals that nobody tries again.


class FullLedger(MemoryLedger):
    """Refuses, and counts how often it was asked."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.asked = 0

    async def open(self, attempt: Any) -> None:
        self.asked += 1
        raise self.error


@pytest.mark.parametrize("stream", [False, True])
async def test_a_full_budget_is_a_402_that_is_not_tried_again(*, stream: bool) -> None:
    """An ordinary APIStatusError, with what is left and when it resets; also where the SDK would try five times."""
    error = BudgetExceededError("Budget chat has 0 USD left", left_usd="0", resets_at="2026-12-01T00:00:00Z")
    ledger = FullLedger(error)
    async with Gate.build(ledger=ledger) as gate:
        with pytest.raises(openai.APIStatusError) as caught:
            await ask(client_of(gate, max_retries=5), stream=stream)
        assert (caught.value.status_code, caught.value.code) == (402, "budget_exceeded")
        assert caught.value.body["left_usd"] == "0"  # type: ignore[index]
        assert ledger.asked == 1
        assert gate.upstream.requests == []


async def test_what_cannot_be_written_down_is_not_sent_nor_tried_again() -> None:
    ledger = FullLedger(LedgerUnavailableError("The disk is full"))
    async with Gate.build(ledger=ledger) as gate:
        with pytest.raises(openai.InternalServerError) as caught:
            await ask(client_of(gate, max_retries=5))
        assert (caught.value.status_code, caught.value.code, ledger.asked) == (503, "ledger_unavailable", 1)
        assert gate.upstream.requests == []


# What comes back.


async def test_each_try_of_the_sdk_is_an_attempt_of_one_operation(gate: Gate) -> None:
    """Named apart upstream; the refused one is free, the failed one may not be."""
    gate.upstream.then(refusal(500), refusal(429, retry_after="0"), completion())
    await ask(client_of(gate, max_retries=2))
    assert rows(gate) == [(UNKNOWN, "upstream_error"), (UNBILLED, "upstream_unavailable"), (MEASURED, None)]
    assert len({row.attempt.operation_id for row in gate.ledger.opened}) == 1
    assert len({request.headers["x-client-request-id"] for request in gate.upstream.requests}) == 3


async def test_a_failed_answer_counts_for_nothing_until_it_is_resolved(gate: Gate) -> None:
    """No source says that OpenAI bills a 5xx; one that fell silent may be billed all the same."""
    gate.upstream.then(refusal(500), httpx2.ReadError("reset"))
    for _ in range(2):
        with pytest.raises(openai.APIError):
            await ask(client_of(gate))
    failed, silent = (row.settlement for row in gate.ledger.opened)
    assert failed is not None
    assert silent is not None
    assert (failed.status, failed.counts_worst) == (UNKNOWN, False)
    assert (silent.status, silent.counts_worst) == (UNKNOWN, True)


async def test_a_redirect_is_not_followed(gate: Gate) -> None:
    """Not even where the caller asks for it: elsewhere nothing is metered, and the prompt is nobody's there."""
    elsewhere = {"location": "https://elsewhere.invalid/v1/chat/completions"}
    gate.upstream.then(httpx2.Response(307, headers=elsewhere), httpx2.Response(307, headers=elsewhere))
    with pytest.raises(openai.APIStatusError) as caught:
        await ask(client_of(gate))
    assert caught.value.status_code == 307
    with pytest.raises(openai.APIStatusError, match="not metered"):
        await client_of(gate).post(
            "/chat/completions",
            cast_to=object,
            body={"model": "gpt-4o-mini", "messages": HELLO},
            options={"follow_redirects": True},
        )
    assert rows(gate) == [(UNBILLED, "upstream_error")] * 2
    assert len(gate.upstream.requests) == 2


async def test_an_answer_that_cannot_be_read_reaches_its_caller_all_the_same(gate: Gate) -> None:
    gate.upstream.then(httpx2.Response(200, content=b"<html>", headers={"content-type": "text/html"}))
    raw = await client_of(gate).chat.completions.with_raw_response.create(model="gpt-4o-mini", messages=HELLO)
    assert raw.text == "<html>"
    assert rows(gate) == [(UNKNOWN, "unreadable_answer")]


async def test_an_answer_that_was_paid_for_is_handed_over_though_it_cannot_be_recorded() -> None:
    class Failing(MemoryLedger):
        async def settle(self, attempt_id: str, settlement: Any) -> None:
            raise LedgerUnavailableError("The disk is full")

    async with Gate.build(completion(), ledger=Failing()) as gate:
        assert (await ask(client_of(gate))).choices[0].message.content == "Hello."


@pytest.mark.parametrize("stream", [False, True])
async def test_compressed_answers_are_read(gate: Gate, *, stream: bool) -> None:
    """The caller gets them decoded, and no header says otherwise."""
    headers = {"content-encoding": "gzip", "content-type": "text/event-stream" if stream else "application/json"}
    plain = b"".join((chunk("Hello."), *ENDING)) if stream else completion().content
    gate.upstream.then(httpx2.Response(200, content=gzip.compress(plain), headers=headers))
    answer = await ask(client_of(gate), stream=stream)
    if stream:
        text = "".join([piece.choices[0].delta.content or "" async for piece in answer])
    else:
        text = answer.choices[0].message.content
    assert text == "Hello."
    assert rows(gate) == [(MEASURED, None)]


# Streams.


async def test_a_stream_is_measured_though_its_caller_did_not_ask_for_usage(gate: Gate) -> None:
    """The meter asks for it, and keeps the chunk without choices that it brings to itself."""
    gate.upstream.then(streamed(ScriptedBody(chunk("Hello."), *ENDING)))
    pieces = [piece async for piece in await ask(client_of(gate), stream=True)]
    assert all(piece.choices for piece in pieces)
    assert gate.upstream.bodies[0]["stream_options"] == {"include_usage": True}
    assert rows(gate) == [(MEASURED, None)]


async def test_who_asks_for_usage_gets_it(gate: Gate) -> None:
    gate.upstream.then(streamed(ScriptedBody(chunk("Hello."), *ENDING)))
    stream = await ask(client_of(gate), stream=True, stream_options={"include_usage": True})
    pieces = [piece async for piece in stream]
    assert pieces[-1].usage.prompt_tokens == USAGE["prompt_tokens"]
    assert gate.upstream.bodies[0]["stream_options"] == {"include_usage": True}


async def test_a_stream_is_settled_before_its_last_event_is_seen(gate: Gate) -> None:
    """And who reads it does not wait for a server that leaves the body open behind its end mark."""
    gate.upstream.then(streamed(ScriptedBody(chunk("Hello."), *ENDING, asyncio.Event())))
    async with asyncio.timeout(30):
        async for _ in await ask(client_of(gate), stream=True):
            pass
    assert rows(gate) == [(MEASURED, None)]


@pytest.mark.parametrize(
    "manner", ["break", "closes", "never reads", "is cancelled", "is forgotten without a collector"]
)
async def test_whoever_leaves_a_stream_leaves_a_measured_row(gate: Gate, manner: str) -> None:
    """What is left of it is read for its usage."""
    go = asyncio.Event()
    body = ScriptedBody(chunk("Hel"), go, chunk("lo."), *ENDING)
    gate.upstream.then(streamed(body))
    stream = await ask(client_of(gate), stream=True)
    if manner == "is forgotten without a collector":
        gc.disable()
    if manner == "break":
        async for _ in stream:
            break
    elif manner == "closes":
        async with stream:
            await anext(stream)
    elif manner == "is cancelled":
        await anext(stream)
        waiting = asyncio.create_task(anext(stream))
        await body.waits.wait()
        waiting.cancel()
        await asyncio.wait({waiting})
    del stream
    go.set()
    try:
        await gate.background.close(60)
    finally:
        gc.enable()
    assert rows(gate) == [(MEASURED, None)]
    assert body.closed


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_is_cancelled_while_it_waits_is_measured(gate: Gate, *, stream: bool) -> None:
    """It is paid for: the answer is waited for, though by nobody."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow() -> httpx2.Response:
        asked.set()
        await go.wait()
        return streamed(ScriptedBody(chunk("Hello."), *ENDING)) if stream else completion()

    gate.upstream.then(slow)
    call = asyncio.create_task(ask(client_of(gate), stream=stream))
    await asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    go.set()
    await gate.background.close(60)
    assert rows(gate) == [(MEASURED, None)]


@pytest.mark.parametrize("part", [RuntimeError("what no transport should raise"), asyncio.Event()])
async def test_a_stream_that_ends_on_our_side_does_not_look_whole(gate: Gate, part: Any) -> None:
    """Half an answer with a clean end would be taken for all of it; so it would be at a shutdown."""
    gate.upstream.then(streamed(ScriptedBody(chunk("Half"), part)))

    async def read_through_a_shutdown() -> None:
        async for _ in await ask(client_of(gate), stream=True):
            await gate.background.close(0)

    with pytest.raises(openai.APIConnectionError):
        await read_through_a_shutdown()
    assert rows(gate) == [(AttemptStatus.ESTIMATED, "stream_cut")]


async def test_reading_for_nobody_has_an_end() -> None:
    """A call that was cancelled and never answered is unknown, at its worst."""
    asked = asyncio.Event()

    async def never() -> httpx2.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError  # pragma: no cover

    async with Gate.build(never, drain_seconds=0) as gate:
        call = asyncio.create_task(ask(client_of(gate)))
        await asked.wait()
        call.cancel()
        await asyncio.wait({call})
        await gate.background.close(60)
        assert rows(gate) == [(UNKNOWN, "cancelled")]


async def test_closing_the_connections_lets_streams_end(gate: Gate) -> None:
    """Ten of them, half read: no row stays open and no task is left."""
    bodies = [ScriptedBody(chunk("Hel"), chunk("lo."), *ENDING) for _ in range(10)]
    gate.upstream.then(*(streamed(body) for body in bodies))
    streams = [await ask(client_of(gate), stream=True) for _ in bodies]
    for stream in streams:
        await anext(stream)
    await gate.background.close(60)
    await gate.client._client.aclose()
    assert rows(gate) == [(MEASURED, None)] * 10
    assert gate.background.pending == 0


# Where nothing came back.


class Broken(httpx2.AsyncBaseTransport):
    """Fails as a transport does; `cause` as the SDK's transport over aiohttp chains it."""

    def __init__(self, error: Exception, cause: Exception | None = None) -> None:
        self._error = error
        self._cause = cause

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        raise self._error from self._cause


def aiohttp_error(name: str) -> Exception:
    """An exception that looks like one of aiohttp's, which is not installed with the product."""
    kind = type(name, (Exception,), {"__module__": "aiohttp.client_exceptions"})
    error: Exception = kind("made up")
    return error


@pytest.mark.parametrize(
    ("error", "cause", "ending"),
    [
        (httpx2.ConnectError("refused"), None, UNBILLED),
        (httpx2.ConnectTimeout("late"), aiohttp_error("ClientConnectorError"), UNBILLED),
        (ConnectionRefusedError(), None, UNBILLED),
        (httpx2.PoolTimeout("no connection"), None, UNBILLED),
        (httpx2.RemoteProtocolError("dropped"), None, UNKNOWN),
        (httpx2.ConnectTimeout("late"), aiohttp_error("ServerDisconnectedError"), UNKNOWN),
        (ConnectionResetError(), None, UNKNOWN),
        (httpx2.ReadTimeout("late"), None, UNKNOWN),
    ],
)
async def test_only_what_cannot_have_been_sent_is_unbilled(
    error: Exception, cause: Exception | None, ending: AttemptStatus
) -> None:
    """Whatever transport lies below, the SDK sees an error that it knows."""
    async with Gate.build(inner=Broken(error, cause)) as gate:
        with pytest.raises(openai.APIConnectionError):
            await ask(client_of(gate))
        assert [status for status, _ in rows(gate)] == [ending]


def test_the_bytes_of_a_refusal_are_json() -> None:
    """Amounts and days in it are texts."""
    answer = refused(BudgetExceededError("No.", left_usd=Decimal("0.5"), retry_after_seconds=2))
    assert json.loads(answer.content)["error"]["left_usd"] == "0.5"
    assert answer.headers["retry-after"] == "2"
