"""The application's container over policies of a test's own: the three services, with budgets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.clock import Clock
from app.settings import Settings
from containers import Container
from tests.application import lent_container
from tests.fakes.small_files import write

_SERVICE = """\
  - service_name: {name}
    allowed_tiers: [MINI, STANDARD]
    default_model: gpt-4o
    required_capabilities: [CHAT]
    over_budget: {over_budget}
"""


def budget(**changes: Any) -> dict[str, Any]:
    """A hard one of 1 USD for everything in a day."""
    fields = {"name": "all_day", "scope": "all", "period": "day", "limit_usd": "1", "kind": "hard"} | changes
    return {name: value for name, value in fields.items() if value is not None}


def write_policies(tmp_path: Path, *budgets: dict[str, Any], over_budget: str = "refuse") -> Path:
    """The three services with these budgets. Every service has gpt-4o as default; gpt-6.1-terra, gpt-4o-mini and
    gpt-6-luna are cheaper, in this order.
    """
    services = "".join(
        _SERVICE.format(name=name, over_budget=over_budget)
        for name in ("strategy_builder", "narrative_report", "chatops_advanced")
    )
    return write(tmp_path, "policies.yaml", f"budgets: {json.dumps(budgets)}\nservices:\n{services}")


@contextmanager
def budgeted(
    tmp_path: Path, clock: Clock, *budgets: dict[str, Any], over_budget: str = "refuse", **settings: Any
) -> Iterator[Container]:
    """A container on a clock, with these budgets; see `write_policies`."""
    policies = write_policies(tmp_path, *budgets, over_budget=over_budget)
    chosen: dict[str, Any] = {
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/tollgate.db",
        "policies": policies,
    } | settings
    with lent_container(Settings(**chosen)) as lent:
        lent.core.clock.override(clock)
        yield lent
