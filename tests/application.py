"""One container and one web application for all tests of a process, lent to each of them as if they were new.

To build both and to wire them takes 60 ms of CPU, which is more than most tests need. What a test has overridden is
taken back, and what was built for it is forgotten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dependency_injector import providers
from dependency_injector.wiring import _patched_registry  # there is no public way to ask
from fastapi import FastAPI
from sqlalchemy import QueuePool

from app.api.routes import health
from app.bootstrap import build_container, check_data_files
from app.logging import configure_logging
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from containers import Container

_SHIPPED = {name: Settings.model_fields[name].default for name in ("catalog", "policies", "data_dir")}
"""Files that no test changes: they are read once."""


class _Shared:
    def __init__(self) -> None:
        self.container = Container()
        self.lent = False
        # Containers reach each other by overrides of their own: only those on top of these are a test's.
        every: Iterator[providers.Provider[Any]] = self.container.traverse()
        self._built_in = {provider: len(provider.overridden) for provider in every}
        rules, data = self.container.rules, self.container.data
        self._of_files: set[Any] = {rules.catalog_file, rules.policy_file, data.market}
        self._app: FastAPI | None = None
        self._asked_late: list[Database] = []
        """Kept to the end: what a test asks after the application has closed leaves a connection open, which is
        complained of when it is forgotten, in the middle of some other test.
        """

    def app(self) -> FastAPI:
        if self._app is None:
            self._app = create_app(self.container)
        elif not self._is_wired():
            self.container.wire()
        return self._app

    def is_closed(self) -> bool:
        return not any(resource.initialized for resource in self.container.traverse(types=[providers.Resource]))

    def begin(self, settings: Settings) -> None:
        self.lent = True
        self.container.core.settings.override(settings)
        if not _is_shipped(settings):
            for file in self._of_files:
                file.reset()
        configure_logging(settings.log_format, settings.log_level)
        check_data_files(self.container)

    def end(self, settings: Settings) -> None:
        database = self.container.data.database()
        if isinstance(pool := database.engine.pool, QueuePool) and pool.checkedin():
            self._asked_late.append(database)
        for provider, built_in in self._built_in.items():
            for _ in provider.overridden[built_in:]:
                provider.reset_last_overriding()
        kept = self._of_files if _is_shipped(settings) else set()
        for singleton in self.container.traverse(types=[providers.BaseSingleton]):
            if singleton not in kept:
                singleton.reset()
        if self._app is not None:
            self._app.dependency_overrides.clear()
        self.lent = False

    def _is_wired(self) -> bool:
        """Wiring is process-wide: a test with a container of its own points the endpoints to that one."""
        endpoint = _patched_registry.get_callable(health.ready)
        assert endpoint is not None
        return endpoint.injections.get("database") is self.container.data.database


def _is_shipped(settings: Settings) -> bool:
    return all(getattr(settings, name) == file for name, file in _SHIPPED.items())


_shared: list[_Shared] = []


@contextmanager
def lent_container(settings: Settings) -> Iterator[Container]:
    """As `build_container` would build it; who needs a second one at the same time gets one that is built."""
    if not _shared:
        _shared.append(_Shared())
    (shared,) = _shared
    if shared.lent:
        yield build_container(settings)
        return
    try:
        shared.begin(settings)
        yield shared.container
    finally:
        if shared.is_closed():
            shared.end(settings)
        else:  # its test has failed between opening and closing
            _shared.clear()


def application(container: Container) -> FastAPI:
    """The web application over a container."""
    if _shared and _shared[0].container is container:
        return _shared[0].app()
    return create_app(container)
