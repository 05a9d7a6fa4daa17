"""`tollgate models check`: the catalogue beside what an upstream on this machine lists."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.services.gen_ai.rules.catalog_file import load_catalog_file
from tests.fakes.command_line import run, run_json
from tests.tables import each_line

KEY = "sk-made-up-0123456789"
CATALOG = load_catalog_file(Path(__file__).parents[2] / "app" / "data" / "models.yaml")
ALIVE_LONG = [model for model in CATALOG.models if model.lifecycle.shutdown_on is None]


class Upstream(HTTPServer):
    """Answers everything with one answer, and remembers the paths."""

    status = 200
    headers: dict[str, str]
    body = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.headers = {"Content-Type": "application/json"}
        self.asked: list[str] = []

    def lists(self, *models: dict[str, Any]) -> None:
        self.body = json.dumps({"object": "list", "data": models}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.cli.console.err._width", 200)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        yield server
        server.shutdown()
        thread.join()


def every_model(**changed: object) -> list[dict[str, Any]]:
    """The catalogue as an upstream that agrees would list it; `changed` are days of the end by id, underscores for
    what no name in Python can have.
    """
    listed: list[dict[str, Any]] = []
    for model in CATALOG.models:
        end = model.lifecycle.shutdown_on
        day = changed.get(model.model_id.replace("-", "_").replace(".", "_"), end and end.isoformat())
        listed.append({"id": model.model_id, "object": "model", "created": 0, "owned_by": "x", "shutdown_date": day})
    return listed


def test_the_embedded_simulator_agrees_and_nothing_is_recorded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without a database: asking for models is no call that costs."""
    document = run_json(monkeypatch, capsys, "models", "check")
    assert (document["drift"], document["unknown"], document["shutdown_dates"]) == (False, [], [])
    assert document["models"] > len(ALIVE_LONG)
    assert not list(tmp_path.iterdir())


def test_one_request_goes_out_and_what_we_have_not_is_only_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream
) -> None:
    upstream.lists(*every_model(), *({"id": f"ft:gpt-4o:{number}"} for number in range(10_000)))
    assert run(monkeypatch, "models", "check") == 0
    shown = capsys.readouterr().out
    assert "10000 of them not in the catalogue" in shown
    assert "ft:gpt-4o" not in shown
    assert upstream.asked == ["/v1/models"]
    assert len(run_json(monkeypatch, capsys, "models", "check", "--all")["not_listed_ids"]) == 10_000


def test_a_model_that_the_upstream_does_not_know_is_drift_unless_our_own_date_has_ended_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream
) -> None:
    gone, lost = "gpt-4-turbo", "gpt-6-luna"
    upstream.lists(*(model for model in every_model() if model["id"] not in {gone, lost}))
    assert run(monkeypatch, "models", "check", "--json") == 1
    assert json.loads(capsys.readouterr().out)["unknown"] == [lost]


@each_line(
    ("theirs", "shown"),
    [
        ("2027-02-01", "2027-02-01"),
        (None, None),
        ("2027-01-14T23:30:00-05:00", "2027-01-15"),
        ("soon", "soon"),
        ("2027-13-14", "2027-13-14"),
        ("9999-12-31T23:00:00-14:00", "9999-12-31T23:00:00-14:00"),
        (1799884800, "1799884800"),
        ("", ""),
    ],
)
def test_another_end_than_ours_is_drift(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    upstream: Upstream,
    theirs: object,
    shown: str | None,
) -> None:
    """Also one that is no day: it is shown as it came."""
    upstream.lists(*every_model(gpt_4o=theirs))
    assert run(monkeypatch, "models", "check", "--json") == 1
    differing = [{"model_id": "gpt-4o", "ours": "2027-01-14", "theirs": shown}]
    assert json.loads(capsys.readouterr().out)["shutdown_dates"] == differing
    assert run(monkeypatch, "models", "check") == 1
    assert "Shutdown dates that differ" in capsys.readouterr().out


@each_line("same", ["2027-01-14", "2027-01-14T00:00:00Z", "2027-01-13T20:00:00-05:00"])
def test_a_moment_is_its_day_in_utc(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream, same: str
) -> None:
    upstream.lists(*every_model(gpt_4o=same))
    assert run(monkeypatch, "models", "check") == 0
    assert "agrees" in capsys.readouterr().out


def test_a_server_that_never_tells_of_ends_contradicts_nobody(
    monkeypatch: pytest.MonkeyPatch, upstream: Upstream
) -> None:
    upstream.lists(*({"id": model["id"]} for model in every_model()))
    assert run(monkeypatch, "models", "check") == 0


@each_line(
    ("body", "place"),
    [
        (b"<html><body>Welcome to our proxy</body></html>", "<html><body>Welcome"),
        (b"", "not JSON"),
        (b"[]", "the whole"),
        (b"null", "the whole"),
        (b'{"object": "list"}', "data"),
        (b'{"data": {"id": "gpt-4o"}}', "data"),
        (b'{"data": ["gpt-4o"]}', "data[0]"),
        (b'{"data": [{"id": "gpt-4o"}, {"id": 4}]}', "data[1].id"),
        (b'{"data": [{"id": ""}]}', "data[0].id"),
        (b'{"data": [{"object": "model"}]}', "data[0].id"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_list_of_models_ends_with_a_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream, body: bytes, place: str
) -> None:
    upstream.body = body
    assert run(monkeypatch, "models", "check") == 2
    said = capsys.readouterr().err
    assert place in said
    assert "/v1/models is no list of models" in said
    assert "OPENAI_BASE_URL" in said
    assert "Traceback" not in said


@each_line(
    ("status", "setting"),
    [
        (401, "OPENAI_API_KEY"),
        (403, "OPENAI_PROJECT_ID"),
        (404, "OPENAI_BASE_URL"),
        (429, "try again later"),
        (503, "try again later"),
    ],
)
def test_a_refusal_keeps_the_upstreams_words_and_hides_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream, status: int, setting: str
) -> None:
    upstream.status = status
    upstream.asked.clear()
    upstream.body = json.dumps({"error": {"message": f"Nobody has the key {KEY} here", "code": "lost"}}).encode()
    assert run(monkeypatch, "models", "check") == 2
    said = capsys.readouterr().err
    for piece in (f"status {status}", "Nobody has the key", "code lost", setting):
        assert piece in said
    assert KEY not in said
    assert upstream.asked == ["/v1/models"]


def test_a_redirect_is_not_followed_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream
) -> None:
    """The key would go there."""
    upstream.status = 307
    upstream.headers = {"Location": f"http://127.0.0.1:{upstream.server_port}/v2/models?token=1"}
    assert run(monkeypatch, "models", "check") == 2
    said = capsys.readouterr().err
    assert "/v2/models, which is not followed" in said
    assert "OPENAI_BASE_URL" in said
    assert upstream.asked == ["/v1/models"]


def test_an_upstream_that_is_not_there_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream
) -> None:
    upstream.shutdown()
    upstream.server_close()
    assert run(monkeypatch, "models", "check") == 2
    assert "OPENAI_BASE_URL" in capsys.readouterr().err


def test_an_endless_list_is_read_no_further_than_it_can_be_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], upstream: Upstream
) -> None:
    upstream.body = b" " * 20_000_001
    assert run(monkeypatch, "models", "check") == 2
    assert "20,000,000 bytes" in capsys.readouterr().err


def test_options_of_the_list_before_check_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would do nothing there."""
    assert run(monkeypatch, "models", "--json", "check") == 2
    assert "give its own after it" in capsys.readouterr().err
