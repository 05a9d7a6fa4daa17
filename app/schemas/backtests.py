"""What the endpoints of backtests are asked, and what they answer."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.quant.backtest import BacktestConfig, Conventions, Metrics, Performance, Trade
from app.quant.strategy import Strategy
from app.quant.words import Language
from app.schemas.gen_ai.common import MODEL_ID, GenAiRequest, ModelId, Symbol
from app.schemas.gen_ai.narrative_report import Detail
from app.schemas.gen_ai.strategy_builder import EXAMPLE_STRATEGY
from app.schemas.strategy_json import StrategyJson
from app.vocabulary import BacktestStatus

StrategyId = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
Day = Annotated[date, Field(strict=False)]

_EXAMPLES: list[Any] = [
    {"strategy": EXAMPLE_STRATEGY, "symbol": "GSPC", "start_date": "2009-01-02", "end_date": "2018-12-31"},
    {
        "strategy_id": "strat_019abc0f21d83f1c9be07d4a62c58e10",
        "symbol": "IXIC",
        "initial_cash": 50000,
        "max_position": 0.5,
        "commission": 0.0005,
        "slippage": 0.0002,
        "report": {"language": "en", "detail": "brief"},
    },
]


class ReportWish(GenAiRequest):
    """A report on the backtest, to be written when it is done; every field may be left out."""

    language: Language | None = Field(
        default=None, description="Language of the report; null: that of the answer's words"
    )
    detail: Detail = Field(default="standard", description="How much to say")
    model_id: ModelId | None = MODEL_ID


class BacktestRequest(BacktestConfig):
    """A strategy, a series and the costs. Exactly one of `strategy_id` and `strategy` is needed."""

    model_config = ConfigDict(strict=True, json_schema_extra={"examples": _EXAMPLES})

    strategy_id: StrategyId | None = Field(
        default=None, description="One of your strategies. It is run as it is now, whatever becomes of it later"
    )
    strategy: StrategyJson | None = Field(default=None, description="Or rules that are not stored")
    symbol: Symbol = Field(description="The series: a sample (GSPC, IXIC) or a file in TOLLGATE_DATA_DIR")
    start_date: Day | None = Field(default=None, description="The first day; null: the first there is")
    end_date: Day | None = Field(default=None, description="The last day, included; null: the last there is")
    report: ReportWish | bool = Field(
        default=False, description="Whether a report shall be written when it is done, and which; that costs a call"
    )

    @model_validator(mode="after")
    def _one_strategy(self) -> Self:
        if (self.strategy_id is None) == (self.strategy is None):
            raise ValueError("strategy_id, strategy: give exactly one of the two")
        return self

    @property
    def wish(self) -> ReportWish | None:
        """The report that is wanted; None: none is."""
        return (ReportWish() if self.report else None) if isinstance(self.report, bool) else self.report

    @property
    def config(self) -> BacktestConfig:
        """How it shall be run."""
        return BacktestConfig.model_validate(self.model_dump(include=set(BacktestConfig.model_fields)))


class OrderedReport(BaseModel):
    """The report that was ordered with a backtest."""

    status: Literal["waiting", "writing", "written", "failed"] = Field(
        description="waiting for the backtest, or to be written; written and failed are final"
    )
    language: Language
    detail: Detail
    model_id: str | None = Field(
        description="The model that was asked for; null: none, the service's default writes it"
    )
    report_id: str | None = Field(description="Finds the report; null until it is written")
    failure: str | None = Field(description="Why there is no report, if it has failed")


class ResultInfo(BaseModel):
    """What a backtest found. Fractions: 0.12 is 12 %; null: not defined, as a ratio to a variance of zero."""

    symbol: str = Field(description="The series it was run over")
    first_day: date = Field(description="The first day of the range that has a bar")
    last_day: date = Field(description="The last day of the range that has a bar")
    config: BacktestConfig = Field(description="How it was run")
    position_fraction: float = Field(description="The fraction of the capital that went into each position")
    conventions: Conventions = Field(description="What the figures rest on")
    metrics: Metrics = Field(description="What the strategy achieved")
    benchmark: Performance = Field(description="What buying and holding the same series achieved")


class Curves(BaseModel):
    """Lists of equal length, one value a day."""

    days: list[date]
    equity: list[float] = Field(description="What the account was worth at the close")
    drawdown: list[float] = Field(description="How far below its highest value that is, a negative fraction")
    benchmark_equity: list[float] = Field(description="What the benchmark was worth")


Part = Literal["curves", "trades"]


class BacktestResponse(BaseModel):
    backtest_id: str = Field(description="Finds the backtest; only its owner can use it")
    status: BacktestStatus = Field(description="queued, running, done or failed; the last two are final")
    progress: float = Field(description="How much of it is done, a fraction")
    strategy_id: str | None = Field(description="The stored strategy that was run; null: rules that came along")
    strategy_version: int | None = Field(description="Its version then")
    strategy: Strategy = Field(description="The strategy as it is run")
    rules_in_words: list[str] = Field(description="The strategy in sentences, made from the data")
    assumptions_in_words: list[str] = Field(description="What is assumed of costs, fills and figures, in sentences")
    symbol: str
    start_date: date | None = Field(description="The first day that was asked for; null: the first there is")
    end_date: date | None = Field(description="The last day that was asked for; null: the last there is")
    config: BacktestConfig
    queued_at: datetime
    started_at: datetime | None = Field(description="When it was begun; after a restart, when it was begun again")
    ended_at: datetime | None
    failure: str | None = Field(description="Why there is no result, if it has failed")
    result: ResultInfo | None = Field(description="Null until it is done")
    report: OrderedReport | None = Field(description="The report that was ordered with it; null: none was")
    trades: list[Trade] | None = Field(default=None, description="Where they were asked for with include=trades")
    curves: Curves | None = Field(default=None, description="Where they were asked for with include=curves")


class BacktestListResponse(BaseModel):
    backtests: list[BacktestResponse] = Field(description="Without trades and curves")
    total: int = Field(description="How many there are in all")
    limit: int
    offset: int
