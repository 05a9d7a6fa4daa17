"""Long sessions and long messages: what is sent stays within the model's context."""

from pathlib import Path

import httpx2
import pytest
import yaml

from app.api.security import Caller
from app.bootstrap import build_container
from app.clock import FixedClock
from app.settings import Settings
from containers import Container
from tests.api.chatting import API, SSE, Callers, ask, begin, rows
from tests.conftest import serving
from tests.fakes.gate import DATA

CONTEXT = 8_000


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """As ever, but gpt-4o has room for 8,000 tokens only."""
    catalog = yaml.safe_load((DATA / "models.yaml").read_text())
    for model in catalog["models"]:
        if model["model_id"] == "gpt-4o":
            model["context_window"] = CONTEXT
            model["max_output_tokens"] = 4_000
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump(catalog))
    return Settings(database_url=sqlite_url, catalog=path, log_level="error")


LENGTHS = (10, 900, 40, 1800, 300)
QUESTIONS = ("What is RSI? ", "샤프 비율이 뭐야? ", "How much did I spend? ", "Which symbols are there? ", "Hello! ")


async def test_a_session_of_200_turns_stays_within_the_context(http: httpx2.AsyncClient, container: Container) -> None:
    """Questions and answers of many lengths, tools among them; what OpenAI counts is what must fit."""
    path = await begin(http)
    simulator = container.gen_ai.simulator()
    kept: list[int] = []
    for number in range(100):
        length = LENGTHS[number % len(LENGTHS)]
        question = f"{number}: {(QUESTIONS[number % 4] * 300)[:length]}".strip()
        await ask(http, question, path)
        request = simulator.requests[-1]
        spoken = [message for message in request["messages"] if message["role"] in ("user", "assistant")]
        texts = [message for message in spoken if message["content"]]
        asked_last = max(index for index, message in enumerate(texts) if message["role"] == "user")
        history = texts[:asked_last]
        assert texts[asked_last]["content"] == question
        assert [message["role"] for message in history] == ["user", "assistant"] * (len(history) // 2)
        numbers = [int(message["content"].split(":")[0]) for message in history[::2]]
        assert numbers == list(range(number - len(numbers), number))  # the newest, none left out between
        kept.append(len(history))
    sent = [(bill.usage["prompt_tokens"], request["max_completion_tokens"])
            for bill, request in zip(simulator.account.bills, simulator.requests, strict=True)]  # fmt: skip
    assert all(prompt + answer <= CONTEXT for prompt, answer in sent)
    assert max(kept) == 10
    assert min(kept[10:]) < 10  # some of the ten had to go
    assert len(await container.data.chat_sessions().latest(path.split("/")[-2], 1_000)) == 200


async def test_a_message_that_alone_is_too_long_is_422_and_says_how_long_it_may_be(
    settings: Settings, clock: FixedClock
) -> None:
    """Nothing is sent, nothing recorded, nothing kept; a shorter one is answered."""
    catalog = settings.catalog.read_text().replace(f"context_window: {CONTEXT}", "context_window: 6000")
    settings.catalog.write_text(catalog)
    container = build_container(settings)
    container.core.clock.override(clock)
    async with serving(container) as http:
        path = await begin(http)
        refused = await http.post(path, json={"message": "가나다라 " * 700}, headers=SSE)
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, "message_too_long")
        assert problem["model_id"] == "gpt-4o"
        assert f"gpt-4o has room for {problem['most_tokens']}" in problem["detail"]
        assert 0 < problem["most_tokens"] < problem["message_tokens"]
        assert await rows(http) == []
        assert list(await container.data.chat_sessions().latest(path.split("/")[-2], 10)) == []
        await ask(http, " a" * problem["most_tokens"], path)
    container.unwire()
    container.reset_override()


async def test_a_strangers_session_is_404_in_a_stream_too(container: Container) -> None:
    """An ordinary error, before anything is streamed or looked up."""
    async with Callers.over(container) as callers:
        path = await begin(callers.http)
        callers.who = Caller("bob", "user")
        refused = await callers.http.post(path, json={"message": "How much did I spend?"}, headers=SSE)
        listed = (await callers.http.get(f"{API}/usage")).json()["total"]
    assert (refused.status_code, refused.json()["code"], listed) == (404, "session_not_found", 0)
