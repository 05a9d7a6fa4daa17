"""Texts about several strategies: whose figure it is, who is first, and of how many something holds."""

from app.quant.ranking import rank_strategies
from app.quant.words import Language
from app.services.gen_ai.fact_check import BacktestFigures, Metrics, Subject, check_text
from tests.tables import each_line

_FIGURES = [
    BacktestFigures(
        strategy_name=name,
        metrics=Metrics(total_return=total, sharpe_ratio=sharpe, max_drawdown=drawdown),
        benchmark=Metrics(total_return=0.25),
    )
    for name, total, sharpe, drawdown in (
        ("Alder", 0.312, 0.9, -0.181),
        ("Birch", 0.204, 1.2, -0.113),
        ("Cedar", -0.07, -0.1, -0.34),
    )
]
_RANKED = {one.name: one for one in rank_strategies({one.strategy_name: one.metrics.given() for one in _FIGURES})}
_SUBJECTS = [
    Subject.of(one, rank=_RANKED[one.strategy_name].rank, ranks=_RANKED[one.strategy_name].ranks) for one in _FIGURES
]


@each_line(
    ("language", "true", "false"),
    [
        ("en", "Alder returned 31.2 %.", "Birch returned 31.2 %."),
        ("en", "Alder made 31.2 %, Birch 20.4 %.", "Alder made 20.4 %, Birch 31.2 %."),
        ("en", "Birch leads its rival on Sharpe, 1.20 to 0.90.", "Birch leads its rival on Sharpe, 1.20 to 0.80."),
        ("en", "Alder has the highest return.", "Birch has the highest return."),
        ("en", "Two of the three strategies made money.", "All three strategies made money."),
        ("en", "One of the three strategies beat the benchmark.", "Two of the three strategies beat the benchmark."),
        ("en", "Birch is first on two of the three metrics.", "Alder is first on two of the three metrics."),
        ("en", "| | Return |\n|---|---|\n| Alder | 31.2% |\n| Birch | 20.4% |",
         "| | Return |\n|---|---|\n| Alder | 20.4% |\n| Birch | 31.2% |"),
        ("ko", "Alder의 수익률은 31.2%다.", "Birch의 수익률은 31.2%다."),
        ("ko", "수익률은 Alder가 가장 높다.", "수익률은 Birch가 가장 높다."),
        ("ko", "세 전략 중 둘이 수익을 냈다.", "세 전략 중 하나가 수익을 냈다."),
    ],
)  # fmt: skip
def test_a_sentence_about_several_is_true_or_refused(language: Language, true: str, false: str) -> None:
    assert check_text(true, _SUBJECTS, language).violations == ()
    assert check_text(false, _SUBJECTS, language).violations
