"""Runs a command's work: over the same container that serves HTTP, or over the ledger alone."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from app.bootstrap import build_container, build_reading, running
from app.cli.console import err, out
from app.settings import Settings, load_settings

if TYPE_CHECKING:
    from containers import Container
    from containers.reading import Reading, ReadLedger

_QUIET = ("warning", "error")


class Needs(Enum):
    """What a command needs of the database. One that only reads makes none; some need none at all."""

    MAKE = auto()
    FIND = auto()
    NONE = auto()


def command_settings() -> Settings:
    """Those of the environment, but only warnings and worse are logged: what a person must know, commands print.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    settings = load_settings()
    level = settings.log_level if settings.log_level in _QUIET else "warning"
    return settings.model_copy(update={"log_level": level})


def with_container(work: Callable[["Container"], Awaitable[None]], needs: Needs = Needs.MAKE) -> None:
    """Builds the container from the environment, opens it, does the work, closes it.

    Raises:
        TollgateError: whatever the work, or the configuration, has to complain about.
    """

    async def session() -> None:
        container = build_container(command_settings())
        if needs is Needs.NONE:
            await work(container)
            return
        if needs is Needs.FIND:
            await container.data.database().require()
        async with running(container):
            try:
                await work(container)
            except asyncio.CancelledError:
                say_what_is_waited_for(container)
                raise

    asyncio.run(session())


def say_what_is_waited_for(container: "Container") -> None:
    """Ctrl-C does not break off what is paid for: it is read on, for its cost."""
    if container.gen_ai.background().pending:
        seconds = container.core.settings().stream_drain_seconds
        err.print(f"Waiting for an answer that is paid for, {seconds:g} s at most. Ctrl-C again stops at once.")


def reading() -> "Reading":
    """The rules, for commands that need no more.

    Raises:
        ConfigurationError: a setting or a data file is wrong.
    """
    return build_reading(command_settings())


def with_ledger(work: Callable[["Reading", "ReadLedger"], Awaitable[None]]) -> None:
    """Opens the ledger alone, which takes a fifth of the time, does the work, closes it.

    Raises:
        TollgateError: there is no database, or what the work has to complain about.
    """

    async def session() -> None:
        rules = reading()
        async with rules.ledger() as ledger:
            await work(rules, ledger)

    asyncio.run(session())


def name_ledger(read: "ReadLedger", *, as_json: bool) -> None:
    """Says which ledger the figures come from; beside JSON, which programs read, on standard error."""
    (err if as_json else out).print(f"Ledger: {read.name}", markup=False, highlight=False, soft_wrap=True)
