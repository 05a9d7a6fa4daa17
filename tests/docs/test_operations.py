"""What docs/operations.md shows works: its budget is one, its backup is whole, its settings exist."""

import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from app.services.gen_ai.rules.service_policy import load_policy_file
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.small_files import write

_ROOT = Path(__file__).parents[2]
_TEXT = (_ROOT / "docs" / "operations.md").read_text()


def test_the_budget_is_one(tmp_path: Path) -> None:
    """With its comments, in front of the services that come with the project."""
    (example,) = re.findall(r"```yaml\n(budgets:\n.*?)```", _TEXT, re.DOTALL)
    services = (_ROOT / "app" / "data" / "policies.yaml").read_text().partition("\nservices:")[2]
    loaded = load_policy_file(write(tmp_path, "policies.yaml", f"{example}services:{services}"), CATALOG_FILE)
    assert [(budget.name, budget.subject, budget.kind) for budget in loaded.budgets] == [
        ("chat", "chatops_advanced", "hard")
    ]


def test_the_backup_is_whole_while_the_database_is_in_use(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (command,) = re.findall(r"```bash\n(\.venv/bin/python .*)\n```", _TEXT)
    with closing(sqlite3.connect(tmp_path / "var" / "tollgate.db", isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE attempts (id TEXT)")
        writer.execute("INSERT INTO attempts VALUES ('att_1')")
        words = [sys.executable, *shlex.split(command)[1:]]
        subprocess.run(words, cwd=tmp_path, check=True)  # noqa: S603  our own interpreter and our own text
    with closing(sqlite3.connect(tmp_path / "backup.db")) as copy:
        assert copy.execute("SELECT id FROM attempts").fetchall() == [("att_1",)]


def test_the_settings_exist() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (_ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\b(?:TOLLGATE|OPENAI)_[A-Z_]+\b", _TEXT)) <= known
