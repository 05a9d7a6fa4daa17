"""Who asks, as OpenAI may know it."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.errors import ConfigurationError
from app.services.gen_ai.core.safety_identifier import SafetyIdentifiers

KEY = SecretStr("k" * 32)


def test_a_caller_is_the_same_tomorrow_and_is_not_told(tmp_path: Path) -> None:
    """The same identifier from the same key, within what OpenAI takes; another for another caller or another key."""
    first, again = SafetyIdentifiers(KEY, tmp_path).of("alice"), SafetyIdentifiers(KEY, tmp_path).of("alice")
    assert first == again
    assert len(first) == 64
    assert "alice" not in first
    others = {SafetyIdentifiers(KEY, tmp_path).of("bob"), SafetyIdentifiers(SecretStr("q" * 32), tmp_path).of("alice")}
    assert first not in others
    assert not list(tmp_path.iterdir())


def test_without_a_key_one_is_made_and_kept(tmp_path: Path) -> None:
    """Of two processes that start at once, both go on with the one that stays; nobody else may read it."""
    folder = tmp_path / "journal"
    assert SafetyIdentifiers(None, folder).of("alice") == SafetyIdentifiers(None, folder).of("alice")
    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.read_text(encoding="ascii")) == 64


def test_a_folder_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file", encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"installation\.key: .*; make the folder writable, or set TOLLGATE_"):
        SafetyIdentifiers(None, tmp_path / "journal").of("alice")


def test_processes_of_one_number_that_share_a_folder_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In containers each is process 1: what one has in hand, the other neither changes nor takes away."""
    others: list[str] = []

    def overtaken(source: Path, target: Path) -> None:
        monkeypatch.undo()
        others.append(SafetyIdentifiers(None, tmp_path).of("alice"))
        os.link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert [SafetyIdentifiers(None, tmp_path).of("alice")] == others
    assert [path.name for path in tmp_path.iterdir()] == ["installation.key"]


def test_a_key_that_is_none_is_not_hashed_with(tmp_path: Path) -> None:
    """Whoever knows the names of the callers could tell them all by their hashes."""
    (tmp_path / "installation.key").write_text("\n", encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"installation\.key: .*empty"):
        SafetyIdentifiers(None, tmp_path).of("alice")
