"""Builds and stored strategies as the API and the command line answer with them."""

from app.quant.words import Language, in_words
from app.schemas.gen_ai.builds import BuildResponse
from app.schemas.strategies import StrategyResponse, language_of
from app.services.strategies.ports import Build, StoredStrategy


def build_response(build: Build, language: Language | None) -> BuildResponse:
    """With its words in `language`, or without one in that of its description."""
    return BuildResponse(
        build_id=build.build_id,
        operation_id=build.operation_id,
        intent=build.intent,
        query=build.query,
        assumptions=list(build.assumptions),
        status=build.status,
        strategy=build.strategy,
        rules_in_words=in_words(build.strategy, language or language_of(build.strategy)),
        strategy_id=build.strategy_id,
        created_at=build.created_at,
        decided_at=build.decided_at,
    )


def strategy_response(stored: StoredStrategy, language: Language | None) -> StrategyResponse:
    """With its words in `language`, or without one in that of its description."""
    return StrategyResponse(
        strategy_id=stored.strategy_id,
        version=stored.version,
        strategy=stored.strategy,
        rules_in_words=in_words(stored.strategy, language or language_of(stored.strategy)),
        build_id=stored.build_id,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )
