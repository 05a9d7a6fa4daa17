"""Prices answers with litellm, in litellm's own environment: JSON in on standard input, JSON out.

It is a program of its own because litellm brings some fifty packages that nothing of Tollgate uses.
It never reaches the network: litellm's price map is the one in its wheel, and every connection is refused.
"""

import contextlib
import io
import json
import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise RuntimeError("the benchmark stays offline")


def _price(litellm: Any, case: dict[str, Any]) -> float:  # noqa: ANN401  litellm is not installed where types are checked
    """USD, by the function that litellm documents for this kind of answer; batches have one of their own."""
    usage, model = case["usage"], case["model"]
    region = "eu" if case["regional"] else None
    if case["service_tier"] == "batch":
        parts = litellm.cost_calculator.batch_cost_calculator(
            usage=litellm.Usage(**usage), model=model, custom_llm_provider="openai", data_residency=region
        )
        return float(sum(parts))
    answer = {"model": model, "usage": usage, "service_tier": case["service_tier"]}
    return float(
        litellm.completion_cost(completion_response=answer, custom_llm_provider="openai", data_residency=region)
    )


def _answer(litellm: Any, case: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401  as above
    listed = case["model"] in litellm.model_cost
    try:
        usd = _price(litellm, case)
    except Exception as error:  # noqa: BLE001  whatever it raises is its way to refuse
        return {"usd": None, "listed": listed, "says": f"{type(error).__name__}: {error}"[:200]}
    return {"usd": repr(usd), "listed": listed, "says": ""}


def main() -> None:
    """Reads a list of cases, writes the answers in the same order, and litellm's version."""
    sys.addaudithook(_refuse)
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    cases = json.load(sys.stdin)
    # litellm prints hints for people, which would spoil the JSON.
    with contextlib.redirect_stdout(io.StringIO()):
        litellm = import_module("litellm")
        answers = [_answer(litellm, case) for case in cases]
    json.dump({"version": version("litellm"), "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
