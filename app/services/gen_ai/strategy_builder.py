"""Strategy builder: a person's words to a strategy that can be executed."""

from dataclasses import dataclass
from typing import Any

from app.quant.words import Language, in_words
from app.schemas.gen_ai.common import decimal_string, detected_language
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.gen_ai.core import Generated, GenerationTask, Receipt
from app.services.gen_ai.gate import Gate
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer, strategy_messages
from app.services.gen_ai.verifiers.strategy_builder import strategy_violations
from app.services.strategies.approval_words import approval_reasons, only_explained, waived
from app.services.strategies.builds import NewBuild, StrategyBuilds
from app.services.strategies.errors import StrategiesUnavailableError
from app.services.strategies.ports import Build

SERVICE = "strategy_builder"
_MAX_OUTPUT_TOKENS = 2000
_TEMPERATURE = 0.2
"""A rule read out of a sentence should come out the same tomorrow."""


@dataclass(frozen=True, slots=True)
class BuiltStrategy:
    """`rules_in_words` says what the strategy's data says, not what the model says about it. `build` is the answer as
    it was kept; `approval_reasons` say why a person must approve it, or need not.
    """

    answer: StrategyAnswer
    rules_in_words: list[str]
    receipt: Receipt
    build: Build
    requires_approval: bool
    approval_reasons: list[str]


class StrategyBuilderService:
    def __init__(self, manager: Gate, builds: StrategyBuilds) -> None:
        self._manager = manager
        self._builds = builds

    async def build_strategy(self, request: StrategyBuilderRequest, caller_id: str) -> BuiltStrategy:
        """A strategy that makes sense, from words; it is kept for a person to approve, or stored at once.

        Raises:
            InvalidModelError: the model may not be used here.
            AnswerRejectedError: the model gave no strategy that makes sense.
            UpstreamError: OpenAI did not answer.
            StrategiesUnavailableError: it could not be kept; the error has what was paid for.
        """
        language = request.language or detected_language(request.query)
        generated = await self._manager.generate(
            GenerationTask(
                service=SERVICE,
                operation="build_strategy",
                caller_id=caller_id,
                messages=strategy_messages(request, language),
                answer=StrategyAnswer,
                max_output_tokens=_MAX_OUTPUT_TOKENS,
                verify=lambda answer: strategy_violations(answer, request, language),
                requested_model_id=request.model_id,
                temperature=_TEMPERATURE,
            )
        )
        return await self._kept(generated, request, caller_id, language)

    async def _kept(
        self, generated: Generated[StrategyAnswer], request: StrategyBuilderRequest, caller_id: str, language: Language
    ) -> BuiltStrategy:
        answer = generated.answer
        explained = answer.intent == "explain" and request.strategy is not None
        requires_approval = request.require_approval and not explained
        new = NewBuild(
            owner_id=caller_id,
            operation_id=generated.receipt.operation_id,
            intent=answer.intent,
            query=request.query,
            assumptions=answer.assumptions,
            built=answer.strategy,
        )
        try:
            build = await self._builds.record(new, approved=not requires_approval and not explained)
        except StrategiesUnavailableError as error:
            error.fields |= _paid_for(generated)
            raise
        if requires_approval:
            reasons = approval_reasons(answer.strategy, len(answer.assumptions), language)
        else:
            reasons = [only_explained(language) if explained else waived(language)]
        words = in_words(answer.strategy, language)
        return BuiltStrategy(answer, words, generated.receipt, build, requires_approval, reasons)


def _paid_for(generated: Generated[StrategyAnswer]) -> dict[str, Any]:
    """What an error says of an answer that could not be kept: nobody has to pay for it twice."""
    cost = generated.receipt.cost_usd
    return {
        "operation_id": generated.receipt.operation_id,
        "cost_usd": None if cost is None else decimal_string(cost),
        "strategy": generated.answer.strategy.model_dump(mode="json"),
    }
