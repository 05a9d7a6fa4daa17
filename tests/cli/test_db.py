"""`tollgate db`: says from which revision of the tables to which, on both databases, without opening anything else."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from app.cli.main import main
from app.storage import schema


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.cli.console.err._width", 200)


def _run(monkeypatch: pytest.MonkeyPatch, url: str, *arguments: str) -> int:
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", url)
    monkeypatch.setattr("sys.argv", ["tollgate", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def test_status_upgrade_status(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In sentences: what is there, what was done, what is there now."""
    expected = [
        ("status", 1, f"has no revision; this version needs revision {schema.HEAD}."),
        ("upgrade", 0, f"was upgraded from no revision to revision {schema.HEAD}."),
        ("upgrade", 0, f"is at revision {schema.HEAD}; there was nothing to do."),
        ("status", 0, f"has revision {schema.HEAD}; this version needs revision {schema.HEAD}."),
    ]
    name = make_url(empty_database_url).render_as_string()
    for command, code, sentence in expected:
        assert _run(monkeypatch, empty_database_url, "db", command) == code
        assert capsys.readouterr().out == f"{name} {sentence}\n"


def test_the_same_for_programs(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(code: int, command: str) -> Any:
        assert _run(monkeypatch, empty_database_url, "db", command, "--json") == code
        return json.loads(capsys.readouterr().out)

    name = make_url(empty_database_url).render_as_string()
    assert answer(1, "status") == {"database": name, "revision": None, "needed_revision": schema.HEAD}
    assert answer(0, "upgrade") == {"database": name, "from_revision": None, "to_revision": schema.HEAD}
    assert answer(0, "upgrade") == {"database": name, "from_revision": schema.HEAD, "to_revision": schema.HEAD}
    assert answer(0, "status") == {"database": name, "revision": schema.HEAD, "needed_revision": schema.HEAD}


def test_asking_for_the_status_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, f"sqlite+aiosqlite:///{tmp_path}/none.db", "db", "status") == 1
    assert "has no revision" in capsys.readouterr().out
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("command", ["upgrade", "status"])
def test_a_server_that_is_not_there_is_a_sentence(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "postgresql://ann:secret@127.0.0.1:1/ledger", "db", command) == 2
    complaint = capsys.readouterr().err
    assert "cannot be opened" in complaint
    assert "Traceback" not in complaint
    assert "secret" not in complaint


@pytest.mark.parametrize("command", ["usage", "serve", "demo"])
def test_what_a_command_needs_it_asks_for(
    command: str, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A server's tables are made when somebody says so. One that finds none says how, in one sentence."""
    assert _run(monkeypatch, empty_postgres_url, command) == 2
    complaint = capfd.readouterr().err
    assert complaint.endswith("run `tollgate db upgrade`\n")
    assert complaint.count("\n") == 1


def test_an_older_file_is_upgraded_with_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Path(__file__).parents[1] / "storage" / "older_databases" / "e8b3648.sql"
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript(script.read_text())
    assert _run(monkeypatch, f"sqlite+aiosqlite:///{tmp_path}/old.db", "db", "upgrade") == 0
    assert "was upgraded from no revision to revision" in capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        assert connection.execute("SELECT count(*) FROM attempts").fetchone() == (1,)
