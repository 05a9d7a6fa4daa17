"""From a task to a request: which model answers, how it is asked, and what that costs at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from app.services.gen_ai.core.operation import GenerationTask, PlainText
from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelRecord, RequestProfile
from app.services.gen_ai.rules.model_resolver import Resolution
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from app.services.gen_ai.rules.worst_case import WorstCase, worst_case
from app.services.gen_ai.wire.request_shape import shape_request


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    record: ModelRecord
    profile: RequestProfile
    payload: Mapping[str, Any]
    worst: WorstCase


# From a task and the model that answers it to a request.


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
