"""What the use cases need of the manager, so that a test can stand in for it."""

from collections.abc import AsyncGenerator
from typing import Protocol, TypeVar

from pydantic import BaseModel

from app.services.gen_ai.core import Generated, GenerationTask, PlainText, Streamed

AnswerT = TypeVar("AnswerT", bound=BaseModel)
FindingsT = TypeVar("FindingsT")


class Gate(Protocol):
    async def generate(self, task: GenerationTask[AnswerT, FindingsT]) -> Generated[AnswerT, FindingsT]:
        """An accepted answer and what it cost."""
        ...


class StreamingGate(Gate, Protocol):
    def stream(self, task: GenerationTask[PlainText, None]) -> AsyncGenerator[Streamed]:
        """The text piece by piece, then the accepted answer and what it cost."""
        ...
