"""A comparison as it is answered, over HTTP and on the command line."""

from collections.abc import Iterator

from app.schemas.gen_ai.comparison import ComparisonResponse, PairCorrelationInfo, StrategyRank, metric_ranks
from app.services.gen_ai.chat.comparison import Compared
from app.services.gen_ai.chatops_advanced import Comparison
from app.services.gen_ai.responses import receipt_fields


def comparison_response(comparison: Comparison) -> ComparisonResponse:
    compared, answer = comparison.compared, comparison.answer
    return ComparisonResponse(
        metrics=list(compared.metrics),
        ranking=list(_ranks(compared)),
        correlations=[
            PairCorrelationInfo(
                names=pair.names, value=pair.value, days=pair.days, first_day=pair.first_day, last_day=pair.last_day
            )
            for pair in compared.correlations
        ],
        caveats=list(compared.caveats),
        summary=answer.summary,
        recommendation=answer.recommendation,
        reasoning=answer.reasoning,
        **receipt_fields(comparison.receipt),
    )


def _ranks(compared: Compared) -> Iterator[StrategyRank]:
    for ranked in compared.ranking:
        contender = compared.contender(ranked.name)
        result = contender.finished.result if contender.finished else None
        yield StrategyRank(
            name=ranked.name,
            strategy_id=contender.strategy_id,
            backtest_id=contender.backtest_id,
            symbol=contender.symbol,
            first_day=result.first_day if result else None,
            last_day=result.last_day if result else None,
            rank=ranked.rank,
            average_rank=ranked.average_rank,
            metrics=metric_ranks(ranked, contender.values),
        )
