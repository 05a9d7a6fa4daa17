"""The caller's strategies: which there are, and what the rules of one say."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from app.errors import InputError
from app.quant.words import Language, in_words
from app.services.gen_ai.core import Tool, ToolArguments
from app.services.gen_ai.core.tools import Looked
from app.services.strategies.ports import StoredStrategy
from app.services.strategies.service import StrategyService

_LIST = (
    "Lists the person's stored strategies, the newest first: id, name, type, version, when each was changed. For "
    "questions about which strategies there are, and to find the id of one."
)
_READ = (
    "Reads one of the person's stored strategies: its rules and risk limits in words, made from the data. For "
    "questions about what a strategy does, when it buys and sells, or how much it risks."
)
_LISTED = 20
"""Strategies that are told in one answer."""
_SEARCHED = 500
"""Strategies among which a name is looked for."""


class StrategiesArguments(ToolArguments):
    offset: Annotated[int, Field(ge=0)] = Field(description=f"How many to leave out: 0 for the first {_LISTED}")


class StrategyRulesArguments(ToolArguments):
    strategy: str = Field(description="The strategy's id, or its name exactly as it is listed")
    language: Language = Field(description="The language of the words: that of the person")


class StrategyTools:
    def __init__(self, strategies: StrategyService) -> None:
        self._strategies = strategies

    def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
        return [
            Tool("strategies", _LIST, StrategiesArguments, partial(self._list, caller_id)),
            Tool("strategy_rules", _READ, StrategyRulesArguments, partial(self._read, caller_id)),
        ]

    async def _list(self, caller_id: str, arguments: StrategiesArguments) -> Looked:
        found, total = await self._strategies.page(caller_id, limit=_LISTED, offset=arguments.offset)
        return {"strategies_in_all": total, "strategies": [_told(stored) for stored in found]}

    async def _read(self, caller_id: str, arguments: StrategyRulesArguments) -> Looked:
        stored = await self._found(arguments.strategy.strip(), caller_id)
        return {
            **_told(stored),
            "description": stored.strategy.description,
            "rules_in_words": in_words(stored.strategy, arguments.language),
        }

    async def _found(self, wanted: str, caller_id: str) -> StoredStrategy:
        """The caller's strategy with this id, or the one with this name.

        Raises:
            InputError: there is none, or several have the name.
        """
        found, _ = await self._strategies.page(caller_id, limit=_SEARCHED, offset=0)
        named = [stored for stored in found if stored.strategy.name.casefold() == wanted.casefold()]
        if len(named) > 1:
            ids = ", ".join(stored.strategy_id for stored in named[:_LISTED])
            raise InputError(f"{len(named)} strategies are called that; ask with the id of one: {ids}")
        return named[0] if named else await self._strategies.get(wanted, caller_id)


def _told(stored: StoredStrategy) -> dict[str, Any]:
    return {
        "strategy_id": stored.strategy_id,
        "name": stored.strategy.name,
        "type": stored.strategy.type,
        "version": stored.version,
        "updated_at": stored.updated_at,
    }
