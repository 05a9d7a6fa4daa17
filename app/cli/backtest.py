"""`tollgate backtest`: run, show and list backtests, by the services that HTTP uses."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import orjson
import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from app.api.security import LOCAL_CALLER
from app.cli.backtest_view import backtests_table, show_backtest
from app.cli.console import err, out, print_json
from app.cli.inputs import in_options, read_json_object, request_of
from app.cli.session import Needs, with_container
from app.cli.strategy import LanguageOption, LimitOption, OffsetOption
from app.cli.usage import JsonOption
from app.errors import InputError
from app.quant.words import Language
from app.schemas.backtests import BacktestListResponse, BacktestRequest
from app.schemas.strategies import language_of
from app.services.backtests.checks import Terms
from app.services.backtests.ports import Backtest, BacktestFilter, put_together, unpacked
from app.services.backtests.service import BacktestService
from app.services.gen_ai.reports.orders import backtest_responses
from app.vocabulary import BacktestStatus
from containers import Container

backtest_commands = typer.Typer(help="Run strategies over past prices.", no_args_is_help=True)

_OPTIONS = {
    "strategy_id": "--strategy",
    "strategy": "--rules",
    "symbol": "--symbol",
    "start_date": "--from",
    "end_date": "--to",
    "initial_cash": "--cash",
    "max_position": "--max-position",
    "commission": "--commission",
    "slippage": "--slippage",
}
_FAILED = 1
"""The exit code of `run` where the backtest was begun and has failed."""
_LOOK_SECONDS = 0.1
_FINAL = {BacktestStatus.DONE, BacktestStatus.FAILED}


@backtest_commands.command()
def run(
    *,
    symbol: Annotated[str, typer.Option(help="The series: GSPC, IXIC, or a file in TOLLGATE_DATA_DIR")],
    strategy: Annotated[str | None, typer.Option(metavar="ID", help="A stored strategy")] = None,
    rules: Annotated[
        str | None, typer.Option(metavar="FILE", help="Or a strategy in a JSON file; - reads stdin")
    ] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day; default: all")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day, included")] = None,
    cash: Annotated[float, typer.Option(help="Cash on the first day")] = 100_000,
    max_position: Annotated[float, typer.Option(help="The most of the capital in a position, fraction")] = 0.2,
    commission: Annotated[float, typer.Option(help="Of what is bought or sold, fraction")] = 0.001,
    slippage: Annotated[float, typer.Option(help="By which each fill is worse, fraction")] = 0.0005,
    language: LanguageOption = None,
    json: JsonOption = False,
) -> None:
    """Run a strategy over a series, and show what it would have brought. Ctrl-C takes the order back."""
    if (strategy is None) == (rules is None):
        raise InputError("--strategy, --rules: give exactly one of the two")
    values = {
        "strategy_id": strategy,
        "strategy": None if rules is None else read_json_object("--rules", rules),
        "symbol": symbol,
        "start_date": start,
        "end_date": end,
        "initial_cash": cash,
        "max_position": max_position,
        "commission": commission,
        "slippage": slippage,
    }
    request = request_of(BacktestRequest, values, _OPTIONS)

    async def work(container: Container) -> None:
        ended = await _run(container, request)
        await _show(container, ended, language, as_json=json, trades=False)
        if ended.status is BacktestStatus.FAILED:
            raise typer.Exit(_FAILED)

    with_container(work)


@backtest_commands.command()
def show(
    backtest_id: Annotated[str, typer.Argument(help="The id of a backtest; `backtest list` has them")],
    trades: Annotated[bool, typer.Option("--trades", help="Show each trade")] = False,  # noqa: FBT002  a flag
    language: LanguageOption = None,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Show a backtest: curves, figures, assumptions; as JSON with all trades and curves."""

    async def work(container: Container) -> None:
        found = await container.services.backtests().get(backtest_id, LOCAL_CALLER.id)
        await _show(container, found, language, as_json=json, trades=trades)

    with_container(work, Needs.FIND)


@backtest_commands.command("list")
def list_(
    status: Annotated[BacktestStatus | None, typer.Option(help="Only these")] = None,
    strategy: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this strategy")] = None,
    limit: LimitOption = 20,
    offset: OffsetOption = 0,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """List backtests, the newest first."""

    async def work(container: Container) -> None:
        which = BacktestFilter(LOCAL_CALLER.id, status, strategy)
        found, total = await container.services.backtests().page(which, limit=limit, offset=offset)
        answers = await backtest_responses(found, container.services.report_orders(), None)
        page = BacktestListResponse(backtests=answers, total=total, limit=limit, offset=offset)
        print_json(page.model_dump(mode="json")) if json else out.print(backtests_table(page))

    with_container(work, Needs.FIND)


async def _run(container: Container, request: BacktestRequest) -> Backtest:
    """Orders a backtest and waits for its end; who stops waiting has not ordered it."""
    terms = Terms(
        symbol=request.symbol, start_date=request.start_date, end_date=request.end_date, config=request.config
    )
    service = container.services.backtests()
    try:
        ordered = await service.submit(request.strategy_id or request.strategy or {}, terms, LOCAL_CALLER.id)
    except InputError as error:
        raise in_options(error, _OPTIONS) from error
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        bar = progress.add_task(f"Backtest on {ordered.order.symbol}", total=1.0)
        try:
            return await _ended(container, ordered, lambda done: progress.update(bar, completed=done))
        except asyncio.CancelledError:
            await service.delete(ordered.backtest_id, LOCAL_CALLER.id)
            err.print("Stopped. The order was taken back.")
            raise


async def _ended(container: Container, ordered: Backtest, progress: Callable[[float], None]) -> Backtest:
    """Runs it here, or where a server on the same database was quicker, waits for that."""
    service: BacktestService = container.services.backtests()
    runner = container.services.backtest_runner()
    while True:
        run_here = asyncio.create_task(runner.run_one(ordered.backtest_id))
        try:
            while not run_here.done():
                await asyncio.wait({run_here}, timeout=_LOOK_SECONDS)
                progress((await service.get(ordered.backtest_id, LOCAL_CALLER.id)).progress)
        finally:
            run_here.cancel()
            await asyncio.gather(run_here, return_exceptions=True)
        run_here.result()
        found = await service.get(ordered.backtest_id, LOCAL_CALLER.id)
        if found.status in _FINAL:
            return found
        await asyncio.sleep(_LOOK_SECONDS)


async def _show(
    container: Container, backtest: Backtest, language: Language | None, *, as_json: bool, trades: bool
) -> None:
    parts = await container.services.backtests().parts(backtest)
    (answer,) = await backtest_responses([backtest], container.services.report_orders(), language)
    if not as_json:
        spoken = language or language_of(backtest.order.strategy)
        show_backtest(answer, None if parts is None else put_together(parts), spoken, trades=trades)
        return
    shown: dict[str, Any] = answer.model_dump(mode="json")
    if parts is not None:
        shown |= {"trades": orjson.Fragment(unpacked(parts.trades)), "curves": orjson.Fragment(unpacked(parts.curves))}
    print_json(shown)
