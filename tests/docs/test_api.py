"""Each curl of docs/api.md and of the README is sent and works, and every endpoint has one."""

import re
import shlex
from pathlib import Path
from urllib.parse import quote

import httpx2

from app.main import create_app
from containers import Container
from tests.fakes.reporting import SUMMARY
from tests.fakes.trading import called, run

_ROOT = Path(__file__).parents[2]
_CURL = re.compile(r"```bash\n(curl .*?)```", re.DOTALL)
_API = _CURL.findall((_ROOT / "docs" / "api.md").read_text())
_README = _CURL.findall((_ROOT / "README.md").read_text())


def _request(command: str, variables: dict[str, str]) -> tuple[str, str, str | None, dict[str, str]]:
    """Method, path, body and headers of a curl command."""
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    method, body, url = "GET", None, ""
    headers: dict[str, str] = {}
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-d":
                body = next(words)
            case "-G":
                pass
            case "--data-urlencode":
                name, _, value = next(words).partition("=")
                url += f"?{name}={quote(value)}"
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case _:
                url = word
    return method, url.removeprefix("http://127.0.0.1:8000"), body, headers


def _endpoint(command: str) -> tuple[str, str]:
    """Method and path, as the OpenAPI document writes them."""
    method, url, _, _ = _request(command, {})
    path = re.sub(r"\$([A-Z_]+)", lambda name: f"{{{name[1].lower()}}}", url.partition("?")[0])
    return method, re.sub(r"(?<=/models/)\w+$", "{service_name}", path)


def test_every_endpoint_has_its_curl(container: Container) -> None:
    paths = create_app(container).openapi()["paths"]
    declared = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {_endpoint(command) for command in _API} == declared


async def _variables(http: httpx2.AsyncClient) -> dict[str, str]:
    """What the examples use, by the names of the shell's variables."""
    wish = {"query": "RSI 30 이하에서 사고 70 이상에서 팔아줘"}
    session = await http.post("/api/v1/gen-ai/chatops/sessions")
    pending = await http.post("/api/v1/gen-ai/strategy-builder", json=wish)
    stored = await http.post("/api/v1/gen-ai/strategy-builder", json=wish | {"require_approval": False})
    await run(http, stored.json()["strategy_id"])
    report = await http.post("/api/v1/gen-ai/narrative-report", json={"backtest": SUMMARY})
    return {
        "SESSION_ID": session.json()["session_id"],
        "BUILD_ID": pending.json()["build_id"],
        "STRATEGY_ID": stored.json()["strategy_id"],
        "BACKTEST_ID": await run(http, called("Another one", position_size=0.9)),
        "REPORT_ID": report.json()["report_id"],
    }


async def test_every_curl_works(http: httpx2.AsyncClient) -> None:
    """All on one server; what deletes comes last, for other examples need what it takes away."""
    variables = await _variables(http)
    for command in sorted([*_README, *_API], key=lambda each: "-X DELETE" in each):
        method, path, body, headers = _request(command, variables)
        response = await http.request(method, path, content=body, headers=headers)
        assert response.is_success, f"{command}\n{response.text}"
