"""What OpenAI would refuse of a request: judged by the committed extract of facts, and by nothing of Tollgate's own.

The extract is app/simulator/model_facts.json; where the rules come from stands there (`sources`), and at each rule that
is no fact about one model. The names of parameters are those of the package openai.
"""

import json
from functools import cache
from pathlib import Path

from tests.catalog.oracle_rules import COMMON_RULES, Facts, Objection, Payload, WireName
from tests.catalog.oracle_wires import WIRE_RULES

WIRES: tuple[WireName, ...] = ("chat_completions", "responses")
_EXTRACT = Path(__file__).parents[2] / "app" / "simulator" / "model_facts.json"


@cache
def extract() -> Facts:
    facts: Facts = json.loads(_EXTRACT.read_text(encoding="utf-8"))
    return facts


@cache
def facts_of(model: str) -> Facts | None:
    """By its id, an alias or a snapshot; None where nobody knows it."""
    for name, facts in extract()["models"].items():
        if model in (name, *facts.get("aliases", ()), *facts.get("snapshots", ())):
            found: Facts = facts
            return found
    return None


def objections(payload: Payload, wire: WireName) -> list[Objection]:
    """All that OpenAI would refuse of a request body, and what must not be sent though it would be taken."""
    facts = facts_of(str(payload.get("model")))
    if facts is None or facts.get("embedding"):
        return [Objection("model", f"{payload.get('model')} is no model that writes")]
    return [objection for rule in (*COMMON_RULES, *WIRE_RULES[wire]) for objection in rule(payload, wire, facts)]
