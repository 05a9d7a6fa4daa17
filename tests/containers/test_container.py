"""The container builds everything, once where it must be once, and tests can put fakes in."""

import inspect
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from dependency_injector import providers
from dependency_injector.wiring import _is_patched  # there is no public way to ask
from fastapi.params import Depends
from fastapi.routing import APIRoute
from openai import AsyncOpenAI
from pydantic import SecretStr

from app.bootstrap import build_container
from app.errors import ConfigurationError
from app.services.gen_ai.ledger.alerts import AlertSender
from app.settings import Settings
from app.storage.opening import Upkeep
from containers import Container
from tests.application import application
from tests.conftest import serving
from tests.fakes.webhook_receiver import SECRET


def _walk(container: Any, prefix: str = "") -> Iterator[tuple[str, providers.Provider[Any]]]:
    for name, provider in container.providers.items():
        if isinstance(provider, providers.Container):
            yield from _walk(provider, f"{prefix}{name}.")
        elif not isinstance(provider, providers.DependenciesContainer | providers.Resource):
            yield f"{prefix}{name}", provider


async def test_every_provider_can_be_built(container: Container) -> None:
    """Catches wrong keyword arguments, which type checkers do not see."""
    names = []
    for name, provider in _walk(container):
        assert provider() is not None, name
        names.append(name)
    assert {"core.clock", "data.ledger", "gen_ai.manager", "services.strategy_builder"} <= set(names)
    await container.gen_ai.http_client().aclose()
    await container.data.database().close()


async def test_async_openai_is_constructed_once_for_all_services(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seed built three clients for three services."""
    built = 0
    construct = AsyncOpenAI.__init__

    def counting(self: AsyncOpenAI, *args: Any, **kwargs: Any) -> None:
        nonlocal built
        built += 1
        construct(self, *args, **kwargs)

    monkeypatch.setattr(AsyncOpenAI, "__init__", counting)
    services = container.services
    for _ in range(3):
        for provider in (services.strategy_builder, services.narrative_report, services.chatops_advanced):
            provider()
    assert built == 1
    assert container.gen_ai.manager() is container.gen_ai.manager()
    assert container.gen_ai.manager().get_client() is container.gen_ai.openai_client()
    await container.gen_ai.http_client().aclose()


def _markers(endpoint: Any) -> list[str]:
    """The parameters of an endpoint that the container has to fill."""
    original = inspect.unwrap(endpoint)
    return [
        name
        for name, parameter in inspect.signature(original).parameters.items()
        for extra in getattr(parameter.annotation, "__metadata__", ())
        if isinstance(extra, Depends) and getattr(extra.dependency, "__IS_MARKER__", False)
    ]


def _routes(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            yield from _routes(getattr(inner, "routes", ()))


def test_every_endpoint_with_a_marker_is_wrapped(container: Container) -> None:
    """A forgotten @inject, or one in the wrong place, fails silently: the endpoint would be handed the marker."""
    app = application(container)
    with_markers = [route for route in _routes(app.routes) if _markers(route.endpoint)]
    assert len(with_markers) >= 9
    for route in with_markers:
        assert _is_patched(route.endpoint), route.path


async def test_a_fake_service_answers_in_place_of_the_real_one(container: Container) -> None:
    """The design card's promise: tests swap in fakes by overriding a provider."""

    class FakeBuilder:
        async def build_strategy(self, request: Any, caller_id: str) -> Any:
            raise ConfigurationError(f"the fake was asked by {caller_id}: {request.query}")

    with container.services.strategy_builder.override(providers.Object(FakeBuilder())):
        async with serving(container) as http:
            response = await http.post("/api/v1/gen-ai/strategy-builder", json={"query": "Buy low and sell high"})
    assert response.status_code == 500
    assert response.json()["detail"] == "the fake was asked by local: Buy low and sell high"


async def test_an_override_ends_with_its_block(container: Container) -> None:
    with container.services.strategy_builder.override(providers.Object(object())):
        assert not hasattr(container.services.strategy_builder(), "build_strategy")
    assert hasattr(container.services.strategy_builder(), "build_strategy")
    await container.gen_ai.http_client().aclose()


async def test_the_application_can_start_stop_and_start_again(container: Container) -> None:
    for _ in range(2):
        async with serving(container) as http:
            assert (await http.get("/health/ready")).status_code == 200
        container.unwire()
        container.reset_singletons()


async def test_alerts_are_sent_only_while_the_storage_is_open(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The container opens one after the other, and closes them the other way round."""
    order: list[str] = []

    def noted(owner: type, name: str, what: str) -> None:
        original = getattr(owner, name)

        def noting(self: Any) -> Any:
            order.append(what)
            return original(self)

        monkeypatch.setattr(owner, name, noting)

    noted(Upkeep, "start", "storage is open")
    noted(AlertSender, "start", "sender starts")
    noted(AlertSender, "stop", "sender stops")
    noted(Upkeep, "stop", "storage closes")
    told = settings.model_copy(
        update={"alert_webhook_url": "http://127.0.0.1:9/hook", "alert_webhook_secret": SecretStr(SECRET)}
    )
    fresh = build_container(told)
    async with serving(fresh):
        assert order == ["storage is open", "sender starts"]
    fresh.unwire()
    assert order == ["storage is open", "sender starts", "sender stops", "storage closes"]


async def test_after_a_restart_what_was_recorded_is_still_there(settings: Settings) -> None:
    totals = []
    for _ in range(2):
        fresh = build_container(settings)
        async with serving(fresh) as http:
            body = {"query": "Buy when RSI is below 30, sell above 70"}
            assert (await http.post("/api/v1/gen-ai/strategy-builder", json=body)).status_code == 200
            totals.append((await http.get("/api/v1/gen-ai/usage")).json()["total"])
        fresh.unwire()
    assert totals == [1, 2]


def test_an_unknown_baseline_stops_the_start(settings: Settings) -> None:
    wrong = settings.model_copy(update={"baseline_model": "gpt-3"})
    with pytest.raises(ConfigurationError, match="TOLLGATE_BASELINE_MODEL: Model gpt-3 is not in the catalogue"):
        build_container(wrong)


def test_the_client_speaks_to_the_server_that_the_settings_name(settings: Settings) -> None:
    named = Settings.model_validate(
        settings.model_dump()
        | {"openai_api_key": "x", "openai_base_url": "http://127.0.0.1:9/v1", "openai_project_id": "p"}
    )
    client = build_container(named).gen_ai.openai_client()
    assert str(client.base_url) == "http://127.0.0.1:9/v1/"
    assert (client.api_key, client.project, client.max_retries) == ("x", "p", 0)


def test_a_key_alone_means_openai_itself(settings: Settings) -> None:
    keyed = Settings.model_validate(settings.model_dump() | {"openai_api_key": "x"})
    assert str(build_container(keyed).gen_ai.openai_client().base_url) == "https://api.openai.com/v1/"


async def test_httpx_clients_are_closed_with_the_application(container: Container) -> None:
    async with serving(container):
        client = container.gen_ai.openai_client()
        assert not client.is_closed()
    assert client.is_closed()
    assert isinstance(client._client, httpx2.AsyncClient)
