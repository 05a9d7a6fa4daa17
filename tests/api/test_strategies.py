"""Stored strategies over HTTP: listed, read, changed, deleted, by whoever owns them."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from app.clock import FixedClock
from tests.fakes.callers import Become, stored_id
from tests.fakes.strategies import rsi, rules, when
from tests.tables import each_line

API = "/api/v1/strategies"
People = tuple[httpx2.AsyncClient, Become]


async def test_a_stored_strategy_is_there_as_data_and_in_words(people: People) -> None:
    http, _ = people
    strategy_id = await stored_id(http)
    assert re.fullmatch(r"strat_[0-9a-f]{32}", strategy_id)
    stored = (await http.get(f"{API}/{strategy_id}")).json()
    assert (stored["version"], stored["created_at"], stored["updated_at"]) == (
        1,
        "2026-11-23T12:00:00Z",
        "2026-11-23T12:00:00Z",
    )
    assert stored["strategy"]["type"] == "rsi_mean_reversion"
    assert stored["rules_in_words"][0] == "Buys when the 14-day RSI is below 30."
    korean = (await http.get(f"{API}/{strategy_id}", params={"language": "ko"})).json()
    assert korean["rules_in_words"][0] == "14일 RSI가 30보다 낮으면 매수합니다."


async def test_strategies_are_listed_the_newest_first(people: People, clock: FixedClock) -> None:
    http, become = people
    ids: list[str] = []
    for _ in range(5):
        ids.insert(0, await stored_id(http))
        clock.move_to(clock.now() + timedelta(seconds=1))
    page = (await http.get(API, params={"limit": 2, "offset": 1, "language": "ko"})).json()
    assert [stored["strategy_id"] for stored in page["strategies"]] == ids[1:3]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)
    assert "매수합니다" in page["strategies"][0]["rules_in_words"][0]
    become("bob")
    assert (await http.get(API)).json() == {"strategies": [], "total": 0, "limit": 50, "offset": 0}


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"language": "fr"}])
async def test_a_page_that_is_none_is_422(people: People, params: dict[str, Any]) -> None:
    http, _ = people
    refused = await http.get(API, params=params)
    assert refused.status_code == 422
    assert f"query.{next(iter(params))}" in refused.json()["detail"]


async def test_a_change_makes_a_version(people: People, clock: FixedClock) -> None:
    http, _ = people
    strategy_id = await stored_id(http)
    clock.move_to(clock.now() + timedelta(hours=1))
    leave = rules("any", when(rsi(), "above", 80)).model_dump(mode="json")
    change = {"name": " Tighter ", "description": "Sells later", "exit": leave, "risk": {"stop_loss": 0.03}}
    response = await http.patch(f"{API}/{strategy_id}", json=change, params={"language": "en"})
    assert response.status_code == 200, response.text
    changed = response.json()
    assert (changed["version"], changed["created_at"], changed["updated_at"]) == (
        2,
        "2026-11-23T12:00:00Z",
        "2026-11-23T13:00:00Z",
    )
    strategy = changed["strategy"]
    assert (strategy["name"], strategy["description"], strategy["exit"]) == ("Tighter", "Sells later", leave)
    assert (strategy["risk"]["stop_loss"], strategy["risk"]["position_size"]) == (0.03, 0.2)
    assert changed["rules_in_words"][1] == "Sells when the 14-day RSI is above 80."
    assert (await http.get(f"{API}/{strategy_id}", params={"language": "en"})).json() == changed


async def test_a_limit_is_taken_away_with_null(people: People) -> None:
    http, _ = people
    strategy_id = await stored_id(http)
    await http.patch(f"{API}/{strategy_id}", json={"risk": {"stop_loss": 0.03, "take_profit": 0.1}})
    changed = (await http.patch(f"{API}/{strategy_id}", json={"risk": {"stop_loss": None}})).json()
    assert (changed["strategy"]["risk"]["stop_loss"], changed["strategy"]["risk"]["take_profit"]) == (None, 0.1)


async def test_everything_that_is_wrong_with_a_change_is_said_at_once(people: People) -> None:
    http, _ = people
    strategy_id = await stored_id(http)
    before = (await http.get(f"{API}/{strategy_id}")).json()
    change = {"name": "", "entry": {"combine": "all", "conditions": []}, "risk": {"stop_loss": 2, "cooldown": -1}}
    refused = await http.patch(f"{API}/{strategy_id}", json=change)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_strategy")
    said = "\n".join(error["message"] for error in refused.json()["errors"])
    for place in ("name:", "risk.stop_loss:", "risk.cooldown:", "entry:"):
        assert place in said
    assert (await http.get(f"{API}/{strategy_id}")).json() == before


@each_line(
    ("change", "where"),
    [
        ({"nmae": "x"}, "body.nmae"),
        ({"type": "magic"}, "body.type"),
        ({"version": 0}, "body.version"),
        ({"version": "1"}, "body.version"),
        ({"risk": 5}, "body.risk"),
        ({"name": "zero \0"}, "body.name"),
        ([], "body"),
    ],
)
async def test_a_change_of_another_form_is_422(people: People, change: Any, where: str) -> None:
    http, _ = people
    refused = await http.patch(f"{API}/{await stored_id(http)}", json=change)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["where"] == where


@pytest.mark.parametrize("change", [{}, {"name": None, "entry": None, "risk": None}, {"risk": {}}])
async def test_what_is_left_out_or_null_stays_as_it_is(people: People, change: Any) -> None:
    http, _ = people
    path = f"{API}/{await stored_id(http)}"
    before = (await http.get(path)).json()
    assert (await http.patch(path, json=change)).json() == before


async def test_rules_that_do_not_fit_the_type_are_refused_together_with_it(people: People) -> None:
    """A strategy cannot become what its type does not mean."""
    http, _ = people
    strategy_id = await stored_id(http)
    refused = await http.patch(f"{API}/{strategy_id}", json={"type": "sma_crossover"})
    assert refused.status_code == 422
    assert "sma_crossover" in refused.json()["detail"]


async def test_a_change_of_another_version_is_409(people: People) -> None:
    http, _ = people
    path = f"{API}/{await stored_id(http)}"
    assert (await http.patch(path, json={"name": "Second", "version": 1})).json()["version"] == 2
    refused = await http.patch(path, json={"name": "Third", "version": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "version_conflict")
    assert refused.json()["current_version"] == 2
    assert (await http.get(path)).json()["strategy"]["name"] == "Second"


async def test_of_many_changes_of_one_version_at_once_one_is_made(people: People) -> None:
    http, _ = people
    path = f"{API}/{await stored_id(http)}"
    answers = await asyncio.gather(
        *(http.patch(path, json={"risk": {"cooldown": number}, "version": 1}) for number in range(1, 9))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    (made,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await http.get(path)).json() == made


async def test_changes_without_a_version_are_all_made(people: People) -> None:
    """Of different parts, at once: none overwrites another."""
    http, _ = people
    path = f"{API}/{await stored_id(http)}"
    parts = [{"name": "Both"}, {"risk": {"stop_loss": 0.03}}, {"description": "All three"}]
    answers = await asyncio.gather(*(http.patch(path, json=part) for part in parts))
    assert [answer.status_code for answer in answers] == [200] * 3
    found = (await http.get(path)).json()
    assert found["version"] == 4
    strategy = found["strategy"]
    assert (strategy["name"], strategy["description"]) == ("Both", "All three")
    assert strategy["risk"]["stop_loss"] == 0.03


async def test_a_deleted_strategy_is_gone(people: People) -> None:
    http, _ = people
    path = f"{API}/{await stored_id(http)}"
    deleted = await http.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for refused in (await http.get(path), await http.delete(path), await http.patch(path, json={"name": "x"})):
        assert (refused.status_code, refused.json()["code"]) == (404, "strategy_not_found")


async def test_a_strangers_strategy_is_404_as_if_it_never_was(people: People) -> None:
    http, become = people
    path = f"{API}/{await stored_id(http)}"
    before = (await http.get(path)).json()
    become("bob")
    for refused in (await http.get(path), await http.delete(path), await http.patch(path, json={"name": "Mine"})):
        assert (refused.status_code, refused.json()["code"]) == (404, "strategy_not_found")
        assert "ann" not in refused.text
    become("ann")
    assert (await http.get(path)).json() == before


async def test_an_id_that_can_be_none_is_422(people: People) -> None:
    http, _ = people
    assert (await http.get(f"{API}/no%20id")).status_code == 422
