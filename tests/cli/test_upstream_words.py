"""On a terminal as in the API: what the upstream said of an error can be read, and a refused model is no end."""

import json
from collections.abc import Callable

import pytest

from app.bootstrap import build_container
from app.cli.console import err, out
from app.settings import Settings
from app.simulator import Fault
from containers import Container
from tests.fakes.command_line import run

pytestmark = pytest.mark.usefixtures("ledger_file")

WISH = "Buy when RSI falls below 30 and sell when it rises above 70"
WORDS = "The model does not exist or you do not have access to it."

Patch = pytest.MonkeyPatch
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: Patch) -> None:
    for console in (out, err):
        monkeypatch.setattr(console, "_width", 80)


@pytest.fixture
def failing(monkeypatch: Patch) -> Callable[[Fault], None]:
    """The upstream of the next command has a fault."""

    def with_fault(fault: Fault) -> None:
        def made(settings: Settings) -> Container:
            container = build_container(settings)
            container.gen_ai.simulator().faults.add(fault)
            return container

        for place in ("app.cli.session.build_container", "app.cli.chat.build_container"):
            monkeypatch.setattr(place, made)

    return with_fault


def refused(model: str) -> Fault:
    return Fault(kind="status", status=404, code="model_not_found", text=WORDS, model=model)


def test_a_chosen_model_that_is_refused_ends_with_the_upstreams_words(
    monkeypatch: Patch, capsys: Capture, failing: Callable[[Fault], None]
) -> None:
    """Once, in one sentence, on standard error, with exit code 2."""
    failing(refused("gpt-4o"))
    assert run(monkeypatch, "strategy", "build", WISH, "--model", "gpt-4o") == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("OpenAI"))
    assert line == (
        f"OpenAI refuses gpt-4o (status 404): {WORDS} (code model_not_found); choose another model, or wait"
    )


def test_a_default_that_is_refused_is_no_end(
    monkeypatch: Patch, capsys: Capture, failing: Callable[[Fault], None]
) -> None:
    """Another model answers, and the answer says why."""
    failing(refused("gpt-4o-mini"))
    assert run(monkeypatch, "strategy", "build", WISH, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["model_id"] != "gpt-4o-mini"
    assert WORDS in answer["model_reason"]


@pytest.mark.parametrize("command", [("strategy", "build"), ("chat",)])
def test_other_errors_are_told_in_the_upstreams_words_too(
    monkeypatch: Patch, capsys: Capture, failing: Callable[[Fault], None], command: tuple[str, ...]
) -> None:
    """After our own sentence, which says what to do; and without a key."""
    key = "sk-proj-0123456789abcdef"
    failing(Fault(kind="status", status=401, code="invalid_api_key", text=f"Incorrect API key provided: {key}."))
    assert run(monkeypatch, *command, WISH) == 2
    shown = capsys.readouterr().err
    assert "check OPENAI_API_KEY and OPENAI_PROJECT_ID. The upstream said: Incorrect API key provided: [key]" in shown
    assert "(code invalid_api_key)" in shown
    assert key not in shown
