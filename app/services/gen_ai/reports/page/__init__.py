"""Reports to read: a document in, Markdown or an HTML page out. Pure functions; nothing is stored, asked or sent."""

from app.services.gen_ai.reports.page.document import (
    Block,
    Items,
    Paragraph,
    Provenance,
    ReportDocument,
    RiskLevel,
    Section,
    Verdict,
    sections_of,
)
from app.services.gen_ai.reports.page.html_page import to_html
from app.services.gen_ai.reports.page.markdown import to_markdown
from app.services.gen_ai.reports.page.measured import CheckedClaim, CheckedNumber, Curves, Fact, FactCheckList, Measured

__all__ = [
    "Block",
    "CheckedClaim",
    "CheckedNumber",
    "Curves",
    "Fact",
    "FactCheckList",
    "Items",
    "Measured",
    "Paragraph",
    "Provenance",
    "ReportDocument",
    "RiskLevel",
    "Section",
    "Verdict",
    "sections_of",
    "to_html",
    "to_markdown",
]
