"""`tollgate compare`: stored strategies and backtests beside each other, ranked by code and faults in words."""

from typing import Annotated, Any, get_args

import typer
from pydantic import ValidationError
from rich.table import Table

from app.api.comparison_response import comparison_response
from app.api.security import LOCAL_CALLER
from app.cli.console import out, print_json, table
from app.cli.session import with_container
from app.errors import InputError, own_words
from app.quant.ranking import DEFAULT_METRICS, RankableMetric
from app.quant.words import Language
from app.schemas.gen_ai.comparison import CompareRequest, ComparisonResponse, MetricRank, StrategyRank
from containers import Container

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


_FEWEST, _MOST = 2, 5


def compare(  # noqa: PLR0917  Typer calls it by name
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...", help="2 to 5 ids: of strategies (their newest finished backtest counts) or of backtests"
        ),
    ],
    metric: Annotated[
        list[str] | None, typer.Option(help=f"What to rank by; repeat it for more. Else {', '.join(DEFAULT_METRICS)}")
    ] = None,
    question: Annotated[str | None, typer.Option(help="What you want to know of the comparison")] = None,
    language: Annotated[str | None, typer.Option(help="ko or en; else that of the question, else Korean")] = None,
    model: Annotated[str | None, typer.Option(help="The model to use; else the service's default")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Compare 2 to 5 stored strategies or backtests: a computed ranking, in words that are held to the figures."""
    request = _request(
        ids, {"metrics": metric or list(DEFAULT_METRICS), "question": question, "language": language, "model_id": model}
    )

    async def work(container: Container) -> None:
        answer = comparison_response(
            await container.services.chatops_advanced().compare_strategies(request, LOCAL_CALLER.id)
        )
        if json:
            print_json(answer.model_dump(mode="json"))
        else:
            show(answer)

    with_container(work)


def _request(ids: list[str], options: dict[str, Any]) -> CompareRequest:
    """The request as it would be sent.

    Raises:
        InputError: it is none; says which argument, and what would be right.
    """
    if not _FEWEST <= len(ids) <= _MOST:
        raise InputError(f"give {_FEWEST} to {_MOST} ids, not {len(ids)}")
    _check("--metric", options["metrics"], get_args(RankableMetric))
    _check("--language", [options["language"]] if options["language"] else [], get_args(Language))
    strategies = [{"backtest_id" if each.startswith("bt_") else "strategy_id": each} for each in ids]
    try:
        return CompareRequest.model_validate({"strategies": strategies, **options})
    except ValidationError as invalid:
        faults = "; ".join(f"{'.'.join(map(str, item['loc']))}: {own_words(item['msg'])}" for item in invalid.errors())
        raise InputError(faults.lstrip(": ")) from invalid


def _check(option: str, values: list[str], allowed: tuple[str, ...]) -> None:
    for value in values:
        if value not in allowed:
            raise InputError(f"{option} {value}: take one of {', '.join(allowed)}")
