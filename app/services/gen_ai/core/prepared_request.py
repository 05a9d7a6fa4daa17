"""A request that is ready to be sent: shaped for its model, with its worst case known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.services.gen_ai.core.model_config import ModelRecord, RequestProfile
from app.services.gen_ai.core.worst_case import WorstCase


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    record: ModelRecord
    profile: RequestProfile
    payload: Mapping[str, Any]
    worst: WorstCase
