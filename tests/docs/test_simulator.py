"""The page on the simulator: its example is run, and its fault is one."""

import re
from pathlib import Path
from typing import Any

from app.simulator.faults import read_fault

_PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
_EXAMPLE = re.compile(r"<!-- run: tests/docs/test_simulator\.py -->\n```python\n(.*?)```", re.DOTALL)


async def test_the_example_works() -> None:
    (example,) = _EXAMPLE.findall(_PAGE)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, "simulator.md", "exec"), names)  # noqa: S102  our own text
    (test,) = (names[name] for name in names if name.startswith("test_"))
    await test()


def test_the_faults_on_the_page_are_some() -> None:
    (short,) = re.findall(r'`(\{"kind": [^`]*\})`', _PAGE)
    (long,) = re.findall(r"```json\n(.*?)```", _PAGE, re.DOTALL)
    assert [read_fault(fault.encode()).times for fault in (short, long)] == [2, 1_000]
