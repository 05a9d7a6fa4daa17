"""The gate: one client and the meter, held to the rules; and what tells others of budget alerts.

The one AsyncOpenAI leads to OpenAI, to a compatible server, or to the embedded simulator in this process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import httpx2
from dependency_injector import containers, providers
from openai import DefaultAsyncHttpxClient

from app.background import BackgroundWork
from app.clock import Clock
from app.services.gen_ai.core.foreign_request import ForeignRequests
from app.services.gen_ai.core.generation import Generator
from app.services.gen_ai.core.metered_call import MeteredCaller
from app.services.gen_ai.core.metered_client import MeteredOpenAI
from app.services.gen_ai.core.metered_transport import MeteredTransport
from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
from app.services.gen_ai.core.preparation import Preparation
from app.services.gen_ai.core.safety_identifier import SafetyIdentifiers
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.alerts import AlertSender, AlertWebhook
from app.services.gen_ai.ledger.port import AlertOutbox
from app.services.gen_ai.ledger.savings import SavingsCalculator
from app.settings import Settings
from app.simulator import Simulator, StreamingASGITransport, create_simulator
from app.storage.ledger.queries import SqlAlertOutbox

_SIMULATOR_URL = "http://simulator.invalid/v1"
"""Never looked up: the transport hands every request to the simulator in this process."""


def base_url(settings: Settings) -> httpx2.URL:
    """Where the one client sends."""
    if settings.openai_api_key is None:
        return httpx2.URL(_SIMULATOR_URL)
    return httpx2.URL(str(settings.openai_base_url) if settings.openai_base_url else "https://api.openai.com/v1")


def build_http_client(settings: Settings, simulator: Callable[[], Simulator]) -> httpx2.AsyncClient:
    """The connections to the upstream. A redirect is not followed: the whole prompt would go there."""
    if settings.openai_api_key is None:
        return httpx2.AsyncClient(transport=StreamingASGITransport(simulator()))
    return DefaultAsyncHttpxClient(follow_redirects=False)


Metered = Callable[[httpx2.AsyncBaseTransport], MeteredTransport]


def build_client(settings: Settings, http_client: httpx2.AsyncClient, metered: Metered) -> MeteredOpenAI:
    """The client, with the meter under it, and without retries of its own: the gate decides what is tried again."""
    # A transport that is given to httpx2 switches its proxies and pool limits off: the meter goes round those it made.
    http_client._transport = metered(http_client._transport)  # noqa: SLF001
    for pattern, mounted in http_client._mounts.items():  # noqa: SLF001
        if mounted is not None:
            http_client._mounts[pattern] = metered(mounted)  # noqa: SLF001
    key = settings.openai_api_key
    return MeteredOpenAI(
        api_key="simulator" if key is None else key.get_secret_value(),
        base_url=base_url(settings),
        organization=settings.openai_org_id if key is not None else None,
        project=settings.openai_project_id if key is not None else None,
        max_retries=0,
        timeout=settings.request_deadline_seconds,
        http_client=http_client,
    )


async def open_client(client: MeteredOpenAI, http_client: httpx2.AsyncClient) -> AsyncIterator[MeteredOpenAI]:
    """A container resource: closes the client's connections at the end."""
    yield client
    await http_client.aclose()


async def open_alert_sender(
    _opened_storage: object, *, settings: Settings, outbox: AlertOutbox, clock: Clock, waiting: asyncio.Event
) -> AsyncIterator[AlertSender | None]:
    """A container resource: the sender runs as long as it is open. Without a webhook there is none."""
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    if url is None or secret is None:
        yield None
        return
    async with AlertWebhook(str(url), secret.get_secret_value(), clock) as webhook:
        sender = AlertSender(outbox, webhook, clock, waiting)
        sender.start()
        yield sender
        await sender.stop()


class AlertsContainer(containers.DeclarativeContainer):
    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()

    outbox = providers.Factory(SqlAlertOutbox, data.database)
    opened_sender = providers.Resource(
        open_alert_sender,
        data.opened_storage,
        settings=core.settings,
        outbox=outbox,
        clock=core.clock,
        waiting=rules.alerts.provided.waiting,
    )
    """Takes the opened storage, so that it starts after it; `running` stops it before it."""


class GenAIContainer(containers.DeclarativeContainer):
    """Files and the client are singletons; what stands over them is cheap and made anew for whoever asks."""

    core = providers.DependenciesContainer()
    rules = providers.DependenciesContainer()
    data = providers.DependenciesContainer()

    simulator = providers.ThreadSafeSingleton(create_simulator, core.clock)
    usage_tracker = providers.Factory(
        UsageTracker,
        rules.catalog,
        rules.policies,
        data.ledger,
        core.clock,
        regional=core.settings.provided.regional_processing,
    )
    savings = providers.Factory(
        SavingsCalculator,
        rules.catalog,
        rules.policies,
        baseline_model=core.settings.provided.baseline_model,
        regional=core.settings.provided.regional_processing,
    )
    background = providers.ThreadSafeSingleton(BackgroundWork)
    foreign_requests = providers.Factory(
        ForeignRequests,
        rules.resolver,
        rules.policies,
        rules.catalog,
        core.clock,
        upstream=rules.upstream,
        origin=providers.Callable(base_url, core.settings),
        regional=core.settings.provided.regional_processing,
        seconds=core.settings.provided.request_deadline_seconds,
    )
    metered = providers.Callable(
        partial,
        MeteredTransport,
        upstream=core.settings.provided.upstream,
        foreign=foreign_requests,
        policies=rules.policies,
        tracker=usage_tracker,
        background=background,
        clock=core.clock,
        drain_seconds=core.settings.provided.stream_drain_seconds,
    )
    http_client = providers.ThreadSafeSingleton(build_http_client, settings=core.settings, simulator=simulator.provider)
    """What is under the meter: a test or a benchmark that stands in for the upstream overrides this."""
    openai_client = providers.ThreadSafeSingleton(
        build_client, settings=core.settings, http_client=http_client, metered=metered
    )
    opened_client = providers.Resource(open_client, openai_client, http_client)

    caller = providers.Factory(MeteredCaller, openai_client, core.clock, max_tries=core.settings.provided.max_tries)
    safety_identifiers = providers.ThreadSafeSingleton(
        SafetyIdentifiers, core.settings.provided.installation_key, core.settings.provided.journal_dir
    )
    preparation = providers.Factory(
        Preparation,
        rules.policies,
        rules.catalog,
        core.clock,
        upstream=rules.upstream,
        identify=safety_identifiers.provided.of,
        regional=core.settings.provided.regional_processing,
    )
    generator = providers.Factory(
        Generator,
        rules.resolver,
        rules.policies,
        preparation,
        caller,
        core.clock,
        upstream=core.settings.provided.upstream,
        deadline_seconds=core.settings.provided.request_deadline_seconds,
    )
    manager = providers.ThreadSafeSingleton(
        OpenAIClientManager,
        openai_client,
        rules.catalog,
        rules.policies,
        rules.resolver,
        tracker=usage_tracker,
        generator=generator,
    )
