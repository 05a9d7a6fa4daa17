"""A piece of writing: a transaction, or a part of one that it shares with others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol

from app.services.gen_ai.core.ledger import LedgerUnavailableError
from app.storage.driver_statement import ResultT, Steps


@dataclass(frozen=True, slots=True)
class Work(Generic[ResultT]):
    """`committed` is told the result, whoever still waits for it. `rescue` takes the writing over where the database
    cannot be written; it gives the result in its place, or None if it cannot either.
    """

    steps: Callable[[], Steps[ResultT]]
    committed: Callable[[ResultT], None] = lambda _: None
    rescue: Callable[[], ResultT | None] = lambda: None

    def rescued(self, error: LedgerUnavailableError) -> ResultT:
        """What `rescue` makes of it.

        Raises:
            LedgerUnavailableError: nothing.
        """
        result = self.rescue()
        if result is None:
            raise error
        return result


class Writer(Protocol):
    async def write(self, work: Work[ResultT]) -> ResultT:
        """Done when it is committed. Whoever stops waiting, it is carried out, in the order of the calls.

        Raises:
            LedgerUnavailableError: it could not be written, and nobody rescued it.
        """
        ...
