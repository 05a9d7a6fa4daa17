"""What one step of the demo leaves for the next, and how all of them ask."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from app.cli.demo.words import Words
from app.errors import TollgateError
from app.quant.words import Language

_API = "/api/v1"


@dataclass(slots=True)
class Tour:
    """`strategies` are the ids of those that were stored, `backtest_id` the one that a report was ordered with."""

    http: httpx2.AsyncClient
    language: Language
    words: Words
    strategies: list[str] = field(default_factory=list)
    backtest_id: str = ""

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer of the API to a request.

        Raises:
            TollgateError: it refused; with its words.
        """
        response = await self.http.request(method, _API + path, json=body)
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise TollgateError(f"{method} {path}: {answer['detail']}")
        return answer


def paid(answer: dict[str, Any]) -> str:
    """Who answered, and for how much."""
    cost = "unknown cost" if answer["cost_usd"] is None else f"{answer['cost_usd']} USD"
    return f"{answer['model_id']} ({answer['upstream']}): {cost}"
