"""How `tollgate backtest` shows backtests to people."""

from collections.abc import Sequence
from datetime import date

from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from app.cli.backtest_words import CURVES, HEADINGS, OF_BOTH, OF_STRATEGY, TRADES, Figure
from app.cli.console import out, table
from app.cli.sparkline import sparkline
from app.cli.strategy_view import moment, say
from app.quant.backtest import BacktestResult, Trade
from app.quant.backtest.result import exit_reason_in_words
from app.quant.words import Language
from app.schemas.backtests import BacktestListResponse, BacktestResponse, OrderedReport

_WIDEST = 100
"""Characters of a curve; more tell nobody more."""


def backtests_table(page: BacktestListResponse) -> Table:
    columns = {"Backtest": "wrap", "Status": "left", "Return": "right", "Sharpe": "right", "Drawdown": "right"}
    rows = [_row(each) for each in page.backtests]
    return table(f"Backtests ({len(rows)} of {page.total})", columns, rows)


def _row(backtest: BacktestResponse) -> list[str]:
    """Below its id, what was run over what, and when it was ordered."""
    metrics = None if backtest.result is None else backtest.result.metrics
    status = (
        f"{backtest.status.value} {backtest.progress:.0%}" if backtest.status == "running" else backtest.status.value
    )
    figures = ["-"] * 3
    if metrics is not None:
        shown = (("{:.2%}", metrics.total_return), ("{:.2f}", metrics.sharpe_ratio), ("{:.2%}", metrics.max_drawdown))
        figures = [_written(form, value) for form, value in shown]
    what = f"{backtest.strategy.name}, {backtest.symbol}, {moment(backtest.queued_at)} UTC"
    return [f"{backtest.backtest_id}\n{escape(what)}", status, *figures]


def show_backtest(
    backtest: BacktestResponse, result: BacktestResult | None, language: Language, *, trades: bool
) -> None:
    """`result` is None where there is none, or none yet."""
    say(f"{backtest.strategy.name}: {backtest.symbol}, {_range(backtest)}")
    for sentence in backtest.rules_in_words:
        say(f"- {sentence}")
    if result is None:
        why = f": {backtest.failure}" if backtest.failure else f", {backtest.progress:.0%} done"
        say(f"{backtest.backtest_id}: {backtest.status.value}{why}")
        _say_report(backtest.report)
        return
    _show_curves(result, language)
    out.print(_metrics_table(result, language))
    if trades:
        out.print(_trades_table(result.trades, language))
    for sentence in backtest.assumptions_in_words:
        say(f"- {sentence}")
    say(f"{backtest.backtest_id}: {backtest.status.value}")
    _say_report(backtest.report)


def _say_report(report: OrderedReport | None) -> None:
    """What has become of the report that was ordered with it, if one was."""
    if report is not None:
        which = report.report_id or report.failure
        say(f"report: {report.status}" + (f", {which}" if which else ""))


def _range(backtest: BacktestResponse) -> str:
    if backtest.result is not None:
        return f"{backtest.result.first_day} - {backtest.result.last_day}"
    days: Sequence[date | str] = backtest.start_date or "...", backtest.end_date or "..."
    return " - ".join(map(str, days))


def _show_curves(result: BacktestResult, language: Language) -> None:
    curves = result.equity, result.benchmark_equity, result.drawdown
    widest = max(map(cell_len, CURVES[language]))
    for label, curve in zip(CURVES[language], curves, strict=True):
        padded = label + " " * (widest - cell_len(label) + 1)
        say(padded + sparkline(curve, min(_WIDEST, out.width - widest - 1)))


def _metrics_table(result: BacktestResult, language: Language) -> Table:
    heading, strategy, benchmark = HEADINGS[language]
    rows = [[each.called(language), _value(each, result.metrics), _value(each, result.benchmark)] for each in OF_BOTH]
    rows += [[each.called(language), _value(each, result.metrics), ""] for each in OF_STRATEGY]
    return table("", {heading: "left", strategy: "right", benchmark: "right"}, rows)


def _trades_table(trades: Sequence[Trade], language: Language) -> Table:
    justified = ("left", "right", "left", "right", "left", "right", "right", "right")
    columns = dict(zip(TRADES[language], justified, strict=True))
    return table("", columns, [_trade(trade, language) for trade in trades])


def _trade(trade: Trade, language: Language) -> list[str]:
    return [
        str(trade.entry_day),
        f"{trade.entry_price:,.2f}",
        "-" if trade.exit_day is None else str(trade.exit_day),
        _written("{:,.2f}", trade.exit_price),
        exit_reason_in_words(trade.exit_reason, language),
        _written("{}", trade.days_held),
        f"{trade.profit:,.2f}",
        f"{trade.profit_fraction:.2%}",
    ]


def _value(figure: Figure, of: object) -> str:
    return _written(figure.form, getattr(of, figure.name))


def _written(form: str, value: float | None) -> str:
    """A dash where it is not defined."""
    return "-" if value is None else form.format(value)
