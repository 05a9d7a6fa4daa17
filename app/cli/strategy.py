"""`tollgate strategy`: build, approve, list and show strategies, by the services that HTTP uses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from app.api.routes.gen_ai.strategy_builder import response_of
from app.api.security import LOCAL_CALLER
from app.cli.console import out, print_json, program, say, table
from app.cli.inputs import in_options, read_json_object, request_of
from app.cli.session import Needs, with_container
from app.cli.usage import JsonOption
from app.errors import InputError
from app.quant.words import Language
from app.schemas.gen_ai.builds import BuildListResponse, BuildResponse
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest, StrategyBuilderResponse
from app.schemas.gen_ai.strategy_review import Confidence, DryRunReport
from app.schemas.strategies import StrategyListResponse, StrategyResponse
from app.services.strategies.builds import Action
from app.services.strategies.service import build_response, strategy_response
from app.vocabulary import BuildStatus
from containers import Container


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


def _assumed(assumptions: Iterable[str]) -> list[str]:
    lines = [f"- {assumption}" for assumption in assumptions]
    return ["", *lines] if lines else []


def _panel(title: str, lines: list[str]) -> None:
    text = escape("\n".join(lines).strip())
    out.print(Panel(text, title=escape(title), title_align="left"), highlight=False)


strategy_commands = typer.Typer(help="Build, approve and look at strategies.", no_args_is_help=True)

LanguageOption = Annotated[
    Language | None, typer.Option(help="Language of the sentences; default: that of the strategy")
]
LimitOption = Annotated[int, typer.Option(min=1, max=100, help="How many to list")]
OffsetOption = Annotated[int, typer.Option(min=0, help="How many of the newest to leave out")]
_OPTIONS = {
    "query": "QUERY",
    "language": "--language",
    "model_id": "--model",
    "strategy_id": "--strategy",
    "strategy": "--changed",
}


@strategy_commands.command()
def build(
    *,
    query: Annotated[str, typer.Argument(help="What the strategy should do, in Korean or English")],
    strategy: Annotated[
        str | None, typer.Option(metavar="ID", help="A stored strategy to change, to explain or to optimise")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model to use; default: the service's")] = None,
    language: Annotated[Language | None, typer.Option(help="Language of the answer; default: that of QUERY")] = None,
    no_approval: Annotated[bool, typer.Option("--no-approval", help="Store it at once")] = False,
    json: JsonOption = False,
) -> None:
    """Build a strategy from a sentence. This asks a model; the answer says what it cost."""

    async def work(container: Container) -> None:
        values = {
            "query": query,
            "strategy_id": strategy,
            "model_id": model,
            "language": language,
            "require_approval": not no_approval,
        }
        request = request_of(StrategyBuilderRequest, values, _OPTIONS)
        answer = response_of(await container.services.strategy_builder().build_strategy(request, LOCAL_CALLER.id))
        print_json(answer.model_dump(mode="json")) if json else show_built(query, answer)

    with_container(work)


@strategy_commands.command("list")
def list_(
    pending: Annotated[bool, typer.Option("--pending", help="List builds that wait for approval instead")] = False,  # noqa: FBT002  a flag
    limit: LimitOption = 20,
    offset: OffsetOption = 0,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """List the stored strategies, the newest first."""

    async def work(container: Container) -> None:
        if pending:
            builds = container.services.strategy_builds()
            kept, total = await builds.page(LOCAL_CALLER.id, BuildStatus.PENDING, limit=limit, offset=offset)
            waiting = [build_response(build, None) for build in kept]
            page = BuildListResponse(builds=waiting, total=total, limit=limit, offset=offset)
            print_json(page.model_dump(mode="json")) if json else out.print(builds_table(page))
            return
        found, total = await container.services.strategies().page(LOCAL_CALLER.id, limit=limit, offset=offset)
        stored = [strategy_response(each, None) for each in found]
        listed = StrategyListResponse(strategies=stored, total=total, limit=limit, offset=offset)
        print_json(listed.model_dump(mode="json")) if json else out.print(strategies_table(listed))

    with_container(work, Needs.FIND)


@strategy_commands.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The id of a strategy or of a build")],
    language: LanguageOption = None,
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Show a strategy, or a build, in words; as JSON with its rules as data."""

    async def work(container: Container) -> None:
        if id_.startswith("build_"):
            build = build_response(await container.services.strategy_builds().get(id_, LOCAL_CALLER.id), language)
            print_json(build.model_dump(mode="json")) if json else show_build(build)
            return
        strategy = strategy_response(await container.services.strategies().get(id_, LOCAL_CALLER.id), language)
        print_json(strategy.model_dump(mode="json")) if json else show_strategy(strategy)

    with_container(work, Needs.FIND)


@strategy_commands.command()
def approve(
    build_id: Annotated[str, typer.Argument(help="The id of a build; `strategy list --pending` lists them")],
    changed: Annotated[
        str | None, typer.Option(metavar="FILE", help="Store this strategy (JSON; - for stdin) in its place")
    ] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Reject it instead")] = False,  # noqa: FBT002  a flag
    json: JsonOption = False,  # noqa: FBT002  Typer's form of a flag
) -> None:
    """Approve a build, so that it becomes a stored strategy; or reject it."""
    if reject and changed is not None:
        raise InputError("--reject, --changed: give one of the two at most")
    strategy = None if changed is None else read_json_object("--changed", changed)
    action: Action = "reject" if reject else "approve" if strategy is None else "modify"

    async def work(container: Container) -> None:
        try:
            decided = await container.services.strategy_builds().decide(
                build_id, action, LOCAL_CALLER.id, changed=strategy
            )
        except InputError as error:
            raise in_options(error, _OPTIONS) from error
        if json:
            print_json(build_response(decided, None).model_dump(mode="json"))
        elif decided.strategy_id is None:
            say(f"Rejected {build_id}; nothing was stored.")
        else:
            say(f"Stored {decided.strategy.name} as {decided.strategy_id}.")

    with_container(work)
