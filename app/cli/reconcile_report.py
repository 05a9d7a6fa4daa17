"""A reconciliation, for people and for programs."""

from typing import Any

from app.cli.console import out, percent, table, usd, usd_rounded
from app.services.gen_ai.ledger.openai_costs import BilledItem
from app.services.gen_ai.ledger.reconciliation import Amounts, Reconciliation

_COLUMNS = {
    "Day": "left",
    "Model": "left",
    "Category": "left",
    "Billed": "right",
    "Recorded": "right",
    "Difference": "right",
    "%": "right",
}


def show(found: Reconciliation) -> None:
    if not found.days:
        out.print("The costs speak of no day; there is nothing to compare.")
        return
    rows = [
        [day.isoformat(), model, category.value.replace("_", " "), *_cells(amounts)]
        for (day, model, category), amounts in found.lines.items()
    ]
    shown = table("Billed by OpenAI and recorded here (USD)", _COLUMNS, rows)
    shown.add_section()
    shown.add_row("in all", "", "tokens", *_cells(found.tokens))
    out.print(shown)
    if found.other_items:
        others = [[item.day.isoformat(), _name(item), usd_rounded(item.usd)] for item in found.other_items]
        out.print(table("Billed, but not by tokens", {"Day": "left", "Line item": "wrap", "Billed": "right"}, others))
    for sentence in _sentences(found):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _sentences(found: Reconciliation) -> list[str]:
    total, tokens = found.total, found.tokens
    measured, estimated = usd(total.measured_usd), usd(total.unmeasured_usd)
    sentences = [
        f"Capture rate (recorded / billed): {percent(total.capture_percent)}",
        f"Capture rate of what is billed by tokens: {percent(tokens.capture_percent)}",
        f"Recorded: {usd(total.recorded_usd)} USD, {measured} of it measured and {estimated} estimated",
    ]
    if unknown := found.unknown.attempts:
        high = "an unknown amount" if found.unknown.high_usd is None else f"{usd(found.unknown.high_usd)} USD"
        sentences.append(
            f"Not in these sums: {unknown} attempts of unknown cost, "
            f"between {usd(found.unknown.low_usd)} USD and {high} in all"
        )
    return sentences


def _cells(amounts: Amounts) -> list[str]:
    return [
        usd_rounded(amounts.billed_usd),
        usd_rounded(amounts.recorded_usd),
        usd_rounded(amounts.difference_usd),
        percent(amounts.difference_percent).removesuffix(" %"),
    ]


def _name(item: BilledItem) -> str:
    return "(not grouped by line item)" if item.line_item is None else item.line_item


def as_json(found: Reconciliation) -> dict[str, Any]:
    unknown = found.unknown
    return {
        "days": [day.isoformat() for day in found.days],
        "lines": [
            {"day": day.isoformat(), "model": model, "category": category.value, **_amounts(amounts)}
            for (day, model, category), amounts in found.lines.items()
        ],
        "other_items": [
            {
                "day": item.day.isoformat(),
                "line_item": item.line_item,
                "project_id": item.project_id,
                "billed_usd": item.usd,
            }
            for item in found.other_items
        ],
        "billed_by_project": [
            {"project_id": project_id, "billed_usd": billed} for project_id, billed in found.billed_by_project.items()
        ],
        "unknown": {"attempts": unknown.attempts, "low_usd": unknown.low_usd, "high_usd": unknown.high_usd},
        "tokens": _amounts(found.tokens) | {"capture_percent": found.tokens.capture_percent},
        "total": _amounts(found.total) | {"capture_percent": found.total.capture_percent},
    }


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return {
        "billed_usd": amounts.billed_usd,
        "recorded_usd": amounts.recorded_usd,
        "measured_usd": amounts.measured_usd,
        "unmeasured_usd": amounts.unmeasured_usd,
        "difference_usd": amounts.difference_usd,
        "difference_percent": amounts.difference_percent,
    }
