"""How `tollgate backtest` shows backtests to people, and what their figures are called in both languages."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from app.cli.console import out, say, sparkline, table
from app.cli.strategy import moment
from app.quant.backtest import BacktestResult, Trade
from app.quant.backtest.result import exit_reason_in_words
from app.quant.words import Language
from app.schemas.backtests import BacktestListResponse, BacktestResponse, OrderedReport


class Figure(NamedTuple):
    """`name` is the field of the metrics; `form` is how its value is written."""

    name: str
    form: str
    en: str
    ko: str

    def called(self, language: Language) -> str:
        return self.ko if language == "ko" else self.en


_PERCENT, _RATIO, _AMOUNT, _COUNT = "{:.2%}", "{:.2f}", "{:,.2f}", "{:,}"

OF_BOTH = (
    Figure("total_return", _PERCENT, "Total return", "총수익률"),
    Figure("annualised_return", _PERCENT, "Return a year", "연환산 수익률"),
    Figure("volatility", _PERCENT, "Volatility a year", "연환산 변동성"),
    Figure("sharpe_ratio", _RATIO, "Sharpe ratio", "샤프 지수"),
    Figure("sortino_ratio", _RATIO, "Sortino ratio", "소르티노 지수"),
    Figure("calmar_ratio", _RATIO, "Calmar ratio", "칼마 지수"),
    Figure("max_drawdown", _PERCENT, "Maximum drawdown", "최대 낙폭"),
    Figure("var_95", _PERCENT, "Value at risk 95 %, a day", "95% VaR (1일)"),
    Figure("var_99", _PERCENT, "Value at risk 99 %, a day", "99% VaR (1일)"),
    Figure("cvar_95", _PERCENT, "Shortfall 95 %, a day", "95% CVaR (1일)"),
    Figure("cvar_99", _PERCENT, "Shortfall 99 %, a day", "99% CVaR (1일)"),
    Figure("final_value", _AMOUNT, "Final value", "최종 평가액"),
)
"""Figures that the strategy and the benchmark have."""

OF_STRATEGY = (
    Figure("total_trades", _COUNT, "Closed trades", "청산된 거래"),
    Figure("winning_trades", _COUNT, "Won", "이익 거래"),
    Figure("losing_trades", _COUNT, "Lost", "손실 거래"),
    Figure("win_rate", _PERCENT, "Win rate", "승률"),
    Figure("open_trades", _COUNT, "Still held", "보유 중"),
    Figure("exposure", _PERCENT, "Days with something held", "보유 일수 비중"),
    Figure("alpha", _PERCENT, "Alpha a year", "알파 (연)"),
    Figure("beta", _RATIO, "Beta", "베타"),
)
"""Figures that the strategy alone has."""

HEADINGS: dict[Language, tuple[str, str, str]] = {
    "en": ("Figure", "Strategy", "Benchmark"),
    "ko": ("지표", "전략", "벤치마크"),
}
CURVES: dict[Language, tuple[str, str, str]] = {
    "en": ("Equity", "Benchmark", "Drawdown"),
    "ko": ("평가액", "벤치마크", "낙폭"),
}
TRADES: dict[Language, tuple[str, ...]] = {
    "en": ("Bought", "Paid", "Sold", "Got", "Because", "Days", "Profit", "%"),
    "ko": ("매수일", "매수가", "매도일", "매도가", "사유", "일수", "손익", "%"),
}


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
