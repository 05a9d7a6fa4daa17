"""Contenders for comparisons of figures that come along."""

from unittest.mock import create_autospec

from app.services.backtests.service import BacktestService
from app.services.gen_ai.chat.contenders import ContenderLoader
from app.services.strategies.service import StrategyService


def nothing_stored() -> ContenderLoader:
    """A loader for whoever names nothing that is stored."""
    return ContenderLoader(
        create_autospec(StrategyService, instance=True), create_autospec(BacktestService, instance=True)
    )
