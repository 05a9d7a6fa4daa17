"""A call passes through tens of files, not a hundred: whoever follows one can."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_MOST_FILES = 77


def test_a_post_to_the_builder_passes_through_few_files() -> None:
    """Counted in a process of its own: what it was wired with before does not matter."""
    shown = subprocess.run(
        [sys.executable, "-m", "benchmarks.call_path", "--files", "strategy-builder"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = [line for line in shown.splitlines() if line.startswith(("app/", "containers/"))]
    assert "app/services/gen_ai/core/metered_call.py" in files
    assert len(files) <= _MOST_FILES, "\n".join(files)
