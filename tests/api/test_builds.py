"""What the strategy builder answers is kept, and a person decides on it, over HTTP."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock
from tests.fakes.callers import BUILDER, WISH, Become, built
from tests.fakes.strategies import plan

People = tuple[httpx2.AsyncClient, Become]


async def _decide(http: httpx2.AsyncClient, build_id: str, action: str, **more: Any) -> httpx2.Response:
    return await http.post(f"{BUILDER}/{build_id}/approval", json={"action": action, **more})


async def test_a_build_waits_for_a_person_unless_told_otherwise(people: People) -> None:
    http, _ = people
    answer = await built(http)
    assert re.fullmatch(r"build_[0-9a-f]{32}", answer["build_id"])
    assert (answer["requires_approval"], answer["strategy_id"]) == (True, None)
    assert answer["approval_reasons"][0].startswith("No person has looked at it yet")
    kept = (await http.get(f"{BUILDER}/{answer['build_id']}")).json()
    assert (kept["status"], kept["query"], kept["intent"]) == ("pending", WISH["query"], "create")
    assert kept["operation_id"] == answer["operation_id"]
    for field in ("strategy", "rules_in_words", "assumptions"):
        assert kept[field] == answer[field]
    assert (await http.get("/api/v1/strategies")).json()["total"] == 0


async def test_without_approval_it_is_stored_at_once(people: People) -> None:
    http, _ = people
    answer = await built(http, require_approval=False)
    assert (answer["requires_approval"], len(answer["approval_reasons"])) == (False, 1)
    stored = (await http.get(f"/api/v1/strategies/{answer['strategy_id']}")).json()
    assert (stored["strategy"], stored["build_id"]) == (answer["strategy"], answer["build_id"])


async def test_reasons_are_in_the_language_of_the_query(people: People) -> None:
    http, _ = people
    answer = await built(http, query="RSI 30 이하에서 사고 70 이상에서 팔아줘", language=None)
    assert answer["approval_reasons"][0].startswith("아직 사람이 확인하지 않았고")


async def test_approval_stores_the_strategy(people: People, clock: FixedClock) -> None:
    http, _ = people
    answer = await built(http)
    clock.move_to(clock.now() + timedelta(minutes=5))
    response = await _decide(http, answer["build_id"], "approve")
    assert response.status_code == 200, response.text
    approved = response.json()
    assert (approved["status"], approved["strategy"]) == ("approved", answer["strategy"])
    assert approved["decided_at"] == "2026-11-23T12:05:00Z"
    stored = (await http.get(f"/api/v1/strategies/{approved['strategy_id']}")).json()
    assert stored["strategy"] == answer["strategy"]


async def test_modify_stores_the_strategy_as_it_was_changed(people: People) -> None:
    http, _ = people
    answer = await built(http)
    changed = plan(stop_loss=0.05).model_dump(mode="json")
    approved = (await _decide(http, answer["build_id"], "modify", strategy=changed)).json()
    assert (approved["status"], approved["strategy"]) == ("approved", changed)
    assert (await http.get(f"/api/v1/strategies/{approved['strategy_id']}")).json()["strategy"] == changed


async def test_everything_that_is_wrong_with_a_changed_strategy_is_said_at_once(people: People) -> None:
    http, _ = people
    answer = await built(http)
    wrong = plan().model_dump(mode="json")
    wrong["risk"] |= {"position_size": 2, "stop_loss": -1}
    wrong["entry"]["conditions"][0]["right"]["value"] = 300
    refused = await _decide(http, answer["build_id"], "modify", strategy=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_strategy")
    assert [error["where"] for error in refused.json()["errors"]] == ["body.strategy"] * 3
    assert (await http.get(f"{BUILDER}/{answer['build_id']}")).json()["status"] == "pending"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"action": "modify"}, "modify needs the strategy"),
        ({"action": "approve", "strategy": {}}, "approve takes none"),
        ({"action": "maybe"}, "'approve', 'reject' or 'modify'"),
        ({"action": "approve", "comment": "fine"}, "Extra inputs are not permitted"),
        ({"action": "modify", "strategy": [1]}, "valid dictionary"),
    ],
)
async def test_a_decision_that_is_none_is_422(people: People, body: Any, hint: str) -> None:
    http, _ = people
    refused = await http.post(f"{BUILDER}/build_1/approval", json=body)
    assert refused.status_code == 422
    assert hint in refused.json()["detail"]


async def test_approving_twice_is_approving_once(people: People) -> None:
    http, _ = people
    build_id = (await built(http))["build_id"]
    first, again = [await _decide(http, build_id, "approve") for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (await http.get("/api/v1/strategies")).json()["total"] == 1


async def test_two_approvals_at_once_store_one_strategy(people: People) -> None:
    http, _ = people
    build_id = (await built(http))["build_id"]
    answers = await asyncio.gather(*(_decide(http, build_id, "approve") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    listed = (await http.get("/api/v1/strategies")).json()
    assert [stored["strategy_id"] for stored in listed["strategies"]] == [answers[0].json()["strategy_id"]]
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize(("first", "second"), [("reject", "approve"), ("approve", "reject")])
async def test_another_decision_is_409(people: People, first: str, second: str) -> None:
    http, _ = people
    build_id = (await built(http))["build_id"]
    decided = (await _decide(http, build_id, first)).json()
    refused = await _decide(http, build_id, second)
    assert (refused.status_code, refused.json()["code"]) == (409, "build_decided")
    assert refused.json()["build_status"] == decided["status"]
    assert (await http.get(f"{BUILDER}/{build_id}")).json() == decided


async def test_a_repeat_with_its_key_gets_the_answer_that_was_kept(people: People) -> None:
    """Builds and decisions alike: one build, one strategy."""
    http, _ = people
    headers = {"Idempotency-Key": "once"}
    first, again = [await http.post(BUILDER, json=WISH, headers=headers) for _ in range(2)]
    assert first.json()["build_id"] == again.json()["build_id"]
    assert (await http.get(BUILDER)).json()["total"] == 1
    path = f"{BUILDER}/{first.json()['build_id']}/approval"
    headers = {"Idempotency-Key": "twice"}
    answers = [await http.post(path, json={"action": "approve"}, headers=headers) for _ in range(2)]
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true"]


async def test_a_strangers_build_is_404_as_if_it_never_was(people: People) -> None:
    http, become = people
    build_id = (await built(http))["build_id"]
    become("bob")
    for refused in (await http.get(f"{BUILDER}/{build_id}"), await _decide(http, build_id, "approve")):
        assert (refused.status_code, refused.json()["code"]) == (404, "build_not_found")
        assert "ann" not in refused.text
    assert (await http.get(BUILDER)).json() == {"builds": [], "total": 0, "limit": 50, "offset": 0}
    become("ann")
    assert (await http.get(f"{BUILDER}/{build_id}")).json()["status"] == "pending"


async def test_builds_are_listed_the_newest_first_and_by_status(people: People, clock: FixedClock) -> None:
    http, _ = people
    ids = []
    for _ in range(3):
        ids.append((await built(http))["build_id"])
        clock.move_to(clock.now() + timedelta(seconds=1))
    await _decide(http, ids[1], "reject")

    async def listed(**params: Any) -> tuple[list[str], int]:
        page = (await http.get(BUILDER, params=params)).json()
        return [build["build_id"] for build in page["builds"]], page["total"]

    assert await listed() == (ids[::-1], 3)
    assert await listed(limit=1, offset=1) == ([ids[1]], 3)
    assert await listed(status="pending") == ([ids[2], ids[0]], 2)
    assert await listed(status="rejected") == ([ids[1]], 1)


async def test_words_are_in_the_language_that_is_asked_for(people: People) -> None:
    http, _ = people
    path = f"{BUILDER}/{(await built(http))['build_id']}"
    korean, english = [(await http.get(path, params={"language": language})).json() for language in ("ko", "en")]
    assert korean["rules_in_words"][0] == "14일 RSI가 30보다 낮으면 매수합니다."
    assert english["rules_in_words"][0] == "Buys when the 14-day RSI is below 30."
    assert (await http.get(path)).json() == english
