"""Parquet: amounts as decimal128 with 12 places (picodollars), times as UTC microseconds.

pyarrow (Apache-2.0) is a 55 MB download and 170 MB installed, so it is an extra. The smaller libraries do not fit:
arro3-io (9 MB) cannot build decimals and writes no file bit by bit, fastparquet needs pandas.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.cli.export_columns import COLUMNS, Cell, Kind
from app.errors import ConfigurationError

_PICODOLLAR_DIGITS = 12
_DECIMAL128_DIGITS = 38


def require_pyarrow() -> None:
    """Checks that Parquet can be written, before anything is done.

    Raises:
        ConfigurationError: the extra is not installed; the message says how to install it.
    """
    if find_spec("pyarrow") is None:
        raise ConfigurationError(
            "--format parquet needs pyarrow, which is not installed; run: pip install 'tollgate[parquet]' "
            "(in a checkout: .venv/bin/pip install --editable '.[parquet]'), or choose csv or jsonl"
        )


class ParquetWriter:
    """Each page becomes a row group."""

    def __init__(self, path: Path) -> None:
        # Imported here, as it takes a quarter of a second and most commands do without it.
        self._arrow: Any = import_module("pyarrow")
        self._schema = self._arrow.schema([(name, self._type(kind)) for name, kind in COLUMNS.items()])
        self._file: Any = import_module("pyarrow.parquet").ParquetWriter(path, self._schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [
            self._arrow.array(column, type=field.type) for column, field in zip(columns, self._schema, strict=True)
        ]
        self._file.write_batch(self._arrow.record_batch(arrays, schema=self._schema))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _type(self, kind: Kind) -> Any:  # noqa: ANN401  pyarrow has no types of its own
        types = {
            Kind.TEXT: self._arrow.string(),
            Kind.COUNT: self._arrow.int64(),
            Kind.USD: self._arrow.decimal128(_DECIMAL128_DIGITS, _PICODOLLAR_DIGITS),
            Kind.FLAG: self._arrow.bool_(),
            Kind.NUMBER: self._arrow.float64(),
            Kind.MOMENT: self._arrow.timestamp("us", tz="UTC"),
        }
        return types[kind]
