"""Reports to read: a document in, Markdown or an HTML page out. Pure functions; nothing is stored, asked or sent."""

from app.services.gen_ai.report_page.checked import CheckedClaim, CheckedNumber, Fact, FactCheckList
from app.services.gen_ai.report_page.document import (
    Block,
    Items,
    Paragraph,
    Provenance,
    ReportDocument,
    RiskLevel,
    Section,
    Verdict,
)
from app.services.gen_ai.report_page.html_page import to_html
from app.services.gen_ai.report_page.markdown import to_markdown
from app.services.gen_ai.report_page.measured import Curves, Measured
from app.services.gen_ai.report_page.sections import sections_of

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
