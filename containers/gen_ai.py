"""The gate: one client and the meter, held to the rules; and what tells others of budget alerts.

The one AsyncOpenAI leads to OpenAI, to a compatible server, or to the embedded simulator in this process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2
from dependency_injector import containers, providers
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from app.background import BackgroundWork
from app.clock import Clock
from app.services.gen_ai.core.generation import Generator
from app.services.gen_ai.core.metered_call import MeteredCaller
from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
from app.services.gen_ai.core.preparation import Preparation
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.alerts import AlertSender, AlertWebhook
from app.services.gen_ai.ledger.savings import SavingsCalculator
from app.services.gen_ai.rules.budgets import AlertOutbox
from app.services.gen_ai.wire.upstream import Upstream
from app.settings import Settings
from app.simulator import Simulator, StreamingASGITransport, create_simulator
from app.storage.ledger.queries import SqlAlertOutbox

_SIMULATOR_URL = "http://simulator.invalid/v1"
"""Never looked up: the transport hands every request to the simulator in this process."""


def build_client(settings: Settings, simulator: Callable[[], Simulator]) -> AsyncOpenAI:
    """The client, without retries of its own: the gate decides what is tried again, and counts each try."""
    if settings.openai_api_key is None:
        return AsyncOpenAI(
            api_key="simulator",
            base_url=_SIMULATOR_URL,
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=StreamingASGITransport(simulator())),
        )
    return AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=str(settings.openai_base_url) if settings.openai_base_url else "https://api.openai.com/v1",
        organization=settings.openai_org_id,
        project=settings.openai_project_id,
        max_retries=0,
        timeout=settings.request_deadline_seconds,
        http_client=DefaultAsyncHttpxClient(),
    )


async def open_client(client: AsyncOpenAI) -> AsyncIterator[AsyncOpenAI]:
    """A container resource: closes the client's connections at the end."""
    yield client
    await client.close()


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
    openai_client = providers.ThreadSafeSingleton(build_client, settings=core.settings, simulator=simulator.provider)
    opened_client = providers.Resource(open_client, openai_client)

    usage_tracker = providers.Factory(
        UsageTracker, rules.catalog, data.ledger, core.clock, regional=core.settings.provided.regional_processing
    )
    savings = providers.Factory(
        SavingsCalculator,
        rules.catalog,
        rules.policies,
        baseline_model=core.settings.provided.baseline_model,
        regional=core.settings.provided.regional_processing,
    )
    background = providers.ThreadSafeSingleton(BackgroundWork)
    upstream = providers.Factory(Upstream, openai_client)
    caller = providers.Factory(
        MeteredCaller,
        upstream=upstream,
        tracker=usage_tracker,
        background=background,
        clock=core.clock,
        max_tries=core.settings.provided.max_tries,
        drain_seconds=core.settings.provided.stream_drain_seconds,
    )
    preparation = providers.Factory(
        Preparation,
        rules.policies,
        rules.catalog,
        core.clock,
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
        OpenAIClientManager, openai_client, rules.catalog, rules.resolver, usage_tracker, generator
    )
