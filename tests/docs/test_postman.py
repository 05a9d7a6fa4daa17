"""The Postman collection has every endpoint, and each of its requests works (T1.3.5)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from containers import Container
from tests.application import application
from tests.conftest import serving

_COLLECTION = json.loads((Path(__file__).parents[2] / "docs" / "tollgate.postman_collection.json").read_text())
_SETS = re.compile(r'pm\.collectionVariables\.set\("(\w+)", pm\.response\.json\(\)\.(\w+)\);')
_EXPECTS = re.compile(r"to\.have\.status\((\d+)\)")

Item = dict[str, Any]


def _items() -> Iterator[Item]:
    for folder in _COLLECTION["item"]:
        yield from folder["item"]


def test_every_endpoint_has_a_request(container: Container) -> None:
    paths = application(container).openapi()["paths"]
    declared = {(method.upper(), path.strip("/")) for path, methods in paths.items() for method in methods}
    listed = {
        (item["request"]["method"], re.sub(r":(\w+)", r"{\1}", "/".join(item["request"]["url"]["path"])))
        for item in _items()
    }
    assert listed == declared


def _filled(text: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace("{{" + name + "}}", value)
    assert "{{" not in text, "a variable is used that no request before has set"
    return text


async def _send(http: httpx2.AsyncClient, request: Item, variables: dict[str, str]) -> httpx2.Response:
    given = {variable["key"]: variable["value"] for variable in request["url"].get("variable", [])}
    parts = [given[part[1:]] if part.startswith(":") else part for part in request["url"]["path"]]
    body = request.get("body", {}).get("raw")
    headers = {header["key"]: header["value"] for header in request["header"]}
    path = _filled("/" + "/".join(parts), variables)
    content = None if body is None else _filled(body, variables)
    return await http.request(request["method"], path, content=content, headers=headers)


async def test_the_collection_works_from_top_to_bottom(container: Container) -> None:
    """As Postman runs it: what an answer is expected to be, and what later requests take from it."""
    variables: dict[str, str] = {}
    async with serving(container) as http:
        for item in _items():
            script = "\n".join(line for event in item["event"] for line in event["script"]["exec"])
            response = await _send(http, item["request"], variables)
            (expected,) = _EXPECTS.findall(script)
            assert response.status_code == int(expected), (item["name"], response.text)
            variables |= {name: response.json()[field] for name, field in _SETS.findall(script)}
    assert set(variables) == {each["key"] for each in _COLLECTION["variable"]} - {"base_url"}
