"""An environment that holds the newest packages that know OpenAI's models, apart from Tollgate's own."""

import json
import os
import subprocess
import sys
import venv
from datetime import date
from pathlib import Path
from typing import Any

ENVIRONMENT = Path(".venv") / "catalog"
_ASK = Path(__file__).with_name("catalog_packages.py")
_READ_ALONE = ("litellm", "openai")
"""Only files of theirs are read, so what they need is not installed."""
_SECONDS = 300


class PackagesError(Exception):
    """The packages cannot be had, or are not what they were; the sentence says what to do."""


def install_newest(folder: Path) -> None:
    """Makes the environment where there is none, and brings its packages up to date.

    Raises:
        PackagesError: the registry cannot be reached, or does not give them.
    """
    if not _python(folder).exists():
        try:
            venv.create(folder, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise PackagesError(f"{folder} cannot be made ({error}); on Debian, install python3-venv first") from error
    _pip(folder, "--no-deps", "--no-compile", *_READ_ALONE)
    _pip(folder, "genai-prices")


def ask(folder: Path, day: date) -> dict[str, Any]:
    """What the packages say: see catalog_packages.py.

    Raises:
        PackagesError: they are not there, or keep their facts in another form than they did.
    """
    command = [str(_python(folder)), str(_ASK), day.isoformat()]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
    except OSError as error:
        raise PackagesError(f"{folder} has no Python to ask ({error.strerror}); leave --installed out") from error
    except subprocess.TimeoutExpired as error:
        raise PackagesError(f"the packages in {folder} say nothing within {_SECONDS} seconds; try again") from error
    if asked.returncode:
        raise PackagesError(
            f"the packages in {folder} cannot be read, so {_ASK.name} must learn their new form: {_last(asked.stderr)}"
        )
    return dict(json.loads(asked.stdout))


def _pip(folder: Path, *arguments: str) -> None:
    # A pin of Tollgate's own, which make sets, must not hold back what is to be the newest.
    environment = {name: value for name, value in os.environ.items() if name != "PIP_CONSTRAINT"}
    command = [str(_python(folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise PackagesError(
            f"pip cannot install {', '.join(name for name in arguments if name[0] != '-')}; check the network or the "
            f"package registry that pip is told to use, or ask what is there with --installed: {_last(done.stderr)}"
        )


def _python(folder: Path) -> Path:
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it says nothing"
