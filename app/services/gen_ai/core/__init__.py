"""The gate: which model, is it allowed, how must it be asked, what did it cost, was it recorded.

To understand a call, read these in this order:

1. `openai_client_manager.py`: what services see
2. `operation.py`: what a service wants of a model, the attempts that it took, the receipt
3. `generation.py`: generate, verify, repair, climb
4. `operation_run.py`: one operation under way, with its model and its attempts
5. `preparation.py`: from a task to a request, with its worst case
6. `metered_call.py`: written down, sent, settled, before anything is parsed
7. `usage_tracker.py`: what the ledger and the log are told

Beside them: `metered_stream.py` is the same for a stream, `tool_rounds.py` and `context.py` are for models that look
things up. `../wire/` is how OpenAI is spoken to, `../rules/` what a call is held to, `../ledger/` what was written
down.
"""

from app.services.gen_ai.core.openai_client_manager import OpenAIClientManager
from app.services.gen_ai.core.operation import Generated, GenerationTask, PlainText, Receipt, Streamed
from app.services.gen_ai.core.usage_tracker import UsageTracker
from app.services.gen_ai.ledger.port import AttemptStatus, UsageLedger
from app.services.gen_ai.rules.model_catalog import ModelCapability, ModelCatalog, ModelConfig, ModelStatus, ModelTier
from app.services.gen_ai.rules.model_resolver import ModelResolver
from app.services.gen_ai.rules.service_policy import PolicyRegistry, ServiceModelPolicy
from app.services.gen_ai.wire.messages import Message, NoArguments, Tool, ToolArguments, ToolCall, ToolUse

__all__ = [
    "AttemptStatus",
    "Generated",
    "GenerationTask",
    "Message",
    "ModelCapability",
    "ModelCatalog",
    "ModelConfig",
    "ModelResolver",
    "ModelStatus",
    "ModelTier",
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
]
