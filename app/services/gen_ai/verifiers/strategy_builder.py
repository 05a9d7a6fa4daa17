"""When is a strategy of the model accepted?"""

from collections.abc import Iterator

from app.quant.dry_run import DryRun
from app.quant.figures import figure
from app.services.gen_ai.builder.brief import Brief
from app.services.gen_ai.builder.trials import Trials
from app.services.gen_ai.core import Verdict
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer
from app.services.gen_ai.verifiers.language import language_problems
from app.services.gen_ai.verifiers.strategy_changes import change_violations
from app.services.gen_ai.verifiers.strategy_parameters import parameter_violations
from app.services.gen_ai.verifiers.strategy_prose import prose_violations


async def verify_strategy(answer: StrategyAnswer, brief: Brief, trials: Trials) -> Verdict[DryRun | None]:
    """The strategy makes sense and can trade on the series, and the answer agrees with the request and with itself.
    What is found is its dry run.

    What was wrong with an existing strategy before is no fault of an answer that works on it; it is told all the same.
    """
    trial = await trials.trial(answer.strategy, brief.series.bars)
    excused = () if answer.intent == "create" else brief.known_problems
    faults = [fault for fault in trial.violations if fault not in excused]
    return Verdict([*faults, *answer_violations(answer, brief)], trial.findings)


def answer_violations(answer: StrategyAnswer, brief: Brief) -> list[str]:
    """What can be told without running the strategy."""
    names = (answer.strategy.name, *(() if brief.existing is None else (brief.existing.name,)))
    language = language_problems([answer.explanation], brief.language, names=names)
    return [
        *_missing_strategy(answer, brief),
        *_broken_limits(answer, brief),
        *change_violations(answer, brief),
        *parameter_violations(answer),
        *prose_violations(answer, brief),
        *(f"explanation: {problem}" for problem in language),
    ]


def _missing_strategy(answer: StrategyAnswer, brief: Brief) -> Iterator[str]:
    if answer.intent in {"modify", "explain"} and brief.existing is None:
        yield f"intent is {answer.intent}, but there is no existing strategy; give intent create and a strategy"


def _broken_limits(answer: StrategyAnswer, brief: Brief) -> Iterator[str]:
    preferences = brief.request.preferences
    most = preferences.max_position_size if preferences else None
    size = answer.strategy.risk.position_size
    # A strategy that is only looked at is not ours to change.
    looked_at = answer.intent in {"explain", "optimise"} and answer.strategy == brief.existing
    if most is not None and size > most and not looked_at:
        yield f"risk.position_size is {figure(size)}; the preferences allow {figure(most)} at most"
