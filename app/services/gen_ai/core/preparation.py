"""From a task to a request: which model answers, and how it is asked."""

from app.clock import Clock, today
from app.services.gen_ai.core.model_catalog import ModelCatalog
from app.services.gen_ai.core.model_resolver import ModelResolver, Resolution
from app.services.gen_ai.core.prepared_request import PreparedRequest
from app.services.gen_ai.core.request_shape import shape_request
from app.services.gen_ai.core.service_policy import PolicyRegistry, ServiceModelPolicy
from app.services.gen_ai.core.task import AnswerT, GenerationTask, PlainText
from app.services.gen_ai.core.worst_case import worst_case


class Preparation:
    def __init__(
        self,
        resolver: ModelResolver,
        policies: PolicyRegistry,
        catalog: ModelCatalog,
        clock: Clock,
        *,
        regional: bool,
    ) -> None:
        self._resolver = resolver
        self._policies = policies
        self._catalog = catalog
        self._clock = clock
        self._regional = regional

    def policy(self, task: GenerationTask[AnswerT]) -> ServiceModelPolicy:
        """What the service of a task may do.

        Raises:
            UnknownServiceError: there is no such service.
        """
        return self._policies.policy(task.service)

    def resolve(self, task: GenerationTask[AnswerT]) -> Resolution:
        """The model that answers.

        Raises:
            InvalidModelError: the model may not be used for this service.
        """
        return self._resolver.resolve(task.service, task.requested_model_id)

    def climb(self, task: GenerationTask[AnswerT], current: Resolution) -> Resolution | None:
        """The next model on the ladder, where the answers of one did not pass; None at its top."""
        return self._resolver.climb(task.service, current)

    def step_down(self, task: GenerationTask[AnswerT], current: Resolution, because: str) -> Resolution | None:
        """A cheaper model in place of one for which a budget has no room; None: the policy has none, or wants none."""
        return self._resolver.step_down(task.service, current, because)

    def prepare(
        self, task: GenerationTask[AnswerT], resolution: Resolution, *, streamed: bool = False
    ) -> PreparedRequest:
        """The request for a model, with its worst case."""
        record = resolution.record
        profile = self._catalog.profile(record)
        payload = shape_request(
            record,
            profile,
            task.messages,
            answer=None if task.answer is PlainText else task.answer,
            answer_name=task.operation,
            max_output_tokens=task.max_output_tokens,
            temperature=task.temperature,
        )
        if streamed:
            payload |= {"stream": True, "stream_options": {"include_usage": True}}
        worst = worst_case(payload, record, profile.encoding, today(self._clock), regional=self._regional)
        return PreparedRequest(record, profile, payload, worst)
