"""The example of the document on the one client runs as it stands there, against the simulator."""

import re
import textwrap
from pathlib import Path
from typing import Any

from app.bootstrap import running
from app.services.gen_ai.ledger.port import UsageQuery
from app.vocabulary import AttemptStatus, Wire
from containers import Container

_TEXT = (Path(__file__).parents[2] / "docs" / "client.md").read_text(encoding="utf-8")


async def test_the_example_leaves_a_measured_row_for_each_call(container: Container) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(f"async def example(container):\n{textwrap.indent(example, '    ')}", names)  # noqa: S102  our own text
    async with running(container):
        await names["example"](container)
        rows, _ = await container.data.ledger().rows(UsageQuery(), limit=10, offset=0)
    assert {row.attempt.wire for row in rows} == {Wire.CHAT_COMPLETIONS, Wire.RESPONSES, Wire.EMBEDDINGS}
    assert {(row.status, row.attempt.caller_id) for row in rows} == {(AttemptStatus.MEASURED, "alice")}
