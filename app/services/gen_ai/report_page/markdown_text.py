"""Any text as Markdown that shows exactly this text: nothing in it becomes a link, a heading, HTML or a column.

After CommonMark 0.31.2 (a backslash before punctuation takes its meaning: https://spec.commonmark.org/0.31.2/#backslash-escapes)
and GitHub's extensions (tables, strikethrough, bare addresses: https://github.github.com/gfm/).
"""

import re

from app.services.gen_ai.report_page.plain_text import plain

_MEANS_SOMETHING = re.compile(r"([\\`*_\[\]<>#|~&$])")
_BEGINS_SOMETHING = re.compile(r"^([-+=]|\d{1,9}(?=[.)]))")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def inline(text: str) -> str:
    """On one line, for places where the line has begun already, cells of tables included."""
    one_line = " ".join(plain(text).split())
    return _ADDRESS.sub(lambda found: f"\\{found[0]}", _MEANS_SOMETHING.sub(r"\\\1", one_line))


def line(text: str) -> str:
    """As a line of its own: it begins no list and underlines nothing either."""
    escaped = inline(text)
    begin = _BEGINS_SOMETHING.match(escaped)
    if begin is None:
        return escaped
    at = begin.end() if begin[0].isdigit() else 0
    return f"{escaped[:at]}\\{escaped[at:]}"


def code(text: str) -> str:
    """As code, in a fence that is longer than any in the text; the bar is escaped for the sake of tables."""
    one_line = " ".join(plain(text).split())
    if not one_line:
        return ""
    longest = max((len(run) for run in re.findall("`+", one_line)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if one_line.startswith("`") or one_line.endswith("`") else ""
    return f"{fence}{padding}{one_line}{padding}{fence}".replace("|", "\\|")
