"""The command line starts without what only some commands need, and says of each what it says of itself."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import LazyCommand, app

_ROOT = Path(__file__).parents[2]
_HEAVY = {
    "openai",
    "talib",
    "pandas",
    "polars",
    "numpy",
    "fastapi",
    "tiktoken",
    "app.simulator",
    "containers.application",
}
_RUN = """
import sys
from app.cli.main import main
sys.argv[1:] = {arguments}
try:
    main()
finally:
    print("\\nimported:", *sys.modules)
"""


def _imported(*arguments: str) -> set[str]:
    """The modules that a command has imported, in a process of its own."""
    done = subprocess.run(  # noqa: S603  our own interpreter and our own script
        [sys.executable, "-c", _RUN.format(arguments=list(arguments))],
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return set(done.stdout.rpartition("imported:")[2].split())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",), ("modles",)])
def test_help_and_typing_errors_need_nothing_heavy(arguments: tuple[str, ...]) -> None:
    imported = _imported(*arguments)
    assert "app.cli.main" in imported
    assert imported & (_HEAVY | {"sqlalchemy", "containers", "app.bootstrap"}) == set()


@pytest.mark.parametrize(
    "command", ["models", "usage", "budgets", "savings", "usage export --format csv --output x.csv"]
)
@pytest.mark.usefixtures("ledger_file")
def test_who_reads_rules_and_ledger_needs_no_client_and_no_indicators(command: str) -> None:
    imported = _imported(*command.split())
    assert ("app.storage.ledger.usage_ledger" in imported) == (command != "models")
    assert imported & _HEAVY == set()


def test_a_command_imports_what_it_needs() -> None:
    """So the test above can fail."""
    assert {"openai", "numpy", "containers.application"} <= _imported("serve", "--help")


@pytest.mark.parametrize("name", list(app.commands))
def test_each_line_of_help_is_what_the_command_says_of_itself(name: str) -> None:
    stand_in = app.commands[name]
    assert isinstance(stand_in, LazyCommand)
    said = inspect.cleandoc(stand_in.load().help or "").split("\n\n")[0].replace("\n", " ")
    assert stand_in.help == said
