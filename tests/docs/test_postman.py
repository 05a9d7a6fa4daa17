"""The Postman collection has every endpoint, and each of its requests works (T1.3.5)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from app.main import create_app
from containers import Container
from tests.conftest import serving

_COLLECTION = json.loads((Path(__file__).parents[2] / "docs" / "tollgate.postman_collection.json").read_text())


def _requests() -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in _COLLECTION["item"]:
        for item in folder["item"]:
            yield item["name"], item["request"]


def _path(request: dict[str, Any], made: dict[str, str]) -> str:
    """`made`: the variables that requests before this one have set."""
    given = {variable["key"]: variable["value"] for variable in request["url"].get("variable", [])}
    parts = [given[part[1:]] if part.startswith(":") else part for part in request["url"]["path"]]
    path = "/" + "/".join(parts)
    for name, value in made.items():
        path = path.replace(f"{{{{{name}}}}}", value)
    return path


def test_every_endpoint_has_a_request(container: Container) -> None:
    paths = create_app(container).openapi()["paths"]
    declared = {
        (method.upper(), path.strip("/").split("/")[-1]) for path, methods in paths.items() for method in methods
    }
    listed = {
        (request["method"], "{" + last[1:] + "}" if (last := request["url"]["path"][-1]).startswith(":") else last)
        for _, request in _requests()
    }
    assert listed == declared


async def _send(http: httpx2.AsyncClient, request: dict[str, Any], made: dict[str, str]) -> httpx2.Response:
    body = request.get("body", {}).get("raw")
    headers = {header["key"]: header["value"] for header in request["header"]}
    return await http.request(request["method"], _path(request, made), content=body, headers=headers)


async def test_every_request_of_the_collection_works(container: Container) -> None:
    async with serving(container) as http:
        made = {"session_id": (await http.post("/api/v1/gen-ai/chatops/sessions")).json()["session_id"]}
        for name, request in _requests():
            response = await _send(http, request, made)
            assert response.is_success, (name, response.text)
            answer = response.json() if response.headers["content-type"].startswith("application/json") else {}
            made |= {"report_id": answer["report_id"]} if "report_id" in answer else {}
