"""Strategy builder: a person's words to a strategy that can be executed."""

from dataclasses import dataclass

from app.quant.words import in_words
from app.schemas.gen_ai.common import detected_language
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.gen_ai.core import GenerationTask, Receipt
from app.services.gen_ai.gate import Gate
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer, strategy_messages
from app.services.gen_ai.verifiers.strategy_builder import strategy_violations

SERVICE = "strategy_builder"
_MAX_OUTPUT_TOKENS = 2000
_TEMPERATURE = 0.2
"""A rule read out of a sentence should come out the same tomorrow."""


@dataclass(frozen=True, slots=True)
class BuiltStrategy:
    """`rules_in_words` says what the strategy's data says, not what the model says about it."""

    answer: StrategyAnswer
    rules_in_words: list[str]
    receipt: Receipt


class StrategyBuilderService:
    def __init__(self, manager: Gate) -> None:
        self._manager = manager

    async def build_strategy(self, request: StrategyBuilderRequest, caller_id: str) -> BuiltStrategy:
        """A strategy that makes sense, from words.

        Raises:
            InvalidModelError: the model may not be used here.
            AnswerRejectedError: the model gave no strategy that makes sense.
            UpstreamError: OpenAI did not answer.
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
        answer = generated.answer
        return BuiltStrategy(answer, in_words(answer.strategy, language), generated.receipt)
