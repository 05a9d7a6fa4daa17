"""A model that the upstream refuses is no end: the next one is asked, unless somebody chose it; then he is told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from app.errors import AnswerRejectedError, ModelRefusedError, UpstreamError
from app.services.gen_ai.core.operation import Generated, GenerationTask, PlainText
from app.services.gen_ai.rules.budgets import Budget, BudgetBook, BudgetExceededError
from app.services.gen_ai.rules.service_policy import PolicyFile
from app.services.gen_ai.wire.messages import Message, NoArguments, Tool
from app.vocabulary import AttemptStatus
from tests.fakes.gate import POLICY_FILE, Gate
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_upstream import KEY, completion, streamed

MINI, TERRA = "gpt-4o-mini", "gpt-6.1-terra"
"""The strategy builder's default, and the model above it on the shipped ladder."""
PARIS = '{"city": "Paris"}'
UNKNOWN = "The model does not exist or you do not have access to it."


class City(BaseModel):
    city: str


def task(**changes: Any) -> GenerationTask[City, None]:
    said = (Message("user", "A city in France, please."),)
    return GenerationTask("strategy_builder", "build_strategy", "alice", said, City, 300, **changes)


def refused(
    status: int = 404, code: str | None = "model_not_found", param: str | None = None, message: str = UNKNOWN
) -> httpx2.Response:
    """An error of OpenAI's about the model."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return httpx2.Response(status, json={"error": error}, headers={"x-request-id": "req_error"})


def effort() -> httpx2.Response:
    return refused(400, "unsupported_value", "reasoning_effort", "'none' is not supported with this model")


def asked(gate: Gate) -> list[str]:
    return [body["model"] for body in gate.upstream.bodies]


def allowed(gate: Gate) -> list[str]:
    return [config.model_id for config in gate.resolver.offer("strategy_builder").allowed]


async def test_a_refused_rung_gives_way_to_the_next_model_and_what_was_paid_is_told(gate: Gate) -> None:
    """The default's answers did not pass, the rung above it is refused: another model answers, and nothing is lost of
    what was paid and said.
    """
    gate.upstream.then(completion("no"), completion("no"), effort(), completion(PARIS, model="gpt-6-luna"))
    with capture_logs() as logs:
        generated = await gate.generator.generate(task())
    receipt = generated.receipt
    last = asked(gate)[-1]
    assert asked(gate) == [MINI, MINI, TERRA, last]
    assert last not in (MINI, TERRA)
    assert receipt.model_id == last
    assert receipt.model_reason == (
        "the answers of gpt-4o-mini did not pass the checks; gpt-6.1-terra is the next on the ladder; "
        "the upstream refused gpt-6.1-terra at 12:00 UTC: 'none' is not supported with this model "
        "(code unsupported_value, param reasoning_effort); "
        f"{last} is the cheapest allowed active model that is left"
    )
    third = receipt.attempt_fields()[2]
    assert (third["model_id"], third["status"], third["error"]) == (TERRA, "unbilled", "model_refused")
    assert third["upstream_message"] == "'none' is not supported with this model"
    assert (third["upstream_code"], third["upstream_param"]) == ("unsupported_value", "reasoning_effort")
    paid = [item.settlement.cost_usd for item in receipt.attempts if item.settlement.cost_usd is not None]
    assert receipt.cost_usd == sum(paid)
    (warning,) = (event for event in logs if event["event"] == "model_refused")
    assert (warning["model_id"], warning["next_model_id"]) == (TERRA, last)
    assert "'none' is not supported" in warning["words"]


async def test_a_default_that_is_refused_gives_way_to_the_ladder(gate: Gate) -> None:
    """At the first request; and a refusal takes none of the policy's four tries."""
    gate.upstream.then(refused(), *(completion("no", model=TERRA) for _ in range(3)), completion(PARIS, model=TERRA))
    generated = await gate.generator.generate(task())
    assert asked(gate) == [MINI, *[TERRA] * 4]
    assert generated.receipt.model_reason == (
        f"the upstream refused gpt-4o-mini at 12:00 UTC: {UNKNOWN} (code model_not_found); "
        "gpt-6.1-terra is the next on the ladder"
    )
    assert generated.receipt.attempts[0].settlement.status is AttemptStatus.UNBILLED


async def test_each_model_is_asked_once_at_most(gate: Gate) -> None:
    """Where the upstream refuses them all, the error is the upstream's (502), and tells each attempt with its words."""
    models = allowed(gate)
    gate.upstream.then(*(refused() for _ in models))
    with pytest.raises(ModelRefusedError) as caught:
        await gate.generator.generate(task())
    assert asked(gate)[:2] == [MINI, TERRA]
    assert sorted(asked(gate)) == sorted(models)
    fields = caught.value.fields
    assert (caught.value.status, caught.value.code) == (502, "model_refused")
    assert (fields["upstream_status"], fields["upstream_request_id"]) == (404, "req_error")
    assert (fields["upstream_message"], fields["upstream_code"]) == (UNKNOWN, "model_not_found")
    assert [attempt["upstream_message"] for attempt in fields["attempts"]] == [UNKNOWN] * len(models)
    assert fields["cost_usd"] == "0"


async def test_where_all_are_refused_the_default_is_still_asked(gate: Gate) -> None:
    """What is remembered alone ends nothing: one request finds out whether it is over."""
    gate.upstream.then(*(refused() for _ in allowed(gate)))
    with pytest.raises(ModelRefusedError):
        await gate.generator.generate(task())
    before = len(gate.upstream.bodies)
    gate.upstream.then(refused(), completion(PARIS))
    with pytest.raises(ModelRefusedError):
        await gate.generator.generate(task())
    assert asked(gate)[before:] == [MINI]
    assert (await gate.generator.generate(task())).receipt.model_id == MINI
    assert gate.resolver.resolve("strategy_builder").reason is None


async def test_what_the_answers_before_said_is_not_lost(gate: Gate) -> None:
    """Bad answers were paid for, then all that is left is refused: that is a rejection with all of it."""
    left = [model for model in allowed(gate) if model != MINI]
    gate.upstream.then(completion("{}"), completion("{}"), *(refused() for _ in left))
    with pytest.raises(AnswerRejectedError) as caught:
        await gate.generator.generate(task())
    fields = caught.value.fields
    assert fields["violations"][0] == "city: Field required"
    assert fields["violations"][-1].startswith(f"the upstream refused {asked(gate)[-1]} at 12:00 UTC: {UNKNOWN}")
    assert Decimal(fields["cost_usd"]) == Decimal("0.00054")
    assert len(fields["attempts"]) == 2 + len(left)


async def test_for_some_minutes_nobody_pays_a_round_trip_for_it(gate: Gate) -> None:
    """The default stays skipped, then it is as if nothing had been."""
    gate.upstream.then(refused(), *(completion(PARIS, model=TERRA) for _ in range(2)), completion(PARIS))
    for _ in range(2):
        receipt = (await gate.generator.generate(task())).receipt
        assert receipt.model_id == TERRA
        assert UNKNOWN in (receipt.model_reason or "")
    gate.clock.move_to(gate.clock.now() + timedelta(minutes=10))
    assert (await gate.generator.generate(task())).receipt.model_reason is None
    assert asked(gate) == [MINI, TERRA, TERRA, MINI]


async def test_a_climb_passes_a_refused_rung_by(gate: Gate) -> None:
    """The second operation knows, and its receipt says the same as that of the first."""
    luna = "gpt-6-luna"
    gate.upstream.then(completion("no"), completion("no"), refused(), completion(PARIS, model=luna))
    first = (await gate.generator.generate(task())).receipt
    gate.upstream.then(completion("no"), completion("no"), completion(PARIS, model=luna))
    second = (await gate.generator.generate(task())).receipt
    assert (second.model_id, second.model_reason) == (first.model_id, first.model_reason)
    assert asked(gate)[4:] == [MINI, MINI, first.model_id]


async def test_what_lacks_a_value_is_refused_to_that_service_alone(gate: Gate) -> None:
    """An effort that one kind of request needs says nothing of others; a model that is unknown is so to all."""
    gate.upstream.then(effort(), completion(PARIS, model=TERRA))
    await gate.generator.generate(task())
    assert gate.resolver.resolve("strategy_builder").record.model_id == TERRA
    assert gate.resolver.resolve("unattributed").record.model_id == MINI
    gate.upstream.then(refused(), completion(PARIS, model=TERRA))
    with pytest.raises(ModelRefusedError):
        await gate.generator.generate(task(requested_model_id=MINI))
    assert gate.resolver.resolve("unattributed").record.model_id != MINI


CHOSEN = [(refused(), 404), (refused(403), 403), (refused(401), 401), (effort(), 400)]


@pytest.mark.parametrize(("answer", "upstream_status"), CHOSEN)
async def test_a_chosen_model_that_is_refused_is_told_to_whoever_chose_it(
    gate: Gate, answer: httpx2.Response, upstream_status: int
) -> None:
    """No other model is asked; with the upstream's own message, code and parameter, and as a mistake of the request."""
    gate.upstream.then(httpx2.Response(answer.status_code, content=answer.content))
    with pytest.raises(ModelRefusedError) as caught:
        await gate.generator.generate(task(requested_model_id=MINI))
    error = answer.json()["error"]
    assert asked(gate) == [MINI]
    assert (caught.value.status, caught.value.code) == (400, "model_refused")
    told = [caught.value.fields[f"upstream_{name}"] for name in ("status", "message", "param", "code")]
    assert told == [upstream_status, error["message"], error["param"], error["code"]]
    assert error["message"] in caught.value.detail


ABOUT_THE_REQUEST: list[tuple[int, str, int, str]] = [
    (400, "context_length_exceeded", 400, "upstream_refused"),
    (400, "content_policy_violation", 400, "upstream_refused"),
    (413, "too_large", 400, "upstream_refused"),
    (401, "invalid_api_key", 502, "upstream_error"),
    (403, "unsupported_country_region_territory", 502, "upstream_error"),
    (404, "no_such_path", 502, "upstream_error"),
    (400, "billing_hard_limit_reached", 502, "upstream_quota_exhausted"),
]


@pytest.mark.parametrize(("status", "code", "chosen_status", "chosen_code"), ABOUT_THE_REQUEST)
async def test_what_is_not_about_the_model_takes_no_other(
    gate: Gate, status: int, code: str, chosen_status: int, chosen_code: str
) -> None:
    """Every model would refuse it; the account's mistakes stay ours (502), also where somebody chose the model."""
    gate.upstream.then(refused(status, code, message="no"), refused(status, code, message="no"))
    with pytest.raises(UpstreamError) as nobodys:
        await gate.generator.generate(task())
    with pytest.raises(UpstreamError) as chosen:
        await gate.generator.generate(task(requested_model_id=MINI))
    assert asked(gate) == [MINI, MINI]
    assert (nobodys.value.status, chosen.value.status, chosen.value.code) == (502, chosen_status, chosen_code)
    assert chosen.value.fields["upstream_message"] == "no"
    assert gate.resolver.offer("strategy_builder").refused == ()


async def test_who_chooses_a_refused_model_is_not_held_back(gate: Gate) -> None:
    """The refusal may be over, and an answer ends it for everybody."""
    gate.upstream.then(refused(), completion(PARIS, model=TERRA), completion(PARIS))
    await gate.generator.generate(task())
    assert [refusal.model_id for refusal in gate.resolver.offer("strategy_builder").refused] == [MINI]
    assert (await gate.generator.generate(task(requested_model_id=MINI))).receipt.model_id == MINI
    assert gate.resolver.offer("strategy_builder").refused == ()
    assert gate.resolver.resolve("strategy_builder").record.model_id == MINI


async def test_the_next_model_is_held_to_the_budget() -> None:
    """Where it has no room for that one, the refused attempt is told beside the budget."""
    budget = Budget(name="tight", scope="all", period="day", limit_usd=Decimal("0.0005"), kind="hard")
    async with Gate.build(refused(), ledger=MemoryLedger(BudgetBook([budget]))) as tight:
        with pytest.raises(BudgetExceededError) as caught:
            await tight.generator.generate(task())
    (attempt,) = caught.value.fields["attempts"]
    assert (attempt["model_id"], attempt["upstream_message"]) == (MINI, UNKNOWN)


async def test_a_step_down_never_leads_back_to_a_refused_model() -> None:
    """The cheaper model over budget is one that the upstream has not refused."""
    budget = Budget(name="tight", scope="all", period="day", limit_usd=Decimal("0.0005"), kind="hard")
    stepping = [policy.model_copy(update={"over_budget": "step_down"}) for policy in POLICY_FILE.services]
    file = PolicyFile(services=tuple(stepping))
    async with Gate.build(
        refused(), completion(PARIS, model="gpt-6-luna"), ledger=MemoryLedger(BudgetBook([budget])), policy_file=file
    ) as tight:
        generated = await tight.generator.generate(task())
        assert asked(tight)[0] == MINI
        assert generated.receipt.model_id == asked(tight)[1] != MINI


async def test_a_stream_begins_with_the_next_model(gate: Gate) -> None:
    """A refusal comes before anything is said: whoever listens hears one answer, and its receipt tells why."""
    prose = GenerationTask[PlainText, None](
        "narrative_report", "report", "alice", (Message("user", "Say hello."),), PlainText, 300
    )
    gate.upstream.then(refused(), streamed({"content": "Hel"}, {"content": "lo."}))
    *pieces, generated = [piece async for piece in gate.generator.stream(prose)]
    assert pieces == ["Hel", "lo."]
    assert isinstance(generated, Generated)
    assert [item.attempt.model_id for item in generated.receipt.attempts] == asked(gate)
    assert UNKNOWN in (generated.receipt.model_reason or "")


async def test_a_page_in_place_of_an_answer_is_told_by_its_title(gate: Gate) -> None:
    """A proxy's, with the status 200; of what may be a part of an answer nothing is told."""
    page = b"<html><title>Sign in to the proxy</title><body>" + b"x" * 5000
    gate.upstream.then(httpx2.Response(200, content=page), httpx2.Response(200, content=b'{"choices": [{"mess'))
    for said in ("an HTML page: Sign in to the proxy", None):
        with pytest.raises(UpstreamError) as caught:
            await gate.generator.generate(task())
        assert caught.value.fields["upstream_message"] == said


async def test_words_within_an_answer_and_within_a_stream_are_kept_too(gate: Gate) -> None:
    """An error inside a 200: the caller is told what the upstream said, without a key; the model is not."""
    message = f"no worker for {KEY}"
    failed = {"error": {"code": 502, "message": message}}
    gate.upstream.then(httpx2.Response(200, json=failed), httpx2.Response(200, json=failed))
    with capture_logs() as logs, pytest.raises(UpstreamError) as caught:
        await gate.generator.generate(task())
    assert caught.value.fields["upstream_message"] == "no worker for [key]"
    assert (caught.value.code, caught.value.fields["upstream_code"]) == ("upstream_answer_failed", "502")
    assert [event["upstream_message"] for event in logs if event["event"] == "upstream_error"] == [
        "no worker for [key]"
    ] * 2
    assert "no worker" not in repr(gate.upstream.bodies)

    chunk = b'data: {"error": {"code": "overloaded", "param": "stop", "message": "' + message.encode() + b'"}}\n\n'
    gate.upstream.then(httpx2.Response(200, content=chunk))
    prose = GenerationTask[PlainText, None](
        "narrative_report", "report", "alice", (Message("user", "Say hello."),), PlainText, 300
    )
    with capture_logs() as logs, pytest.raises(UpstreamError) as broken:
        [piece async for piece in gate.generator.stream(prose)]
    assert broken.value.fields["upstream_message"] == "no worker for [key]"
    assert (broken.value.fields["upstream_code"], broken.value.fields["upstream_param"]) == ("overloaded", "stop")
    assert [event["upstream_message"] for event in logs if event["event"] == "upstream_error"] == [
        "no worker for [key]"
    ]


async def test_what_was_looked_up_goes_with_the_conversation(gate: Gate) -> None:
    """The model is refused between two rounds of tools: the next one is told what the first has found."""

    async def look(_: NoArguments) -> dict[str, Any]:
        return {"found": "PARIS-ON-THE-MAP"}

    tools = (Tool("look", "Looks.", NoArguments, look),)
    gate.upstream.then(completion(None, calls=[("look", "{}")]), refused(), completion(PARIS, model=TERRA))
    generated = await gate.generator.generate(task(tools=tools))
    first, second, third = gate.upstream.bodies
    assert [body["model"] for body in (first, second)] == [MINI, MINI]
    assert third["model"] == generated.receipt.model_id != MINI
    assert "PARIS-ON-THE-MAP" in repr(third)
    assert [use.succeeded for use in generated.tools] == [True]


ON_RESPONSES = PolicyFile(
    services=tuple(policy.model_copy(update={"wire": "responses"}) for policy in POLICY_FILE.services)
)


async def test_on_responses_it_is_the_same() -> None:
    """Refused as a whole request, as a response that failed, and as an event of a stream."""
    failed = {"id": "resp_1", "object": "response", "status": "failed", "output": [], "model": "gpt-4o-mini",
              "error": {"code": "server_error", "message": "no worker"}}  # fmt: skip
    event = b'event: error\ndata: {"type": "error", "code": "bad", "message": "boom", "param": "input"}\n\n'
    answers = [httpx2.Response(200, json=failed)] * 2
    async with Gate.build(effort(), *answers, httpx2.Response(200, content=event), policy_file=ON_RESPONSES) as gate:
        with pytest.raises(UpstreamError) as whole:
            await gate.generator.generate(task())
        prose = GenerationTask[PlainText, None](
            "narrative_report", "report", "alice", (Message("user", "Say hello."),), PlainText, 300
        )
        with pytest.raises(UpstreamError) as broken:
            [piece async for piece in gate.generator.stream(prose)]
        assert asked(gate)[0] == MINI != asked(gate)[1]
        assert all("input" in body for body in gate.upstream.bodies)
    assert (whole.value.code, whole.value.fields["upstream_message"]) == ("upstream_answer_failed", "no worker")
    assert whole.value.fields["attempts"][0]["upstream_param"] == "reasoning_effort"
    told = [broken.value.fields[f"upstream_{name}"] for name in ("message", "code", "param")]
    assert told == ["boom", "bad", "input"]
