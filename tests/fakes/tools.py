"""Tools for tests: one that finds something, and some that do not."""

import asyncio
from typing import Any

from pydantic import Field

from app.errors import InputError
from app.services.gen_ai.wire.messages import Looked, NoArguments, Tool, ToolArguments


class CityArguments(ToolArguments):
    city: str
    days: int = Field(ge=1, le=7)


class Weather:
    """Remembers what it was asked; `found` is what it finds."""

    def __init__(self, found: Looked | None = None) -> None:
        self.asked: list[CityArguments] = []
        self._found = {"sky": "clear"} if found is None else found

    @property
    def tool(self) -> Tool[Any]:
        return Tool("weather", "Tells the weather of a city.", CityArguments, self._look)

    async def _look(self, arguments: CityArguments) -> Looked:
        self.asked.append(arguments)
        return self._found


async def _refuses(_: NoArguments) -> Looked:
    raise InputError("there is no such thing; there are a and b")


async def _fails(_: NoArguments) -> Looked:
    raise OSError("/var/secret: disk on fire")


async def _hangs(_: NoArguments) -> Looked:
    return await asyncio.Future()


REFUSES: Tool[Any] = Tool("refuses", "Refuses.", NoArguments, _refuses)
FAILS: Tool[Any] = Tool("fails", "Fails.", NoArguments, _fails)
HANGS: Tool[Any] = Tool("hangs", "Hangs.", NoArguments, _hangs, seconds=0)

PARIS = '{"city": "Paris", "days": 2}'
