"""The provider's own books: every answer that would be on the invoice, whatever the client made of it."""

from dataclasses import asdict, dataclass
from typing import Any

from app.simulator.names import EndpointName


@dataclass
class Bill:
    """One billed answer. It grows while a stream is being generated: a client that hangs up pays for what there is.

    `delivered` tells whether all of the answer was handed to the connection. `usage` is in tokens, by the names that
    the endpoint gives them. `id` and `service_tier` are None for embeddings, whose answers have neither.
    `client_request_id` is the name that the client gave the request in the header `X-Client-Request-Id`, None where it
    gave none.
    """

    endpoint: EndpointName
    id: str | None
    model: str
    usage: dict[str, Any]
    service_tier: str | None
    request_id: str
    streamed: bool
    client_request_id: str | None = None
    delivered: bool = False


class Account:
    """`under_way` counts the requests that still may add a bill, or to a bill; at 0 the account is final."""

    def __init__(self) -> None:
        self.bills: list[Bill] = []
        self.under_way = 0

    def add(self, bill: Bill) -> None:
        self.bills.append(bill)

    def reset(self) -> None:
        self.bills.clear()

    def as_json(self) -> dict[str, Any]:
        return {"answers": [asdict(bill) for bill in self.bills], "under_way": self.under_way}
