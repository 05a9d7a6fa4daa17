"""The five intents of the strategy builder over HTTP, and what each of them reports."""

from typing import Any

import httpx2
import pytest

from app.quant.backtest import backtest
from app.quant.strategy import Strategy
from app.quant.words import in_words
from app.simulator import Fault
from containers import Container
from tests.fakes.briefs import GSPC, MARKET, answer
from tests.fakes.building import QUERY, build

KOREAN = "RSI 30 이하에서 사고 70 이상에서 팔아줘. 손절은 5%로 해줘"


def _numbers(strategy: dict[str, Any]) -> list[Any]:
    """The period of the RSI and the two levels."""
    entry, leave = strategy["entry"]["conditions"][0], strategy["exit"]["conditions"][0]
    return [entry["left"]["period"], entry["right"]["value"], leave["right"]["value"]]


@pytest.mark.parametrize("query", [QUERY, KOREAN])
async def test_create_builds_a_new_strategy_with_everything_that_is_known_of_it(
    http: httpx2.AsyncClient, query: str
) -> None:
    built = await build(http, query)
    assert (built["intent"], _numbers(built["strategy"])) == ("create", [14, 30, 70])
    strategy = Strategy.model_validate(built["strategy"])
    assert built["rules_in_words"] == in_words(strategy, "ko" if query == KOREAN else "en")
    measured = backtest(strategy, GSPC).metrics
    run = built["dry_run"]
    assert (run["symbol"], run["first_day"], run["last_day"]) == ("GSPC", "1999-01-04", "2018-12-31")
    assert (run["total_return"], run["total_trades"]) == (measured.total_return, measured.total_trades)
    assert run["benchmark_return"] == measured.benchmark_return
    assert (run["entry"]["days"], run["days"]) == (99, 5030)
    assert built["confidence"]["value"] == 0.83
    assert (built["confidence"]["level"], len(built["confidence"]["reasons"])) == ("high", 3)
    checked = {each["parameter"]: each for each in built["validation"]["parameters"]}
    assert (checked["entry.1.number"]["lowest"], checked["entry.1.number"]["highest"]) == (0, 50)
    assert all(each["passes"] for each in checked.values())
    assert built["validation"]["problems"] == []
    assert len(built["alternatives"]) == 2
    assert (built["parameter_effects"], built["optimisation"]) == (None, None)
    assert built["assumptions"]


@pytest.mark.parametrize(("query", "language"), [("손절을 3%로 바꿔줘요", "ko"), ("Change the stop loss to 3 %", "en")])
async def test_modify_changes_what_is_named_and_keeps_the_rest(
    http: httpx2.AsyncClient, query: str, language: str
) -> None:
    before = (await build(http))["strategy"]
    built = await build(http, query, strategy=before, language=language)
    assert built["intent"] == "modify"
    assert built["strategy"]["risk"] == before["risk"] | {"stop_loss": 0.03}
    assert (built["strategy"]["entry"], built["strategy"]["exit"]) == (before["entry"], before["exit"])
    assert built["dry_run"]["total_trades"] != 0


async def test_modify_that_changes_more_is_sent_back(http: httpx2.AsyncClient, container: Container) -> None:
    """The flawed answer also narrows the entry, which the words do not name."""
    before = (await build(http))["strategy"]
    container.gen_ai.simulator().faults.add(Fault(kind="contradiction"))
    built = await build(http, "Change the stop loss to 3 %", strategy=before)
    first, second = built["attempts"]
    assert "entry: its rules were changed, but the words do not name them; keep RSI(14) below 30" in first["violations"]
    assert (first["accepted"], second["accepted"]) == (False, True)
    assert built["strategy"]["entry"] == before["entry"]


@pytest.mark.parametrize(
    ("query", "language"), [("이 전략을 설명해 주세요", "ko"), ("Please explain this strategy", "en")]
)
async def test_explain_says_what_the_rules_say(http: httpx2.AsyncClient, query: str, language: str) -> None:
    before = (await build(http))["strategy"]
    built = await build(http, query, strategy=before, language=language)
    assert (built["intent"], built["strategy"]) == ("explain", before)
    assert built["rules_in_words"] == in_words(Strategy.model_validate(before), "ko" if language == "ko" else "en")
    assert (built["alternatives"], built["confidence"]["value"]) == ([], 1.0)


async def test_an_explanation_with_another_number_is_sent_back(http: httpx2.AsyncClient, container: Container) -> None:
    before = (await build(http))["strategy"]
    said = answer(Strategy.model_validate(before), "explain", explanation="Sells above 80 and earns 12 % a year.")
    container.gen_ai.simulator().faults.add(Fault(kind="content", text=said.model_dump_json()))
    built = await build(http, "Please explain this strategy", strategy=before)
    assert built["attempts"][0]["violations"] == [
        "explanation: 80 is not a number of the strategy; take it out, and invent no figures",
        "explanation: 12 % is not a number of the strategy; take it out, and invent no figures",
    ]
    assert built["attempts"][1]["accepted"]


@pytest.mark.parametrize(("query", "language"), [("RSI 수치를 추천해 주세요", "ko"), ("Recommend RSI numbers", "en")])
async def test_recommend_parameters_reports_what_each_does(http: httpx2.AsyncClient, query: str, language: str) -> None:
    before = (await build(http, "RSI(10) below 25 buys, above 65 sells"))["strategy"]
    built = await build(http, query, strategy=before, language=language)
    assert (built["intent"], _numbers(built["strategy"])) == ("recommend_parameters", [14, 25, 65])
    period, *levels = built["parameter_effects"]
    assert (period["parameter"], period["value"], len(levels)) == ("RSI(14).period", 14, 2)
    assert period["reason"]
    here = next(point for point in period["points"] if point["value"] == 14)
    assert here["figures"]["total_return"] == built["dry_run"]["total_return"]
    assert len({point["figures"]["total_return"] for point in period["points"]}) > 3
    assert period["lowest_return"] < here["figures"]["total_return"] < period["highest_return"]


async def test_optimise_reports_both_parts_and_keeps_what_does_not_hold_up(http: httpx2.AsyncClient) -> None:
    before = (await build(http))["strategy"]
    built = await build(http, "Please optimise this strategy", strategy=before)
    report = built["optimisation"]
    assert (built["intent"], built["strategy"], report["adopted"]) == ("optimise", before, False)
    assert (report["trial_count"], report["refused_count"], report["metric"]) == (125, 0, "sharpe_ratio")
    assert report["first_day"] < report["split_day"] < report["last_day"]
    best, unchanged = report["best"], report["unchanged"]
    assert best["in_sample"]["sharpe_ratio"] > unchanged["in_sample"]["sharpe_ratio"]
    assert best["out_of_sample"]["sharpe_ratio"] < unchanged["out_of_sample"]["sharpe_ratio"]
    assert report["overfitting"]["rank_out_of_sample"] == 109
    assert any("comes 109 of 125" in warning for warning in report["warnings"])


async def test_optimise_takes_over_what_holds_up_on_the_chosen_series(http: httpx2.AsyncClient) -> None:
    built = await build(http, "20일선이 60일선을 상향 돌파하면 사는 전략을 최적화해줘", symbol="ixic")
    report = built["optimisation"]
    assert (built["dry_run"]["symbol"], report["adopted"]) == ("IXIC", True)
    assert built["strategy"]["entry"]["conditions"][0]["left"]["period"] == 10
    assert built["rules_in_words"][0] == "10일 단순이동평균이 75일 단순이동평균을 상향 돌파하면 매수합니다."
    measured = backtest(Strategy.model_validate(built["strategy"]), MARKET.bars("IXIC")).metrics
    assert built["dry_run"]["total_return"] == measured.total_return
    assert report["trial_count"] == 48
