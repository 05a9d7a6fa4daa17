"""A piece of writing: a transaction, or a part of one that it shares with others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol

from app.services.gen_ai.ledger.port import LedgerUnavailableError
from app.storage.driver_statement import ResultT, Steps


@dataclass(frozen=True, slots=True)
class Work(Generic[ResultT]):
    """`committed` is told the result, whoever still waits for it. `rescue` takes the writing over where the database
    cannot be written; it gives the result in its place, or None if it cannot either. `repeated` are the steps where
    nobody knows whether the first ones were committed; None: the first ones bear being repeated.
    """

    steps: Callable[[], Steps[ResultT]]
    committed: Callable[[ResultT], None] = lambda _: None
    rescue: Callable[[], ResultT | None] = lambda: None
    repeated: Callable[[], Steps[ResultT]] | None = None

    def again(self) -> Steps[ResultT]:
        return self.steps() if self.repeated is None else self.repeated()

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
    async def start(self) -> None:
        """Connects; the tables must be there.

        Raises:
            OSError, sqlite3.Error: the database cannot be reached or opened.
        """
        ...

    async def close(self) -> None:
        """Waits for what is being written, then lets go of the database."""
        ...

    async def write(self, work: Work[ResultT]) -> ResultT:
        """Done when it is committed. Whoever stops waiting, it is carried out, in the order of the calls.

        Raises:
            LedgerUnavailableError: it could not be written, and nobody rescued it.
        """
        ...
