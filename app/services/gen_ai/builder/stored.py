"""A stored strategy takes its place in the request: from there on it is as if it had been sent along."""

from typing import Protocol

from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.strategies.ports import StoredStrategy


class StoredStrategies(Protocol):
    async def get(self, strategy_id: str, caller_id: str) -> StoredStrategy:
        """A strategy of the caller.

        Raises:
            StrategyNotFoundError: the caller has none with this id.
            StrategiesUnavailableError: the store cannot be reached.
        """
        ...


async def with_stored_strategy(
    request: StrategyBuilderRequest, strategies: StoredStrategies, caller_id: str
) -> StrategyBuilderRequest:
    """The request with the strategy that it names.

    Raises: as `StoredStrategies.get`.
    """
    if request.strategy_id is None:
        return request
    stored = await strategies.get(request.strategy_id, caller_id)
    return request.model_copy(update={"strategy": stored.strategy})
