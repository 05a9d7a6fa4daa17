"""Reports over HTTP: what tests of them need done first."""

from typing import Any

import httpx2

from tests.fakes.report_documents import crossover

REPORTS = "/api/v1/gen-ai/narrative-report"
SUMMARY: dict[str, Any] = {
    "strategy_name": "Trend",
    "symbol": "AAPL",
    "start_date": "2023-01-02",
    "end_date": "2025-12-30",
    "metrics": {
        "total_return": 0.184,
        "sharpe_ratio": 0.79,
        "max_drawdown": -0.126,
        "total_trades": 42,
        "benchmark_return": 0.11,
    },
}
AVERAGES = crossover().model_dump(mode="json")


async def ordered(http: httpx2.AsyncClient, **changes: Any) -> str:
    """The id of a backtest that was just ordered, and may not have run yet."""
    body = {"strategy": AVERAGES, "symbol": "GSPC"} | changes
    response = await http.post("/api/v1/backtests", json=body)
    assert response.status_code == 202, response.text
    backtest_id: str = response.json()["backtest_id"]
    return backtest_id


async def backtested(http: httpx2.AsyncClient, **changes: Any) -> str:
    """The id of a backtest that has been run; a test that waits in vain ends with its timeout."""
    backtest_id = await ordered(http, **changes)
    while (await http.get(f"/api/v1/backtests/{backtest_id}")).json()["status"] != "done":
        pass
    return backtest_id


async def written(http: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    """A report as its writing answers."""
    if "backtest_id" not in body:
        body = {"backtest": SUMMARY} | body
    response = await http.post(REPORTS, json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer
