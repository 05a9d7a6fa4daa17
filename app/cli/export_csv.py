"""CSV (RFC 4180) in UTF-8: unknown is an empty cell."""

import csv
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from app.cli.console import usd
from app.cli.export_columns import COLUMNS, Cell, moment

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("x", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file)

    def __enter__(self) -> Self:
        self._csv.writerow(COLUMNS)
        return self

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        self._csv.writerows([_text(cell) for cell in row] for row in rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            # A spreadsheet would run it as a formula (https://owasp.org/www-community/attacks/CSV_Injection).
            return f"'{cell}" if cell.startswith(_FORMULA) else cell
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return usd(cell)
        case datetime():
            return moment(cell)
        case _:
            return str(cell)
