"""How a test overrides a provider, as CONTRIBUTING.md shows it: the example is run."""

import re
from pathlib import Path
from typing import Any

from containers import Container

_GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
_EXAMPLE = re.compile(r"<!-- run: tests/docs/test_contributing\.py -->\n```python\n(.*?)```", re.DOTALL)


async def test_the_example_of_an_override_works(container: Container) -> None:
    (example,) = _EXAMPLE.findall(_GUIDE)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, "CONTRIBUTING.md", "exec"), names)  # noqa: S102  our own text
    (test,) = (names[name] for name in names if name.startswith("test_"))
    await test(container)
