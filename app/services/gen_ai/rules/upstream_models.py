"""What the upstream says of its own models (`GET /v1/models`), beside the catalogue.

https://platform.openai.com/docs/api-reference/models/list; `shutdown_date` is in the type `Model` of the package openai
(3.54). Servers that are compatible leave it out: then they say nothing of it, and contradict nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field, ValidationError, field_validator

from app.errors import UpstreamError, own_words
from app.services.gen_ai.rules.catalog_file import CatalogFile
from app.services.gen_ai.rules.model_catalog import ModelRecord

_LONGEST = 300
"""Characters of what somebody else wrote, in a sentence of ours."""


class UpstreamModel(BaseModel):
    """`shutdown_date` is a day in UTC; a text where the upstream gives what is no day; None where none is announced, or
    nothing is said of it.
    """

    id: Annotated[str, Field(min_length=1, max_length=_LONGEST)]
    shutdown_date: date | str | None = None

    @field_validator("shutdown_date", mode="before")
    @classmethod
    def _as_a_day(cls, value: object) -> object:
        """OpenAI gives a day; a moment with a time is its day in UTC. What is neither is kept as it is."""
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
            if moment is not None:
                return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
        except (ValueError, OverflowError):  # no moment, or one that has no day in UTC
            pass
        return str(value)[:_LONGEST]

    @property
    def tells_of_its_end(self) -> bool:
        return "shutdown_date" in self.model_fields_set


class _ModelList(BaseModel):
    data: tuple[UpstreamModel, ...]


@dataclass(frozen=True, slots=True)
class EndDiffers:
    """One model that ends on another day here than there; None: no end is announced."""

    model_id: str
    ours: date | None
    theirs: date | str | None


@dataclass(frozen=True, slots=True)
class UpstreamDrift:
    """`unknown`: the catalogue's models, not shut down by its own dates, that the upstream does not know. `ends`: of
    those that both know. `not_listed`: the upstream's others, which are no drift: an account sees hundreds.
    """

    unknown: tuple[str, ...]
    ends: tuple[EndDiffers, ...]
    not_listed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.unknown or self.ends)


def read_models(source: str, content: bytes) -> tuple[UpstreamModel, ...]:
    """The models in an answer; `source` is where it came from.

    Raises:
        UpstreamError: it is no list of models; it says where, and what was expected.
    """
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        found = content[:_LONGEST].decode(errors="replace").strip().partition("\n")[0][:80]
        raise UpstreamError(_no_list(source, f"not JSON (it begins with {found!r})")) from error
    try:
        return _ModelList.model_validate(document).data
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UpstreamError(_no_list(source, f"{_place(first['loc'])}: {own_words(first['msg'])}")) from error


def compare(catalog: CatalogFile, listed: Sequence[UpstreamModel], day: date) -> UpstreamDrift:
    """What differs on a day (UTC)."""
    theirs = {model.id: model for model in listed}
    ours = {name for record in catalog.models for name in (record.model_id, *record.snapshots)}
    unknown = (model.model_id for model in catalog.models if model.model_id not in theirs and not _ended(model, day))
    return UpstreamDrift(
        unknown=tuple(unknown),
        ends=tuple(
            EndDiffers(record.model_id, record.lifecycle.shutdown_on, found.shutdown_date)
            for record in catalog.models
            if (found := theirs.get(record.model_id)) is not None
            and found.tells_of_its_end
            and found.shutdown_date != record.lifecycle.shutdown_on
        ),
        not_listed=tuple(sorted(theirs.keys() - ours)),
    )


def _ended(record: ModelRecord, day: date) -> bool:
    return record.lifecycle.shutdown_on is not None and record.lifecycle.shutdown_on <= day


def _no_list(source: str, found: str) -> str:
    return f"{source} is no list of models: {found}; check that OPENAI_BASE_URL is the address of an OpenAI API"


def _place(location: tuple[Any, ...]) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return place.lstrip(".") or "the whole"
