"""How `tollgate strategy` shows strategies and builds to people."""

from collections.abc import Iterable
from datetime import datetime

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from app.cli.console import out, program, table
from app.schemas.gen_ai.builds import BuildListResponse, BuildResponse
from app.schemas.gen_ai.strategy_builder import StrategyBuilderResponse
from app.schemas.gen_ai.strategy_review import Confidence, DryRunReport
from app.schemas.strategies import StrategyListResponse, StrategyResponse


def strategies_table(page: StrategyListResponse) -> Table:
    columns = {"Id": "left", "Name": "wrap", "Version": "right", "Changed (UTC)": "left"}
    rows = [
        [each.strategy_id, escape(each.strategy.name), str(each.version), moment(each.updated_at)]
        for each in page.strategies
    ]
    return table(f"Strategies ({len(rows)} of {page.total})", columns, rows)


def builds_table(page: BuildListResponse) -> Table:
    columns = {"Id": "left", "Asked": "wrap", "Built (UTC)": "left"}
    rows = [[each.build_id, escape(each.query), moment(each.created_at)] for each in page.builds]
    return table(f"Builds that wait for approval ({len(rows)} of {page.total})", columns, rows)


def show_strategy(strategy: StrategyResponse) -> None:
    _panel(strategy.strategy.name, [strategy.strategy.description, "", *strategy.rules_in_words])
    say(f"{strategy.strategy_id}, version {strategy.version}, changed {moment(strategy.updated_at)} UTC")


def show_build(build: BuildResponse) -> None:
    _panel(build.strategy.name, [f"> {build.query}", "", *build.rules_in_words, *_assumed(build.assumptions)])
    stored = f", stored as {build.strategy_id}" if build.strategy_id else ""
    say(f"{build.build_id}: {build.status.value}{stored}")


def show_built(query: str, answer: StrategyBuilderResponse) -> None:
    """What was just built, what it cost, and what to do next."""
    lines = [f"> {query}", "", *answer.rules_in_words, "", answer.explanation, *_assumed(answer.assumptions)]
    lines += ["", dry_run_in_words(answer.dry_run), "", *confidence_in_words(answer.confidence)]
    _panel(answer.strategy.name, lines)
    for reason in answer.approval_reasons:
        say(f"- {reason}")
    say(f"{answer.model_id} ({answer.upstream}): {answer.cost_usd or 'an unknown amount of'} USD")
    if answer.requires_approval:
        say(f"Store it with: {program()} strategy approve {answer.build_id}")
    elif answer.strategy_id is not None:
        say(f"Stored as {answer.strategy_id}.")


def dry_run_in_words(run: DryRunReport) -> str:
    """What the rules would have done on past prices."""
    return (
        f"Dry run on {run.symbol}, {run.first_day} to {run.last_day}: the entry held on "
        f"{run.entry.days:,} of {run.days:,} days, {run.total_trades} trades were closed. "
        f"Total return {run.total_return:.1%} with {run.position_fraction:.0%} of the capital in each position; "
        f"buying and holding all of it: {run.benchmark_return:.1%}."
    )


def confidence_in_words(confidence: Confidence) -> list[str]:
    """A figure, and what it was worked out from."""
    return [
        f"Confidence {confidence.value:.2f} ({confidence.level})",
        *(f"  - {reason}" for reason in confidence.reasons),
    ]


def moment(at: datetime) -> str:
    """To the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def say(sentence: str) -> None:
    """A line that programs can read too: never wrapped."""
    out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _assumed(assumptions: Iterable[str]) -> list[str]:
    lines = [f"- {assumption}" for assumption in assumptions]
    return ["", *lines] if lines else []


def _panel(title: str, lines: list[str]) -> None:
    text = escape("\n".join(lines).strip())
    out.print(Panel(text, title=escape(title), title_align="left"), highlight=False)
