"""Which writes into a cache nobody read in time: the databases find it out in one pass, the latest attempt first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, Subquery, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.services.gen_ai.ledger.port import HALF_HOUR, TWELVE_HOURS
from app.storage.columns import UtcDateTime
from app.storage.tables import attempts

USED_A_CACHE = (attempts.c.input_cached > 0) | (attempts.c.cache_write > 0) | (attempts.c.cache_write_12h > 0)
_A_SECOND = 10**6


class _Microseconds(FunctionElement[int]):
    """Since 1970: SQLite keeps moments as text, and adds no interval to them."""

    type = BigInteger()
    inherit_cache = True
    name = "microseconds"


@compiles(_Microseconds, "sqlite")
def _of_text(element: _Microseconds, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  as SQLAlchemy calls it
    moment = compiler.process(element.clauses, **kw)
    return f"(CAST(strftime('%s', {moment}) AS INTEGER) * {_A_SECOND} + CAST(substr({moment}, 21) AS INTEGER))"


@compiles(_Microseconds, "postgresql")
def _of_timestamp(element: _Microseconds, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  as above
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)}) * {_A_SECOND} AS BIGINT)"


class _AsBytes(FunctionElement[str]):
    """A name that is told from others by its bytes: PostgreSQL takes twice as long to sort by a language."""

    type = String()
    inherit_cache = True
    name = "as_bytes"


@compiles(_AsBytes, "sqlite")
def _by_bytes_anyway(element: _AsBytes, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  as above
    return str(compiler.process(element.clauses, **kw))


@compiles(_AsBytes, "postgresql")
def _by_bytes(element: _AsBytes, compiler: Any, **kw: Any) -> str:  # noqa: ANN401  as above
    return f'{compiler.process(element.clauses, **kw)} COLLATE "C"'


def cache_rows(where: Sequence[ColumnElement[bool]], key: ColumnElement[Any]) -> Subquery:
    """The attempts that read from a cache or wrote into one, each with its `key`, its `lifetime` in microseconds, and
    when the next one with the same upstream, service and model read.
    """
    columns = attempts.c
    long = func.coalesce(columns.cache_write_12h, 0)
    read_at = case((columns.input_cached > 0, columns.opened_at))
    # The latest first, so that the frame only grows; attempts of one moment are not later than each other.
    next_read_at = func.min(read_at, type_=UtcDateTime()).over(
        partition_by=[_AsBytes(name) for name in (columns.upstream, columns.service, columns.model_id)],
        order_by=columns.opened_at.desc(),
        groups=(None, -1),
    )
    return (
        select(
            key.label("key"),
            columns.opened_at,
            columns.caller_id,
            (columns.cache_write + long).label("tokens"),
            columns.cache_write_extra_usd.label("extra_usd"),
            (long > 0).label("long"),
            next_read_at.label("next_read_at"),
        )
        .where(USED_A_CACHE, *where)
        .subquery()
    )


def never_read(rows: Subquery, now: datetime) -> ColumnElement[bool]:
    """Of what `cache_rows` found: what was written, can be read no more, and was not read in time."""
    columns = rows.c
    waited: ColumnElement[int] = _Microseconds(columns.next_read_at) - _Microseconds(columns.opened_at)
    late = case((columns.long, waited > _whole(TWELVE_HOURS)), else_=waited > _whole(HALF_HOUR))
    gone = case((columns.long, columns.opened_at < now - TWELVE_HOURS), else_=columns.opened_at < now - HALF_HOUR)
    return (columns.tokens > 0) & gone & (columns.next_read_at.is_(None) | late)


def _whole(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
