import httpx2
import pytest
from openai import AsyncOpenAI, AuthenticationError

from app.clock import FixedClock
from app.simulator.endpoint import MAX_BODY
from app.simulator.faults import Fault
from app.simulator.service import Simulator, create_simulator
from app.tokenizer import count_tokens
from tests.simulator.conftest import Events, Post
from tests.tables import each_line


async def test_an_answer_has_the_shape_of_the_api(openai: AsyncOpenAI, clock: FixedClock) -> None:
    """The SDK reads an answer, and the headers that OpenAI sends are there."""
    raw = await openai.chat.completions.with_raw_response.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Say hello."}]
    )
    answer = raw.parse()
    assert answer.object == "chat.completion"
    assert answer.created == int(clock.now().timestamp())
    assert answer.system_fingerprint == "fp_tollgate_simulator"
    assert answer.service_tier == "default"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.headers["openai-processing-ms"] == "0"
    assert "openai-version" in raw.headers


async def test_the_same_request_gets_the_same_text_under_another_name(post: Post) -> None:
    """Content is deterministic; ids are not shared."""
    one, other = (await post()).json(), (await post()).json()
    assert one["choices"] == other["choices"]
    assert one["id"] != other["id"]


def test_two_simulators_do_not_share_ids(clock: FixedClock) -> None:
    """Even started at the same moment, two simulators name their answers apart."""
    one, other = create_simulator(clock), create_simulator(clock)
    assert one._ids.new("req_") != other._ids.new("req_")


async def test_a_stream_is_the_same_answer_in_pieces(openai: AsyncOpenAI, simulator: Simulator) -> None:
    """First the role, then a few tokens at a time, then the reason of the end, then the usage that was asked for."""
    text = "Moving averages 이동평균 뷁 😀 cross over, and then again."
    simulator.faults.add(Fault(kind="content", text=text))
    stream = await openai.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "Explain."}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == text
    assert len(chunks) > 5
    assert [chunk.choices[0].finish_reason for chunk in chunks[-3:-1]] == [None, "stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == count_tokens(text)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


async def test_a_stream_tells_its_usage_only_when_asked(post: Post, events: Events) -> None:
    """Without include_usage no chunk carries a usage, and the stream ends with the finish reason."""
    chunks = events(await post(stream=True))
    assert not any("usage" in chunk for chunk in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


@each_line(
    ("model", "asked", "named"),
    [
        ("gpt-4o-mini", None, "default"),
        ("gpt-4o-mini", "auto", "default"),
        ("gpt-4o-mini", "priority", "priority"),
        ("gpt-5.6-sol", "fast", "priority"),
        ("gpt-6.2-astra", "priority", "fast"),
        ("gpt-6-luna", "flex", "flex"),
    ],
)
async def test_an_answer_names_its_service_tier(post: Post, model: str, asked: str | None, named: str) -> None:
    """The tier that is billed is the one in the answer; only gpt-6 calls priority fast."""
    assert (await post(model=model, service_tier=asked)).json()["service_tier"] == named


async def test_what_was_sent_can_be_looked_at(post: Post, simulator: Simulator) -> None:
    """Every body is kept as it came, refused ones as well."""
    await post(seed=7)
    await post(nonsense=1)
    assert [body.get("seed") for body in simulator.requests] == [7, None]
    assert simulator.requests[1]["nonsense"] == 1


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Basic abc"}])
async def test_no_key_no_answer(http: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """A missing, empty or foreign authorization is refused on all of the API's pages."""
    del http.headers["authorization"]
    for request in (("GET", "/v1/models"), ("GET", "/v1/models/gpt-4o"), ("POST", "/v1/chat/completions")):
        response = await http.request(*request, headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "invalid_api_key"
        assert response.headers["x-request-id"].startswith("req_")


async def test_the_sdk_sees_an_authentication_error(openai: AsyncOpenAI) -> None:
    """An emptied header reaches the simulator as no key."""
    with pytest.raises(AuthenticationError):
        await openai.models.list(extra_headers={"authorization": "Bearer"})


@pytest.mark.parametrize("content", [b"", b"{", b'{"model": NaN}', b"[]", b"null"])
async def test_a_body_that_is_no_json_object_is_refused(http: httpx2.AsyncClient, content: bytes) -> None:
    """What cannot be parsed is a 400 with the usual body."""
    response = await http.post("/v1/chat/completions", content=content)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_a_body_has_a_largest_size(http: httpx2.AsyncClient) -> None:
    """One byte too many is a 413."""
    response = await http.post("/v1/chat/completions", content=b" " * (MAX_BODY + 1))
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "request_too_large"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/v1/images", 404), ("GET", "/v1/chat/completions", 405)]
)
async def test_an_unknown_page_is_refused_in_json(
    http: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    """A wrong URL or method gets OpenAI's error body."""
    response = await http.request(method, path)
    assert response.status_code == status
    assert path in response.json()["error"]["message"]


async def test_no_stack_trace_leaves(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the simulator itself is a 500 that names the exception and nothing more."""

    def break_down(_: object) -> str:
        raise ZeroDivisionError("inner matters")

    monkeypatch.setattr("app.simulator.drafting.compose", break_down)
    response = await post()
    assert response.status_code == 500
    assert "ZeroDivisionError" in response.text
    assert "inner matters" not in response.text


async def test_health_says_that_nothing_is_real(http: httpx2.AsyncClient) -> None:
    """Whoever asks learns that the answers are simulated."""
    assert (await http.get("/health")).json() == {"status": "ok", "simulated": True}
