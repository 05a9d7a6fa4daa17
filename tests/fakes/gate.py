"""The whole gate over a scripted upstream, a ledger in memory and a clock that stands still, on the shipped data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from app.background import BackgroundWork
from app.clock import FixedClock
from app.services.gen_ai.core.foreign_request import ForeignRequests
from app.services.gen_ai.core.generation import Generator
from app.services.gen_ai.core.metered_call import MeteredCaller
from app.services.gen_ai.core.metered_client import MeteredOpenAI
from app.services.gen_ai.core.metered_transport import MeteredTransport
from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
from app.services.gen_ai.core.operation import Operation
from app.services.gen_ai.core.preparation import Preparation, PreparedRequest
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyFile, PolicyRegistry, load_policy_file
from app.services.gen_ai.rules.upstream import Upstream
from app.services.gen_ai.rules.worst_case import worst_case
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_upstream import BASE_URL, KEY, ScriptedUpstream, Step

DATA = Path(__file__).parents[2] / "app" / "data"
CATALOG_FILE = load_catalog_file(DATA / "models.yaml")
POLICY_FILE = load_policy_file(DATA / "policies.yaml", CATALOG_FILE)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEADLINE_SECONDS = 60.0
DRAIN_SECONDS = 5.0


@dataclass
class Gate:
    clock: FixedClock
    catalog: ModelCatalog
    policies: PolicyRegistry
    resolver: ModelResolver
    ledger: MemoryLedger
    upstream: ScriptedUpstream
    tracker: UsageTracker
    background: BackgroundWork
    client: MeteredOpenAI
    caller: MeteredCaller
    generator: Generator
    manager: OpenAIClientManager

    @classmethod
    def build(
        cls,
        *steps: Step,
        ledger: MemoryLedger | None = None,
        now: datetime = NOON,
        max_tries: int = 3,
        regional: bool = False,
        drain_seconds: float = DRAIN_SECONDS,
        policy_file: PolicyFile = POLICY_FILE,
        catalog_file: CatalogFile = CATALOG_FILE,
        inner: httpx2.AsyncBaseTransport | None = None,
        upstream_rules: Upstream | None = None,
    ) -> Self:
        """`inner`: what stands for the upstream in place of the script; `upstream_rules`: what may be sent to it."""
        clock = FixedClock(now)
        catalog, policies = ModelCatalog(catalog_file, clock), PolicyRegistry(policy_file)
        upstream_rules = upstream_rules or Upstream()
        resolver = ModelResolver(catalog, policies, clock, upstream_rules)
        ledger = ledger or MemoryLedger()
        upstream = ScriptedUpstream(*steps)
        tracker = UsageTracker(catalog, policies, ledger, clock, regional=regional)
        background = BackgroundWork()
        transport = MeteredTransport(
            inner or upstream.transport,
            upstream="openai",
            foreign=ForeignRequests(
                resolver,
                policies,
                catalog,
                clock,
                upstream=upstream_rules,
                origin=httpx2.URL(BASE_URL),
                regional=regional,
                seconds=DEADLINE_SECONDS,
            ),
            policies=policies,
            tracker=tracker,
            background=background,
            clock=clock,
            drain_seconds=drain_seconds,
        )
        client = MeteredOpenAI(
            api_key=KEY, base_url=BASE_URL, max_retries=0, http_client=httpx2.AsyncClient(transport=transport)
        )
        caller = MeteredCaller(client, clock, max_tries=max_tries)
        preparation = Preparation(
            policies,
            catalog,
            clock,
            upstream=upstream_rules,
            identify=lambda caller: f"hash of {caller}",
            regional=regional,
        )
        generator = Generator(
            resolver, policies, preparation, caller, clock, upstream="openai", deadline_seconds=DEADLINE_SECONDS
        )
        manager = OpenAIClientManager(client, catalog, policies, resolver, tracker=tracker, generator=generator)
        return cls(
            clock,
            catalog,
            policies,
            resolver,
            ledger,
            upstream,
            tracker,
            background,
            client,
            caller,
            generator,
            manager,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.background.close(DRAIN_SECONDS)
        await self.client._client.aclose()

    def operation(self, *, seconds: float = DEADLINE_SECONDS) -> Operation:
        """An operation of the strategy builder that may take so many seconds from now."""
        return Operation("op_1", "strategy_builder", "build_strategy", "alice", None, self.clock.monotonic() + seconds)

    def request(self, payload: Mapping[str, Any], model_id: str = "gpt-4o-mini") -> PreparedRequest:
        """A request with this body, its worst case known."""
        record = self.catalog.record(model_id)
        profile = self.catalog.profile(record)
        worst = worst_case(payload, record, profile.encoding, self.clock.now().date(), regional=False)
        return PreparedRequest(record, profile, payload, worst)
