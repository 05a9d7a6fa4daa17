"""The command line: a user of the same container as HTTP."""

import asyncio
import sys

import typer

from app.cli.backtest import backtest_commands
from app.cli.budgets import budgets
from app.cli.chat import chat
from app.cli.compare import compare
from app.cli.console import err
from app.cli.db import db_commands
from app.cli.demo import demo
from app.cli.export import usage_commands
from app.cli.models import models
from app.cli.price import price
from app.cli.reconcile import reconcile
from app.cli.report import report_commands
from app.cli.servers import serve, simulator
from app.cli.strategy import strategy_commands
from app.cli.usage import savings
from app.errors import TollgateError

_INTERRUPTED = 128 + 2
"""The shell's exit code for a command that SIGINT ended."""

app = typer.Typer(
    help="One gate and one meter for every OpenAI call of a backend.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (serve, models, price, savings, budgets, reconcile, chat, compare, demo, simulator):
    app.command()(_command)
app.add_typer(usage_commands, name="usage")
app.add_typer(db_commands, name="db")
app.add_typer(strategy_commands, name="strategy")
app.add_typer(backtest_commands, name="backtest")
app.add_typer(report_commands, name="report")


def main() -> None:
    """Runs a command; mistakes end with a sentence and exit code 2, Ctrl-C with one too, never with a stack trace."""
    try:
        app()
    except TollgateError as error:
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        # A server within the command hands Ctrl-C on as a cancellation.
        err.print("Stopped. What was recorded so far is kept.")
        sys.exit(_INTERRUPTED)
