"""`tollgate db`: the tables of the database, and how they come to be what this version needs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from app.bootstrap import build_container
from app.cli.console import print_json, say
from app.cli.session import command_settings
from containers import Container

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON")]

db_commands = typer.Typer(help="Look after the database that TOLLGATE_DATABASE_URL names.", no_args_is_help=True)

_OLD = 1
"""The exit code of `status` where an upgrade is needed."""


@db_commands.command()
def upgrade(json: JsonOption = False) -> None:  # noqa: FBT002  Typer's form of a flag
    """Bring the tables to what this version needs; what is there stays."""

    async def work(container: Container) -> None:
        database = container.data.database()
        done = await database.upgrade()
        if json:
            print_json({"database": database.name, "from_revision": done.before, "to_revision": done.after})
        elif done.before == done.after:
            say(f"{database.name} is at revision {done.after}; there was nothing to do.")
        else:
            say(f"{database.name} was upgraded from {_named(done.before)} to revision {done.after}.")

    _with_database(work)


@db_commands.command()
def status(json: JsonOption = False) -> None:  # noqa: FBT002  Typer's form of a flag
    """Say which revision of the tables is there and which is needed; exit code 1 where they differ."""

    async def work(container: Container) -> None:
        database = container.data.database()
        found, needed = await database.revision(), database.needed_revision
        if json:
            print_json({"database": database.name, "revision": found, "needed_revision": needed})
        else:
            say(f"{database.name} has {_named(found)}; this version needs revision {needed}.")
        if found != needed:
            raise typer.Exit(_OLD)

    _with_database(work)


def _named(revision: str | None) -> str:
    return "no revision" if revision is None else f"revision {revision}"


def _with_database(work: Callable[[Container], Awaitable[None]]) -> None:
    """Only the database is opened: a start would refuse, or upgrade by itself, what these commands are about."""

    async def session() -> None:
        container = build_container(command_settings())
        try:
            await work(container)
        finally:
            await container.data.database().close()

    asyncio.run(session())
