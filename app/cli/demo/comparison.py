"""How the demo compares: two more strategies are built and run, and all three are ranked by code."""

import asyncio

from app.cli.compare_table import caveats_and_words, correlation_table, ranking_table
from app.cli.console import out
from app.cli.demo.backtest import finished
from app.cli.demo.tour import Tour, paid
from app.schemas.gen_ai.comparison import ComparisonResponse

_METRICS = ["total_return", "sharpe_ratio", "max_drawdown"]


async def comparison(tour: Tour) -> str:
    """Prints the tables of the comparison; gives its words."""
    tour.strategies += await asyncio.gather(*(_rival(tour, words) for words in tour.words.rivals))
    body = {
        "strategies": [{"strategy_id": strategy_id} for strategy_id in tour.strategies],
        "metrics": _METRICS,
        "language": tour.language,
        "question": tour.words.comparison,
    }
    answer = await tour.ask("POST", "/gen-ai/chatops/compare", body)
    response = ComparisonResponse.model_validate(answer)
    out.print(ranking_table(response))
    out.print(correlation_table(response))
    return "\n".join([f"> {tour.words.comparison}\n", *caveats_and_words(response), "", paid(answer)])


async def _rival(tour: Tour, query: str) -> str:
    """The id of a strategy that is stored without asking anybody, and has been run."""
    built = await tour.ask("POST", "/gen-ai/strategy-builder", {"query": query, "require_approval": False})
    strategy_id: str = built["strategy_id"]
    order = {"strategy_id": strategy_id, "symbol": "GSPC"}
    await finished(tour, await tour.ask("POST", "/gen-ai/chatops/backtests", order))
    return strategy_id
