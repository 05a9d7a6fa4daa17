"""`tollgate demo`: the main job from end to end, through the real HTTP application."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

import httpx2
import typer
import uvicorn
from rich.panel import Panel

from app.bootstrap import build_container, check_database
from app.cli.budgets import all_budgets, budgets_table
from app.cli.console import err, out, table
from app.cli.demo_backtest import approved_backtest
from app.cli.demo_strategy import SEEDED, strategy_text
from app.cli.demo_words import WORDS
from app.cli.usage import savings_table
from app.errors import TollgateError
from app.main import create_app
from app.quant.backtest import performance
from app.quant.market import market_data
from app.services.gen_ai.core.ledger import UsageQuery
from app.settings import load_settings
from containers import Container

_API = "/api/v1"
_GEN_AI = "/gen-ai"
_SIMULATED = (
    "[bold]The answers come from the embedded simulator[/bold]: plain rules in this process, no language model.\n"
    "To use OpenAI itself: [bold]OPENAI_API_KEY=sk-... make demo[/bold] (that costs real money)."
)
_MEASURED = ("total_return", "annualised_return", "volatility", "sharpe_ratio", "max_drawdown")
_REAL = "The answers come from {url}. Every call costs what the table at the end says."


def demo(
    language: Annotated[Literal["en", "ko"], typer.Option(help="The language of the questions")] = "en",
) -> None:
    """List the models, build a strategy and run it, write a report, chat; then show what it cost and what it saved."""
    asyncio.run(_demo(language))


async def _demo(language: Literal["en", "ko"]) -> None:
    # The demo shows what it does itself; only what goes wrong is logged between.
    container = build_container(load_settings().model_copy(update={"log_level": "warning"}))
    started = container.core.clock().now()
    await check_database(container)
    _announce(container)
    if container.core.settings().upstream == "simulator":
        container.gen_ai.simulator().faults.add(SEEDED)
    async with _served(container) as http:
        await _show_models(http)
        steps = (("Strategy", _strategy), ("Backtest", _backtest), ("Report", _report), ("Chat", _chat))
        for title, show in steps:
            with err.status(f"{title} ..."):
                text = await show(http, WORDS[language])
            out.print(Panel(text, title=title, title_align="left"), markup=False)
        until = container.core.clock().now()
        query = UsageQuery(since=started, until=until)
        report = await container.gen_ai.savings().of_ledger(container.data.ledger(), query)
        out.print(savings_table(report, by_model=True))
        out.print(budgets_table(await all_budgets(container)))
    _announce(container)
    out.print("Next: [bold]make serve[/bold] and open http://127.0.0.1:8000/docs, or [bold]tollgate --help[/bold].")


def _announce(container: Container) -> None:
    if container.core.settings().upstream == "simulator":
        out.print(_SIMULATED)
    else:
        out.print(_REAL.format(url=container.gen_ai.openai_client().base_url))


@asynccontextmanager
async def _served(container: Container) -> AsyncIterator[httpx2.AsyncClient]:
    """The application on a free port of this machine, and a client of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(container), log_config=None))
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


async def _ask(http: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    response = await http.request(method, _API + path, json=body)
    answer: dict[str, Any] = response.json()
    if response.is_error:
        raise TollgateError(f"{method} {path}: {answer['detail']}")
    return answer


async def _show_models(http: httpx2.AsyncClient) -> None:
    models = (await _ask(http, "GET", f"{_GEN_AI}/models"))["models"]
    rows = [
        [info["model_id"], info["tier"], str(info["input_price_per_1m"]), str(info["output_price_per_1m"]),
         info["status"].replace("_", " ") + (f", use {info['replacement']}" if info["status"] == "shut_down" else "")]
        for info in models
    ]  # fmt: skip
    columns = {"Model": "left", "Tier": "left", "USD/1M in": "right", "USD/1M out": "right", "Status": "wrap"}
    out.print(table("Models", columns, rows))


async def _strategy(http: httpx2.AsyncClient, words: dict[str, str]) -> str:
    answer = await _ask(http, "POST", f"{_GEN_AI}/strategy-builder", {"query": words["strategy"]})
    return f"{strategy_text(words['strategy'], answer)}\n{_paid(answer)}"


async def _backtest(http: httpx2.AsyncClient, words: dict[str, str]) -> str:
    return await approved_backtest(partial(_ask, http), "ko" if words["language"] == "ko" else "en")


async def _report(http: httpx2.AsyncClient, words: dict[str, str]) -> str:
    """A report on buying and holding the S&P 500, computed here from the sample data."""
    bars = market_data().bars("GSPC")
    measured = asdict(performance(bars.close))
    backtest = {
        "strategy_name": "Buy and hold",
        "symbol": "GSPC",
        "start_date": bars.first_day.isoformat(),
        "end_date": bars.last_day.isoformat(),
        "metrics": {name: measured[name] for name in _MEASURED},
    }
    body = {"backtest": backtest, "language": words["language"], "detail": "standard"}
    answer = await _ask(http, "POST", f"{_GEN_AI}/narrative-report", body)
    summary = answer["report"]["executive_summary"]
    findings = "\n".join(f"- {finding}" for finding in summary["key_findings"])
    return f"{summary['title']}\n{summary['overview']}\n{findings}\n{_paid(answer)}"


async def _chat(http: httpx2.AsyncClient, words: dict[str, str]) -> str:
    session = await _ask(http, "POST", f"{_GEN_AI}/chatops/sessions")
    path = f"{_GEN_AI}/chatops/sessions/{session['session_id']}/chat"
    answer = await _ask(http, "POST", path, {"message": words["chat"]})
    return f"> {words['chat']}\n\n{answer['answer']}\n{_paid(answer)}"


def _paid(answer: dict[str, Any]) -> str:
    return f"\n{answer['model_id']} ({answer['upstream']}): {answer['cost_usd']} USD"
