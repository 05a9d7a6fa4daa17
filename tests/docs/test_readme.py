"""What the README shows works: each curl example is sent, each named file exists."""

import re
import shlex
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from app.services.gen_ai.rules.service_policy import load_policy_file
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.reporting import SUMMARY
from tests.fakes.small_files import write
from tests.fakes.trading import called, run

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text()
_EXAMPLES = re.findall(r"```bash\n(curl .*?)```", _README, re.DOTALL)


def _request(command: str, variables: dict[str, str]) -> tuple[str, str, str | None, dict[str, str]]:
    """Method, path, body and headers of a curl command."""
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command.replace("\\\n", " "))
    method, body, url = "GET", None, ""
    headers: dict[str, str] = {}
    position = 1
    while position < len(words):
        match words[position]:
            case "-X":
                method = words[position + 1]
                position += 2
            case "-d":
                body = words[position + 1]
                position += 2
            case "-G":
                position += 1
            case "--data-urlencode":
                name, _, value = words[position + 1].partition("=")
                url += f"?{name}={quote(value)}"
                position += 2
            case "-H":
                name, _, value = words[position + 1].partition(": ")
                headers[name] = value
                position += 2
            case address:
                url = address
                position += 1
    return method, url.removeprefix("http://127.0.0.1:8000"), body, headers


def test_there_is_an_example_of_every_endpoint_of_the_table() -> None:
    assert len(_EXAMPLES) == 26


async def _made(http: httpx2.AsyncClient) -> dict[str, str]:
    """What the examples use, by the names of the shell's variables."""
    made = {"SESSION_ID": (await http.post("/api/v1/gen-ai/chatops/sessions")).json()["session_id"]}
    wish = {"query": "RSI 30 이하에서 사고 70 이상에서 팔아줘"}
    built = await http.post("/api/v1/gen-ai/strategy-builder", json=wish)
    made["BUILD_ID"] = built.json()["build_id"]
    stored = await http.post("/api/v1/gen-ai/strategy-builder", json=wish | {"require_approval": False})
    made["STRATEGY_ID"] = stored.json()["strategy_id"]
    await run(http, made["STRATEGY_ID"])
    made["BACKTEST_ID"] = await run(http, called("Another one", position_size=0.9))
    report = await http.post("/api/v1/gen-ai/narrative-report", json={"backtest": SUMMARY})
    made["REPORT_ID"] = report.json()["report_id"]
    return made


@pytest.mark.parametrize("command", _EXAMPLES, ids=[re.sub(r"\s+", " ", text)[:70] for text in _EXAMPLES])
async def test_the_curl_example_works(http: httpx2.AsyncClient, command: str) -> None:
    method, path, body, headers = _request(command, await _made(http))
    response = await http.request(method, path, content=body, headers=headers)
    assert response.is_success, response.text


def test_the_budget_that_the_readme_shows_is_one(tmp_path: Path) -> None:
    """With its comments, in front of the services that come with the project."""
    (example,) = re.findall(r"```yaml\n(budgets:\n.*?)```", _README, re.DOTALL)
    services = (_ROOT / "app" / "data" / "policies.yaml").read_text().partition("\nservices:")[2]
    loaded = load_policy_file(write(tmp_path, "policies.yaml", f"{example}services:{services}"), CATALOG_FILE)
    assert [(budget.name, budget.subject, budget.kind) for budget in loaded.budgets] == [
        ("chat", "chatops_advanced", "hard")
    ]


def test_the_files_that_the_readme_names_exist() -> None:
    named = re.findall(r"`((?:app|containers|docs|tests|benchmarks)/[\w./]+)`", _README)
    made_there = set(re.findall(r"<!-- file: (\S+) -->", _README))
    assert len(named) > 10
    for name in named:
        assert name in made_there or (_ROOT / name).exists(), name


def test_no_lock_file_names_a_download_address() -> None:
    assert "://" not in (_ROOT / "constraints.txt").read_text()
