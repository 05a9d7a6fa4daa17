"""Stored strategies: read, changed against the version that was read, deleted, and as answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.clock import Clock
from app.quant.strategy import Strategy
from app.quant.strategy_input import read_strategy
from app.quant.words import Language, in_words
from app.schemas.gen_ai.builds import BuildResponse
from app.schemas.strategies import StrategyResponse, language_of
from app.services.strategies.ports import (
    Build,
    InvalidStrategyError,
    StoredStrategy,
    StrategyNotFoundError,
    StrategyStore,
    VersionConflictError,
)

_BEYOND = "a number is far beyond every limit, or the data are nested too deeply; give a strategy of the usual size"


def strategy_or_problems(data: Mapping[str, Any], bars: int | None = None) -> tuple[Strategy | None, list[str]]:
    """As `read_strategy`, whatever the data; the strategy is None exactly where there are problems."""
    try:
        return read_strategy(data, bars=bars)
    except (OverflowError, RecursionError):
        return None, [_BEYOND]


def checked_strategy(data: Mapping[str, Any], where: str) -> Strategy:
    """The strategy; `where` it stood is named in complaints.

    Raises:
        InvalidStrategyError: everything that is wrong with it.
    """
    strategy, wrong = strategy_or_problems(data)
    if strategy is None:
        raise InvalidStrategyError(where, wrong)
    return strategy


# Stored strategies: read, changed and deleted by whoever owns them.

_TRIES = 5
"""How often a change is put on what others have changed in the same moment."""


class StrategyService:
    def __init__(self, store: StrategyStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, strategy_id: str, caller_id: str) -> StoredStrategy:
        """A strategy of the caller.

        Raises:
            StrategyNotFoundError: the caller has none with this id.
            StrategiesUnavailableError: the store cannot be reached.
        """
        found = await self._store.get(strategy_id)
        if found is None or found.owner_id != caller_id:
            raise StrategyNotFoundError(strategy_id)
        return found

    async def page(self, caller_id: str, *, limit: int, offset: int) -> tuple[Sequence[StoredStrategy], int]:
        """The caller's strategies, the newest first, and how many there are in all."""
        return await self._store.page(caller_id, limit=limit, offset=offset)

    async def change(
        self, strategy_id: str, changes: Mapping[str, Any], caller_id: str, *, version: int | None = None
    ) -> StoredStrategy:
        """The strategy with other values: of `risk` the fields that are given, of the rest what is given as a whole.

        What changes nothing makes no new version. With `version`, the change is meant for that version alone.

        Raises:
            StrategyNotFoundError: the caller has none with this id.
            VersionConflictError: it has another version, or others keep on changing it.
            InvalidStrategyError: what would come of it makes no sense.
            StrategiesUnavailableError: the store cannot be reached.
        """
        for _ in range(_TRIES):
            found = await self.get(strategy_id, caller_id)
            if version not in {None, found.version}:
                break
            strategy = _changed(found.strategy, changes)
            if strategy == found.strategy:
                return found
            changed = replace(found, strategy=strategy, version=found.version + 1, updated_at=self._clock.now())
            if await self._store.replace(changed, from_version=found.version):
                return changed
        raise VersionConflictError(
            f"{strategy_id} has version {found.version} now; read it again and repeat the change on that",
            current_version=found.version,
        )

    async def delete(self, strategy_id: str, caller_id: str) -> None:
        """Forgets a strategy; backtests of it keep the strategy as they ran it.

        Raises:
            StrategyNotFoundError: the caller has none with this id.
            StrategiesUnavailableError: the store cannot be reached.
        """
        await self._store.delete((await self.get(strategy_id, caller_id)).strategy_id)


def _changed(strategy: Strategy, changes: Mapping[str, Any]) -> Strategy:
    data = strategy.model_dump(mode="json")
    risk = changes.get("risk", {})
    merged = data | dict(changes)
    merged["risk"] = data["risk"] | risk if isinstance(risk, Mapping) else risk
    return checked_strategy(merged, "body")


# Builds and stored strategies as the API and the command line answer with them.


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
