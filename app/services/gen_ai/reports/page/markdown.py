"""A report as Markdown."""

import re
from collections.abc import Iterable, Iterator

from app.services.gen_ai.reports.page.document import Items, ReportDocument, Section
from app.services.gen_ai.reports.page.html_page import Page, page_of
from app.services.gen_ai.reports.page.plain_text import paragraphs, plain
from app.services.gen_ai.reports.page.tables import Cell, Table

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


# A report as Markdown: the page without its charts, which their descriptions stand for.


def to_markdown(document: ReportDocument) -> str:
    """Markdown (CommonMark, and tables as GitHub has them) that ends with a line feed."""
    return "\n\n".join(_parts(page_of(document))) + "\n"


def _parts(page: Page) -> Iterator[str]:
    words = page.words
    yield f"# {inline(page.title)}"
    subject = (page.strategy_name, page.symbol, page.period)
    yield f"{words.eyebrow}: {' · '.join(inline(text) for text in subject if text is not None)}"
    if page.note:
        yield f"> {inline(page.note)}"
    yield _list([badge.text for badge in page.badges])
    if page.summary:
        yield from _section(page.summary)
    for chart in page.charts:
        yield f"**{inline(chart.title)}:** {inline(chart.description)}"
    for section in page.sections:
        yield from _section(section)
    for table in page.tables:
        yield from _table(table)
    if page.basis:
        yield from _section(page.basis)
    for table in page.checks:
        yield from _table(table)
    yield f"## {inline(words.source.heading)}"
    yield "\n".join(f"- {inline(label)}: {inline(value)}" for label, value in page.source)


def _section(section: Section) -> Iterator[str]:
    yield f"## {inline(section.heading)}"
    for label, blocks in section.parts():
        if label:
            yield f"### {inline(label)}"
        for block in blocks:
            if isinstance(block, Items):
                yield _list(block.items, numbered=block.numbered)
            else:
                yield from (line(text) for text in paragraphs(block.text))


def _list(items: Iterable[str], *, numbered: bool = False) -> str:
    return "\n".join(f"{f'{number}.' if numbered else '-'} {line(item)}" for number, item in enumerate(items, start=1))


def _table(table: Table) -> Iterator[str]:
    yield f"## {inline(table.name)}"
    if table.lead:
        yield line(table.lead)
    if table.groups:
        head = [inline(column.label) for column in table.columns]
        under = ["---:" if column.numeric else "---" for column in table.columns]
        body = [[_cell(cell) for cell in row] for group in table.groups for row in group.rows]
        yield "\n".join(f"| {' | '.join(cells)} |" for cells in (head, under, *body))
    if table.notes:
        yield "\n".join(f"- ({note.mark}) {inline(note.text)}" for note in table.notes)


def _cell(cell: Cell) -> str:
    text = inline(cell.text)
    if cell.note:
        text += f" ({cell.note})"
    return f"{text} {code(cell.code)}" if cell.code else text
