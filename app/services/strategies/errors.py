"""What can go wrong with builds and stored strategies.

Somebody else's is reported like one that never was: its existence is nobody's business.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from app.errors import InputError, NotFoundError, TollgateError


class StrategiesUnavailableError(TollgateError):
    status = 503
    code = "strategies_unavailable"
    title = "Strategies cannot be read or written"


class StrategyNotFoundError(NotFoundError):
    code = "strategy_not_found"
    title = "There is no such strategy"

    def __init__(self, strategy_id: str) -> None:
        super().__init__(
            f"You have no strategy {strategy_id}; GET /api/v1/strategies or `tollgate strategy list` lists yours"
        )


class BuildNotFoundError(NotFoundError):
    code = "build_not_found"
    title = "There is no such build"

    def __init__(self, build_id: str) -> None:
        super().__init__(
            f"You have no build {build_id}; GET /api/v1/gen-ai/strategy-builder or "
            "`tollgate strategy list --pending` lists yours"
        )


class BuildDecidedError(InputError):
    """`fields` carry the build's `build_status` and `strategy_id`."""

    status = 409
    code = "build_decided"
    title = "The build has been decided on before"


class VersionConflictError(InputError):
    """`fields` carry the strategy's `current_version`."""

    status = 409
    code = "version_conflict"
    title = "The strategy was changed meanwhile"


class WrongFieldsError(InputError):
    """Everything that is wrong, as `errors`: where it is, what is wrong and what would be right."""

    def __init__(self, wrong: Sequence[tuple[str, str]], **fields: Any) -> None:  # noqa: ANN401  as its base class
        errors = [{"where": where, "message": message} for where, message in wrong]
        super().__init__("; ".join(f"{where}: {message}" for where, message in wrong), errors=errors, **fields)


class InvalidStrategyError(WrongFieldsError):
    code = "invalid_strategy"
    title = "The strategy makes no sense"

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        super().__init__([(where, problem) for problem in problems])
