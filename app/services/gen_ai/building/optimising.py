"""Better numbers for a strategy: searched on the first part of a series, judged on the rest, and put into words."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from app.quant.backtest import BacktestConfig, Metrics
from app.quant.dry_run import DryRun, RulesCount, dry_run, dry_run_problems
from app.quant.figures import figure, percent
from app.quant.market import Bars
from app.quant.strategy import Strategy
from app.quant.study import Optimisation, Trial, Tunable, changed, optimise, tunables
from app.quant.validation import problems
from app.quant.words import Language, in_words
from app.schemas.gen_ai.strategy_review import (
    ConditionReport,
    DryRunReport,
    Figures,
    OptimisationReport,
    OverfittingReport,
    RulesReport,
    SettingReport,
    TrialReport,
    VariedParameter,
)
from app.services.gen_ai.building.prompt import Series, StrategyAnswer
from app.services.gen_ai.building.trials import Grid, grid_for

_NOTES: Mapping[Language, str] = {
    "ko": "{wished}의 일봉 데이터가 없어 {symbol}(으)로 시험했습니다.",
    "en": "There are no bars of {wished}, so it was tried on {symbol}.",
}


def figures(metrics: Metrics) -> Figures:
    return Figures(**{name: getattr(metrics, name) for name in Figures.model_fields})


def name_of(number: Tunable, language: Language) -> str:
    return number.label_ko if language == "ko" else number.label_en


def setting(number: Tunable, value: float, language: Language) -> SettingReport:
    return SettingReport(parameter=number.id, name=name_of(number, language), before=number.value, value=value)


def dry_run_report(run: DryRun, series: Series, language: Language) -> DryRunReport:
    metrics = run.metrics
    note = None
    if series.wished is not None:
        note = _NOTES[language].format(wished=series.wished, symbol=run.symbol)
    return DryRunReport(
        **dict(figures(metrics)),
        symbol=run.symbol,
        note=note,
        first_day=run.first_day,
        last_day=run.last_day,
        days=run.days,
        position_fraction=run.position_fraction,
        open_trades=metrics.open_trades,
        exposure=metrics.exposure,
        benchmark_return=metrics.benchmark_return,
        entry=_rules(run.entry),
        exit=_rules(run.exit),
    )


def _rules(counted: RulesCount) -> RulesReport:
    conditions = [ConditionReport(condition=str(each.condition), days=each.days) for each in counted.conditions]
    return RulesReport(days=counted.days, conditions=conditions)


# What an optimisation says about itself, in both languages; each sentence comes from a figure of the trials.

_WEAK = 0.3
"""A rank correlation below this says little: it explains less than a tenth of the order."""

_SAY: dict[str, dict[Language, str]] = {
    "tried": {
        "ko": "조합 {trials}개를 {split} 이전 구간에서 시험해 가장 좋은 것을 골랐습니다. 여러 번 시험하면 우연히 좋아 "
        "보이는 조합이 나오기 마련입니다.",
        "en": "Combinations tried on the days before {split}: {trials}. The best of many looks good by chance alone.",
    },
    "nothing_to_choose": {
        "ko": "비교할 수 있는 조합이 하나뿐이라 고를 것이 없었습니다.",
        "en": "There was nothing to choose between: fewer than two combinations could be compared.",
    },
    "fell": {
        "ko": "고른 구간에서 샤프 비율은 {inside}, 고르지 않은 구간에서는 {outside}입니다.",
        "en": "Its Sharpe ratio is {inside} in the sample that chose it, and {outside} out of it.",
    },
    "worse": {
        "ko": "고르지 않은 구간에서는 바꾸지 않은 전략({unchanged})보다 나을 것이 없습니다.",
        "en": "Out of the sample it is no better than the unchanged strategy ({unchanged}).",
    },
    "rank": {
        "ko": "고르지 않은 구간에서의 순위는 {trials}개 가운데 {rank}위입니다.",
        "en": "Out of the sample it comes {rank} of {trials}.",
    },
    "unrelated": {
        "ko": "두 구간의 순위 상관은 {correlation}이므로, 한 구간의 순위는 다른 구간을 거의 알려 주지 않습니다.",
        "en": "The rank correlation of the two parts is {correlation}: the order in one says little about the other.",
    },
    "chance": {
        "ko": "쓸모없는 조합 {trials}개 중 가장 좋은 것도 우연히 {chance} 정도는 나옵니다.",
        "en": "The best of {trials} worthless combinations is expected to show {chance} by chance.",
    },
    "kept": {
        "ko": "그래서 전략은 그대로 두었습니다.",
        "en": "So the strategy stays as it was.",
    },
    "adopted": {
        "ko": "나중 구간도 채택 여부를 정하는 데 쓰였으므로, 두 구간에 없는 자료로 다시 확인하십시오.",
        "en": "The later part decided whether to take it over: judge it on days that neither part holds.",
    },
}
_CHANGED: dict[Language, str] = {
    "ko": "{changes}. 자본을 모두 투입할 때, 고르지 않은 구간의 총수익률은 {before} → {after}, 샤프 비율은 "
    "{sharpe_before} → {sharpe_after}입니다.",
    "en": "{changes}. Out of the sample, with all the capital in each position, the total return went from {before} to "
    "{after} and the Sharpe ratio from {sharpe_before} to {sharpe_after}.",
}


def warnings(found: Optimisation, language: Language, *, adopted: bool) -> list[str]:
    """What speaks against trusting the best of the trials; the first sentence always does."""
    luck = found.overfitting
    values = {
        "trials": found.trial_count,
        "split": found.split_day,
        "inside": _ratio(luck.best_in_sample),
        "outside": _ratio(luck.best_out_of_sample),
        "unchanged": _ratio(luck.unchanged_out_of_sample),
        "rank": luck.rank_out_of_sample,
        "correlation": _ratio(luck.rank_correlation),
        "chance": _ratio(luck.sharpe_by_chance),
    }
    return [_SAY[key][language].format(**values) for key in _signs(found, adopted=adopted)]


def _signs(found: Optimisation, *, adopted: bool) -> Iterator[str]:
    luck = found.overfitting
    if found.best is None or found.trial_count < 2:  # noqa: PLR2004  one combination is no choice
        yield from ("nothing_to_choose", "kept")
        return
    yield from ("tried", "fell")
    if not is_above(luck.best_out_of_sample, luck.unchanged_out_of_sample):
        yield "worse"
    if luck.rank_out_of_sample is not None and luck.rank_out_of_sample > 1:
        yield "rank"
    if luck.rank_correlation is None or luck.rank_correlation < _WEAK:
        yield "unrelated"
    if luck.sharpe_by_chance is not None and not is_above(luck.best_in_sample, luck.sharpe_by_chance):
        yield "chance"
    yield "adopted" if adopted else "kept"


def is_above(one: float | None, other: float | None) -> bool:
    """Anything is above what is not defined."""
    return one is not None and (other is None or one > other)


def change_words(best: TrialReport, before: TrialReport, language: Language) -> str:
    """Which numbers were changed, and what that did where they were not chosen."""
    changes = [
        f"{each.name}: {figure(each.before)} → {figure(each.value)}"
        for each in best.settings
        if each.before != each.value
    ]
    new, old = best.out_of_sample, before.out_of_sample
    return _CHANGED[language].format(
        changes=", ".join(changes),
        before=percent(round(old.total_return, 4)),
        after=percent(round(new.total_return, 4)),
        sharpe_before=_ratio(old.sharpe_ratio),
        sharpe_after=_ratio(new.sharpe_ratio),
    )


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"


# Tries other numbers for a strategy, and takes them over only where they hold up where they were not chosen.

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

    def trial_report(trial: Trial) -> TrialReport:
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
        unchanged=trial_report(found.unchanged),
        best=None if found.best is None else trial_report(found.best),
        leading=[trial_report(trial) for trial in found.trials[:_SHOWN]],
        overfitting=OverfittingReport(**{name: luck[name] for name in OverfittingReport.model_fields}),
        adopted=adopted,
        warnings=warnings(found, language, adopted=adopted),
    )
