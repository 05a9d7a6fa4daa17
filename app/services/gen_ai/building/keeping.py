"""Builds: read for a change, and kept with what a person must decide."""

from dataclasses import dataclass

from app.quant.words import Language
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.core import Receipt
from app.services.gen_ai.responses import cost_fields
from app.services.strategies.builds import NewBuild, StrategyBuilds, approval_reasons, only_explained, waived
from app.services.strategies.ports import Build, StrategiesUnavailableError


@dataclass(frozen=True, slots=True)
class Kept:
    """`approval_reasons` say why a person must approve it, or need not."""

    build: Build
    requires_approval: bool
    approval_reasons: list[str]


@dataclass(frozen=True, slots=True)
class Keeper:
    builds: StrategyBuilds

    async def keep(
        self,
        answer: StrategyAnswer,
        request: StrategyBuilderRequest,
        receipt: Receipt,
        *,
        caller_id: str,
        language: Language,
    ) -> Kept:
        """The answer as it was kept.

        Raises:
            StrategiesUnavailableError: it could not be kept; the error has what was paid for.
        """
        explained = answer.intent == "explain" and request.strategy is not None
        requires_approval = request.require_approval and not explained
        new = NewBuild(
            owner_id=caller_id,
            operation_id=receipt.operation_id,
            intent=answer.intent,
            query=request.query,
            assumptions=answer.assumptions,
            built=answer.strategy,
        )
        try:
            build = await self.builds.record(new, approved=not requires_approval and not explained)
        except StrategiesUnavailableError as error:
            error.fields |= cost_fields(receipt) | {"strategy": answer.strategy.model_dump(mode="json")}
            raise
        if requires_approval:
            reasons = approval_reasons(answer.strategy, len(answer.assumptions), language)
        else:
            reasons = [only_explained(language) if explained else waived(language)]
        return Kept(build, requires_approval, reasons)
