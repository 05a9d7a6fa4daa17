"""The arguments of a tool call: what the question says of them, and the schema fulfilled."""

import re
from typing import Any

from app.simulator.answers.fit import fill
from app.simulator.answers.question import Question
from app.simulator.answers.reading import normalised
from app.simulator.answers.schema_check import Schema, resolved, unions

_IDENTIFIER = re.compile(r"(?<![a-z_])[a-z]+(?:_[a-z]+)+(?![a-z_])")
_TICKER = re.compile(r"(?<![A-Za-z])[A-Z]{2,6}(?![A-Za-z])")
_STRATEGY_ID, _BACKTEST_ID = re.compile(r"strat_[0-9a-z]+"), re.compile(r"bt_[0-9a-z]+")
_REPORT_ID = re.compile(r"report_[0-9][0-9a-z]+")
_ANY_ID = re.compile(r"(?:strat|bt)_[0-9a-z]+")
_QUOTED = re.compile(r'["“]([^"“”]+)["”]')
_NO_TICKERS = frozenset({"RSI", "MACD", "SMA", "EMA", "ATR", "ADX", "USD", "API", "UTC"})

# What people say for a value that a schema lists, beside the value itself.
_ALIASES = {
    "today": r"오늘",
    "yesterday": r"어제",
    "last_7_days": r"(?:지난|최근) ?(?:7일|일주일|한 주)|지난 ?주|(?:last|past|this) week",
    "this_month": r"이번 ?달",
    "last_month": r"지난 ?달",
    "all": r"전체|지금까지|모두|in all|so far|ever",
    "service": r"서비스별",
    "model": r"모델별",
    "day": r"일별|날짜별|매일|daily",
    "mini": r"미니",
    "strategy_builder": r"전략 ?(?:빌더|생성)",
    "narrative_report": r"리포트|보고서",
    "chatops_advanced": r"챗옵스|chatops",
    "queued": r"대기|waiting",
    "running": r"실행 ?중|진행 ?중|under way",
    "done": r"완료|끝난|finished",
    "failed": r"실패",
}


def arguments_for(parameters: Schema | None, description: str, question: Question) -> dict[str, Any]:
    """Arguments that satisfy the schema of a tool; an empty object where it has none."""
    if not parameters:
        return {}
    said: dict[str, Any] = dict(question.data)
    for name, schema in parameters.get("properties", {}).items():
        value = _said(name, _allowed(schema, parameters), description, question)
        if value is not None:
            said[name] = value
    arguments: dict[str, Any] = fill(parameters, said or None)
    return arguments


def _allowed(schema: Schema, root: Schema) -> list[Any]:
    schema = resolved(schema, root)
    branches = [resolved(branch, root) for group in unions(schema) for branch in group]
    return [value for one in (schema, *branches) for value in one.get("enum", ())]


def _said(name: str, allowed: list[Any], description: str, question: Question) -> Any:  # noqa: ANN401  any JSON value
    """What a question says for a property: a listed value, an identifier that the description names, a ticker, ids."""
    text = question.latest
    if name == "language":
        return question.language
    if allowed:
        return next((value for value in allowed if isinstance(value, str) and _is_named(value, text)), None)
    if name == "service":
        return next((word for word in _IDENTIFIER.findall(description) if _is_named(word, text)), None)
    if name == "symbol":
        return next((word for word in _TICKER.findall(text) if word not in _NO_TICKERS), None)
    return _id_said(name, text)


def _id_said(name: str, text: str) -> list[str] | str | None:
    """Of what is stored: its id, for a strategy also its name in quotation marks; for `entries` all ids."""
    match name:
        case "entries":
            return list(dict.fromkeys(_ANY_ID.findall(text))) or None
        case "strategy":
            return next(iter((*_STRATEGY_ID.findall(text), *_QUOTED.findall(text))), None)
        case "strategy_id":
            return next(iter(_STRATEGY_ID.findall(text)), None)
        case "backtest_id":
            return next(iter(_BACKTEST_ID.findall(text)), None)
        case "report_id":
            return next(iter(_REPORT_ID.findall(text)), None)
        case _:
            return None


def _is_named(value: str, text: str) -> bool:
    text, value = normalised(text), value.lower()
    words = re.escape(value.replace("_", " ")).replace(r"\ ", "[ _]")
    alias = _ALIASES.get(value)
    return bool(re.search(rf"(?<![a-z]){words}(?![a-z])", text)) or bool(alias and re.search(alias, text))
