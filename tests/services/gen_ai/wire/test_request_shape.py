import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from app.services.gen_ai.wire.messages import Message, ToolCall
from app.services.gen_ai.wire.strict_schema import strict_schema
from app.vocabulary import ModelCapability
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.shaping import shape
from tests.fakes.tools import PARIS, Weather
from tests.tables import each_line

MODELS = {model.model_id: model for model in CATALOG_FILE.models if ModelCapability.CHAT in model.capabilities}
TALK = (
    Message("instruction", "Be brief."),
    Message("user", "Hello."),
    Message("assistant", "Hello, too."),
    Message("user", "How are you?"),
)
FREE = ["gpt-6-luna", "gpt-6-sol", "gpt-6.1-terra", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"]
"""Of what reasons, those that can be told not to."""
ALWAYS = ["gpt-6.1-sol", "gpt-6-astra", "gpt-6.2-sol", "gpt-6.2-astra"]
GPT_6 = [*FREE, *ALWAYS]


class Mood(BaseModel):
    mood: str
    reason: str


def shaped(model_id: str, messages: Sequence[Message] = TALK, **options: Any) -> dict[str, Any]:
    return shape(MODELS[model_id], messages, answer_name="mood", **options)


ROLES = {model_id: "developer" if model_id in GPT_6 else "system" for model_id in MODELS if model_id != "o1-preview"}


@each_line(("model_id", "role"), ROLES.items())
def test_instructions_come_first_in_the_role_of_the_family(model_id: str, role: str) -> None:
    """`developer` for the gpt-6 family, `system` before it; what was spoken follows unchanged."""
    assert shaped(model_id)["messages"] == [
        {"role": role, "content": "Be brief."},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello, too."},
        {"role": "user", "content": "How are you?"},
    ]


def test_several_instructions_become_one_message() -> None:
    """Wherever they stand; their order is kept."""
    messages = (Message("instruction", "One."), Message("user", "Hi."), Message("instruction", "Two."))
    assert shaped("gpt-4o", messages)["messages"] == [
        {"role": "system", "content": "One.\n\nTwo."},
        {"role": "user", "content": "Hi."},
    ]


def test_o1_gets_the_instructions_before_the_first_user_message() -> None:
    """It has no role for them: they are folded into what the user said first, and only there."""
    assert shaped("o1-preview")["messages"] == [
        {"role": "user", "content": "Be brief.\n\nHello."},
        {"role": "assistant", "content": "Hello, too."},
        {"role": "user", "content": "How are you?"},
    ]


def test_o1_keeps_a_greeting_before_the_first_user_message() -> None:
    """An assistant's opening words stay where they were; the instructions wait for the user."""
    messages = (Message("instruction", "Be brief."), Message("assistant", "Welcome."), Message("user", "Hi."))
    assert shaped("o1-preview", messages)["messages"] == [
        {"role": "assistant", "content": "Welcome."},
        {"role": "user", "content": "Be brief.\n\nHi."},
    ]


@each_line("model_id", MODELS)
def test_instructions_without_a_user_message_are_sent_all_the_same(model_id: str) -> None:
    """A prompt that is all instruction reaches every family: nothing is dropped without a word."""
    messages = shaped(model_id, (Message("instruction", "Say hello."),))["messages"]
    assert [message["content"] for message in messages] == ["Say hello."]


@each_line("model_id", MODELS)
def test_without_instructions_only_what_was_spoken_is_sent(model_id: str) -> None:
    """No empty system message."""
    assert shaped(model_id, (Message("user", "Hi."),))["messages"] == [{"role": "user", "content": "Hi."}]


LIMITS = [
    # model, asked for, parameter, sent
    ("gpt-4o", 500, "max_completion_tokens", 500),
    ("gpt-4o", 16_384, "max_completion_tokens", 16_384),
    ("gpt-4o", 16_385, "max_completion_tokens", 16_384),  # capped at what the model can give
    ("gpt-4-turbo", 5_000, "max_completion_tokens", 4_096),
    ("gpt-4", 500, "max_tokens", 500),
    ("o1-preview", 500, "max_completion_tokens", 16_884),  # it reasons first: 16_384 on top
    ("o1-preview", 20_000, "max_completion_tokens", 32_768),
    ("gpt-6-luna", 500, "max_completion_tokens", 500),  # effort none: no allowance
    ("gpt-6-astra", 500, "max_completion_tokens", 16_884),
    ("gpt-6-astra", 200_000, "max_completion_tokens", 128_000),
]


@each_line(("model_id", "asked", "parameter", "sent"), LIMITS)
def test_the_output_limit_fits_the_model(model_id: str, asked: int, parameter: str, sent: int) -> None:
    """In the family's own parameter, with room for reasoning, and never more than the model can give."""
    payload = shaped(model_id, max_output_tokens=asked)
    assert payload[parameter] == sent
    assert len({"max_tokens", "max_completion_tokens"} & payload.keys()) == 1


@each_line("model_id", MODELS)
def test_temperature_is_sent_only_where_it_is_taken(model_id: str) -> None:
    """Not to o1, and in the gpt-6 family only where nothing is reasoned; a temperature of 0 is one."""
    takes = model_id not in {"o1-preview", *ALWAYS}
    assert shaped(model_id, temperature=0.0).get("temperature") == (0.0 if takes else None)
    assert "temperature" not in shaped(model_id)


EFFORTS = dict.fromkeys(FREE, "none") | dict.fromkeys(ALWAYS, "low")


@each_line("model_id", MODELS)
def test_the_effort_is_said_where_there_is_one(model_id: str) -> None:
    """The default of the gpt-6 family is medium, which is dearer; the others refuse the parameter."""
    assert shaped(model_id).get("reasoning_effort") == EFFORTS.get(model_id)


STRICT = ["gpt-4o", "gpt-4o-mini", *GPT_6]


@pytest.mark.parametrize("model_id", STRICT)
def test_a_schema_is_sent_as_a_strict_response_format(model_id: str) -> None:
    """Named after the operation; the messages stay as they were."""
    payload = shaped(model_id, answer=Mood)
    assert payload["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "mood", "strict": True, "schema": strict_schema(Mood)},
    }
    assert payload["messages"] == shaped(model_id)["messages"]


@pytest.mark.parametrize("model_id", sorted(MODELS.keys() - set(STRICT)))
def test_other_families_are_told_the_schema_in_words(model_id: str) -> None:
    """After the other instructions, in the same message; JSON mode is switched on where there is one."""
    payload = shaped(model_id, answer=Mood)
    told = payload["messages"][0]["content"]
    assert json.dumps(strict_schema(Mood)) in told
    assert told.index("Be brief.") < told.index("JSON schema")
    wanted = {"type": "json_object"} if model_id == "gpt-4-turbo" else None
    assert payload.get("response_format") == wanted


@each_line("model_id", MODELS)
def test_plain_text_asks_for_no_format(model_id: str) -> None:
    """No response format and no words about JSON."""
    payload = shaped(model_id)
    assert "response_format" not in payload
    assert "JSON" not in json.dumps(payload)


@each_line("model_id", MODELS)
def test_the_model_is_named_by_its_id(model_id: str) -> None:
    """The request names the catalogue's id."""
    assert shaped(model_id)["model"] == model_id


CALLERS = [*(MODELS.keys() - {*GPT_6, "o1-preview"}), *(model_id for model_id in FREE if model_id != "gpt-6.1-terra")]


@each_line("model_id", MODELS)
def test_tools_are_sent_to_models_that_can_call_them(model_id: str) -> None:
    """On Chat Completions not to Sol and Astra, which cannot stop reasoning; without tools nothing is said of them."""
    weather = Weather().tool
    payload = shaped(model_id, tools=[weather])
    assert payload.get("tools") == (
        [{"type": "function", "function": weather.described()}] if model_id in CALLERS else None
    )
    assert "tool_choice" not in payload
    assert "tools" not in shaped(model_id)
    last = shaped(model_id, tools=[weather], may_call=False)
    assert last.get("tool_choice") == ("none" if model_id in CALLERS else None)
    assert last.get("tools") == payload.get("tools")


LOOKED_UP = (
    *TALK,
    Message("assistant", "I look.", calls=(ToolCall("call_0", "weather", PARIS),)),
    Message("tool", '{"kind":"data"}', call_id="call_0"),
)


@each_line("model_id", CALLERS)
def test_a_call_and_its_result_follow_what_was_said(model_id: str) -> None:
    """In the form of the API: the call in the assistant's message, the result in one of its own."""
    assert shaped(model_id, LOOKED_UP)["messages"][-2:] == [
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [{"id": "call_0", "type": "function", "function": {"name": "weather", "arguments": PARIS}}],
        },
        {"role": "tool", "tool_call_id": "call_0", "content": '{"kind":"data"}'},
    ]


@pytest.mark.parametrize("model_id", ["o1-preview", "gpt-6.1-terra", *ALWAYS])
def test_a_model_that_cannot_call_reads_what_another_looked_up_as_text(model_id: str) -> None:
    """A budget may have no room for the model that looked it up: the cheaper one answers from the same data."""
    messages = shaped(model_id, LOOKED_UP)["messages"]
    assert messages[-1] == {"role": "user", "content": '{"kind":"data"}'}
    assert all(message.keys() == {"role", "content"} for message in messages)
    assert "I look." not in [message["content"] for message in messages]
