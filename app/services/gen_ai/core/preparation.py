"""From a task to a request: which model answers, and how it is asked."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from app.clock import Clock, today
from app.services.gen_ai.core.context import (
    MAX_ROUNDS,
    Exchange,
    RoundLimit,
    newest_that_fit,
    room_for_history,
    round_limit,
    rounds_used,
)
from app.services.gen_ai.core.model_catalog import ModelCatalog
from app.services.gen_ai.core.model_config import ModelRecord, RequestProfile
from app.services.gen_ai.core.model_resolver import ModelResolver, Resolution
from app.services.gen_ai.core.prepared_request import PreparedRequest
from app.services.gen_ai.core.request_shape import shape_request
from app.services.gen_ai.core.service_policy import PolicyRegistry, ServiceModelPolicy
from app.services.gen_ai.core.task import GenerationTask, PlainText
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

    def policy(self, task: GenerationTask[Any, Any]) -> ServiceModelPolicy:
        """What the service of a task may do.

        Raises:
            UnknownServiceError: there is no such service.
        """
        return self._policies.policy(task.service)

    def resolve(self, task: GenerationTask[Any, Any]) -> Resolution:
        """The model that answers.

        Raises:
            InvalidModelError: the model may not be used for this service.
        """
        return self._resolver.resolve(task.service, task.requested_model_id)

    def climb(self, task: GenerationTask[Any, Any], current: Resolution) -> Resolution | None:
        """The next model on the ladder, where the answers of one did not pass; None at its top."""
        return self._resolver.climb(task.service, current)

    def step_down(self, task: GenerationTask[Any, Any], current: Resolution, because: str) -> Resolution | None:
        """A cheaper model in place of one for which a budget has no room; None: the policy has none, or wants none."""
        return self._resolver.step_down(task.service, current, because)

    def prepare(
        self, task: GenerationTask[Any, Any], resolution: Resolution, *, streamed: bool = False
    ) -> PreparedRequest:
        """The request for a model, with its worst case.

        Raises:
            MessageTooLongError: a conversation whose last message alone is too long for the model.
        """
        record = resolution.record
        profile = self._catalog.profile(record)
        payload = self._shaped(task, record, profile)
        if task.history is not None:
            room = room_for_history(payload, task.messages, record, profile.encoding)
            if kept := newest_that_fit(task.history, room, profile.encoding):
                payload = self._shaped(task, record, profile, kept)
        if streamed:
            payload |= {"stream": True, "stream_options": {"include_usage": True}}
        worst = worst_case(payload, record, profile.encoding, today(self._clock), regional=self._regional)
        return PreparedRequest(record, profile, payload, worst)

    def round_limit(self, resolution: Resolution) -> RoundLimit:
        """What a round of tool calls may add to the prompt of a model."""
        return round_limit(resolution.record, self._catalog.profile(resolution.record).encoding)

    def _shaped(
        self,
        task: GenerationTask[Any, Any],
        record: ModelRecord,
        profile: RequestProfile,
        history: Sequence[Exchange] = (),
    ) -> dict[str, Any]:
        return shape_request(
            record,
            profile,
            (*chain.from_iterable(history), *task.messages),
            answer=None if task.answer is PlainText else task.answer,
            answer_name=task.operation,
            max_output_tokens=task.max_output_tokens,
            service_tier=record.tier_on(today(self._clock), self.policy(task).service_tier),
            temperature=task.temperature,
            tools=task.tools,
            may_call=rounds_used(task.messages) < MAX_ROUNDS,
        )
