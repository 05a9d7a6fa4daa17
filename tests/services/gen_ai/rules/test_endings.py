"""Which models end soon, and who is told of which."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.errors import ConfigurationError
from app.services.gen_ai.rules.endings import ModelEndings
from app.services.gen_ai.rules.model_catalog import ModelCatalog
from app.services.gen_ai.rules.service_policy import PolicyRegistry
from tests.fakes.gate import CATALOG_FILE, POLICY_FILE
from tests.fakes.small_files import CATALOG, changed, load_catalog
from tests.tables import each_line


def endings_on(day: date) -> ModelEndings:
    clock = FixedClock(datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC))
    return ModelEndings(ModelCatalog(CATALOG_FILE, clock), PolicyRegistry(POLICY_FILE), clock)


@each_line(
    ("day", "days"),
    [
        (date(2026, 11, 14), None),
        (date(2026, 11, 15), 60),
        (date(2026, 11, 30), 45),
        (date(2027, 1, 13), 1),
        (date(2027, 1, 14), None),
    ],
)
def test_a_model_is_named_from_60_days_before_until_it_is_gone(day: date, days: int | None) -> None:
    """gpt-4o shuts down on 2027-01-14; on that day it is gone already."""
    ending = endings_on(day).of("gpt-4o")
    assert (ending and ending.days) == days


def test_it_is_found_by_the_name_of_an_answer_too() -> None:
    ending = endings_on(date(2026, 11, 30)).of("gpt-4o-mini-2024-07-18")
    assert ending is not None
    assert (ending.model_id, ending.deprecated_on, ending.shutdown_on, ending.replacement, ending.source) == (
        "gpt-4o-mini",
        date(2026, 10, 14),
        date(2027, 1, 14),
        "gpt-6-luna",
        "https://developers.openai.com/api/docs/deprecations",
    )


def test_the_sentence_says_when_whose_and_what_instead() -> None:
    def said(day: date) -> str:
        return endings_on(day).among(["gpt-4o"])[0].sentence()

    who = "gpt-4o (narrative_report, chatops_advanced) shuts down on 2027-01-14"
    assert said(date(2026, 11, 30)) == f"{who}, in 45 days; use gpt-6-luna"
    assert said(date(2027, 1, 13)) == f"{who}, tomorrow; use gpt-6-luna"


def test_policies_name_defaults_and_ladders_and_others_may_join_once_each() -> None:
    """What nobody has heard of, or has no end, is not among them."""
    endings = endings_on(date(2026, 11, 30))
    assert [each.model_id for each in endings.of_policies(["gpt-4o", "gpt-6-luna", "nonsense"])] == [
        "gpt-4o",
        "gpt-4o-mini",
    ]
    assert endings.among([]) == []
    # Nearer or farther than usual: gpt-4-turbo ended on 2026-10-23.
    early = endings_on(date(2026, 10, 1))
    assert [each.model_id for each in early.of_policies(["gpt-4-turbo"])] == ["gpt-4-turbo"]
    assert [each.model_id for each in early.among(["gpt-4o", "gpt-4-turbo"], 365)] == ["gpt-4-turbo", "gpt-4o"]


def test_a_model_cannot_end_before_that_is_announced(tmp_path: Path) -> None:
    """RFC 9745 forbids a `Sunset` before `Deprecation`."""
    wrong = changed(CATALOG, "{shutdown_on: 2026-12-31,", "{deprecated_on: 2027-01-01, shutdown_on: 2026-12-31,")
    with pytest.raises(ConfigurationError, match="shutdown_on 2026-12-31 lies before deprecated_on 2027-01-01"):
        load_catalog(tmp_path, wrong)
