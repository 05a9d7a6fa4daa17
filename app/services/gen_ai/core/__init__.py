"""The gate: which model, is it allowed, how must it be asked, what did it cost, was it recorded.

A name is imported when it is first asked for: who reads the ledger needs no client of OpenAI, which takes 0.4 s.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.gen_ai.core.ledger import UsageLedger
    from app.services.gen_ai.core.messages import Message, ToolCall
    from app.services.gen_ai.core.model_catalog import ModelCatalog
    from app.services.gen_ai.core.model_config import ModelConfig
    from app.services.gen_ai.core.model_resolver import ModelResolver
    from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
    from app.services.gen_ai.core.receipt import Receipt
    from app.services.gen_ai.core.service_policy import PolicyRegistry, ServiceModelPolicy
    from app.services.gen_ai.core.task import Generated, GenerationTask, PlainText, Streamed, Verdict
    from app.services.gen_ai.core.tools import NoArguments, Tool, ToolArguments, ToolUse
    from app.services.gen_ai.core.usage_tracker import UsageTracker

_PLACES = {
    "Generated": "task",
    "GenerationTask": "task",
    "Message": "messages",
    "ModelCatalog": "model_catalog",
    "ModelConfig": "model_config",
    "ModelResolver": "model_resolver",
    "NoArguments": "tools",
    "OpenAIClientManager": "openai_client_manager",
    "PlainText": "task",
    "PolicyRegistry": "service_policy",
    "Receipt": "receipt",
    "ServiceModelPolicy": "service_policy",
    "Streamed": "task",
    "Tool": "tools",
    "ToolArguments": "tools",
    "ToolCall": "messages",
    "ToolUse": "tools",
    "UsageLedger": "ledger",
    "UsageTracker": "usage_tracker",
    "Verdict": "task",
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
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
