"""What all requests and all answers of the GenAI endpoints have in common."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.quant.words import Language
from app.vocabulary import AttemptStatus

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")


def detected_language(text: str) -> Language:
    """Korean where there is any Hangul: Korean sentences about strategies are full of English names."""
    return "ko" if _HANGUL.search(text) else "en"


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain the character U+0000; remove it")
    return text


STORABLE = AfterValidator(_storable)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), STORABLE]
Symbol = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32), STORABLE]
ModelId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), STORABLE]

MODEL_ID = Field(
    default=None,
    description="The model to use; null: the service's default. GET /api/v1/gen-ai/models lists them",
)


class GenAiRequest(BaseModel):
    """Fields that nobody knows are refused, so that a typing error does not go unnoticed; so are NaN and infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


# Strict: JSON's true is no 1, and "0.5" is no number.
Ratio = Annotated[float, Field(strict=True, ge=-1e6, le=1e6)]
Growth = Annotated[float, Field(strict=True, ge=-1, le=1e6)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Loss = Annotated[float, Field(strict=True, ge=-1, le=1)]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]


class BacktestMetrics(GenAiRequest):
    """What a backtest measured; null, or left out: not measured. Fractions: 0.12 is 12 %."""

    total_return: Growth | None = Field(default=None, description="Fraction of the initial capital")
    annualised_return: Annotated[float, Field(strict=True, ge=-1, le=1e18)] | None = Field(
        default=None, description="Fraction a year; that of a few good days is enormous"
    )
    volatility: Annotated[float, Field(strict=True, ge=0, le=1e6)] | None = Field(
        default=None, description="Standard deviation of the returns, fraction a year"
    )
    sharpe_ratio: Ratio | None = Field(default=None, description="Return above the risk-free rate per volatility")
    sortino_ratio: Ratio | None = Field(default=None, description="As Sharpe, over the downward deviation only")
    calmar_ratio: Ratio | None = Field(default=None, description="Annualised return per maximum drawdown")
    max_drawdown: Annotated[float, Field(strict=True, ge=-1, le=0)] | None = Field(
        default=None, description="The deepest fall from a peak, a negative fraction: -0.2 is a fall of 20 %"
    )
    var_95: Loss | None = Field(default=None, description="Value at risk of a day at 95 %, fraction, either sign")
    var_99: Loss | None = Field(default=None, description="Value at risk of a day at 99 %, fraction, either sign")
    cvar_95: Loss | None = Field(
        default=None, description="Expected shortfall: the mean of the days beyond that, fraction, either sign"
    )
    cvar_99: Loss | None = Field(default=None, description="The same at 99 %")
    total_trades: Count | None = Field(default=None, description="Number of closed trades")
    winning_trades: Count | None = Field(default=None, description="Number of trades with a gain")
    losing_trades: Count | None = Field(default=None, description="Number of trades with a loss")
    win_rate: Share | None = Field(default=None, description="Winning trades as a fraction of all trades")
    exposure: Share | None = Field(default=None, description="Days with a position as a fraction of all days")
    final_value: Annotated[float, Field(strict=True, ge=0, le=1e15)] | None = Field(
        default=None, description="Value of the account at the end, in its currency"
    )
    benchmark_return: Growth | None = Field(default=None, description="Total return of the benchmark, fraction")
    alpha: Ratio | None = Field(default=None, description="Return a year that the benchmark does not explain, fraction")
    beta: Ratio | None = Field(default=None, description="How much the strategy moves with the benchmark")

    def given(self) -> dict[str, float]:
        """The metrics that have a value."""
        return self.model_dump(exclude_none=True)


class TokenUsageInfo(BaseModel):
    """Tokens that OpenAI counted, summed over all attempts of the operation."""

    input_tokens: int = Field(description="All input tokens, cached ones included")
    cached_input_tokens: int = Field(description="Input tokens that were billed at the cached price")
    cache_write_tokens: int | None = Field(
        default=None,
        description="Input tokens written into a cache, at a price of their own; null: kept before it was told",
    )
    cache_write_12h_tokens: int | None = Field(
        default=None, description="Those of them that were written for twelve hours; null: as above"
    )
    output_tokens: int = Field(description="All output tokens, reasoning included")
    reasoning_tokens: int = Field(description="Output tokens that were spent on reasoning and are not shown")


class AttemptInfo(BaseModel):
    """One request to OpenAI, and what became of its answer."""

    attempt_id: str = Field(description="Finds the attempt in the usage listing")
    model_id: str = Field(description="The model that was asked")
    status: AttemptStatus = Field(description="How well its cost is known")
    accepted: bool = Field(description="Whether its answer passed every check")
    violations: list[str] = Field(description="What the checks found wrong with its answer")
    tool_calls: list[str] = Field(description="The tools that it asked for in place of an answer")
    error: str | None = Field(description="A stable code where it brought no answer")
    upstream_message: str | None = Field(default=None, description="What the upstream said, where it brought an error")
    upstream_type: str | None = Field(default=None, description="The upstream's own type of the error")
    upstream_param: str | None = Field(default=None, description="The part of the request that the upstream objects to")
    upstream_code: str | None = Field(default=None, description="The upstream's own code of the error")
    cost_usd: str | None = Field(description="The exact cost in USD as a decimal string; null: not known")


class GenAiResponse(BaseModel):
    """What every answer says about itself."""

    accepted: bool = Field(description="Whether the answer passed every check; what did not is an error, not an answer")
    attempts: list[AttemptInfo] = Field(description="Every request that it took, the first one first")
    cost_per_accepted_answer_usd: str | None = Field(
        description="What this accepted answer cost in USD, the attempts before it included; null: not known"
    )

    model_id: str = Field(description="The model that was used")
    requested_model_id: str | None = Field(description="The model that was asked for; null: none, the default was used")
    model_reason: str | None = Field(description="Why another model than the service's default was used, if it was")
    usage: TokenUsageInfo = Field(description="The tokens that were used")
    cost_usd: str | None = Field(
        description="The exact cost in USD as a decimal string; null: a part of it is not known", examples=["0.0004215"]
    )
    upstream: str = Field(
        description="Who answered: `openai`, `simulator`, or the host of an OpenAI-compatible server",
        examples=["openai"],
    )
    operation_id: str = Field(description="Finds the operation in the usage listing")


def decimal_string(amount: Decimal) -> str:
    """All digits that count, no exponent: 0.00042150 is "0.0004215", nothing is "0"."""
    return f"{amount.normalize():f}" if amount else "0"
