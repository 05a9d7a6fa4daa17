"""The gate: one client and the meter, held to the rules."""

from dependency_injector import containers, providers

from app.background import BackgroundWork
from app.services.gen_ai.core.generation import Generator
from app.services.gen_ai.core.metered_call import AttemptOpener, MeteredCaller
from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
from app.services.gen_ai.core.preparation import Preparation
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.savings import SavingsCalculator
from app.services.gen_ai.wire.upstream import Upstream
from app.simulator import create_simulator
from containers.openai_client import build_client, open_client


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
    opener = providers.Factory(
        AttemptOpener,
        tracker=usage_tracker,
        background=background,
        clock=core.clock,
    )
    caller = providers.Factory(
        MeteredCaller,
        upstream=upstream,
        opener=opener,
        tracker=usage_tracker,
        background=background,
        clock=core.clock,
        max_tries=core.settings.provided.max_tries,
        drain_seconds=core.settings.provided.stream_drain_seconds,
    )
    preparation = providers.Factory(
        Preparation,
        rules.resolver,
        rules.policies,
        rules.catalog,
        core.clock,
        regional=core.settings.provided.regional_processing,
    )
    generator = providers.Factory(
        Generator,
        preparation,
        caller,
        core.clock,
        upstream=core.settings.provided.upstream,
        deadline_seconds=core.settings.provided.request_deadline_seconds,
    )
    manager = providers.ThreadSafeSingleton(
        OpenAIClientManager, openai_client, rules.catalog, rules.resolver, usage_tracker, generator
    )
