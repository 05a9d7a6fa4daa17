"""How the demo goes on with a built strategy: a person approves it, and it is run over the S&P 500."""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.cli.backtest_words import CURVES, HEADINGS, OF_BOTH
from app.cli.demo.tour import Tour
from app.cli.sparkline import sparkline
from app.errors import TollgateError
from app.quant.words import Language

_LOOK_SECONDS = 0.1
_CURVE = 60
"""Characters."""
_SHOWN = {"total_return", "annualised_return", "volatility", "sharpe_ratio", "max_drawdown"}


async def approved_backtest(tour: Tour) -> str:
    """Approves what was built last, and runs it with a report on it ordered; the answers for people."""
    waiting = await tour.ask("GET", "/gen-ai/strategy-builder?status=pending&limit=1")
    build_id = waiting["builds"][0]["build_id"]
    approved = await tour.ask("POST", f"/gen-ai/strategy-builder/{build_id}/approval", {"action": "approve"})
    tour.strategies.append(approved["strategy_id"])
    ordered = {"strategy_id": approved["strategy_id"], "symbol": "GSPC", "report": {"language": tour.language}}
    done = await finished(tour, await tour.ask("POST", "/gen-ai/chatops/backtests", ordered))
    tour.backtest_id = done["backtest_id"]
    head = f"Approved {build_id},\nstored as {approved['strategy_id']},\nran it as {tour.backtest_id}"
    curves = (await tour.ask("GET", f"/backtests/{tour.backtest_id}?include=curves"))["curves"]
    return "\n\n".join([head, _curves(curves, tour.language), _figures(done["result"], tour.language)])


async def finished(tour: Tour, backtest: dict[str, Any]) -> dict[str, Any]:
    """The backtest once it is done.

    Raises:
        TollgateError: it has failed.
    """
    while backtest["status"] in {"queued", "running"}:
        await asyncio.sleep(_LOOK_SECONDS)
        backtest = await tour.ask("GET", f"/backtests/{backtest['backtest_id']}?language={tour.language}")
    if backtest["failure"] is not None:
        raise TollgateError(f"The backtest {backtest['backtest_id']} has failed: {backtest['failure']}")
    return backtest


def _curves(curves: dict[str, Sequence[float]], language: Language) -> str:
    equity, benchmark, _ = CURVES[language]
    return "\n".join(
        [
            f"{sparkline(curves['equity'], _CURVE)} {equity}",
            f"{sparkline(curves['benchmark_equity'], _CURVE)} {benchmark}",
        ]
    )


def _figures(result: dict[str, Any], language: Language) -> str:
    _, strategy, benchmark = HEADINGS[language]
    lines = [f"{result['symbol']}, {result['first_day']} - {result['last_day']}: {strategy} / {benchmark}"]
    for figure in OF_BOTH:
        if figure.name in _SHOWN:
            values = (result[whose][figure.name] for whose in ("metrics", "benchmark"))
            written = " / ".join("-" if value is None else figure.form.format(value) for value in values)
            lines.append(f"- {figure.called(language)}: {written}")
    return "\n".join(lines)
