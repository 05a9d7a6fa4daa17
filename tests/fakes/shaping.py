"""Requests as the gate shapes them, without a gate."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile
from app.services.gen_ai.rules.prices import ServiceTier
from app.services.gen_ai.wire.formats import format_of
from app.services.gen_ai.wire.messages import Message
from app.services.gen_ai.wire.text_request import OpenAIFields, TextRequest
from app.vocabulary import Wire
from tests.fakes.gate import CATALOG_FILE

TO_OPENAI = OpenAIFields(ServiceTier.DEFAULT, "0f" * 32)


def shape(
    record: ModelRecord,
    messages: Sequence[Message],
    *,
    wire: Wire = Wire.CHAT_COMPLETIONS,
    profile: RequestProfile | None = None,
    answer: type[BaseModel] | None = None,
    answer_name: str = "chat",
    max_output_tokens: int = 500,
    **options: Any,
) -> dict[str, Any]:
    """The body on a wire; without the fields that only OpenAI knows, unless `openai` says so."""
    request = TextRequest(
        service="talk",
        record=record,
        profile=profile or CATALOG_FILE.request_profiles[record.request_profile],
        messages=messages,
        answer=answer,
        answer_name=answer_name,
        max_output_tokens=max_output_tokens,
        **options,
    )
    return format_of(wire).shape(request)
