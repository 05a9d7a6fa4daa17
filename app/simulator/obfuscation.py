"""Padding for the deltas of a stream, so that their sizes do not tell what is in them."""

from hashlib import shake_256

_STEP = 16


def padding(text: str) -> str:
    """Characters that bring a delta to a full step; the same for the same text.

    OpenAI's are random: https://platform.openai.com/docs/api-reference/responses/create, `stream_options`.
    """
    missing = _STEP - len(text) % _STEP
    return shake_256(text.encode()).hexdigest(_STEP)[:missing]
