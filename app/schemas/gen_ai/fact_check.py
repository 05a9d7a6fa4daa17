"""What the fact checker is asked, and what it finds in a text or in a report."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.quant.words import Language
from app.schemas.gen_ai.backtest_source import EXAMPLE_BACKTEST, BacktestSource
from app.schemas.gen_ai.common import STORABLE


class FactInfo(BaseModel):
    """One value that a text may state."""

    name: str = Field(description="Stable, such as `sharpe_ratio` or `benchmark.total_return`")
    value: float | date = Field(description="Exact, with all its digits")
    unit: str = Field(description="What the value is counted in; a fraction of 0.12 is printed as 12 %")
    printed: str = Field(description="The value as a report prints it")
    decimals: int = Field(description="Decimals of the printed form (of percent, for a fraction)")


class _Found(BaseModel):
    where: str = Field(description="The field of the report in which it stands; `text` for a text by itself")
    text: str = Field(description="As it stands there")
    start: int = Field(description="Where it begins in that field, in characters")
    end: int = Field(description="Where it ends")


class NumberInfo(_Found):
    value: float | None = Field(description="As it is written, without its unit (12.3 for 12.3 %); null for a date")
    status: Literal["matched", "no_claim", "unmatched"] = Field(
        description="matched: a fact says so. no_claim: it states nothing. unmatched: no fact says so"
    )
    fact: FactInfo | None = Field(description="The fact that it states; null unless it matched one")
    reason: str = Field(description="Why it is no claim, or what the facts say in its place")


class ClaimInfo(_Found):
    kind: Literal["comparison", "rank", "gain_or_loss", "topic"] = Field(
        description="topic: it speaks of something of which there must be facts, such as tail risk"
    )
    agrees: bool = Field(description="Whether the facts say so too")
    reason: str = Field(description="What the facts say")


class FactCheckInfo(BaseModel):
    """Every number and every claim, in the order of the text."""

    passed: bool = Field(description="Whether nothing is wrong")
    numbers: list[NumberInfo] = Field(description="Every number and date")
    claims: list[ClaimInfo] = Field(description="Every claim without a number, such as: more than the benchmark")
    violations: list[str] = Field(description="What is wrong, in sentences from which a writer can repair the text")


_EXAMPLE: dict[str, Any] = {
    "backtest": EXAMPLE_BACKTEST,
    "language": "en",
    "text": "The strategy returned 18.4 %, more than the benchmark, with a Sharpe ratio of 0.97.",
}


class FactCheckRequest(BacktestSource):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    text: Annotated[str, Field(min_length=1, max_length=20_000), STORABLE] = Field(
        description="What is said of the backtest, in plain text"
    )
    language: Language = Field(default="ko", description="Language of the text")
