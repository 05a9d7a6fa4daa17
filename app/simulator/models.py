"""The models that the simulator offers: what the extract beside this file says of them, and nothing else.

`model_facts.json` gathers what OpenAI's pages and others' packages say, each fact with its source. The product's
catalogue is not among them: where the two disagree, a test fails.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from app.simulator.errors import ApiError, model_not_found
from app.tokenizer import Encoding

Effort = Literal["none", "low", "medium", "high", "xhigh", "max"]
Role = Literal["system", "developer", "user", "assistant", "tool"]

_CHECKS_WHAT_COMES_BEFORE = "gpt-6.2-"


class _Facts(BaseModel):
    """The extract also says what no answer depends on, such as rates: that is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireFacts(_Facts):
    """What a model takes on one of the two text APIs.

    `tools` and `sampling` are the efforts, said or the default, at which they are taken: "none" for a model that takes
    them and cannot be told how to reason. `efforts` is empty where the parameter itself is refused.
    """

    efforts: tuple[Effort, ...]
    tools: tuple[Effort, ...]
    sampling: tuple[Effort, ...]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        possible = self.efforts or ("none",)
        if not {*self.tools, *self.sampling} <= {*possible}:
            raise ValueError(f"tools and sampling may need efforts of {possible} only")
        return self


class _Named(_Facts):
    id: str
    created: date
    encoding: Encoding
    shutdown: date | None
    """The first day, in UTC, on which the model no longer answers."""
    snapshots: tuple[str, ...] = ()
    """Dated names; the first is the one that answers for the plain name."""
    aliases: tuple[str, ...] = ()
    """Other names, whose answers carry the plain one."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, *self.snapshots, *self.aliases)

    def is_offered(self, day: date) -> bool:
        return self.shutdown is None or day < self.shutdown


class Model(_Named):
    """One model that writes. All sizes are in tokens."""

    context_window: int = Field(gt=0)
    """Of prompt and answer together."""
    max_input_tokens: int = Field(gt=0)
    """Of the prompt alone."""
    max_output_tokens: int = Field(gt=0)
    """Reasoning included."""
    roles: frozenset[Role]
    structured_output: frozenset[Literal["json_schema", "json_object"]]
    default_effort: Effort
    """What it reasons with when nothing is asked; with "none" it does not reason."""
    verbosity: bool
    caching: Literal["breakpoints", "automatic", "none"]
    fast_tier: Literal["fast", "priority"]
    """What an answer calls the tier that a request calls `priority` or `fast`."""
    chat_completions: WireFacts
    responses: WireFacts
    tiers: frozenset[str]

    @field_validator("shutdown")
    @classmethod
    def _ends_after_it_began(cls, shutdown: date | None, told: ValidationInfo) -> date | None:
        if shutdown is not None and shutdown <= told.data.get("created", date.min):
            raise ValueError("it is shut down before it is released")
        return shutdown

    @model_validator(mode="after")
    def _knows_its_default(self) -> Self:
        for wire in (self.chat_completions, self.responses):
            if wire.efforts and self.default_effort not in wire.efforts:
                raise ValueError(f"its default effort, {self.default_effort}, is none of {wire.efforts}")
        return self

    @property
    def checks_what_comes_before(self) -> bool:
        """Whether reasoning counts only after what it was thought about, and `instructions` for one turn only.

        The guide "keep the prefix unchanged" says so of gpt-6.2 (https://developers.openai.com/api/docs/guides/
        keep-prefix-unchanged, read on 2026-11-30); no package has a field for it.
        """
        return self.id.startswith(_CHECKS_WHAT_COMES_BEFORE)

    def answers_as(self, asked: str) -> str:
        """The name that an answer carries when the model was asked for as `asked`."""
        if asked in self.snapshots:
            return asked
        return self.snapshots[0] if self.snapshots else self.id


class EmbeddingModel(_Named):
    """One model that turns text into numbers."""

    dimensions: int = Field(gt=0)
    """Numbers for a text, where fewer are not asked for."""
    context_window: int = Field(gt=0)
    """Tokens of the longest text."""


AnyModel = Model | EmbeddingModel


class _Extract(_Facts):
    read_on: date
    models: dict[str, dict[str, Any]] = Field(min_length=1)


def read_facts(extract: bytes) -> tuple[AnyModel, ...]:
    """The models of an extract, in its order.

    A model of which nobody says when it was released was at least there when the facts were read.

    Raises:
        ValueError: it is no extract, a model lacks a fact or contradicts itself, or two share a name.
    """
    read = _Extract.model_validate(orjson.loads(extract))
    models: list[AnyModel] = []
    for name, facts in read.models.items():
        form = EmbeddingModel if facts.get("embedding") else Model
        try:
            models.append(form.model_validate({**facts, "id": name, "created": facts.get("released") or read.read_on}))
        except ValidationError as invalid:
            raise ValueError(f"The facts of {name} are not usable: {invalid}") from invalid
    names = [name for model in models for name in model.names]
    if len(names) != len(set(names)):
        raise ValueError("Two models of the extract share a name.")
    return tuple(models)


_OFFERED = read_facts(Path(__file__).with_name("model_facts.json").read_bytes())
MODELS = tuple(model for model in _OFFERED if isinstance(model, Model))
EMBEDDING_MODELS = tuple(model for model in _OFFERED if isinstance(model, EmbeddingModel))

_BY_NAME: MappingProxyType[str, AnyModel] = MappingProxyType(
    {name: model for model in _OFFERED for name in model.names}
)


def find_model(name: str, day: date) -> AnyModel:
    """The model that has this name or this dated snapshot.

    Raises:
        ApiError: 404 `model_not_found`; the model is not known or is shut down on that day.
    """
    model = _BY_NAME.get(name)
    if model is None or not model.is_offered(day):
        raise model_not_found(name)
    return model


def find_writing_model(name: str, day: date, path: str) -> Model:
    """The model that answers in words.

    Raises:
        ApiError: 404; not known, shut down, or one that only turns text into numbers. `path` is what it was asked on.
    """
    model = find_model(name, day)
    if isinstance(model, EmbeddingModel):
        message = f"This is not a chat model and thus not supported in the {path} endpoint."
        raise ApiError(message, status=404, param="model")
    return model


def find_embedding_model(name: str, day: date) -> EmbeddingModel:
    """The model that turns text into numbers.

    Raises:
        ApiError: 404 where it is not known, 403 where it answers in words.
    """
    model = find_model(name, day)
    if isinstance(model, Model):
        raise ApiError("You are not allowed to generate embeddings from this model", status=403)
    return model


def model_card(model: AnyModel, name: str) -> dict[str, Any]:
    """The model object of `GET /v1/models`."""
    created = datetime(model.created.year, model.created.month, model.created.day, tzinfo=UTC)
    return {
        "id": name,
        "object": "model",
        "created": int(created.timestamp()),
        "owned_by": "system",
        "shutdown_date": model.shutdown.isoformat() if model.shutdown else None,
    }


def offered_models(day: date) -> list[dict[str, Any]]:
    """The model objects of all names that answer on that day."""
    return [model_card(model, name) for name, model in _BY_NAME.items() if model.is_offered(day)]
