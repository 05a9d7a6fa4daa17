"""The models that the simulator offers.

Written down apart from the product's catalogue on purpose: where the two disagree, a test fails.
Sources: OpenAI's model and deprecations pages, https://developers.openai.com/api/docs/deprecations,
looked at on 2026-11-22; what Responses takes, and the embeddings guide,
https://developers.openai.com/api/docs/guides/embeddings, on 2026-11-30.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Literal

from app.simulator.errors import ApiError, model_not_found
from app.tokenizer import Encoding

Effort = Literal["none", "low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True)
class Family:
    """What all models of one generation accept. `caches` tells whether repeated prompt prefixes cost less."""

    roles: frozenset[str]
    encoding: Encoding = "o200k_base"
    context: int = 128_000
    """Tokens of prompt and answer together."""
    longest_prompt: int = 128_000
    """Tokens of the prompt alone."""
    efforts: tuple[Effort, ...] = ()
    """What `reasoning_effort` may say on Chat Completions; empty where the parameter itself is refused."""
    responses_efforts: tuple[Effort, ...] = ()
    """What `reasoning.effort` may say on Responses."""
    json_schema: bool = False
    json_object: bool = True
    caches: bool = True
    reports_cache_writes: bool = False
    fast_tier: Literal["priority", "fast"] = "priority"
    """What an answer calls the tier that a request calls `priority` or `fast`."""


@dataclass(frozen=True)
class Model:
    """One model that writes. `effort` is what it reasons with when nothing is asked; with "none" it does not reason."""

    id: str
    family: Family
    max_output: int
    """Tokens, reasoning included."""
    created: date
    snapshots: tuple[str, ...] = ()
    """Dated names; the first is the one that answers for the plain name."""
    shutdown: date | None = None
    """The first day, in UTC, on which the model no longer answers."""
    effort: Effort = "none"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, *self.snapshots)

    def answers_as(self, asked: str) -> str:
        """The name that an answer carries when the model was asked for as `asked`."""
        return self.snapshots[0] if asked == self.id and self.snapshots else asked

    def is_offered(self, day: date) -> bool:
        return self.shutdown is None or day < self.shutdown


@dataclass(frozen=True)
class EmbeddingModel:
    """One model that turns text into numbers."""

    id: str
    dimensions: int
    """Numbers for a text, where fewer are not asked for."""
    created: date
    encoding: Encoding = "cl100k_base"
    shutdown: date | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id,)

    def is_offered(self, day: date) -> bool:
        return self.shutdown is None or day < self.shutdown


_SYSTEM = frozenset({"system", "user", "assistant", "tool"})
_GPT_4O = Family(_SYSTEM, json_schema=True)
_GPT_4_TURBO = Family(_SYSTEM, "cl100k_base", caches=False)
_GPT_4 = Family(_SYSTEM, "cl100k_base", 8_192, 8_192, json_object=False, caches=False)
_O1_PREVIEW = Family(frozenset({"user", "assistant"}), json_object=False)
_GPT_6 = Family(
    _SYSTEM | {"developer"},
    context=1_050_000,
    longest_prompt=922_000,
    efforts=("none", "low", "medium", "high", "xhigh"),
    json_schema=True,
    responses_efforts=("none", "low", "medium", "high", "xhigh", "max"),
    reports_cache_writes=True,
    fast_tier="fast",
)
# Sol (since 6.1) and Astra cannot be told not to reason; `max` is for Responses.
_ALWAYS_REASONS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
_ALWAYS = replace(_GPT_6, efforts=_ALWAYS_REASONS[:-1], responses_efforts=_ALWAYS_REASONS)

# No source tells when the gpt-6 models were created: the day is a stand-in, and nothing depends on it.
_GPT_6_CREATED = date(2026, 9, 1)

MODELS = (
    Model(
        "gpt-4o-mini",
        _GPT_4O,
        16_384,
        date(2024, 7, 16),
        snapshots=("gpt-4o-mini-2024-07-18",),
        shutdown=date(2027, 1, 14),
    ),
    Model(
        "gpt-4o",
        _GPT_4O,
        16_384,
        date(2024, 5, 10),
        snapshots=("gpt-4o-2024-11-20", "gpt-4o-2024-08-06"),
        shutdown=date(2027, 1, 14),
    ),
    Model(
        "gpt-4-turbo",
        _GPT_4_TURBO,
        4_096,
        date(2024, 4, 5),
        snapshots=("gpt-4-turbo-2024-04-09",),
        shutdown=date(2026, 10, 23),
    ),
    Model(
        "o1-preview",
        _O1_PREVIEW,
        32_768,
        date(2024, 9, 6),
        snapshots=("o1-preview-2024-09-12",),
        shutdown=date(2025, 7, 28),
        effort="medium",
    ),
    Model(
        "gpt-4",
        _GPT_4,
        8_192,
        date(2023, 6, 27),
        snapshots=("gpt-4-0613",),
        shutdown=date(2026, 10, 23),
    ),
    Model("gpt-6-luna", _GPT_6, 128_000, _GPT_6_CREATED, effort="medium"),
    Model("gpt-6.1-terra", _GPT_6, 128_000, _GPT_6_CREATED, effort="medium"),
    Model("gpt-6.1-sol", _ALWAYS, 128_000, _GPT_6_CREATED, effort="low"),
    Model("gpt-6-astra", _ALWAYS, 128_000, _GPT_6_CREATED, effort="medium"),
)

EMBEDDING_MODELS = (
    EmbeddingModel("text-embedding-3-small", 1_536, date(2024, 1, 22)),
    EmbeddingModel("text-embedding-3-large", 3_072, date(2024, 1, 22)),
)

AnyModel = Model | EmbeddingModel

_BY_NAME: MappingProxyType[str, AnyModel] = MappingProxyType(
    {name: model for model in (*MODELS, *EMBEDDING_MODELS) for name in model.names}
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
