"""The header Accept, as RFC 9110 (12.5.1) says."""

from app.api.media_types import preferred
from tests.tables import each_line

_OFFERED = ("application/json", "text/markdown", "text/html")


@each_line(
    ("accept", "chosen"),
    [
        ("*/*", "application/json"),
        ("", "application/json"),
        ("image/png", "application/json"),
        ("text/html", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/*", "text/markdown"),
        ("text/html, text/markdown", "text/markdown"),
        ("text/markdown;q=0.5, text/html;q=0.7", "text/html"),
        ("text/html;level=1;q=0.2, application/json; q=0.1", "text/html"),
        ("*/*;q=0.9, application/json;q=0", "text/markdown"),
        ("text/*;q=0.9, text/markdown;q=0.1, */*;q=0.5", "text/html"),
        ("text/html;q=high, */*;q=0.1", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
def test_the_form_that_is_liked_best_is_chosen(accept: str, chosen: str) -> None:
    """Of equal ones the first that is offered; the more precise wish counts; nonsense counts as none."""
    assert preferred(accept, _OFFERED) == chosen
