from typing import Any

import httpx2
import pytest
from pydantic import BaseModel
from structlog.testing import capture_logs

from app.errors import TollgateError
from app.services.gen_ai.core.operation import GenerationTask
from app.services.gen_ai.wire.messages import Message
from tests.fakes.gate import Gate
from tests.fakes.scripted_upstream import KEY, Step, completion, raw, refusal

ASKED = "MARKER-OF-WHAT-WAS-ASKED"
ANSWERED = "MARKER-OF-WHAT-WAS-ANSWERED"
ECHOED = {"error": {"message": f"bad prompt {ASKED} with key {KEY}", "code": "invalid_value"}}
ODD = {"prompt_tokens": 1000, "completion_tokens": ANSWERED}


class Word(BaseModel):
    word: str


WAYS: dict[str, list[Step]] = {
    "accepted": [completion(f'{{"word": "{ANSWERED}"}}')],
    "repaired": [completion(ANSWERED), completion(f'{{"word": "{ANSWERED}"}}')],
    "rejected": [completion(ANSWERED) for _ in range(4)],
    "refused": [completion(None, refusal=ANSWERED)],
    "retried": [refusal(429), httpx2.ConnectError(ASKED), completion(f'{{"word": "{ANSWERED}"}}')],
    "echoed in an error": [httpx2.Response(400, json=ECHOED)],
    "echoed in errors that are tried again": [httpx2.Response(500, json=ECHOED) for _ in range(3)],
    "unreadable": [raw(ANSWERED.encode())],
    "odd usage": [completion(f'{{"word": "{ANSWERED}"}}', usage=ODD)],
}


def is_echo(step: httpx2.Response) -> bool:
    return ASKED.encode() in step.content


@pytest.mark.parametrize("steps", WAYS.values(), ids=WAYS.keys())
async def test_neither_prompt_nor_answer_nor_key_is_in_any_log(steps: list[Step]) -> None:
    """A marker goes through a whole operation, whatever happens to it, and comes out in no event of the log; but what
    the upstream itself says of an error stands there, without a key, also where it quotes the prompt.
    """
    task: GenerationTask[Any, Any] = GenerationTask(
        "strategy_builder", "build_strategy", "alice", (Message("user", ASKED),), Word, 100
    )
    fresh = [httpx2.Response(s.status_code, headers=s.headers, content=s.content)
             if isinstance(s, httpx2.Response) else s for s in steps]  # fmt: skip
    with capture_logs() as logs:
        async with Gate.build(*fresh) as gate:
            try:
                await gate.generator.generate(task)
            except TollgateError as error:
                assert KEY not in error.detail + repr(error.fields)  # noqa: PT017  the error is not what is tested
            assert ASKED in repr(gate.upstream.bodies)
    said = [event.pop("upstream_message") for event in logs if event["event"] == "upstream_error"]
    assert [message for message in said if message != "made up for a test"] == [
        f"bad prompt {ASKED} with key [key]" for step in steps if isinstance(step, httpx2.Response) and is_echo(step)
    ]
    written = repr(logs) + repr(said).replace(ASKED, "")
    assert "openai_usage" in written
    for secret in (ASKED, ANSWERED, KEY):
        assert secret not in written
