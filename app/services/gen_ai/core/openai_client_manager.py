"""The facade that services see: one client, the catalogue, the policies, the meter, and the metered `generate`."""

from collections.abc import AsyncGenerator

from app.services.gen_ai.core.generation import Generator
from app.services.gen_ai.core.metered_client import UNATTRIBUTED, MeteredOpenAI
from app.services.gen_ai.core.operation import AnswerT, FindingsT, Generated, GenerationTask, PlainText, Streamed
from app.services.gen_ai.core.preparation import PreparedRequest
from app.services.gen_ai.core.ticket import Caller
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.port import Attempt, Settlement
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelConfig
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.wire.messages import Envelope, UpstreamReply


class OpenAIClientManager:
    """Cheap to build: the container makes one client, and every manager is handed that one."""

    def __init__(
        self,
        client: MeteredOpenAI,
        catalog: ModelCatalog,
        policies: PolicyRegistry,
        resolver: ModelResolver,
        *,
        tracker: UsageTracker,
        generator: Generator,
    ) -> None:
        self._client = client
        self._catalog = catalog
        self._policies = policies
        self._resolver = resolver
        self._tracker = tracker
        self._generator = generator

    def get_client(self, service_name: str | None = None, caller_id: str | None = None) -> MeteredOpenAI:
        """The one client of the process, on somebody's account: whatever is sent with it is held to the service's
        policy and to the budgets, and leaves a row for each attempt. A refusal is an `openai.APIStatusError`.

        Args:
            service_name: the service whose policy holds; without, that of `unattributed`.
            caller_id: on whose account within it; without, `unattributed`.

        Raises:
            UnknownServiceError: no service has this name.
            ValueError: a caller's id has 1 to 128 printable characters.
        """
        if service_name is None and caller_id is None:
            return self._client
        service = service_name or UNATTRIBUTED.service
        self._policies.policy(service)
        return self._client.attributed(Caller(service, UNATTRIBUTED.caller_id if caller_id is None else caller_id))

    def get_model_config(self, model_id: str) -> ModelConfig:
        """A model as it stands today.

        Raises:
            InvalidModelError: no model has this id.
        """
        return self._catalog.config(model_id)

    def validate_model_for_service(self, model_id: str, service_name: str) -> ModelConfig:
        """The model, if the service may use it today.

        Raises:
            InvalidModelError: unknown, of a tier that is not allowed, not capable enough, or shut down.
            UnknownServiceError: no service has this name.
        """
        return self._catalog.config(self._resolver.resolve(service_name, model_id).record.model_id)

    async def track_usage(
        self, attempt: Attempt, request: PreparedRequest, envelope: Envelope, reply: UpstreamReply, *, latency_ms: float
    ) -> Settlement:
        """Records what an answer used and cost; see `UsageTracker.track_usage`."""
        return await self._tracker.track_usage(attempt, request, envelope, reply, latency_ms=latency_ms)

    async def generate(self, task: GenerationTask[AnswerT, FindingsT]) -> Generated[AnswerT, FindingsT]:
        """An accepted answer and what it cost; see `Generator.generate`."""
        return await self._generator.generate(task)

    def stream(self, task: GenerationTask[PlainText, None]) -> AsyncGenerator[Streamed]:
        """The text piece by piece, then the accepted answer and what it cost; see `Generator.stream`."""
        return self._generator.stream(task)
