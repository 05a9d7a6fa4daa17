"""Who wrote the text, when, and at what cost."""

from app.services.gen_ai.report_page.document import Provenance
from app.services.gen_ai.report_page.figures import NOTHING, count, dollars, moment
from app.services.gen_ai.report_page.words import SourceWords


def source_list(provenance: Provenance, words: SourceWords) -> tuple[tuple[str, str], ...]:
    """Labels and their values."""
    cost = provenance.cost_usd
    return (
        (words.upstream, words.simulator if provenance.upstream == "simulator" else words.openai),
        (words.model, provenance.model_id),
        (words.cost, f"{NOTHING} ({words.cost_unknown})" if cost is None else dollars(cost)),
        (words.attempts, count(provenance.attempts)),
        (words.operation, provenance.operation_id),
        (words.written, moment(provenance.generated_at)),
    )


def source_note(provenance: Provenance, words: SourceWords) -> str | None:
    """What a reader must know first: that no language model wrote this."""
    return words.simulator_note if provenance.upstream == "simulator" else None
