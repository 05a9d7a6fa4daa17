"""Tables whose lines all show one law: one test goes through them; one for each line would mostly be set-up."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest


def each_line(names: str | Sequence[str], table: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `pytest.mark.parametrize`, in one test. Every line is tried; all that fail are reported."""
    single = isinstance(names, str)
    lines = [{names: line} if isinstance(names, str) else dict(zip(names, line, strict=True)) for line in table]
    assert lines, "a table without lines shows nothing"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def through_the_table(**fixtures: Any) -> None:
            failures = []
            for line in lines:
                try:
                    test(**fixtures, **line)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  whatever fails is reported
                    shown = next(iter(line.values())) if single else tuple(line.values())
                    failures.append(f"{shown!r}: {type(error).__name__}: {error}")
            if failures:
                pytest.fail("\n\n".join([f"{len(failures)} of {len(lines)} lines:", *failures]), pytrace=False)

        own = inspect.signature(test)
        rest = [parameter for name, parameter in own.parameters.items() if name not in lines[0]]
        through_the_table.__signature__ = own.replace(  # type: ignore[attr-defined]  # what pytest gives fixtures by
            parameters=[parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in rest]
        )
        through_the_table.__name__, through_the_table.__doc__ = test.__name__, test.__doc__
        through_the_table.__module__, through_the_table.__qualname__ = test.__module__, test.__qualname__
        return through_the_table

    return decorate
