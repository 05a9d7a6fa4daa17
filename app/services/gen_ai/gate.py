"""What the use cases need of the manager: one method, so that a test can stand in for it."""

from typing import Protocol, TypeVar

from pydantic import BaseModel

from app.services.gen_ai.core import Generated, GenerationTask

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Gate(Protocol):
    async def generate(self, task: GenerationTask[AnswerT]) -> Generated[AnswerT]:
        """An accepted answer and what it cost."""
        ...
