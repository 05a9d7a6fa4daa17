"""Bad input of any kind gets a 4xx and a sentence that helps; nothing of the inside ever leaves."""

from typing import Any

import httpx2
import pytest
from dependency_injector import providers

from app.api.middleware import MAX_BODY_BYTES
from containers import Container
from tests.conftest import serving

API = "/api/v1/gen-ai"


@pytest.mark.parametrize(
    ("path", "body", "hint"),
    [
        ("/strategy-builder", {}, "body.query"),
        ("/strategy-builder", {"query": "too short"}, "at least 10 characters"),
        ("/strategy-builder", {"query": "x" * 1001}, "at most 1000 characters"),
        ("/strategy-builder", {"query": " " * 50}, "at least 10 characters"),
        ("/strategy-builder", {"query": 12345678901}, "body.query"),
        ("/strategy-builder", {"query": "Buy low and sell high", "modelid": "x"}, "body.modelid"),
        ("/narrative-report", {"backtest": None}, "give exactly one of the two"),
        ("/chatops/compare", {"strategies": [{"name": "one", "metrics": {}}]}, "at least 2 items"),
    ],
)
async def test_a_wrong_body_is_422_and_says_where(
    http: httpx2.AsyncClient, path: str, body: dict[str, Any], hint: str
) -> None:
    response = await http.post(API + path, json=body)
    assert response.status_code == 422
    problem = response.json()
    assert problem["code"] == "invalid_request"
    assert hint in problem["detail"]
    assert problem["errors"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"query": NaN}', b"null"])
async def test_a_body_that_is_no_json_object_is_422(http: httpx2.AsyncClient, content: bytes) -> None:
    response = await http.post(f"{API}/strategy-builder", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_request"


async def test_a_body_that_is_too_large_is_413(http: httpx2.AsyncClient) -> None:
    response = await http.post(
        f"{API}/strategy-builder", content=b" " * (MAX_BODY_BYTES + 1), headers={"content-type": "application/json"}
    )
    assert response.status_code == 413
    assert response.json()["code"] == "content_too_large"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("DELETE", f"{API}/models", 405, "method_not_allowed"),
        ("POST", f"{API}/chatops/sessions/chat_unknown/chat", 404, "session_not_found"),
    ],
)
async def test_what_is_not_there_is_a_problem_document_too(
    http: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await http.request(method, path, json={"message": "Hello"} if method == "POST" else None)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == code


async def test_an_unexpected_error_is_500_without_its_inside(container: Container) -> None:
    class Broken:
        async def build_strategy(self, request: object, caller_id: str) -> object:
            raise RuntimeError("the secret plan")

    async with serving(container) as http:
        with container.services.strategy_builder.override(providers.Object(Broken())):
            response = await http.post(f"{API}/strategy-builder", json={"query": "Buy low and sell high"})
    assert response.status_code == 500
    assert response.json()["code"] == "internal_error"
    assert "secret" not in response.text
    assert "Traceback" not in response.text


async def test_a_web_page_of_another_site_cannot_spend_money(http: httpx2.AsyncClient) -> None:
    """What a browser sends across sites without asking first, text/plain, is no JSON request."""
    response = await http.post(
        f"{API}/strategy-builder", content=b'{"query": "Buy low and sell high"}', headers={"content-type": "text/plain"}
    )
    assert response.status_code == 422
