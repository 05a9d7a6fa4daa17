"""Builds: kept, listed, decided on once, with the reasons for which a person should look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.clock import Clock
from app.ids import unguessable_id
from app.quant.figures import percent
from app.quant.strategy import Strategy
from app.quant.words import Language
from app.services.strategies.ports import Build, BuildDecidedError, BuildNotFoundError, BuildStore, StoredStrategy
from app.services.strategies.service import checked_strategy
from app.vocabulary import BuildStatus

_MUCH = 0.5
"""A position of more than this fraction of the capital is worth a second look."""


def approval_reasons(strategy: Strategy, assumptions: int, language: Language) -> list[str]:
    """Why a person must approve: nobody has, and what deserves a look."""
    return list(_reasons_ko(strategy, assumptions) if language == "ko" else _reasons_en(strategy, assumptions))


def waived(language: Language) -> str:
    if language == "ko":
        return "요청에서 승인이 필요 없다고 하여 바로 저장했습니다."
    return "The request waived approval, so it was stored at once."


def only_explained(language: Language) -> str:
    if language == "ko":
        return "기존 전략을 설명했을 뿐이므로 승인할 것이 없습니다."
    return "An existing strategy was explained and nothing was built, so there is nothing to approve."


def _reasons_en(strategy: Strategy, assumptions: int) -> Iterator[str]:
    yield "No person has looked at it yet, and the request did not waive approval."
    if assumptions:
        yield f"The model made {assumptions} assumption{'s' * (assumptions > 1)} where the query left something open."
    if strategy.risk.stop_loss is None:
        yield "It has no stop loss."
    if strategy.risk.position_size > _MUCH:
        yield f"It puts {percent(strategy.risk.position_size)} of the capital into one position."


def _reasons_ko(strategy: Strategy, assumptions: int) -> Iterator[str]:
    yield "아직 사람이 확인하지 않았고, 요청에서 승인을 생략하지 않았습니다."
    if assumptions:
        yield f"질문에 없는 내용을 모델이 {assumptions}가지 가정했습니다."
    if strategy.risk.stop_loss is None:
        yield "손절 기준이 없습니다."
    if strategy.risk.position_size > _MUCH:
        yield f"자본의 {percent(strategy.risk.position_size)}를 한 포지션에 투입합니다."


# What the strategy builder has built, and what a person decides on it: approve, reject, or approve with changes.

Action = Literal["approve", "reject", "modify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBuild:
    """What there is to keep of an answer of the strategy builder; see `Build`."""

    owner_id: str
    operation_id: str
    intent: str
    query: str
    assumptions: Sequence[str]
    built: Strategy


class StrategyBuilds:
    def __init__(self, store: BuildStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def record(self, new: NewBuild, *, approved: bool) -> Build:
        """Keeps a build; one that nobody has to approve becomes a stored strategy at once.

        Raises:
            StrategiesUnavailableError: the store cannot be reached.
        """
        now = self._clock.now()
        build = Build(
            build_id=unguessable_id("build", now),
            owner_id=new.owner_id,
            operation_id=new.operation_id,
            intent=new.intent,
            query=new.query,
            assumptions=tuple(new.assumptions),
            built=new.built,
            created_at=now,
        )
        stored = None
        if approved:
            build, stored = self._approved(build, None)
        await self._store.add(build, stored)
        return build

    async def get(self, build_id: str, caller_id: str) -> Build:
        """A build of the caller.

        Raises:
            BuildNotFoundError: the caller has none with this id.
            StrategiesUnavailableError: the store cannot be reached.
        """
        found = await self._store.get(build_id)
        if found is None or found.owner_id != caller_id:
            raise BuildNotFoundError(build_id)
        return found

    async def page(
        self, caller_id: str, status: BuildStatus | None, *, limit: int, offset: int
    ) -> tuple[Sequence[Build], int]:
        """The caller's builds, the newest first, and how many there are in all."""
        return await self._store.page(caller_id, status, limit=limit, offset=offset)

    async def decide(
        self, build_id: str, action: Action, caller_id: str, *, changed: Mapping[str, Any] | None = None
    ) -> Build:
        """Carries a decision out; the same decision once more changes nothing. `changed` is the strategy to modify to.

        Raises:
            BuildNotFoundError: the caller has no build with this id.
            InvalidStrategyError: the changed strategy makes no sense.
            BuildDecidedError: it was decided otherwise before.
            StrategiesUnavailableError: the store cannot be reached.
        """
        build = await self.get(build_id, caller_id)
        strategy = None if changed is None else checked_strategy(changed, "body.strategy")
        if build.status is BuildStatus.PENDING:
            decided, stored = self._rejected(build) if action == "reject" else self._approved(build, strategy)
            if await self._store.decide(decided, stored):
                return decided
            build = await self.get(build_id, caller_id)
        if _agrees(build, action, strategy):
            return build
        raise _contradiction(build)

    def _approved(self, build: Build, changed: Strategy | None) -> tuple[Build, StoredStrategy]:
        now = self._clock.now()
        stored = StoredStrategy(
            strategy_id=unguessable_id("strat", now),
            owner_id=build.owner_id,
            build_id=build.build_id,
            strategy=build.built if changed is None else changed,
            version=1,
            created_at=now,
            updated_at=now,
        )
        decided = replace(
            build,
            status=BuildStatus.APPROVED,
            decided_at=now,
            approved=changed,
            strategy_id=stored.strategy_id,
        )
        return decided, stored

    def _rejected(self, build: Build) -> tuple[Build, None]:
        return replace(build, status=BuildStatus.REJECTED, decided_at=self._clock.now()), None


def _agrees(build: Build, action: Action, strategy: Strategy | None) -> bool:
    """Whether a decision that was made before comes to the same."""
    if build.status is BuildStatus.REJECTED:
        return action == "reject"
    return action == "approve" or (action == "modify" and strategy == build.strategy)


def _contradiction(build: Build) -> BuildDecidedError:
    if build.status is BuildStatus.REJECTED:
        advice = "build the strategy anew"
    else:
        advice = f"change or delete the strategy with PATCH or DELETE /api/v1/strategies/{build.strategy_id}"
    return BuildDecidedError(
        f"{build.build_id} was {build.status.value} before; {advice}",
        build_status=build.status.value,
        strategy_id=build.strategy_id,
    )
