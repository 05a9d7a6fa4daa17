"""The way of a call can be read in one sitting: the docstring of the gate names its files, and they stay short."""

import re
from pathlib import Path

from app.services.gen_ai import core

_FOLDER = Path(core.__path__[0])
_MOST_LINES = 1500


def test_the_docstring_of_the_gate_names_seven_files_that_take_one_sitting() -> None:
    named = re.findall(r"^\d\. `(\w+\.py)`", core.__doc__ or "", re.MULTILINE)
    assert len(named) == 7
    assert sum(len((_FOLDER / name).read_text(encoding="utf-8").splitlines()) for name in named) <= _MOST_LINES
