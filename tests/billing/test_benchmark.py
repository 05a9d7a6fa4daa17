"""`make bench-billing` without litellm, which only that target installs."""

import json
import stat
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import billing
from benchmarks.billing_litellm import _answer
from benchmarks.billing_tools import Answer, GenaiPrices, Litellm, Tollgate, Tool, litellm_python
from tests.billing.corpus import Case, Priced, load_corpus
from tests.tables import each_line

CORPUS = {case.id: case for case in load_corpus()}


@pytest.fixture
def _no_litellm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(billing, "litellm_python", lambda: tmp_path / "python")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.usefixtures("_no_litellm")
def test_it_runs_on_ours_and_genai_prices(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And says in a sentence that litellm is left out, and how to get it."""
    monkeypatch.setattr("sys.argv", ["billing"])
    billing.main()
    printed = capsys.readouterr().out
    for piece in ("price_change", "genai-prices", "tiers_unpriced/luna-scale", "litellm is not installed"):
        assert piece in printed


@pytest.mark.usefixtures("_no_litellm")
def test_json_has_the_same_figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every case of the corpus is a question for us; nobody else is asked about our made-up catalogue."""
    monkeypatch.setattr("sys.argv", ["billing", "--json"])
    billing.main()
    found = json.loads(capsys.readouterr().out)
    assert sum(found["total"]["tollgate"].values()) == len(CORPUS)
    assert list(found["groups"]["price_change"]) == ["tollgate"]
    assert [wrong["case"] for wrong in found["wrong"] if wrong["tool"] == "tollgate"] == []


def test_genai_prices_agrees_on_every_cost_that_it_gives() -> None:
    """An oracle kept by other people: where it has a price at all, it is ours to the last digit, or the case says why
    it is not; a reason that is none any more is noticed too.
    """
    verdicts = billing.run([GenaiPrices()], load_corpus())
    priced = [verdict for verdict in verdicts if isinstance(verdict.case.expected, Priced)]
    assert len(priced) > 200
    assert sum(verdict.outcome == "right" for verdict in priced) > 200
    assert billing.unexplained(verdicts) == []


def test_a_difference_that_nobody_explains_is_named() -> None:
    """A wrong price without a reason, and a reason where the price is right; what must be refused needs none."""

    class Wrong(GenaiPrices):
        def answers(self, cases: Sequence[Case]) -> list[Answer]:
            return [Answer(Decimal("0.0003894") if case.id == "luna-plain" else Decimal(9)) for case in cases]

    plain, other = CORPUS["luna-plain"], CORPUS["sol-5.6-after-the-promotion"]
    stale = plain.model_copy(update={"disagree": {"genai-prices": "it once did"}})
    mute = other.model_copy(update={"disagree": {"litellm": "not this tool"}})
    verdicts = billing.run([Wrong()], [plain, stale, other, mute, CORPUS["luna-scale"]])
    assert [line.split(",")[0] for line in billing.unexplained(verdicts)] == [
        "plain/luna-plain",
        "price_history/sol-5.6-after-the-promotion",
    ]


@each_line(
    ("tool", "case_id", "answer", "outcome"),
    [
        (GenaiPrices(), "luna-plain", Answer(Decimal("0.0003894")), "right"),
        (GenaiPrices(), "luna-plain", Answer(Decimal("0.0003894000001")), "wrong"),
        (Litellm(Path("python")), "luna-plain", Answer(Decimal("0.0003894000001")), "right"),
        (Litellm(Path("python")), "luna-plain", Answer(Decimal("0.000389400002")), "wrong"),
        (GenaiPrices(), "luna-plain", Answer(None, "LookupError"), "cannot"),
        (Tollgate(), "luna-plain", Answer(None, "unpriced"), "wrong"),
        (Litellm(Path("python")), "terra-plain", Answer(Decimal(0), outside=True), "cannot"),
        (Litellm(Path("python")), "luna-scale", Answer(None, "ValueError"), "right"),
        (Litellm(Path("python")), "luna-scale", Answer(Decimal("0.00015")), "wrong"),
    ],
)
def test_the_verdict_is_fair(tool: Tool, case_id: str, answer: Answer, outcome: str) -> None:
    """Exact for decimals, 1e-12 USD for floats; who gives no figure cannot; only we claim everything."""
    assert billing.judge(tool, CORPUS[case_id], answer) == outcome


def test_litellm_is_asked_in_a_process_of_its_own(tmp_path: Path) -> None:
    """A stand-in for its Python answers one listed model, one that is not listed, and one refusal."""
    reply = {
        "version": "1.2.3",
        "answers": [
            {"usd": "0.0003894", "listed": True, "says": ""},
            {"usd": "0.0", "listed": False, "says": ""},
            {"usd": None, "listed": True, "says": "ValueError: no"},
            {"usd": "0.0", "listed": False, "says": ""},
        ],
    }
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'END'\n{json.dumps(reply)}\nEND\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    tool = Litellm(python)
    cases = [CORPUS[name] for name in ("luna-plain", "terra-plain", "luna-scale", "made-up-model")]
    assert [verdict.outcome for verdict in billing.run([tool], cases)] == ["right", "cannot", "right", "wrong"]
    assert tool.name == "litellm 1.2.3"
    assert litellm_python().parts[-3:] == ("litellm", "bin", "python")


def test_litellm_is_asked_with_the_function_that_it_documents() -> None:
    """Batches have their own; a region is its data residency; what it raises is kept as its words."""

    def completion_cost(**asked: Any) -> float:
        if asked["completion_response"]["service_tier"] == "scale":
            raise ValueError("no such tier")
        return 0.5 if asked["data_residency"] is None else 0.55

    fake = SimpleNamespace(
        model_cost={"gpt-6-luna"},
        Usage=dict,
        completion_cost=completion_cost,
        cost_calculator=SimpleNamespace(batch_cost_calculator=lambda **_: (0.1, 0.2)),
    )

    def usd(case: Case) -> str | None:
        found: str | None = _answer(fake, case.model_dump(mode="json"))["usd"]
        return found

    assert usd(CORPUS["luna-plain"]) == "0.5"
    assert usd(CORPUS["luna-regional"]) == "0.55"
    assert usd(CORPUS["luna-batch"]) == repr(0.1 + 0.2)
    assert usd(CORPUS["luna-scale"]) is None
    assert _answer(fake, CORPUS["terra-plain"].model_dump(mode="json"))["listed"] is False
