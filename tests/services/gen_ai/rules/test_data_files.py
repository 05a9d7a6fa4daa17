import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from app.errors import ConfigurationError
from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.data_files import read_data_file
from app.services.gen_ai.rules.service_policy import load_policy_file
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.small_files import CATALOG, changed, load_catalog, write


def test_the_small_catalogue_of_these_tests_is_a_good_one(tmp_path: Path) -> None:
    """Else each broken variant of it would prove nothing."""
    assert [model.model_id for model in load_catalog(tmp_path).models] == ["small", "large"]


LONG = "        long_context: {above_input_tokens: 9, input_factor: 2, output_factor: 1.01}"
BROKEN = {
    "bad YAML": ("    tier: MINI", "    tier: [MINI", 11, "not valid YAML", "expected ',' or ']'"),
    "an unknown key": ("    tier: MINI", "    teir: MINI\n    tier: MINI", 10, "models[0].teir", "not permitted"),
    "a missing key": ("    tier: MINI\n", "", 9, "models[0].tier", "Field required"),
    "a value that is none of the known": ("tier: MINI", "tier: TINY", 10, "models[0].tier", "'MINI', 'STANDARD'"),
    "a word for a number": ("context_window: 1000", "context_window: big", 14, "models[0].context_window", "integer"),
    "a number that is too small": ("context_window: 1000", "context_window: 0", 14, "context_window", "greater than 0"),
    "a text for a list": ("capabilities: [CHAT]", "capabilities: CHAT", 11, "models[0].capabilities", "valid tuple"),
    "an unknown capability": ("capabilities: [CHAT]", "capabilities: [FLY]", 11, "capabilities[0]", "'CHAT'"),
    "a negative price": ("{input: 1,", "{input: -1,", 23, "models[0].prices[0].standard.input", "or equal to 0"),
    "an infinite price": ("{input: 1,", "{input: .inf,", 23, "standard.input", "finite"),
    "a word for a price": ("{input: 1,", "{input: cheap,", 23, "standard.input", "decimal"),
    "an unknown service tier": ("{batch:", "{bath:", 26, "service_tiers.bath", "'batch'"),
    "no price": ("prices:\n      - valid_from: 2026-01-01\n        standard: {input: 10, output: 20}", "prices: []",
                 38, "models[1].prices", "at least 1"),
    "no source": ("[https://example.com/large]", "[]", 37, "models[1].sources", "at least 1"),
    "a source that is no URL": ("[https://example.com/large]", "[somewhere]", 37, "models[1].sources[0]", "URL"),
    "a day that is no date": ("valid_from: 2026-06-01", "valid_from: soon", 24, "prices[1].valid_from", "date"),
    "a regional discount": ("regional_factor: 1.1", "regional_factor: 0.9", 19, "regional_factor", "equal to 1"),
    "periods out of order": ("valid_from: 2026-06-01", "valid_from: 2025-06-01", 9, "models[0]", "oldest first"),
    "two periods of a day": ("valid_from: 2026-06-01", "valid_from: 2026-01-01", 9, "models[0]", "each day once"),
    "a price that is too fine": ("input: 0.5,", "input: 0.0000005,", 9, "models[0]", "more than 6 decimals"),
    "a price that gets too fine in a region": ("input: 0.5,", "input: 0.000001,", 9, "models[0]", "6 decimals"),
    "a price that gets too fine": ("output: 1.5}", f"output: 0.00003}}\n{LONG}", 9, "models[0]", "6 decimals"),
    "two models of one id": ("model_id: small", "model_id: large",
        27, "models[1].model_id", "large stands twice"),
    "a snapshot that is a model": ("snapshots: [small-1]", "snapshots: [large]",
        27, "models[1].model_id", "large stands twice"),
    "an unknown profile": ("request_profile: chat", "request_profile: talk",
        17, "models[0].request_profile", "talk; known: chat"),
    "an unknown replacement": ("replacement: large", "replacement: huge",
        18, "models[0].lifecycle", "replacement huge is not"),
    "an effort that is not accepted": ("encoding: o200k_base", "encoding: o200k_base\n    reasoning_effort: low", 3,
                                       "request_profiles.chat", "reasoning_effort low is said where no"),
    "a word for prices": ("prices:\n      - valid_from: 2026-01-01\n        standard: {input: 10, output: 20}",
                          "prices: cheap", 38, "models[1].prices", "or `free`, or `unpriced`"),
    "a factor for a tier": ("{input: 0.25, output: 0.75}", "0.5", 26, "service_tiers.batch", "Rates"),
    "prices that nobody states": ("    sources: [https://example.com/large]\n", "", 27, "models[1]", "need `sources`"),
    "a listed replacement called unlisted": ("replacement: large}", "replacement: large, replacement_listed: no}",
                                             18, "models[0].lifecycle", "listed: false, but the replacement is large"),
    "no replacement that is called unlisted": (", replacement: large", ", replacement_listed: false", 18,
                                               "models[0].lifecycle", "the replacement is None"),
    "a doubt without words": ("tier: MINI", "tier: MINI\n    unsettled: ['']", 11, "unsettled[0]", "at least 1"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "expectation"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_catalogue_says_where_it_is_broken(
    tmp_path: Path, *, old: str, new: str, line: int, key: str, expectation: str
) -> None:
    """The message names the file, the line, the key, and what was expected there."""
    path = write(tmp_path, "models.yaml", changed(CATALOG, old, new))
    with pytest.raises(ConfigurationError) as caught:
        load_catalog_file(path)
    first = next(complaint for complaint in caught.value.detail.splitlines() if expectation in complaint)
    assert first.startswith(f"{path}, line {line}"), first
    assert key in first


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """One line for each, so that nobody mends a file in ten rounds."""
    text = changed(changed(CATALOG, "tier: MINI", "tier: TINY"), "context_window: 1000", "context_window: 0")
    with pytest.raises(ConfigurationError) as caught:
        load_catalog(tmp_path, text)
    assert len(caught.value.detail.splitlines()) == 2


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "models: 3\nrequest_profiles: {}"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    """An empty file, a text, a list, and an object of the wrong shape."""
    with pytest.raises(ConfigurationError, match=r"models\.yaml, line 1, .*Input should be"):
        load_catalog(tmp_path, text)


def test_what_was_found_is_shown_beside_what_was_expected(tmp_path: Path) -> None:
    """The wrong value itself helps to find it."""
    with pytest.raises(ConfigurationError, match=r"\(found: 'TINY'\)"):
        load_catalog(tmp_path, changed(CATALOG, "tier: MINI", "tier: TINY"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    missing = tmp_path / "nowhere.yaml"
    for load in (load_catalog_file, lambda path: load_policy_file(path, CATALOG_FILE)):
        with pytest.raises(ConfigurationError) as caught:
            load(missing)
        assert caught.value.detail == f"{missing}: No such file or directory; give the path of a readable YAML file"


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Latin-1 is not read as UTF-8 with luck."""
    path = tmp_path / "models.yaml"
    path.write_bytes("description: café".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"not UTF-8 text \(byte 16\); save it as UTF-8"):
        read_data_file(path, CatalogFile)


def test_a_control_character_is_refused(tmp_path: Path) -> None:
    """YAML forbids them; the message names the file and does not crash the start."""
    with pytest.raises(ConfigurationError, match=r"models\.yaml.*not valid YAML"):
        load_catalog(tmp_path, changed(CATALOG, "the small one", "the small\x07 one"))


def test_a_day_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """The 31st of June looks like a date to YAML; the message names file and line and does not crash the start."""
    with pytest.raises(ConfigurationError, match=r"models\.yaml, line 24"):
        load_catalog(tmp_path, changed(CATALOG, "valid_from: 2026-06-01", "valid_from: 2026-06-31"))


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """YAML would silently take the last one: a price must not be overwritten by a slip."""
    with pytest.raises(ConfigurationError, match=r"models\.yaml, line 23.*input"):
        load_catalog(tmp_path, changed(CATALOG, "{input: 1, output: 2}", "{input: 1, output: 2, input: 3}"))


def test_python_objects_are_not_made_from_yaml(tmp_path: Path) -> None:
    """A tag that would run code is refused as bad YAML."""
    with pytest.raises(ConfigurationError, match=r"line 13: not valid YAML: could not determine a constructor"):
        load_catalog(tmp_path, changed(CATALOG, "the small one", "!!python/object/apply:os.getcwd []"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("1:30", "1:30"),
        ("1:30.5", "1:30.5"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1_000.5", "1_000.5"),
        ("+0o10", "+0o10"),
    ],
)
def test_numbers_are_those_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    """010 is ten, as people read it; what only YAML 1.1 took for a number is a text."""

    class Shape(BaseModel):
        value: Any

    path = tmp_path / "numbers.yaml"
    path.write_text(f"value: {text}\n")
    found = read_data_file(path, Shape).value
    assert (found, type(found)) == (value, type(value))


def test_a_tag_that_calls_a_text_a_number_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"line 13: not valid YAML: 1:30: invalid literal"):
        load_catalog(tmp_path, changed(CATALOG, "the small one", "!!int 1:30"))
