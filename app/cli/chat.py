"""`tollgate chat`: talk on the terminal, or in lines of JSON; what the model looks up is shown."""

import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager, suppress
from typing import Annotated, Any, Protocol

import orjson
import typer
from pydantic import ValidationError

from app.api.errors import problem_of
from app.api.event_stream import ServerSentEvent, chat_events
from app.api.security import LOCAL_CALLER
from app.bootstrap import build_container, running
from app.cli.console import complain, err, out, whole
from app.cli.session import command_settings, say_what_is_waited_for
from app.errors import InputError, TollgateError, own_words
from app.schemas.gen_ai.chatops import ChatRequest
from containers import Container

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Answers repeat data: what a terminal would obey, such as an escape sequence, is left out."""


class EventPrinter(Protocol):
    def show(self, event: ServerSentEvent) -> None: ...


class JsonLines:
    """Each event on a line of its own."""

    def show(self, event: ServerSentEvent) -> None:
        line = orjson.dumps({"event": event.event, "data": event.data}).decode()
        out.print(line, highlight=False, soft_wrap=True, markup=False)


class Terminal:
    """Text as it comes; tools, and what it cost, in dim lines of their own."""

    def __init__(self) -> None:
        self._within_line = False

    def show(self, event: ServerSentEvent) -> None:
        match event.event:
            case "session":
                words = f"Session {event.data['session_id']}, until {event.data['expires_at']}"
                err.print(words, style="dim", soft_wrap=True)
            case "delta":
                self._text(event.data["text"])
            case "tool":
                self._tool(event.data)
            case "done":
                self.end()
                self._dim(_cost_line(event.data))
            case "error":
                self.end()  # the command says what went wrong

    def end(self) -> None:
        """Ends the line, if text has begun one."""
        if self._within_line:
            out.print()
        self._within_line = False

    def _text(self, text: str) -> None:
        out.print(_CONTROL.sub("", text), end="", highlight=False, soft_wrap=True, markup=False)
        self._within_line = not text.endswith("\n")

    def _tool(self, event: dict[str, Any]) -> None:
        self.end()
        if event["state"] == "called":
            arguments = ", ".join(f"{name}={value}" for name, value in (event["arguments"] or {}).items())
            self._dim(f"looks up {event['name']}({arguments})")
        elif not event["succeeded"]:
            self._dim(f"{event['name']}: {event['error']}")
        elif event["truncated"]:
            self._dim(f"{event['name']}: only the beginning of the result was read")

    def _dim(self, text: str) -> None:
        out.print(_CONTROL.sub("", text), style="dim", highlight=False, soft_wrap=True, markup=False)


def _cost_line(answer: dict[str, Any]) -> str:
    cost = "an unknown cost" if answer["cost_usd"] is None else f"{answer['cost_usd']} USD"
    requests = len(answer["attempts"])
    return f"{answer['model_id']} ({answer['upstream']}): {cost}, {requests} request{'s' if requests > 1 else ''}"


def chat(
    message: Annotated[str | None, typer.Argument(help="Answer this and end; without it, you are asked")] = None,
    session: Annotated[str | None, typer.Option(help="Go on in this session")] = None,
    model: Annotated[str | None, typer.Option(help="The model to use; else the service's default")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Talk about strategies, metrics, and what you used, spent and may use. Ctrl-D ends it."""
    printer: EventPrinter = JsonLines() if json else Terminal()
    with asyncio.Runner() as runner:
        container = build_container(command_settings())
        resources = AsyncExitStack()
        runner.run(resources.enter_async_context(running(container)))
        try:
            talk = Talk(container, printer, model)
            runner.run(talk.begin(session))
            if message is not None:
                runner.run(talk.say(message))
                return
            for line in _lines(asks=not json and sys.stdin.isatty()):
                with _complaints_are_no_end():
                    runner.run(talk.say(line))
        except KeyboardInterrupt:
            say_what_is_waited_for(container)
            raise
        finally:
            # Also after Ctrl-C: what is under way settles before the ledger closes.
            runner.run(resources.aclose())


class Talk:
    """A session and who talks in it. Between two messages nothing runs, so that Ctrl-C ends the waiting at once."""

    def __init__(self, container: Container, printer: EventPrinter, model: str | None) -> None:
        self._service = container.services.chatops_advanced()
        self._printer = printer
        self._model = model
        self._session_id = ""
        self._caller_id = ""

    async def begin(self, session_id: str | None) -> None:
        """Takes a session that is there, or begins one."""
        self._caller_id = LOCAL_CALLER.id
        if session_id is not None:
            self._session_id = session_id
            return
        session = await self._service.create_session(self._caller_id)
        self._session_id = session.session_id
        until = session.expires_at.isoformat()
        self._printer.show(ServerSentEvent("session", {"session_id": self._session_id, "expires_at": until}))

    async def say(self, message: str) -> None:
        """Shows the answer to a message as it comes.

        Raises:
            TollgateError: there is none; the printer has shown why.
        """
        try:
            pieces = self._service.stream_chat(self._session_id, self._request(message), self._caller_id)
            async with aclosing(chat_events(self._session_id, pieces)) as events:
                async for event in events:
                    self._printer.show(event)
        except TollgateError as error:
            self._printer.show(ServerSentEvent("error", problem_of(error)))
            raise

    def _request(self, message: str) -> ChatRequest:
        try:
            return ChatRequest(message=message, model_id=self._model)
        except ValidationError as invalid:
            faults = "; ".join(
                f"{'.'.join(map(str, item['loc']))}: {own_words(item['msg'])}" for item in invalid.errors()
            )
            raise InputError(faults) from invalid


def _lines(*, asks: bool) -> Iterator[str]:
    """What is typed, or comes through a pipe, without the empty lines; to its end."""
    if asks:
        # With it, input() can be edited and has a history.
        with suppress(ImportError):
            importlib.import_module("readline")
    while True:
        try:
            line = input("> " if asks else "")
        except EOFError:
            return
        if line.strip():
            yield line


@contextmanager
def _complaints_are_no_end() -> Iterator[None]:
    """What goes wrong with one message does not end the talk."""
    try:
        yield
    except TollgateError as error:
        complain(whole(error))
