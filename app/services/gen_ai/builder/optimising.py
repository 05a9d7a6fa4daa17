"""Tries other numbers for a strategy, and takes them over only where they hold up where they were not chosen."""

from dataclasses import asdict

from app.quant.backtest import BacktestConfig
from app.quant.dry_run import dry_run, dry_run_problems
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import Optimisation, Trial, changed, optimise, tunables
from app.quant.validation import problems
from app.quant.words import Language, in_words
from app.schemas.gen_ai.strategy_review import (
    OptimisationReport,
    OverfittingReport,
    TrialReport,
    VariedParameter,
)
from app.services.gen_ai.builder.figures import figures, name_of, setting
from app.services.gen_ai.builder.grid import Grid, grid_for
from app.services.gen_ai.builder.optimising_words import change_words, is_above, warnings
from app.services.gen_ai.prompts.strategy_builder import StrategyAnswer

_SHOWN = 5
_MARKS: dict[Language, str] = {"ko": " (최적화)", "en": " (optimised)"}
_LONGEST_NAME, _LONGEST_DESCRIPTION = 80, 600
_ALL_IN = BacktestConfig(max_position=1.0)
_SIZE = "risk.position_size"


def optimised(answer: StrategyAnswer, bars: Bars, language: Language) -> tuple[StrategyAnswer, OptimisationReport]:
    """The answer, with the best numbers in its strategy where these hold up, and the report.

    They hold up where they do better than the unchanged strategy out of the sample, and better in the sample than the
    best of so many worthless trials would by chance. The explanation is then written here: the model's speaks of the
    numbers as they were.
    """
    grid = grid_for(answer.strategy, answer.parameters)
    found = optimise(_sized(answer.strategy, grid), bars, grid, config=_ALL_IN)
    better = _better(answer.strategy, found, bars)
    report = _report(answer.strategy, found, grid, language, adopted=better is not None)
    if better is None or report.best is None:
        return answer, report
    words = change_words(report.best, report.unchanged, language)
    return answer.model_copy(update={"strategy": _renamed(better, language), "explanation": words}), report


def _renamed(strategy: Strategy, language: Language) -> Strategy:
    """Name and description speak of the numbers as they were."""
    mark = _MARKS[language]
    return strategy.model_copy(
        update={
            "name": f"{strategy.name[: _LONGEST_NAME - len(mark)]}{mark}",
            "description": " ".join(in_words(strategy, language))[:_LONGEST_DESCRIPTION],
        }
    )


def _sized(strategy: Strategy, grid: Grid) -> Strategy:
    """With all the capital in a position: most of a smaller one's Sharpe ratio is that of the cash beside it."""
    if _SIZE in grid:
        return strategy
    return strategy.model_copy(update={"risk": strategy.risk.model_copy(update={"position_size": 1.0})})


def _better(strategy: Strategy, found: Optimisation, bars: Bars) -> Strategy | None:
    """The strategy with the best settings, where there is a reason to take them."""
    luck = found.overfitting
    ahead = is_above(luck.best_out_of_sample, luck.unchanged_out_of_sample)
    if found.best is None or not ahead or not is_above(luck.best_in_sample, luck.sharpe_by_chance):
        return None
    variant = changed(strategy, {each.parameter: each.value for each in found.best.settings})
    if variant == strategy or problems(variant, len(bars)):
        return None
    return None if dry_run_problems(variant, dry_run(variant, bars)) else variant


def _report(
    strategy: Strategy, found: Optimisation, grid: Grid, language: Language, *, adopted: bool
) -> OptimisationReport:
    numbers = {each.id: each for each in tunables(strategy)}

    def told(trial: Trial) -> TrialReport:
        settings = [setting(numbers[each.parameter], each.value, language) for each in trial.settings]
        return TrialReport(
            settings=settings, in_sample=figures(trial.in_sample), out_of_sample=figures(trial.out_of_sample)
        )

    luck = asdict(found.overfitting)
    return OptimisationReport(
        metric=found.metric,
        position_fraction=_sized(strategy, grid).risk.position_size,
        first_day=found.first_day,
        split_day=found.split_day,
        last_day=found.last_day,
        varied=[
            VariedParameter(parameter=name, name=name_of(numbers[name], language), values=list(values))
            for name, values in grid.items()
        ],
        trial_count=found.trial_count,
        refused_count=found.refused_count,
        unchanged=told(found.unchanged),
        best=None if found.best is None else told(found.best),
        leading=[told(trial) for trial in found.trials[:_SHOWN]],
        overfitting=OverfittingReport(**{name: luck[name] for name in OverfittingReport.model_fields}),
        adopted=adopted,
        warnings=warnings(found, language, adopted=adopted),
    )
