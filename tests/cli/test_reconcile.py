"""`tollgate reconcile`: a table for people, JSON for programs, and the costs endpoint on this machine only."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import AnyHttpUrl, SecretStr

from app.bootstrap import build_container, running
from app.cli.main import main
from app.cli.reconcile import whose_bill
from app.settings import Settings, load_settings
from tests.fakes.rows import attempt, settlement, unanswered

pytestmark = pytest.mark.usefixtures("ledger_file")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
ADMIN_KEY = "sk-admin-made-up"


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.console.out._width", 200)
    monkeypatch.setattr("app.cli.console.err._width", 200)


@pytest.fixture
def _recorded() -> None:
    """One measured answer of 0.00025125 USD, and one attempt of unknown cost."""

    async def work() -> None:
        async with running(build_container(load_settings())) as container:
            ledger = container.data.ledger()
            await ledger.open(attempt(opened_at=NOON, upstream="openai"))
            await ledger.settle("att_1", settlement(settled_at=NOON))
            await ledger.open(attempt("att_2", opened_at=NOON, upstream="openai"))
            await ledger.settle("att_2", replace(unanswered(), settled_at=NOON))

    asyncio.run(work())


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Of the upstream `openai`, whatever is configured."""
    monkeypatch.setattr("sys.argv", ["tollgate", "reconcile", "--upstream", "openai", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


def _bucket(day: int, *items: tuple[str | None, str, str]) -> dict[str, Any]:
    results = [
        {"object": "organization.costs.result", "amount": {"value": usd, "currency": "usd"}, "line_item": name,
         "project_id": project}
        for name, usd, project in items
    ]  # fmt: skip
    start = START + day * 86_400
    return {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": results}


PAGES = [
    {
        "object": "page",
        "data": [
            _bucket(
                0,
                ("gpt-4o-mini-2024-07-18, input", "0.000105", "proj_a"),
                ("gpt-4o-mini-2024-07-18, output", "0.00015", "proj_a"),
                ("gpt-4o-mini-2024-07-18, output", "7", "proj_b"),
            )
        ],
        "has_more": True,
        "next_page": "page_2",
    },
    {
        "object": "page",
        "data": [_bucket(1, ("web search tool calls", "0.01", "proj_a"))],
        "has_more": False,
        "next_page": None,
    },
]


@pytest.fixture
def _files() -> None:
    for number, page in enumerate(PAGES, 1):
        Path(f"{number}.json").write_text(json.dumps(page))
    Path("both.json").write_text(json.dumps(PAGES))


def _json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert _run(monkeypatch, *arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("_recorded", "_files")
def test_json_says_all_exactly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(monkeypatch, capsys, "--costs", "both.json", "--project", "proj_a")
    assert found["days"] == ["2026-11-20", "2026-11-21"]
    assert [(line["model"], line["category"]) for line in found["lines"]] == [
        ("gpt-4o-mini", "input"),
        ("gpt-4o-mini", "cached_input"),
        ("gpt-4o-mini", "cache_write"),
        ("gpt-4o-mini", "output"),
    ]
    assert found["lines"][3] == {
        "day": "2026-11-20",
        "model": "gpt-4o-mini",
        "category": "output",
        "billed_usd": "0.00015",
        "recorded_usd": "0.00012",
        "measured_usd": "0.00012",
        "unmeasured_usd": "0",
        "difference_usd": "-0.00003",
        "difference_percent": "-20",
    }
    assert found["other_items"] == [
        {"day": "2026-11-21", "line_item": "web search tool calls", "project_id": "proj_a", "billed_usd": "0.01"}
    ]
    assert found["billed_by_project"] == [{"project_id": "proj_a", "billed_usd": "0.010255"}]
    assert found["unknown"] == {"attempts": 1, "low_usd": "0", "high_usd": None}
    assert (found["tokens"]["billed_usd"], found["tokens"]["recorded_usd"]) == ("0.000255", "0.00025125")
    assert found["total"]["capture_percent"].startswith("2.4500")


@pytest.mark.usefixtures("_recorded", "_files")
def test_pages_in_several_files_and_a_part_of_the_days(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = _json(monkeypatch, capsys, "--costs", "1.json", "--costs", "2.json")
    assert whole == _json(monkeypatch, capsys, "--costs", "both.json")
    second = _json(monkeypatch, capsys, "--costs", "both.json", "--from", "2026-11-21", "--to", "2026-11-30")
    assert (second["days"], second["lines"]) == (["2026-11-21"], [])


@pytest.mark.usefixtures("_recorded", "_files")
def test_people_get_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(monkeypatch, "--costs", "both.json", "--project", "proj_a") == 0
    shown = capsys.readouterr().out
    output = next(line for line in shown.splitlines() if "output" in line)
    assert output.split() == ["2026-11-20", "gpt-4o-mini", "output", "0.000150", "0.000120", "-0.000030", "-20.0"]
    for piece in (
        "web search tool calls",
        "Capture rate of what is billed by tokens: 98.5 %",
        "0.00025125 USD, 0.00025125 of it measured and 0 estimated",
        "1 attempts of unknown cost, between 0 USD and an unknown amount in all",
    ):
        assert piece in shown


def test_no_days_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.json").write_text("[]")
    assert _run(monkeypatch, "--costs", "empty.json") == 0
    assert "nothing to compare" in capsys.readouterr().out


def test_costs_that_are_not_grouped_are_shown_as_such(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("plain.json").write_text(json.dumps({"data": [_bucket(0, (None, "1", "proj_a"))]}))
    assert _run(monkeypatch, "--costs", "plain.json") == 0
    assert "(not grouped by line item)" in capsys.readouterr().out


def test_what_is_fetched_is_the_bill_of_whoever_is_asked() -> None:
    """Where only the admin key is set, calls go to the simulator; its attempts are on no bill of OpenAI."""
    admin = Settings(openai_admin_key=SecretStr("sk-admin-made-up"))
    assert (whose_bill(admin, fetched=True), whose_bill(admin, fetched=False)) == ("openai", "simulator")
    other = Settings(openai_api_key=SecretStr("any"), openai_base_url=AnyHttpUrl("http://llm.example.org/v1"))
    assert whose_bill(other, fetched=True) == "llm.example.org"


class _Costs(HTTPServer):
    """The costs endpoint on a free port of this machine; it keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[dict[str, list[str]]] = []
        self.keys: list[str | None] = []
        self.answers: dict[str | None, tuple[int, bytes]] = {
            None: (200, json.dumps(PAGES[0]).encode()),
            "page_2": (200, json.dumps(PAGES[1]).encode()),
        }


class _Handler(BaseHTTPRequestHandler):
    server: _Costs

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        self.server.asked.append({"path": [url.path], **query})
        self.server.keys.append(self.headers["Authorization"])
        status, body = self.server.answers[query.get("page", [None])[0]]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Costs]:
    with _Costs() as costs:
        serving = threading.Thread(target=costs.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        monkeypatch.setenv("OPENAI_API_KEY", "sk-made-up")
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{costs.server_port}/v1")
        monkeypatch.setenv("OPENAI_ADMIN_KEY", ADMIN_KEY)
        yield costs
        costs.shutdown()
        serving.join()


FETCH = ("--fetch", "--from", "2026-11-20", "--to", "2026-11-21")


@pytest.mark.usefixtures("_recorded", "_files")
def test_fetching_follows_the_pages_with_the_admin_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: _Costs
) -> None:
    found = _json(monkeypatch, capsys, *FETCH)
    assert server.keys == [f"Bearer {ADMIN_KEY}"] * 2
    first, second = server.asked
    assert first == {
        "path": ["/v1/organization/costs"],
        "start_time": [str(START)],
        "end_time": [str(START + 2 * 86_400)],
        "bucket_width": ["1d"],
        "limit": ["180"],
        "group_by": ["project_id", "line_item"],
    }
    assert second == {**first, "page": ["page_2"]}
    assert found == _json(monkeypatch, capsys, "--costs", "both.json")


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (401, b"{}", "must be an admin key"),
        (500, b"", "answered with status 500"),
        (200, b"<html>", "page 1: not JSON"),
        (200, b"{}", "page 1: data: Field required"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: _Costs,
    status: int,
    body: bytes,
    hint: str,
) -> None:
    server.answers[None] = (status, body)
    assert _run(monkeypatch, *FETCH) == 2
    complaint = capsys.readouterr().err
    assert hint in complaint
    assert ADMIN_KEY not in complaint


def test_pages_without_end_are_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: _Costs
) -> None:
    monkeypatch.setattr("app.services.gen_ai.ledger.openai_costs._MAX_PAGES", 3)
    server.answers["page_2"] = server.answers[None]
    assert _run(monkeypatch, *FETCH) == 2
    assert "gave 3 pages and has more" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: _Costs
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert _run(monkeypatch, *FETCH) == 2
    assert "http://127.0.0.1:9/v1/organization/costs cannot be reached" in capsys.readouterr().err
    assert server.asked == []


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((), "Give either --costs FILE"),
        (("--costs", "both.json", "--fetch"), "Give either --costs FILE"),
        (("--costs", "gone.json"), "gone.json: No such file"),
        (("--costs", "1.json"), "1.json: it says has_more"),
        (("--costs", "both.json", "--costs", "2.json"), "2.json: data[0]: 2026-11-21 stands in both.json, page 2"),
        (("--fetch",), "--fetch needs --from DATE and --to DATE"),
        (FETCH, "needs OPENAI_ADMIN_KEY"),
        (("--costs", "both.json", "--from", "yesterday"), "--from yesterday: give a day in UTC"),
        (("--costs", "both.json", "--from", "2026-11-22", "--to", "2026-11-21"), "must not lie after --to"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: Sequence[str], hint: str
) -> None:
    assert _run(monkeypatch, *arguments) == 2
    assert hint in capsys.readouterr().err
