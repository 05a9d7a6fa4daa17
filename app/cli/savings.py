"""`tollgate savings`: what was spent against what other models would have cost, from the ledger alone."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli.console import out, percent, print_json, say, table, usd_rounded
from app.cli.endings import say_endings
from app.cli.inputs import SinceOption, UntilOption, read_period
from app.cli.session import name_ledger, with_ledger
from app.cli.usage import UpstreamOption, show_caching
from app.schemas.gen_ai.usage import UsageSummaryResponse
from app.services.gen_ai.ledger.port import UsageQuery, UsageSum
from app.services.gen_ai.ledger.savings import Against, Saving, SavingsReport
from app.services.gen_ai.responses import usage_summary
from app.vocabulary import UNKNOWN_UPSTREAM, UsageGroup
from containers.reading import Reading, ReadLedger

_CACHING = {
    "cached_input_tokens",
    "cache_write_tokens",
    "cache_write_12h_tokens",
    "cache_saved_usd",
    "cache_unpriced_attempts",
    "cache_unread_tokens",
    "cache_unread_usd",
}


def savings(
    since: SinceOption = None,
    until: UntilOption = None,
    upstream: UpstreamOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Compare what was spent with the baseline, and with each service's default, strong model and replacement."""
    first, end = read_period(since, until)

    async def work(rules: Reading, read: ReadLedger) -> None:
        query = UsageQuery(first, end or rules.clock.now(), upstream=upstream or rules.settings.upstream)
        report = await rules.savings.of_ledger(read.ledger, query)
        by_service = usage_summary(UsageGroup.SERVICE, await read.usage.sums(query, UsageGroup.SERVICE))
        name_ledger(read, as_json=json)
        if json:
            print_json(_as_json(report) | {"caching": _caching_json(by_service)})
        else:
            show_savings(report)
            show_caching(by_service)
        used = (model_id for _, model_id in report.lines)
        say_endings(rules.endings.of_policies(used), as_json=json)

    with_ledger(work)


def show_savings(report: SavingsReport, *, by_model: bool = False) -> None:
    """Both tables, what is not in them, and how much the models that defaults will be replaced by would have cost."""
    out.print(_baseline_table(report, by_model=by_model))
    out.print(_against_table(report))
    for sentence in _remarks(report):
        say(sentence)


def _baseline_table(report: SavingsReport, *, by_model: bool = False) -> Table:
    """One row for each service (and model), and the total: tokens, cost, and the cost of the baseline."""
    columns = {
        "Service": "left",
        **({"Model": "left"} if by_model else {}),
        "Input": "right",
        "Cached": "right",
        "Output": "right",
        "USD": "right",
        report.baseline_model: "right",
        "Saving": "right",
    }
    lines = [(list(key), saving) for key, saving in report.lines.items()] if by_model else [
        ([service], saving) for service, saving in report.services.items()
    ]  # fmt: skip
    lines.append((["in all", ""] if by_model else ["in all"], report.total))
    at = f" at {report.upstream}" if report.upstream else ""
    title = f"Cost{at} against {report.baseline_model}, on the same tokens (USD)"
    return table(title, columns, [names + _cells(saving) for names, saving in lines])


def _cells(saving: Saving) -> list[str]:
    tokens = saving.tokens
    return [
        f"{tokens.input_tokens:,}",
        f"{tokens.input_cached:,}",
        f"{tokens.output_tokens:,}",
        usd_rounded(saving.cost_usd),
        usd_rounded(saving.baseline_usd),
        percent(saving.against_baseline_percent),
    ]


def _against_table(report: SavingsReport) -> Table:
    """For each service, and in all: its default, its strong model, and what its default will be replaced by."""
    columns = {
        "Service": "left",
        "Against": "left",
        "Model": "left",
        "USD": "right",
        "Its USD": "right",
        "Saving": "right",
    }
    rows = [
        [service if what == "default" else "", what, *_against_cells(against)]
        for service, saving in [*report.services.items(), ("in all", report.total)]
        for what, against in _others(saving).items()
    ]
    return table("Against the models of today, on the same tokens (USD)", columns, rows)


def _others(saving: Saving) -> dict[str, Against]:
    return {"default": saving.default, "strong": saving.strong, "replacement": saving.replacement}


def _against_cells(against: Against) -> list[str]:
    if not against.attempts:
        return ["-", "-", "-", "-"]
    model = against.model or "each its own"
    return [model, usd_rounded(against.cost_usd), usd_rounded(against.usd), percent(against.saving_percent)]


def _remarks(report: SavingsReport) -> Iterator[str]:
    """What the tables do not show, a sentence each."""
    total = report.total
    if total.left_out:
        yield f"{total.left_out} attempts are left out: they embed, or their tokens or their price are not known."
    for what, against in _others(total).items():
        if missing := total.attempts - against.attempts:
            yield (
                f"{missing} of {total.attempts} attempts are not compared with a {what} model: their service has none, "
                "or it had no price on their day."
            )
    replacement = total.replacement
    if replacement.usd and replacement.cost_usd > replacement.usd:
        times = replacement.cost_usd / replacement.usd
        yield f"What was spent is {times:.1f} times what the replacements of the defaults cost on the same tokens."
    for other in report.other_upstreams:
        unknown = f", {other.uncosted:,} of them at an unknown cost" if other.uncosted else ""
        whom = "an unknown upstream" if other.key == UNKNOWN_UPSTREAM else other.key
        spent = usd_rounded(other.cost_usd)
        yield f"Not in these figures: {spent} USD of {whom} (attempts: {other.attempts:,}{unknown})."


def _as_json(report: SavingsReport) -> dict[str, Any]:
    return {
        "baseline_model": report.baseline_model,
        "upstream": report.upstream,
        "other_upstreams": [_upstream_json(found) for found in report.other_upstreams],
        "lines": [
            {"service": service, "model_id": model_id, **_saving_json(saving)}
            for (service, model_id), saving in report.lines.items()
        ],
        "services": {service: _saving_json(saving) for service, saving in report.services.items()},
        "total": _saving_json(report.total),
    }


def _caching_json(by_service: UsageSummaryResponse) -> dict[str, Any]:
    """By service; over all attempts, also those that could not be compared with other models."""
    return {row.key: row.model_dump(mode="json", include=_CACHING) for row in by_service.groups}


def _upstream_json(found: UsageSum) -> dict[str, Any]:
    return {
        "upstream": None if found.key == UNKNOWN_UPSTREAM else found.key,
        "attempts": found.attempts,
        "uncosted_attempts": found.uncosted,
        "cost_usd": found.cost_usd,
    }


def _saving_json(saving: Saving) -> dict[str, Any]:
    """What is compared with a strong model, or with a replacement, can be a part: its cost stands beside it."""
    return {
        "attempts": saving.attempts,
        "left_out": saving.left_out,
        "input_tokens": saving.tokens.input_tokens,
        "cached_input_tokens": saving.tokens.input_cached,
        "output_tokens": saving.tokens.output_tokens,
        "cost_usd": saving.cost_usd,
        "baseline_usd": saving.baseline_usd,
        "default_usd": saving.default.usd,
        "saving_percent": saving.against_baseline_percent,
        "saving_against_default_percent": saving.default.saving_percent,
        **_against_json("strong", saving.strong),
        **_against_json("replacement", saving.replacement),
    }


def _against_json(what: str, against: Against) -> dict[str, Any]:
    compared = against.attempts > 0
    return {
        f"{what}_model": against.model,
        f"{what}_attempts": against.attempts,
        f"{what}_cost_usd": against.cost_usd if compared else None,
        f"{what}_usd": against.usd if compared else None,
        f"against_{what}_percent": against.saving_percent,
    }
