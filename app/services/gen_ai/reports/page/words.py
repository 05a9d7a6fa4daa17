"""The page's own words. Each language fills the same form, so that none can lack a word."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.services.gen_ai.reports.page.document import RiskLevel, Verdict
from app.services.gen_ai.reports.page.measured import Mark
from app.services.gen_ai.reports.page.number_style import Absence, Group


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartWords:
    """Titles and descriptions; {names} are filled in where they are used."""

    equity: str
    drawdown: str
    equity_story: str
    benchmark_story: str
    drawdown_story: str
    benchmark_drawdown_story: str
    no_drawdown_story: str
    no_benchmark_drawdown_story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeWords:
    heading: str
    all: str
    some: str
    none: str
    bought: str
    sold: str
    entry_price: str
    exit_price: str
    profit: str
    fraction: str
    days: str
    reason: str
    mark: str
    marks: Mapping[Mark, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckWords:
    heading: str
    passed: str
    failed: str
    unchecked: str
    lead: str
    number: str
    fact: str
    value: str
    finding: str
    claims: str
    claim: str
    matched: str
    no_claim: str
    unmatched: str
    agrees: str
    disagrees: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWords:
    """About who wrote it."""

    heading: str
    model: str
    upstream: str
    openai: str
    compatible: str
    """Holds `{host}`: a server that speaks as OpenAI does, and is not OpenAI."""
    simulator: str
    simulator_note: str
    cost: str
    cost_unknown: str
    attempts: str
    operation: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    eyebrow: str
    period: str
    strategy: str
    benchmark: str
    figures: str
    figure: str
    groups: Mapping[Group, str]
    metrics: Mapping[str, str]
    absences: Mapping[Absence, str]
    years: str
    year: str
    year_drawdown: str
    years_note: str
    basis: str
    rules: str
    assumptions: str
    conventions: str
    verdicts: Mapping[Verdict, str]
    risk_levels: Mapping[RiskLevel, str]
    scroll: str
    chart: ChartWords
    trades: TradeWords
    check: CheckWords
    source: SourceWords
    parts: Mapping[str, str]
    """Of the names of facts: kinds, figures that are not in the table, ways to compute."""
    translated: Mapping[str, str]
    """Conventions, which are given in English."""
