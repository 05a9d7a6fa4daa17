"""`TOLLGATE_DUPLICATE_WINDOW`: the same request once more, without a key, is one paid call."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import stamina
from dependency_injector import providers

from app.api.security import Caller
from app.clock import FixedClock
from app.services.gen_ai.idempotency import AnswerStoreUnavailableError, Idempotency
from app.simulator import Fault
from containers import Container
from tests.api.chatting import API, SSE, Callers, begin, rows
from tests.conftest import serving

PATH = f"{API}/strategy-builder"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
OTHER = {"query": "Buy when RSI falls below 25 and sell when it rises above 75"}
QUESTION = {"message": "What is the Sharpe ratio?"}
WINDOW = 5
REPLAYED = "idempotency-replayed"


@pytest.fixture
def each_container(each_container: Container) -> Iterator[Container]:
    """As elsewhere, over a database of each kind; with a window."""
    with each_container.core.settings.override(
        providers.Object(each_container.core.settings().model_copy(update={"duplicate_window": WINDOW}))
    ):
        yield each_container


def _sent(container: Container) -> int:
    """How many requests have reached the upstream."""
    return len(container.gen_ai.simulator().requests)


async def _post(http: httpx2.AsyncClient, body: Any = BODY, path: str = PATH, **headers: str) -> httpx2.Response:
    return await http.post(path, json=body, headers=headers)


async def test_a_second_click_gets_the_answer_of_the_first(each_container: Container) -> None:
    """Both at once: the second waits; a third, soon after, gets it too. One request goes to the upstream."""
    async with serving(each_container) as http:
        each_container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.3))
        first, second = await asyncio.gather(_post(http), _post(http))
        third = await _post(http)
        assert {answer.status_code for answer in (first, second, third)} == {200}
        assert first.content == second.content == third.content
        assert sorted(REPLAYED in answer.headers for answer in (first, second, third)) == [False, True, True]
        assert third.headers[REPLAYED] == "true"
        assert _sent(each_container) == len(await rows(http)) == 1


async def test_it_is_remembered_for_the_window_after_its_answer(each_container: Container, clock: FixedClock) -> None:
    """However long the answer took; to the moment."""
    async with serving(each_container) as http:
        await _post(http)
        clock.move_to(clock.now() + timedelta(seconds=WINDOW) - timedelta(milliseconds=1))
        assert REPLAYED in (await _post(http)).headers
        clock.move_to(clock.now() + timedelta(milliseconds=1))
        assert REPLAYED not in (await _post(http)).headers
        assert _sent(each_container) == 2


async def test_another_body_path_or_caller_is_another_request(each_container: Container) -> None:
    async with Callers.over(each_container) as callers:
        for body, path in ((BODY, PATH), (OTHER, PATH), (BODY, f"{PATH}?again=1")):
            assert REPLAYED not in (await _post(callers.http, body, path)).headers
        callers.who = Caller("bob", "user")
        assert REPLAYED not in (await _post(callers.http)).headers
        assert _sent(each_container) == 4


async def test_without_a_window_every_request_runs(container: Container) -> None:
    """As it is unless somebody sets it."""
    async with serving(container) as http:
        answers = await asyncio.gather(_post(http), _post(http))
        assert [REPLAYED in answer.headers for answer in answers] == [False, False]
        assert _sent(container) == 2


async def test_after_a_first_one_that_failed_the_second_runs(each_container: Container) -> None:
    """Nothing of a failure is remembered: not of a fault of the upstream, and not of refused input."""
    async with serving(each_container) as http:
        each_container.gen_ai.simulator().faults.add(Fault(kind="status", status=500, times=3))
        with stamina.set_testing(True, attempts=3, cap=True):
            first, second = await asyncio.gather(_post(http), _post(http))
        assert {first.status_code, second.status_code} == {502, 200}
        assert REPLAYED not in first.headers | second.headers
        refused = {**BODY, "model_id": "gpt-4"}
        assert [(await _post(http, refused)).status_code for _ in range(2)] == [400, 400]


async def test_a_request_with_a_key_is_what_its_key_says(each_container: Container) -> None:
    """Two keys are two requests, whatever they say; and a key meets no request without one."""
    async with serving(each_container) as http:
        for headers in ({}, {"Idempotency-Key": "1"}, {"Idempotency-Key": "2"}):
            assert REPLAYED not in (await _post(http, **headers)).headers
        assert _sent(each_container) == 3


async def test_what_has_no_body_is_never_a_repeat(each_container: Container) -> None:
    """Two chats begun at once are two."""
    async with serving(each_container) as http:
        assert await begin(http) != await begin(http)


async def test_a_stream_within_the_window_is_409(each_container: Container, clock: FixedClock) -> None:
    """It cannot be given again, and is not paid for twice; the session holds one question. A whole answer is another
    request.
    """
    async with serving(each_container) as http:
        path = await begin(http)
        assert "event: done" in (await _post(http, QUESTION, path, **SSE)).text
        clock.move_to(clock.now() + timedelta(seconds=WINDOW - 1))
        again = await _post(http, QUESTION, path, **SSE)
        assert (again.status_code, again.json()["code"]) == (409, "same_request")
        assert again.headers["retry-after"] == str(WINDOW)
        assert _sent(each_container) == 1
        assert (await _post(http, QUESTION, path)).status_code == 200
        clock.move_to(clock.now() + timedelta(seconds=1))
        assert (await _post(http, QUESTION, path, **SSE)).status_code == 200
        assert _sent(each_container) == 3


async def test_a_stream_that_was_refused_may_be_repeated_at_once(each_container: Container) -> None:
    """What failed before its first event is an ordinary error."""
    async with serving(each_container) as http:
        path = await begin(http)
        for model_id, status in (("gpt-4", 400), ("gpt-4", 400), (None, 200)):
            body = {**QUESTION, "model_id": model_id}
            assert (await _post(http, body, path, **SSE)).status_code == status


async def test_who_waited_as_long_as_an_operation_may_take_is_told(each_container: Container) -> None:
    each_container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.8))
    impatient = Idempotency(
        each_container.data.answers(), each_container.core.clock(), deadline_seconds=0.1, duplicate_window=WINDOW
    )
    with each_container.services.idempotency.override(providers.Object(impatient)):
        async with serving(each_container) as http:
            first, second = await asyncio.gather(_post(http), _post(http))
    late = first if first.status_code != 200 else second
    assert (late.status_code, late.json()["code"]) == (409, "same_request")
    assert int(late.headers["retry-after"]) > 0
    assert _sent(each_container) == 1


class _Unreachable:
    async def claim(self, _: object) -> bool:
        raise AnswerStoreUnavailableError("The disk is full")


async def test_a_repeat_that_cannot_be_known_runs(each_container: Container) -> None:
    """It is a help, not a promise: unlike a key, it stops nobody."""
    with each_container.data.answers.override(providers.Object(_Unreachable())):
        async with serving(each_container) as http:
            path = await begin(http)
            assert [(await _post(http)).status_code for _ in range(2)] == [200, 200]
            assert (await _post(http, QUESTION, path, **SSE)).status_code == 200
