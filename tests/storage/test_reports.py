"""Reports as stored, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest

from app.services.gen_ai.reports.ports import ReportsUnavailableError
from app.storage.database import Database
from app.storage.opening import database_at
from app.storage.reports import SqlReportStore
from tests.fakes.stored import NOON
from tests.fakes.stored_reports import stored_report


@pytest.fixture
def reports(each_database: Database) -> SqlReportStore:
    return SqlReportStore(each_database)


async def test_a_report_comes_back_as_it_was_kept(reports: SqlReportStore) -> None:
    """To the last digit of its figures, with its fact check, its receipt and its time in UTC."""
    for kept in (stored_report("report_1"), stored_report("report_2", backtest_id=None, rules=())):
        await reports.add(kept)
        assert await reports.get(kept.report_id) == kept
    assert await reports.get("report_3") is None


async def test_a_report_with_a_character_that_postgresql_keeps_in_no_text_is_kept(reports: SqlReportStore) -> None:
    """A model may write U+0000, in the title and in the name of a strategy too; the report was paid for."""
    plain = stored_report()
    summary = plain.report.executive_summary.model_copy(update={"title": "Up\0"})
    kept = stored_report(
        report=plain.report.model_copy(update={"executive_summary": summary}),
        figures=plain.figures.model_copy(update={"strategy_name": "RSI\0"}),
    )
    await reports.add(kept)
    assert await reports.get("report_1") == kept
    ((item,), _) = await reports.page(kept.owner_id, limit=1, offset=0)
    assert (item.title, item.strategy_name) == ("Up\N{REPLACEMENT CHARACTER}", "RSI\N{REPLACEMENT CHARACTER}")


async def test_an_owners_reports_come_in_pages_the_newest_first(reports: SqlReportStore) -> None:
    for number in range(4):
        owner = "bob" if number == 1 else "ann"
        moment = NOON + timedelta(minutes=number)
        await reports.add(stored_report(f"report_{number}", owner_id=owner, created_at=moment))
    found, total = await reports.page("ann", limit=2, offset=1)
    assert ([one.report_id for one in found], total) == (["report_2", "report_0"], 3)
    assert await reports.page("eve", limit=2, offset=0) == ([], 0)


async def test_a_store_that_cannot_be_reached_says_so() -> None:
    database = database_at("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    store = SqlReportStore(database)
    with pytest.raises(ReportsUnavailableError):
        await store.get("report_1")
    with pytest.raises(ReportsUnavailableError):
        await store.add(stored_report("report_1"))
    await database.close()
