"""A server that stops cancels what takes too long; whoever waits is told so."""

import asyncio
from typing import Any

import pytest

from app.api.middleware import StopNotice


async def cut_off(parts: list[dict[str, Any]], scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What the other end gets from an application that sends these parts, then takes for ever, and is cancelled."""
    sent: list[dict[str, Any]] = []
    waits = asyncio.Event()

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        for part in parts:
            await send(part)
        waits.set()
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing is asked for")

    request = asyncio.create_task(StopNotice(application)(scope, receive, send))
    await waits.wait()
    request.cancel()
    await request
    return sent


async def test_who_waits_for_an_answer_is_told_that_the_server_stops() -> None:
    """A problem document, and no failure that a server would log with a stack trace."""
    start, body, *_ = await cut_off([], {"type": "http", "path": "/x", "method": "POST"})
    assert start["status"] == 503
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert b'"code":"shutting_down"' in body["body"]


async def test_an_answer_that_has_begun_is_left_without_its_end() -> None:
    """Nothing is mixed into it: whoever reads it sees that it broke off."""
    begun = [{"type": "http.response.start", "status": 200, "headers": []}]
    assert await cut_off(begun, {"type": "http", "path": "/x", "method": "POST"}) == begun


async def test_what_is_no_request_is_cancelled_as_ever() -> None:
    """The lifespan of the application, for instance."""
    with pytest.raises(asyncio.CancelledError):
        await cut_off([], {"type": "lifespan"})
