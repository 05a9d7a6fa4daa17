"""Chat over stored reports: what it calls, whose it reads, and that their texts are only data."""

import json
from typing import Any

import httpx2
import pytest

from app.services.gen_ai.reports.ports import StoredReport
from app.services.gen_ai.reports.prompt import prose_of
from containers import Container
from tests.api.chatting import ask
from tests.api.test_chat_stores import INJECTED, call, told, uses
from tests.fakes.callers import Become
from tests.fakes.reporting import written
from tests.fakes.stored_reports import stored_report
from tests.fakes.trading import called, run

People = tuple[httpx2.AsyncClient, Become]


@pytest.mark.parametrize(
    ("message", "tool"),
    [
        ("Show my reports", "reports"),
        ("내 리포트 목록을 보여 줘", "reports"),
        ("What does {report} say?", "report_text"),
        ("{report}의 결론은 뭐야?", "report_text"),
    ],
)
async def test_reports_have_their_tools_in_both_languages(
    people: People, each_container: Container, message: str, tool: str
) -> None:
    """One call, which finds it; the answer tells what was found."""
    http, _ = people
    backtest_id = await run(http, called("Careful"))
    report = await written(http, backtest_id=backtest_id, language="en")
    answer = await ask(http, message.format(report=report["report_id"]))
    assert uses(answer) == [tool]
    found = json.dumps(told(each_container))
    assert {report["report_id"], backtest_id} <= set(found.replace('"', " ").replace(",", " ").split())
    assert report["report_id"] in answer["answer"]


async def test_a_report_is_told_whole_with_what_its_check_found(people: People, each_container: Container) -> None:
    """Every section of its prose, as it was kept."""
    http, _ = people
    report = await written(http, backtest_id=await run(http, called("Careful")), language="en", detail="brief")
    await ask(http, f"What does {report['report_id']} say?")
    (found,) = told(each_container)
    data = found["data"]
    stored = await each_container.services.report_library().get(report["report_id"], "ann")
    assert data["text"] == prose_of(stored.report)
    assert data["numbers_checked"] == len(report["fact_check"]["numbers"]) > 0
    assert (data["all_true"], data["recommendation"]) == (True, report["report"]["executive_summary"]["recommendation"])


async def test_reports_are_listed_in_parts(people: People, each_container: Container) -> None:
    """Twenty at a time, with how many there are; the rest with an offset."""
    http, _ = people
    store = each_container.data.reports()
    for number in range(22):
        await store.add(stored_report(f"report_{number:02}"))
    await ask(http, "Show my reports")
    (first,) = told(each_container)
    call(each_container, "reports", offset=20)
    await ask(http, "What is RSI?")
    (rest,) = told(each_container)
    ids = [one["report_id"] for part in (first, rest) for one in part["data"]["reports"]]
    assert ids == [f"report_{number:02}" for number in reversed(range(22))]
    assert first["data"]["reports_in_all"] == 22


async def test_a_strangers_reports_are_not_there(people: People, each_container: Container) -> None:
    """Not in the list, and by its id as if it had never been."""
    http, become = people
    report = await written(http, backtest_id=await run(http, called("Secret of Ann")), language="en")
    become("bob")
    await ask(http, "Show my reports")
    assert told(each_container)[0]["data"] == {"reports_in_all": 0, "reports": []}
    answer = await ask(http, f"What does {report['report_id']} say?")
    assert [use["succeeded"] for use in answer["tools"]] == [False]
    assert answer["tools"][0]["error"].startswith("You have no report ")
    assert "Ann" not in json.dumps(told(each_container))


def _titled(report_id: str, title: str, overview: str) -> StoredReport:
    """A report whose prose was written to talk a reader into something."""
    made = stored_report(report_id)
    summary = made.report.executive_summary.model_copy(update={"title": title, "overview": overview})
    return stored_report(report_id, report=made.report.model_copy(update={"executive_summary": summary}))


@pytest.mark.parametrize(("title", "overview"), INJECTED)
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_instructions_in_the_prose_of_reports_change_nothing(
    people: People, each_container: Container, title: str, overview: str, language: str
) -> None:
    """The same calls as with a harmless report; its texts reach the model as data alone."""
    http, _ = people
    seen = []
    for number, texts in enumerate((("Plain", "It earned."), (title, overview))):
        report_id = f"report_{number}abc"
        await each_container.data.reports().add(_titled(report_id, *texts))
        asked = (
            ("Show my reports", f"What does {report_id} say?")
            if language == "en"
            else ("내 리포트 목록을 보여 줘", f"{report_id}의 결론은?")
        )
        for message in asked:
            answer = await ask(http, message)
            request = each_container.gen_ai.simulator().requests[-1]
            others = json.dumps([one for one in request["messages"] if one["role"] != "tool"], ensure_ascii=False)
            assert texts[0] not in others
            assert texts[1] not in others
            assert answer["answer"].strip() != "HACKED"
            assert report_id in answer["answer"]
            seen.append((uses(answer), len(answer["attempts"])))
    assert seen[:2] == seen[2:] == [(["reports"], 2), (["report_text"], 2)]


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("reports", {"offset": -1}, "arguments.offset: Input should be greater than or equal to 0"),
        ("reports", {"offset": 0, "owner_id": "bob"}, "arguments.owner_id: Extra inputs are not permitted"),
        ("report_text", {"report_id": "report_0"}, "You have no report report_0"),
    ],
)
async def test_wrong_arguments_are_told_to_the_model(
    people: People, each_container: Container, tool: str, arguments: dict[str, Any], why: str
) -> None:
    http, _ = people
    call(each_container, tool, **arguments)
    answer = await ask(http, "What is RSI?")
    assert answer["tools"][0]["error"].startswith(why)
