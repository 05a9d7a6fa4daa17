"""A report as one HTML file with its charts."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from app.quant.words import Language
from app.services.gen_ai.reports.page.charts import HEIGHT, WIDTH, Chart, charts
from app.services.gen_ai.reports.page.check_tables import (
    basis,
    claim_table,
    number_table,
    source_list,
    source_note,
    verdict_on_text,
)
from app.services.gen_ai.reports.page.document import Items, ReportDocument, Section
from app.services.gen_ai.reports.page.measured import Measured
from app.services.gen_ai.reports.page.plain_text import paragraphs, plain
from app.services.gen_ai.reports.page.tables import Headline, Table, headlines, metric_table, trade_table, year_table
from app.services.gen_ai.reports.page.words import Words
from app.services.gen_ai.reports.page.words_en import ENGLISH
from app.services.gen_ai.reports.page.words_ko import KOREAN

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


# A report as one HTML file: no script, no request, to be read on any screen and printed.

_FOLDER = Path(__file__).parent


def to_html(document: ReportDocument) -> str:
    """The whole file; write it as UTF-8."""
    return _template().render(page=page_of(document), width=WIDTH, height=HEIGHT)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["paragraphs"] = paragraphs
    environment.tests["items"] = _is_items
    # The one text that is not escaped: it is this package's own.
    environment.globals["styles"] = Markup((_FOLDER / "styles.css").read_text(encoding="utf-8"))  # noqa: S704
    return environment.get_template("page.html.j2")


def _plain(value: object) -> object:
    """Whatever is printed, before it is escaped; markup was made by a macro and has been through this."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _is_items(block: object) -> bool:
    return isinstance(block, Items)
