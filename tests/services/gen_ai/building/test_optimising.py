"""A grid is judged on the earlier part alone, and its best is taken over only where it holds up."""

import pytest

from app.quant.backtest import BacktestConfig, backtest
from app.quant.strategy import StrategyType
from app.quant.study import MOST_TRIALS, changed
from app.services.gen_ai.building.optimising import figures, optimised
from tests.fakes.bars import random_bars
from tests.fakes.briefs import GSPC, MARKET, answer, choice
from tests.fakes.strategies import plan, roc, rules, when
from tests.fakes.templates import strategy_from_template

IXIC = MARKET.bars("IXIC")
CROSSOVER = strategy_from_template("sma_crossover", {})
MOMENTUM = plan((when(roc(), "above", 2),), (when(roc(), "below", 0),))


def test_both_parts_stand_side_by_side_and_each_figure_is_a_backtest() -> None:
    """With all the capital in each position; the later part is warmed up by the earlier one."""
    said = answer(CROSSOVER, "optimise", parameters=(choice("SMA(20).period", 10, 15), choice("SMA(60).period", 75)))
    _, report = optimised(said, GSPC, "en")
    assert (report.trial_count, report.refused_count, report.position_fraction) == (6, 0, 1.0)
    assert [(each.parameter, each.values) for each in report.varied] == [
        ("SMA(20).period", [10, 15, 20]),
        ("SMA(60).period", [60, 75]),
    ]
    before = report.split_day
    earlier, later = GSPC.between(end=GSPC.days[GSPC.days.index(before) - 1]), GSPC.between(start=before)
    assert report.best is not None
    for trial in (report.best, report.unchanged, *report.leading):
        variant = changed(CROSSOVER, {each.parameter: each.value for each in trial.settings})
        sized = variant.model_copy(update={"risk": variant.risk.model_copy(update={"position_size": 1.0})})
        config = BacktestConfig(max_position=1)
        assert trial.in_sample == figures(backtest(sized, earlier, config).metrics)
        assert trial.out_of_sample == figures(backtest(sized, later, config).metrics)
    assert report.best == report.leading[0]
    ratios = [trial.in_sample.sharpe_ratio for trial in report.leading]
    assert ratios == sorted(ratios, key=lambda ratio: -(ratio or 0))
    assert len(report.leading) == 5


def test_what_holds_up_is_taken_over_with_name_description_and_explanation() -> None:
    """On the Nasdaq the best crossover in the sample is also better than the unchanged one after it."""
    said = answer(CROSSOVER, "optimise")
    made, report = optimised(said, IXIC, "en")
    assert report.adopted
    assert report.best is not None
    assert made.strategy.entry == changed(CROSSOVER, {"SMA(20).period": 10, "SMA(60).period": 75}).entry
    assert made.strategy.risk == CROSSOVER.risk
    assert made.strategy.name == "SMA crossover (optimised)"
    assert "10-day SMA crosses above the 75-day SMA" in made.strategy.description
    assert made.explanation == (
        "period of SMA(20): 20 → 10, period of SMA(60): 60 → 75. Out of the sample, with all the capital in each "
        "position, the total return went from 15.98% to 63.69% and the Sharpe ratio from 0.10 to 0.59."
    )
    assert report.warnings[-1].startswith("The later part decided whether to take it over")


def test_what_is_worse_out_of_the_sample_is_not_taken_over() -> None:
    said = answer(plan(stop_loss=0.05), "optimise")
    made, report = optimised(said, GSPC, "en")
    assert not report.adopted
    assert made == said
    assert report.warnings == [
        "Combinations tried on the days before 2013-01-02: 125. The best of many looks good by chance alone.",
        "Its Sharpe ratio is 0.20 in the sample that chose it, and -0.16 out of it.",
        "Out of the sample it is no better than the unchanged strategy (0.16).",
        "Out of the sample it comes 109 of 125.",
        "The rank correlation of the two parts is 0.03: the order in one says little about the other.",
        "The best of 125 worthless combinations is expected to show 0.37 by chance.",
        "So the strategy stays as it was.",
    ]


def test_what_chance_would_show_as_well_is_not_taken_over() -> None:
    """Better than the unchanged strategy out of the sample, but in it no better than the best of worthless trials."""
    made, report = optimised(answer(MOMENTUM, "optimise"), IXIC, "ko")
    assert report.best is not None
    assert report.overfitting.sharpe_by_chance is not None
    assert (report.best.out_of_sample.sharpe_ratio or 0) > (report.unchanged.out_of_sample.sharpe_ratio or 0)
    assert (report.best.in_sample.sharpe_ratio or 0) < report.overfitting.sharpe_by_chance
    assert (report.adopted, made.strategy) == (False, MOMENTUM)
    assert any("우연히" in warning and "0.81" in warning for warning in report.warnings)


def test_the_best_that_is_the_unchanged_one_changes_nothing() -> None:
    made, report = optimised(answer(CROSSOVER, "optimise", parameters=(choice("risk.cooldown", 250),)), GSPC, "en")
    assert report.best is not None
    assert report.best.settings[0].value == 0
    assert not report.adopted
    assert made.strategy == CROSSOVER


def test_where_the_size_is_varied_it_is_not_set_to_all() -> None:
    said = answer(plan(position_size=0.3), "optimise", parameters=(choice("risk.position_size", 0.1, 0.9),))
    _, report = optimised(said, GSPC, "en")
    assert report.position_fraction == 0.3
    assert report.trial_count == 3


def test_where_there_is_nothing_to_choose_that_is_said() -> None:
    holding = plan((), rules("any"), StrategyType.BUY_AND_HOLD)
    made, report = optimised(answer(holding, "optimise"), GSPC, "en")
    assert (report.trial_count, report.adopted, made.strategy) == (1, False, holding)
    assert report.warnings == [
        "There was nothing to choose between: fewer than two combinations could be compared.",
        "So the strategy stays as it was.",
    ]


def test_a_look_back_that_the_earlier_part_has_not_leaves_nothing_to_choose() -> None:
    slow = plan((when(roc(80), "above", 0),), (when(roc(80), "below", 0),))
    said = answer(slow, "optimise", parameters=(choice("ROC(80).period", 90),))
    _, report = optimised(said, random_bars(1, 110), "en")
    assert (report.trial_count, report.refused_count, report.best, report.leading) == (0, 2, None, [])
    assert report.warnings[0].startswith("There was nothing to choose between")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_trials_are_bounded_and_the_warnings_never_empty(language: str) -> None:
    for strategy in (plan(), CROSSOVER, MOMENTUM):
        _, report = optimised(answer(strategy, "optimise"), GSPC, "ko" if language == "ko" else "en")
        assert 1 < report.trial_count <= MOST_TRIALS
        assert len(report.warnings) >= 3
        assert all("{" not in warning and "None" not in warning for warning in report.warnings)
