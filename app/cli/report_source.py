"""What `tollgate report` is told of a backtest and of a text: an id, a file, or standard input."""

import sys
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from app.errors import InputError
from app.schemas.gen_ai.common import BacktestMetrics

_ID_FORM = "an id of a backtest (bt_...) or the path of a JSON file"


def backtest_member(named: str) -> dict[str, Any]:
    """The member of a request that names or brings the backtest.

    A file holds the figures as the body of a request has them (`strategy_name`, `symbol`, `start_date`, `end_date`,
    `metrics`), such a body with its member `backtest`, or what GET /api/v1/backtests/{id} answers.

    Raises:
        InputError: with the file, and why it cannot be used.
    """
    path = Path(named)
    if not (named.endswith(".json") or path.is_file()):
        return {"backtest_id": named}
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{named}: {error.strerror}; give {_ID_FORM}") from error
    except orjson.JSONDecodeError as error:
        raise InputError(f"{named}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{named}: not a JSON object; give the figures of a backtest")
    return {"backtest": _summary(content, named)}


def request_of(kind: type[BaseModel], named: str, body: dict[str, Any]) -> Any:  # noqa: ANN401  of that kind
    """A request as HTTP would take it.

    Raises:
        InputError: everything that is wrong with it, and where.
    """
    try:
        return kind.model_validate_json(orjson.dumps(body))
    except ValidationError as error:
        raise InputError("\n".join(_line(named, one["loc"], one["msg"]) for one in error.errors())) from error


def _line(named: str, location: tuple[int | str, ...], message: str) -> str:
    """What is wrong with the backtest is in what was named; the rest has options of its own."""
    if not location or location[0] in {"backtest", "backtest_id"}:
        return f"{named}: {'.'.join(map(str, location)) or 'it'}: {message}"
    return f"--{str(location[0]).removesuffix('_id')}: {message}"


def read_text(file: str) -> str:
    """The text in a file (`-`: standard input), in UTF-8.

    Raises:
        InputError: it cannot be read.
    """
    source = "standard input" if file == "-" else file
    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}; give the path of a text, or - for standard input") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _summary(content: dict[str, Any], named: str) -> Any:  # noqa: ANN401  checked by the request
    if "backtest" in content:
        return content["backtest"]
    if "result" not in content:
        return content
    result, strategy = content["result"], content.get("strategy")
    if not isinstance(result, dict) or not isinstance(strategy, dict):
        raise InputError(f"{named}: this backtest has no result; wait until it is done")
    measured = result.get("metrics")
    known = BacktestMetrics.model_fields
    return {
        "strategy_name": strategy.get("name"),
        "symbol": result.get("symbol"),
        "start_date": result.get("first_day"),
        "end_date": result.get("last_day"),
        "metrics": {name: value for name, value in measured.items() if name in known}
        if isinstance(measured, dict)
        else measured,
    }
