"""What commands say of models that end soon."""

from collections.abc import Iterable

from app.cli.console import err, out
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.rules.endings import Ending
from app.vocabulary import UsageGroup
from containers.reading import Reading, ReadLedger


def say_endings(endings: Iterable[Ending], *, as_json: bool = False) -> None:
    """A line for each; beside JSON, which programs read, on standard error."""
    for ending in endings:
        sentence = ending.sentence()
        (err if as_json else out).print(sentence, style="yellow", markup=False, highlight=False, soft_wrap=True)


async def say_endings_of_use(rules: Reading, read: ReadLedger, query: UsageQuery, *, as_json: bool) -> None:
    """Of the models that policies name, and of those that were used."""
    used = await read.ledger.sums(query, UsageGroup.MODEL)
    say_endings(rules.endings.of_policies(found.key for found in used), as_json=as_json)
