from datetime import UTC, datetime

import pytest
from openai import AsyncOpenAI, NotFoundError

from app.clock import FixedClock
from app.simulator.models import MODELS
from tests.simulator.conftest import Post


async def test_list_names_what_still_answers_and_when_it_stops(openai: AsyncOpenAI) -> None:
    """The list has plain names and snapshots, with the announced day of shutdown; what is gone is not in it."""
    offered = {model.id: model.shutdown_date async for model in openai.models.list()}
    assert offered["gpt-4o-mini"] == offered["gpt-4o-mini-2024-07-18"] == "2027-01-14"
    newest = {"gpt-6.2-sol", "gpt-6.2-astra", "gpt-6-sol", "gpt-5.6", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"}
    assert {offered[name] for name in newest} == {None}
    assert not {"gpt-4-turbo", "o1-preview", "gpt-4"} & offered.keys()
    assert {"text-embedding-3-small", "text-embedding-3-large"} <= offered.keys()


async def test_one_model_is_shown(openai: AsyncOpenAI) -> None:
    """A model object carries the fields of the API."""
    model = await openai.models.retrieve("gpt-4o")
    assert (model.id, model.object, model.owned_by, model.created) == ("gpt-4o", "model", "system", 1715558400)


@pytest.mark.parametrize("name", ["o1-preview", "gpt-7", "gpt-4-turbo-2024-04-09"])
async def test_what_is_shut_down_is_as_unknown_as_what_never_was(openai: AsyncOpenAI, name: str) -> None:
    """Both get the API's 404, on the model's own page and on a completion."""
    with pytest.raises(NotFoundError, match="does not exist") as shown:
        await openai.models.retrieve(name)
    with pytest.raises(NotFoundError) as asked:
        await openai.chat.completions.create(model=name, messages=[{"role": "user", "content": "Hello."}])
    assert shown.value.code == asked.value.code == "model_not_found"
    assert asked.value.param == "model"
    assert asked.value.type == "invalid_request_error"


async def test_a_model_answers_until_the_day_before_its_shutdown(openai: AsyncOpenAI, clock: FixedClock) -> None:
    """The shutdown date, in UTC, is the first day without answers."""
    clock.move_to(datetime(2027, 1, 13, 23, 59, 59, tzinfo=UTC))
    await openai.models.retrieve("gpt-4o")
    clock.move_to(datetime(2027, 1, 14, tzinfo=UTC))
    with pytest.raises(NotFoundError):
        await openai.models.retrieve("gpt-4o")


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        ("gpt-4o", "gpt-4o-2024-11-20"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        ("gpt-6-luna", "gpt-6-luna"),
        ("gpt-5.6", "gpt-5.6-sol"),
    ],
)
async def test_an_answer_names_the_dated_snapshot(openai: AsyncOpenAI, asked: str, answers: str) -> None:
    """A plain name is answered by its newest snapshot, where there is one."""
    answer = await openai.chat.completions.create(model=asked, messages=[{"role": "user", "content": "Hello."}])
    assert answer.model == answers


@pytest.mark.parametrize("model", [model.id for model in MODELS])
async def test_every_model_answers_in_its_time(post: Post, clock: FixedClock, model: str) -> None:
    """On a day before all shutdowns each model of the table answers a plain request."""
    clock.move_to(datetime(2025, 7, 27, tzinfo=UTC))
    response = await post(model=model)
    assert response.status_code == 200
    assert response.json()["usage"]["completion_tokens"] > 0
