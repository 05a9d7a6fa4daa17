"""What a program found out about a strategy that the model built. Every figure is computed; none is the model's."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

ConfidenceLevel = Literal["high", "medium", "low"]


class Confidence(BaseModel):
    """Computed from what is known of the answer; the model is not asked."""

    value: float = Field(ge=0, le=1, description="1 less what each reason takes off; never below 0")
    level: ConfidenceLevel = Field(description="high from 0.8, medium from 0.5, else low")
    reasons: list[str] = Field(description="One sentence for each thing that counts, with what it takes off")


class CheckedParameter(BaseModel):
    """A number of the strategy and what it may be."""

    parameter: str = Field(description="Its id, as in SMA(20).period, entry.1.number or risk.stop_loss")
    name: str = Field(description="What it is, in the language of the answer")
    value: float
    lowest: float = Field(description="The lowest value that the strategy's type and the indicator allow")
    highest: float = Field(description="The highest value that they allow")
    passes: bool = Field(description="Whether the value is within these limits")


class Validation(BaseModel):
    """What the checks say of the strategy of the answer."""

    parameters: list[CheckedParameter] = Field(description="Every number of the strategy")
    problems: list[str] = Field(
        description="What is wrong with the strategy as a whole; only one that existed before can have any"
    )


class Figures(BaseModel):
    """What a backtest measured. Fractions: 0.12 is 12 %; null: not defined."""

    total_return: float = Field(description="Fraction of the initial capital")
    annualised_return: float | None = Field(description="Fraction a year")
    sharpe_ratio: float | None = Field(description="Return above the risk-free rate per volatility")
    max_drawdown: float = Field(description="A negative fraction")
    total_trades: int = Field(description="Closed trades")
    win_rate: float | None = Field(description="Trades with a gain as a fraction of the closed ones")


class ConditionReport(BaseModel):
    condition: str
    days: int = Field(description="On how many days it held by itself")


class RulesReport(BaseModel):
    """How often rules held."""

    days: int = Field(description="On how many days the rules as a whole held")
    conditions: list[ConditionReport] = Field(description="In the order of the rules")


class DryRunReport(Figures):
    """The strategy on the series, with the platform's usual costs and largest position."""

    symbol: str = Field(description="The series that it was tried on")
    note: str | None = Field(description="Why it was not the series that the preferences name, where it was not")
    first_day: date
    last_day: date
    days: int = Field(description="Days at whose close something could be ordered")
    position_fraction: float = Field(description="Fraction of the capital that went into each position")
    open_trades: int = Field(description="Positions still held on the last day")
    exposure: float = Field(description="Fraction of the days with something held at the close")
    benchmark_return: float = Field(description="Buying and holding the same series, fraction")
    entry: RulesReport = Field(description="How often the entry signalled")
    exit: RulesReport = Field(description="How often the exit signalled, from the first purchase on")


class SettingReport(BaseModel):
    """A number of the strategy with another value in its place."""

    parameter: str = Field(description="Its id within the strategy as it was")
    name: str = Field(description="What it is, in the language of the answer")
    before: float
    value: float


class Alternative(BaseModel):
    """The strategy with a neighbouring number, on the same series as the dry run."""

    setting: SettingReport
    figures: Figures


class EffectPoint(BaseModel):
    value: float
    figures: Figures | None = Field(description="null: the strategy makes no sense with this value")
    problems: list[str] = Field(description="Why it makes no sense")


class ParameterEffect(BaseModel):
    """A recommended number, and what the strategy does with others in its place, all else being equal."""

    parameter: str
    name: str = Field(description="What it is, in the language of the answer")
    value: float = Field(description="The recommended value")
    lowest: float = Field(description="The lowest value that is allowed")
    highest: float = Field(description="The highest value that is allowed")
    reason: str = Field(description="Why the model recommends it")
    points: list[EffectPoint] = Field(description="In rising order; the recommended value is one of them")
    lowest_return: float | None = Field(description="The lowest total return of the points, fraction")
    highest_return: float | None = Field(description="The highest total return of the points, fraction")


class TrialReport(BaseModel):
    """One combination of numbers: in the sample, which chose, and out of it, which did not."""

    settings: list[SettingReport] = Field(description="Empty: the strategy as it was")
    in_sample: Figures
    out_of_sample: Figures


class VariedParameter(BaseModel):
    parameter: str
    name: str = Field(description="What it is, in the language of the answer")
    values: list[float] = Field(description="What was tried, the present value among them")


class OverfittingReport(BaseModel):
    """How much of the best result is luck."""

    rank_out_of_sample: int | None = Field(description="The place of the best among all trials out of the sample")
    rank_correlation: float | None = Field(
        description="Between the places in and out of the sample, -1 to 1; near 0 the sample says nothing"
    )
    sharpe_by_chance: float | None = Field(
        description="The Sharpe ratio that the best of so many trials is expected to show if none is any good"
    )


class OptimisationReport(BaseModel):
    """A small grid, judged on the earlier part of the series alone; the later part is reported beside it."""

    metric: str = Field(description="What was optimised")
    position_fraction: float = Field(
        description="Fraction of the capital in each position of the trials: all of it, unless the size itself was "
        "varied, so that the rules are measured and not the cash beside them"
    )
    first_day: date
    split_day: date = Field(description="The first day out of the sample")
    last_day: date
    varied: list[VariedParameter] = Field(description="Which numbers were varied, together")
    trial_count: int = Field(description="Combinations that were tried")
    refused_count: int = Field(description="Combinations that make no sense as a strategy")
    unchanged: TrialReport = Field(description="The strategy as it was")
    best: TrialReport | None = Field(description="The best in the sample; null: the metric is defined for none")
    leading: list[TrialReport] = Field(description="The best five in the sample")
    overfitting: OverfittingReport
    adopted: bool = Field(description="Whether the strategy of the answer has the best settings: only if they hold up")
    warnings: list[str] = Field(description="What the trials say about overfitting, in sentences; never empty")


class BuildReview(BaseModel):
    """What is reported beside every strategy."""

    confidence: Confidence
    validation: Validation
    dry_run: DryRunReport
    alternatives: list[Alternative] = Field(
        description="Neighbouring numbers with their figures, where a strategy was created or changed"
    )
    parameter_effects: list[ParameterEffect] | None = Field(
        description="What each recommended number does; null: none was asked for"
    )
    optimisation: OptimisationReport | None = Field(description="null: no optimisation was asked for")
