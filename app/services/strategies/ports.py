"""Builds and stored strategies: what is kept of them, who keeps it, and what can go wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.errors import InputError, NotFoundError, TollgateError
from app.quant.strategy import Strategy
from app.vocabulary import BuildStatus


class StrategiesUnavailableError(TollgateError):
    status = 503
    code = "strategies_unavailable"
    title = "Strategies cannot be read or written"


class StrategyNotFoundError(NotFoundError):
    code = "strategy_not_found"
    title = "There is no such strategy"

    def __init__(self, strategy_id: str) -> None:
        super().__init__(
            f"You have no strategy {strategy_id}; GET /api/v1/strategies or `tollgate strategy list` lists yours"
        )


class BuildNotFoundError(NotFoundError):
    code = "build_not_found"
    title = "There is no such build"

    def __init__(self, build_id: str) -> None:
        super().__init__(
            f"You have no build {build_id}; GET /api/v1/gen-ai/strategy-builder or "
            "`tollgate strategy list --pending` lists yours"
        )


class BuildDecidedError(InputError):
    """`fields` carry the build's `build_status` and `strategy_id`."""

    status = 409
    code = "build_decided"
    title = "The build has been decided on before"


class VersionConflictError(InputError):
    """`fields` carry the strategy's `current_version`."""

    status = 409
    code = "version_conflict"
    title = "The strategy was changed meanwhile"


class WrongFieldsError(InputError):
    """Everything that is wrong, as `errors`: where it is, what is wrong and what would be right."""

    def __init__(self, wrong: Sequence[tuple[str, str]], **fields: Any) -> None:  # noqa: ANN401  as its base class
        errors = [{"where": where, "message": message} for where, message in wrong]
        super().__init__("; ".join(f"{where}: {message}" for where, message in wrong), errors=errors, **fields)


class InvalidStrategyError(WrongFieldsError):
    code = "invalid_strategy"
    title = "The strategy makes no sense"

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        super().__init__([(where, problem) for problem in problems])


# Builds and stored strategies, and the ports to where they are kept.


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What the strategy builder answered. `query` is what it was asked, `assumptions` what the query left open.

    `approved` is the strategy as a person approved it, with their changes; `strategy_id` is what it was stored under.
    """

    build_id: str
    owner_id: str
    operation_id: str
    intent: str
    query: str
    assumptions: tuple[str, ...]
    built: Strategy
    created_at: datetime
    status: BuildStatus = BuildStatus.PENDING
    decided_at: datetime | None = None
    approved: Strategy | None = None
    strategy_id: str | None = None

    @property
    def strategy(self) -> Strategy:
        """As it was approved, or else as it was built."""
        return self.built if self.approved is None else self.approved


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStrategy:
    """A strategy that was approved; `version` grows by 1 with each change."""

    strategy_id: str
    owner_id: str
    build_id: str
    strategy: Strategy
    version: int
    created_at: datetime
    updated_at: datetime


class BuildStore(Protocol):
    """Every method raises StrategiesUnavailableError where the store cannot be reached."""

    async def add(self, build: Build, stored: StoredStrategy | None) -> None:
        """Keeps a new build and, where it was approved at once, the strategy: both or none."""
        ...

    async def get(self, build_id: str) -> Build | None:
        """The build, whoever owns it; None where there never was one."""
        ...

    async def page(
        self, owner_id: str, status: BuildStatus | None, *, limit: int, offset: int
    ) -> tuple[Sequence[Build], int]:
        """An owner's builds, the newest first, and how many there are in all."""
        ...

    async def decide(self, decided: Build, stored: StoredStrategy | None) -> bool:
        """Keeps the decision and the strategy, both or none, if nobody has decided before; False: somebody has."""
        ...


class StrategyStore(Protocol):
    """Every method raises StrategiesUnavailableError where the store cannot be reached."""

    async def get(self, strategy_id: str) -> StoredStrategy | None:
        """The strategy, whoever owns it; None where there is none."""
        ...

    async def page(self, owner_id: str, *, limit: int, offset: int) -> tuple[Sequence[StoredStrategy], int]:
        """An owner's strategies, the newest first, and how many there are in all."""
        ...

    async def replace(self, changed: StoredStrategy, *, from_version: int) -> bool:
        """Keeps the change if the strategy still has that version; False: it has another, or is gone."""
        ...

    async def delete(self, strategy_id: str) -> None:
        """Forgets the strategy; does nothing where there is none."""
        ...
