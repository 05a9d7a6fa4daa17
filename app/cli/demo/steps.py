"""The steps of the demo: build, approve and run, report, compare, ask."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.cli.backtest_view import CURVES, HEADINGS, OF_BOTH
from app.cli.compare import caveats_and_words, correlation_table, ranking_table
from app.cli.console import out, program, sparkline
from app.cli.demo.tour import Tour, cost_line
from app.cli.strategy import confidence_in_words, dry_run_in_words
from app.errors import TollgateError
from app.quant.words import Language
from app.schemas.gen_ai.comparison import ComparisonResponse
from app.schemas.gen_ai.strategy_review import Confidence, DryRunReport
from app.simulator import Fault

SEEDED = Fault(kind="never_fires", times=2)
"""Two strategies that wait for what never happens: the first is repaired in vain, then a better model is asked."""
_SEEDED_WORDS = "The simulator was told to get the first two answers wrong, to show how repair and climb work."


async def built_strategy(tour: Tour) -> str:
    """A sentence to a strategy that waits for approval; the answer for people."""
    answer = await tour.ask("POST", "/gen-ai/strategy-builder", {"query": tour.words.strategy})
    parts = [
        f"> {tour.words.strategy}",
        "\n".join(_attempts(answer["attempts"], simulated=answer["upstream"] == "simulator")),
        "\n".join(answer["rules_in_words"]),
        answer["explanation"],
        dry_run_in_words(DryRunReport.model_validate(answer["dry_run"])),
        "\n".join(confidence_in_words(Confidence.model_validate(answer["confidence"]))),
        cost_line(answer),
    ]
    return "\n\n".join(parts)


def _attempts(attempts: list[dict[str, Any]], *, simulated: bool) -> Iterator[str]:
    for number, attempt in enumerate(attempts, start=1):
        yield f"Attempt {number}, {attempt['model_id']}: {'accepted' if attempt['accepted'] else 'rejected'}"
        yield from (f"  - {violation}" for violation in attempt["violations"])
    if simulated:
        yield _SEEDED_WORDS


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


async def _ask_until(tour: Tour, path: str, is_over: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The answer of an endpoint, asked again until it says that something is over: nobody tells the demo."""
    answer = await tour.ask("GET", path)
    while not is_over(answer):
        await asyncio.sleep(_LOOK_SECONDS)
        answer = await tour.ask("GET", path)
    return answer


async def finished(tour: Tour, backtest: dict[str, Any]) -> dict[str, Any]:
    """The backtest once it is done.

    Raises:
        TollgateError: it has failed.
    """
    path = f"/backtests/{backtest['backtest_id']}?language={tour.language}"
    backtest = await _ask_until(tour, path, lambda answer: answer["status"] not in {"queued", "running"})
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


async def ordered_report(tour: Tour) -> str:
    """Waits until the report is written; its summary, and what its check found, for people.

    Raises:
        TollgateError: it could not be written.
    """
    path = f"/backtests/{tour.backtest_id}"
    backtest = await _ask_until(tour, path, lambda answer: answer["report"]["status"] not in {"waiting", "writing"})
    report = backtest["report"]
    if report["failure"] is not None:
        raise TollgateError(f"The report on {tour.backtest_id} was not written: {report['failure']}")
    answer = await tour.ask("GET", f"/gen-ai/narrative-report/{report['report_id']}")
    summary, check = answer["report"]["executive_summary"], answer["fact_check"]
    claims = len(check["claims"])
    matched = sum(number["status"] == "matched" for number in check["numbers"])
    parts = [
        f"{summary['title']}\n{summary['overview']}",
        "\n".join(f"- {finding}" for finding in summary["key_findings"]),
        f"Checked: {matched} figures matched to facts of the backtest, {claims} claims compared with them.",
        f"The page with charts: {program()} report show {report['report_id']} --html report.html",
        cost_line(answer),
    ]
    return "\n\n".join(parts)


_METRICS = ["total_return", "sharpe_ratio", "max_drawdown"]


async def comparison(tour: Tour) -> str:
    """Prints the tables of the comparison; gives its words."""
    tour.strategies += await asyncio.gather(*(_rival(tour, words) for words in tour.words.rivals))
    body = {
        "strategies": [{"strategy_id": strategy_id} for strategy_id in tour.strategies],
        "metrics": _METRICS,
        "language": tour.language,
        "question": tour.words.comparison,
    }
    answer = await tour.ask("POST", "/gen-ai/chatops/compare", body)
    response = ComparisonResponse.model_validate(answer)
    out.print(ranking_table(response))
    out.print(correlation_table(response))
    return "\n".join([f"> {tour.words.comparison}\n", *caveats_and_words(response), "", cost_line(answer)])


async def _rival(tour: Tour, query: str) -> str:
    """The id of a strategy that is stored without asking anybody, and has been run."""
    built = await tour.ask("POST", "/gen-ai/strategy-builder", {"query": query, "require_approval": False})
    strategy_id: str = built["strategy_id"]
    order = {"strategy_id": strategy_id, "symbol": "GSPC"}
    await finished(tour, await tour.ask("POST", "/gen-ai/chatops/backtests", order))
    return strategy_id


async def question(tour: Tour) -> str:
    """A question that is answered from what is stored, with what was looked up for it."""
    session = await tour.ask("POST", "/gen-ai/chatops/sessions")
    path = f"/gen-ai/chatops/sessions/{session['session_id']}/chat"
    answer = await tour.ask("POST", path, {"message": tour.words.chat})
    run_tool_calls = "\n".join(f"looks up {use['name']}({_given(use['arguments'])})" for use in answer["tools"])
    return "\n\n".join([f"> {tour.words.chat}", run_tool_calls, answer["answer"], cost_line(answer)])


def _given(arguments: dict[str, object] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (arguments or {}).items() if value is not None)
