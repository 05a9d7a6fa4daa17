"""docs/dependencies.md lists what pyproject.toml names, with the licences that the packages declare."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| ([\w.-]+) \| ([^|]+) \| [^|]+ \| [^|]* ?\|$", re.MULTILINE)
_SECTIONS = {"To run": "", "For Parquet exports alone": "parquet", "For tests": "test", "For lint": "lint"}
_SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "BSD 2-Clause License": "BSD-2-Clause",
    "Apache Software License": "Apache-2.0",
}
"""What packages write that declare no SPDX expression; "BSD" leaves open which one."""


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    return project


def _table(section: str) -> dict[str, str]:
    text = (_ROOT / "docs" / "dependencies.md").read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    return {name: licence for name, licence in _ROW.findall(text) if name != "package"}


def _declared_licence(package: str) -> str:
    """The package's expression; where it has none, what its other fields or the title of its licence file say."""
    installed = distribution(package)
    if "License-Expression" in installed.metadata:
        return installed.metadata["License-Expression"]
    files = [file for file in installed.files or [] if file.parent.name == "licenses"]
    entries = [*(installed.metadata.get_all("License") or []), *(installed.metadata.get_all("Classifier") or [])]
    entries += [file.read_text().strip().splitlines()[0].lstrip("# ") for file in files]
    names = [each.removeprefix("License :: OSI Approved :: ") for each in entries]
    return next((_SPDX.get(name, name) for name in names if name in _SPDX or name in _SPDX.values()), "none found")


@pytest.mark.parametrize("section", _SECTIONS)
def test_the_table_lists_exactly_the_dependencies(section: str) -> None:
    project = _project()
    extras = project["optional-dependencies"]
    named = extras[_SECTIONS[section]] if _SECTIONS[section] else project["dependencies"]
    elsewhere = extras["parquet"] if section == "For tests" else []
    assert set(_table(section)) == {re.split(r"[\[<>=~!; ]", each)[0] for each in named if each not in elsewhere}


def test_the_licences_are_those_that_the_packages_declare() -> None:
    wrong = {}
    for package, licence in (row for section in _SECTIONS for row in _table(section).items()):
        try:
            declared = _declared_licence(package)
        except PackageNotFoundError:
            assert package in _table("For lint"), f"{package} is not installed; run `make test`"
            continue
        if licence != declared and not (declared == "BSD" and re.fullmatch(r"BSD-[23]-Clause", licence)):
            wrong[package] = declared
    assert not wrong


def test_no_licence_forbids_what_tollgate_is_for() -> None:
    licences = {licence for section in _SECTIONS for licence in _table(section).values()}
    assert not [licence for licence in licences if "GPL" in licence or "Commons" in licence]


def test_no_lock_file_names_a_download_address() -> None:
    assert "://" not in (_ROOT / "constraints.txt").read_text()
