"""The simulator's side: its faults, and the account that it keeps of what it billed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx2

from app.simulator import Fault

_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.02

Bill = Mapping[str, Any]
"""One billed answer, as the simulator tells it: `client_request_id` names the attempt."""


class SimulatorAccount:
    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def add_fault(self, fault: Fault) -> None:
        """The next request meets it, or the one after those that meet what waits already."""
        body = fault.model_dump(exclude_none=True)
        (await self._http.post(f"{self._url}/simulator/faults", json=body)).raise_for_status()

    async def waiting_faults(self) -> Sequence[Mapping[str, Any]]:
        """What no request has met."""
        faults: Sequence[Mapping[str, Any]] = (await self._http.get(f"{self._url}/simulator/faults")).json()["faults"]
        return faults

    async def requests_under_way(self) -> int:
        """How many requests may still be billed."""
        under_way: int = (await self._read())["under_way"]
        return under_way

    async def final_bills(self) -> Sequence[Bill]:
        """All bills, when no request is left that may add one."""

        async def all_done() -> bool:
            return await self.requests_under_way() == 0

        await until(all_done)
        bills: Sequence[Bill] = (await self._read())["answers"]
        return bills

    async def _read(self) -> dict[str, Any]:
        account: dict[str, Any] = (await self._http.get(f"{self._url}/simulator/account")).json()
        return account


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Asks another process again and again until it says yes; there is no event to wait for.

    Raises:
        TimeoutError: it does not say yes in time.
    """
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await true():  # noqa: ASYNC110  an event of another process
            await asyncio.sleep(_PAUSE_SECONDS)
