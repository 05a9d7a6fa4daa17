"""`tollgate demo`: the main job from end to end, through the real HTTP application."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import Annotated

import httpx2
import typer
import uvicorn
from rich.panel import Panel

from app.bootstrap import build_container, check_database
from app.cli.budgets import all_budgets, budgets_table
from app.cli.console import err, out, program, table
from app.cli.demo.steps import SEEDED, approved_backtest, built_strategy, comparison, ordered_report, question
from app.cli.demo.tour import WORDS, Tour
from app.cli.endings import say_endings
from app.cli.savings import show_savings
from app.main import create_app
from app.quant.words import Language
from app.services.gen_ai.ledger.port import UsageQuery
from app.settings import load_settings
from containers import Container

_STEPS: Mapping[str, Callable[[Tour], Awaitable[str]]] = MappingProxyType(
    {
        "Strategy": built_strategy,
        "Backtest": approved_backtest,
        "Report": ordered_report,
        "Comparison": comparison,
        "Chat": question,
    }
)
_SIMULATED = (
    "[bold]The answers come from the embedded simulator[/bold]: plain rules in this process, no language model.\n"
    "To use OpenAI itself: [bold]OPENAI_API_KEY=sk-... make demo[/bold] (that costs real money)."
)
_REAL = "The answers come from {url}. Every call costs what the table at the end says."


def demo(
    language: Annotated[Language, typer.Option(help="The language of the questions")] = "en",
) -> None:
    """Build a strategy, run it, report on it, compare it with two others, ask the chat; then cost and saving."""
    try:
        asyncio.run(_demo(language))
    except KeyboardInterrupt:
        err.print("Stopped. What was recorded so far is kept.")
        raise


async def _demo(language: Language) -> None:
    # The demo shows what it does itself, and says what went wrong with it.
    container = build_container(load_settings().model_copy(update={"log_level": "error"}))
    started = container.core.clock().now()
    await check_database(container)
    _announce(container)
    if container.core.settings().upstream == "simulator":
        container.gen_ai.simulator().faults.add(SEEDED)
    async with _served(container) as http:
        tour = Tour(http, language, WORDS[language])
        await _show_models(tour)
        for title, show in _STEPS.items():
            with err.status(f"{title} ..."):
                text = await show(tour)
            out.print(Panel(text, title=title, title_align="left"), markup=False)
        until = container.core.clock().now()
        query = UsageQuery(since=started, until=until, upstream=container.core.settings().upstream)
        report = await container.gen_ai.savings().of_ledger(container.data.ledger(), query)
        show_savings(report, by_model=True)
        say_endings(container.rules.endings().of_policies(model for _, model in report.lines))
        out.print(budgets_table(await all_budgets(container.services.budgets())))
    _announce(container)
    out.print(f"Next: [bold]make serve[/bold] and open http://127.0.0.1:8000/docs, or [bold]{program()} --help[/bold].")


def _announce(container: Container) -> None:
    if container.core.settings().upstream == "simulator":
        out.print(_SIMULATED)
    else:
        out.print(_REAL.format(url=container.gen_ai.openai_client().base_url))


class _Guest(uvicorn.Server):
    """Leaves signals to the command: a server that takes Ctrl-C for itself stops beneath whoever is asking it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _served(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    """The application on a free port of this machine, and a client of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = _Guest(uvicorn.Config(create_app(container), log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.01)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300) as http:
            yield http
    finally:
        server.should_exit = True
        await serving
        listener.close()


async def _show_models(tour: Tour) -> None:
    models = (await tour.ask("GET", "/gen-ai/models"))["models"]
    rows = [
        [info["model_id"], info["tier"], str(info["input_price_per_1m"]), str(info["output_price_per_1m"]),
         info["status"].replace("_", " ")
         + (f", use {info['replacement']}" if info["status"] == "shut_down" and info["replacement_listed"] else "")]
        for info in models
    ]  # fmt: skip
    columns = {"Model": "left", "Tier": "left", "USD/1M in": "right", "USD/1M out": "right", "Status": "wrap"}
    out.print(table("Models", columns, rows))
