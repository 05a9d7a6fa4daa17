"""Is every figure of a text true? `check_text` matches each number and each claim of a text to facts.

It knows no LLM, no HTTP and no storage: figures and a text go in, findings come out.
"""

from app.services.gen_ai.fact_check.check import check_text
from app.services.gen_ai.fact_check.facts.backtest import backtest_facts
from app.services.gen_ai.fact_check.facts.correlations import Correlated
from app.services.gen_ai.fact_check.facts.fact import Fact
from app.services.gen_ai.fact_check.facts.figures import BacktestFigures, Metrics, Regime, Variation
from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.facts.parameters import parameters_of
from app.services.gen_ai.fact_check.result import ClaimFinding, FactCheck, NumberFinding
from app.services.gen_ai.fact_check.subjects import Subject

__all__ = [
    "BacktestFigures",
    "ClaimFinding",
    "Correlated",
    "Fact",
    "FactCheck",
    "Metrics",
    "NumberFinding",
    "Regime",
    "Subject",
    "Unit",
    "Variation",
    "backtest_facts",
    "check_text",
    "parameters_of",
]
