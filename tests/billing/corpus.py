"""The billing corpus: usage objects as upstreams send them, and what they cost.

The files in `cases/` are grouped by subject. The expected costs were worked out from OpenAI's price list
(https://developers.openai.com/api/docs/pricing), not by the code under test; the arithmetic stands beside each.
"""

from datetime import UTC, date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from app.services.gen_ai.rules.catalog_file import CatalogFile, load_catalog_file
from app.services.gen_ai.rules.data_files import read_data_file
from app.services.gen_ai.rules.model_catalog import ModelRecord

HERE = Path(__file__).parent
SHIPPED_CATALOG = HERE.parents[1] / "app" / "data" / "models.yaml"


def _text(value: object) -> object:
    """An amount is written as text: YAML would read a bare one as a float."""
    if not isinstance(value, str):
        raise ValueError('write the amount in quotes, for instance "0.0002"')  # noqa: TRY004  pydantic wants ValueError
    return value


ExactUsd = Annotated[Decimal, BeforeValidator(_text), Field(ge=0)]
Count = Annotated[int, Field(strict=True, ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Buckets(_Part):
    input_uncached: Count
    input_cached: Count
    cache_write: Count
    cache_write_12h: Count = 0
    output_visible: Count
    output_reasoning: Count

    @property
    def inputs(self) -> int:
        return self.input_uncached + self.input_cached + self.cache_write + self.cache_write_12h

    @property
    def outputs(self) -> int:
        return self.output_visible + self.output_reasoning


class Priced(_Part):
    """`cost_usd` is exact, in USD."""

    cost_usd: ExactUsd
    price_id: Annotated[str, Field(pattern=r"^.+@\d{4}-\d{2}-\d{2}$")]
    buckets: Buckets


class Unknown(_Part):
    unknown: Literal["inconsistent", "unpriced", "unknown_model"]


class Case(_Part):
    """One answer. `model` and `service_tier` are what the answer names; `requested_service_tier` must not matter.
    `window` is what the background request had asked for, which no answer names, and which does matter.

    `ours_only` says why the case is no question for another price calculator; `disagree` says of each one that gives
    another figure why it does, and by which source ours is right.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    model: str
    usage: dict[str, Any]
    at: AwareDatetime
    requested_service_tier: str | None = None
    service_tier: str | None = None
    window: Literal["2h", "8h"] | None = None
    regional: bool = False
    ours_only: str | None = None
    disagree: dict[Literal["litellm", "genai-prices"], str] = Field(default_factory=dict)
    expected: Priced | Unknown
    group: str = ""
    catalog: Path = SHIPPED_CATALOG

    @property
    def day(self) -> date:
        """The day in UTC: prices change at midnight there."""
        return self.at.astimezone(UTC).date()

    @property
    def names_a_tier(self) -> bool:
        return "service_tier" in self.model_fields_set


class CaseFile(_Part):
    about: str
    catalog: str | None = None
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


@cache
def load_corpus() -> tuple[Case, ...]:
    """Every case of every file.

    Raises:
        ConfigurationError: with the file, the line, the key, and what was expected.
    """
    return tuple(case for path in sorted((HERE / "cases").glob("*.yaml")) for case in _cases(path))


def _cases(path: Path) -> list[Case]:
    file = read_data_file(path, CaseFile)
    catalog = HERE / "catalogs" / file.catalog if file.catalog else SHIPPED_CATALOG
    return [case.model_copy(update={"group": path.stem, "catalog": catalog}) for case in file.cases]


@cache
def catalog_file(path: Path) -> CatalogFile:
    return load_catalog_file(path)


def find_model(case: Case) -> ModelRecord | None:
    """The record behind the name in the answer, in the case's own catalogue."""
    models = catalog_file(case.catalog).models
    return next((model for model in models if case.model in (model.model_id, *model.snapshots)), None)
