"""How the demo shows the report that was ordered with the backtest."""

import asyncio

from app.cli.console import program
from app.cli.demo.tour import Tour, paid
from app.errors import TollgateError

_LOOK_SECONDS = 0.1


async def ordered_report(tour: Tour) -> str:
    """Waits until the report is written; its summary, and what its check found, for people.

    Raises:
        TollgateError: it could not be written.
    """
    report = {"status": "waiting"}
    while report["status"] in {"waiting", "writing"}:
        await asyncio.sleep(_LOOK_SECONDS)
        report = (await tour.ask("GET", f"/backtests/{tour.backtest_id}"))["report"]
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
        paid(answer),
    ]
    return "\n\n".join(parts)
