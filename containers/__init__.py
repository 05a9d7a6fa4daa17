"""The composition root: the only place that knows which class stands behind which port."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from containers.application import Container

__all__ = ["Container"]


def __getattr__(name: str) -> object:
    """Imports the whole house for whoever asks for it; a command that reads the ledger asks for a part of it."""
    if name != "Container":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from containers.application import Container  # noqa: PLC0415

    return Container
