"""Builds in memory; a fake that keeps the promises of the port."""

from collections.abc import Sequence

from app.services.strategies.ports import Build, StoredStrategy, StrategiesUnavailableError
from app.vocabulary import BuildStatus


class MemoryBuilds:
    """`lost`: it can be neither read nor written."""

    def __init__(self, *, lost: bool = False) -> None:
        self.builds: dict[str, Build] = {}
        self.strategies: list[StoredStrategy] = []
        self._lost = lost

    async def add(self, build: Build, stored: StoredStrategy | None) -> None:
        if self._lost:
            raise StrategiesUnavailableError("Builds cannot be read or written")
        self.builds[build.build_id] = build
        self.strategies += [] if stored is None else [stored]

    async def get(self, build_id: str) -> Build | None:
        return self.builds.get(build_id)

    async def page(
        self, owner_id: str, status: BuildStatus | None, *, limit: int, offset: int
    ) -> tuple[Sequence[Build], int]:
        found = [
            build
            for build in reversed(self.builds.values())
            if build.owner_id == owner_id and status in {None, build.status}
        ]
        return found[offset : offset + limit], len(found)

    async def decide(self, decided: Build, stored: StoredStrategy | None) -> bool:
        if self.builds[decided.build_id].status is not BuildStatus.PENDING:
            return False
        await self.add(decided, stored)
        return True
