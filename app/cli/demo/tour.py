"""What the demo asks, in both languages, and what one step of it leaves for the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import httpx2

from app.errors import TollgateError
from app.quant.words import Language


@dataclass(frozen=True, slots=True)
class Words:
    """`strategy` is built before a person's eyes; `rivals` are what it is compared with."""

    strategy: str
    rivals: tuple[str, str]
    comparison: str
    chat: str


WORDS: Mapping[Language, Words] = MappingProxyType(
    {
        "en": Words(
            strategy="Buy when RSI falls below 30 and sell when it rises above 70, with a stop loss of 5 %",
            rivals=(
                "Buy when the 50-day SMA crosses above the 200-day SMA and sell when it crosses below",
                "Buy when the MACD line crosses above its signal line and sell when it crosses below",
            ),
            comparison="Which of the three would you go on with?",
            chat="What did I spend this month, by service, and what is left of my budget?",
        ),
        "ko": Words(
            strategy="RSI 30 이하에서 사고 70 이상에서 팔아줘. 손절은 5%로 해줘",
            rivals=(
                "50일 이동평균이 200일 이동평균을 상향 돌파하면 사고 하향 돌파하면 팔아줘",
                "MACD가 시그널선을 상향 돌파하면 사고 하향 돌파하면 팔아줘",
            ),
            comparison="셋 중에 어느 전략을 계속 연구할까?",
            chat="이번 달 서비스별 비용과 남은 예산을 알려 줘",
        ),
    }
)


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
            said = {name: value for name, value in answer.items() if name.startswith("upstream_")}
            raise TollgateError(f"{method} {path}: {answer['detail']}", **said)
        return answer


def cost_line(answer: dict[str, Any]) -> str:
    """Who answered, and for how much."""
    cost = "unknown cost" if answer["cost_usd"] is None else f"{answer['cost_usd']} USD"
    return f"{answer['model_id']} ({answer['upstream']}): {cost}"
