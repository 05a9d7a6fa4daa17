"""A comparison on the terminal: ranks and values, how far returns move together, what to beware of, and the words."""

from app.cli.console import out, table
from app.quant.ranking import RankableMetric
from app.schemas.gen_ai.comparison import ComparisonResponse, MetricRank

_RATIOS = ("sharpe_ratio", "sortino_ratio", "calmar_ratio")


def show(answer: ComparisonResponse) -> None:
    columns = {"Rank": "right", "Strategy": "wrap", "Series": "left", "Period": "left"}
    columns |= {_heading(metric): "right" for metric in answer.metrics}
    rows = [
        [
            str(one.rank),
            one.name,
            one.symbol or "-",
            f"{one.first_day} - {one.last_day}" if one.first_day else "-",
            *(_cell(metric) for metric in one.metrics),
        ]
        for one in answer.ranking
    ]
    out.print(table("Comparison; the rank by each metric stands behind its value", columns, rows))
    pairs = [
        [" and ".join(pair.names), "-" if pair.value is None else f"{pair.value:.2f}", str(pair.days)]
        for pair in answer.correlations
    ]
    out.print(table("Correlation of daily returns", {"Of": "wrap", "Value": "right", "Days": "right"}, pairs))
    for sentence in (*answer.caveats, answer.summary, answer.recommendation, answer.reasoning):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)
    out.print(f"{answer.model_id} ({answer.upstream}): {answer.cost_usd or 'unknown'} USD", highlight=False)


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
