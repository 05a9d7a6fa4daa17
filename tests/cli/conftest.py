"""What the tests of commands share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def ledger_file(sqlite_template: Path, tmp_path: Path) -> None:
    """An empty database at the place where commands look for one."""
    file = tmp_path / "var" / "tollgate.db"
    if not file.exists():  # another fixture may have written into it before
        file.parent.mkdir(exist_ok=True)
        shutil.copy(sqlite_template, file)
