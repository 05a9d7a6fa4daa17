"""Texts to vectors by plain rules: the same text has the same vector, and texts that share words have near ones."""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from hashlib import shake_256

_PLACES = 16
"""Numbers of a vector that one token adds to."""
_BACKGROUND = 0.02 / 2**15
"""Of a text as a whole, so that no vector is zero, however short."""


def vector(tokens: Sequence[int], full: int, dimensions: int) -> "array[float]":
    """The vector of a text, of length 1.

    Args:
        tokens: of the text.
        full: numbers in a vector of the model.
        dimensions: how many of them are wanted; the beginning of a vector is one, too.
    """
    whole = shake_256(array("I", tokens).tobytes()).digest(2 * full)
    values = [_BACKGROUND * value for value in array("h", whole)]
    for token, times in Counter(tokens).items():
        for number in array("I", shake_256(token.to_bytes(4, "little")).digest(4 * _PLACES)):
            values[(number >> 1) % full] += times if number & 1 else -times
    shortened = values[:dimensions]
    length = math.sqrt(math.fsum(value * value for value in shortened)) or 1.0
    return array("f", (value / length for value in shortened))
