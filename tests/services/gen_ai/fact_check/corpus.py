"""The test set of the fact check: reports by hand, half of them with exactly one thing wrong.

`dev` was there while the fact check was written; `held_out` was written before it and only measured. `figures` has the
backtests that the reports are about; most were computed from the sample data, so that they are like real ones.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.quant.ranking import rank_strategies
from app.quant.words import Language
from app.services.gen_ai.fact_check import BacktestFigures, FactCheck, Subject, check_text
from app.services.gen_ai.rules.data_files import read_data_file

HERE = Path(__file__).parent / "corpus"
PARTS = tuple(sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name != "figures"))

Wrong = Literal[
    "wrong_number",  # a digit, a date, a count
    "swapped_sign",
    "wrong_unit",
    "wrong_name",  # a figure that is true of another metric
    "wrong_direction",  # better for worse, more for less, first for second
    "other_strategy",  # a figure of another strategy, or of the benchmark
    "wrong_equality",  # "the same return as the index", which it is not
    "wrong_superlative",  # "the highest return", which another one has
    "no_facts",  # a topic that nothing was measured about
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Doctored(_Part):
    """`at`: the words that are wrong, which stand once in the text; `was`: what was there before, "" for nothing."""

    kind: Wrong
    at: Annotated[str, Field(min_length=1)]
    was: str


class Case(_Part):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    about: Annotated[tuple[str, ...], Field(min_length=1)]
    text: str
    doctored: Doctored | None = None

    @property
    def language(self) -> Language:
        return "ko" if "-ko-" in self.id else "en"

    @property
    def line(self) -> str:
        """The text without its line breaks, in which `doctored.at` stands."""
        return self.text.replace("\n", " ")

    @model_validator(mode="after")
    def _says_what_is_wrong(self) -> "Case":
        if self.doctored and self.line.count(self.doctored.at) != 1:
            raise ValueError(f"{self.id}: the words {self.doctored.at!r} must stand exactly once in the text")
        return self


class _CaseFile(_Part):
    about: str
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


@cache
def load(part: str) -> tuple[Case, ...]:
    """The cases of a part of the set.

    Raises:
        ConfigurationError: with the file, the line, the key, and what was expected.
    """
    return tuple(
        case for path in sorted((HERE / part).glob("*.yaml")) for case in read_data_file(path, _CaseFile).cases
    )


@cache
def figures(name: str) -> BacktestFigures:
    return read_data_file(HERE / "figures" / f"{name}.yaml", BacktestFigures)


@cache
def subjects(names: tuple[str, ...]) -> tuple[Subject, ...]:
    """The strategies of a case, ranked as the comparison endpoint ranks them where there are several."""
    found = [figures(name) for name in names]
    if len(found) == 1:
        return (Subject.of(found[0]),)
    ranking = rank_strategies({one.strategy_name: one.metrics.given() for one in found})
    places = {one.name: one for one in ranking}
    ranked = [(one, places[one.strategy_name]) for one in found]
    return tuple(Subject.of(one, rank=place.rank, ranks=place.ranks) for one, place in ranked)


def check(case: Case) -> FactCheck:
    return check_text(case.text, subjects(case.about), case.language)


def violations_at(found: FactCheck, case: Case) -> tuple[list[str], list[str]]:
    """The wrong words that were found: those where the case was doctored, and all others."""
    wrong = [(one.start, one.end, one.text, one.reason) for one in found.numbers if one.status == "unmatched"]
    wrong += [(one.start, one.end, one.text, one.reason) for one in found.claims if not one.agrees]
    if case.doctored is None:
        return [], [f"{text}: {reason}" for _, _, text, reason in wrong]
    start = case.line.index(case.doctored.at)
    end = start + len(case.doctored.at)
    there = [f"{text}: {reason}" for first, last, text, reason in wrong if first < end and start < last]
    elsewhere = [f"{text}: {reason}" for first, last, text, reason in wrong if not (first < end and start < last)]
    return there, elsewhere
