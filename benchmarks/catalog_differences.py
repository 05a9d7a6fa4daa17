"""Where the catalogue and what others say of the same models differ, and which of that is known.

A package that never speaks of a kind of fact (genai-prices of efforts, say) is silent, and contradicts nobody. Where
it has the kind, what it leaves out of one model is a difference too: a tier that we price and nobody else lists is
more often our mistake than theirs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.services.gen_ai.rules.catalog_file import CatalogFile
from app.services.gen_ai.rules.data_files import read_data_file
from app.services.gen_ai.rules.model_catalog import ModelRecord, RequestProfile
from app.services.gen_ai.rules.prices import PricePeriod, ServiceTier
from benchmarks.model_facts import PACKAGES, RATES

KNOWN = Path(__file__).with_name("catalog_known.yaml")
SDK = "openai"
_FACTS = ("context_window", "max_input_tokens", "max_output_tokens", "efforts", "shutdown", "replacement")
_ABOVE = re.compile(r"above_(\d+)")
_GENERATION = re.compile(r"gpt-(\d+(?:\.\d+)?)(?![\d.])(?!.*-\d{4}-\d{2}-\d{2})")

Said = Mapping[str, Any]
"""What catalog_packages.py writes."""
Values = dict[str, str | None]
"""Facts and rates of one model by the name of the field; None where there is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`ours` and `theirs` are None where a side has none. Rates are in USD per 1M tokens."""

    model: str
    field: str
    ours: str | None
    theirs: str | None
    tool: str


class Known(BaseModel):
    """A difference that somebody has looked at. It holds for these two values alone.

    `with_it` is a pattern, as in file names, of other fields of the model that differ for the same tool and the same
    reason: all rates, where one price period is another. They are known as long as this one occurs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    field: str
    ours: str | None
    theirs: str | None
    tool: str
    why: str
    with_it: str | None = None

    def difference(self) -> Difference:
        return Difference(self.model, self.field, self.ours, self.theirs, self.tool)

    def brings(self, other: Difference) -> bool:
        same = (other.model, other.tool) == (self.model, self.tool)
        return same and self.with_it is not None and fnmatchcase(other.field, self.with_it)


class KnownFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    known: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """`known` has each with the others that it brings. `gone`: those that do not occur any more; delete their lines."""

    unknown: Sequence[Difference]
    known: Sequence[tuple[Known, Sequence[Difference]]]
    gone: Sequence[Known]


def read_known(path: Path = KNOWN) -> tuple[Known, ...]:
    """The differences that are known.

    Raises:
        ConfigurationError: with the line and what is wrong there.
    """
    return read_data_file(path, KnownFile).known


def sort_out(found: Iterable[Difference], known: Sequence[Known]) -> Findings:
    left = dict.fromkeys(found)
    occurring = [each for each in known if each.difference() in left]
    for each in occurring:
        left.pop(each.difference(), None)
    brought = [(each, [other for other in left if each.brings(other)]) for each in occurring]
    told = {other for _, others in brought for other in others}
    return Findings(
        unknown=[difference for difference in left if difference not in told],
        known=brought,
        gone=[each for each in known if each not in occurring],
    )


def differences(catalog: CatalogFile, said: Said, day: date) -> Iterator[Difference]:
    """Every difference on a day (UTC), by package and model."""
    for tool in PACKAGES:
        spoken = {field for facts in said[tool].values() for field in _kinds(facts)}
        for record in catalog.models:
            theirs = said[tool].get(record.model_id)
            if theirs is None:
                yield Difference(record.model_id, "model", "listed", None, tool)
                continue
            ours = _ours(record, catalog.request_profiles[record.request_profile], day, theirs)
            since = record.prices[0].valid_from if record.prices else date.max
            yield from _of_one(record.model_id, tool, ours, _theirs(theirs, since), spoken)
        yield from _not_listed(catalog, said[tool], tool)
    for record in catalog.models:
        if record.max_output_tokens and record.model_id not in said[SDK]:
            yield Difference(record.model_id, "model", "listed", None, SDK)
    yield from _not_listed(catalog, {name: {} for name in said[SDK]}, SDK)


def _of_one(model: str, tool: str, ours: Values, theirs: Values, spoken: set[str]) -> Iterator[Difference]:
    for field in dict.fromkeys((*ours, *theirs)):
        kind, _, rest = field.partition(".")
        tier = f"tiers.{rest.partition('.')[0]}"
        if kind == "rates" and ours.get(tier) != theirs.get(tier):
            continue  # that the tier is there for one side alone says it all
        if _kind(field) in spoken and ours.get(field) != theirs.get(field):
            yield Difference(model, field, ours.get(field), theirs.get(field), tool)


# --- what each side says ---------------------------------------------------------------------------------------


def _theirs(facts: Said, since: date = date.min) -> Values:
    """`since`: before our first price there is nothing to compare past rates with."""
    values: Values = {name: _text(facts[name]) for name in _FACTS if name in facts}
    rates = facts["rates"]
    for tier, of_tier in rates.items():
        if tier == "fast" and of_tier == rates.get("priority"):
            continue  # two names for one tier
        values |= _rate_values(tier, of_tier)
    for day, of_day in facts.get("rates_on", {}).items():
        if date.fromisoformat(day) >= since:
            values |= {f"rates_on.{day}.{name}": rate for name, rate in of_day.items()}
    return values


def _rate_values(tier: str, of_tier: Said) -> Values:
    values: Values = {f"tiers.{tier}": "priced"}
    for key, rate in of_tier.items():
        if _ABOVE.fullmatch(key):
            values |= {f"rates.{tier}.{key}.{name}": above for name, above in rate.items()}
        else:
            values[f"rates.{tier}.{key}"] = rate
    return values


def _ours(record: ModelRecord, profile: RequestProfile, day: date, theirs: Said) -> Values:
    embeds = record.max_output_tokens == 0
    lifecycle = record.lifecycle
    values: Values = {
        "context_window": _text(record.context_window),
        # Of a model that embeds, ours is for all texts of a request together; a package's is for one text.
        "max_input_tokens": _text(
            record.context_window if embeds else record.max_input_tokens or record.context_window
        ),
        "efforts": _text(_efforts(profile)),
        "shutdown": _text(lifecycle.shutdown_on),
        "replacement": lifecycle.replacement,
    }
    if not embeds:
        values["max_output_tokens"] = _text(record.max_output_tokens)
    for past in theirs.get("rates_on", {}):
        if (then := record.price_on(date.fromisoformat(past))) is not None:
            values |= {f"rates_on.{past}.{name}": _text(rate) for name, rate in then.standard if name in RATES}
    period = record.price_on(day)
    return values if period is None else values | _our_rates(period, theirs["rates"])


def _our_rates(period: PricePeriod, theirs: Mapping[str, Said]) -> Values:
    values: Values = {}
    for tier in (*ServiceTier, *(["fast"] if "fast" in theirs and theirs["fast"] != theirs.get("priority") else [])):
        limits = [int(found[1]) for key in theirs.get(tier, {}) if (found := _ABOVE.fullmatch(key))]
        limits += [] if period.long_context is None else [period.long_context.above_input_tokens]
        values |= _our_tier(period, tier, sorted(set(limits)))
    return values


def _our_tier(period: PricePeriod, name: str, limits: Sequence[int]) -> Values:
    tier = ServiceTier.PRIORITY if name == "fast" else ServiceTier(name)
    below = period.rates(tier, limits[0] if limits else 1)
    if below is None:
        return {}
    values: Values = {f"tiers.{name}": "priced"}
    values |= {f"rates.{name}.{key}": _text(rate) for key, rate in below if key in RATES}
    for limit in limits:
        above = period.rates(tier, limit + 1)
        values |= {f"rates.{name}.above_{limit}.{key}": _text(rate) for key, rate in above or () if key in RATES}
    return values


def _efforts(profile: RequestProfile) -> list[str]:
    """On either wire: the packages do not tell them apart."""
    wires = (profile.chat_completions, profile.responses)
    return list(dict.fromkeys(effort for wire in wires if wire is not None for effort in wire.reasoning_efforts))


def _text(value: object) -> str | None:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value)) or None
    return None if value is None else str(value)


# --- what a package speaks of, and what it knows beside ours ---------------------------------------------------------


def _kinds(facts: Said) -> Iterator[str]:
    yield from (_kind(field) for field in _theirs(facts))


def _kind(field: str) -> str:
    """Of a rate, its name, whatever the tier; a tier is a kind of its own."""
    return field.rpartition(".")[2] if field.startswith(("rates.", "rates_on.")) else field


def _not_listed(catalog: CatalogFile, theirs: Mapping[str, Said], tool: str) -> Iterator[Difference]:
    """Models of OpenAI's current generations, which ours begin, that we do not list."""
    ours = {name for model in catalog.models for name in (model.model_id, *model.snapshots)}
    current = [model.model_id for model in catalog.models if model.lifecycle.shutdown_on is None]
    oldest = min((found for name in current if (found := _generation(name)) is not None), default=None)
    for name, facts in theirs.items():
        generation = _generation(name)
        if oldest is None or generation is None or generation < oldest or name in ours or facts.get("shutdown"):
            continue
        yield Difference(name, "model", None, "listed", tool)


def _generation(name: str) -> tuple[int, ...] | None:
    """6.1 of gpt-6.1-sol; None for what is no such name, and for dated ones."""
    found = _GENERATION.match(name)
    return None if found is None else tuple(map(int, found[1].split(".")))
