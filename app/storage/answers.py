"""Kept answers in SQL, for SQLite and PostgreSQL: the unique key decides who runs, across all processes."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.services.gen_ai.idempotency import AnswerStoreUnavailableError, KeptAnswer, KeyClaim, KeyedRequest, KeyState
from app.storage.database import Database, Transactions
from app.storage.tables import kept_answers

_COLUMNS = kept_answers.c
_UNREACHABLE = "Kept answers cannot be read or written"
_ADVICE = "repeat the request later, with the same key"
_ANSWER = tuple(field.name for field in fields(KeptAnswer))
_KEY = (_COLUMNS.caller_id, _COLUMNS.idempotency_key)


class SqlAnswerStore:
    def __init__(self, database: Database) -> None:
        self._insert = postgresql.insert if database.engine.dialect.name == "postgresql" else sqlite.insert
        self._transactions = Transactions(database, AnswerStoreUnavailableError, _UNREACHABLE, _ADVICE)

    async def claim(self, claim: KeyClaim) -> bool:
        values = _values(claim)
        take = (
            self._insert(kept_answers)
            .values(values)
            .on_conflict_do_update(index_elements=_KEY, set_=values, where=_free(claim))
        )
        await self._forget(claim.claimed_at)
        # RETURNING, because an upsert's row count means different things to different drivers.
        return await self._transactions.row(take.returning(_COLUMNS.token)) is not None

    async def state(self, request: KeyedRequest, now: datetime) -> KeyState | None:
        where = (*_is(request), _COLUMNS.expires_at > now)
        row = await self._transactions.row(select(kept_answers).where(*where))
        if row is None:
            return None
        answer = None if row["status"] is None else KeptAnswer(**{name: row[name] for name in _ANSWER})
        return KeyState(row["fingerprint"], row["leased_until"], answer)

    async def keep(self, claim: KeyClaim, answer: KeptAnswer) -> bool:
        statement = (
            update(kept_answers).where(*_held_by(claim)).values(asdict(answer) | {"expires_at": claim.expires_at})
        )
        return await self._transactions.change(statement) == 1

    async def release(self, claim: KeyClaim) -> None:
        await self._transactions.change(delete(kept_answers).where(*_held_by(claim)))

    async def _forget(self, now: datetime) -> None:
        """Deletes what is forgotten, in a transaction of its own: a claim holds its row no longer than it must."""
        await self._transactions.change(delete(kept_answers).where(_COLUMNS.expires_at <= now))


def _values(claim: KeyClaim) -> dict[str, Any]:
    return {
        "caller_id": claim.request.caller_id,
        "idempotency_key": claim.request.key,
        "fingerprint": claim.request.fingerprint,
        "token": claim.token,
        "claimed_at": claim.claimed_at,
        "leased_until": claim.leased_until,
        "expires_at": claim.expires_at,
        "status": None,
        "content_type": None,
        "body": None,
        "location": None,
    }


def _free(claim: KeyClaim) -> ColumnElement[bool]:
    """What may be overwritten: a forgotten key, or a run of the same request that has outlived its lease."""
    given_up = and_(
        _COLUMNS.status.is_(None),
        _COLUMNS.leased_until <= claim.claimed_at,
        _COLUMNS.fingerprint == claim.request.fingerprint,
    )
    return or_(_COLUMNS.expires_at <= claim.claimed_at, given_up)


def _is(request: KeyedRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _COLUMNS.caller_id == request.caller_id, _COLUMNS.idempotency_key == request.key


def _held_by(claim: KeyClaim) -> tuple[ColumnElement[bool], ...]:
    return (*_is(claim.request), _COLUMNS.token == claim.token, _COLUMNS.status.is_(None))
