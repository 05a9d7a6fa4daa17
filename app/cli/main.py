"""The command line: a user of the same container as HTTP."""

import sys

import typer

from app.cli.console import err
from app.cli.demo import demo
from app.cli.models import models
from app.cli.price import price
from app.cli.servers import serve, simulator
from app.cli.usage import savings, usage
from app.errors import TollgateError

app = typer.Typer(
    help="One gate and one meter for every OpenAI call of a backend.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (serve, models, price, usage, savings, demo, simulator):
    app.command()(_command)


def main() -> None:
    """Runs a command; what the person can put right ends with a sentence and exit code 2, not with a stack trace."""
    try:
        app()
    except TollgateError as error:
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
