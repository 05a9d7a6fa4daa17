"""What 100 requests of the strategy builder cost with each way of caching, on today's models. Run it with
`make bench-caching`.

Each is asked through the real service and the container, of the embedded simulator, which bills by OpenAI's rules. The
product sends one way; the others are made beneath it, by editing the cache fields of its requests. Beside each bill
stand the ledger's sum, and the arithmetic of the rules from the lengths of the requests
(https://developers.openai.com/api/docs/guides/prompt-caching).
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.bootstrap import build_container, running
from app.clock import SystemClock, today
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from app.services.gen_ai.ledger.port import UsageQuery
from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.pricing import TokenUsage, price_usage, read_usage
from app.settings import Settings
from app.simulator import StreamingASGITransport
from app.vocabulary import UsageGroup
from benchmarks.caching_modes import CacheFields, Mode, Prompts, input_usd

MODELS = ("gpt-6-luna", "gpt-6.1-terra", "gpt-6.2-sol", "gpt-6.2-astra")
_SENTENCES = (
    "Buy when RSI({0}) is below 30 and sell when it is above 70",
    "golden cross of {0} and 200 day SMA",
    "buy when the {0}-day EMA crosses above the 90-day EMA, sell when it crosses below",
    "Buy when price is above the {0}-day moving average and sell when it falls below",
    "{0}-day momentum above 5% buy, below 0 sell",
    "SMA crossover {0}/60 with a stop loss of 5 %",
    "TEMA {0} crosses above TEMA 80, exit on the opposite",
    "buy if DEMA({0}) crosses above DEMA(100)",
    "Buy when RSI({0}) falls below 25, sell at RSI > 65, stop loss 5%, take profit 15%",
    "buy when close > SMA {0} and sell when it is below, with a cooldown of 3 days",
)
QUERIES = tuple(sentence.format(days) for days in range(10, 30, 2) for sentence in _SENTENCES)


class UnexpectedRepairError(Exception):
    """A query took more than one request, so that the arithmetic is not about it."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What one model cost in one mode, in USD: the bill in all, the same by the ledger, and the input alone."""

    model: str
    mode: Mode
    tokens: tuple[TokenUsage, ...]
    """Of each request, in order."""
    billed_usd: Decimal
    ledger_usd: Decimal
    inputs_usd: tuple[Decimal, ...]
    """Of each request, in order."""

    @property
    def input_usd(self) -> Decimal:
        return sum(self.inputs_usd, start=Decimal(0))


@dataclass(frozen=True, slots=True)
class Found:
    """A lane beside what the rules say of its input, and what it costs in percent of the one without a cache."""

    lane: Lane
    expected_input_usd: Decimal
    against_none_percent: Decimal

    @property
    def agrees(self) -> bool:
        return self.lane.input_usd == self.expected_input_usd and self.lane.billed_usd == self.lane.ledger_usd


async def measure(models: Sequence[str], requests: int, told: Callable[[], None] = lambda: None) -> list[Found]:
    """Every mode on each of the models, the requests one after the other; `told` is called after each.

    Raises:
        UnexpectedRepairError: an answer had to be repaired.
    """
    queries = QUERIES[:requests]
    found: list[Found] = []
    with tempfile.TemporaryDirectory() as folder:
        policies = _every_tier(Path(folder))
        for model in models:
            lanes: dict[Mode, Lane] = {}
            for mode in Mode:
                url = f"sqlite+aiosqlite:///{folder}/{model}-{mode.name}.db"
                settings = Settings(database_url=url, policies=policies, log_level="error", journal_dir=Path(folder))
                lanes[mode] = await _lane(settings, model, mode, queries, told)
            found += _beside_the_rules(lanes, build_container(settings).rules.catalog().record(model))
    return found


def _every_tier(folder: Path) -> Path:
    """Policies by which the builder may ask each of the models, also those that it could not afford."""
    policies = yaml.safe_load(Settings.model_fields["policies"].default.read_text(encoding="utf-8"))
    for policy in policies["services"]:
        policy["allowed_tiers"] = ["MINI", "STANDARD", "ADVANCED", "PREMIUM"]
    path = folder / "policies.yaml"
    path.write_text(yaml.safe_dump(policies, allow_unicode=True), encoding="utf-8")
    return path


async def _lane(settings: Settings, model: str, mode: Mode, queries: Sequence[str], told: Callable[[], None]) -> Lane:
    container = build_container(settings)
    simulator = container.gen_ai.simulator()
    transport = CacheFields(StreamingASGITransport(simulator), mode)
    with container.gen_ai.http_client.override(httpx2.AsyncClient(transport=transport)):
        async with running(container):
            builder = container.services.strategy_builder()
            for query in queries:
                request = StrategyBuilderRequest(query=query, language="en", model_id=model)
                await builder.build_strategy(request, "bench")
                told()
            (booked,) = await container.data.ledger().sums(UsageQuery(), UsageGroup.MODEL)
            record = container.rules.catalog().record(model)
    bills = simulator.account.bills
    if len(bills) != len(queries):
        raise UnexpectedRepairError(f"{len(queries)} queries of {model} took {len(bills)} requests")
    tokens = tuple(read_usage(bill.usage) for bill in bills)
    return Lane(
        model=model,
        mode=mode,
        tokens=tokens,
        billed_usd=sum((_price(used, record) for used in tokens), start=Decimal(0)),
        ledger_usd=booked.cost_usd,
        inputs_usd=tuple(_price(_input_of(used), record) for used in tokens),
    )


def _price(tokens: TokenUsage, record: ModelRecord) -> Decimal:
    cost = price_usage(tokens, record, today(SystemClock()))
    assert cost is not None, record.model_id  # noqa: S101  today's models have a price
    return cost.usd


def _input_of(tokens: TokenUsage) -> TokenUsage:
    return TokenUsage(tokens.input_uncached, tokens.input_cached, tokens.cache_write, 0, 0, tokens.cache_write_12h)


def _beside_the_rules(lanes: dict[Mode, Lane], record: ModelRecord) -> list[Found]:
    """The lengths that the rules need: of each prompt, of its constant part, and of what never enters a cache."""
    period = record.price_on(today(SystemClock()))
    assert period is not None, record.model_id  # noqa: S101  today's models have a price
    none, left_alone, ours = lanes[Mode.NONE], lanes[Mode.IMPLICIT], lanes[Mode.EXPLICIT_AND_BREAKPOINT]
    prompts = Prompts(
        lengths=[used.input_tokens for used in none.tokens],
        constant=ours.tokens[0].cache_write,
        trailing=left_alone.tokens[0].input_uncached,
    )
    return [
        Found(lane, input_usd(mode, prompts, period.standard), lane.billed_usd / none.billed_usd * 100)
        for mode, lane in lanes.items()
    ]


def _as_json(found: Sequence[Found]) -> list[dict[str, Any]]:
    return [
        {
            "model": one.lane.model,
            "mode": one.lane.mode,
            "requests": len(one.lane.tokens),
            "input_usd": str(one.lane.input_usd),
            "expected_input_usd": str(one.expected_input_usd),
            "billed_usd": str(one.lane.billed_usd),
            "ledger_usd": str(one.lane.ledger_usd),
            "against_no_cache_percent": float(round(one.against_none_percent, 2)),
            **{kind: sum(getattr(used, kind) for used in one.lane.tokens) for kind in _KINDS},
        }
        for one in found
    ]


_KINDS = ("input_uncached", "input_cached", "cache_write")


def _show(found: Sequence[Found], requests: int) -> None:
    title = f"{requests} requests of the strategy builder, in USD"
    table = Table(title=title, title_justify="left")
    for heading in (
        "model",
        "caching",
        "plain",
        "read",
        "written",
        "input",
        "by the rules",
        "bill",
        "ledger",
        "bill %",
    ):
        table.add_column(heading, justify="left" if heading in {"model", "caching"} else "right")
    for one in found:
        lane = one.lane
        table.add_row(
            lane.model if lane.mode is Mode.NONE else "",
            lane.mode,
            *(f"{sum(getattr(used, kind) for used in lane.tokens):,}" for kind in _KINDS),
            *(f"{usd:.6f}" for usd in (lane.input_usd, one.expected_input_usd, lane.billed_usd, lane.ledger_usd)),
            f"{one.against_none_percent:.1f}",
            end_section=lane.mode is Mode.EXPLICIT_AND_BREAKPOINT,
        )
    Console(width=150).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100, choices=range(1, len(QUERIES) + 1), metavar="N")
    parser.add_argument("--model", choices=MODELS, action="append", help="only this one; may be given again")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    models = options.model or MODELS
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Asking", total=len(models) * len(Mode) * options.requests)
        found = asyncio.run(measure(models, options.requests, lambda: progress.advance(task)))
    if options.json:
        json.dump(_as_json(found), sys.stdout, indent=2)
    else:
        _show(found, options.requests)
    if not all(one.agrees for one in found):
        sys.exit("A bill is not what the rules or the ledger say.")


if __name__ == "__main__":
    main()
