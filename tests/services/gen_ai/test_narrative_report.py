"""A report has what was asked for, and nothing that no figure stands behind."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from app.errors import AnswerRejectedError
from app.quant.words import Language
from app.schemas.gen_ai.fact_check import FactCheckInfo
from app.schemas.gen_ai.narrative_report import NarrativeReportRequest
from app.services.gen_ai.fact_check import Subject
from app.services.gen_ai.narrative_report import SERVICE
from app.services.gen_ai.reports.ports import ReportsUnavailableError
from app.services.gen_ai.reports.prompt import ReportAnswer
from app.services.gen_ai.reports.verifier import checked
from app.simulator.answers.question import Question, Turn
from tests.fakes.reports import MemoryReports, report_service
from tests.fakes.scripted_gate import ScriptedGate
from tests.fakes.stored import NOON

FULL: dict[str, Any] = {
    "executive_summary": {
        "title": "RSI 전략 성과 보고서",
        "overview": "연 수익률이 위험에 비해 좋습니다.",
        "key_findings": ["총수익률은 18.4%입니다.", "샤프 지수는 0.79입니다.", "최대 낙폭은 12.6%입니다."],
        "recommendation": "optimise",
    },
    "performance_analysis": dict.fromkeys(("returns", "risk", "risk_adjusted", "drawdown", "trades"), "양호합니다."),
    "strategy_insights": {"strengths": ["낙폭이 작습니다."], "weaknesses": ["거래가 적습니다."], "parameters": "없음"},
    "risk_assessment": {"level": "medium", "volatility": "보통입니다.", "drawdown": "작습니다.", "tail_risk": None},
    "sensitivity": None,
    "regimes": None,
    "market_context": None,
    "recommendations": [
        {"action": "기간을 늘립니다.", "rationale": "표본이 작습니다.", "next_steps": ["다른 기간에서 검증"]}
    ],
}
SHORT = FULL | {
    "performance_analysis": None,
    "strategy_insights": None,
    "risk_assessment": None,
    "recommendations": [],
}
ENGLISH = SHORT | {
    "executive_summary": {
        "title": "RSI 전략",
        "overview": "It earned more than it risked.",
        "key_findings": ["It made 18.4 %.", "Its Sharpe ratio is 0.79.", "It fell by 12.6 % at most."],
        "recommendation": "proceed",
    }
}


def _request(metrics: dict[str, float] | None = None, **changes: Any) -> NarrativeReportRequest:
    backtest = {
        "strategy_name": "RSI 전략",
        "symbol": "005930.KS",
        "start_date": "2025-01-02",
        "end_date": "2025-12-30",
        "metrics": {"total_return": 0.184, "sharpe_ratio": 0.79, "max_drawdown": -0.126} | (metrics or {}),
    }
    return NarrativeReportRequest.model_validate({"backtest": backtest} | changes)


async def _report(answer: dict[str, Any], request: NarrativeReportRequest) -> ScriptedGate:
    gate = ScriptedGate(ReportAnswer.model_validate(answer))
    await report_service(gate).generate_report(request, "alice")
    return gate


async def _rejected(answer: dict[str, Any], request: NarrativeReportRequest) -> list[str]:
    with pytest.raises(AnswerRejectedError) as caught:
        await _report(answer, request)
    violations: list[str] = caught.value.fields["violations"]
    return violations


async def test_the_prose_is_held_to_the_facts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check that accepts a report is the one that is kept with it."""
    checks: list[FactCheckInfo] = []

    def noting(texts: Mapping[str, str], subject: Subject, language: Language) -> FactCheckInfo:
        checks.append(checked(texts, subject, language))
        return checks[-1]

    monkeypatch.setattr("app.services.gen_ai.reports.verifier.checked", noting)
    written = await report_service(ScriptedGate(ReportAnswer.model_validate(FULL))).generate_report(_request(), "alice")
    assert written.fact_check.numbers
    assert checks == [written.fact_check]


async def test_a_report_comes_with_its_receipt() -> None:
    gate, store = ScriptedGate(ReportAnswer.model_validate(FULL)), MemoryReports()
    written = await report_service(gate, store).generate_report(_request(model_id="gpt-4o"), "alice")
    assert written.report.executive_summary.recommendation == "optimise"
    assert written.receipt.requested_model_id == "gpt-4o"
    assert (written.owner_id, written.backtest_id, written.created_at) == ("alice", None, NOON)
    assert store.reports == {written.report_id: written}


async def test_a_report_that_cannot_be_kept_is_handed_over_in_the_error() -> None:
    """It was paid for: who asked gets its text, what it cost and where to find that."""
    service = report_service(ScriptedGate(ReportAnswer.model_validate(FULL)), MemoryReports(lost=True))
    with pytest.raises(ReportsUnavailableError) as caught:
        await service.generate_report(_request(), "alice")
    fields = caught.value.fields
    assert fields["report"] == ReportAnswer.model_validate(FULL).model_dump(mode="json")
    assert fields["operation_id"]
    assert "cost_usd" in fields


async def test_the_task_says_who_asks_what_and_the_data_holds_only_what_was_measured() -> None:
    task = (await _report(FULL, _request())).tasks[0]
    assert (task.service, task.operation, task.caller_id) == (SERVICE, "write_narrative_report", "alice")
    assert (task.answer, task.requested_model_id) == (ReportAnswer, None)
    assert [message.role for message in task.messages] == ["instruction", "user"]
    assert Question(instructions="", turns=(Turn("user", task.messages[1].text),)).data == {
        "language": "ko",
        "detail": "standard",
        "backtest": {"strategy_name": "RSI 전략", "symbol": "005930.KS"},
        "facts": [
            {"name": "total_return", "value": 0.184, "unit": "fraction", "printed": "18.4%"},
            {"name": "sharpe_ratio", "value": 0.79, "unit": "ratio", "printed": "0.79"},
            {"name": "max_drawdown", "value": -0.126, "unit": "fraction", "printed": "-12.6%"},
            {"name": "growth_multiple", "value": 1.184, "unit": "multiple", "printed": "1.18 times"},
            {"name": "date.start", "value": "2025-01-02", "unit": "date", "printed": "2025-01-02"},
            {"name": "date.end", "value": "2025-12-30", "unit": "date", "printed": "2025-12-30"},
            {"name": "years", "value": 362 / 365.25, "unit": "years", "printed": "1"},
            {"name": "convention.days_per_year", "value": 252, "unit": "bars", "printed": "252"},
            {"name": "convention.risk_free_rate", "value": 0.02, "unit": "fraction", "printed": "2%"},
        ],
    }


async def test_more_detail_may_take_more_tokens() -> None:
    limits = [
        (await _report(FULL, _request(detail=detail))).tasks[0].max_output_tokens
        for detail in ("brief", "standard", "detailed")
    ]
    assert limits == sorted(set(limits))


async def test_a_brief_report_may_leave_sections_out() -> None:
    await _report(SHORT, _request(detail="brief"))


@pytest.mark.parametrize("detail", ["standard", "detailed"])
async def test_a_longer_report_needs_its_sections(detail: str) -> None:
    violations = await _rejected(SHORT, _request(detail=detail))
    assert violations == [
        f"{section} is empty; a {detail} report needs it"
        for section in ("performance_analysis", "strategy_insights", "risk_assessment", "recommendations")
    ]


async def test_tail_risk_needs_a_value_at_risk() -> None:
    with_tail = FULL | {"risk_assessment": FULL["risk_assessment"] | {"tail_risk": "일간 VaR는 2%입니다."}}
    violations = await _rejected(with_tail, _request())
    assert violations[0] == (
        "risk_assessment.tail_risk must be null: there are no facts about a value at risk (var_, cvar_)"
    )
    await _report(with_tail, _request({"var_95": -0.02}))
    await _report(with_tail, _request({"var_99": 0.02}))
    shortfall = FULL | {"risk_assessment": FULL["risk_assessment"] | {"tail_risk": "95% CVaR는 하루 3%입니다."}}
    await _report(shortfall, _request({"cvar_95": -0.03}))


@pytest.mark.parametrize(
    ("section", "text", "what"),
    [
        ("sensitivity", "수치가 없습니다.", "other parameters (sensitivity.)"),
        ("regimes", "수치가 없습니다.", "rising and falling markets (regime.)"),
        ("market_context", "수치가 없습니다.", "the benchmark (benchmark.)"),
    ],
)
async def test_a_section_without_facts_must_be_null(section: str, text: str, what: str) -> None:
    """Even where its text says nothing that is wrong."""
    assert await _rejected(FULL | {section: text}, _request()) == [
        f"{section} must be null: there are no facts about {what}"
    ]


async def test_a_wrong_number_is_named_with_its_field_and_what_the_facts_say() -> None:
    wrong = FULL | {"performance_analysis": FULL["performance_analysis"] | {"returns": "총수익률은 19.4%입니다."}}
    (violation,) = await _rejected(wrong, _request())
    assert violation.startswith("performance_analysis.returns: '19.4%'")
    assert "18.4%" in violation


async def test_a_wrong_direction_is_refused() -> None:
    """A claim without a number is held to the facts as well."""
    wrong = FULL | {"market_context": "전략은 벤치마크보다 적게 벌었습니다."}
    (violation,) = await _rejected(wrong, _request({"benchmark_return": 0.11}))
    assert violation.startswith("market_context: ")


async def test_the_fact_check_lists_each_number_with_its_field_and_its_fact() -> None:
    written = await report_service(ScriptedGate(ReportAnswer.model_validate(FULL))).generate_report(_request(), "alice")
    assert written.fact_check.passed
    assert [(one.where, one.text, one.fact and one.fact.name) for one in written.fact_check.numbers] == [
        ("executive_summary.key_findings.0", "18.4%", "total_return"),
        ("executive_summary.key_findings.1", "0.79", "sharpe_ratio"),
        ("executive_summary.key_findings.2", "12.6%", "max_drawdown"),
    ]


async def test_market_context_needs_a_benchmark() -> None:
    with_market = FULL | {"market_context": "벤치마크보다 7.4%p 더 벌었습니다."}
    violations = await _rejected(with_market, _request())
    assert violations[0] == "market_context must be null: there are no facts about the benchmark (benchmark.)"
    await _report(with_market, _request({"benchmark_return": 0.11}))


async def test_a_report_is_in_the_language_that_was_asked_for_whatever_the_strategy_is_called() -> None:
    english, korean = _request(detail="brief", language="en"), _request(detail="brief")
    gate = await _report(ENGLISH, english)
    assert gate.tasks[0].messages[1].text.startswith("Write the report")
    assert await _rejected(ENGLISH, korean) == ["write the texts in Korean"]
    assert await _rejected(SHORT, english) == ["write the texts in English, without Korean"]


@pytest.mark.parametrize("count", [2, 6])
def test_three_to_five_findings(count: int) -> None:
    summary = FULL["executive_summary"] | {"key_findings": ["하나"] * count}
    with pytest.raises(ValidationError, match="key_findings"):
        ReportAnswer.model_validate(FULL | {"executive_summary": summary})
