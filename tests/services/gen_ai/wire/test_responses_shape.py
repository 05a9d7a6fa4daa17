"""A request in the form of Responses: nothing is left with OpenAI, and what is constant comes first."""

from typing import Any

from pydantic import BaseModel

from app.services.gen_ai.wire.messages import Kept, Message, ToolCall
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.services.gen_ai.wire.text_request import OpenAIFields
from app.vocabulary import Wire
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.shaping import TO_OPENAI, shape
from tests.fakes.tools import PARIS, Weather
from tests.tables import each_line

MODELS = {model.model_id: model for model in CATALOG_FILE.models}
TALK = (Message("instruction", "Be brief."), Message("user", "Hello."), Message("instruction", "Be kind."))
CALLS = (ToolCall("call_a", "weather", PARIS), ToolCall("call_b", "weather", PARIS))


class Mood(BaseModel):
    mood: str


def shaped(model_id: str = "gpt-6.2-sol", messages: tuple[Message, ...] = TALK, **options: Any) -> dict[str, Any]:
    return shape(MODELS[model_id], messages, wire=Wire.RESPONSES, **options)


def test_instructions_are_the_first_developer_message() -> None:
    """Never the field `instructions`, which gpt-6.2 reads last and does not cache; and nothing is stored."""
    payload = shaped()
    assert payload["input"] == [
        {"role": "developer", "content": [{"type": "input_text", "text": "Be brief.\n\nBe kind."}]},
        {"role": "user", "content": "Hello."},
    ]
    assert payload["store"] is False
    assert not {"instructions", "previous_response_id", "messages"} & payload.keys()


@each_line(("model_id", "openai", "role"), [
    ("gpt-4o", None, "system"), ("gpt-4o", TO_OPENAI, "developer"), ("gpt-6.2-sol", None, "developer"),
])  # fmt: skip
def test_another_server_gets_instructions_in_the_role_that_the_family_has(
    model_id: str, openai: OpenAIFields | None, role: str
) -> None:
    """The templates of most open models know no developer: vLLM then refuses the request, SGLang drops the message."""
    assert shaped(model_id, openai=openai)["input"][0]["role"] == role


def test_tools_and_formats_are_flat() -> None:
    """As the two ask for them: no inner `function`, no inner `json_schema`."""
    weather = Weather().tool
    payload = shaped(tools=[weather], answer=Mood, answer_name="mood")
    assert payload["tools"] == [{"type": "function", **weather.described()}]
    schema = {"type": "json_schema", "name": "mood", "strict": True, "schema": strict_schema(Mood)}
    assert payload["text"] == {"format": schema}
    assert shaped(tools=[weather], may_call=False)["tool_choice"] == "none"


@each_line(("model_id", "asked", "sent"), [
    ("gpt-6-luna", 1, 16), ("gpt-6-luna", 500, 500), ("gpt-6.2-sol", 1, 16_385), ("gpt-6.2-sol", 200_000, 128_000),
    ("gpt-4o", 20_000, 16_384),
])  # fmt: skip
def test_the_limit_keeps_to_what_the_api_and_the_model_take(model_id: str, asked: int, sent: int) -> None:
    """16 tokens at least, what the model can give at most, with room for reasoning where it cannot be helped."""
    assert shaped(model_id, max_output_tokens=asked)["max_output_tokens"] == sent


@each_line(("model_id", "effort"), [("gpt-6-luna", "none"), ("gpt-6.2-sol", "low"), ("gpt-4o", None)])
def test_the_effort_is_said_and_what_is_reasoned_comes_back_encrypted(model_id: str, effort: str | None) -> None:
    """Only where there is one."""
    payload = shaped(model_id, temperature=0.3)
    assert payload.get("reasoning") == (None if effort is None else {"effort": effort})
    assert payload.get("include") == (None if effort is None else ["reasoning.encrypted_content"])
    assert ("temperature" in payload) is (effort != "low")


ITEMS: tuple[dict[str, Any], ...] = (
    {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "x"},
    {"id": "fc_1", "type": "function_call", "call_id": "call_a", "name": "weather", "arguments": PARIS},
    {"id": "fc_2", "type": "function_call", "call_id": "call_b", "name": "weather", "arguments": PARIS},
)
LOOKED_UP = (
    *TALK,
    Message("assistant", "I look.", calls=CALLS, kept=Kept("gpt-6.2-sol", ITEMS)),
    Message("tool", "sunny", call_id="call_a"),
    Message("tool", "rainy", call_id="call_b"),
)
RESULTS = [
    {"type": "function_call_output", "call_id": "call_a", "output": "sunny"},
    {"type": "function_call_output", "call_id": "call_b", "output": "rainy"},
]


def test_what_the_model_wrote_goes_back_unchanged_to_the_same_model() -> None:
    """Reasoning and calls as they came, in their order; then a result for each call."""
    first, second = shaped(messages=TALK), shaped(messages=LOOKED_UP)
    assert second["input"] == [*first["input"], *ITEMS, *RESULTS]


def test_another_model_gets_calls_and_results_alone() -> None:
    """It could not read what was reasoned; on Chat Completions nobody is handed any."""
    items = shaped("gpt-6-luna", LOOKED_UP)["input"][2:]
    assert items[0] == {"role": "assistant", "content": "I look."}
    assert [item["type"] for item in items[1:3]] == ["function_call"] * 2
    assert items[3:] == RESULTS
    assert "rs_1" not in str(shape(MODELS["gpt-6-luna"], LOOKED_UP))


# Which cache fields a request has. Constant parts below 1,024 tokens are not cached by OpenAI.

LONG = (Message("instruction", "Be brief, and say why. " * 300), Message("user", "Hello."))
MARK = {"mode": "explicit"}


def cached(payload: dict[str, Any]) -> tuple[str | None, bool]:
    """Mode, and whether a breakpoint stands after the instructions."""
    first = payload["input" if "input" in payload else "messages"][0]["content"]
    marked = isinstance(first, list) and first[0].get("prompt_cache_breakpoint") == MARK
    return payload.get("prompt_cache_options", {}).get("mode"), marked


@each_line("wire", [Wire.CHAT_COMPLETIONS, Wire.RESPONSES])
def test_what_is_written_to_the_cache_is_what_will_be_read(wire: Wire) -> None:
    """A one-shot prompt writes its constant part, if that is long enough, and nothing of what nobody asks again; a
    conversation writes all, for its next turn.
    """

    def mode(messages: tuple[Message, ...], **options: Any) -> tuple[str | None, bool]:
        return cached(shape(MODELS["gpt-6-luna"], messages, wire=wire, openai=TO_OPENAI, **options))

    assert mode(TALK) == ("explicit", False)
    assert mode(LONG) == ("explicit", True)
    assert mode(TALK, goes_on=True) == ("implicit", False)
    assert mode(LONG, goes_on=True) == ("implicit", True)


@each_line("wire", [Wire.CHAT_COMPLETIONS, Wire.RESPONSES])
def test_older_models_and_other_servers_are_asked_as_before(wire: Wire) -> None:
    """gpt-4o caches by itself; another server may refuse what only OpenAI knows."""
    for payload in (
        shape(MODELS["gpt-4o"], LONG, wire=wire, openai=TO_OPENAI),
        shape(MODELS["gpt-6-luna"], LONG, wire=wire),
    ):
        assert cached(payload) == (None, False)
        assert "prompt_cache_key" not in payload
    theirs = shape(MODELS["gpt-6-luna"], LONG, wire=wire)
    assert not {"service_tier", "safety_identifier"} & theirs.keys()


def test_the_key_names_service_and_constant_part() -> None:
    """The same for other questions and for both APIs' own forms; another one for other instructions or tools."""

    def key(messages: tuple[Message, ...], **options: Any) -> str:
        found: str = shaped(messages=messages, openai=TO_OPENAI, **options)["prompt_cache_key"]
        return found

    assert key(LONG) == key((LONG[0], Message("user", "And you?")))
    assert key(LONG).startswith("talk-")
    keys = {key(LONG), key(TALK), key(LONG, tools=[Weather().tool]), key(LONG, answer=Mood)}
    assert len(keys) == 4
    assert all(len(one) <= 64 for one in keys)


def test_a_server_of_ones_own_can_be_asked_on_responses() -> None:
    """With the schema in words, in the role that its chat templates know, and without what only OpenAI knows."""
    own = MODELS["gpt-4o"].model_copy(update={"model_id": "qwen3-32b", "request_profile": "compatible"})
    payload = shape(own, TALK, wire=Wire.RESPONSES, answer=Mood)
    assert payload["input"][0]["role"] == "system"
    assert "JSON schema" in payload["input"][0]["content"][0]["text"]
    assert payload.keys() == {"model", "input", "store", "max_output_tokens"}
