"""The prose of a report: every text in it that the model wrote, by the name of its field."""

from collections.abc import Iterator
from typing import Any

from app.schemas.gen_ai.narrative_report import Report

_WORDS_OF_THE_SCHEMA = frozenset({"recommendation", "level"})
"""English in every report, and no prose."""


def prose_of(report: Report) -> dict[str, str]:
    """The texts in the order of the report, by names such as `recommendations.0.action`."""
    return dict(_texts(report.model_dump(), ""))


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any JSON value
    match value:
        case str():
            yield where, value
        case dict():
            for name, child in value.items():
                if name not in _WORDS_OF_THE_SCHEMA:
                    yield from _texts(child, f"{where}.{name}" if where else name)
        case list():
            for place, child in enumerate(value):
                yield from _texts(child, f"{where}.{place}")
