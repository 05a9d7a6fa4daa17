"""`tollgate report`: write a report on a backtest, find and read it, and check any text against a backtest."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from app.api.security import LOCAL_CALLER
from app.cli.console import err, out, print_json, program, table
from app.cli.report_check import check_table, verdict
from app.cli.report_source import backtest_member, read_text, request_of
from app.cli.session import Needs, with_container
from app.cli.strategy import LimitOption, OffsetOption
from app.cli.strategy_view import moment
from app.cli.usage import JsonOption
from app.errors import InputError
from app.quant.words import Language
from app.schemas.gen_ai.fact_check import FactCheckRequest
from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportRequest, ReportListResponse
from app.services.gen_ai.reports.answers import report_response
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.ports import StoredReport
from containers import Container

report_commands = typer.Typer(
    help="Write reports on backtests, read them, and check what is said of a backtest.", no_args_is_help=True
)

_WRONG = 1
"""The exit code of `check` where the text says something that is not so."""

BacktestOption = Annotated[
    str,
    typer.Option("--backtest", metavar="ID|FILE.json", help="A finished backtest, or a file with the figures of one"),
]
LanguageOption = Annotated[Language, typer.Option(help="Language of the text")]


@report_commands.command()
def write(
    *,
    backtest: BacktestOption,
    language: LanguageOption = "ko",
    detail: Annotated[Detail, typer.Option(help="How much to say")] = "standard",
    model: Annotated[str | None, typer.Option(help="The model to use; without it, the service's default")] = None,
    output: Annotated[Path | None, typer.Option(help="Where to save it: a name in .html or .md")] = None,
    json: JsonOption = False,
) -> None:
    """Write a report; its id, its summary and its cost are printed, and `show` has all of it."""
    if output is not None:
        _form(output)
    body = {"language": language, "detail": detail, "model_id": model}
    request = request_of(NarrativeReportRequest, backtest, body | backtest_member(backtest))

    async def work(container: Container) -> None:
        with err.status("Writing the report, and checking every number of it ..."):
            stored = await container.services.narrative_report().generate_report(request, LOCAL_CALLER.id)
        if output is not None:
            await _save(container.services.report_library(), stored, output)
        if json:
            print_json(report_response(stored).model_dump(mode="json"))
        else:
            _say(_in_short(stored))

    with_container(work)


@report_commands.command()
def show(
    report_id: Annotated[str, typer.Argument(metavar="ID", help="A report that was written; `report list` has them")],
    html: Annotated[Path | None, typer.Option(help="Save it as a page to this file")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page that --html has saved")] = False,  # noqa: FBT002  Typer's form of a flag
    json: JsonOption = False,  # noqa: FBT002  the same
) -> None:
    """Print a report, or save its page."""
    if open_ and html is None:
        raise InputError("--open: say with --html FILE where to save the page that shall be opened")

    async def work(container: Container) -> None:
        library = container.services.report_library()
        stored = await library.get(report_id, LOCAL_CALLER.id)
        if html is not None:
            _write(html, await library.html(stored))
            if open_:
                typer.launch(str(html.resolve()))
        if json:
            print_json(report_response(stored).model_dump(mode="json"))
        elif html is None:
            out.print(Markdown(await library.markdown(stored)))

    with_container(work, Needs.FIND)


@report_commands.command("list")
def list_(limit: LimitOption = 20, offset: OffsetOption = 0, json: JsonOption = False) -> None:  # noqa: FBT002  Typer's form of a flag
    """List reports, the newest first."""

    async def work(container: Container) -> None:
        found, total = await container.services.report_library().page(LOCAL_CALLER.id, limit=limit, offset=offset)
        page = ReportListResponse(reports=list(found), total=total, limit=limit, offset=offset)
        print_json(page.model_dump(mode="json")) if json else out.print(_list_table(page))

    with_container(work, Needs.FIND)


@report_commands.command()
def check(
    backtest: BacktestOption,
    text: Annotated[str, typer.Option("--text", metavar="FILE|-", help="The text; - is standard input")],
    language: LanguageOption = "ko",
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """List every number and claim of a text with what the facts say; exit code 1 where they say otherwise."""
    said = read_text(text)
    member = backtest_member(backtest)
    request = request_of(FactCheckRequest, backtest, {"text": said, "language": language} | member)

    async def work(container: Container) -> None:
        found = await container.services.report_bases().check(request, LOCAL_CALLER.id)
        if json:
            print_json(found.model_dump(mode="json"))
        else:
            out.print(check_table(found))
            _say(verdict(found))
        if not found.passed:
            raise typer.Exit(_WRONG)

    with_container(work, Needs.FIND if "backtest_id" in member else Needs.NONE)


def _form(path: Path) -> str:
    if path.suffix.lower() not in {".html", ".md"}:
        raise InputError(f"--output {path}: name a file that ends in .html or .md")
    return path.suffix.lower()


async def _save(library: ReportLibrary, stored: StoredReport, path: Path) -> None:
    _write(path, await (library.html(stored) if _form(path) == ".html" else library.markdown(stored)))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a file that can be written") from error
    err.print(f"Saved {path}", markup=False, highlight=False, soft_wrap=True)


def _in_short(stored: StoredReport) -> str:
    summary, receipt = stored.report.executive_summary, stored.receipt
    findings = "\n".join(f"- {finding}" for finding in summary.key_findings)
    matched = sum(number.status == "matched" for number in stored.fact_check.numbers)
    cost = "unknown cost" if receipt.cost_usd is None else f"{receipt.cost_usd} USD"
    return (
        f"{summary.title}\n\n{summary.overview}\n\n{findings}\n\n"
        f"{matched} figures matched to facts, {len(receipt.attempts)} attempts, {receipt.model_id} "
        f"({receipt.upstream}): {cost}\n{program()} report show {stored.report_id}"
    )


def _list_table(page: ReportListResponse) -> Table:
    """Below its id, what a report is called, and when it was written."""
    columns = {"Report": "wrap", "Language": "left", "Detail": "left", "Recommends": "left"}
    rows = [
        [f"{one.report_id}\n{escape(one.title)}, {moment(one.created_at)} UTC", one.language, one.detail,
         one.recommendation]
        for one in page.reports
    ]  # fmt: skip
    return table(f"Reports ({len(rows)} of {page.total})", columns, rows)


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
