"""Reports as they are stored, for tests."""

from typing import Any

from app.quant.backtest import Performance
from app.schemas.gen_ai.common import AttemptInfo, GenAiResponse, TokenUsageInfo
from app.services.gen_ai.fact_check import BacktestFigures, Metrics, Regime, Subject, Variation
from app.services.gen_ai.reports.ports import StoredReport
from app.services.gen_ai.reports.prompt import prose_of
from app.services.gen_ai.reports.verifier import checked
from app.vocabulary import AttemptStatus
from tests.fakes.report_documents import long_backtest, report_on
from tests.fakes.stored import NOON

RECEIPT = GenAiResponse(
    accepted=True,
    attempts=[
        AttemptInfo(
            attempt_id="att_1",
            model_id="gpt-4o",
            status=AttemptStatus.MEASURED,
            accepted=True,
            violations=[],
            tool_calls=[],
            error=None,
            cost_usd="0.0004215",
        )
    ],
    cost_per_accepted_answer_usd="0.0004215",
    model_id="gpt-4o",
    requested_model_id=None,
    model_reason=None,
    usage=TokenUsageInfo(input_tokens=10, cached_input_tokens=0, output_tokens=5, reasoning_tokens=0),
    cost_usd="0.0004215",
    upstream="simulator",
    operation_id="op_1",
)


def figures() -> BacktestFigures:
    """Those of a long backtest, and numbers that no decimal fraction is."""
    found = long_backtest()

    def metrics(measured: Performance) -> Metrics:
        return Metrics(total_return=measured.total_return, max_drawdown=measured.max_drawdown)

    return BacktestFigures(
        strategy_name="SMA 20/60",
        symbol=found.symbol,
        start_date=found.first_day,
        end_date=found.last_day,
        metrics=metrics(found.metrics),
        benchmark=metrics(found.benchmark),
        sensitivity=(Variation(parameter="sma_period", value=25, metrics=Metrics(total_return=0.1 + 0.2)),),
        regimes=(Regime(name="bull", days=3, share=1 / 3, metrics=Metrics(total_return=2 / 3)),),
    )


def stored_report(report_id: str = "report_1", **changes: Any) -> StoredReport:
    """An English report, not all of whose figures are known, so that its fact check has something to say."""
    report, known = report_on(long_backtest(), "en"), figures()
    made: dict[str, Any] = {
        "report_id": report_id,
        "owner_id": "ann",
        "backtest_id": "bt_1",
        "language": "en",
        "detail": "standard",
        "report": report,
        "fact_check": checked(prose_of(report), Subject.of(known), "en"),
        "figures": known,
        "rules": ("Buys when …", "매도합니다."),
        "receipt": RECEIPT,
        "created_at": NOON,
    }
    return StoredReport(**made | changes)
