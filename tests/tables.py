"""Tables whose lines all show one law: one test goes through them; one for each line would mostly be set-up."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

_FAILURES = (Exception, pytest.fail.Exception)


def each_line(names: str | Sequence[str], table: Iterable[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `pytest.mark.parametrize`, in one test, whose fixtures serve all lines. Every line is tried; all that fail
    are reported.
    """
    lines = [{names: line} if isinstance(names, str) else dict(zip(names, line, strict=True)) for line in table]
    assert lines, "a table without lines shows nothing"

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        async def through_the_table_async(**fixtures: Any) -> None:
            failures = []
            for line in lines:
                try:
                    await test(**fixtures, **line)
                except _FAILURES as error:
                    failures.append(_shown(line, error))
            _report(failures, len(lines))

        def through_the_table(**fixtures: Any) -> None:
            failures = []
            for line in lines:
                try:
                    test(**fixtures, **line)
                except _FAILURES as error:
                    failures.append(_shown(line, error))
            _report(failures, len(lines))

        through: Any = through_the_table_async if inspect.iscoroutinefunction(test) else through_the_table
        own = inspect.signature(test)
        rest = [parameter for name, parameter in own.parameters.items() if name not in lines[0]]
        through.__signature__ = own.replace(
            parameters=[parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in rest]
        )
        through.__name__, through.__doc__ = test.__name__, test.__doc__
        through.__module__, through.__qualname__ = test.__module__, test.__qualname__
        return through  # type: ignore[no-any-return]

    return decorate


def _shown(line: dict[str, Any], error: BaseException) -> str:
    return f"{', '.join(f'{name}={value!r}' for name, value in line.items())}: {type(error).__name__}: {error}"


def _report(failures: list[str], lines: int) -> None:
    if failures:
        pytest.fail("\n\n".join([f"{len(failures)} of {lines} lines:", *failures]), pytrace=False)
