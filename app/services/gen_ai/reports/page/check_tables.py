"""What a page says of its own numbers: where each comes from, which claims hold, what it rests on."""

import re
from collections import Counter

from app.quant.backtest import Conventions
from app.quant.backtest.result import assumptions_in_words
from app.quant.words import Language
from app.services.gen_ai.reports.page.document import Items, Provenance, ReportDocument, Section
from app.services.gen_ai.reports.page.measured import CheckedNumber, FactCheckList
from app.services.gen_ai.reports.page.number_style import NOTHING, count, dollars, moment, printed_fact
from app.services.gen_ai.reports.page.tables import Cell, Column, Rows, Table
from app.services.gen_ai.reports.page.words import SourceWords, Words

_COMPUTED = re.compile(r"(correlation|difference|ratio|change)\(([^(]+), ([^(]+)\)")

_FACT_METRICS = {"trades": "total_trades", "wins": "winning_trades", "losses": "losing_trades"}
"""Facts whose name is not that of the backtest's metric."""


def verdict_on_text(checked: FactCheckList | None, words: Words) -> tuple[str, bool | None]:
    """A line for the top of the page, and whether it is good news; None: nobody has checked."""
    if checked is None:
        return words.check.unchecked, None
    if checked.wrong:
        return words.check.failed.format(wrong=checked.wrong), False
    return words.check.passed.format(matched=checked.matched), True


def number_table(checked: FactCheckList, words: Words, language: Language) -> Table:
    """Each number with its fact; a number that stands in the text several times with the same fact is one row."""
    check = words.check
    counted = Counter(checked.numbers)
    rows = tuple(_row(number, times, words, language) for number, times in counted.items())
    return Table(
        key="numbers",
        name=check.heading,
        columns=(Column(check.number), Column(check.fact), Column(check.value, numeric=True), Column(check.finding)),
        groups=(Rows(rows),) if rows else (),
        lead=check.lead,
    )


def _row(number: CheckedNumber, times: int, words: Words, language: Language) -> tuple[Cell, ...]:
    text = Cell(number.text if times == 1 else f"{number.text} \N{MULTIPLICATION SIGN}{times}")
    if number.fact is None:
        fact, value = Cell(NOTHING), Cell(NOTHING)
    else:
        fact = Cell(fact_in_words(number.fact.name, words), code=number.fact.name)
        value = Cell(printed_fact(number.fact, language))
    found = {"matched": words.check.matched, "no_claim": words.check.no_claim, "unmatched": words.check.unmatched}
    return text, fact, value, Cell(_with_reason(found[number.status], number.reason))


def claim_table(checked: FactCheckList, words: Words) -> Table:
    check = words.check
    rows = tuple(
        (Cell(claim.text), Cell(_with_reason(check.agrees if claim.agrees else check.disagrees, claim.reason)))
        for claim in checked.claims
    )
    return Table("claims", check.claims, (Column(check.claim), Column(check.finding)), (Rows(rows),) if rows else ())


def _with_reason(finding: str, reason: str) -> str:
    return f"{finding}: {reason}" if reason else finding


def fact_in_words(name: str, words: Words) -> str:
    """`benchmark.total_return`, or `ratio(total_return, benchmark.total_return)`, as people say it.

    Parts that have no words stay as they are.
    """
    computed = _COMPUTED.fullmatch(name)
    if computed:
        kind, first, second = computed.groups()
        return f"{words.parts[kind]} ({fact_in_words(first, words)} / {fact_in_words(second, words)})"
    *path, last = name.split(".") if "=" not in name else _around_value(name)
    metric = words.metrics.get(_FACT_METRICS.get(last, last))
    return " · ".join([*(words.parts.get(part, part) for part in path), metric or words.parts.get(last, last)])


def _around_value(name: str) -> list[str]:
    """`sensitivity.stop_loss=0.05.trades` has a dot in its value."""
    head, _, rest = name.partition(".")
    varied, _, metric = rest.rpartition(".")
    return [head, varied, metric]


# Who wrote the text, when, and at what cost.


def source_list(provenance: Provenance, words: SourceWords) -> tuple[tuple[str, str], ...]:
    """Labels and their values."""
    cost = provenance.cost_usd
    return (
        (words.upstream, _writer(provenance.upstream, words)),
        (words.model, provenance.model_id),
        (words.cost, f"{NOTHING} ({words.cost_unknown})" if cost is None else dollars(cost)),
        (words.attempts, count(provenance.attempts)),
        (words.operation, provenance.operation_id),
        (words.written, moment(provenance.generated_at)),
    )


def _writer(upstream: str, words: SourceWords) -> str:
    known = {"openai": words.openai, "simulator": words.simulator}
    return known.get(upstream) or words.compatible.format(host=upstream)


def source_note(provenance: Provenance, words: SourceWords) -> str | None:
    """What a reader must know first: that no language model wrote this."""
    return words.simulator_note if provenance.upstream == "simulator" else None


# What the figures rest on: the rules, the assumptions, the conventions.


def basis(document: ReportDocument, words: Words) -> Section | None:
    """None where nothing of it is known."""
    measured = document.measured
    assumptions = assumptions_in_words(measured.config, document.language) if measured.config else []
    conventions = _conventions(measured.conventions, words) if measured.conventions else ()
    blocks = (
        Items(document.rules, words.rules),
        Items(tuple(assumptions), words.assumptions),
        Items(conventions, words.conventions),
    )
    known = tuple(block for block in blocks if block.items)
    return Section(words.basis, known) if known else None


def _conventions(conventions: Conventions, words: Words) -> tuple[str, ...]:
    """Those that the assumptions do not tell; as they are given where there is no translation."""
    given = (conventions.drawdown, conventions.value_at_risk)
    return tuple(words.translated.get(text, text) for text in given)
