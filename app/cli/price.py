"""`tollgate price`: what a usage object costs, line by line, with the price that it was worked out with."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.cli.console import out, print_json, table, usd
from app.cli.price_question import Question, read_day, read_question
from app.cli.price_statement import Statement, make_statement
from app.cli.session import reading
from app.errors import InputError
from app.services.gen_ai.core.model_config import ModelRecord
from app.services.gen_ai.core.pricing import TokenUsage, UsageInconsistentError, read_usage
from containers.reading import Reading

_NAMES = {
    "input_uncached": "Input, not cached",
    "input_cached": "Input, cached",
    "cache_write": "Cache write",
    "output_visible": "Output, visible",
    "output_reasoning": "Output, reasoning",
}


def price(
    usage: Annotated[str, typer.Option(help="A JSON file with a usage object or a whole answer; - reads stdin")],
    model: Annotated[str | None, typer.Option(help="The model that answered; default: the one in the file")] = None,
    service_tier: Annotated[str | None, typer.Option(help="The answer's tier; default: the one in the file")] = None,
    at: Annotated[str | None, typer.Option(help="A day (UTC) or a moment with its zone; default: now")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Price a usage object and show the arithmetic. Nothing is sent or recorded."""
    rules = reading()
    question = read_question(usage, model, service_tier)
    day = read_day(at, rules.clock)
    record = _record(rules, question.model)
    tokens = _tokens(question)
    regional = rules.settings.regional_processing
    statement = make_statement(tokens, record, day, question.service_tier, regional=regional)
    if statement is None:
        raise InputError(_unpriced(record, day, question.service_tier))
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
        raise InputError(f"{question.source}: the usage is inconsistent, so its cost is unknown: {error}") from error


def _unpriced(record: ModelRecord, day: date, service_tier: str | None) -> str:
    period = record.price_on(day)
    if period is None:
        return f"{record.model_id} has no price on {day}; its first price holds from {record.prices[0].valid_from}"
    tiers = ", ".join(["default", *period.service_tiers])
    return f"{record.model_id} has no known price for the tier {service_tier!r} on {day}; known tiers: {tiers}"


def _show(statement: Statement, question: Question) -> None:
    columns = {"Bucket": "left", "Tokens": "right", "x USD per 1M": "right", "= USD": "right"}
    rows = [[_NAMES[line.bucket], f"{line.tokens:,}", usd(line.usd_per_1m), usd(line.usd)] for line in statement.lines]
    shown = table(escape(f"{question.model} ({question.source})"), columns, rows)
    shown.add_section()
    shown.add_row("Total", f"{sum(line.tokens for line in statement.lines):,}", "", usd(statement.cost.usd))
    out.print(shown)
    for fact in _facts(statement, question.service_tier):
        out.print(fact, markup=False, highlight=False, soft_wrap=True)


def _facts(statement: Statement, service_tier: str | None) -> list[str]:
    period = statement.period
    until = f" until {statement.valid_until} 00:00 UTC" if statement.valid_until else ""
    facts = [f"Price {statement.cost.price_id}: valid from {period.valid_from} 00:00 UTC{until}"]
    if service_tier is None:
        facts.append("Service tier: none named, standard rates")
    else:
        facts.append(f"Service tier: {service_tier}, {'its own' if statement.tier_applied else 'standard'} rates")
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
        "tier_applied": statement.tier_applied,
        "long_context": statement.long_context,
        "regional_factor": statement.regional_factor,
        "sources": [str(url) for url in statement.model.sources],
    }
