"""Calls a tool as the gate does, and reads what the model would be told."""

import json
from typing import Any

from app.services.gen_ai.chat.tools import ToolTopic
from app.services.gen_ai.core.preparation import RoundLimit
from app.services.gen_ai.core.tool_rounds import run_round
from app.services.gen_ai.wire.messages import ToolCall


async def look(topic: ToolTopic, tool: str, caller_id: str = "alice", **arguments: Any) -> dict[str, Any]:
    """The data of a tool's result.

    Raises:
        AssertionError: it found nothing; with what the model was told.
    """
    told = await answer(topic, tool, caller_id, **arguments)
    assert told["kind"] == "data", told
    data: dict[str, Any] = told["data"]
    return data


async def answer(topic: ToolTopic, tool: str, caller_id: str = "alice", **arguments: Any) -> dict[str, Any]:
    call = ToolCall("call_0", tool, json.dumps(arguments))
    done = await run_round(topic.tools(caller_id), [call], "", RoundLimit(4000, "o200k_base"))
    told: dict[str, Any] = json.loads(done.messages[1].text)
    return told
