"""From what the quant engine computes to what the answer reports."""

from collections.abc import Mapping

from app.quant.backtest import Metrics
from app.quant.dry_run import DryRun, RulesCount
from app.quant.study import Tunable
from app.quant.words import Language
from app.schemas.gen_ai.strategy_review import ConditionReport, DryRunReport, Figures, RulesReport, SettingReport
from app.services.gen_ai.builder.brief import Series

_NOTES: Mapping[Language, str] = {
    "ko": "{wished}의 일봉 데이터가 없어 {symbol}(으)로 시험했습니다.",
    "en": "There are no bars of {wished}, so it was tried on {symbol}.",
}


def figures(metrics: Metrics) -> Figures:
    return Figures(**{name: getattr(metrics, name) for name in Figures.model_fields})


def name_of(number: Tunable, language: Language) -> str:
    return number.said_ko if language == "ko" else number.said_en


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
