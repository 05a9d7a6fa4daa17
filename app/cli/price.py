"""`tollgate price`: what a usage object costs, line by line, with the price that it was worked out with."""

import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.cli.console import out, print_json, table, usd
from app.cli.session import reading
from app.clock import Clock, today
from app.errors import InputError
from app.services.gen_ai.rules.model_catalog import ModelRecord
from app.services.gen_ai.rules.prices import WINDOWS, PricePeriod
from app.services.gen_ai.rules.pricing import Cost, TokenUsage, UsageInconsistentError, price_usage, read_usage
from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.loose_json import as_json, read_json
from app.services.gen_ai.wire.messages import Envelope
from containers.reading import Reading


@dataclass(frozen=True, slots=True)
class Question:
    """`source` names the file in messages; `service_tier` None: nobody named one; `window`: what a background request
    had asked for.
    """

    source: str
    model: str
    usage: dict[str, Any]
    service_tier: str | None
    window: str | None = None


def read_question(file: str, model: str | None, service_tier: str | None, window: str | None = None) -> Question:
    """Reads `file` (`-`: standard input). What an answer says of itself stands in for what is not given.

    Raises:
        InputError: with the file, and why it cannot be used.
    """
    if window not in {None, *WINDOWS}:
        raise InputError(f"--window {window}: there is no such window; give one of {', '.join(WINDOWS)}")
    source = "standard input" if file == "-" else file
    body = _bytes(file, source)
    content = _json_object(source, body)
    answer = open_envelope(body)
    usage = _usage_of_answer(source, content["usage"], answer) if "usage" in content else content
    named = answer.answered_as if model is None else model
    if named is None:
        raise InputError(f"{source} names no model; say which one answered: --model MODEL")
    return Question(source, named, usage, answer.service_tier if service_tier is None else service_tier, window)


def _usage_of_answer(source: str, written: object, answer: Envelope) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise InputError(f"{source}: its member `usage` is {as_json(written)}, not an object of counts")
    if answer.usage is None:
        raise InputError(f"{source}: its usage misses what was said, so its cost is unknown: it is a placeholder")
    return answer.usage


def _bytes(file: str, source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(
            f"{source}: {error.strerror}; give the path of a JSON file, or - for standard input"
        ) from error
    except ValueError as error:
        raise InputError(f"{source!r}: {error}; give the path of a JSON file") from error


def _json_object(source: str, body: bytes) -> dict[str, Any]:
    try:
        content = read_json(body)
    except ValueError as error:
        raise InputError(f"{source}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{source}: JSON, but not an object; give a usage object or a whole answer")
    return content


def read_day(at: str | None, clock: Clock) -> date:
    """The day in UTC, on which a price depends: of `at`, a day or a moment with its zone, or the present one.

    Raises:
        InputError: it is neither, or the moment has no zone.
    """
    if at is None:
        return today(clock)
    try:
        return date.fromisoformat(at)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).date()
    except (ValueError, OverflowError):
        raise InputError(
            f"--at {at}: give a day in UTC such as 2026-11-23, or a moment such as 2026-11-23T12:00:00Z"
        ) from None
    raise InputError(f"--at {at}: prices change at midnight UTC, so a moment needs its zone, for instance {at}Z")


_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One bucket: `tokens` x `usd_per_1m` / 1,000,000 = `usd`."""

    bucket: str
    tokens: int
    usd_per_1m: Decimal

    @property
    def usd(self) -> Decimal:
        return self.tokens * self.usd_per_1m / _MILLION


@dataclass(frozen=True, slots=True)
class Statement:
    """`tier_applied`: the tier has rates other than the standard ones. `regional_factor` is in the lines' rates."""

    model: ModelRecord
    period: PricePeriod
    cost: Cost
    lines: tuple[Line, ...]
    long_context: bool
    tier_applied: bool
    regional_factor: Decimal | None

    @property
    def valid_until(self) -> date | None:
        """The day from which the next price holds; None: there is none yet."""
        later = [period.valid_from for period in self.model.prices if period.valid_from > self.period.valid_from]
        return min(later, default=None)


def make_statement(
    tokens: TokenUsage,
    model: ModelRecord,
    day: date,
    service_tier: str | None,
    *,
    regional: bool,
    window: str | None = None,
) -> Statement | None:
    """The lines behind a cost, or None where there is no price for this day, tier or window."""
    period = model.price_on(day)
    cost = price_usage(tokens, model, day, service_tier, regional=regional, window=window)
    rates = _rates(tokens, model, day, service_tier, regional=regional, window=window)
    if period is None or cost is None or rates is None:
        return None
    limit = period.long_context.above_input_tokens if period.long_context else None
    return Statement(
        model=model,
        period=period,
        cost=cost,
        lines=tuple(Line(bucket, getattr(tokens, bucket), rate) for bucket, rate in rates.items()),
        long_context=limit is not None and tokens.input_tokens > limit,
        tier_applied=rates != _rates(tokens, model, day, None, regional=regional),
        regional_factor=model.regional_factor if regional else None,
    )


def _rates(
    tokens: TokenUsage,
    model: ModelRecord,
    day: date,
    service_tier: str | None,
    *,
    regional: bool,
    window: str | None = None,
) -> dict[str, Decimal] | None:
    """USD per 1M tokens of each bucket, found by asking the one pricing function instead of copying its rules.

    A request with the same number of input tokens, all of them in one bucket, has the same rates: it stands on the
    same side of the long-context limit.
    """
    size = tokens.input_tokens or 1
    inputs = {
        "input_uncached": TokenUsage(size, 0, 0, 0, 0),
        "input_cached": TokenUsage(0, size, 0, 0, 0),
        "cache_write": TokenUsage(0, 0, size, 0, 0),
    }
    if tokens.cache_write_12h:
        inputs["cache_write_12h"] = TokenUsage(0, 0, 0, 0, 0, size)
    asked = {**inputs, "output": TokenUsage(size, 0, 0, _MILLION, 0)}
    costs = {name: price_usage(probe, model, day, service_tier, regional=regional, window=window)
             for name, probe in asked.items()}  # fmt: skip
    known = {name: cost.usd for name, cost in costs.items() if cost is not None}
    if len(known) < len(asked):
        return None
    output = known["output"] - known["input_uncached"]
    rates = {name: known[name] * _MILLION / size for name in inputs}
    return {**rates, "output_visible": output, "output_reasoning": output}


_NAMES = {
    "input_uncached": "Input, not cached",
    "input_cached": "Input, cached",
    "cache_write": "Cache write",
    "cache_write_12h": "Cache write, 12 hours",
    "output_visible": "Output, visible",
    "output_reasoning": "Output, reasoning",
}


def price(  # noqa: PLR0917  Typer calls it by name
    usage: Annotated[str, typer.Option(help="A JSON file with a usage object or a whole answer; - reads stdin")],
    model: Annotated[str | None, typer.Option(help="The model that answered; default: the one in the file")] = None,
    service_tier: Annotated[str | None, typer.Option(help="The answer's tier; default: the one in the file")] = None,
    window: Annotated[str | None, typer.Option(help="The window that a background request asked for: 2h or 8h")] = None,
    at: Annotated[str | None, typer.Option(help="A day (UTC) or a moment with its zone; default: now")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Price a usage object and show the arithmetic. Nothing is sent or recorded."""
    rules = reading()
    question = read_question(usage, model, service_tier, window)
    day = read_day(at, rules.clock)
    record = _record(rules, question.model)
    tokens = _tokens(question)
    regional = rules.settings.regional_processing
    statement = make_statement(tokens, record, day, question.service_tier, regional=regional, window=question.window)
    if statement is None:
        raise InputError(_unpriced(record, day, question, tokens))
    if json:
        print_json(_as_json(statement, tokens, question, day))
    else:
        _show(statement, question)


def _record(rules: Reading, name: str) -> ModelRecord:
    record: ModelRecord | None = rules.catalog.find(name)
    if record is None:
        known = ", ".join(
            listed for entry in rules.catalog_file.models for listed in (entry.model_id, *entry.snapshots)
        )
        raise InputError(f"Model {name} is not in the catalogue, so what it costs is unknown; known: {known}")
    return record


def _tokens(question: Question) -> TokenUsage:
    try:
        return read_usage(question.usage)
    except UsageInconsistentError as error:
        raise InputError(f"{question.source}: what this usage costs is unknown: {error}") from error


def _unpriced(record: ModelRecord, day: date, question: Question, tokens: TokenUsage) -> str:
    period = record.price_on(day)
    if period is None:
        first = f"; its first price holds from {record.prices[0].valid_from}" if record.prices else ""
        return f"{record.model_id} has no price on {day}{first}"
    if question.window is not None:
        windows = [name for name, tier in WINDOWS.items() if tier in period.service_tiers]
        known = f"known windows, of the standard tier: {', '.join(windows)}" if windows else "it has none"
        return f"{record.model_id} has no known price for the window {question.window} on {day}; {known}"
    tiers = ["default", *(tier for tier in period.service_tiers if tier not in WINDOWS.values())]
    if price_usage(replace(tokens, cache_write_12h=0), record, day, question.service_tier) is not None:
        return f"{record.model_id} has no known price for what is written into a cache for 12 hours on {day}"
    named = question.service_tier
    return f"{record.model_id} has no known price for the tier {named!r} on {day}; known tiers: {', '.join(tiers)}"


def _show(statement: Statement, question: Question) -> None:
    columns = {"Bucket": "left", "Tokens": "right", "x USD per 1M": "right", "= USD": "right"}
    rows = [[_NAMES[line.bucket], f"{line.tokens:,}", usd(line.usd_per_1m), usd(line.usd)] for line in statement.lines]
    shown = table(escape(f"{question.model} ({question.source})"), columns, rows)
    shown.add_section()
    shown.add_row("Total", f"{sum(line.tokens for line in statement.lines):,}", "", usd(statement.cost.usd))
    out.print(shown)
    for fact in _facts(statement, question):
        out.print(fact, markup=False, highlight=False, soft_wrap=True)


def _facts(statement: Statement, question: Question) -> list[str]:
    period = statement.period
    until = f" until {statement.valid_until} 00:00 UTC" if statement.valid_until else ""
    facts = [f"Price {statement.cost.price_id}: valid from {period.valid_from} 00:00 UTC{until}"]
    if question.window is not None:
        facts.append(f"Background window: {question.window}, its own rates")
    elif question.service_tier is None:
        facts.append("Service tier: none named, standard rates")
    else:
        facts.append(
            f"Service tier: {question.service_tier}, {'its own' if statement.tier_applied else 'standard'} rates"
        )
    if period.long_context is not None:
        limit = period.long_context
        factors = f"input x {usd(limit.input_factor)}, output x {usd(limit.output_factor)} for the whole request"
        applied = f"applied ({factors})" if statement.long_context else "not reached"
        facts.append(f"Long-context rates above {limit.above_input_tokens:,} input tokens: {applied}")
    if statement.regional_factor is not None:
        facts.append(f"Regional processing: x {usd(statement.regional_factor)}, in the rates above")
    return [*facts, *(f"Source: {url}" for url in statement.model.sources)]


def _as_json(statement: Statement, tokens: TokenUsage, question: Question, day: date) -> dict[str, Any]:
    return {
        "model_id": statement.model.model_id,
        "answered_as": question.model,
        "buckets": asdict(tokens),
        "rates": {line.bucket: line.usd_per_1m for line in statement.lines},
        "lines_usd": {line.bucket: line.usd for line in statement.lines},
        "cost_usd": statement.cost.usd,
        "price_id": statement.cost.price_id,
        "priced_on": day.isoformat(),
        "valid_from": statement.period.valid_from.isoformat(),
        "service_tier": question.service_tier,
        "window": question.window,
        "tier_applied": statement.tier_applied,
        "long_context": statement.long_context,
        "regional_factor": statement.regional_factor,
        "sources": [str(url) for url in statement.model.sources],
    }
