"""The gate: which model, is it allowed, how must it be asked, what did it cost, was it recorded."""

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
