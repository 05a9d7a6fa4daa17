"""A table hides no line: every one is tried, and each that fails is named."""

import inspect

import pytest

from tests.tables import each_line


def test_every_line_that_fails_is_reported() -> None:
    tried = []

    @each_line(("left", "right"), [(1, 1), (1, 2), (3, 3), (3, 4)])
    def equal(left: int, right: int) -> None:
        tried.append(left)
        assert left == right

    with pytest.raises(pytest.fail.Exception) as failed:
        equal()
    assert tried == [1, 1, 3, 3]
    assert str(failed.value).startswith("2 of 4 lines:")
    assert "left=1, right=2" in str(failed.value)
    assert "left=3, right=4" in str(failed.value)


async def test_what_is_awaited_is_reported_too() -> None:
    @each_line("number", [0, 1])
    async def nothing(number: int) -> None:
        if number:
            pytest.fail("it is something")

    with pytest.raises(pytest.fail.Exception, match="1 of 2 lines:\n\nnumber=1: Failed: it is something"):
        await nothing()


def test_fixtures_are_asked_for_and_columns_are_not() -> None:
    @each_line("number", [0])
    def checked(number: int, tmp_path: str) -> None: ...

    assert list(inspect.signature(checked).parameters) == ["tmp_path"]


def test_a_table_without_lines_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="without lines"):
        each_line("number", [])
