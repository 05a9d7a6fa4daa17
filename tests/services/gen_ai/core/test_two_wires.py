"""Above the wires nobody knows which one was used: the same task and answer are the same, to the receipt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import httpx2
import pytest

from app.errors import TollgateError
from app.services.gen_ai.core.operation import Generated, GenerationTask, PlainText, Streamed
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.services.gen_ai.wire.answer import open_envelope
from app.services.gen_ai.wire.formats import read_completion
from app.services.gen_ai.wire.messages import Message
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.responses_gate import WAYS, Way
from tests.fakes.responses_upstream import Item, call, declined, message, usage
from tests.fakes.scripted_upstream import completion, streamed
from tests.fakes.tools import PARIS, Weather
from tests.tables import each_line

ASKED, MODEL = "gpt-4o", "gpt-4o-2024-11-20"
ON_RESPONSES = PolicyFile(
    services=tuple(policy.model_copy(update={"wire": "responses"}) for policy in POLICY_FILE.services)
)
ON_CHAT = PolicyFile(
    services=tuple(policy.model_copy(update={"wire": "chat_completions"}) for policy in POLICY_FILE.services)
)
USED = usage(written=0, reasoning=0)
USED_IN_CHAT = {
    "prompt_tokens": 1000,
    "completion_tokens": 120,
    "total_tokens": 1120,
    "prompt_tokens_details": {"cached_tokens": 200},
}
ITS_OWN = {"operation_id", "attempt_id"}
"""What no two operations share."""


class Said(NamedTuple):
    """What a model says in one answer, whatever carries it. `end` is the word of Chat Completions."""

    text: str = ""
    refusal: str = ""
    calls: Sequence[tuple[str, str]] = ()
    end: str = "stop"

    def on_responses(self, way: Way) -> httpx2.Response:
        items: list[Item] = [message(self.text)] if self.text else []
        items += [message(declined(self.refusal))] if self.refusal else []
        items += [call(*asked, number, call_id=f"call_{number}") for number, asked in enumerate(self.calls)]
        why = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(self.end)
        ending: dict[str, Any] = {} if why is None else {"status": "incomplete", "why": why}
        return way.answer(*items, model=MODEL, used=USED, **ending)

    def on_chat(self, way: Way) -> httpx2.Response:
        if way.name == "whole":
            return completion(
                self.text or None, model=MODEL, usage=USED_IN_CHAT, refusal=self.refusal or None, calls=self.calls,
                finish_reason=self.end,
            )  # fmt: skip
        deltas: list[Item] = [{"content": half} for half in _halves(self.text)]
        deltas += [{"refusal": half} for half in _halves(self.refusal)]
        for number, (name, arguments) in enumerate(self.calls):
            names = {"id": f"call_{number}", "type": "function"}
            deltas.append({"tool_calls": [{"index": number, "function": {"name": name, "arguments": ""}} | names]})
            pieces = [{"index": number, "function": {"arguments": half}} for half in _halves(arguments)]
            deltas += [{"tool_calls": [piece]} for piece in pieces]
        return streamed(*deltas, finish_reason="tool_calls" if self.calls else self.end, usage=USED_IN_CHAT)


def _halves(text: str) -> list[str]:
    half = len(text) // 2
    return [piece for piece in (text[:half], text[half:]) if piece]


CLEAR = Said("It is clear.")
ANSWERS: Sequence[Sequence[Said]] = (
    (CLEAR,),
    (Said("Straße ☂ \U0001f680!"),),
    (Said(refusal="I may not."),),
    (Said("As it is, ", refusal="I may not."),),
    (Said(calls=[("weather", PARIS)]), CLEAR),
    (Said("I look.", calls=[("weather", PARIS), ("nope", "{"), ("weather", PARIS)]), CLEAR),
    (*[Said(calls=[("weather", PARIS)])] * 5, CLEAR),
    (*[Said("It is", end="length")] * 4,),
    (*[Said(end="length")] * 4,),
    (*[Said("It is", end="content_filter")] * 4,),
    (Said(calls=[("weather", PARIS)]), *[Said("", end="length")] * 4),
    (*[Said()] * 4,),
)


async def _told(gate: Gate, way: Way) -> list[Any]:
    """Everything that whoever asks is told, and what the ledger has."""
    talk = Message("instruction", "Be brief."), Message("user", "How is the weather in Paris?")
    task = GenerationTask[PlainText, None](
        "chatops_advanced", "chat", "alice", talk, PlainText, 300, tools=(Weather().tool,), requested_model_id=ASKED
    )
    told: list[Any] = []
    try:
        if way.name == "whole":
            told.append(_of(await gate.generator.generate(task)))
        else:
            async for piece in gate.generator.stream(task):
                told.append(_of(piece))  # noqa: PERF401  what came before an error is kept
    except TollgateError as error:
        told.append((type(error), error.code, error.detail, _without_ids(error.fields)))
    for row in gate.ledger.opened:
        end = row.settlement
        assert end is not None
        told.append((end.status, end.tokens, end.cost_usd, end.answered_as, end.price_id, end.error))
    return told


def _of(generated: Generated[PlainText, None] | Streamed) -> Any:
    if not isinstance(generated, Generated):
        return generated
    receipt = generated.receipt
    fields = [_without_ids(item) for item in receipt.attempt_fields()]
    return generated.answer, generated.tools, receipt.cost_usd, receipt.model_id, receipt.accepted, fields


def _without_ids(fields: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in fields.items() if name not in ITS_OWN}
    return told | {"attempts": [_without_ids(item) for item in told.get("attempts", ())]}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_the_same_answer_is_the_same_on_either_wire(way: Way) -> None:
    """Text, refusal, calls, what was cut off and what was filtered: pieces, answer, receipt, errors and rows."""
    for answers in ANSWERS:
        async with Gate.build(*(said.on_chat(way) for said in answers), policy_file=ON_CHAT) as gate:
            on_chat, sent = await _told(gate, way), len(gate.upstream.bodies)
            assert all("messages" in body for body in gate.upstream.bodies)
        async with Gate.build(*(said.on_responses(way) for said in answers), policy_file=ON_RESPONSES) as gate:
            assert await _told(gate, way) == on_chat, answers
            assert len(gate.upstream.bodies) == sent
            assert all("input" in body for body in gate.upstream.bodies)


@each_line("said", [said for answers in ANSWERS for said in answers])
def test_the_same_words_make_the_same_completion(said: Said) -> None:
    """But for its id, and what only Responses wants back."""
    chat, responses = (
        read_completion(open_envelope(answer.content)) for answer in (said.on_chat(WAYS[0]), said.on_responses(WAYS[0]))
    )
    assert responses.completion_id == "resp_1"
    assert replace(responses, items=(), completion_id=chat.completion_id) == chat
