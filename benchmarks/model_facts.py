"""The extract of facts about OpenAI's models, `app/simulator/model_facts.json`.

The simulator's rules and the tests of what we send stand on it.

It is made of what litellm and genai-prices say (benchmarks/catalog_packages.py) and of what only pages know
(model_facts_pages.yaml), and of nothing of Tollgate's own catalogue, so that it can contradict it. Renew it with
`make check-catalog EXTRACT=1`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.services.gen_ai.rules.data_files import read_data_file

EXTRACT = Path(__file__).parents[1] / "app" / "simulator" / "model_facts.json"
PAGES = Path(__file__).with_name("model_facts_pages.yaml")
PACKAGES = ("litellm", "genai-prices")
RATES = ("input", "cached_input", "cache_write", "cache_write_12h", "output")
TIERS = ("default", "flex", "priority", "fast", "ultrafast", "batch")
_WIDTH = 120
_WIRES = {"chat_completions": "chat", "responses": "responses"}

Said = Mapping[str, Any]
"""What catalog_packages.py writes."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageFact(_Part):
    """A fact and the keys of the pages that tell it."""

    is_: Any = Field(alias="is")
    sources: tuple[str, ...] = Field(alias="from", min_length=1)


class _LongContext(_Part):
    input_factor: Decimal
    output_factor: Decimal


class PageRates(_Part):
    """USD per 1M tokens, and factors on every one of them."""

    sources: tuple[str, ...] = Field(alias="from", min_length=1)
    default: dict[str, Decimal]
    above_272000: _LongContext
    tiers: dict[str, Decimal]

    def spelled_out(self) -> dict[str, Any]:
        """In the form of the packages' rates."""
        return {tier: self._times(factor) for tier, factor in ({"default": Decimal(1)} | self.tiers).items()}

    def _times(self, factor: Decimal) -> dict[str, Any]:
        rates = {name: rate * factor for name, rate in self.default.items()}
        above = {name: rate * self._above(name) for name, rate in rates.items()}
        return {**_texts(rates), "above_272000": _texts(above)}

    def _above(self, name: str) -> Decimal:
        return self.above_272000.output_factor if name == "output" else self.above_272000.input_factor


class PageModel(BaseModel):
    """A model's own facts; those that are not named here are `PageFact`s too."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, PageFact]

    family: str
    rates: PageRates | None = None
    unsettled: tuple[str, ...] = ()


class PagesFile(_Part):
    pages: dict[str, str]
    families: dict[str, dict[str, PageFact]]
    models: dict[str, PageModel]

    @model_validator(mode="after")
    def _sources_are_listed(self) -> "PagesFile":
        told: list[PageFact | PageRates] = [fact for family in self.families.values() for fact in family.values()]
        for model in self.models.values():
            told += model.__pydantic_extra__.values()
            told += [] if model.rates is None else [model.rates]
        named = {source for each in told for source in each.sources}
        if unknown := named - self.pages.keys():
            raise ValueError(f"{', '.join(sorted(unknown))}: no such key among `pages`")
        return self


def read_pages(path: Path = PAGES) -> PagesFile:
    """The hand-written facts.

    Raises:
        ConfigurationError: with the line and what is wrong there.
    """
    return read_data_file(path, PagesFile)


def extract(said: Said, pages: PagesFile, day: date) -> dict[str, Any]:
    """The whole document, as it is written."""
    return {
        "read_on": day.isoformat(),
        "packages": said["versions"],
        "pages": pages.pages,
        "models": {name: _Facts(name, said, pages).document() for name in pages.models},
    }


def as_text(document: Mapping[str, Any]) -> str:
    return _spread(document, "") + "\n"


class _Facts:
    """One model's facts: a page's goes before litellm's, litellm's before genai-prices'."""

    def __init__(self, name: str, said: Said, pages: PagesFile) -> None:
        entry = pages.models[name]
        self._by_hand = pages.families[entry.family] | entry.__pydantic_extra__
        self._page_rates = entry.rates
        self._packages = {tool: said[tool].get(name, {}) for tool in PACKAGES}
        self._sources: dict[str, str] = {}
        self._unsettled = list(entry.unsettled)

    def document(self) -> dict[str, Any]:
        return self._embedding() if self._fact("embedding") else self._writing()

    def _writing(self) -> dict[str, Any]:
        facts = {
            "released": self._fact("released"),
            "aliases": self._fact("aliases", []),
            "snapshots": self._fact("snapshots", []),
            "context_window": self._fact("context_window"),
            "max_input_tokens": self._fact("max_input_tokens"),
            "max_output_tokens": self._fact("max_output_tokens"),
            "shutdown": self._fact("shutdown"),
            "replacement": self._fact("replacement"),
            "encoding": self._fact("encoding"),
            "roles": self._fact("roles"),
            "structured_output": self._fact("structured_output"),
            "default_effort": self._fact("default_effort"),
            "verbosity": self._fact("verbosity"),
            "caching": self._caching(),
            "fast_tier": self._fact("fast_tier"),
            **self._wires(),
            "background_windows": self._fact("background_windows", {}),
        }
        return self._with_rates(facts)

    def _embedding(self) -> dict[str, Any]:
        names = ("embedding", "released", "dimensions", "context_window", "encoding", "shutdown", "replacement")
        return self._with_rates({name: self._fact(name) for name in names})

    def _with_rates(self, facts: dict[str, Any]) -> dict[str, Any]:
        rates = {
            tool: {tier: _in_order(said["rates"][tier]) for tier in TIERS if tier in said["rates"]}
            for tool, said in self._packages.items()
            if said.get("rates")
        }
        if self._page_rates is not None:
            rates["pages"] = self._page_rates.spelled_out()
            self._sources["rates"] = " + ".join(self._page_rates.sources)
        listed = {tier for of_tool in rates.values() for tier in of_tool}
        if "priority" in listed:
            listed.add("fast")  # OpenAI's newer name for the same
        tiers = [tier for tier in TIERS if tier in listed]
        return {**facts, "tiers": tiers, "rates": rates, "sources": self._sources, "unsettled": self._unsettled}

    def _wires(self) -> dict[str, Any]:
        efforts = self._fact("efforts", [])
        wires = {}
        for wire, short in _WIRES.items():
            offered = self._among(efforts, f"{short}_efforts")
            in_force = offered or ["none"]
            wires[wire] = {
                "efforts": offered,
                "tools": self._among(in_force, f"{short}_tools"),
                "sampling": self._among(in_force, f"{short}_sampling"),
            }
        return wires

    def _among(self, efforts: Sequence[str], name: str) -> list[str]:
        accepted = self._fact(name, efforts)
        return [effort for effort in efforts if effort in accepted]

    def _caching(self) -> str:
        """Where a package has a rate for what is read from a cache, there is one."""
        said = self._fact("caching")
        if said is not None:
            return str(said)
        for tool, of_tool in self._packages.items():
            if "cached_input" in of_tool.get("rates", {}).get("default", {}):
                self._sources["caching"] = f"{tool}: a rate for cached input"
                return "automatic"
        return "none"

    def _fact(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  whatever the fact is
        told = {tool: said[name] for tool, said in self._packages.items() if name in said}
        by_hand = self._by_hand.get(name)
        if by_hand is not None:
            taken, source = _plain(by_hand.is_), " + ".join(by_hand.sources)
        elif told:
            taken, source = next(iter(told.values())), next(iter(told))
        else:
            return default
        agreeing = [tool for tool, value in told.items() if value == taken and tool != source]
        self._sources[name] = " + ".join([source, *agreeing])
        against = [f"{tool} says {json.dumps(value)}" for tool, value in told.items() if value != taken]
        if against:
            self._unsettled.append(f"{name}: {', '.join(against)}; taken: {json.dumps(taken)} ({source})")
        return taken


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever YAML gave
    return value.isoformat() if isinstance(value, date) else value


def _in_order(of_tier: Mapping[str, Any]) -> dict[str, Any]:
    """As a price page has them, and what a longer prompt costs last."""
    above = {key: _in_order(of_tier[key]) for key in sorted(of_tier) if key.startswith("above_")}
    return {name: of_tier[name] for name in RATES if name in of_tier} | above


def _texts(rates: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: f"{rate.normalize():f}" for name, rate in rates.items()}


def _spread(value: Any, indent: str, taken: int = 1) -> str:  # noqa: ANN401  whatever JSON can hold
    """JSON with what fits into a line in one line, so that a changed price is a changed line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + taken + len(line) <= _WIDTH:
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [f"{deeper}{json.dumps(key)}: {_spread(part, deeper, len(key) + 5)}" for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _spread(part, deeper) for part in value) + f"\n{indent}]"
