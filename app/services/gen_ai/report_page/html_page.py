"""A report as one HTML file: no script, no request, to be read on any screen and printed."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from app.services.gen_ai.report_page.charts import HEIGHT, WIDTH
from app.services.gen_ai.report_page.document import Items, ReportDocument
from app.services.gen_ai.report_page.page import page_of
from app.services.gen_ai.report_page.plain_text import paragraphs, plain

_FOLDER = Path(__file__).parent


def to_html(document: ReportDocument) -> str:
    """The whole file; write it as UTF-8."""
    return _template().render(page=page_of(document), width=WIDTH, height=HEIGHT)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["paragraphs"] = paragraphs
    environment.tests["items"] = _is_items
    # The one text that is not escaped: it is this package's own.
    environment.globals["styles"] = Markup((_FOLDER / "styles.css").read_text(encoding="utf-8"))  # noqa: S704
    return environment.get_template("page.html.j2")


def _plain(value: object) -> object:
    """Whatever is printed, before it is escaped; markup was made by a macro and has been through this."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _is_items(block: object) -> bool:
    return isinstance(block, Items)
