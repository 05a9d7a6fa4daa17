"""Where prompts get their instruction texts, and how they put data into a message."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.quant.words import Language
from app.services.gen_ai.core import Message

_FOLDER = Path(__file__).parent


@cache
def instructions(use_case: str, language: Language) -> Message:
    """The instruction text of a use case.

    It comes first and is always the same, so that OpenAI can serve it from its prompt cache:
    https://developers.openai.com/api/docs/guides/prompt-caching
    """
    return Message("instruction", (_FOLDER / f"{use_case}.{language}.md").read_text(encoding="utf-8").strip())


def question(words: str, data: Mapping[str, Any]) -> Message:
    """The person's words as plain text, then the data as a block of JSON.

    Only this function makes such blocks: fences in the words become another kind, and JSON has no line breaks within
    its strings, so nothing that a person writes can pass for data or end the block.
    """
    block = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return Message("user", f"{words.replace('```', '~~~')}\n\n```json\n{block}\n```")
