"""Strategy builder: a person's words to a strategy that can be executed."""

from dataclasses import dataclass

from app.quant.words import in_words
from app.schemas.gen_ai.common import detected_language
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.schemas.gen_ai.strategy_review import BuildReview
from app.services.gen_ai.building.keeping import Keeper, Kept
from app.services.gen_ai.building.prompt import Brief, StrategyAnswer, strategy_messages
from app.services.gen_ai.building.review import reviewed
from app.services.gen_ai.building.trials import Trials
from app.services.gen_ai.building.verifier import verify_strategy
from app.services.gen_ai.core import GenerationTask, OpenAIClientManager, Receipt
from app.services.strategies.service import StrategyService

SERVICE = "strategy_builder"
_MAX_OUTPUT_TOKENS = 2500
_TEMPERATURE = 0.2
"""A rule read out of a sentence should come out the same tomorrow."""


@dataclass(frozen=True, slots=True)
class BuiltStrategy:
    """`rules_in_words` says what the strategy's data says, not what the model says about it. `answer` is the model's,
    but for a strategy that was optimised and holds up: then that one is in it. `kept`: how it waits for approval.
    """

    answer: StrategyAnswer
    rules_in_words: list[str]
    review: BuildReview
    receipt: Receipt
    kept: Kept


class StrategyBuilderService:
    def __init__(
        self, manager: OpenAIClientManager, trials: Trials, keeper: Keeper, strategies: StrategyService
    ) -> None:
        self._manager = manager
        self._trials = trials
        self._keeper = keeper
        self._strategies = strategies

    async def build_strategy(self, request: StrategyBuilderRequest, caller_id: str) -> BuiltStrategy:
        """A strategy that makes sense, from words; it is kept for a person to approve, or stored at once.

        Raises:
            InvalidModelError: the model may not be used here.
            AnswerRejectedError: the model gave no strategy that makes sense.
            UpstreamError: OpenAI did not answer.
            InputError: there are no bars of the symbol to try it on.
            StrategyNotFoundError: the caller has no strategy with the id that the request names.
            StrategiesUnavailableError: the store cannot be reached; the error has what was paid for.
        """
        request = await self._with_stored_strategy(request, caller_id)
        brief = await self._brief(request)
        generated = await self._manager.generate(
            GenerationTask(
                service=SERVICE,
                operation="build_strategy",
                caller_id=caller_id,
                messages=strategy_messages(brief),
                answer=StrategyAnswer,
                max_output_tokens=_MAX_OUTPUT_TOKENS,
                verify=lambda answer: verify_strategy(answer, brief, self._trials),
                requested_model_id=request.model_id,
                temperature=_TEMPERATURE,
            )
        )
        answer, review = await self._trials.study(
            lambda: reviewed(generated.answer, brief, generated.receipt, generated.findings)
        )
        kept = await self._keeper.keep(answer, request, generated.receipt, caller_id=caller_id, language=brief.language)
        return BuiltStrategy(answer, in_words(answer.strategy, brief.language), review, generated.receipt, kept)

    async def _with_stored_strategy(self, request: StrategyBuilderRequest, caller_id: str) -> StrategyBuilderRequest:
        """A stored strategy takes its place in the request: from there on it is as if it had been sent along."""
        if request.strategy_id is None:
            return request
        stored = await self._strategies.get(request.strategy_id, caller_id)
        return request.model_copy(update={"strategy": stored.strategy})

    async def _brief(self, request: StrategyBuilderRequest) -> Brief:
        language = request.language or detected_language(request.query)
        series = await self._trials.series(request)
        if request.strategy is None:
            return Brief(request, language, series)
        trial = await self._trials.trial(request.strategy, series.bars)
        return Brief(request, language, series, tuple(trial.violations))
