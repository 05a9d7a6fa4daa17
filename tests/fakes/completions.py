"""What of a completion was said, without what the answer tells of itself."""

from dataclasses import replace

from app.services.gen_ai.wire.messages import Completion


def said_in(completion: Completion) -> Completion:
    return replace(completion, usage=None, model=None, service_tier=None, completion_id=None, items=())
