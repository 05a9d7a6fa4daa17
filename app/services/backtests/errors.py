"""What can go wrong with backtests. Somebody else's is reported like one that never was."""

from app.errors import InputError, NotFoundError, TollgateError
from app.services.strategies.errors import WrongFieldsError


class BacktestsUnavailableError(TollgateError):
    status = 503
    code = "backtests_unavailable"
    title = "Backtests cannot be read or written"


class BacktestQueueFullError(TollgateError):
    status = 503
    code = "backtest_queue_full"
    title = "Too many backtests wait to be run"


class BacktestNotFoundError(NotFoundError):
    code = "backtest_not_found"
    title = "There is no such backtest"

    def __init__(self, backtest_id: str) -> None:
        super().__init__(
            f"You have no backtest {backtest_id}; GET /api/v1/backtests or `tollgate backtest list` lists yours"
        )


class BacktestNotDoneError(InputError):
    """`fields` carry the `backtest_status`."""

    status = 409
    code = "backtest_not_done"
    title = "The backtest has no result"


class WrongOrderError(WrongFieldsError):
    """A backtest that cannot be run: what of it is wrong, and where."""

    code = "invalid_backtest"
    title = "The backtest cannot be run"


class WorkerDiedError(Exception):
    """The process that ran a backtest has ended before the backtest."""
