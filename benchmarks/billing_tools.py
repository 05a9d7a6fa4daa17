"""The price calculators that the billing benchmark compares, each asked in the way that it documents."""

import json
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from genai_prices import extract_usage

from app.services.gen_ai.rules.pricing import UsageInconsistentError, price_usage, read_usage
from tests.billing.corpus import Case, find_model

LITELLM_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool makes of a case. `usd` None: it gives no figure. `outside`: it does not claim to price this."""

    usd: Decimal | None
    says: str = ""
    outside: bool = False


class Tool(Protocol):
    """`tolerance` in USD: more than 0 for tools that calculate with floats."""

    name: str
    tolerance: Decimal
    claims_every_case: bool

    def answers(self, cases: Sequence[Case]) -> list[Answer]: ...


class Tollgate:
    name = "tollgate"
    tolerance = Decimal(0)
    claims_every_case = True

    def answers(self, cases: Sequence[Case]) -> list[Answer]:
        return [self._answer(case) for case in cases]

    def _answer(self, case: Case) -> Answer:
        record = find_model(case)
        if record is None:
            return Answer(None, "unknown model")
        try:
            tokens = read_usage(case.usage)
        except UsageInconsistentError as error:
            return Answer(None, str(error))
        cost = price_usage(tokens, record, case.day, case.service_tier, regional=case.regional, window=case.window)
        return Answer(None, "unpriced") if cost is None else Answer(cost.usd)


class GenaiPrices:
    """Knows dated prices and service tiers; batch is its `processing`, not a tier. It has no regional prices."""

    name = f"genai-prices {version('genai-prices')}"
    tolerance = Decimal(0)
    claims_every_case = False

    def answers(self, cases: Sequence[Case]) -> list[Answer]:
        return [self._answer(case) for case in cases]

    def _answer(self, case: Case) -> Answer:
        if case.regional:
            return Answer(None, "has no regional prices", outside=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = extract_usage(
                    {"model": case.model, "usage": case.usage}, provider_id="openai", api_flavor=self._flavor(case)
                )
                price = found.calc_price(genai_request_timestamp=case.at, price_context=self._context(case))
        except Exception as error:  # noqa: BLE001  whatever it raises is its way to refuse
            return Answer(None, f"{type(error).__name__}: {error}")
        return Answer(price.total_price)

    @staticmethod
    def _flavor(case: Case) -> str:
        if "input_tokens" in case.usage:
            return "responses"
        return "embeddings" if case.model.startswith("text-embedding") else "chat"

    @staticmethod
    def _context(case: Case) -> dict[str, str] | None:
        if case.service_tier is None:
            return None
        return {"processing" if case.service_tier == "batch" else "service_tier": case.service_tier}


class Litellm:
    """Runs in an environment of its own, see `billing_litellm.py`. Knows today's prices only, and calculates in floats.

    For a model that it does not list it answers 0.0 USD or raises; both count as having no such model.
    """

    name = "litellm"
    tolerance = Decimal("1e-12")
    claims_every_case = False

    def __init__(self, python: Path) -> None:
        self._python = python

    def answers(self, cases: Sequence[Case]) -> list[Answer]:
        questions = [
            {
                "model": case.model,
                "usage": case.usage,
                "service_tier": case.service_tier,
                "regional": case.regional,
            }
            for case in cases
        ]
        script = Path(__file__).with_name("billing_litellm.py")
        done = subprocess.run(  # noqa: S603  our own script, in our own environment
            [self._python, script],
            input=json.dumps(questions),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=LITELLM_SECONDS,
        )
        reply = json.loads(done.stdout)
        self.name = f"litellm {reply['version']}"
        return [self._answer(case, given) for case, given in zip(cases, reply["answers"], strict=True)]

    @staticmethod
    def _answer(case: Case, given: dict[str, str | None]) -> Answer:
        usd = None if given["usd"] is None else Decimal(given["usd"])
        if not given["listed"]:
            made_up = find_model(case) is None
            return Answer(usd, f"lists no {case.model}, and says {given['usd']} USD", outside=not made_up)
        return Answer(usd, given["says"] or "")


def litellm_python() -> Path:
    """Where `make bench-billing` installs litellm: beside the packages of this environment, apart from them."""
    return Path(sys.prefix) / "litellm" / "bin" / "python"
