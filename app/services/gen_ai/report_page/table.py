"""A table as every renderer takes it: texts only, none of them escaped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`note`: the mark of a note under the table. `code`: a technical name beside the text."""

    text: str
    note: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that belong together, under a heading if they have one. The first cell of a row names the row."""

    rows: tuple[tuple[Cell, ...], ...]
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is unique on a page and made of letters; `lead` is a sentence above the table."""

    key: str
    name: str
    columns: tuple[Column, ...]
    groups: tuple[Rows, ...]
    lead: str | None = None
    notes: tuple[Note, ...] = ()


class Notes:
    """Collects notes: one mark for each text, a, b, c in the order of their first use."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, text: str) -> str:
        return self._marks.setdefault(text, chr(ord("a") + len(self._marks)))

    def all(self) -> tuple[Note, ...]:
        return tuple(Note(mark, text) for text, mark in self._marks.items())
