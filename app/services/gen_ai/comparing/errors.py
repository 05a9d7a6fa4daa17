"""What can go wrong before anything is compared."""

from app.errors import InputError


class NoFinishedBacktestError(InputError):
    """`fields` carry the `strategy_id`."""

    status = 409
    code = "no_finished_backtest"
    title = "The strategy has no finished backtest"

    def __init__(self, strategy_id: str) -> None:
        super().__init__(
            f"{strategy_id} has no finished backtest; order one with POST /api/v1/backtests and wait until it is done",
            strategy_id=strategy_id,
        )
