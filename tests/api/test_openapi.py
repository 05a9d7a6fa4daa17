"""The OpenAPI document is good enough to make a client from (T1.3.5)."""

import re
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from containers import Container
from tests.application import application

NO_MODEL = ("/sessions", "/approval", "/check", "/chatops/backtests")
"""Ends of the paths under which no model is asked."""


@pytest.fixture
def document(container: Container) -> dict[str, Any]:
    return application(container).openapi()


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_endpoint_of_the_plan_is_there(document: dict[str, Any]) -> None:
    assert {(method, path) for path, method, _ in _operations(document)} >= {
        ("get", "/api/v1/gen-ai/models"),
        ("get", "/api/v1/gen-ai/models/{service_name}"),
        ("post", "/api/v1/gen-ai/strategy-builder"),
        ("post", "/api/v1/gen-ai/narrative-report"),
        ("post", "/api/v1/gen-ai/narrative-report/check"),
        ("get", "/api/v1/gen-ai/narrative-report"),
        ("get", "/api/v1/gen-ai/narrative-report/{report_id}"),
        ("post", "/api/v1/gen-ai/chatops/sessions"),
        ("post", "/api/v1/gen-ai/chatops/sessions/{session_id}/chat"),
        ("post", "/api/v1/gen-ai/chatops/compare"),
        ("post", "/api/v1/gen-ai/chatops/backtests"),
        ("get", "/api/v1/gen-ai/usage"),
        ("get", "/api/v1/gen-ai/usage/summary"),
        ("get", "/api/v1/gen-ai/budgets"),
        ("get", "/api/v1/gen-ai/strategy-builder"),
        ("get", "/api/v1/gen-ai/strategy-builder/{build_id}"),
        ("post", "/api/v1/gen-ai/strategy-builder/{build_id}/approval"),
        ("get", "/api/v1/gen-ai/indicators"),
        ("get", "/api/v1/strategies"),
        ("get", "/api/v1/strategies/{strategy_id}"),
        ("patch", "/api/v1/strategies/{strategy_id}"),
        ("delete", "/api/v1/strategies/{strategy_id}"),
        ("post", "/api/v1/backtests"),
        ("get", "/api/v1/backtests"),
        ("get", "/api/v1/backtests/{backtest_id}"),
        ("delete", "/api/v1/backtests/{backtest_id}"),
        ("get", "/health/live"),
        ("get", "/health/ready"),
    }


def test_every_operation_has_a_readable_id_a_summary_and_a_description(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in _operations(document):
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), (method, path)
        assert operation["summary"]
        assert operation["description"]


def test_every_error_answer_is_declared_as_a_problem_document(document: dict[str, Any]) -> None:
    """Also FastAPI's own 422, which it would declare in a form that is never sent."""
    for path, method, operation in _operations(document):
        if method == "post" and path.startswith("/api/v1/gen-ai/") and not path.endswith(NO_MODEL):
            assert {"400", "402", "422", "502", "503", "504"} <= operation["responses"].keys(), path
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (path, status)


def test_every_request_example_fits_its_schema(document: dict[str, Any]) -> None:
    schemas = {name: schema for name, schema in document["components"]["schemas"].items() if name.endswith("Request")}
    assert len(schemas) == 8
    for name, schema in schemas.items():
        assert schema["examples"], name
        root = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        for example in schema["examples"]:
            Draft202012Validator(root).validate(example)


async def test_the_documentation_needs_no_internet(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/docs")).text
    assert "://" not in re.sub(r"http://127\.0\.0\.1", "", "".join(re.findall(r'(?:src|href)="([^"]*)"', page)))
    for asset in re.findall(r'(?:src|href)="([^"]*)"', page):
        response = await http.get(asset)
        assert response.status_code == 200, asset
        assert len(response.content) > 100


async def test_the_served_document_is_the_one_that_was_checked(
    http: httpx2.AsyncClient, document: dict[str, Any]
) -> None:
    assert (await http.get("/openapi.json")).json() == document
