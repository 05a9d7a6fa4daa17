"""Numbers in sentences as people write them: the true one passes, another one does not."""

from datetime import date

import pytest

from app.quant.words import Language
from app.services.gen_ai.fact_check import Subject, check_text
from tests.tables import each_line

_ONE = (
    Subject.of(
        {
            "strategy_name": "Alder",
            "start_date": date(1999, 1, 4),
            "end_date": date(2018, 12, 31),
            "metrics": {"total_return": 0.1617, "sharpe_ratio": -0.44, "beta": 0.1, "exposure": 0.327, "trades": 38},
            "benchmark": {"total_return": 1.0412, "sharpe_ratio": 0.18},
            "parameters": {"entry_rsi_below": 30, "exit_rsi_above": 70, "rsi_period": 14},
            "sensitivity": [
                {"parameter": "exit_rsi_above", "value": 80, "metrics": {"total_return": 0.305}},
                {"parameter": "exit_rsi_above", "value": 65, "metrics": {"total_return": 0.079}},
            ],
        }
    ),
)


@each_line(
    ("language", "sentence", "true", "false"),
    [
        ("en", "It was in the market {} of the time.", "32.7%", "12%"),
        ("en", "It held a position on {} of all days.", "33%", "67%"),
        ("en", "Its market exposure was {}.", "32.7%", "16.2%"),
        ("ko", "전체 기간의 {}만 포지션을 보유했습니다.", "32.7%", "12%"),
        ("ko", "시장 노출도는 {}입니다.", "32.7%", "44%"),
        ("en", "Its beta is close to {}.", "zero", "1"),
        ("ko", "베타는 거의 {}입니다.", "0", "1"),
        ("en", "Raising the exit threshold from 70 to 80 lifts the total return to {}.", "30.5%", "7.9%"),
        ("en", "It underperformed by {} percentage points.", "87.9", "86.9"),
        ("ko", "단순 보유 전략은 {}를 벌었습니다.", "104.1%", "16.2%"),
        ("en", "A higher exit level such as 80 returned {}.", "30.5%", "7.9%"),
        ("en", "Lowering the exit level to 65 leaves {}.", "7.9%", "30.5%"),
        ("ko", "청산 기준을 70에서 80으로 올리면 총수익률은 {}가 됩니다.", "30.5%", "7.9%"),
    ],
)
def test_a_figure_is_true_or_refused(language: Language, sentence: str, true: str, false: str) -> None:
    assert check_text(sentence.format(true), _ONE, language).violations == ()
    assert check_text(sentence.format(false), _ONE, language).violations


@pytest.mark.parametrize("text", ["The 2008 crash hurt it.", "It survived the 2001 bear market."])
def test_a_year_that_names_an_event_is_a_date(text: str) -> None:
    """No fact says when crashes were: it is refused as a date, and not as a figure of the strategy."""
    (number,) = [one for one in check_text(text, _ONE, "en").numbers if one.status == "unmatched"]
    assert "not a date of the facts" in number.reason
