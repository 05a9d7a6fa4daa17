"""`tollgate report`: write a report on a backtest, find and read it, and check any text against a backtest."""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import BaseModel, ValidationError
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from app.api.security import LOCAL_CALLER
from app.cli.console import err, out, print_json, program, table
from app.cli.session import Needs, with_container
from app.cli.strategy import LimitOption, OffsetOption, moment
from app.cli.usage import JsonOption
from app.errors import InputError, own_words
from app.quant.words import Language
from app.schemas.gen_ai.common import BacktestMetrics
from app.schemas.gen_ai.fact_check import ClaimInfo, FactCheckInfo, FactCheckRequest, NumberInfo
from app.schemas.gen_ai.narrative_report import Detail, NarrativeReportRequest, ReportListResponse
from app.services.gen_ai.reports.library import ReportLibrary
from app.services.gen_ai.reports.ports import StoredReport, report_response
from containers import Container

_ID_FORM = "an id of a backtest (bt_...) or the path of a JSON file"


def backtest_member(named: str) -> dict[str, Any]:
    """The member of a request that names or brings the backtest.

    A file holds the figures as the body of a request has them (`strategy_name`, `symbol`, `start_date`, `end_date`,
    `metrics`), such a body with its member `backtest`, or what GET /api/v1/backtests/{id} answers.

    Raises:
        InputError: with the file, and why it cannot be used.
    """
    path = Path(named)
    if not (named.endswith(".json") or path.is_file()):
        return {"backtest_id": named}
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{named}: {error.strerror}; give {_ID_FORM}") from error
    except orjson.JSONDecodeError as error:
        raise InputError(f"{named}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{named}: not a JSON object; give the figures of a backtest")
    return {"backtest": _summary(content, named)}


def request_of(kind: type[BaseModel], named: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  of that kind
    """A request as HTTP would take it.

    Raises:
        InputError: everything that is wrong with it, and where.
    """
    try:
        return kind.model_validate_json(orjson.dumps(body))
    except ValidationError as error:
        raise InputError(
            "\n".join(_line(named, one["loc"], own_words(one["msg"])) for one in error.errors())
        ) from error


def _line(named: str, location: tuple[int | str, ...], message: str) -> str:
    """What is wrong with the backtest is in what was named; the rest has options of its own."""
    if not location or location[0] in {"backtest", "backtest_id"}:
        return f"{named}: {'.'.join(map(str, location)) or 'it'}: {message}"
    return f"--{str(location[0]).removesuffix('_id')}: {message}"


def read_text(file: str) -> str:
    """The text in a file (`-`: standard input), in UTF-8.

    Raises:
        InputError: it cannot be read.
    """
    source = "standard input" if file == "-" else file
    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}; give the path of a text, or - for standard input") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _summary(content: dict[str, Any], named: str) -> Any:  # noqa: ANN401  checked by the request
    if "backtest" in content:
        return content["backtest"]
    if "result" not in content:
        return content
    result, strategy = content["result"], content.get("strategy")
    if not isinstance(result, dict) or not isinstance(strategy, dict):
        raise InputError(f"{named}: this backtest has no result; wait until it is done")
    measured = result.get("metrics")
    known = BacktestMetrics.model_fields
    return {
        "strategy_name": strategy.get("name"),
        "symbol": result.get("symbol"),
        "start_date": result.get("first_day"),
        "end_date": result.get("last_day"),
        "metrics": {name: value for name, value in measured.items() if name in known}
        if isinstance(measured, dict)
        else measured,
    }


_COLUMNS = {"": "left", "Said": "wrap", "Fact": "wrap"}


def check_table(found: FactCheckInfo) -> Table:
    """The numbers, then the claims, each in the order of the text."""
    rows = [_number(number) for number in found.numbers] + [_claim(claim) for claim in found.claims]
    return table("Numbers and claims", _COLUMNS, [[escape(cell) for cell in row] for row in rows])


def verdict(found: FactCheckInfo) -> str:
    """One line for each violation, or one that says that there is none."""
    if found.passed:
        return f"{len(found.numbers)} numbers and {len(found.claims)} claims: nothing is wrong."
    return "\n".join(["Wrong:", *(f"- {violation.removeprefix('text: ')}" for violation in found.violations)])


def _number(number: NumberInfo) -> list[str]:
    fact = number.fact
    if fact is None:
        return [number.status.replace("_", " "), number.text, number.reason]
    return ["matched", number.text, f"{fact.name} = {fact.printed}"]


def _claim(claim: ClaimInfo) -> list[str]:
    return ["agrees" if claim.agrees else "disagrees", claim.text, claim.reason]


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
    content = read_text(text)
    member = backtest_member(backtest)
    request = request_of(FactCheckRequest, backtest, {"text": content, "language": language} | member)

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
