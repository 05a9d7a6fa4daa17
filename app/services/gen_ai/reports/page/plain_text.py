"""Texts of others, without the characters that change how the text around them reads."""

import re

# Controls but tab and line feed; marks that turn the direction of writing, with which digits can be shown in another
# order than they have (Unicode Standard Annex 9); halves of characters, which cannot be written as UTF-8.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_HALVES = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """The text with line feeds as the only line ends."""
    return _HALVES.sub("\ufffd", _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which empty lines divide, each on one line."""
    parts = re.split(r"\n\s*\n", plain(text))
    return [line for part in parts if (line := " ".join(part.split()))]
