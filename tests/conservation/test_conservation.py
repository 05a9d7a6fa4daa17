"""Nothing is lost and nothing counts twice: a server under load, with every fault of its upstream, killed five times.
Each of the servers asks on the other one of OpenAI's two text APIs than the one before it.

Tollgate and its upstream are processes of their own; each keeps its own books, and in the end the books must agree.
`TOLLGATE_TEST_SEED` repeats the plan of a run; when each thing happens is up to the machine.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import httpx2
import pytest

from app.bootstrap import build_container, running
from app.settings import Settings
from tests.conservation.account import SimulatorAccount
from tests.conservation.budgets import wrong_counters
from tests.conservation.comparison import Books
from tests.conservation.conftest import MakeSettings
from tests.conservation.ledger import Row, all_rows, models_allowed
from tests.conservation.load import Load
from tests.conservation.plan import CALLS, DEADLINE_SECONDS, KILLS, WIRES, planned
from tests.conservation.raw_calls import CALLER as RAW_CALLER
from tests.conservation.target import Target

_UPSTREAM = "127.0.0.1"
"""What the ledger calls the simulator, which has a process of its own."""
_SHOWN = 20
"""Differences in the message of a failure."""
_HAPPENED: Mapping[str, set[str | None]] = {
    "measured": {None, "unpriced"},
    "estimated": {"stream_cut", "usage_missing"},
    "unknown": {
        "answer_failed",
        "dearer_than_asked",
        "process_died",
        "unreadable_answer",
        "upstream_error",
        "upstream_timeout",
        "upstream_unreachable",
        "usage_inconsistent",
        "usage_missing",
    },
    "unbilled": {"upstream_error", "upstream_quota_exhausted", "upstream_unavailable"},
}
"""How attempts end in a run: a load that does not come so far shows nothing."""


@pytest.mark.timeout(600)  # about a minute where two cores are free; a busy machine takes longer
async def test_the_ledger_has_what_was_billed(
    http: httpx2.AsyncClient, account: SimulatorAccount, tollgate_settings: MakeSettings, database_url: str
) -> None:
    """Every billed call has exactly one row; what is measured agrees to the token and the picodollar."""
    seed = int(os.environ.get("TOLLGATE_TEST_SEED") or random.SystemRandom().randrange(2**32))
    settings = tollgate_settings(
        TOLLGATE_DATABASE_URL=database_url,
        TOLLGATE_REQUEST_DEADLINE_SECONDS=str(DEADLINE_SECONDS),
        TOLLGATE_STREAM_DRAIN_SECONDS="1",
    )
    target = await Target.begin(settings, WIRES)
    load = Load(http, target, account)
    try:
        await load.run(planned(seed, await models_allowed(http, await target.url())))
        await target.interrupt("terminate")  # the last stop, and the start that settles what is left
        bills, rows = await account.final_bills(), await all_rows(http, await target.url())
        differences = [*load.mistakes, *Books(bills, rows, load.answers, load.raw_answers).differences()]
    except BaseException as error:
        error.add_note("\n".join([f"TOLLGATE_TEST_SEED={seed}", *target.said]))
        raise
    finally:
        await target.end()
    async with running(build_container(Settings(database_url=database_url))) as container:
        differences += await wrong_counters(container.data.ledger(), _UPSTREAM)
    shown = "\n\n".join(differences[:_SHOWN])
    assert not differences, f"TOLLGATE_TEST_SEED={seed}: {len(differences)} differences:\n\n{shown}"
    assert Counter(target.interruptions) == {"kill": KILLS, "terminate": 2}
    assert sum(load.endings.values()) >= CALLS, load.endings
    assert load.endings["replayed"] > 0, load.endings
    assert await account.waiting_faults() == []
    assert {"raw answered", "raw given up", "raw left"} <= load.endings.keys(), load.endings
    for status, errors in _HAPPENED.items():
        assert errors <= {row["error"] for row in rows if row["status"] == status}, (seed, status)
    assert len(bills) > CALLS / 2, (seed, load.endings)
    for name, attempts in _by_operation(rows).items():
        assert {bill["endpoint"] for bill in bills if bill["client_request_id"] in attempts} == set(WIRES), name
    tries = Counter(row["operation_id"] for row in rows if row["caller"] == RAW_CALLER)
    assert max(tries.values()) > 1, "the SDK of somebody's own code never tried again"


def _by_operation(rows: Sequence[Row]) -> Mapping[str, set[str]]:
    """The attempts of each kind of operation; those of somebody's own code are one."""
    attempts = defaultdict[str, set[str]](set)
    for row in rows:
        attempts[RAW_CALLER if row["caller"] == RAW_CALLER else row["operation"]].add(row["attempt_id"])
    return attempts
