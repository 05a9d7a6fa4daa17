"""Colours can be told from the paper, in light and in dark; nothing is fetched."""

import re
from pathlib import Path

import pytest

import app.services.gen_ai.reports.page

_STYLES = (Path(app.services.gen_ai.reports.page.__path__[0]) / "styles.css").read_text(encoding="utf-8")
_LIGHT, _DARK = (
    dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in re.findall(r":root \{(.*?)\}", _STYLES, re.DOTALL)
)


def _luminance(colour: str) -> float:
    """Relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_the_paper(colours: dict[str, str]) -> None:
    """4.5 for text and 3 for what is drawn, as WCAG 2.2 asks at level AA."""
    for paper in ("paper", "raised"):
        for text in ("text", "muted"):
            assert _contrast(colours[text], colours[paper]) >= 4.5, (text, paper)
    for drawn in ("strategy", "benchmark", "fall", "good", "middling", "bad"):
        assert _contrast(colours[drawn], colours["paper"]) >= 3, drawn
    assert _contrast(colours["fall"], colours["fall-area"]) >= 3


def test_light_and_dark_give_every_colour() -> None:
    assert _LIGHT.keys() == _DARK.keys()
    used = set(re.findall(r"var\(--([\w-]+)\)", _STYLES)) - {"tone"}
    assert used == _LIGHT.keys()


def test_the_styles_fetch_nothing() -> None:
    for word in ("url(", "@import", "@font-face", "://"):
        assert word not in _STYLES
