"""Precision and recall of the fact check on its test set. Run it with `make bench-verifier`.

A report is *positive* when the check finds a violation in it. Precision is the share of the positive reports that are
doctored, recall the share of the doctored reports that are positive. *At the place* counts the doctored reports in
which a violation stands on the words that are wrong, *elsewhere* the violations that stand on true words.
"""

import argparse
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from app.services.gen_ai.fact_check import Subject, check_text
from benchmarks.verifier_digits import changed_digits
from tests.services.gen_ai.fact_check.corpus import PARTS, Case, check, load, subjects, violations_at

LANGUAGES = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`there`: violations on the doctored words; `elsewhere`: those on other, true words."""

    part: str
    case: Case
    there: tuple[str, ...]
    elsewhere: tuple[str, ...]

    @property
    def is_positive(self) -> bool:
        return bool(self.there or self.elsewhere)

    @property
    def is_right(self) -> bool:
        return self.is_positive == (self.case.doctored is not None)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of reports, and of violations that stand on true words."""

    doctored: int
    clean: int
    found: int
    false_alarms: int
    at_the_place: int
    elsewhere: int

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false_alarms) if self.found + self.false_alarms else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.doctored if self.doctored else 0.0


def run(parts: Iterable[str] = PARTS) -> list[Verdict]:
    return [_verdict(part, case) for part in parts for case in load(part)]


def _verdict(part: str, case: Case) -> Verdict:
    there, elsewhere = violations_at(check(case), case)
    return Verdict(part, case, tuple(there), tuple(elsewhere))


def score(verdicts: Sequence[Verdict]) -> Score:
    doctored = [one for one in verdicts if one.case.doctored]
    clean = [one for one in verdicts if not one.case.doctored]
    return Score(
        doctored=len(doctored),
        clean=len(clean),
        found=sum(one.is_positive for one in doctored),
        false_alarms=sum(one.is_positive for one in clean),
        at_the_place=sum(bool(one.there) for one in doctored),
        elsewhere=sum(len(one.elsewhere) for one in verdicts),
    )


def scores(verdicts: Sequence[Verdict]) -> dict[str, dict[str, Score]]:
    """By part and language, and for all."""
    found = {}
    for part in (*dict.fromkeys(one.part for one in verdicts), "all"):
        of_part = [one for one in verdicts if part in {"all", one.part}]
        found[part] = {
            language: score([one for one in of_part if language in {"all", one.case.language}])
            for language in (*LANGUAGES, "all")
        }
    return found


def kinds(verdicts: Sequence[Verdict]) -> dict[str, tuple[int, int]]:
    """For each way of doctoring: how many were found, of how many."""
    found: dict[str, tuple[int, int]] = {}
    for one in verdicts:
        if one.case.doctored:
            right, of = found.get(one.case.doctored.kind, (0, 0))
            found[one.case.doctored.kind] = (right + one.is_positive, of + 1)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Speed:
    """How long one text takes: CPU time in milliseconds, the best of some runs."""

    words: int
    numbers: int
    milliseconds: float


def speed(words: int = 1_500, runs: int = 20) -> Speed:
    """Of a long text about one strategy, put together from the English reports of the set about it."""
    about = ("sma_gspc",)
    texts = [case.text for part in PARTS for case in load(part) if case.about == about and case.language == "en"]
    whole = "\n\n".join(texts * (words // sum(len(one.split()) for one in texts) + 1))
    text = whole[: list(re.finditer(r"\S+", whole))[words - 1].end()]
    facts = subjects(about)
    best = min(_seconds(text, facts) for _ in range(runs))
    return Speed(len(text.split()), len(check_text(text, facts, "en").numbers), best * 1_000)


def _seconds(text: str, facts: Sequence[Subject]) -> float:
    start = time.process_time()
    check_text(text, facts, "en")
    return time.process_time() - start


def wrong_ones(verdicts: Sequence[Verdict]) -> list[str]:
    """What went wrong, a line each."""
    lines = []
    for one in verdicts:
        if one.case.doctored and not one.is_positive:
            lines.append(f"{one.case.id}: missed {one.case.doctored.at!r} ({one.case.doctored.kind})")
        elif not one.is_right:
            lines += [f"{one.case.id}: false alarm: {violation}" for violation in one.elsewhere]
    return lines


def show(console: Console, verdicts: Sequence[Verdict]) -> None:
    table = Table("Part", "Language", title="Precision and recall, a report being one item", title_justify="left")
    table.columns[0].no_wrap = True
    for name in ("doctored", "clean", "precision", "recall", "at the place", "elsewhere"):
        table.add_column(name, justify="right")
    for part, by_language in scores(verdicts).items():
        for language, one in by_language.items():
            counts = (str(one.doctored), str(one.clean), f"{one.precision:.3f}", f"{one.recall:.3f}")
            table.add_row(part, language, *counts, str(one.at_the_place), str(one.elsewhere))
    console.print(table)
    for kind, (right, of) in kinds(verdicts).items():
        console.print(f"{kind}: {right} of {of} found", highlight=False)
    took = speed()
    console.print(f"{took.words} words with {took.numbers} numbers: {took.milliseconds:.1f} ms", highlight=False)
    digits = changed_digits()
    console.print(f"{digits.refused} of {digits.changed} figures refused with another last digit", highlight=False)
    for line in wrong_ones(verdicts):
        console.print(line, highlight=False, markup=False)


def as_json(verdicts: Sequence[Verdict]) -> str:
    document = {
        "scores": {
            part: {
                language: asdict(one) | {"precision": one.precision, "recall": one.recall}
                for language, one in by_language.items()
            }
            for part, by_language in scores(verdicts).items()
        },
        "kinds": {kind: {"found": right, "of": of} for kind, (right, of) in kinds(verdicts).items()},
        "speed": asdict(speed()),
        "digits": asdict(changed_digits()),
        "wrong": wrong_ones(verdicts),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part of the set; may be repeated")
    asked = parser.parse_args()
    verdicts = run(asked.part or PARTS)
    if asked.json:
        print(as_json(verdicts))
    else:
        show(Console(), verdicts)


if __name__ == "__main__":
    main()
