"""The API's documentation, usable without internet: Swagger's files come from an installed package."""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.api.errors import Problem, problem_responses

_ASSETS = "/docs/assets"


def _declare_problems(document: dict[str, Any]) -> None:
    """FastAPI declares its own form of a 422, which is never sent here."""
    for methods in document["paths"].values():
        for operation in methods.values():
            if "422" in operation["responses"]:
                operation["responses"]["422"] = problem_responses(422)[422]
    for never_sent in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(never_sent, None)


def add_docs(app: FastAPI) -> None:
    """Adds `/docs`, and the error answers to OpenAPI; the application must be made with `docs_url=None`."""
    assets = files("fastapi_offline") / "static"
    app.mount(_ASSETS, StaticFiles(directory=str(assets)), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=f"{app.title} API",
            swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS}/favicon.png",
        )

    generate = app.openapi

    def with_problems() -> dict[str, object]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document["components"]["schemas"]
            _declare_problems(document)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= problem.pop("$defs") | {"Problem": problem}
        return app.openapi_schema or {}

    app.openapi = with_problems  # type: ignore[method-assign]  # FastAPI's own documented way to extend OpenAPI
