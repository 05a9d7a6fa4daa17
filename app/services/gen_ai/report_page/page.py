"""A page as every renderer takes it: all of its texts in their order, none of them escaped."""

from dataclasses import dataclass
from types import MappingProxyType

from app.quant.words import Language
from app.services.gen_ai.report_page.basis import basis
from app.services.gen_ai.report_page.charts import Chart, charts
from app.services.gen_ai.report_page.check_table import claim_table, number_table, verdict_on_text
from app.services.gen_ai.report_page.document import ReportDocument, Section
from app.services.gen_ai.report_page.measured import Measured
from app.services.gen_ai.report_page.metric_table import Headline, headlines, metric_table
from app.services.gen_ai.report_page.source_list import source_list, source_note
from app.services.gen_ai.report_page.table import Table
from app.services.gen_ai.report_page.trade_table import trade_table
from app.services.gen_ai.report_page.words import Words
from app.services.gen_ai.report_page.words_en import ENGLISH
from app.services.gen_ai.report_page.words_ko import KOREAN
from app.services.gen_ai.report_page.year_table import year_table

_WORDS = MappingProxyType({"en": ENGLISH, "ko": KOREAN})


@dataclass(frozen=True, slots=True)
class Badge:
    """`tone` is for the eye alone: the text says all."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    language: Language
    words: Words
    title: str
    strategy_name: str
    symbol: str | None
    period: str | None
    note: str | None
    badges: tuple[Badge, ...]
    headlines: tuple[Headline, ...]
    summary: Section | None
    charts: tuple[Chart, ...]
    sections: tuple[Section, ...]
    tables: tuple[Table, ...]
    basis: Section | None
    checks: tuple[Table, ...]
    source: tuple[tuple[str, str], ...]


def words_of(language: Language) -> Words:
    return _WORDS[language]


def page_of(document: ReportDocument) -> Page:
    words, measured, language = words_of(document.language), document.measured, document.language
    curves = measured.curves
    return Page(
        language=language,
        words=words,
        title=document.title,
        strategy_name=document.strategy_name,
        symbol=measured.symbol,
        period=_period(measured, words),
        note=source_note(document.provenance, words.source),
        badges=_badges(document, words),
        headlines=headlines(measured, words),
        summary=document.sections[0] if document.sections else None,
        charts=() if curves is None else charts(curves, words, language),
        sections=document.sections[1:],
        tables=_tables(document, words),
        basis=basis(document, words),
        checks=_checks(document, words),
        source=source_list(document.provenance, words.source),
    )


def _period(measured: Measured, words: Words) -> str | None:
    first, last = measured.first_day, measured.last_day
    return words.period.format(first=first, last=last) if first and last else None


def _badges(document: ReportDocument, words: Words) -> tuple[Badge, ...]:
    found = []
    if document.verdict is not None:
        found.append(Badge(words.verdicts[document.verdict], document.verdict))
    if document.risk_level is not None:
        found.append(Badge(words.risk_levels[document.risk_level], document.risk_level))
    text, good = verdict_on_text(document.fact_check, words)
    found.append(Badge(text, {True: "good", False: "bad", None: "unknown"}[good]))
    return tuple(found)


def _tables(document: ReportDocument, words: Words) -> tuple[Table, ...]:
    measured = document.measured
    tables = [metric_table(measured, words)]
    if measured.curves is not None:
        tables.append(year_table(measured.curves, words))
        tables.append(trade_table(measured.trades, words.trades, document.language))
    return tuple(tables)


def _checks(document: ReportDocument, words: Words) -> tuple[Table, ...]:
    checked = document.fact_check
    if checked is None:
        return ()
    tables = (number_table(checked, words, document.language), claim_table(checked, words))
    return tuple(table for table in tables if table.groups)
