"""The tables hold what was measured, and say why something is missing."""

from dataclasses import replace
from datetime import date

import pytest

from app.quant.backtest import BacktestConfig, backtest
from app.services.gen_ai.fact_check.facts.metrics import METRICS as CHECKED
from app.services.gen_ai.reports.page import CheckedNumber, Curves, Fact, FactCheckList, Measured
from app.services.gen_ai.reports.page.check_tables import (
    claim_table,
    fact_in_words,
    number_table,
    source_list,
    source_note,
    verdict_on_text,
)
from app.services.gen_ai.reports.page.number_style import METRICS, NOTHING
from app.services.gen_ai.reports.page.tables import Table, headlines, metric_table, trade_table, year_table
from app.services.gen_ai.reports.page.words import Words
from app.services.gen_ai.reports.page.words_en import ENGLISH
from app.services.gen_ai.reports.page.words_ko import KOREAN
from tests.fakes.bars import flat_bars
from tests.fakes.report_documents import PROVENANCE, document, long_backtest
from tests.fakes.strategies import plan, rules
from tests.tables import each_line


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for group in table.groups for row in group.rows]


def _measured(strategy: dict[str, float | None], benchmark: dict[str, float | None]) -> Measured:
    return Measured(
        symbol="X", first_day=date(2020, 1, 6), last_day=date(2020, 1, 7), strategy=strategy, benchmark=benchmark
    )


def test_every_metric_of_a_backtest_stands_in_the_table_once() -> None:
    """A metric that is added to the engine and not to the page fails here."""
    measured = Measured.of_result(long_backtest())
    table = metric_table(measured, ENGLISH)
    assert {metric.name for metric in METRICS} == set(measured.strategy)
    assert [row[0] for row in _texts(table)] == [ENGLISH.metrics[metric.name] for metric in METRICS]


def test_the_strategy_stands_beside_the_benchmark() -> None:
    rows = {row[0]: row[1:] for row in _texts(metric_table(Measured.of_result(long_backtest()), ENGLISH))}
    assert rows["Total return"] == ["47.9%", "104.1%"]
    assert rows["Maximum drawdown"] == ["-41.8%", "-56.8%"]
    assert rows["Sharpe ratio"] == ["0.05", "0.18"]
    assert rows["Final value"] == ["147,876", "204,124"]
    assert rows["Closed trades"] == ["47", NOTHING]


def test_a_figure_that_is_missing_says_why() -> None:
    strategy: dict[str, float | None] = {"total_return": 0.0, "sharpe_ratio": None, "win_rate": None, "alpha": None}
    table = metric_table(_measured(strategy, {"total_return": 0.1, "volatility": 0.2}), ENGLISH)
    notes = {note.mark: note.text for note in table.notes}
    found = {
        row[0].text: [notes[cell.note] if cell.note else cell.text for cell in row[1:]]
        for group in table.groups
        for row in group.rows
    }
    assert found == {
        "Total return": ["0.0%", "10.0%"],
        "Volatility, a year": ["Not measured.", "20.0%"],
        "Sharpe ratio": ["It needs values that move.", "Not measured."],
        "Alpha, a year": ["It needs values that move.", "This is measured against the benchmark itself."],
        "Win rate": ["No trade was closed.", "The benchmark is bought once and held."],
    }


def test_every_figure_that_a_still_backtest_lacks_has_a_reason_of_its_own() -> None:
    """Prices that never move, and no trade: whatever the engine leaves undefined is explained, never "not measured"."""
    measured = Measured.of_result(backtest(plan(rules("any")), flat_bars(*[100.0] * 40)))
    table = metric_table(measured, ENGLISH)
    undefined = [name for name, value in measured.strategy.items() if value is None]
    assert {"sharpe_ratio", "sortino_ratio", "calmar_ratio", "win_rate", "alpha", "beta"} == set(undefined)
    assert "Not measured." not in [note.text for note in table.notes]
    marks = [cell.note for group in table.groups for row in group.rows for cell in row[1:] if cell.text == NOTHING]
    assert marks
    assert None not in marks


def test_without_a_benchmark_there_is_no_column_for_it() -> None:
    table = metric_table(_measured({"total_return": 0.1}, {}), ENGLISH)
    assert [column.label for column in table.columns] == ["Figure", "Strategy"]
    assert _texts(table) == [["Total return", "10.0%"]]


def test_headlines_are_the_figures_that_have_a_value() -> None:
    strategy: dict[str, float | None] = {"total_return": 0.1, "sharpe_ratio": None, "max_drawdown": -0.2}
    found = headlines(_measured(strategy, {"total_return": 0.3}), KOREAN)
    assert [(each.label, each.value, each.benchmark) for each in found] == [
        ("총수익률", "10.0%", "30.0%"),
        ("최대 낙폭", "-20.0%", None),
    ]


def test_the_years_multiply_to_the_total_return_and_show_the_deepest_drawdown() -> None:
    days = (date(2019, 12, 30), date(2019, 12, 31), date(2020, 6, 1), date(2020, 12, 31), date(2021, 1, 4))
    table = year_table(Curves(days, (100.0, 110, 88, 121, 121), (100.0, 100, 50, 100, 200)), ENGLISH)
    assert _texts(table) == [
        ["2019", "+10.0%", "0.0%", "0.0%"],
        ["2020", "+10.0%", "0.0%", "-20.0%"],
        ["2021", "0.0%", "+100.0%", "0.0%"],
    ]
    assert table.lead is not None
    assert "2019-12-30" in table.lead
    assert "2021-01-04" in table.lead


def test_a_range_within_one_year_is_one_row() -> None:
    table = year_table(Curves((date(2020, 3, 2), date(2020, 3, 3)), (100.0, 90.0)), ENGLISH)
    assert _texts(table) == [["2020", "-10.0%", "-10.0%"]]


def test_trades_are_listed_with_their_reason_and_why_they_are_listed() -> None:
    table = trade_table(long_backtest().trades, ENGLISH.trades, "en")
    assert table.lead == "18 of 47 trades: the first 5, the last 5, the 5 best and the 5 worst."
    first = [
        "1",
        "1999-07-06",
        "1,391.92",
        "1999-08-03",
        "1,321.66",
        "-5,237",
        "-5.2%",
        "20",
        "stop loss",
        "first, worst",
    ]
    assert _texts(table)[0] == first
    assert len(table.columns) == len(first)


def test_a_trade_that_is_still_open_has_no_sale() -> None:
    result = backtest(
        plan([], [], position_size=1),
        flat_bars(100, 100, 110),
        BacktestConfig(max_position=1, commission=0, slippage=0),
    )
    table = trade_table(result.trades, KOREAN.trades, "ko")
    assert _texts(table) == [["1", "2020-01-07", "100.00", NOTHING, NOTHING, "10,000", "+10.0%", NOTHING, "보유 중"]]
    assert table.lead == "전체 1건입니다."


def test_no_trade_is_said_in_words() -> None:
    table = trade_table((), ENGLISH.trades, "en")
    assert (table.groups, table.lead) == ((), "No trade was made.")


def test_a_number_that_stands_in_the_text_twice_is_one_row() -> None:
    checked = document("en").fact_check
    assert checked is not None
    assert _texts(number_table(checked, ENGLISH, "en")) == [
        ["47.9% \N{MULTIPLICATION SIGN}2", "Total return", "47.9%", "matches"],
        ["104.1%", "Benchmark · Total return", "104.1%", "matches"],
        ["0.05", "Sharpe ratio", "0.05", "matches"],
        ["1999-01-04", "Date · first day", "1999-01-04", "matches"],
        ["10", NOTHING, NOTHING, "states no figure: a step to take"],
    ]
    assert _texts(claim_table(checked, ENGLISH)) == [["earned less than the benchmark", "agrees"]]


def test_a_number_that_matches_nothing_turns_the_verdict() -> None:
    number = CheckedNumber("74.9%", "unmatched", reason="total_return is 47.9%")
    checked = FactCheckList((number, replace(number, status="matched", fact=Fact("a", 1.0, "count", 0))))
    assert verdict_on_text(checked, ENGLISH) == ("Fact check failed: 1 not borne out", False)
    assert _texts(number_table(checked, KOREAN, "ko"))[0][-1] == "해당하는 사실 없음: total_return is 47.9%"
    assert verdict_on_text(FactCheckList(checked.numbers[1:]), ENGLISH) == ("Fact check passed: 1 matched", True)
    assert verdict_on_text(None, KOREAN) == ("본문 사실 확인 안 함", None)


def test_names_of_facts_are_said_in_words_as_far_as_there_are_any() -> None:
    assert fact_in_words("trades", KOREAN) == "청산한 거래"
    assert fact_in_words("regime.bull.benchmark.total_return", ENGLISH) == "Regime · bull · Benchmark · Total return"
    assert fact_in_words("sensitivity.stop_loss=0.05.sharpe_ratio", KOREAN) == "민감도 · stop_loss=0.05 · 샤프 비율"
    assert fact_in_words("parameter.rsi_period", ENGLISH) == "Parameter · rsi_period"
    assert (
        fact_in_words("ratio(volatility, benchmark.volatility)", KOREAN)
        == "배율 (연간 변동성 / 벤치마크 · 연간 변동성)"
    )
    assert fact_in_words("correlation(A.returns, B.returns)", ENGLISH) == (
        "Correlation (A · Daily returns / B · Daily returns)"
    )
    strange = "difference(A: trades, B, C: trades)"
    assert fact_in_words(strange, ENGLISH).startswith("Difference (")


@pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_every_figure_that_the_fact_check_knows_has_words(words: Words) -> None:
    assert [name for name in CHECKED if fact_in_words(name, words) == name] == []


@each_line(
    ("upstream", "english", "korean"),
    [
        ("openai", "OpenAI", "OpenAI"),
        ("simulator", "Embedded simulator", "내장 시뮬레이터"),
        ("llm.example.com", "llm.example.com (OpenAI-compatible server)", "llm.example.com(OpenAI 호환 서버)"),
    ],
)
def test_a_page_says_who_wrote_its_text(upstream: str, english: str, korean: str) -> None:
    """A compatible server is not OpenAI; the note that no model took part stands under the simulator's text alone."""
    provenance = replace(PROVENANCE, upstream=upstream)
    assert source_list(provenance, ENGLISH.source)[0] == ("Text written by", english)
    assert source_list(provenance, KOREAN.source)[0][1] == korean
    assert (source_note(provenance, ENGLISH.source) is not None) == (upstream == "simulator")
