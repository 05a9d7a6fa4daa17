"""How lists are asked for: in pages, and in a language."""

from typing import Annotated

from fastapi import Query

from app.quant.words import Language

Limit = Annotated[int, Query(ge=1, le=100, description="How many to list")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="How many of the newest to leave out")]
LanguageQuery = Annotated[
    Language | None, Query(description="Language of the sentences; without it, that of the strategy's description")
]
ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$"
