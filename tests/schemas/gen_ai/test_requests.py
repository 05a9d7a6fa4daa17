"""What a request may say; what it may not, and the sentence that helps."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from app.schemas.gen_ai import chatops, common, narrative_report, strategy_builder, strategy_review
from app.schemas.gen_ai.chatops import ChatRequest
from app.schemas.gen_ai.common import BacktestMetrics, detected_language
from app.schemas.gen_ai.comparison import CompareRequest
from app.schemas.gen_ai.narrative_report import NarrativeReportRequest
from app.schemas.gen_ai.strategy_builder import StrategyBuilderRequest
from tests.tables import each_line

REQUESTS: list[type[BaseModel]] = [StrategyBuilderRequest, NarrativeReportRequest, ChatRequest, CompareRequest]


def _example(model: type[BaseModel], number: int = 0) -> dict[str, Any]:
    extra: Any = model.model_config["json_schema_extra"]
    copied: dict[str, Any] = json.loads(json.dumps(extra["examples"][number]))
    return copied


def _changed(model: type[BaseModel], path: str, value: object) -> dict[str, Any]:
    """The first example with one field, given by its dotted path, set to a value."""
    body = _example(model)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = body
    for step in steps:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[last] = value
    return body


@pytest.mark.parametrize("model", REQUESTS)
def test_the_examples_of_the_documentation_are_valid(model: type[BaseModel]) -> None:
    extra: Any = model.model_config["json_schema_extra"]
    assert extra["examples"]
    for example in extra["examples"]:
        model.model_validate(example)
        model.model_validate_json(json.dumps(example))


def _models() -> list[type[BaseModel]]:
    modules = (chatops, common, narrative_report, strategy_builder, strategy_review)
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    ours = [value for value in found if issubclass(value, BaseModel) and value.__module__.startswith("app.schemas")]
    return sorted(ours, key=lambda model: model.__name__)


@each_line("model", _models())
def test_every_field_is_described_by_itself_or_by_its_type(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description or (isinstance(field.annotation, type) and field.annotation.__doc__), name


@pytest.mark.parametrize("model", REQUESTS)
def test_a_typing_error_in_a_field_name_is_noticed(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match=r"modelid\n  Extra inputs are not permitted"):
        model.model_validate(_example(model) | {"modelid": "gpt-4o"})


@pytest.mark.parametrize("model", REQUESTS)
def test_a_model_may_be_chosen_or_left_to_the_service(model: type[BaseModel]) -> None:
    chosen = model.model_validate(_example(model) | {"model_id": " gpt-4o "})
    assert chosen.model_dump()["model_id"] == "gpt-4o"
    assert model.model_validate(_example(model) | {"model_id": None}).model_dump()["model_id"] is None


TEXTS: list[tuple[type[BaseModel], str]] = [
    (StrategyBuilderRequest, "query"),
    (StrategyBuilderRequest, "context"),
    (StrategyBuilderRequest, "preferences.symbol"),
    (StrategyBuilderRequest, "model_id"),
    (NarrativeReportRequest, "backtest.strategy_name"),
    (ChatRequest, "message"),
    (CompareRequest, "question"),
    (CompareRequest, "strategies.0.name"),
]


@each_line(("model", "path"), TEXTS)
def test_text_that_cannot_be_stored_is_refused(model: type[BaseModel], path: str) -> None:
    with pytest.raises(ValidationError, match="must not contain the character U"):
        model.model_validate(_changed(model, path, "Buy and\0 hold"))
    with pytest.raises(ValidationError, match="valid string"):
        model.model_validate(_changed(model, path, "Buy and hold \ud800"))


CASES: list[tuple[type[BaseModel], str, object, str]] = [
    (StrategyBuilderRequest, "query", "   too short   ", "at least 10 characters"),
    (StrategyBuilderRequest, "query", "x" * 1001, "at most 1000 characters"),
    (StrategyBuilderRequest, "context", "x" * 4001, "at most 4000 characters"),
    (StrategyBuilderRequest, "language", "fr", "'ko' or 'en'"),
    (StrategyBuilderRequest, "model_id", " ", "at least 1 character"),
    (StrategyBuilderRequest, "preferences.indicators", ["RSX"], "'RSI'"),
    (StrategyBuilderRequest, "preferences.indicators", [7], "'RSI'"),
    (StrategyBuilderRequest, "preferences.max_position_size", 20, "less than or equal to 1"),
    (StrategyBuilderRequest, "preferences.stop_loss", 0, "greater than 0"),
    (StrategyBuilderRequest, "preferences.take_profit", True, "valid number"),
    (StrategyBuilderRequest, "preferences.risk_tolerance", "extreme", "'low', 'medium' or 'high'"),
    (StrategyBuilderRequest, "strategy", {"name": "half"}, "Field required"),
    (NarrativeReportRequest, "backtest.end_date", "2025-01-02", "end_date (2025-01-02) must be after start_date"),
    (NarrativeReportRequest, "backtest.end_date", "2025-13-01", "valid date"),
    (NarrativeReportRequest, "backtest.metrics", {}, "give at least one figure"),
    (NarrativeReportRequest, "backtest.metrics.max_drawdown", 0.2, "less than or equal to 0"),
    (NarrativeReportRequest, "backtest.metrics.max_drawdown", -1.01, "greater than or equal to -1"),
    (NarrativeReportRequest, "backtest.metrics.win_rate", 57, "less than or equal to 1"),
    (NarrativeReportRequest, "backtest.metrics.total_return", -1.5, "greater than or equal to -1"),
    (NarrativeReportRequest, "backtest.metrics.sharpe_ratio", float("nan"), "finite number"),
    (NarrativeReportRequest, "backtest.metrics.alpha", float("inf"), "finite number"),
    (NarrativeReportRequest, "backtest.metrics.volatility", "0.2", "valid number"),
    (NarrativeReportRequest, "backtest.metrics.total_trades", 1.5, "valid integer"),
    (NarrativeReportRequest, "backtest.metrics.sharpe", 1, "Extra inputs"),
    (NarrativeReportRequest, "language", "KO", "'ko' or 'en'"),
    (NarrativeReportRequest, "detail", "long", "'brief', 'standard' or 'detailed'"),
    (ChatRequest, "message", " \n ", "at least 1 character"),
    (ChatRequest, "message", "x" * 4001, "at most 4000 characters"),
    (ChatRequest, "include_history", "yes", "valid boolean"),
    (CompareRequest, "strategies", [{"name": "A", "metrics": {"alpha": 1}}], "at least 2 items"),
    (CompareRequest, "strategies.1.name", "rsi MEAN reversion ", "repeated: rsi mean reversion"),
    (CompareRequest, "metrics", [], "at least 1 item"),
    (CompareRequest, "metrics", ["beta"], "'total_return'"),
    (CompareRequest, "metrics", ["alpha"], "no strategy has a value for any of alpha"),
    (CompareRequest, "metrics", ["sharpe_ratio", "sharpe_ratio"], "repeated: sharpe_ratio"),
    (CompareRequest, "question", "", "at least 1 character"),
]


@each_line(("model", "path", "value", "said"), CASES)
def test_bad_input_gets_a_sentence_that_helps(model: type[BaseModel], path: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(_changed(model, path, value))
    assert any(said in error["msg"] for error in caught.value.errors()), caught.value


def test_what_stands_around_words_does_not_count() -> None:
    request = StrategyBuilderRequest(query="  buy and hold  ")
    assert request.query == "buy and hold"


def test_indicators_may_be_written_small() -> None:
    request = StrategyBuilderRequest.model_validate(
        _changed(StrategyBuilderRequest, "preferences.indicators", [" rsi", "MACD"])
    )
    assert request.preferences is not None
    assert request.preferences.indicators == ["RSI", "MACD"]


def test_five_strategies_are_the_most() -> None:
    strategies = [{"name": f"S{number}", "metrics": {"total_return": 0.1}} for number in range(6)]
    assert len(CompareRequest.model_validate({"strategies": strategies[:5]}).strategies) == 5
    with pytest.raises(ValidationError, match="at most 5 items"):
        CompareRequest.model_validate({"strategies": strategies})


def test_metrics_that_were_not_measured_are_not_given() -> None:
    assert BacktestMetrics(total_return=0.0, win_rate=None).given() == {"total_return": 0.0}


@pytest.mark.parametrize(
    ("text", "language"), [("RSI 30 이하", "ko"), ("ㅋㅋ", "ko"), ("buy RSI", "en"), ("", "en"), ("買う", "en")]
)
def test_hangul_makes_a_text_korean(text: str, language: str) -> None:
    assert detected_language(text) == language
