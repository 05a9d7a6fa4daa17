"""`tollgate models check`: the catalogue beside the models that the upstream lists."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.console import print_json, say
from app.cli.session import Needs, with_container
from app.clock import today
from app.services.gen_ai.rules.upstream_models import UpstreamDrift, compare

if TYPE_CHECKING:
    from containers import Container

_DRIFT = 1


def check(
    *,
    every: Annotated[bool, typer.Option("--all", help="Name the upstream's models that the catalogue has not")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Compare the catalogue with what the upstream lists: ids, and the days of ends. Exit code 1: they differ."""
    drifts: list[UpstreamDrift] = []

    async def work(container: "Container") -> None:
        from app.services.gen_ai.core.upstream_models import fetch_models  # noqa: PLC0415  it brings the client's package

        client = container.gen_ai.openai_client()
        listed = await fetch_models(client)
        drift = compare(container.rules.catalog_file(), listed, today(container.core.clock()))
        drifts.append(drift)
        where = str(client.base_url)
        if json:
            print_json(_document(where, len(listed), drift, every=every))
        else:
            _show(where, len(listed), drift, every=every)

    with_container(work, Needs.NONE)
    if any(drifts):
        raise typer.Exit(_DRIFT)


def _document(where: str, count: int, drift: UpstreamDrift, *, every: bool) -> dict[str, Any]:
    ends = [{"model_id": each.model_id, "ours": each.ours, "theirs": each.theirs} for each in drift.ends]
    document = {
        "upstream": where,
        "models": count,
        "drift": bool(drift),
        "unknown": drift.unknown,
        "shutdown_dates": ends,
        "not_listed": len(drift.not_listed),
    }
    return document | ({"not_listed_ids": drift.not_listed} if every else {})


def _show(where: str, count: int, drift: UpstreamDrift, *, every: bool) -> None:
    say(f"{where} lists {count} models, {len(drift.not_listed)} of them not in the catalogue.")
    for model_id in drift.not_listed if every else ():
        say(f"  {model_id}")
    if drift.unknown:
        say(f"Unknown there: {', '.join(drift.unknown)}. Who asks for one is refused.")
    if drift.ends:
        say("Shutdown dates that differ:")
        for each in drift.ends:
            say(f"  {each.model_id}: ours {each.ours or 'none'}, theirs {each.theirs or 'none'}")
    if not drift:
        say("The catalogue agrees with it.")
