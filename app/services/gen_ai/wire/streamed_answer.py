"""The body of a streamed answer, read piece by piece."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx2

from app.services.gen_ai.wire.messages import Completion, Envelope, StreamFailure
from app.services.gen_ai.wire.sse import EventDecoder
from app.services.gen_ai.wire.stream_reader import ChatStreamReader


class StreamedAnswer:
    """Reads one body, once. What it has seen so far is in its attributes, also after the stream broke."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._reader = ChatStreamReader()
        self._pieces = self._read()

    @property
    def request_id(self) -> str | None:
        request_id: str | None = self._response.headers.get("x-request-id")
        return request_id

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def complete(self) -> bool:
        return self._reader.complete

    @property
    def failure(self) -> StreamFailure | None:
        return self._reader.failure

    @property
    def envelope(self) -> Envelope:
        return self._reader.envelope

    @property
    def completion(self) -> Completion:
        return self._reader.completion

    @property
    def received(self) -> str:
        return self._reader.received

    async def next_text(self) -> str | None:
        """The next piece of text; None at the end.

        Raises:
            httpx2.TransportError: the connection broke.
        """
        return await anext(self._pieces, None)

    async def close(self) -> None:
        """Also where it was not read to its end: what was left to the garbage collector would be closed anywhere, also
        in a thread, and complain.
        """
        await self._pieces.aclose()
        await self._response.aclose()

    async def _read(self) -> AsyncGenerator[str, None]:
        decoder = EventDecoder()
        async with aclosing(self._response.aiter_bytes()) as parts:
            async for part in parts:
                for event in decoder.feed(part):
                    taken = self._reader.take(event)
                    if taken.text:
                        yield taken.text
                    if taken.is_end:
                        return
        for text in (*(self._reader.take(event).text for event in decoder.flush()), self._reader.end()):
            if text:
                yield text
