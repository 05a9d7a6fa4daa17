"""A comparison on the terminal: ranks and values, how far returns move together, what to beware of, and the words."""

from rich.table import Table

from app.cli.console import out, table
from app.quant.ranking import RankableMetric
from app.schemas.gen_ai.comparison import ComparisonResponse, MetricRank, StrategyRank

_RATIOS = ("sharpe_ratio", "sortino_ratio", "calmar_ratio")


def show(answer: ComparisonResponse) -> None:
    out.print(ranking_table(answer))
    out.print(correlation_table(answer))
    for sentence in caveats_and_words(answer):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)
    out.print(f"{answer.model_id} ({answer.upstream}): {answer.cost_usd or 'unknown'} USD", highlight=False)


def ranking_table(answer: ComparisonResponse) -> Table:
    """Series and period are a column only where they differ: a terminal is not wide."""
    ranges = [_range(one) for one in answer.ranking]
    shared = ranges[0] if len(set(ranges)) == 1 else None
    columns = {"Rank": "right", "Strategy": "wrap"} | ({} if shared else {"Over": "wrap"})
    columns |= {_heading(metric): "right" for metric in answer.metrics}
    rows = [
        [str(one.rank), one.name, *([] if shared else [over]), *(_cell(metric) for metric in one.metrics)]
        for one, over in zip(answer.ranking, ranges, strict=True)
    ]
    over = f" over {shared}" if shared and shared != "-" else ""
    return table(f"Comparison{over}; the rank by each metric stands behind its value", columns, rows)


def correlation_table(answer: ComparisonResponse) -> Table:
    pairs = [
        [" and ".join(pair.names), "-" if pair.value is None else f"{pair.value:.2f}", str(pair.days)]
        for pair in answer.correlations
    ]
    return table("Correlation of daily returns", {"Of": "wrap", "Value": "right", "Days": "right"}, pairs)


def caveats_and_words(answer: ComparisonResponse) -> list[str]:
    """What to beware of, which is computed, and then what the model wrote."""
    return [*answer.caveats, answer.summary, answer.recommendation, answer.reasoning]


def _range(one: StrategyRank) -> str:
    """The series and its days; a dash where figures came without them."""
    if one.symbol is None or one.first_day is None:
        return one.symbol or "-"
    return f"{one.symbol}, {one.first_day} - {one.last_day}"


def _heading(metric: RankableMetric) -> str:
    return metric.replace("_", " ").capitalize()


def _cell(metric: MetricRank) -> str:
    return f"{_printed(metric.metric, metric.value)} (#{metric.rank})"


def _printed(metric: RankableMetric, value: float | None) -> str:
    if value is None:
        return "-"
    if metric == "final_value":
        return f"{value:,.2f}"
    return f"{value:.2f}" if metric in _RATIOS else f"{value:.1%}"
