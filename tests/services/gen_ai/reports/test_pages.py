"""Stored reports as documents, with their backtest and without it."""

from app.quant.backtest import backtest
from app.quant.market import market_data
from app.services.backtests.service import FinishedBacktest
from app.services.gen_ai.fact_check import Unit
from app.services.gen_ai.reports.basis import ReportBasis
from app.services.gen_ai.reports.library import _UNITS, document_of
from app.services.gen_ai.reports.page import to_html, to_markdown
from app.services.gen_ai.reports.prompt import prose_of
from app.services.gen_ai.reports.verifier import fact_info
from tests.fakes.report_documents import crossover, long_backtest, report_on
from tests.fakes.stored import queued
from tests.fakes.stored_reports import stored_report
from tests.tables import each_line


def test_with_its_backtest_it_has_curves_and_without_it_the_figures_that_were_kept() -> None:
    stored = stored_report()
    whole = document_of(stored, FinishedBacktest(queued(), crossover(), long_backtest()))
    assert whole.measured.curves is not None
    bare = document_of(stored, None)
    assert bare.measured.curves is None
    assert bare.measured.strategy["total_return"] == long_backtest().metrics.total_return
    assert bare.measured.benchmark["max_drawdown"] == long_backtest().benchmark.max_drawdown
    assert (bare.measured.first_day, bare.measured.last_day) == (long_backtest().first_day, long_backtest().last_day)


def test_the_document_says_who_wrote_it_and_what_the_check_found() -> None:
    stored = stored_report()
    document = document_of(stored, None)
    assert (document.provenance.model_id, str(document.provenance.cost_usd)) == ("gpt-4o", "0.0004215")
    assert document.fact_check is not None
    assert len(document.fact_check.numbers) == len(stored.fact_check.numbers)
    assert document.fact_check.wrong == len(stored.fact_check.violations)


@each_line("unit", list(Unit))
def test_the_page_knows_every_unit_of_the_checker(unit: Unit) -> None:
    assert _UNITS[unit.value]


def test_every_kind_of_fact_can_be_printed() -> None:
    """Whatever a report states, its page can be made."""
    strategy, bars = crossover(), market_data().bars("GSPC")
    basis = ReportBasis.of_finished(FinishedBacktest(queued(), strategy, backtest(strategy, bars)), bars)
    check = stored_report().fact_check
    number = next(one for one in check.numbers if one.fact)
    numbers = [number.model_copy(update={"fact": fact_info(fact)}) for fact in basis.subject.facts]
    stored = stored_report(fact_check=check.model_copy(update={"numbers": numbers}))
    document = document_of(stored, None)
    for page in (to_html(document), to_markdown(document)):
        assert "benchmark" in page


def test_the_prose_is_every_text_of_the_report_but_the_words_of_the_schema() -> None:
    report = report_on(long_backtest(), "en")
    prose = prose_of(report)
    assert list(prose)[:3] == [
        "executive_summary.title",
        "executive_summary.overview",
        "executive_summary.key_findings.0",
    ]
    assert prose["recommendations.0.action"] == report.recommendations[0].action
    assert not {"executive_summary.recommendation", "risk_assessment.level"} & prose.keys()
