"""Strategies beside each other: what is known of each, its place, how far they move together, and what to beware of.

Computed from what is stored or given; it knows no LLM.
"""

from app.services.gen_ai.comparing.comparison import Compared, compared
from app.services.gen_ai.comparing.contender import Contender
from app.services.gen_ai.comparing.correlations import PairCorrelation
from app.services.gen_ai.comparing.errors import NoFinishedBacktestError
from app.services.gen_ai.comparing.loading import ContenderLoader, Wanted

__all__ = [
    "Compared",
    "Contender",
    "ContenderLoader",
    "NoFinishedBacktestError",
    "PairCorrelation",
    "Wanted",
    "compared",
]
