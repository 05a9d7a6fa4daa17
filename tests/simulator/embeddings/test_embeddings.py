"""Embeddings, through the official SDK."""

import math
from typing import Any

import pytest
from openai import AsyncOpenAI, NotFoundError, PermissionDeniedError
from openai.types import CreateEmbeddingResponse

from app.simulator.service import Simulator
from app.tokenizer import count_tokens, encode
from tests.simulator.conftest import Post
from tests.tables import each_line


def likeness(one: list[float], other: list[float]) -> float:
    """The cosine of two vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


@each_line(("model", "dimensions"), [("text-embedding-3-small", 1_536), ("text-embedding-3-large", 3_072)])
async def test_a_text_has_a_vector(openai: AsyncOpenAI, model: str, dimensions: int) -> None:
    """As many numbers as the model has, of length 1, with the tokens that they cost."""
    answer = await openai.embeddings.create(model=model, input="Buy low, sell high.")
    assert (answer.object, answer.model, answer.data[0].object, answer.data[0].index) == ("list", model, "embedding", 0)
    assert len(answer.data[0].embedding) == dimensions
    assert math.isclose(likeness(answer.data[0].embedding, answer.data[0].embedding), 1, rel_tol=1e-5)
    tokens = count_tokens("Buy low, sell high.", "cl100k_base")
    assert answer.usage.model_dump() == {"prompt_tokens": tokens, "total_tokens": tokens}


async def test_an_answer_is_as_published(embed: Post) -> None:
    """What the SDK's types name, and nothing else."""
    body = (await embed(encoding_format="float")).json()
    read = CreateEmbeddingResponse.model_validate(body, strict=True)
    assert [part.model_extra for part in (read, read.usage, *read.data)] == [{}, {}, {}]


async def test_both_formats_tell_the_same_numbers(openai: AsyncOpenAI, embed: Post) -> None:
    """The SDK asks for base64 and reads it; floats are told as they are."""
    by_sdk = (await openai.embeddings.create(model="text-embedding-3-small", input="A word.")).data[0].embedding
    as_floats = (await embed(encoding_format="float")).json()["data"][0]["embedding"]
    assert isinstance((await embed(encoding_format="base64")).json()["data"][0]["embedding"], str)
    assert list(by_sdk) == as_floats == (await embed()).json()["data"][0]["embedding"]


async def test_one_text_is_told_in_four_ways(embed: Post) -> None:
    """As text or as tokens, alone or in a list."""
    tokens = encode("A word.", "cl100k_base")
    answers = [(await embed(input=told)).json() for told in ("A word.", ["A word."], tokens, [tokens])]
    assert answers[1:] == answers[:1] * 3


async def test_many_texts_keep_their_order(embed: Post) -> None:
    """Each has the vector that it has alone; the usage is that of all."""
    texts = ["one", "two three", "four five six"]
    together = (await embed(input=texts)).json()
    alone = [(await embed(input=text)).json() for text in texts]
    assert [item["index"] for item in together["data"]] == [0, 1, 2]
    assert [item["embedding"] for item in together["data"]] == [one["data"][0]["embedding"] for one in alone]
    assert together["usage"]["total_tokens"] == sum(one["usage"]["total_tokens"] for one in alone)


async def test_texts_that_share_words_are_near(openai: AsyncOpenAI) -> None:
    """So that a search over the simulator's vectors finds something."""
    texts = ["buy when the price falls", "sell when the price falls", "한국 주식 시장"]
    answer = await openai.embeddings.create(model="text-embedding-3-small", input=texts)
    one, other, foreign = (item.embedding for item in answer.data)
    assert likeness(one, other) > 0.5 > likeness(one, foreign)


@each_line("dimensions", [1, 8, 256, 1_536])
async def test_fewer_dimensions_are_the_beginning(embed: Post, dimensions: int) -> None:
    """Brought to length 1 again."""
    whole = (await embed()).json()["data"][0]["embedding"]
    short = (await embed(dimensions=dimensions)).json()["data"][0]["embedding"]
    length = math.hypot(*whole[:dimensions])
    assert short == pytest.approx([number / length for number in whole[:dimensions]], rel=1e-4)


REFUSED: list[tuple[dict[str, Any], int, str | None, str | None]] = [
    ({"input": ""}, 400, None, None),
    ({"input": []}, 400, None, None),
    ({"input": ["a", ""]}, 400, None, None),
    ({"input": ["a", [1]]}, 400, None, None),
    ({"input": [[1], []]}, 400, None, None),
    ({"input": [True]}, 400, None, None),
    ({"input": [-1]}, 400, None, None),
    ({"input": [100_256]}, 400, None, None),
    ({"input": None}, 400, None, None),
    ({"input": {"text": "a"}}, 400, None, None),
    ({"input": ["a"] * 2_049}, 400, "input", "array_above_max_length"),
    ({"input": "a " * 8_193}, 400, None, None),
    ({"input": ["a " * 8_000] * 38}, 400, None, "max_tokens_per_request"),
    ({"dimensions": 0}, 400, "dimensions", "integer_below_min_value"),
    ({"dimensions": 1_537}, 400, "dimensions", None),
    ({"encoding_format": "hex"}, 400, "encoding_format", "invalid_value"),
    ({"stream": True}, 400, "stream", "unknown_parameter"),
    ({"model": "gpt-4o"}, 403, None, None),
    ({"model": "text-embedding-9"}, 404, "model", "model_not_found"),
]


@each_line(("body", "status", "param", "code"), REFUSED)
async def test_what_is_refused(
    embed: Post, simulator: Simulator, body: dict[str, Any], status: int, param: str | None, code: str | None
) -> None:
    """In the words and with the codes that users of the real API report; nothing is billed."""
    response = await embed(**body)
    error = response.json()["error"]
    assert (response.status_code, error["param"], error["code"]) == (status, param, code)
    assert simulator.account.bills == []


@each_line("body", [{"input": "a " * 8_191}, {"input": ["a"] * 2_048, "dimensions": 1}])
async def test_what_is_just_small_enough(embed: Post, body: dict[str, Any]) -> None:
    """The limits are included."""
    assert (await embed(**body)).status_code == 200


async def test_each_model_has_its_endpoint(openai: AsyncOpenAI) -> None:
    """One that has words makes no vectors, and one that makes vectors has no words."""
    with pytest.raises(PermissionDeniedError, match="not allowed to generate embeddings"):
        await openai.embeddings.create(model="gpt-4o", input="Hello.")
    with pytest.raises(NotFoundError, match="not a chat model") as refused:
        await openai.chat.completions.create(
            model="text-embedding-3-small", messages=[{"role": "user", "content": "Hello."}]
        )
    assert refused.value.param == "model"
    assert (await openai.models.retrieve("text-embedding-3-large")).created == 1706140800
