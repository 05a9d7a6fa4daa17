"""Commands whose module is imported when one of them is run: asking for help, or mistyping, takes no second and a half.

Most modules bring the container with them, and that brings openai, TA-Lib and the database. So their names, and a line
of help for each, stand apart from them; a test holds these lines to what the commands say of themselves.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, TypeAlias, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

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
