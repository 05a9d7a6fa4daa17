"""Where our catalogue differs from the newest litellm, genai-prices and SDK. Run it with `make check-catalog`.

Exit code 0: every difference is known, with its reason, in benchmarks/catalog_known.yaml. 1: one is not. 2: the
packages cannot be had. `--write-extract` renews app/simulator/model_facts.json from the same packages. Nothing but the
package registry is asked.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.clock import SystemClock, today
from app.errors import ConfigurationError
from app.services.gen_ai.rules.catalog_file import load_catalog_file
from benchmarks.catalog_differences import Difference, Findings, Known, differences, read_known, sort_out
from benchmarks.catalog_environment import ENVIRONMENT, PackagesError, ask, install_newest
from benchmarks.model_facts import EXTRACT, as_text, extract, read_pages

CATALOG = Path(__file__).parents[1] / "app" / "data" / "models.yaml"
DRIFT, CANNOT = 1, 2


def show(console: Console, findings: Findings, versions: Mapping[str, str]) -> None:
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    console.print(f"{CATALOG.name} beside {packages}", highlight=False)
    if findings.unknown:
        console.print(_table("Differences that nobody has looked at", findings.unknown))
    if findings.known:
        reasons = [
            each.why + (f" (and {len(more)} more of {each.with_it})" if more else "") for each, more in findings.known
        ]
        console.print(_table("Known differences", [each for each, _ in findings.known], reasons))
    if findings.gone:
        console.print(_table("Known, but gone: delete their lines", findings.gone))
    console.print(f"{_counts(findings)}; benchmarks/catalog_known.yaml has the known ones", highlight=False)


def _counts(findings: Findings) -> str:
    known = sum(1 + len(more) for _, more in findings.known)
    return f"{len(findings.unknown)} unknown, {known} known, {len(findings.gone)} known but gone"


def _table(title: str, rows: Sequence[Difference | Known], reasons: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for heading in ("Model", "Field", "Ours", "Theirs", "Tool", *(["Why"] if reasons else [])):
        table.add_column(heading, overflow="fold")
    for row, reason in zip_longest(rows, reasons):
        table.add_row(row.model, row.field, row.ours or "-", row.theirs or "-", row.tool, *([reason] if reason else []))
    return table


def as_json(findings: Findings, versions: Mapping[str, str]) -> str:
    document = {
        "packages": dict(versions),
        "unknown": [asdict(each) for each in findings.unknown],
        "known": [{**each.model_dump(), "brings": [asdict(other) for other in more]} for each, more in findings.known],
        "gone": [each.model_dump() for each in findings.gone],
    }
    return json.dumps(document, indent=2)


def run(asked: argparse.Namespace) -> int:
    """The exit code.

    Raises:
        PackagesError: the packages cannot be had or read.
        ConfigurationError: a file of ours is wrong.
    """
    day = today(SystemClock())
    if not asked.installed:
        install_newest(asked.environment)
    said = ask(asked.environment, day)
    if asked.write_extract:
        EXTRACT.write_text(as_text(extract(said, read_pages(), day)), encoding="utf-8")
        print(f"Written: {EXTRACT}", file=sys.stderr)
    findings = sort_out(differences(load_catalog_file(CATALOG), said, day), read_known())
    if asked.json:
        print(as_json(findings, said["versions"]))
    else:
        show(Console(), findings, said["versions"])
    return DRIFT if findings.unknown else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write-extract", action="store_true", help=f"renew {EXTRACT.name} too")
    parser.add_argument("--installed", action="store_true", help="ask the packages that are there; install nothing")
    parser.add_argument("--environment", type=Path, default=ENVIRONMENT, help=f"where they are: {ENVIRONMENT}")
    try:
        sys.exit(run(parser.parse_args()))
    except (PackagesError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT)


if __name__ == "__main__":
    main()
