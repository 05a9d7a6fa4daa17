"""`Idempotency-Key` over HTTP: a repeat gets the stored answer and bills nothing, whatever happens in between."""

import asyncio
import contextlib
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import stamina
from dependency_injector import providers

from app.api.dependencies import current_caller
from app.api.security import Caller
from app.bootstrap import build_container
from app.clock import FixedClock
from app.errors import AnswerRejectedError, NotFoundError
from app.services.gen_ai.idempotency import AnswerStoreUnavailableError, Idempotency, KeyClaim, KeyedRequest
from app.settings import Settings
from app.simulator import Fault
from containers import Container
from tests.application import application
from tests.conftest import TODAY, serving
from tests.fakes.forked import Forked

API = "/api/v1/gen-ai"
PATH = f"{API}/strategy-builder"
BODY = {"query": "Buy when RSI falls below 30 and sell when it rises above 70"}
KEY = {"Idempotency-Key": "order-1"}
REPLAYED = "idempotency-replayed"


async def _post(
    http: httpx2.AsyncClient, headers: dict[str, str] = KEY, body: Any = BODY, path: str = PATH
) -> httpx2.Response:
    return await http.post(path, json=body, headers=headers)


async def _operations(http: httpx2.AsyncClient) -> int:
    rows = (await http.get(f"{API}/usage", params={"limit": 500})).json()["usage"]
    return len({row["operation_id"] for row in rows})


def _same(first: httpx2.Response, again: httpx2.Response) -> bool:
    assert (again.status_code, again.content) == (first.status_code, first.content)
    return again.headers["content-type"] == first.headers["content-type"]


async def test_a_repeat_gets_the_stored_answer_and_bills_nothing(http: httpx2.AsyncClient) -> None:
    first, again = await _post(http), await _post(http)
    assert first.status_code == 200
    assert REPLAYED not in first.headers
    assert _same(first, again)
    assert again.headers[REPLAYED] == "true"
    assert await _operations(http) == 1


async def test_without_the_header_every_request_runs(http: httpx2.AsyncClient) -> None:
    answers = [await _post(http, headers={}) for _ in range(2)]
    assert answers[0].json()["operation_id"] != answers[1].json()["operation_id"]
    assert await _operations(http) == 2


async def test_sessions_are_not_begun_twice_either(http: httpx2.AsyncClient) -> None:
    """An endpoint without a body, with the status 201."""
    first, again = [await http.post(f"{API}/chatops/sessions", headers=KEY) for _ in range(2)]
    assert first.status_code == 201
    assert _same(first, again)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, {**BODY, "query": "Buy when RSI falls below 25 and sell when it rises above 70"}),
        (f"{API}/narrative-report", BODY),
        (f"{PATH}?again=1", BODY),
    ],
)
async def test_another_body_or_path_is_409(http: httpx2.AsyncClient, path: str, body: Any) -> None:
    await _post(http)
    answer = await _post(http, path=path, body=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert await _operations(http) == 1


async def test_twenty_at_once_are_one_operation(http: httpx2.AsyncClient, container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.3))
    answers = await asyncio.gather(*(_post(http) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 19
    assert await _operations(http) == 1


def _patience(container: Container, seconds: float) -> Any:
    impatient = Idempotency(
        container.data.answers(), container.core.clock(), deadline_seconds=120, patience_seconds=seconds
    )
    return container.services.idempotency.override(providers.Object(impatient))


async def test_a_repeat_that_waited_too_long_is_409_with_retry_after(
    http: httpx2.AsyncClient, container: Container
) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.8))
    with _patience(container, 0.1):
        first = asyncio.create_task(_post(http))
        await asyncio.sleep(0.3)
        answer = await _post(http)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
        assert int(answer.headers["retry-after"]) > 0
        assert _same(await first, await _post(http))
    assert await _operations(http) == 1


@pytest.mark.parametrize(
    ("body", "status"), [({}, 422), ({**BODY, "model_id": "gpt-4"}, 400)], ids=["validation", "model"]
)
async def test_a_refusal_is_not_stored(http: httpx2.AsyncClient, body: Any, status: int) -> None:
    """Once it is put right, the same key may be used for the right request."""
    assert (await _post(http, body=body)).status_code == status
    answer = await _post(http)
    assert answer.status_code == 200
    assert REPLAYED not in answer.headers


async def test_a_fault_of_the_upstream_frees_the_key(http: httpx2.AsyncClient, container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="status", status=500, times=3))
    with stamina.set_testing(True, attempts=3, cap=True):
        assert (await _post(http)).status_code == 502
    answer = await _post(http)
    assert answer.status_code == 200
    assert REPLAYED not in answer.headers
    assert await _operations(http) == 2


class _Failing:
    """A service that counts how often it is asked, and fails in the way it was told."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    async def build_strategy(self, request: Any, caller_id: str) -> Any:
        self.asked += 1
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "asked"),
    [
        (AnswerRejectedError("No answer fits", violations=["no way out"], attempts=3), 422, 1),
        (NotFoundError("gone"), 404, 2),
        (RuntimeError("a bug"), 500, 2),
    ],
)
async def test_of_the_errors_only_a_rejected_answer_is_stored(
    container: Container, error: Exception, status: int, asked: int
) -> None:
    """It was paid for, and asking again would cost again."""
    failing = _Failing(error)
    with container.services.strategy_builder.override(providers.Object(failing)):
        async with serving(container) as http:
            first, again = await _post(http), await _post(http)
    assert (first.status_code, failing.asked) == (status, asked)
    assert _same(first, again)
    assert (REPLAYED in again.headers) == (asked == 1)


async def test_after_24_hours_the_key_is_free(http: httpx2.AsyncClient, clock: FixedClock) -> None:
    first = await _post(http)
    clock.move_to(TODAY + timedelta(hours=24) - timedelta(seconds=1))
    assert _same(first, await _post(http))
    clock.move_to(TODAY + timedelta(hours=24))
    fresh = await _post(http)
    assert REPLAYED not in fresh.headers
    assert await _operations(http) == 2


async def test_the_key_of_another_caller_is_another_key(container: Container) -> None:
    app = application(container)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            for name in ("ann", "bob"):
                app.dependency_overrides[current_caller] = lambda name=name: Caller(name, "admin")
                assert REPLAYED not in (await _post(http)).headers
                assert (await _post(http)).headers[REPLAYED] == "true"
            assert await _operations(http) == 2


async def test_a_claim_of_a_process_that_died_is_taken_over(
    http: httpx2.AsyncClient, container: Container, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run ends without a trace; until its lease has passed a repeat is told to wait."""

    async def lost(*_: Any) -> None:
        return None

    with monkeypatch.context() as crash, _patience(container, 0.05):
        crash.setattr(Idempotency, "keep", lost)
        await _post(http)
        assert (await _post(http)).json()["code"] == "idempotency_in_progress"
        other = await _post(http, body={"query": "Buy when RSI is below 10, sell above 90"})
        assert other.json()["code"] == "idempotency_key_reused"
    clock.move_to(TODAY + timedelta(seconds=120 + 60))
    assert (await _post(http)).status_code == 200
    assert (await _post(http)).headers[REPLAYED] == "true"
    assert await _operations(http) == 2


async def test_an_answer_that_nobody_waits_for_is_stored(http: httpx2.AsyncClient, container: Container) -> None:
    container.gen_ai.simulator().faults.add(Fault(kind="delay", seconds=0.3))
    first = asyncio.create_task(_post(http))
    await asyncio.sleep(0.15)
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    answer = await _post(http)
    assert answer.headers[REPLAYED] == "true"
    assert await _operations(http) == 1


@pytest.mark.parametrize("key", ["", "a" * 256, "two words", "tab\t", "schl\xfcssel"])
async def test_a_key_that_cannot_be_used_is_422(http: httpx2.AsyncClient, key: str) -> None:
    answer = await http.post(PATH, json=BODY, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_idempotency_key")
    assert "1 to 255 visible ASCII characters" in answer.json()["detail"]


async def test_two_keys_are_422_and_the_longest_one_works(http: httpx2.AsyncClient) -> None:
    twice = await http.post(PATH, json=BODY, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")])
    assert (twice.status_code, twice.json()["code"]) == (422, "invalid_idempotency_key")
    longest = {"Idempotency-Key": "!" + "~" * 254}
    assert (await _post(http, headers=longest)).status_code == 200


async def test_a_stream_takes_no_key(http: httpx2.AsyncClient) -> None:
    session = (await http.post(f"{API}/chatops/sessions")).json()["session_id"]
    path, body = f"{API}/chatops/sessions/{session}/chat", {"message": "What is the Sharpe ratio?"}
    answer = await _post(http, {**KEY, "Accept": "text/event-stream"}, body, path)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_not_for_streams")
    assert await _operations(http) == 0
    first, again = [await _post(http, {**KEY, "Accept": "application/json"}, body, path) for _ in range(2)]
    assert _same(first, again)
    assert await _operations(http) == 1


class _Unreachable:
    """A store whose methods fail from the moment `broken` names them."""

    def __init__(self, store: Any, *broken: str) -> None:
        self._store = store
        self._broken = broken

    def __getattr__(self, name: str) -> Any:
        if name not in self._broken:
            return getattr(self._store, name)

        async def fail(*_: Any) -> None:
            raise AnswerStoreUnavailableError("The disk is full")

        return fail


async def test_without_its_store_a_keyed_request_does_not_run(container: Container) -> None:
    broken = _Unreachable(container.data.answers(), "claim")
    with container.data.answers.override(providers.Object(broken)):
        async with serving(container) as http:
            answer = await _post(http)
            assert (answer.status_code, answer.json()["code"]) == (503, "idempotency_unavailable")
            assert await _operations(http) == 0


async def test_what_cannot_be_stored_is_answered_all_the_same(container: Container) -> None:
    broken = _Unreachable(container.data.answers(), "keep", "release")
    with container.data.answers.override(providers.Object(broken)):
        async with serving(container) as http:
            assert (await _post(http)).status_code == 200
            assert (await _post(http, headers={"Idempotency-Key": "2"}, body={})).status_code == 422


async def test_a_run_that_outlived_its_lease_does_not_overwrite_the_next(container: Container) -> None:
    async with serving(container):
        idempotency, clock = container.services.idempotency(), container.core.clock()
        request = KeyedRequest("ann", "k", "f" * 64)
        slow = await idempotency.begin(request)
        clock.move_to(TODAY + timedelta(hours=1))
        quick = await idempotency.begin(request)
        assert isinstance(slow, KeyClaim)
        assert isinstance(quick, KeyClaim)
        await idempotency.release(slow)
        state = await container.data.answers().state(request, clock.now())
        assert state is not None
        assert state.leased_until == quick.leased_until


_PROCESS = """
import asyncio, json, sys
import httpx2
from app.main import create_app

async def main():
    app = create_app()
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            print("ready", flush=True)
            sys.stdin.readline()
            path, body, headers = json.loads(sys.argv[1])
            answers = await asyncio.gather(*(http.post(path, json=body, headers=headers) for _ in range(5)))
            print(json.dumps([[answer.status_code, answer.json()["operation_id"]] for answer in answers]))

asyncio.run(main())
"""


@pytest.mark.parametrize(("headers", "window"), [(KEY, 0), ({}, 60)], ids=["with a key", "without one, in a window"])
async def test_two_processes_over_one_database_run_it_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], window: int
) -> None:
    monkeypatch.setenv("TOLLGATE_DATABASE_URL", database_url)
    monkeypatch.setenv("TOLLGATE_DUPLICATE_WINDOW", str(window))
    arguments = json.dumps([PATH, BODY, headers])
    processes = [Forked(_PROCESS, arguments, piped=("stdin", "stdout")) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"go\n")
        process.stdin.flush()
    answers = []
    for process in processes:
        with process:
            answers += json.loads(process.stdout.read())
    assert len(answers) == 10
    assert {tuple(answer) for answer in answers} == {(200, answers[0][1])}
    container = build_container(Settings(database_url=database_url))
    async with serving(container) as http:
        assert await _operations(http) == 1
    container.unwire()


def test_the_header_is_documented_for_every_post(container: Container) -> None:
    paths = application(container).openapi()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            keyed = method == "post"
            assert names.count("Idempotency-Key") == keyed, (method, path)
            assert ("409" in operation["responses"]) >= keyed
