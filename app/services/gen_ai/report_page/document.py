"""What a page is made from: whoever has a report fills one of these.

Texts are taken as they are, from data or from a model; the renderers escape them.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.quant.words import Language
from app.services.gen_ai.report_page.checked import FactCheckList
from app.services.gen_ai.report_page.measured import Measured


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text, in which an empty line begins a new paragraph. `label` is a small heading above it."""

    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list; without items it is left out, its label too."""

    items: tuple[str, ...]
    label: str | None = None
    numbered: bool = False


Block = Paragraph | Items


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: tuple[Block, ...]

    def parts(self) -> tuple[tuple[str | None, tuple[Block, ...]], ...]:
        """The blocks that say something, by their labels: what has none of its own belongs to the label before."""
        found: list[tuple[str | None, list[Block]]] = []
        for block in self.blocks:
            if not (block.items if isinstance(block, Items) else block.text.strip()):
                continue
            if not found or block.label is not None:
                found.append((block.label, []))
            found[-1][1].append(block)
        return tuple((label, tuple(blocks)) for label, blocks in found)


Verdict = Literal["proceed", "optimise", "reject", "research"]
RiskLevel = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who wrote the prose. `cost_usd` is the exact cost of all attempts in USD, None where a part is not known.

    Raises:
        ValueError: `generated_at` has no time zone.
    """

    model_id: str
    upstream: Literal["openai", "simulator"]
    operation_id: str
    generated_at: datetime
    cost_usd: Decimal | None
    attempts: int = 1

    def __post_init__(self) -> None:
        if self.generated_at.tzinfo is None:
            raise ValueError("generated_at has no time zone; give a UTC time")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A report and all that belongs to it.

    `rules`: the strategy in words, in the language of the report. The first of the `sections` stands before the
    charts, the others behind them. `fact_check` is None where nobody has checked the prose.
    """

    language: Language
    title: str
    strategy_name: str
    rules: tuple[str, ...]
    measured: Measured
    sections: tuple[Section, ...]
    fact_check: FactCheckList | None
    provenance: Provenance
    verdict: Verdict | None = None
    risk_level: RiskLevel | None = None
