"""From settings to a running container, and back; the web application and the command line share it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from app.clock import SystemClock
from app.errors import ConfigurationError, InvalidModelError
from app.logging import configure_logging
from app.settings import Settings, misspelt_settings
from containers.reading import Reading

if TYPE_CHECKING:
    from app.services.gen_ai.rules.endings import ModelEndings
    from containers import Container

log = structlog.get_logger()


def build_container(settings: Settings | None = None) -> "Container":
    """A container whose settings and data files have been checked; nothing is connected yet.

    Raises:
        ConfigurationError: a setting, the catalogue or the policies are wrong.
    """
    from containers import Container  # noqa: PLC0415  it brings the whole house, and who only reads needs a corner

    container = Container()
    if settings is not None:
        container.core.settings.override(settings)
    loaded = container.core.settings()
    _start_logging(loaded)
    check_data_files(container)
    return container


def build_reading(settings: Settings) -> Reading:
    """What commands need that only read, with the same checks.

    Raises:
        ConfigurationError: the catalogue, the policies or the baseline are wrong.
    """
    _start_logging(settings)
    try:
        return Reading(settings, SystemClock())
    except InvalidModelError as error:
        raise _wrong_baseline(error) from error


def _start_logging(settings: Settings) -> None:
    configure_logging(settings.log_format, settings.log_level)
    for sentence in misspelt_settings():
        log.warning("setting_unknown", advice=sentence)


def _wrong_baseline(error: InvalidModelError) -> ConfigurationError:
    return ConfigurationError(f"TOLLGATE_BASELINE_MODEL: {error}")


def check_data_files(container: "Container") -> None:
    """Reads catalogue, policies and baseline, so that a broken file stops the start and not the first call.

    Raises:
        ConfigurationError: naming the file, the key, and what was expected.
    """
    container.rules.policy_file()
    try:
        container.gen_ai.savings()
    except InvalidModelError as error:
        raise _wrong_baseline(error) from error


def _log_endings(endings: "ModelEndings") -> None:
    """A warning for each model of the policies that ends soon: whoever runs a server looks into its log."""
    for ending in endings.of_policies():
        log.warning(
            "model_ends",
            model_id=ending.model_id,
            services=ending.services,
            shutdown_on=ending.shutdown_on.isoformat(),
            days=ending.days,
            replacement=ending.replacement,
        )


async def check_database(container: "Container") -> None:
    """Looks at the database before a server starts on it, which would show what is wrong as a stack trace.

    Raises:
        ConfigurationError: the database cannot be opened, or its tables are not those of this version.
    """
    database = container.data.database()
    try:
        await database.prepare()
    finally:
        await database.close()


@asynccontextmanager
async def running(container: "Container", *, serves: bool = False) -> AsyncIterator["Container"]:
    """Opens what must be opened, and closes it again. Who serves also runs the backtests that wait, and writes the
    reports that were ordered on them.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    check_data_files(container)
    try:
        # Both give an awaitable only where a resource is asynchronous.
        if (opening := container.init_resources()) is not None:
            await opening
        if serves:
            _log_endings(container.rules.endings())
            await container.services.backtest_runner().start()
            await container.services.report_writer().start()
        yield container
    finally:
        await container.services.backtest_runner().stop()
        await container.services.report_writer().stop()
        # Calls under way settle first: the ledger must still be open for them.
        await container.gen_ai.background().close(container.core.settings().shutdown_seconds)
        # The container's own order does not reach from one of its parts into another.
        if (stopping := container.alerts().opened_sender.shutdown()) is not None:
            await stopping
        if (closing := container.shutdown_resources()) is not None:
            await closing
