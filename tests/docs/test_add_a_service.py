"""A newcomer adds a fourth service as CONTRIBUTING.md says, in less than 45 lines beside its schema."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"<!-- (file|append|import|wire): (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
_FREE = ("/schemas/",)

_TRY_IT = """
import asyncio, json
from tests.conftest import serving
from app.bootstrap import build_container
from app.settings import Settings

async def ask():
    container = build_container(Settings(log_level="error"))
    async with serving(container) as http:
        answer = await http.post("/api/v1/gen-ai/glossary", json={"term": "Sharpe ratio"})
        refused = await http.post("/api/v1/gen-ai/glossary", json={"term": "Sharpe ratio", "model_id": "gpt-4o"})
        usage = await http.get("/api/v1/gen-ai/usage")
    print(json.dumps([answer.json(), refused.json(), usage.json()]))

asyncio.run(ask())
"""


def _blocks() -> list[tuple[str, str, str]]:
    return _BLOCK.findall((_ROOT / "CONTRIBUTING.md").read_text())


def _apply(project: Path, kind: str, name: str, text: str) -> None:
    path = project / name
    if kind == "file":
        path.write_text(text)
        return
    before = path.read_text()
    match kind:
        case "append":
            path.write_text(before + text)
        case "import":
            path.write_text(re.sub(r"^(from app\.)", rf"{text}\1", before, count=1, flags=re.MULTILINE))
        case "wire":
            path.write_text(before.replace("modules=[\n", f"modules=[\n{text}", 1))


def test_the_service_of_the_guide_takes_less_than_45_lines() -> None:
    lines = [line for _, name, text in _blocks() if not any(part in name for part in _FREE)
             for line in text.splitlines() if line.strip()]  # fmt: skip
    assert 0 < len(lines) < 45


def test_the_service_of_the_guide_works_on_a_copy_of_the_project(tmp_path: Path) -> None:
    """Answered, metered, and held to its policy, with nothing but what the guide says."""
    for folder in ("app", "containers", "tests"):
        shutil.copytree(_ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for kind, name, text in _blocks():
        _apply(tmp_path, kind, name, text)

    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(  # noqa: S603  our own interpreter and our own script
        [sys.executable, "-c", _TRY_IT], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert '"model_id":"gpt-6-luna"' in done.stdout.replace(" ", "")
    assert "Model gpt-4o not allowed for service glossary" in done.stdout
    assert '"total":1' in done.stdout.replace(" ", "")
