"""Several of the caller's strategies or backtests beside each other, ranked by code."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from app.quant.ranking import DEFAULT_METRICS, RankableMetric
from app.quant.words import Language
from app.services.gen_ai.chat.comparison import Compared, compared
from app.services.gen_ai.chat.contenders import ContenderLoader, Wanted
from app.services.gen_ai.core import Tool, ToolArguments
from app.services.gen_ai.wire.messages import Looked

_DESCRIPTION = (
    "Compares two to five of the person's strategies (by their newest finished backtest) or backtests: the computed "
    "ranking by the chosen metrics, their values (fractions: 0.12 is 12 %), the correlation of daily returns, and what "
    "to beware of. For every question about which one is better; the ranking is not yours to change."
)
_DECIMALS = 6


class CompareArguments(ToolArguments):
    entries: Annotated[list[str], Field(min_length=2, max_length=5)] = Field(
        description="Ids of strategies (strat_...) or of backtests (bt_...)"
    )
    metrics: list[RankableMetric] | None = Field(
        description=f"What to rank by, each with the same weight; null: {', '.join(DEFAULT_METRICS)}"
    )
    language: Language = Field(description="The language of the words: that of the person")


class CompareTools:
    def __init__(self, loader: ContenderLoader) -> None:
        self._loader = loader

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [Tool("compare_strategies", _DESCRIPTION, CompareArguments, partial(self._compare, caller_id))]

    async def _compare(self, caller_id: str, arguments: CompareArguments) -> Looked:
        ids = dict.fromkeys(entry.strip() for entry in arguments.entries)
        contenders = await self._loader.load([wanted_by_id(entry) for entry in ids], caller_id)
        metrics = list(dict.fromkeys(arguments.metrics or DEFAULT_METRICS))
        return _comparison_entry(await asyncio.to_thread(compared, contenders, metrics, arguments.language))


def wanted_by_id(entry: str) -> Wanted:
    """What an id names: its beginning tells."""
    return Wanted(backtest_id=entry) if entry.startswith("bt_") else Wanted(strategy_id=entry)


def _comparison_entry(found: Compared) -> dict[str, Any]:
    return {
        "ranked_by": found.metrics,
        "ranking": [
            {
                "rank": ranked.rank,
                "name": ranked.name,
                "strategy_id": (contender := found.contender(ranked.name)).strategy_id,
                "backtest_id": contender.backtest_id,
                "average_rank": round(ranked.average_rank, 3),
                "metrics": {metric: _rounded(contender.values.get(metric)) for metric in found.metrics},
            }
            for ranked in found.ranking
        ],
        "correlation_of_daily_returns": [
            {"of": pair.names, "value": _rounded(pair.value), "days": pair.days} for pair in found.correlations
        ],
        "caveats": found.caveats,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
