"""JSON Lines: one object a row; amounts are exact texts, unknown is null."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from app.cli.console import usd
from app.cli.export_columns import COLUMNS, Cell, moment


class JsonLinesWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")

    def __enter__(self) -> Self:
        return self

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            line = dict(zip(COLUMNS, map(_plain, row), strict=True))
            self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _plain(cell: Cell) -> str | float | bool | None:
    if isinstance(cell, Decimal):
        return usd(cell)
    return moment(cell) if isinstance(cell, datetime) else cell
