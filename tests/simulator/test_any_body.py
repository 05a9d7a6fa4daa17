"""Whatever is sent to a billed endpoint, the simulator answers or refuses; and it knows all that OpenAI publishes."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_type_hints

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.types import embedding_create_params
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

from app.simulator.chat import parameters as chat
from app.simulator.embeddings.request import EmbeddingParameters
from app.simulator.parameters import Strict
from app.simulator.responses import parameters as responses
from app.simulator.service import Simulator, create_simulator
from app.simulator.transport import StreamingASGITransport
from tests.tables import each_line

FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}, "strict": False}
SCHEMA = {"name": "answer", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}, "strict": False}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
BREAKPOINT = {"mode": "explicit", "ttl": "30m"}
CHAT: dict[str, Any] = {
    "model": "gpt-6-luna",
    "reasoning_effort": "none",
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Be short.", "prompt_cache_breakpoint": BREAKPOINT}]},
        {"role": "user", "content": "Say hello."},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "4"},
    ],
    "tools": [{"type": "function", "function": FUNCTION}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": SCHEMA},
    "n": 2,
    "max_completion_tokens": 50,
    "prompt_cache_options": {"mode": "implicit", "ttl": "30m"},
    "safety_identifier": "somebody",
    "stream": True,
    "stream_options": {"include_usage": True},
    "metadata": {"a": "b"},
}
RESPONSES: dict[str, Any] = {
    "model": "gpt-6.2-astra",
    "input": [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "Say hello.", "prompt_cache_breakpoint": BREAKPOINT}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x" * 40},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "4"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]},
        {"role": "user", "content": "Again."},
    ],
    "instructions": "Be short.",
    "tools": [{"type": "function", **FUNCTION}],
    "tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
    "text": {"format": {"type": "json_schema", **SCHEMA}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "max_output_tokens": 200,
    "prompt_cache_options": {"mode": "explicit", "ttl": "12h"},
    "service_tier": "fast",
    "stream": True,
}
EMBEDDINGS: dict[str, Any] = {
    "model": "text-embedding-3-small",
    "input": [[1, 2], [3]],
    "dimensions": 8,
    "encoding_format": "base64",
}
WHOLE = {"/v1/chat/completions": CHAT, "/v1/responses": RESPONSES, "/v1/embeddings": EMBEDDINGS}

WORDS = st.sampled_from(["gpt-4o", "gpt-6-luna", "user", "reasoning", "item_reference", "refusal", "none", "required"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 70_000) | st.floats(-3, 3) | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "role", "text"]), inner),
    max_leaves=5,
)


def places(value: object, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from places(inner, (*at, key))


def changed(body: dict[str, Any], place: tuple[Any, ...], value: object) -> dict[str, Any]:
    *outer, last = place
    whole = deepcopy(body)
    inner: Any = whole
    for key in outer:
        inner = inner[key]
    inner[last] = value
    return whole


def requests(path: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """A request in which everything is right but what stands in one place."""
    body = WHOLE[path]
    return st.builds(lambda place, value: (path, changed(body, place, value)), st.sampled_from([*places(body)]), VALUES)


SIMULATOR: Simulator = create_simulator()


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(request=st.sampled_from([*WHOLE]).flatmap(requests))
async def test_no_body_is_too_odd(request: tuple[str, dict[str, Any]]) -> None:
    """A mistake in the simulator would be a 500; what is answered is billed, what is refused is not."""
    path, body = request
    SIMULATOR.account.reset()
    transport = StreamingASGITransport(SIMULATOR)
    async with httpx2.AsyncClient(transport=transport, headers={"authorization": "Bearer x"}) as http:
        response = await http.post(f"http://simulator{path}", json=body)
    assert response.status_code in {200, 400, 403, 404}, response.text
    assert len(SIMULATOR.account.bills) == (response.status_code == 200)


@each_line(("path", "body"), WHOLE.items())
async def test_the_requests_are_right_before_they_are_changed(
    http: httpx2.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    response = await http.post(path, json=body)
    assert response.status_code == 200, response.text


@each_line(
    ("form", "not_simulated", "published"),
    [
        (chat.ChatParameters, chat.NOT_SIMULATED, completion_create_params.CompletionCreateParamsStreaming),
        (responses.ResponseParameters, responses.NOT_SIMULATED, response_create_params.ResponseCreateParamsStreaming),
        (EmbeddingParameters, frozenset(), embedding_create_params.EmbeddingCreateParams),
    ],
)
def test_every_published_parameter_is_known(form: type[Strict], not_simulated: frozenset[str], published: Any) -> None:
    """Each is either read or refused by its name, and no other is read."""
    assert form.model_fields.keys() | not_simulated == get_type_hints(published).keys()
    assert not form.model_fields.keys() & not_simulated
