"""The gate: which model, is it allowed, how must it be asked, what did it cost, was it recorded.

To understand a call, read these in this order:

1. `openai_client_manager.py`: what services see
2. `operation.py`: what a service wants of a model, the attempts that it took, the receipt
3. `generation.py`: generate, verify, repair, climb
4. `operation_run.py`: one operation under way, with its model and its attempts
5. `preparation.py`: from a task to a request that fits the model, with its worst case
6. `metered_transport.py`: written down, sent, settled, below the one client and before anything is parsed
7. `usage_tracker.py`: what the ledger and the log are told

Beside them: `metered_client.py` is that one client and `metered_call.py` the gate's own way to send with it, with a
`ticket.py` for each request; `foreign_request.py` is for what anybody else sends with it, `metered_stream.py` for
streams, `judging.py` tells whether an answer can be used, `tool_rounds.py` is for models that look things up.
`../wire/` is how OpenAI is spoken to, `../rules/` what a call is held to, `../ledger/` what was written down.

A name is imported when it is first asked for: who reads the ledger needs no client of OpenAI, which takes 0.4 s.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
    from app.services.gen_ai.core.operation import (
        Generated,
        GenerationTask,
        PlainText,
        Receipt,
        Streamed,
        Verdict,
    )
    from app.services.gen_ai.core.usage_tracker import UsageTracker
    from app.services.gen_ai.ledger.port import UsageLedger
    from app.services.gen_ai.rules.model_catalog import ModelCatalog, ModelConfig
    from app.services.gen_ai.rules.model_resolver import ModelResolver
    from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy
    from app.services.gen_ai.wire.messages import Message, NoArguments, Tool, ToolArguments, ToolCall, ToolUse

_PLACES = {
    "Generated": "core.operation",
    "GenerationTask": "core.operation",
    "Message": "wire.messages",
    "ModelCatalog": "rules.model_catalog",
    "ModelConfig": "rules.model_catalog",
    "ModelResolver": "rules.model_resolver",
    "NoArguments": "wire.messages",
    "OpenAIClientManager": "core.openai_client_manager",
    "PlainText": "core.operation",
    "PolicyRegistry": "rules.service_policy",
    "Receipt": "core.operation",
    "ServiceModelPolicy": "rules.service_policy",
    "Streamed": "core.operation",
    "Tool": "wire.messages",
    "ToolArguments": "wire.messages",
    "ToolCall": "wire.messages",
    "ToolUse": "wire.messages",
    "UsageLedger": "ledger.port",
    "UsageTracker": "core.usage_tracker",
    "Verdict": "core.operation",
}

__all__ = [
    "Generated",
    "GenerationTask",
    "Message",
    "ModelCatalog",
    "ModelConfig",
    "ModelResolver",
    "NoArguments",
    "OpenAIClientManager",
    "PlainText",
    "PolicyRegistry",
    "Receipt",
    "ServiceModelPolicy",
    "Streamed",
    "Tool",
    "ToolArguments",
    "ToolCall",
    "ToolUse",
    "UsageLedger",
    "UsageTracker",
    "Verdict",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"app.services.gen_ai.{_PLACES[name]}"), name)
