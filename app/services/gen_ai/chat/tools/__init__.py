"""What the chat can look up. Each topic is a small class here that offers one tool or a few.

A tool reads, and reads for its caller alone: the caller comes from the request and is bound to the handler, so no
argument, and nothing that a model is talked into, reaches what belongs to somebody else. To add a topic, write a class:

    class GreetingArguments(ToolArguments):
        name: str = Field(description="Whom to greet")


    class GreetingTools:
        def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
            return [Tool("greeting", "Greets somebody.", GreetingArguments, partial(self._greet, caller_id))]

        async def _greet(self, caller_id: str, arguments: GreetingArguments) -> Looked:
            return {"greeting": f"Hello {arguments.name}, from {caller_id}"}

and name its class, with what it is built from, in `containers/services.py`. Arguments become a strict JSON schema:
every field must be given, an optional one is `X | None` without a default. What a handler returns, a mapping or a
pydantic model, becomes JSON that is marked as data; an InputError that it raises is told to the model. The description
decides when the model calls it: say what it answers, and for which questions.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from app.services.gen_ai.core import Tool


class ToolTopic(Protocol):
    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        """The topic's tools, which read what this caller may see."""
        ...


class ChatTools:
    """All topics; the names of their tools are unlike each other."""

    def __init__(self, *topics: ToolTopic) -> None:
        self._topics = topics

    def of(self, caller_id: str) -> tuple[Tool[Any], ...]:
        """Every tool, for one caller.

        Raises:
            ValueError: two tools have one name; a mistake in the code.
        """
        tools = tuple(tool for topic in self._topics for tool in topic.tools(caller_id))
        names = [tool.name for tool in tools]
        if len(set(names)) < len(names):
            raise ValueError(f"two tools have one name: {', '.join(sorted(names))}")
        return tools
