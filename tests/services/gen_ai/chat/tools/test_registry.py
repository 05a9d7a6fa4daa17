"""The registry: what is offered, that it can be sent, and that a topic is added as its docstring says."""

import json
import textwrap
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from pydantic import Field

from app.services.gen_ai.chat import tools as chat_tools
from app.services.gen_ai.chat.tools import ChatTools
from app.services.gen_ai.core import NoArguments, Tool, ToolArguments, ToolCall
from app.services.gen_ai.core.preparation import RoundLimit
from app.services.gen_ai.core.tool_rounds import run_round
from app.services.gen_ai.wire.messages import Looked
from app.simulator.strict_schema import lint
from containers import Container
from tests.fakes.tools import REFUSES

NAMES = [
    *("usage_and_cost", "budgets", "models", "service_policy", "market_data", "system_status", "recent_failures"),
    *("strategies", "strategy_rules", "backtests", "backtest_result", "reports", "report_text", "compare_strategies"),
]


def test_the_chat_has_these_tools(container: Container) -> None:
    """Each with words for the model, and arguments that strict mode takes."""
    tools = container.services.chat_tools().of("alice")
    assert [tool.name for tool in tools] == NAMES
    for tool in tools:
        lint(tool.described()["parameters"])
        assert len(tool.description) > 60


def test_no_argument_of_any_tool_names_a_caller(container: Container) -> None:
    """Whose data are read is never the model's to say."""
    for tool in container.services.chat_tools().of("alice"):
        assert issubclass(tool.arguments, ToolArguments)
        assert not {name for name in tool.arguments.model_fields if "caller" in name or "user" in name}
        assert tool.arguments.model_config["extra"] == "forbid"
        assert all(field.is_required() for field in tool.arguments.model_fields.values())


def test_two_tools_with_one_name_are_a_mistake() -> None:
    """The model could not tell them apart."""

    class Topic:
        def tools(self, caller_id: str) -> Sequence[Tool[Any]]:
            return [REFUSES]

    with pytest.raises(ValueError, match="two tools have one name: refuses, refuses"):
        ChatTools(Topic(), Topic()).of("alice")


async def test_a_topic_is_added_as_the_docstring_of_the_package_says() -> None:
    """Its code is run as it stands there; the caller comes from the registry, not from the arguments."""
    text = chat_tools.__doc__ or ""
    code = textwrap.dedent(text[text.index("    class GreetingArguments") : text.index("and name its class")])
    names: dict[str, Any] = {
        "Any": Any,
        "Field": Field,
        "Looked": Looked,
        "Sequence": Sequence,
        "Tool": Tool,
        "ToolArguments": ToolArguments,
        "partial": partial,
    }
    exec(code, names)  # noqa: S102  the project's own documentation
    tools = ChatTools(names["GreetingTools"]()).of("alice")
    call = ToolCall("c", "greeting", '{"name": "Bob"}')
    done = await run_round(tools, [call], "", RoundLimit(4000, "o200k_base"))
    assert json.loads(done.messages[1].text)["data"] == {"greeting": "Hello Bob, from alice"}


def test_a_tool_without_arguments_needs_none() -> None:
    """An empty object, closed as every other."""
    assert REFUSES.described()["parameters"] == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
    assert NoArguments.model_fields == {}
