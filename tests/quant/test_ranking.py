"""The ranking is arithmetic: what it may not depend on, and how it treats ties and gaps."""

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quant.ranking import DEFAULT_METRICS, RANKABLE, RankableMetric, Ranked, badness, rank_strategies
from tests.tables import each_line

Table = dict[str, dict[str, float | None]]

VALUES = st.one_of(st.none(), st.floats(-1, 1), st.sampled_from([0.0, 0.5]))
TABLES = st.dictionaries(
    st.text("ABCDEF", min_size=1, max_size=3),
    st.fixed_dictionaries(dict.fromkeys(RANKABLE, VALUES)),
    min_size=1,
    max_size=5,
)
METRICS = st.lists(st.sampled_from(RANKABLE), min_size=1, unique=True)


def _rank_of(ranking: list[Ranked]) -> dict[str, int]:
    return {item.name: item.rank for item in ranking}


@each_line("metric", RANKABLE)
def test_less_is_better_for_volatility_and_value_at_risk_more_for_all_else(metric: RankableMetric) -> None:
    table: Table = {"low": {metric: 0.1}, "high": {metric: 0.2}}
    best = rank_strategies(table, [metric])[0].name
    assert best == ("low" if metric in {"volatility", "var_95", "var_99", "cvar_95", "cvar_99"} else "high")


def test_a_smaller_drawdown_is_better_and_the_sign_of_a_value_at_risk_does_not_count() -> None:
    assert rank_strategies({"deep": {"max_drawdown": -0.4}, "flat": {"max_drawdown": -0.1}})[0].name == "flat"
    by_risk = rank_strategies({"calm": {"var_95": -0.01}, "wild": {"var_95": 0.03}}, ["var_95"])
    assert [item.name for item in by_risk] == ["calm", "wild"]


def test_the_ranks_by_metric_are_averaged() -> None:
    ranking = rank_strategies(
        {
            "A": {"total_return": 0.3, "sharpe_ratio": 1.0, "max_drawdown": -0.3},
            "B": {"total_return": 0.2, "sharpe_ratio": 1.5, "max_drawdown": -0.2},
            "C": {"total_return": 0.1, "sharpe_ratio": 0.5, "max_drawdown": -0.1},
        }
    )
    assert [(item.name, item.rank) for item in ranking] == [("B", 1), ("A", 2), ("C", 3)]
    assert ranking[0].ranks == {"total_return": 2, "sharpe_ratio": 1, "max_drawdown": 2}
    assert ranking[0].average_rank == pytest.approx(5 / 3)
    assert tuple(ranking[0].ranks) == DEFAULT_METRICS


def test_a_missing_value_ranks_behind_the_worst_and_is_said() -> None:
    table: Table = {"A": {"alpha": -0.9}, "B": {}, "C": {"alpha": None}}
    ranking = rank_strategies(table, ["alpha"])
    assert _rank_of(ranking) == {"A": 1, "B": 2, "C": 2}
    assert [item.missing for item in ranking] == [(), ("alpha",), ("alpha",)]


def test_equal_values_share_a_rank_and_the_next_one_is_left_out() -> None:
    table: Table = {"A": {"alpha": 0.1}, "B": {"alpha": 0.1}, "C": {"alpha": 0}}
    assert _rank_of(rank_strategies(table, ["alpha"])) == {"A": 1, "B": 1, "C": 3}


def test_ranking_by_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one metric"):
        rank_strategies({"A": {}}, [])


@given(TABLES, METRICS, st.randoms())
def test_the_order_of_strategies_and_metrics_does_not_count(
    table: Table, metrics: list[RankableMetric], random: Random
) -> None:
    names, shuffled = list(table), list(metrics)
    random.shuffle(names)
    random.shuffle(shuffled)
    first = rank_strategies(table, metrics)
    second = rank_strategies({name: table[name] for name in names}, shuffled)
    assert [(item.name, item.rank, item.ranks) for item in first] == [
        (item.name, item.rank, item.ranks) for item in second
    ]


@given(TABLES, METRICS)
def test_the_best_is_first_and_equal_strategies_are_level(table: Table, metrics: list[RankableMetric]) -> None:
    ranking = rank_strategies(table, metrics)
    assert {item.name for item in ranking} == set(table)
    ranks = [item.rank for item in ranking]
    assert ranks[0] == 1
    assert ranks == sorted(ranks)
    assert all(rank == 1 + sum(other < rank for other in ranks) for rank in ranks)
    twin = _rank_of(rank_strategies(table | {"twin": next(iter(table.values()))}, metrics))
    assert twin["twin"] == twin[next(iter(table))]


@given(TABLES, METRICS)
def test_who_is_better_by_every_metric_is_never_behind(table: Table, metrics: list[RankableMetric]) -> None:
    ranking = rank_strategies(table, metrics)
    for better in ranking:
        for worse in ranking:
            if all(better.ranks[metric] < worse.ranks[metric] for metric in metrics):
                assert better.rank < worse.rank


@given(TABLES, METRICS)
def test_a_missing_value_is_never_before_a_known_one_nor_a_worse_value_before_a_better(
    table: Table, metrics: list[RankableMetric]
) -> None:
    """By each metric: what has no value is behind all that have one, and equal values are level."""
    places = {item.name: item.ranks for item in rank_strategies(table, metrics)}
    for metric in metrics:
        order = badness(metric)
        for one, other in product(table, repeat=2):
            ahead = order(table[one]) < order(table[other])
            assert (places[one][metric] < places[other][metric]) == ahead
            if table[one][metric] is not None and table[other][metric] is None:
                assert ahead
