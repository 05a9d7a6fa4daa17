"""What is left when a stream was not read to its end: nothing."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from app.services.gen_ai.wire.streamed_answer import StreamedAnswer

PIECES = (
    b'data: {"choices": [{"delta": {"content": "Hello"}}]}\n\n',
    b"data: [DONE]\n\n",
    b": said after the end\n\n",
)


class Body(httpx2.AsyncByteStream):
    """`left` is true once nobody iterates over it any more."""

    def __init__(self) -> None:
        self.left = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            for piece in PIECES:
                yield piece
        finally:
            self.left = True


@pytest.mark.parametrize("pieces", [0, 1, 2])
async def test_a_closed_stream_leaves_no_iterator_to_the_garbage_collector(pieces: int) -> None:
    """Not begun, broken off, or read to its end mark."""
    body = Body()
    reader = StreamedAnswer(httpx2.Response(200, stream=body, request=httpx2.Request("POST", "http://127.0.0.1")))
    said = [await reader.next_text() for _ in range(pieces)]
    await reader.close()
    assert said == ["Hello", None][:pieces]
    assert body.left == (pieces > 0)
