"""Orders of reports, for tests."""

from typing import Any

from app.services.gen_ai.reports.orders import ReportOrder
from tests.fakes.stored import NOON


def report_order(backtest_id: str = "bt_1", **changes: Any) -> ReportOrder:
    made: dict[str, Any] = {
        "backtest_id": backtest_id,
        "owner_id": "ann",
        "report_id": f"report_of_{backtest_id}",
        "language": "en",
        "detail": "brief",
        "model_id": None,
        "ordered_at": NOON,
    }
    return ReportOrder(**made | changes)
