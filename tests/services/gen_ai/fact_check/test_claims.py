"""Claims without a number: each true sentence passes, and its opposite does not."""

import pytest

from app.quant.words import Language
from app.services.gen_ai.fact_check import Subject, check_text
from tests.tables import each_line

_ONE = (
    Subject.of(
        {
            "strategy_name": "Alder",
            "metrics": {
                "win_rate": 0.395,
                "trades": 38,
                "total_return": 0.118,
                "sharpe_ratio": 0.5,
                "max_drawdown": -0.142,
                "volatility": 0.11,
            },
            "benchmark": {"total_return": 1.041, "max_drawdown": -0.142, "volatility": 0.19},
        }
    ),
)


@each_line(
    ("language", "true", "false"),
    [
        ("en", "Alder lagged the benchmark.", "Alder beat the benchmark."),
        ("en", "It was in the market for years and lagged the benchmark.",
         "It was in the market for years and beat the benchmark."),
        ("en", "Alder earned less (11.8 %) than the benchmark (104.1 %).",
         "Alder earned more (11.8 %) than the benchmark (104.1 %)."),
        ("en", "It had the same maximum drawdown as the benchmark.", "It had the same return as the benchmark."),
        ("en", "Its drawdown was identical to the benchmark's.", "Its volatility was identical to the benchmark's."),
        ("en", "Most of its trades were losers.", "Most of its trades were winners."),
        ("en", "The majority of its 38 trades lost money.", "The majority of its 38 trades made money."),
        ("ko", "거래 대부분이 손실로 끝났다.", "거래 대부분이 이익으로 끝났다."),
        ("ko", "최대 낙폭은 벤치마크와 비슷하다.", "총수익률은 벤치마크와 비슷하다."),
        ("en", "Alder made money.", "Alder lost money."),
        ("en", "The Sharpe ratio is positive.", "The Sharpe ratio is negative."),
        ("ko", "Alder는 벤치마크에 뒤졌다.", "Alder는 벤치마크를 앞섰다."),
        ("ko", "변동성은 벤치마크보다 낮다.", "변동성은 벤치마크보다 높다."),
        ("ko", "최대 낙폭은 벤치마크와 같다.", "수익률은 벤치마크와 같다."),
        ("ko", "벤치마크와 같은 낙폭을 보였다.", "벤치마크와 같은 수익률을 보였다."),
    ],
)  # fmt: skip
def test_a_claim_is_true_or_refused(language: Language, true: str, false: str) -> None:
    assert check_text(true, _ONE, language).violations == ()
    found = check_text(false, _ONE, language)
    assert [claim for claim in found.claims if not claim.agrees]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It covers the same period as the benchmark."),
        ("en", "There is more to it than the benchmark."),
        ("en", "It lost money more often than not, or so one would think."),
        ("ko", "벤치마크와 같은 기간을 다룬다."),
    ],
)
def test_where_no_metric_is_named_nothing_is_claimed(language: Language, text: str) -> None:
    assert check_text(text, _ONE, language).violations == ()
