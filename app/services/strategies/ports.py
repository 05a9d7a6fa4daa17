"""Builds and stored strategies, and the ports to where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.quant.strategy import Strategy
from app.vocabulary import BuildStatus


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
