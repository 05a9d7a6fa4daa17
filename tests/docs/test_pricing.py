"""What the document on prices shows: a model of one's own works as it stands there, and figures are those of today."""

import json
import re
from pathlib import Path

import pytest

from app.cli.main import main
from app.services.gen_ai.core import GenerationTask, Message, PlainText
from app.services.gen_ai.rules.catalog_file import load_catalog_file
from benchmarks import billing
from benchmarks.billing_tools import GenaiPrices, Tollgate
from tests.billing.corpus import load_corpus
from tests.fakes.gate import Gate
from tests.fakes.scripted_upstream import completion

_TEXT = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text(encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The file of the example."""
    (example,) = re.findall(r"<!-- file: my-models.yaml -->\n```yaml\n(.*?)```", _TEXT, re.DOTALL)
    path = tmp_path / "my-models.yaml"
    path.write_text(example, encoding="utf-8")
    return path


async def test_a_model_of_ones_own_answers_and_costs_nothing(own: Path) -> None:
    """The call that a service makes, in the form that compatible servers take; the row says 0 USD, measured."""
    gate = Gate.build(catalog_file=load_catalog_file(own))
    gate.upstream.then(completion("Hi.", model="qwen3-32b", service_tier=None))
    talk = (Message("instruction", "Greet."), Message("user", "Hello."))
    task = GenerationTask[PlainText, None](
        "strategy_builder", "greet", "alice", talk, PlainText, 300, requested_model_id="qwen3-32b"
    )
    async with gate:
        generated = await gate.manager.generate(task)
    sent = json.loads(gate.upstream.requests[0].content)
    assert (sent["model"], sent["max_tokens"], sent["messages"][0]["role"]) == ("qwen3-32b", 300, "system")
    assert generated.answer.text == "Hi."
    assert generated.receipt.cost_usd == 0
    (row,) = gate.ledger.opened
    assert row.settlement is not None
    assert (row.status.value, row.settlement.price_id) == ("measured", "qwen3-32b@1970-01-01")


def test_a_model_of_ones_own_is_listed_and_may_be_chosen(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOLLGATE_CATALOG", str(own))
    monkeypatch.setattr("sys.argv", ["tollgate", "models", "--service", "strategy_builder", "--json"])
    with pytest.raises(SystemExit):
        main()
    allowed = {model["model_id"]: model for model in json.loads(capsys.readouterr().out)["allowed_models"]}
    assert allowed["qwen3-32b"]["input_price_per_1m"] == allowed["qwen3-32b"]["output_price_per_1m"] == 0
    assert "gpt-6-luna" in allowed


def test_the_figures_of_the_comparison_are_those_of_today() -> None:
    """Ours and those of genai-prices; litellm is installed by `make bench-billing` alone."""
    verdicts = billing.run([Tollgate(), GenaiPrices()], load_corpus())
    for tool in billing.in_all(verdicts):
        assert billing.summary(tool, verdicts) in _TEXT
