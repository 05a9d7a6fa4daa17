"""`tollgate usage`, and `tollgate usage export`: the ledger's rows as a file, for other programs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.cli.console import err
from app.cli.export_formats import CsvWriter, JsonLinesWriter, ParquetWriter, RowWriter, cells, require_pyarrow
from app.cli.inputs import SinceOption, UntilOption, read_period
from app.cli.resolve import resolve
from app.cli.session import with_ledger
from app.cli.usage import JsonOption, UpstreamOption, usage
from app.errors import InputError
from app.services.gen_ai.ledger.pages import pages_in_order
from app.services.gen_ai.ledger.port import UsageQuery
from app.vocabulary import UsageGroup
from containers.reading import Reading, ReadLedger

usage_commands = typer.Typer(add_completion=False)


class Format(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


_WRITERS: dict[Format, type[RowWriter]] = {
    Format.CSV: CsvWriter,
    Format.JSONL: JsonLinesWriter,
    Format.PARQUET: ParquetWriter,
}


@usage_commands.callback(invoke_without_command=True)
def usage_or_more(  # noqa: PLR0917  Typer calls it by name
    context: typer.Context,
    group_by: Annotated[UsageGroup, typer.Option(help="What to sum by")] = UsageGroup.SERVICE,
    since: SinceOption = None,
    until: UntilOption = None,
    upstream: UpstreamOption = None,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Sum tokens and cost of an upstream; export every attempt; or resolve one whose cost is not known."""
    if context.invoked_subcommand is None:
        usage(group_by, UsageQuery(*read_period(since, until), upstream=upstream), as_json=json)


usage_commands.command("resolve")(resolve)


@usage_commands.command()
def export(  # noqa: PLR0917  Typer calls it by name
    format_: Annotated[Format, typer.Option("--format", help="The file's format")],
    output: Annotated[Path, typer.Option(help="The file to write; it appears when it is complete")],
    since: SinceOption = None,
    until: UntilOption = None,
    service: Annotated[str | None, typer.Option(help="Only this service")] = None,
    upstream: Annotated[
        str | None, typer.Option(help="Only this upstream; without, of all, each row with its own")
    ] = None,
) -> None:
    """Write every attempt into a file, the oldest first."""
    first, end = read_period(since, until)
    query = UsageQuery(first, end, service, upstream=upstream)
    if format_ is Format.PARQUET:
        require_pyarrow()

    async def work(rules: Reading, read: ReadLedger) -> None:
        with _appearing(output) as partial:
            count = await _write(rules, read, query, format_, partial)
        err.print(f"{count:,} attempts in {output}", markup=False, highlight=False, soft_wrap=True)

    with_ledger(work)


async def _write(rules: Reading, read: ReadLedger, query: UsageQuery, format_: Format, path: Path) -> int:
    """Page by page, so that the memory does not grow with the ledger."""
    _, total = await read.ledger.rows(query, limit=1, offset=0)
    count = 0
    with _WRITERS[format_](path) as writer, progress() as shown:
        bar = shown.add_task("Exporting", total=total)
        async for rows in pages_in_order(read.ledger, query, now=rules.clock.now()):
            writer.write([cells(row) for row in rows])
            count += len(rows)
            shown.update(bar, completed=count)
    return count


def progress() -> Progress:
    """A bar on a terminal, nothing in a log."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, console=err, disable=not err.is_terminal, transient=True)


@contextmanager
def _appearing(output: Path) -> Iterator[Path]:
    """A path in the same folder that becomes `output` at the end; whatever interrupts leaves no half file.

    Raises:
        InputError: the file cannot be written; the message names it.
    """
    if output.is_dir():
        raise InputError(f"{output}: it is a folder; give the path of a file")
    partial = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        yield partial
        partial.replace(output)
    except OSError as error:
        raise InputError(f"{output}: {error.strerror or error}; give a file in a folder that can be written") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
