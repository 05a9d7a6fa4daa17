"""Every answer says which model gave it, what it used and what it cost."""

from decimal import Decimal

import pytest

from app.quant.ranking import rank_strategies
from app.schemas.gen_ai.chatops import ChatResponse, SessionResponse
from app.schemas.gen_ai.common import GenAiResponse, decimal_string
from app.schemas.gen_ai.comparison import ComparisonResponse, metric_ranks
from app.schemas.gen_ai.narrative_report import NarrativeReportResponse
from app.schemas.gen_ai.strategy_builder import StrategyBuilderResponse
from app.services.gen_ai.responses import receipt_fields
from tests.fakes.scripted_gate import receipt


def test_a_receipt_becomes_the_fields_of_an_answer() -> None:
    answer = GenAiResponse(**receipt_fields(receipt(requested="gpt-4o-mini", reason="because")))
    assert answer.model_dump(mode="json") == {
        "accepted": True,
        "attempts": [
            {
                "attempt_id": "att_1",
                "model_id": "gpt-4o-mini",
                "status": "measured",
                "accepted": True,
                "violations": [],
                "tool_calls": [],
                "error": None,
                "upstream_message": None,
                "upstream_type": None,
                "upstream_param": None,
                "upstream_code": None,
                "cost_usd": "0.0004215",
            }
        ],
        "cost_per_accepted_answer_usd": "0.0004215",
        "model_id": "gpt-4o-mini",
        "requested_model_id": "gpt-4o-mini",
        "model_reason": "because",
        "usage": {
            "input_tokens": 1324,
            "cached_input_tokens": 1024,
            "cache_write_tokens": 0,
            "cache_write_12h_tokens": 0,
            "output_tokens": 250,
            "reasoning_tokens": 50,
        },
        "cost_usd": "0.0004215",
        "upstream": "simulator",
        "operation_id": "op_1",
    }


def test_an_unknown_cost_is_null_and_not_zero() -> None:
    assert receipt_fields(receipt(cost_usd=None))["cost_usd"] is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0.00", "0"),
        ("0E-9", "0"),
        ("0.00042150", "0.0004215"),
        ("1E-7", "0.0000001"),
        ("1200.00", "1200"),
        ("12.345678901234567890123", "12.345678901234567890123"),
    ],
)
def test_money_is_written_with_all_digits_that_count_and_no_exponent(amount: str, text: str) -> None:
    assert decimal_string(Decimal(amount)) == text


def test_a_rank_shows_the_value_and_the_place_by_each_metric() -> None:
    ranked = rank_strategies({"A": {"alpha": 0.1}, "B": {}}, ["alpha"])
    shown = [metric_ranks(item, {"alpha": 0.1} if item.name == "A" else {}) for item in ranked]
    assert [[one.model_dump() for one in each] for each in shown] == [
        [{"metric": "alpha", "value": 0.1, "rank": 1}],
        [{"metric": "alpha", "value": None, "rank": 2}],
    ]


@pytest.mark.parametrize(
    "response", [StrategyBuilderResponse, NarrativeReportResponse, ChatResponse, ComparisonResponse]
)
def test_every_answer_of_a_model_carries_the_base(response: type[GenAiResponse]) -> None:
    required = set(response.model_json_schema(mode="serialization")["required"])
    assert set(GenAiResponse.model_fields) <= required


def test_a_session_is_no_answer_of_a_model() -> None:
    assert set(SessionResponse.model_fields) == {"session_id", "created_at", "expires_at"}
