"""From a task and the model that answers it to a request."""

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
from app.services.gen_ai.core.model_resolver import Resolution
from app.services.gen_ai.core.prepared_request import PreparedRequest
from app.services.gen_ai.core.request_shape import shape_request
from app.services.gen_ai.core.service_policy import PolicyRegistry
from app.services.gen_ai.core.task import GenerationTask, PlainText
from app.services.gen_ai.core.worst_case import worst_case


class Preparation:
    def __init__(
        self,
        policies: PolicyRegistry,
        catalog: ModelCatalog,
        clock: Clock,
        *,
        regional: bool,
    ) -> None:
        self._policies = policies
        self._catalog = catalog
        self._clock = clock
        self._regional = regional

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
            service_tier=record.tier_on(today(self._clock), self._policies.policy(task.service).service_tier),
            temperature=task.temperature,
            tools=task.tools,
            may_call=rounds_used(task.messages) < MAX_ROUNDS,
        )
