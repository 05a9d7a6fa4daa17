"""What happens to a server in one run: calls, faults of the upstream and interruptions, all from one seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.simulator import Fault

CALLS = 2_000
KILLS = 5
WIRES = ("chat_completions", "responses")
"""What one server after another asks its upstream on."""
DEADLINE_SECONDS = 3
"""For one operation."""
_BEYOND_DEADLINE = 3.5
_A_FAULT_EVERY = 6
"""Calls."""
_GIVEN_UP_WITHIN = 0.03
"""Seconds: of a call in somebody's own code."""
_LEFT_WITHIN = 10
"""Pieces of a stream."""
_WITHOUT_FAULTS = 60
"""Calls at the end: every fault that still waits meets a request."""

Kind = Literal["strategy", "report", "chat", "stream", "comparison", "raw"]
Patience = Literal["waits", "goes at once", "goes within"]
Key = Literal["none", "repeated", "twins"]
Interruption = Literal["kill", "terminate"]

_KINDS: Mapping[Kind, int] = {"raw": 8, "stream": 5, "chat": 2, "strategy": 3, "report": 1, "comparison": 1}
_PATIENCE: Mapping[Patience, int] = {"waits": 12, "goes within": 2, "goes at once": 1}
_KEYS: Mapping[Key, int] = {"none": 12, "repeated": 2, "twins": 1}

_SAID = {
    "strategy": [
        "Buy when RSI falls below 30 and sell above 70",
        "RSI 30 이하에서 사고 70 이상에서 팔아줘",
        "Golden cross",
    ],
    "chat": ["What does the Sharpe ratio tell me?", "최대 낙폭이 뭐야?", "How do I compare two strategies?"],
}
_METRICS = {"total_return": 1.0412, "sharpe_ratio": 0.178, "max_drawdown": -0.5678}
_BACKTEST = {
    "strategy_name": "Buy and hold",
    "symbol": "GSPC",
    "start_date": "1999-01-04",
    "end_date": "2018-12-31",
    "metrics": _METRICS,
}
_STRATEGIES = [
    {"name": "Trend", "metrics": {"total_return": 0.42, "sharpe_ratio": 0.9, "max_drawdown": -0.18}},
    {"name": "Reversal", "metrics": {"total_return": 0.31, "sharpe_ratio": 1.2, "max_drawdown": -0.11}},
]

_LONGER_THAN_ANY_LIMIT = "one two three four five six seven eight nine ten " * 400
_PLAUSIBLE = {
    "prompt_tokens": 90,
    "completion_tokens": 30,
    "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 8},
}
_CONTRADICTORY = {**_PLAUSIBLE, "prompt_tokens_details": {"cached_tokens": 91}}

FAULTS: Sequence[Fault] = (
    *(Fault(kind="status", status=status) for status in (400, 401, 404, 408, 409, 429, 500, 502, 503, 504)),
    Fault(kind="status", status=429, code="insufficient_quota"),
    Fault(kind="status", status=429, retry_after=0.05),
    Fault(kind="delay", seconds=0.1),
    Fault(kind="delay", seconds=_BEYOND_DEADLINE),
    Fault(kind="delay", seconds=0.1, chunks=3),
    Fault(kind="delay", seconds=_BEYOND_DEADLINE, chunks=3),
    *(Fault(kind="cut_stream", chunks=chunks) for chunks in (0, 1, 6)),
    Fault(kind="malformed_json"),
    Fault(kind="html"),
    Fault(kind="empty"),
    Fault(kind="refusal"),
    Fault(kind="flawed"),
    Fault(kind="content", text="I would rather not say."),
    Fault(kind="content", text=""),
    Fault(kind="content", text=_LONGER_THAN_ANY_LIMIT),
    *(Fault(kind="no_usage") for _ in range(3)),
    Fault(kind="failed"),
    Fault(kind="error"),
    Fault(kind="disconnect"),
    Fault(kind="model", answer_model="gpt-4o-mini-2024-07-18"),
    Fault(kind="model", answer_model="gpt-99"),
    *(Fault(kind="service_tier", service_tier=tier) for tier in ("priority", "flex", "scale")),
    Fault(kind="usage", usage=_PLAUSIBLE),
    Fault(kind="usage", usage=_CONTRADICTORY),
)
"""Every kind, and of each kind every variety that ends in another way."""


@dataclass(frozen=True)
class Call:
    """One thing that a person asks for. `fault` is waiting in the upstream by then; `interruption` comes with it."""

    kind: Kind
    body: Mapping[str, Any]
    patience: Patience
    key: Key
    fault: Fault | None
    interruption: Interruption | None


def planned(seed: int, models: Mapping[Kind, Sequence[str | None]]) -> Iterator[Call]:
    """The calls of one run. `models`: what may be asked for, by kind; None is the default."""
    chance = random.Random(seed)  # noqa: S311  no secret
    faults = _faults(chance)
    interruptions = _interruptions(chance)
    for number in range(CALLS):
        kind = _one_of(chance, _KINDS)
        patience: Patience = "waits" if kind == "raw" else _one_of(chance, _PATIENCE)
        whole = kind not in ("stream", "raw") and patience == "waits"
        yield Call(
            kind=kind,
            body=_body(chance, kind) | {"model_id": chance.choice(models[kind])},
            patience=patience,
            key=_one_of(chance, _KEYS) if whole else "none",
            fault=next(faults) if number % _A_FAULT_EVERY == 0 and number < CALLS - _WITHOUT_FAULTS else None,
            interruption=interruptions.get(number),
        )


def _interruptions(chance: random.Random) -> Mapping[int, Interruption]:
    """By the number of the call that they come with: apart from each other, so that each ends a server under load."""
    share = CALLS // (KILLS + 2)
    numbers = [share * part + chance.randrange(share // 2, share) for part in range(KILLS + 1)]
    ways: list[Interruption] = ["terminate"]
    ways += ["kill"] * KILLS
    return dict(zip(numbers, chance.sample(ways, len(ways)), strict=True))


def _faults(chance: random.Random) -> Iterator[Fault]:
    """Every one as often as any other, in an order that is new each time."""
    while True:
        yield from chance.sample(FAULTS, len(FAULTS))


def _body(chance: random.Random, kind: Kind) -> dict[str, Any]:
    match kind:
        case "strategy":
            return {"query": chance.choice(_SAID["strategy"])}
        case "report":
            return {"language": chance.choice(["en", "ko"]), "detail": "brief", "backtest": _BACKTEST}
        case "comparison":
            return {"language": chance.choice(["en", "ko"]), "strategies": _STRATEGIES}
        case "chat" | "stream":
            return {"message": chance.choice(_SAID["chat"])}
        case "raw":
            return _raw_body(chance)


def _raw_body(chance: random.Random) -> dict[str, Any]:
    """Who gives up or leaves does it at any time; the others wait. See `raw_calls.RawCall`."""
    patience = _one_of(chance, _PATIENCE)
    return {
        "wire": chance.choice(["chat_completions", "responses"]),
        "text": chance.choice(_SAID["chat"]),
        "service": chance.choice([None, "chatops_advanced"]),
        "retries": chance.choice([0, 2]),
        "stream": chance.choice([False, True]),
        "asks_usage": chance.choice([False, True]),
        "seconds": chance.uniform(0, _GIVEN_UP_WITHIN) if patience == "goes at once" else None,
        "pieces": chance.randrange(_LEFT_WITHIN) if patience == "goes within" else None,
    }


def _one_of(chance: random.Random, weights: Mapping[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]
