"""`make check-catalog`: what is a difference, which is known, what the exit code says. Nothing is installed here."""

import json
import sys
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.prices import PricePeriod, ServiceTier
from benchmarks import catalog_check, catalog_environment
from benchmarks.catalog_differences import Difference, Known, differences, read_known, sort_out
from tests.catalog.oracle import extract
from tests.tables import each_line

DAY = date(2026, 11, 30)
LUNA = "gpt-6-luna"


@pytest.fixture(scope="module")
def luna() -> CatalogFile:
    """The catalogue with one model alone."""
    whole = load_catalog_file(catalog_check.CATALOG)
    return whole.model_copy(update={"models": tuple(each for each in whole.models if each.model_id == LUNA)})


def _rates(period: PricePeriod, tier: ServiceTier, tokens: int) -> dict[str, Any]:
    return {name: f"{rate.normalize():f}" for name, rate in period.rates(tier, tokens) or () if rate is not None}


def agreeing(catalog: CatalogFile) -> dict[str, Any]:
    """What packages would say that agree with us, and that speak of all kinds of facts."""
    (record,) = catalog.models
    period = record.price_on(DAY)
    assert period is not None
    rates = {
        tier.value: _rates(period, tier, 272_000) | {"above_272000": _rates(period, tier, 272_001)}
        for tier in (ServiceTier.DEFAULT, *period.service_tiers)
    }
    facts = {
        "max_input_tokens": 922_000,
        "max_output_tokens": 128_000,
        "efforts": ["none", "low", "medium", "high", "xhigh", "max"],
        "rates": rates,
    }
    tiers = {"flex": {"input": "1"}, "ultrafast": {"input": "6"}}
    old = {"max_output_tokens": 1, "shutdown": "2020-01-01", "replacement": "x", "rates": tiers}
    return {
        "versions": {"litellm": "1", "genai-prices": "2", "openai": "3"},
        "litellm": {LUNA: facts, "gpt-2": old},
        "genai-prices": {LUNA: {"context_window": 1_050_000, "rates": deepcopy(rates)}},
        "openai": [LUNA],
    }


def without_12h(said: dict[str, Any]) -> dict[str, Any]:
    """As genai-prices is."""
    for of_tier in said["genai-prices"][LUNA]["rates"].values():
        del of_tier["cache_write_12h"], of_tier["above_272000"]["cache_write_12h"]
    return said


def found(catalog: CatalogFile, said: dict[str, Any]) -> list[tuple[str, str, str | None, str | None, str]]:
    return [(each.model, each.field, each.ours, each.theirs, each.tool) for each in differences(catalog, said, DAY)]


def test_packages_that_agree_differ_in_nothing(luna: CatalogFile) -> None:
    assert found(luna, agreeing(luna)) == []


@each_line(
    ("path", "theirs", "field", "ours", "shown"),
    [
        ("max_input_tokens", 900_000, "max_input_tokens", "922000", "900000"),
        ("max_output_tokens", None, "max_output_tokens", "128000", None),
        ("efforts", ["low", "high"], "efforts", "none low medium high xhigh max", "low high"),
        ("shutdown", "2027-05-01", "shutdown", None, "2027-05-01"),
        ("replacement", "gpt-7", "replacement", None, "gpt-7"),
        ("rates.default.input", "0.2", "rates.default.input", "0.1", "0.2"),
        ("rates.default.cached_input", None, "rates.default.cached_input", "0.01", None),
        ("rates.default.cache_write_12h", "0.3", "rates.default.cache_write_12h", "0.25", "0.3"),
        ("rates.batch.output", "0.3", "rates.batch.output", "0.25", "0.3"),
        ("rates.priority.above_272000.cache_write", "1", "rates.priority.above_272000.cache_write", "0.5", "1"),
        ("rates.flex", None, "tiers.flex", "priced", None),
        ("rates.ultrafast", {"input": "0.6"}, "tiers.ultrafast", None, "priced"),
        ("rates.fast", {"input": "9"}, "rates.fast.input", "0.2", "9"),
    ],
)
def test_one_changed_fact_is_one_difference(
    luna: CatalogFile, path: str, theirs: object, field: str, ours: str | None, shown: str | None
) -> None:
    """Of a whole tier too: its rates follow from it."""
    said = agreeing(luna)
    *way, last = path.split(".")
    place = said["litellm"][LUNA]
    for step in way:
        place = place[step]
    if theirs is None:
        del place[last]
    else:
        place[last] = theirs
    differing = [each for each in found(luna, said) if each[4] == "litellm"]
    # Of a tier under another name only what it says is compared.
    assert (LUNA, field, ours, shown, "litellm") in differing
    assert len(differing) == 1 or path == "rates.fast"


def test_a_price_that_was_is_compared_on_the_day_it_began(luna: CatalogFile) -> None:
    """Old rows are explained by it. Before our first price there is nothing to compare."""
    said = without_12h(agreeing(luna))
    said["genai-prices"][LUNA]["rates_on"] = {
        "2026-09-21": {"input": "3", "output": "4"},
        "2026-09-22": {"input": "0.2", "cached_input": "0.01", "cache_write": "0.125", "output": "0.5"},
    }
    assert found(luna, said) == [(LUNA, "rates_on.2026-09-22.input", "0.1", "0.2", "genai-prices")]


def test_another_limit_of_the_long_context_is_found(luna: CatalogFile) -> None:
    said = agreeing(luna)
    default = said["litellm"][LUNA]["rates"]["default"]
    default["above_200000"] = default.pop("above_272000")
    fields = {field for _, field, *_ in found(luna, said)}
    assert {"rates.default.above_200000.input", "rates.default.above_272000.input"} <= fields


def test_who_never_speaks_of_something_contradicts_nobody(luna: CatalogFile) -> None:
    """genai-prices has no efforts, no ends and no rates for twelve hours."""
    assert found(luna, without_12h(agreeing(luna))) == []


def test_models_that_one_side_lacks_are_found_if_they_are_of_today(luna: CatalogFile) -> None:
    """Not what is older than what we list, dated names, what ends, or other kinds of models."""
    said = agreeing(luna)
    rates: dict[str, Any] = {"rates": {}}
    for name in ("gpt-6.3-sol", "gpt-7", "gpt-5.5", "gpt-6-luna-2026-09-22", "gpt-image-9", "o9"):
        said["litellm"][name] = rates
    said["litellm"]["gpt-6-old"] = rates | {"shutdown": "2027-01-01"}
    del said["genai-prices"][LUNA]
    said["openai"] = []
    assert found(luna, said) == [
        ("gpt-6.3-sol", "model", None, "listed", "litellm"),
        ("gpt-7", "model", None, "listed", "litellm"),
        (LUNA, "model", "listed", None, "genai-prices"),
        (LUNA, "model", "listed", None, "openai"),
    ]


def test_a_known_difference_holds_for_its_values_alone() -> None:
    price = Difference("m", "rates.default.input", "5", "4", "litellm")
    follows = Difference("m", "rates.batch.input", "2.5", "2", "litellm")
    elsewhere = Difference("m", "rates.default.input", "5", "4", "genai-prices")
    known = Known(model="m", field=price.field, ours="5", theirs="4", tool="litellm", why="x", with_it="rates.*")
    told = sort_out([price, follows, elsewhere], [known])
    assert (told.unknown, told.known, told.gone) == ([elsewhere], [(known, [follows])], [])
    changed = Difference("m", "rates.default.input", "5", "3", "litellm")
    told = sort_out([changed, follows], [known])
    assert (told.unknown, told.known, told.gone) == ([changed, follows], [], [known])


def test_each_known_difference_says_why() -> None:
    known = read_known()
    assert all(len(each.why) > 10 for each in known)
    assert len({each.difference() for each in known}) == len(known)


def test_our_rates_are_those_of_the_extract_but_for_what_is_known() -> None:
    """On the day on which it was made: nobody need install anything to notice a slip."""
    models, whole = extract()["models"], load_catalog_file(catalog_check.CATALOG)
    said: dict[str, Any] = {"openai": [each.model_id for each in whole.models]}
    for tool in ("litellm", "genai-prices"):
        told = {name: facts["rates"].get(tool) for name, facts in models.items()}
        said[tool] = {name: {"rates": rates} for name, rates in told.items() if rates is not None}
    for name, facts in models.items():
        if "pages" in facts["rates"]:  # what no package knows yet
            said["litellm"][name] = {"rates": facts["rates"]["pages"]}
    left = sort_out(differences(whole, said, date.fromisoformat(extract()["read_on"])), read_known()).unknown
    assert not left


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch, luna: CatalogFile) -> dict[str, Any]:
    """Packages that are there, and say what a test lets them say; nothing is known of one model alone."""
    said = agreeing(luna)
    monkeypatch.setattr(catalog_check, "install_newest", lambda _: None)
    monkeypatch.setattr(catalog_check, "ask", lambda *_: said)
    monkeypatch.setattr(catalog_check, "load_catalog_file", lambda _: luna)
    monkeypatch.setattr(catalog_check, "read_known", tuple)
    return said


def _exit_code(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["catalog_check", *arguments])
    with pytest.raises(SystemExit) as ended:
        catalog_check.main()
    return int(ended.value.code or 0)


def test_the_exit_code_tells_whether_anything_is_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], packages: dict[str, Any]
) -> None:
    assert _exit_code(monkeypatch) == 0
    assert "0 unknown, 0 known" in capsys.readouterr().out
    packages["litellm"][LUNA]["rates"]["default"]["input"] = "0.7"
    assert _exit_code(monkeypatch) == 1
    assert "Differences that nobody has looked at" in capsys.readouterr().out
    assert _exit_code(monkeypatch, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert [each["theirs"] for each in document["unknown"]] == ["0.7"]
    assert document["packages"] == {"litellm": "1", "genai-prices": "2", "openai": "3"}


def test_without_packages_there_is_a_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No registry, no environment, and packages that have changed their form."""
    python = tmp_path / "bin" / "python"
    assert _exit_code(monkeypatch, "--installed", "--environment", str(tmp_path)) == 2
    assert "has no Python to ask" in capsys.readouterr().err
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho 'No matching distribution' >&2\nexit 1\n")
    python.chmod(0o755)
    assert _exit_code(monkeypatch, "--environment", str(tmp_path)) == 2
    assert "check the network or the package registry" in capsys.readouterr().err
    assert _exit_code(monkeypatch, "--installed", "--environment", str(tmp_path)) == 2
    assert "must learn their new form: No matching distribution" in capsys.readouterr().err


def test_our_pins_do_not_hold_back_what_is_to_be_the_newest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python, told = tmp_path / "bin" / "python", tmp_path / "told"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\necho "$PIP_CONSTRAINT $@" >> {told}\n')
    python.chmod(0o755)
    monkeypatch.setenv("PIP_CONSTRAINT", "constraints.txt")
    catalog_environment.install_newest(tmp_path)
    lines = told.read_text().splitlines()
    assert len(lines) == 2
    assert all("--upgrade" in line and "constraints" not in line for line in lines)
