"""The command line: a user of the same container as HTTP.

The module of a command is imported when it is run: asking for help, or mistyping, takes no second and a half. Most
bring the container with them, and that brings openai, TA-Lib and the database. So their names, and a line of help for
each, stand apart from them; a test holds these lines to what the commands say of themselves.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, TypeAlias, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from app.cli.console import complain, err, out, whole
from app.errors import ConfigurationError, TollgateError

Command: TypeAlias = TyperCommand | TyperGroup


class LazyCommand(TyperCommand):
    """Stands for a command, or a group of them, until it is run. `place` is `module:name` of what Typer understands."""

    def __init__(self, name: str, place: str, help_: str) -> None:
        super().__init__(name, callback=None, help=help_)
        self._place = place

    # Typer hides the type of contexts in a package of its own.
    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401
        """That of the real command: it is about to be run, or asked for its own help."""
        return self.load().make_context(info_name, args, parent=parent, **extra)

    def load(self) -> Command:
        module, _, name = self._place.partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            return get_group(found)
        alone = typer.Typer(add_completion=False)
        alone.command(self.name)(found)
        return cast("Command", get_command(alone))


def lazy_group(options: Callable[..., None], commands: Sequence[LazyCommand]) -> TyperGroup:
    """`options` are what can stand before a command; its docstring is the help of the whole."""
    frame = typer.Typer(add_completion=False, no_args_is_help=True)
    frame.callback()(options)
    group = get_group(frame)
    group.commands = {command.name or "": command for command in commands}
    return group


_INTERRUPTED = 128 + 2
"""The shell's exit code for a command that SIGINT ended."""


def _show_version(asked: bool) -> None:  # noqa: FBT001  Typer's form of a flag
    if asked:
        out.print(f"tollgate {version('tollgate')}", highlight=False)
        raise typer.Exit


def _options(
    *,
    version_: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """One gate and one meter for every OpenAI call of a backend."""


app = lazy_group(
    _options,
    [
        LazyCommand("serve", "app.cli.servers:serve", "Serve the API."),
        LazyCommand(
            "models",
            "app.cli.models:models_commands",
            "List the models with today's prices and status; or check them against what the upstream lists.",
        ),
        LazyCommand(
            "price",
            "app.cli.price:price",
            "Price a usage object and show the arithmetic. Nothing is sent or recorded.",
        ),
        LazyCommand(
            "savings",
            "app.cli.savings:savings",
            "Compare what was spent with the baseline, and with each service's default, strong model and replacement.",
        ),
        LazyCommand(
            "budgets",
            "app.cli.budgets:budgets",
            "Show what is spent, reserved and left of each budget, for every caller of this month.",
        ),
        LazyCommand(
            "reconcile",
            "app.cli.reconcile:reconcile",
            "Compare what was billed with the ledger: drift per day, model and category, and how much was captured.",
        ),
        LazyCommand(
            "chat",
            "app.cli.chat:chat",
            "Talk about strategies, metrics, and what you used, spent and may use. Ctrl-D ends it.",
        ),
        LazyCommand(
            "compare",
            "app.cli.compare:compare",
            "Compare 2 to 5 stored strategies or backtests: a computed ranking, in words that are held to the figures.",
        ),
        LazyCommand(
            "demo",
            "app.cli.demo:demo",
            "Build a strategy, run it, report on it, compare it with two others, ask the chat; then cost and saving.",
        ),
        LazyCommand(
            "simulator",
            "app.cli.servers:simulator",
            "Serve the embedded OpenAI-compatible simulator, for any OpenAI client.",
        ),
        LazyCommand(
            "usage",
            "app.cli.export:usage_commands",
            "Sum tokens and cost of an upstream; export every attempt; or resolve one whose cost is not known.",
        ),
        LazyCommand("db", "app.cli.db:db_commands", "Look after the database that TOLLGATE_DATABASE_URL names."),
        LazyCommand("strategy", "app.cli.strategy:strategy_commands", "Build, approve and look at strategies."),
        LazyCommand("backtest", "app.cli.backtest:backtest_commands", "Run strategies over past prices."),
        LazyCommand(
            "report",
            "app.cli.report:report_commands",
            "Write reports on backtests, read them, and check what is said of a backtest.",
        ),
    ],
)


def main() -> None:
    """Runs a command; mistakes end with a sentence and exit code 2, Ctrl-C with one too, never with a stack trace."""
    try:
        _require_posix()
        app()
    except TollgateError as error:
        complain(whole(error))
        sys.exit(2)
    except (KeyboardInterrupt, asyncio.CancelledError):
        # A server within the command hands Ctrl-C on as a cancellation.
        err.print("Stopped. What was recorded so far is kept.")
        sys.exit(_INTERRUPTED)


def _require_posix() -> None:
    """Processes of one database know each other by locks that Windows does not have.

    Raises:
        ConfigurationError: this is Windows.
    """
    if _is_windows():
        raise ConfigurationError("Tollgate does not run on Windows itself; run it in WSL, in a container or on Linux")


def _is_windows() -> bool:
    return os.name == "nt"
