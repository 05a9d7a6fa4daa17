"""The body of a request for embeddings, checked as the API checks it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import Field

from app.simulator.errors import ApiError
from app.simulator.models import EmbeddingModel, find_embedding_model
from app.simulator.parameters import Strict, read_parameters
from app.tokenizer import encode

MOST_INPUTS = 2_048
MOST_TOKENS = 300_000
"""Of all inputs together."""
_VOCABULARY = 100_256
"""Tokens of cl100k_base that are text."""


class EmbeddingParameters(Strict):
    """https://platform.openai.com/docs/api-reference/embeddings/create."""

    model: str
    input: Any
    dimensions: int | None = Field(default=None, ge=1)
    encoding_format: Literal["float", "base64"] | None = None
    user: str | None = None


@dataclass(frozen=True)
class EmbeddingRequest:
    model: EmbeddingModel
    inputs: list[list[int]]
    """The tokens of each text."""
    dimensions: int
    as_base64: bool

    @property
    def tokens(self) -> int:
        return sum(map(len, self.inputs))


def accept(body: dict[str, Any], day: date) -> EmbeddingRequest:
    """Reads a request and checks all that the API checks before it answers.

    Raises:
        ApiError: 400, 403 or 404, in OpenAI's words.
    """
    asked = read_parameters(EmbeddingParameters, body, frozenset())
    model = find_embedding_model(asked.model, day)
    dimensions = model.dimensions if asked.dimensions is None else asked.dimensions
    if dimensions > model.dimensions:
        bound = f"Must be less than or equal to {model.dimensions}."
        raise ApiError(f"Invalid value for 'dimensions' = {dimensions}. {bound}", param="dimensions")
    request = EmbeddingRequest(model, _inputs(asked.input, model), dimensions, asked.encoding_format == "base64")
    _check_size(request)
    return request


def _inputs(given: object, model: EmbeddingModel) -> list[list[int]]:
    """The tokens of each text: of one or many, as text or as tokens.

    Raises:
        ApiError: 400; it is none of these, or one of the texts is empty.
    """
    if isinstance(given, str) or (isinstance(given, list) and given and all(map(_is_token, given))):
        given = [given]
    if not isinstance(given, list) or not given:
        raise _invalid()
    if len(given) > MOST_INPUTS:
        bound = f"Expected an array with maximum length {MOST_INPUTS}, but got one with length {len(given)} instead."
        raise ApiError(f"Invalid 'input': array too long. {bound}", param="input", code="array_above_max_length")
    if len({type(text) for text in given}) > 1:
        raise _invalid()
    return [_tokens(text, model) for text in given]


def _tokens(text: object, model: EmbeddingModel) -> list[int]:
    if isinstance(text, str) and text:
        return encode(text, model.encoding)
    if isinstance(text, list) and text and all(map(_is_token, text)):
        return text
    raise _invalid()


def _is_token(value: object) -> bool:
    return type(value) is int and 0 <= value < _VOCABULARY


def _invalid() -> ApiError:
    reference = "https://platform.openai.com/docs/api-reference."
    return ApiError(f"'$.input' is invalid. Please check the API reference: {reference}")


def _check_size(request: EmbeddingRequest) -> None:
    longest, most = max(map(len, request.inputs)), request.model.context_window
    if longest > most:
        message = (
            f"This model's maximum context length is {most} tokens, however you requested {longest} tokens"
            f" ({longest} in your prompt; 0 for the completion). Please reduce your prompt; or completion length."
        )
        raise ApiError(message)
    if request.tokens > MOST_TOKENS:
        message = f"Requested {request.tokens} tokens, max {MOST_TOKENS} tokens per request"
        raise ApiError(message, kind="max_tokens_per_request", code="max_tokens_per_request")
