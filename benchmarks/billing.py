"""Who prices what right: Tollgate, genai-prices and litellm on the billing corpus. Run it with `make bench-billing`.

A case is *right* when the cost is exact (tools that calculate with floats may be off by 1e-12 USD), or when what
cannot be priced is refused; *wrong* when another figure is given; *cannot* when a tool gives none, lists no such
model, or does not claim to price such a case. Cases about our own catalogue are asked of Tollgate alone. Where another
tool gives another price, the case says why, and by which source ours is right.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table

from benchmarks.billing_tools import Answer, GenaiPrices, Litellm, Tollgate, Tool, litellm_python
from tests.billing.corpus import SHIPPED_CATALOG, Case, Priced, load_corpus

Outcome = Literal["right", "wrong", "cannot"]
OUTCOMES: tuple[Outcome, ...] = ("right", "wrong", "cannot")


@dataclass(frozen=True, slots=True)
class Verdict:
    tool: str
    case: Case
    outcome: Outcome
    answer: Answer


def reason(verdict: Verdict) -> str | None:
    """Why a tool gives another price than ours, as the case says; None where nobody knows."""
    return next((why for tool, why in verdict.case.disagree.items() if verdict.tool.startswith(tool)), None)


def judge(tool: Tool, case: Case, answer: Answer) -> Outcome:
    if answer.outside:
        return "cannot"
    if not isinstance(case.expected, Priced):
        return "right" if answer.usd is None else "wrong"
    if answer.usd is None:
        return "wrong" if tool.claims_every_case else "cannot"
    return "right" if abs(answer.usd - case.expected.cost_usd) <= tool.tolerance else "wrong"


def run(tools: Sequence[Tool], corpus: Sequence[Case]) -> list[Verdict]:
    """Every tool on every case that is a question for it."""
    verdicts = []
    for tool in tools:
        cases = [case for case in corpus if tool.claims_every_case or _is_for_others(case)]
        answers = tool.answers(cases)
        verdicts += [
            Verdict(tool.name, case, judge(tool, case, answer), answer)
            for case, answer in zip(cases, answers, strict=True)
        ]
    return verdicts


def _is_for_others(case: Case) -> bool:
    return case.ours_only is None and case.catalog == SHIPPED_CATALOG


def installed_tools() -> tuple[list[Tool], str | None]:
    """The tools that can run here, and a sentence about the one that cannot."""
    python = litellm_python()
    if python.exists():
        return [Tollgate(), GenaiPrices(), Litellm(python)], None
    return [Tollgate(), GenaiPrices()], "litellm is not installed, so it is left out; `make bench-billing` installs it."


def counts(verdicts: Sequence[Verdict]) -> dict[str, dict[str, Counter[Outcome]]]:
    """For each group of cases and each tool: how often it was right, wrong, or could not."""
    found: dict[str, dict[str, Counter[Outcome]]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.case.group, {}).setdefault(verdict.tool, Counter())[verdict.outcome] += 1
    return found


def in_all(verdicts: Sequence[Verdict]) -> dict[str, Counter[Outcome]]:
    found: dict[str, Counter[Outcome]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.tool, Counter())[verdict.outcome] += 1
    return found


def _expected(case: Case) -> str:
    return f"{case.expected.cost_usd:f}" if isinstance(case.expected, Priced) else f"refused ({case.expected.unknown})"


def _given(answer: Answer) -> str:
    return answer.says if answer.usd is None else f"{answer.usd:f}"


def _cell(counted: Counter[Outcome] | None) -> str:
    return "" if counted is None else " / ".join(f"{counted[outcome]}" for outcome in OUTCOMES)


def summary(tool: str, verdicts: Sequence[Verdict]) -> str:
    """One line: what has a price apart from what must be refused, because they are different skills."""
    parts = []
    for what, has_price in (("with a price", True), ("to be refused", False)):
        counted = Counter(
            verdict.outcome
            for verdict in verdicts
            if verdict.tool == tool and isinstance(verdict.case.expected, Priced) is has_price
        )
        outcomes = ", ".join(f"{counted[outcome]} {outcome}" for outcome in OUTCOMES)
        parts.append(f"{counted.total()} {what}: {outcomes}")
    return f"{tool}: {'; '.join(parts)}"


def unexplained(verdicts: Sequence[Verdict]) -> list[str]:
    """Prices in which another tool differs and the case does not say why, and reasons for differences that are none."""
    return [
        f"{verdict.case.group}/{verdict.case.id}, {verdict.tool}"
        for verdict in verdicts
        if isinstance(verdict.case.expected, Priced)
        and (verdict.outcome == "wrong") is not (reason(verdict) is not None)
    ]


def show(console: Console, verdicts: Sequence[Verdict], note: str | None) -> None:
    """The table by group, the cases in which somebody is wrong, and one line for each tool."""
    totals = in_all(verdicts)
    groups = Table("Group", title=f"{' / '.join(OUTCOMES)}, by group of cases", title_justify="left")
    for tool in totals:
        groups.add_column(tool, justify="right")
    for group, by_tool in sorted(counts(verdicts).items()):
        groups.add_row(group, *(_cell(by_tool.get(tool)) for tool in totals))
    console.print(groups)
    wrong = Table("Case", "Tool", "Expected USD", "Given USD", "Why", title="Who is wrong where", title_justify="left")
    for verdict in verdicts:
        if verdict.outcome == "wrong":
            name = f"{verdict.case.group}/{verdict.case.id}"
            why = reason(verdict) or ""
            wrong.add_row(name, verdict.tool, _expected(verdict.case), _given(verdict.answer), why)
    console.print(wrong)
    for tool in totals:
        console.print(summary(tool, verdicts), highlight=False)
    for difference in unexplained(verdicts):
        console.print(f"Nobody has said why, or it is no more: {difference}", highlight=False)
    zeros = sum(verdict.answer.outside and verdict.answer.usd == 0 for verdict in verdicts)
    if zeros:
        console.print(f"litellm answered 0 USD to {zeros} cases of models that it does not list.", highlight=False)
    if note:
        console.print(note, highlight=False)


def as_json(verdicts: Sequence[Verdict], note: str | None) -> str:
    wrong = [
        {
            "group": verdict.case.group,
            "case": verdict.case.id,
            "tool": verdict.tool,
            "expected": _expected(verdict.case),
            "given": _given(verdict.answer),
            "why": reason(verdict),
        }
        for verdict in verdicts
        if verdict.outcome == "wrong"
    ]
    document = {"total": in_all(verdicts), "groups": counts(verdicts), "wrong": wrong, "note": note}
    return json.dumps(document, indent=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    tools, note = installed_tools()
    verdicts = run(tools, load_corpus())
    if asked.json:
        print(as_json(verdicts, note))
    else:
        show(Console(), verdicts, note)


if __name__ == "__main__":
    main()
