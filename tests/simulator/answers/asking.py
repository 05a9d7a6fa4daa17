"""Questions as the services put them, and the answers as the platform reads them."""

import json
import re
from typing import Any

from pydantic import BaseModel

from app.quant.strategy import Strategy
from app.quant.validation import problems
from app.services.gen_ai.building.prompt import StrategyAnswer
from app.services.gen_ai.chat.comparison_answer import ComparisonAnswer
from app.services.gen_ai.reports.prompt import ReportAnswer
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.simulator.answers.compose import compose
from app.simulator.answers.question import Question, Turn


def question(words: str, data: dict[str, Any] | None = None, answer: type[BaseModel] | None = None) -> Question:
    block = f"\n\n```json\n{json.dumps(data, ensure_ascii=False)}\n```" if data is not None else ""
    schema = strict_schema(answer) if answer else None
    return Question("", (Turn("user", words + block),), schema)


def strategy_answer(words: str, data: dict[str, Any] | None = None) -> StrategyAnswer:
    """The composed answer, which must be a strategy of the right shape."""
    return StrategyAnswer.model_validate_json(compose(question(words, data, StrategyAnswer)))


def strategy_for(words: str, data: dict[str, Any] | None = None) -> Strategy:
    """The composed strategy, with which the platform must find nothing wrong."""
    strategy = strategy_answer(words, data).strategy
    assert problems(strategy) == []
    return strategy


def report_for(data: dict[str, Any]) -> ReportAnswer:
    return ReportAnswer.model_validate_json(compose(question("Write the report.", data, ReportAnswer)))


def comparison_for(data: dict[str, Any]) -> ComparisonAnswer:
    return ComparisonAnswer.model_validate_json(compose(question("Compare.", data, ComparisonAnswer)))


def rules_of(strategy: Strategy) -> str:
    """Type, entry and exit on one line."""
    entry = f" {strategy.entry.combine} ".join(map(str, strategy.entry.conditions)) or "always"
    exit_ = f" {strategy.exit.combine} ".join(map(str, strategy.exit.conditions)) or "never"
    return f"{strategy.type}: {entry} => {exit_}"


def parsed(table: str) -> list[tuple[str, str]]:
    """The words of each line, and the rules that are indented below it."""
    blocks = [block.splitlines() for block in re.split(r"\n(?! )", table.strip())]
    return [(words, " ".join(line.strip() for line in rules)) for words, *rules in blocks]
