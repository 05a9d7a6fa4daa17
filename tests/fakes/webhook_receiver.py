"""A real HTTP server on loopback that takes webhooks, and answers them as a test tells it to."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Answer = int | Literal["never", "endless", "hang up"]
"""A status; or: the connection stays open without a word, a body that does not end, or no answer at all."""

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Delivery:
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found

    def is_signed(self, secret: str = SECRET) -> bool:
        """By the specification, in words of its own: the HMAC of id, timestamp and body."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return self.headers["webhook-signature"] == f"v1,{expected}"


@dataclass
class WebhookReceiver:
    """`answers` are used up one after the other; afterwards it answers 204. `got` is set with each delivery."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    got: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.deliveries.append(Delivery(headers, body))
            self.got.set()
            await self._say(self.answers.pop(0) if self.answers else 204, reader, writer)
        finally:
            writer.close()

    async def _say(self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer == "hang up":
            return
        if answer == "never":
            await reader.read()  # until the sender gives up
            return
        status = 200 if answer == "endless" else answer
        length = 10**12 if answer == "endless" else 0
        location = f"location: {self.url}/elsewhere\r\n"
        writer.write(f"HTTP/1.1 {status} Said\r\n{location}content-length: {length}\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def receiving(*answers: Answer) -> AsyncIterator[WebhookReceiver]:
    receiver = WebhookReceiver(answers=list(answers))
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=secret"
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
