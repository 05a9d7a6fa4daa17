"""Where bars come from: the sample series of the project, and a folder of a person's own CSV files."""

from datetime import date
from pathlib import Path
from typing import Protocol
from unicodedata import category, normalize

from app.errors import ConfigurationError, InputError
from app.quant.market.bars import Bars
from app.quant.market.csv_file import read_bars

SAMPLES = Path(__file__).parents[2] / "data" / "bars"
"""GSPC (S&P 500) and IXIC (Nasdaq Composite): 5,031 real daily bars each, 1999-01-04 to 2018-12-31."""

_LONGEST = 32
_MARKS = frozenset(".^=-")
_NAMED = 12
"""Symbols that a message lists one by one."""


class MarketData(Protocol):
    def symbols(self) -> tuple[str, ...]:
        """All symbols that there are bars for, in alphabetical order."""
        ...

    def bars(self, symbol: str, start: date | None = None, end: date | None = None) -> Bars:
        """The bars of a symbol from `start` to `end`, both included; earlier ones are kept for the warm-up.

        Raises:
            InputError: there is no such symbol, or no bar in that range.
            ConfigurationError: the symbol's file cannot be used.
        """
        ...


class FolderMarketData:
    """CSV files in folders, named after their symbols: AAPL.csv or AAPL_daily.csv.

    The folders are looked through once, when this is made; a file is read when its bars are first asked for, and kept.
    What is wrong with a file, its name included, is an error of whoever asks for its bars; hidden files are no series.
    A series of a later folder takes the place of one of the same symbol in an earlier: one's own, that of a sample.
    """

    def __init__(self, *folders: Path) -> None:
        self._paths: dict[str, Path] = {}
        self._faults: dict[str, str] = {}
        self._read: dict[str, Bars] = {}
        for folder in folders:
            self._add(folder)

    def _add(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigurationError(f"{folder}: not a folder; give the path of a folder with CSV files")
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
        except OSError as error:
            raise ConfigurationError(f"{folder}: {error.strerror}; give a folder that can be read") from error
        for path in paths:
            if path.name.startswith("."):
                continue
            symbol = _symbol(path.stem).removesuffix("_DAILY")
            if not _can_be_symbol(symbol):
                self._faults[symbol] = (
                    f"{path}: {symbol!r} cannot be a symbol; name the file after one, with letters, digits and .^=- "
                    "only: AAPL.csv"
                )
            elif not path.is_file():
                self._faults[symbol] = f"{path}: not a file; a series is a CSV file"
            elif symbol in self._paths and self._paths[symbol].parent == folder:
                self._faults[symbol] = f"{path}: {symbol} is already the symbol of {self._paths[symbol]}; rename one"
            else:
                self._paths[symbol] = path

    def symbols(self) -> tuple[str, ...]:
        return tuple(sorted(self._paths.keys() - self._faults.keys()))

    def bars(self, symbol: str, start: date | None = None, end: date | None = None) -> Bars:
        """As the port says; capitals and spaces around the symbol do not count."""
        known = _symbol(symbol)
        if known in self._faults:
            raise ConfigurationError(self._faults[known])
        if known not in self._paths:
            raise InputError(f"there are no bars of {symbol!r}; there are {self._listed()}")
        if known not in self._read:
            self._read[known] = read_bars(self._paths[known], known)
        return self._read[known].between(start, end)

    def _listed(self) -> str:
        symbols = self.symbols()
        more = f" and {len(symbols) - _NAMED} more" if len(symbols) > _NAMED else ""
        return ", ".join(symbols[:_NAMED]) + more


def _symbol(text: str) -> str:
    """A name as it is looked for: file systems and keyboards write the same letter in more than one way."""
    return normalize("NFC", text.strip().upper())


def _can_be_symbol(text: str) -> bool:
    """Whether it is made of letters and digits of any script, with the marks that belong to them."""
    return 0 < len(text) <= _LONGEST and all(category(letter)[0] in "LMN" or letter in _MARKS for letter in text)


def market_data(own_folder: Path | None = None) -> FolderMarketData:
    """The sample series, and a person's own where they have a folder.

    Raises:
        ConfigurationError: the folder cannot be used.
    """
    return FolderMarketData(SAMPLES, *([] if own_folder is None else [own_folder]))
