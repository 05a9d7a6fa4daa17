"""People at work: several at once, each asks one thing after another, waits or goes away, repeats with a key."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import httpx2
import orjson

from tests.conservation.account import SimulatorAccount
from tests.conservation.comparison import Answer, RawAnswer
from tests.conservation.ledger import API
from tests.conservation.plan import Call
from tests.conservation.target import Target

AT_ONCE = 12
_CHATS_A_SESSION = 8
_PATHS = {
    "strategy": "/strategy-builder",
    "report": "/narrative-report",
    "comparison": "/chatops/compare",
    "raw": "/raw",
}
_TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")


class Load:
    """`answers` and `raw_answers` are what was told; `endings` counts how requests ended."""

    def __init__(self, http: httpx2.AsyncClient, target: Target, account: SimulatorAccount) -> None:
        self._http = http
        self._target = target
        self._account = account
        self.answers: list[Answer] = []
        self.raw_answers: list[RawAnswer] = []
        self.endings: Counter[str] = Counter()
        self.mistakes: list[str] = []

    async def run(self, calls: Iterator[Call]) -> None:
        """Makes all calls."""
        async with asyncio.TaskGroup() as people:
            for _ in range(AT_ONCE):
                people.create_task(self._person(calls))

    async def _person(self, calls: Iterator[Call]) -> None:
        session, chats = "", 0
        for call in calls:
            if call.fault is not None:
                await self._account.add_fault(call.fault)
            if call.interruption is not None:
                await self._target.interrupt(call.interruption)
            path = _PATHS.get(call.kind)
            if path is None:
                if chats % _CHATS_A_SESSION == 0:
                    session = await self._session()
                chats += 1
                path = f"/chatops/sessions/{session}/chat"
            await self._make(call, path)

    async def _session(self) -> str:
        while True:
            made = await self._post("/chatops/sessions", {}, {})
            if made is not None:
                assert made.is_success, f"no session: {made.text}"
                return str(made.json()["session_id"])

    async def _make(self, call: Call, path: str) -> None:
        if call.patience == "goes at once":
            await self._go_at_once(path, call.body, streamed=call.kind == "stream")
        elif call.kind == "stream" or call.patience == "goes within":
            await self._read(path, call)
        elif call.kind == "raw":
            self._note_raw(await self._post(path, call.body, {}))
        elif call.key == "none":
            self._note(await self._post(path, call.body, {}))
        else:
            await self._repeat(path, call)

    async def _repeat(self, path: str, call: Call) -> None:
        """The same request twice, one after the other or both at once: it is run once, also over a crash."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if call.key == "twins":
            pair = await asyncio.gather(*(self._post(path, call.body, headers) for _ in range(2)))
        else:
            first = second = await self._post(path, call.body, headers)
            while first is not None and first.is_success and (second is first or second is None):
                second = await self._post(path, call.body, headers)
            pair = [first, second]
        told = [answer.json() for answer in pair if answer is not None and answer.is_success]
        if any(one != told[0] for one in told):
            self.mistakes.append(f"two answers to one key: {told}")
        for answer in pair:
            self._note(answer)

    async def _post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx2.Response | None:
        """The answer; None where the server was killed before it was there."""
        url = await self._target.url()
        try:
            return await self._http.post(url + API + path, json=body, headers=headers)
        except httpx2.TransportError:
            return None

    async def _read(self, path: str, call: Call) -> None:
        """Reads an answer to its end, or goes after the first bytes of it."""
        url = await self._target.url()
        headers = {"accept": "text/event-stream"} if call.kind == "stream" else {}
        try:
            async with self._http.stream("POST", url + API + path, json=call.body, headers=headers) as response:
                if call.patience == "goes within":
                    self.endings["went within"] += 1
                    async for _ in response.aiter_bytes():
                        return
                if response.is_success:
                    self._note_stream(await response.aread())
                else:
                    await response.aread()
                    self._note(response)
        except httpx2.TransportError:
            self._note(None)

    async def _go_at_once(self, path: str, body: Mapping[str, Any], *, streamed: bool) -> None:
        """Sends the request and hangs up before anything can come back."""
        url = httpx2.URL(await self._target.url() + API + path)
        content = orjson.dumps(body)
        lines = [f"POST {url.path} HTTP/1.1", f"host: {url.host}", f"content-length: {len(content)}"]
        lines += ["content-type: application/json", *["accept: text/event-stream"] * streamed, "", ""]
        self.endings["went at once"] += 1
        try:
            _, writer = await asyncio.open_connection(url.host, url.port)
            writer.write("\r\n".join(lines).encode() + content)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except OSError:
            self.endings["no connection"] += 1

    def _note_stream(self, content: bytes) -> None:
        events = [block.split(b"\ndata: ", 1) for block in content.split(b"\n\n") if block]
        name, data = events[-1]
        if name == b"event: done":
            self.endings["stream done"] += 1
            self._keep(orjson.loads(data), accepted=True)
        elif name == b"event: error":
            self.endings["stream error"] += 1
            self._keep(orjson.loads(data), accepted=False)
        else:
            self.endings["stream cut"] += 1

    def _note(self, response: httpx2.Response | None) -> None:
        if response is None:
            self.endings["no answer"] += 1
            return
        self.endings["replayed" if "idempotency-replayed" in response.headers else str(response.status_code)] += 1
        if response.status_code == httpx2.codes.INTERNAL_SERVER_ERROR:
            self.mistakes.append("\n".join([f"an unexpected error: {response.text}", *self._target.said]))
        self._keep(response.json(), accepted=response.is_success)

    def _note_raw(self, response: httpx2.Response | None) -> None:
        """The route itself has no faults: how the call within it ended stands in its answer."""
        if response is None or not response.is_success:
            self._note(response)
            return
        told = response.json()
        self.endings[f"raw {told['ending']}"] += 1
        if told["ending"] == "answered":
            self.raw_answers.append(RawAnswer(told["id"], told["usage"]))

    def _keep(self, told: Mapping[str, Any], *, accepted: bool) -> None:
        """An error tells of an operation only where one was begun."""
        if accepted or "operation_id" in told:
            cost = None if told["cost_usd"] is None else Decimal(told["cost_usd"])
            usage = {name: told["usage"][name] for name in _TOKENS} if accepted else None
            self.answers.append(Answer(told["operation_id"], cost, accepted, usage))
