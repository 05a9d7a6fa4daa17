"""What a program finds out about an accepted answer: the figures beside it, and how far it can be trusted."""

from app.quant.dry_run import DryRun, dry_run, dry_run_problems
from app.quant.validation import problems
from app.schemas.gen_ai.strategy_review import BuildReview, OptimisationReport, Validation
from app.services.gen_ai.builder.alternatives import alternatives
from app.services.gen_ai.builder.brief import Brief
from app.services.gen_ai.builder.checked import checked_parameters
from app.services.gen_ai.builder.confidence import confidence
from app.services.gen_ai.builder.effects import parameter_effects
from app.services.gen_ai.builder.evidence import evidence
from app.services.gen_ai.builder.figures import dry_run_report
from app.services.gen_ai.builder.optimising import optimised
from app.services.gen_ai.core import Receipt
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer


def reviewed(
    answer: StrategyAnswer, brief: Brief, receipt: Receipt, run: DryRun | None
) -> tuple[StrategyAnswer, BuildReview]:
    """The answer that is handed out, and what there is to say about it. Takes up to some hundred backtests.

    The answer is the accepted one, but for an optimisation whose best numbers hold up: then these are in it. `run` is
    its dry run, where there was one.
    """
    bars, language = brief.series.bars, brief.language
    optimisation: OptimisationReport | None = None
    if answer.intent == "optimise":
        answer, optimisation = optimised(answer, bars, language)
        run = None if optimisation.adopted else run
    strategy = answer.strategy
    run = run or dry_run(strategy, bars)
    wrong = problems(strategy, len(bars)) or dry_run_problems(strategy, run)
    recommends = answer.intent == "recommend_parameters"
    review = BuildReview(
        confidence=confidence(evidence(answer, brief, receipt, run, wrong), language),
        validation=Validation(parameters=checked_parameters(strategy, language), problems=wrong),
        dry_run=dry_run_report(run, brief.series, language),
        alternatives=alternatives(strategy, bars, language) if answer.intent in {"create", "modify"} else [],
        parameter_effects=parameter_effects(answer, bars, language) if recommends else None,
        optimisation=optimisation,
    )
    return answer, review
