"""What chat sessions are asked, and what they answer."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from app.schemas.gen_ai.common import MODEL_ID, STORABLE, GenAiRequest, GenAiResponse, ModelId


class SessionResponse(BaseModel):
    session_id: str = Field(description="The session's id; only who created the session can use it")
    created_at: datetime = Field(description="When the session began, UTC")
    expires_at: datetime = Field(description="When the session ends, 24 hours after it began")


class ChatRequest(GenAiRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"message": "샤프 지수가 1.2면 좋은 편인가요?", "include_history": True}]}
    )

    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), STORABLE] = Field(
        description="What to say, 1 to 4,000 characters"
    )
    include_history: bool = Field(
        default=True, strict=True, description="Whether the model sees the last 10 turns of the session"
    )
    model_id: ModelId | None = MODEL_ID


class ToolUseInfo(BaseModel):
    """A tool that the model called before it answered. Tools only read, and only what belongs to the caller."""

    call_id: str = Field(description="Names the call; `tool` events of a stream carry it too")
    name: str = Field(description="The tool")
    arguments: dict[str, JsonValue] | None = Field(description="What it was asked; null: nothing that can be read")
    succeeded: bool = Field(description="Whether it found something")
    truncated: bool = Field(description="Whether its result was too long, and the model saw only the beginning")
    error: str | None = Field(description="Why it found nothing, as the model was told; null: it did")


class ChatResponse(GenAiResponse):
    session_id: str = Field(description="The session that the answer belongs to")
    answer: str = Field(description="What the model said")
    tools: list[ToolUseInfo] = Field(description="The tools that it called for this answer, in their order")
