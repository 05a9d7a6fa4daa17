"""A real browser for tests: Debian's Chromium, driven by Playwright, which downloads none of its own.

It is the one at TOLLGATE_TEST_CHROMIUM, else the first `chromium` in the PATH. Without one these tests are skipped,
unless TOLLGATE_TEST_DEMAND is 1: then they fail. TOLLGATE_TEST_CHROMIUM=none says that there is none, and that this
is known.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.databases import missing

_SETTING = os.environ.get("TOLLGATE_TEST_CHROMIUM", "")
_QUIET = (
    "--headless",
    "--no-sandbox",  # CI runs as root, where Chromium's own sandbox does not start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _chromium() -> str:
    if _SETTING == "none":
        pytest.skip("TOLLGATE_TEST_CHROMIUM=none: no browser here")
    found = _SETTING or shutil.which("chromium")
    if not found or not Path(found).is_file():
        missing(f"no Chromium at {found or 'any place of the PATH'}; on Debian: apt-get install chromium fonts-nanum")
    return str(found)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module, each of which opens pages of its own; with an empty profile.

    For the module alone: while Playwright's plain interface is open, no other test could run a loop of its own.
    """
    executable = _chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=list(_QUIET))
        yield opened
        opened.close()
