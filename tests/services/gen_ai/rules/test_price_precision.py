from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.services.gen_ai.rules.model_catalog import RequestProfile
from tests.fakes.gate import CATALOG_FILE
from tests.fakes.small_files import CATALOG, changed, load_catalog


@pytest.mark.parametrize("price", ["0.000010", "0.00001", "1e-5", "12345.67890"])
def test_a_price_of_whole_picodollars_is_taken(tmp_path: Path, price: str) -> None:
    """Six decimals in USD per 1M tokens, also times the regional factor and the tier's."""
    load_catalog(tmp_path, changed(CATALOG, "{input: 10, output: 20}", f"{{input: {price}, output: 20}}"))


def test_a_price_must_be_exact_without_the_regional_factor_too(tmp_path: Path) -> None:
    """0.0000005 x 2 would be whole picodollars, but outside of a region a token would cost half of one."""
    text = changed(CATALOG, "regional_factor: 1.1", "regional_factor: 2")
    with pytest.raises(ConfigurationError, match="more than 6 decimals"):
        load_catalog(tmp_path, changed(text, "{input: 1,", "{input: 0.0000005,"))


def test_a_rate_of_a_tier_must_be_of_whole_picodollars_too(tmp_path: Path) -> None:
    text = changed(CATALOG, "{input: 0.25,", "{input: 0.0000001,")
    with pytest.raises(ConfigurationError, match=r"USD per 1M tokens has more than 6 decimals"):
        load_catalog(tmp_path, text)


def test_every_shipped_rate_is_reached_by_the_check() -> None:
    """Standard, tiers, and the long context: a luna rate exists for each of 5 prices x 4 tiers x 2 lengths."""
    (luna,) = (model for model in CATALOG_FILE.models if model.model_id == "gpt-6-luna")
    assert len(list(luna.prices[0].every_rate())) == 5 * 4 * 2


PERMITS = [
    ("always", None, True),
    ("always", "low", True),
    ("never", "none", False),
    (["none"], "none", True),
    (["none"], "low", False),
    (["none"], None, False),
    (["low", "high"], "high", True),
    ([], "none", False),
]


@pytest.mark.parametrize(("rule", "effort", "permitted"), PERMITS)
def test_a_rule_is_read_at_the_effort_that_is_sent(rule: str | list[str], effort: str | None, permitted: bool) -> None:  # noqa: FBT001  a table
    """What is allowed only without reasoning is not allowed where it is not said that there is none."""
    told = CATALOG_FILE.request_profiles["gpt-6"].model_dump()
    chat = told["chat_completions"] | {"sampling": rule}
    read = RequestProfile.model_validate(told | {"chat_completions": chat, "reasoning_effort": effort})
    assert read.chat_completions is not None
    assert read.permits(read.chat_completions.sampling) is permitted
