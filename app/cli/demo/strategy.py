"""How the demo shows a built strategy: what it took, what the rules say, and what they do on real prices."""

from collections.abc import Iterator
from typing import Any

from app.cli.demo.tour import Tour, paid
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
        _dry_run(answer["dry_run"]),
        "\n".join(_confidence(answer["confidence"])),
        paid(answer),
    ]
    return "\n\n".join(parts)


def _attempts(attempts: list[dict[str, Any]], *, simulated: bool) -> Iterator[str]:
    for number, attempt in enumerate(attempts, start=1):
        yield f"Attempt {number}, {attempt['model_id']}: {'accepted' if attempt['accepted'] else 'rejected'}"
        yield from (f"  - {violation}" for violation in attempt["violations"])
    if simulated:
        yield _SEEDED_WORDS


def _dry_run(run: dict[str, Any]) -> str:
    return (
        f"Dry run on {run['symbol']}, {run['first_day']} to {run['last_day']}: the entry held on "
        f"{run['entry']['days']:,} of {run['days']:,} days, {run['total_trades']} trades were closed. "
        f"Total return {run['total_return']:.1%} with {run['position_fraction']:.0%} of the capital in each position; "
        f"buying and holding all of it: {run['benchmark_return']:.1%}."
    )


def _confidence(confidence: dict[str, Any]) -> Iterator[str]:
    yield f"Confidence {confidence['value']:.2f} ({confidence['level']})"
    yield from (f"  - {reason}" for reason in confidence["reasons"])
