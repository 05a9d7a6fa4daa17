"""`.env.example` documents every setting, and none that does not exist."""

import re
from pathlib import Path

from app.settings import Settings

_EXAMPLE = Path(__file__).parent.parent / ".env.example"


def _variable(name: str) -> str:
    return name.upper() if name.startswith("openai_") else f"TOLLGATE_{name.upper()}"


def test_env_example_lists_exactly_the_settings() -> None:
    listed = set(re.findall(r"^([A-Z_]+)=", _EXAMPLE.read_text(), re.MULTILINE))
    assert listed == {_variable(name) for name in Settings.model_fields}


def test_env_example_shows_the_defaults() -> None:
    """Read as an environment file, it changes nothing."""
    assert Settings(_env_file=_EXAMPLE) == Settings()
