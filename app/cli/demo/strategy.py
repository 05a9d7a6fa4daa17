"""How the demo shows a built strategy: what it took, what the rules say, and what they do on real prices."""

from collections.abc import Iterator
from typing import Any

from app.cli.demo.tour import Tour, paid
from app.cli.strategy_view import confidence_in_words, dry_run_in_words
from app.schemas.gen_ai.strategy_review import Confidence, DryRunReport
from app.simulator import Fault

SEEDED = Fault(kind="never_fires", times=2)
"""Two strategies that wait for what never happens: the first is repaired in vain, then a better model is asked."""
_SEEDED_WORDS = "The simulator was told to get the first two answers wrong, to show how repair and climb work."


async def built_strategy(tour: Tour) -> str:
    """A sentence to a strategy that waits for approval; the answer for people."""
    answer = await tour.ask("POST", "/gen-ai/strategy-builder", {"query": tour.words.strategy})
    parts = [
        f"> {tour.words.strategy}",
        "\n".join(_attempts(answer["attempts"], simulated=answer["upstream"] == "simulator")),
        "\n".join(answer["rules_in_words"]),
        answer["explanation"],
        dry_run_in_words(DryRunReport.model_validate(answer["dry_run"])),
        "\n".join(confidence_in_words(Confidence.model_validate(answer["confidence"]))),
        paid(answer),
    ]
    return "\n\n".join(parts)


def _attempts(attempts: list[dict[str, Any]], *, simulated: bool) -> Iterator[str]:
    for number, attempt in enumerate(attempts, start=1):
        yield f"Attempt {number}, {attempt['model_id']}: {'accepted' if attempt['accepted'] else 'rejected'}"
        yield from (f"  - {violation}" for violation in attempt["violations"])
    if simulated:
        yield _SEEDED_WORDS
