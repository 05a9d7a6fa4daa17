"""An answer that was cut off is never asked for again at the same limit: more room, the next model, or an end."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from app.errors import AnswerRejectedError
from app.services.gen_ai.core.operation import GenerationTask, PlainText
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.services.gen_ai.wire.messages import Exchange, Message
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.scripted_upstream import completion, streamed

MINI, TERRA, ASTRA = "gpt-4o-mini", "gpt-6.1-terra", "gpt-6-astra"
MINIS_MOST = 16_384
"""The most tokens of an answer of gpt-4o-mini: app/data/models.yaml."""
TALK = (Message("user", "Name a city in France."),)
LIMIT_FIELDS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


def task(tokens: int, **changes: Any) -> GenerationTask[PlainText, None]:
    return GenerationTask("strategy_builder", "build_strategy", "alice", TALK, PlainText, tokens, **changes)


def cut(model: str = MINI, text: str = "Pa", usage: dict[str, Any] | None = None) -> Any:
    told = {"prompt_tokens": 9, "completion_tokens": 200, "total_tokens": 209} if usage is None else usage
    return completion(text, model=model, finish_reason="length", usage=told)


def limits(gate: Gate) -> list[tuple[str, int]]:
    """Which model was asked, and with what limit."""
    return [(body["model"], next(body[name] for name in LIMIT_FIELDS if name in body)) for body in gate.upstream.bodies]


async def test_it_gets_more_room_until_the_model_has_no_more(gate: Gate) -> None:
    """Doubled, then cut to the most that the model can give, then it is the next model's turn; no limit comes twice."""
    gate.upstream.then(cut(), cut(TERRA), completion("Paris.", model=TERRA))
    await gate.generator.generate(task(MINIS_MOST))
    (first, at_most), *later = limits(gate)
    assert (first, at_most) == (MINI, MINIS_MOST)
    assert [model for model, _ in later] == [TERRA, TERRA]
    assert MINIS_MOST < later[0][1] < later[1][1]


async def test_a_chosen_model_without_more_room_is_rejected_at_once(gate: Gate) -> None:
    """One request was paid, no second one; the rejection says what the model can give at most."""
    gate.upstream.then(cut())
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(task(MINIS_MOST, requested_model_id=MINI))
    assert limits(gate) == [(MINI, MINIS_MOST)]
    assert caught.value.fields["violations"] == [
        "the answer was cut off at the limit of 16384 tokens",
        "gpt-4o-mini has room for 16384 tokens at most, thoughts included",
    ]


async def test_a_chosen_model_gets_what_is_left_and_no_more(gate: Gate) -> None:
    """300, 600, 1200: as long as there is more, as often as the policy tries; never the same twice."""
    gate.upstream.then(*(cut() for _ in range(4)))
    with pytest.raises(AnswerRejectedError):
        await gate.generator.generate(task(300, requested_model_id=MINI))
    assert limits(gate) == [(MINI, 300), (MINI, 600), (MINI, 1200), (MINI, 2400)]
    gate.upstream.then(*(cut() for _ in range(2)))
    with pytest.raises(AnswerRejectedError):
        await gate.generator.generate(task(9000, requested_model_id=MINI))
    assert limits(gate)[4:] == [(MINI, 9000), (MINI, MINIS_MOST)]


async def test_the_context_bounds_the_room_too(gate: Gate) -> None:
    """A prompt that leaves 3,000 tokens: the longer answer still fits in, and a third is not asked for."""
    record = gate.catalog.record(MINI)
    prompt = "a" + " a" * (record.context_window - 3100)
    gate.upstream.then(cut(), cut())
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(replace(task(2000, requested_model_id=MINI), messages=(Message("user", prompt),)))
    (_, first), (_, second) = limits(gate)
    assert first == 2000 < second < 3100
    assert gate.ledger.opened[1].attempt.worst_tokens == record.context_window
    assert caught.value.fields["violations"][-1] == f"{MINI} has room for {second} tokens at most, thoughts included"


async def test_a_conversation_that_has_no_room_for_a_longer_answer_is_not_too_long(gate: Gate) -> None:
    """The message fitted when it was asked: that a longer answer does not is no mistake of the person."""
    record = gate.catalog.record(MINI)
    long = (Message("user", "a " * (record.context_window - 2500)),)
    history: tuple[Exchange, ...] = ()
    gate.upstream.then(cut())
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(
            GenerationTask[PlainText, None](
                "strategy_builder", "build", "alice", long, PlainText, 2000, history=history, requested_model_id=MINI
            )
        )
    assert caught.value.fields["violations"][-1].startswith("gpt-4o-mini has room for 2000 tokens at most")


async def test_thoughts_that_used_up_everything_are_not_bought_twice(gate: Gate) -> None:
    """A model whose limit is at its maximum, thoughts included, and that said nothing: it is asked once."""
    most = gate.catalog.record(ASTRA).max_output_tokens
    burnt = {"prompt_tokens": 9, "completion_tokens": most, "completion_tokens_details": {"reasoning_tokens": most}}
    gate.upstream.then(cut(ASTRA, "", burnt))
    prose = GenerationTask[PlainText, None](
        "narrative_report", "report", "alice", TALK, PlainText, most, requested_model_id=ASTRA
    )
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(prose)
    assert limits(gate) == [(ASTRA, most)]
    assert caught.value.fields["violations"] == [
        f"the answer was cut off at the limit of {most} tokens, before anything of it was written",
        f"gpt-6-astra has room for {most} tokens at most, thoughts included",
    ]


async def test_at_the_top_of_the_ladder_it_ends() -> None:
    """No model above, no more room: tries that are left are not used up on the same request."""
    policies = [policy.model_copy(update={"ladder": ()}) for policy in POLICY_FILE.services]
    async with Gate.build(cut(), policy_file=PolicyFile(services=tuple(policies))) as gate:
        with pytest.raises(AnswerRejectedError) as caught:
            await gate.generator.generate(task(MINIS_MOST))
        assert limits(gate) == [(MINI, MINIS_MOST)]
    assert len(caught.value.fields["attempts"]) == 1


async def test_the_next_model_begins_with_the_room_that_the_last_one_lacked(gate: Gate) -> None:
    """After a repair that was cut off too, the model above is not cut off at the first limit again."""
    gate.upstream.then(cut(), cut(), completion("Paris.", model=TERRA))
    await gate.generator.generate(task(300))
    small, larger, rest = limits(gate)
    assert (small, larger) == ((MINI, 300), (MINI, 600))
    allowance = gate.request({"messages": []}, TERRA).profile.reasoning_allowance
    assert rest == (TERRA, 1200 + allowance)


async def test_a_stream_that_was_cut_off_says_so(gate: Gate) -> None:
    """It cannot be repaired: what was said has been heard."""
    gate.upstream.then(streamed({"content": "The Sharpe"}, finish_reason="length"))
    prose = GenerationTask[PlainText, None]("narrative_report", "report", "alice", TALK, PlainText, 300)
    with pytest.raises(AnswerRejectedError) as caught:
        [piece async for piece in gate.generator.stream(prose)]
    assert caught.value.fields["violations"] == ["the answer was cut off at the limit of 300 tokens"]
    gate.upstream.then(streamed({"content": ""}, finish_reason="length"))
    with pytest.raises(AnswerRejectedError) as silent:
        [piece async for piece in gate.generator.stream(prose)]
    assert silent.value.fields["violations"] == [
        "the answer was cut off at the limit of 300 tokens, before anything of it was written"
    ]


async def test_on_responses_an_incomplete_answer_gets_more_room_too() -> None:
    """Thoughts alone, and the limit reached: twice the whole, then the most that there is, then nothing more."""
    policies = [policy.model_copy(update={"wire": "responses"}) for policy in POLICY_FILE.services]
    async with Gate.build(policy_file=PolicyFile(services=tuple(policies))) as gate:
        most = gate.catalog.record(ASTRA).max_output_tokens

        def burnt(tokens: int) -> httpx2.Response:
            usage = {"input_tokens": 9, "output_tokens": tokens, "total_tokens": 9 + tokens,
                     "output_tokens_details": {"reasoning_tokens": tokens}}  # fmt: skip
            return httpx2.Response(200, json={"id": "resp_1", "object": "response", "status": "incomplete",
                                              "incomplete_details": {"reason": "max_output_tokens"}, "model": ASTRA,
                                              "output": [{"type": "reasoning", "id": "rs_1", "summary": []}],
                                              "usage": usage})  # fmt: skip

        limit = most // 2
        gate.upstream.then(burnt(limit), burnt(most))
        prose = GenerationTask[PlainText, None](
            "narrative_report", "report", "alice", TALK, PlainText, limit, requested_model_id=ASTRA
        )
        with pytest.raises(AnswerRejectedError) as caught:
            await gate.generator.generate(prose)
        (_, first), (_, second) = limits(gate)
        assert first < second == most
    assert "before anything of it was written" in caught.value.fields["violations"][0]
    assert caught.value.fields["violations"][1] == f"{ASTRA} has room for {most} tokens at most, thoughts included"
