"""The web application over a container."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.api.docs import add_docs
from app.api.errors import add_error_handlers
from app.api.middleware import BodyLimit, StopNotice
from app.api.routes import backtests, gen_ai, health, strategies
from app.bootstrap import build_container, running
from containers import Container

_DESCRIPTION = "One gate and one meter for every OpenAI call of a backend."


def create_app(container: Container | None = None) -> FastAPI:
    """The application; without a container it builds one from the environment.

    Wiring is process-wide: one application with one container at a time.

    Raises:
        ConfigurationError: a setting, the catalogue or the policies are wrong.
    """
    container = build_container() if container is None else container

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(container, serves=True):
            yield

    container.wire()
    app = FastAPI(
        title="Tollgate",
        version="0.1.0",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(StopNotice)
    add_error_handlers(app)
    add_docs(app)
    app.include_router(health.router)
    app.include_router(gen_ai.router)
    app.include_router(strategies.router)
    app.include_router(backtests.router)
    return app
