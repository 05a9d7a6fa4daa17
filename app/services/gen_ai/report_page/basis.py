"""What the figures rest on: the rules, the assumptions, the conventions."""

from app.quant.backtest import Conventions
from app.quant.backtest.words import assumptions_in_words
from app.services.gen_ai.report_page.document import Items, ReportDocument, Section
from app.services.gen_ai.report_page.words import Words


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
