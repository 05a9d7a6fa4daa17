"""SIGTERM to a real server: calls under way end, or are cut off in time, and every one of them is written down."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from app.bootstrap import build_container, running
from app.services.gen_ai.ledger.port import AttemptRow, UsageLedger, UsageQuery
from app.settings import Settings
from app.simulator import Fault
from app.vocabulary import AttemptStatus
from tests.conservation.account import SimulatorAccount, until
from tests.conservation.conftest import MakeSettings
from tests.conservation.ledger import API
from tests.conservation.processes import started

BUILD = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
QUESTION = {"message": "What does the Sharpe ratio tell me?"}
FOR_EVER = 300
"""Seconds that no test waits for."""


class Client:
    """What the tests ask of one server."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self._http = http
        self._api = url + API

    async def build(self, **headers: str) -> httpx2.Response:
        return await self._http.post(f"{self._api}/strategy-builder", json=BUILD, headers=headers)

    async def session(self) -> str:
        """The path of a new session's chat."""
        made = (await self._http.post(f"{self._api}/chatops/sessions")).json()
        return f"{self._api}/chatops/sessions/{made['session_id']}/chat"

    async def chat(self, path: str) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        """The events of a stream, as they come."""
        async with self._http.stream("POST", path, json=QUESTION, headers={"accept": "text/event-stream"}) as response:
            event = ""
            async for line in response.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    yield event, json.loads(value)


async def _under_way(account: SimulatorAccount, requests: int) -> None:
    async def so_many() -> bool:
        return await account.requests_under_way() == requests

    await until(so_many)


async def _rows_after(settings: dict[str, str]) -> Sequence[AttemptRow]:
    """What the next start finds; what it has to close itself has the error `process_died`."""
    async with running(build_container(Settings(database_url=settings["TOLLGATE_DATABASE_URL"]))) as container:
        ledger: UsageLedger = container.data.ledger()
        rows, total = await ledger.rows(UsageQuery(), limit=10, offset=0)
    assert total == len(rows)
    return rows


async def _the_cost_after(settings: dict[str, str]) -> tuple[AttemptStatus, Decimal | None]:
    """Status and cost of the one row."""
    (row,) = await _rows_after(settings)
    return row.status, row.settlement.cost_usd if row.settlement else None


async def test_a_call_under_way_gets_its_answer(
    http: httpx2.AsyncClient, account: SimulatorAccount, tollgate_settings: MakeSettings
) -> None:
    settings = tollgate_settings()
    await account.add_fault(Fault(kind="delay", seconds=1))
    async with started("serve", settings=settings) as server:
        asked = asyncio.create_task(Client(http, server.url).build())
        await _under_way(account, 1)
        server.terminate()
        answer = await asked
        await server.ended_well()
    assert answer.status_code == 200
    assert await _the_cost_after(settings) == (AttemptStatus.MEASURED, Decimal(answer.json()["cost_usd"]))


async def test_a_stream_under_way_is_told_to_its_end(
    http: httpx2.AsyncClient, account: SimulatorAccount, tollgate_settings: MakeSettings
) -> None:
    settings = tollgate_settings()
    await account.add_fault(Fault(kind="delay", seconds=1, chunks=5))
    async with started("serve", settings=settings) as server:
        client = Client(http, server.url)
        events = client.chat(await client.session())
        assert (await anext(events))[0] == "delta"
        server.terminate()
        told = [event async for event in events]
        await server.ended_well()
    name, answer = told[-1]
    assert name == "done"
    assert await _the_cost_after(settings) == (AttemptStatus.MEASURED, Decimal(answer["cost_usd"]))


async def test_a_stream_that_is_read_for_nobody_is_read_to_its_end(
    http: httpx2.AsyncClient, account: SimulatorAccount, tollgate_settings: MakeSettings
) -> None:
    """The person has gone; the shutdown waits for the usage all the same."""
    settings = tollgate_settings()
    await account.add_fault(Fault(kind="delay", seconds=1, chunks=5))
    async with started("serve", settings=settings) as server:
        client = Client(http, server.url)
        async with aclosing(client.chat(await client.session())) as events:
            await anext(events)
        server.terminate()
        await server.ended_well()
    assert (await _the_cost_after(settings))[0] is AttemptStatus.MEASURED


@pytest.mark.parametrize("seconds", ["0", "1"])
async def test_what_takes_longer_is_cut_off_and_closed_by_the_process_itself(
    http: httpx2.AsyncClient, account: SimulatorAccount, tollgate_settings: MakeSettings, seconds: str
) -> None:
    """A call, one with a key, a stream in the middle, one that is read for nobody: the next start has none to close.

    Whoever still waits is told: by an error answer, or, within a stream, by a connection that breaks.
    """
    settings = tollgate_settings(TOLLGATE_SHUTDOWN_SECONDS=seconds, TOLLGATE_STREAM_DRAIN_SECONDS="300")
    await account.add_fault(Fault(kind="delay", seconds=FOR_EVER, chunks=5, times=2))
    async with started("serve", settings=settings) as server:
        client = Client(http, server.url)
        waited_for = client.chat(await client.session())
        await anext(waited_for)
        async with aclosing(client.chat(await client.session())) as hung_up:
            await anext(hung_up)
        await account.add_fault(Fault(kind="delay", seconds=FOR_EVER, times=2))
        calls = [asyncio.create_task(client.build()), asyncio.create_task(client.build(**{"Idempotency-Key": "k"}))]
        await _under_way(account, 4)
        server.terminate()
        answers = await asyncio.gather(*calls)
        with pytest.raises(httpx2.TransportError):
            _ = [event async for event in waited_for]
        await server.ended_well()
    assert [(end.status_code, end.json()["code"]) for end in answers] == [(503, "shutting_down")] * 2
    ends = [row.settlement for row in await _rows_after(settings) if row.settlement is not None]
    assert Counter((end.status, end.error) for end in ends) == {
        (AttemptStatus.UNKNOWN, "cancelled"): 2,
        (AttemptStatus.ESTIMATED, "stream_cut"): 2,
    }
    assert all(end.cost_high_usd is not None for end in ends)
