"""What can be asked of a strategy beyond one backtest: other numbers, other years, other strategies."""

from app.quant.study.correlation import Correlation, correlation
from app.quant.study.grid import MOST_TRIALS, natural_grid
from app.quant.study.optimise import MAX_TRIALS, Optimisation, Setting, Trial, optimise
from app.quant.study.overfitting import Overfitting
from app.quant.study.parameters import changed, tunable, tunables
from app.quant.study.phases import Phase, phases
from app.quant.study.regimes import Regimes, Window, regimes
from app.quant.study.sensitivity import Sensitivity, SensitivityPoint, sensitivity
from app.quant.study.tunable import Tunable

__all__ = [
    "MAX_TRIALS",
    "MOST_TRIALS",
    "Correlation",
    "Optimisation",
    "Overfitting",
    "Phase",
    "Regimes",
    "Sensitivity",
    "SensitivityPoint",
    "Setting",
    "Trial",
    "Tunable",
    "Window",
    "changed",
    "correlation",
    "natural_grid",
    "optimise",
    "phases",
    "regimes",
    "sensitivity",
    "tunable",
    "tunables",
]
