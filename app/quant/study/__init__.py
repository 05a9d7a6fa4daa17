"""What can be asked of a strategy beyond one backtest: other numbers, other years, other strategies."""

from app.quant.study.correlation import Correlation, correlation
from app.quant.study.optimise import (
    MAX_TRIALS,
    MOST_TRIALS,
    Optimisation,
    Overfitting,
    Setting,
    Trial,
    natural_grid,
    optimise,
)
from app.quant.study.parameters import Tunable, changed, tunable, tunables
from app.quant.study.regimes import Phase, Regimes, Window, phases, regimes
from app.quant.study.sensitivity import Sensitivity, SensitivityPoint, sensitivity

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
