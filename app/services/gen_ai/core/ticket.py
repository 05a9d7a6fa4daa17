"""What goes with a request to the transport that meters it: who asks, within which operation, and how it is settled."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.services.gen_ai.core.operation import Operation, SettledAttempt
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.wire.messages import Envelope
from app.vocabulary import Wire

if TYPE_CHECKING:
    from app.services.gen_ai.core.metered_stream import MeteredStream

EXTENSION = "tollgate"
"""Where a request of httpx2 carries its ticket: an extension is no header, so none of it ever leaves."""
_LONGEST_CALLER = 128


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose account a client of OpenAI's sends, as `get_client` was told."""

    service: str
    caller_id: str

    def __post_init__(self) -> None:
        if not 0 < len(self.caller_id) <= _LONGEST_CALLER:
            raise ValueError(f"caller_id must have 1 to {_LONGEST_CALLER} characters, not {len(self.caller_id)}")
        if not self.caller_id.isprintable():
            raise ValueError("caller_id must be printable: a database would not take it")


@dataclass(frozen=True, slots=True)
class Sender:
    """On a request that somebody's own code sends. `operation_id` is the same for every try of one call."""

    caller: Caller
    operation_id: str


@dataclass(slots=True)
class Ticket:
    """A request that is metered. `request` is None where its endpoint cannot be metered and its policy lets it through.

    `settled` takes each attempt that is made under the ticket, as soon as it is settled. `envelope` and `stream` are
    what the answer is for the gate's own calls, which look at nothing else.
    """

    operation: Operation
    wire: Wire
    model_id: str
    request: PreparedRequest | None
    streamed: bool
    settled: list[SettledAttempt] = field(default_factory=list)
    envelope: Envelope | None = None
    stream: "MeteredStream[Any] | None" = None
