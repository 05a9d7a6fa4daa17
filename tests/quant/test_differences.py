"""What differs between two strategies: conditions by their meaning, limits by name, numbers by id."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.quant.conditions import flipped
from app.quant.differences import number_changes, risk_changes, rules_change
from app.quant.strategy import Rules, Strategy
from app.quant.study import changed, tunables
from tests.fakes.random_strategies import random_strategy
from tests.fakes.strategies import HIGH_RSI, LOW_RSI, band, macd, plan, price, roc, rsi, rules, sma, when

SEEDS = st.integers(0, 10_000)


def test_conditions_that_are_new_or_gone_are_told() -> None:
    filter_ = when(price(), "above", sma(200))
    change = rules_change(rules("all", LOW_RSI, filter_), rules("any", filter_, when(rsi(10), "below", 30)))
    assert change.removed == (LOW_RSI,)
    assert change.added == (when(rsi(10), "below", 30),)
    assert change.combined


def test_a_condition_that_stands_twice_is_missed_when_one_is_gone() -> None:
    change = rules_change(rules("all", LOW_RSI, LOW_RSI), rules("all", LOW_RSI))
    assert (change.removed, change.added) == ((LOW_RSI,), ())


@given(SEEDS, st.randoms(use_true_random=False))
def test_order_and_sides_mean_nothing(seed: int, random: Random) -> None:
    """The same conditions in another order, said the other way round, are no change."""
    before = random_strategy(seed).entry
    conditions = [flipped(each) if random.random() < 0.5 else each for each in before.conditions]
    random.shuffle(conditions)
    assert not rules_change(before, before.model_copy(update={"conditions": tuple(conditions)}))


def test_sides_mean_nothing_where_both_are_one_series_under_two_names() -> None:
    """A middle band is an average: above itself, or below, it never is."""
    same = when(band("middle"), "above", sma(20))
    assert not rules_change(rules("all", same), rules("all", flipped(same)))


@given(SEEDS, SEEDS)
def test_adding_what_is_told_and_taking_what_is_gone_leads_from_one_to_the_other(one: int, other: int) -> None:
    before, after = random_strategy(one).entry, random_strategy(other).entry
    change = rules_change(before, after)
    kept = list(before.conditions)
    for condition in change.removed:
        kept.remove(condition)
    made = Rules(combine=after.combine, conditions=(*kept, *change.added))
    assert len(made.conditions) == len(after.conditions)
    assert not rules_change(made, after)


def test_limits_are_told_by_name() -> None:
    before, after = plan(stop_loss=0.05), plan(stop_loss=None, cooldown=3)
    assert risk_changes(before.risk, after.risk) == ("stop_loss", "cooldown")
    assert risk_changes(before.risk, before.risk) == ()


def test_numbers_are_told_by_the_ids_of_the_changed_strategy() -> None:
    before = plan((LOW_RSI,), (HIGH_RSI,), stop_loss=0.05)
    after = plan((when(rsi(10), "below", 25),), (when(rsi(10), "above", 70),), stop_loss=0.03)
    changes = number_changes(before, after)
    assert changes is not None
    assert [(each.id, each.before, each.after) for each in changes] == [
        ("RSI(10).period", 14, 10),
        ("entry.1.number", 30, 25),
        ("risk.stop_loss", 0.05, 0.03),
    ]


def test_a_limit_that_comes_or_goes_is_a_number_that_was_or_is_none() -> None:
    changes = number_changes(plan(), plan(take_profit=0.1))
    assert changes is not None
    assert [(each.id, each.before, each.after) for each in changes] == [("risk.take_profit", None, 0.1)]


def test_where_more_than_numbers_differs_there_are_no_number_changes() -> None:
    base = plan((LOW_RSI,))
    for other in (
        plan((when(rsi(), "crosses_below", 30),)),
        plan((when(roc(), "below", 30),)),
        plan((LOW_RSI, LOW_RSI)),
        plan(rules("any", LOW_RSI)),
        plan((when(macd(), "above", macd(line="signal")),)),
    ):
        assert number_changes(base, other) is None
    lines = plan((when(price(), "below", band("lower")),)), plan((when(price(), "below", band("upper")),))
    assert number_changes(*lines) is None
    fields = plan((when(price("high"), "below", 5),)), plan((when(price("low"), "below", 5),))
    assert number_changes(*fields) is None


def _varied(strategy: Strategy, pick: int) -> tuple[str, float] | None:
    near = [(each.id, value) for each in tunables(strategy) for value in each.neighbours]
    return near[pick % len(near)] if near else None


@given(SEEDS, st.integers(0, 1000))
def test_a_varied_number_is_the_only_one_that_differs(seed: int, pick: int) -> None:
    """Whatever number of whatever strategy is varied."""
    strategy = random_strategy(seed)
    varied = _varied(strategy, pick)
    assert varied is not None
    name, value = varied
    changes = number_changes(strategy, changed(strategy, {name: value}))
    assert changes is not None
    assert {each.after for each in changes} == {value}
    assert len({each.before for each in changes}) == 1
    assert number_changes(strategy, strategy) == ()
