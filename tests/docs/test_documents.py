"""The README stays short; paths and links in all documents lead somewhere; version and hooks are the project's."""

import re
import tomllib
from pathlib import Path

import yaml

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text()
_DOCUMENTS = sorted([*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md")])
_PATH = re.compile(r"`((?:app|containers|docs|tests|benchmarks|\.ci)/[^`\s]*|[\w.-]+\.(?:toml|txt|example))`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_EXAMPLES_FILE = re.compile(r"<!-- file: (\S+) -->")


def _name(document: Path) -> str:
    return str(document.relative_to(_ROOT))


def test_the_readme_has_at_most_8_kb() -> None:
    assert len(_README.encode()) <= 8000
    assert _README.count("```mermaid") == 1
    assert _README.count("```bash\ncurl ") == 3


def _missing_paths(document: Path) -> list[str]:
    """Beside those of files that an example makes."""
    text = document.read_text()
    paths = set(_PATH.findall(text)) - set(_EXAMPLES_FILE.findall(text))
    return [path for path in sorted(paths) if not any(_ROOT.glob(path.rstrip("/")))]


def test_every_path_in_a_document_exists() -> None:
    missing = [f"{_name(document)}: {path}" for document in _DOCUMENTS for path in _missing_paths(document)]
    assert not missing, "\n".join(missing)


def _anchors(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken_links(document: Path) -> list[str]:
    broken = []
    for link in _LINK.findall(document.read_text()):
        path, _, anchor = link.partition("#")
        target = (document.parent / path) if path else document
        if "://" not in link and not (target.exists() and (not anchor or anchor in _anchors(target))):
            broken.append(link)
    return broken


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [f"{_name(document)}: {link}" for document in _DOCUMENTS for link in _broken_links(document)]
    assert not broken, "\n".join(broken)


def test_the_changelog_has_the_version_of_the_project() -> None:
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
    versions = re.findall(r"^## \[([^\]]+)\]", (_ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[:2] == ["Unreleased", version]


def test_the_hooks_of_pre_commit_are_those_of_make_lint() -> None:
    (repository,) = yaml.safe_load((_ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook["entry"].removeprefix(".venv/bin/") for hook in repository["hooks"]]
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (_ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert hooks == re.findall(r"\$\(BIN\)/(.*)", recipe[1])
