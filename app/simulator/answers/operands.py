"""Operands as the strategy schema wants them: the said parameters, the assumed ones, all within the limits."""

from app.simulator.answers.lexicon import AVERAGES, OSCILLATORS
from app.simulator.answers.notes import Notes
from app.simulator.answers.tokens import Compare, Json, Number, Operand, Token

# The customary values of the charting packages; ROC and averages take a month of trading days.
DEFAULTS: dict[str, Json] = {
    **{kind: {"period": 20} for kind in AVERAGES},
    **{kind: {"period": 14} for kind in OSCILLATORS},
    "ROC": {"period": 20},
    "MACD": {"fast": 12, "slow": 26, "signal": 9, "line": "line"},
    "BBANDS": {"period": 20, "deviations": 2.0, "band": "lower"},
    "STOCH": {"k_period": 14, "smoothing": 3, "d_period": 3, "line": "k"},
    "PRICE": {"field": "close"},
}
_LIMITS = {
    **dict.fromkeys(("period", "fast", "slow", "signal", "k_period"), (2, 400)),
    **dict.fromkeys(("smoothing", "d_period"), (1, 50)),
    "deviations": (0.1, 5),
}
_FAMILIES = {
    **dict.fromkeys((*AVERAGES, "PRICE", "BBANDS"), "price"),
    **{kind: kind for kind in (*OSCILLATORS, "MACD", "STOCH")},
}
_PART_OF = {"SIGNAL": "MACD", "BAND": "BBANDS", "STOCH_LINE": "STOCH"}
_BOUNDED = ("RSI", "ADX", "STOCH")
# Up to here a plain number behind an oscillator is rather its period than its level.
_LIKELY_PERIOD = 14
_MIDDLE = 50
_HALVABLE = 4


def family(kind: str) -> str:
    """Operands of one family have the same unit and can be compared."""
    return _FAMILIES[kind]


def clamped(name: str, value: float, low: float, high: float, notes: Notes) -> float:
    near = min(max(value, low), high)
    if near != value:
        notes.add("clamped", name=name, given=f"{value:g}", value=f"{near:g}")
    return near


def number(value: float, kind: str, notes: Notes) -> Json:
    """A level for an indicator of this kind; RSI, ADX and the stochastic never pass 0 and 100."""
    if kind in _BOUNDED:
        value = clamped(kind, value, 1, 99, notes)
    return {"kind": "NUMBER", "value": float(value)}


class Parameters:
    """Completes operands: what one mention of an indicator leaves open, another mention may have said."""

    def __init__(self, tokens: list[Token], notes: Notes, known: dict[str, Json] | None = None) -> None:
        """`known`: parameters by kind of indicator in the strategy that is to be changed."""
        self._notes = notes
        self._said: dict[str, Json] = {}
        for token in tokens:
            if isinstance(token, Operand):
                periods = {name: value for name, value in token.given.items() if name in _LIMITS}
                self._said[token.kind] = periods | self._said.get(token.kind, {})
        for kind, periods in (known or {}).items():
            self._said[kind] = periods | self._said.get(kind, {})

    def complete(self, operand: Operand) -> Json:
        defaults = DEFAULTS[operand.kind]
        stated = self._said.get(operand.kind, {}) | operand.given
        assumed = {name: defaults[name] for name in defaults if name in _LIMITS and name not in stated}
        if assumed:
            values = ", ".join(f"{name} {value:g}" for name, value in assumed.items())
            self._notes.add("parameters", kind=operand.kind, values=values)
        whole: Json = {name: stated.get(name, default) for name, default in defaults.items()}
        for name in whole.keys() & _LIMITS.keys():
            near = clamped(f"{operand.kind} {name}", whole[name], *_LIMITS[name], self._notes)
            whole[name] = near if name == "deviations" else int(near)
        if operand.kind == "MACD" and whole["fast"] >= whole["slow"]:
            whole |= _apart(whole["fast"], whole["slow"], self._notes)
        return {"kind": operand.kind} | whole


def _apart(fast: int, slow: int, notes: Notes) -> Json:
    low, high = sorted((fast, slow)) if fast != slow else in_order(fast)
    notes.add("swapped", short=low)
    return {"fast": low, "slow": high}


def in_order(period: int) -> tuple[int, int]:
    """A short and a long period where both were said to be the same."""
    return (period // 2, period) if period >= _HALVABLE else (period, period * 2)


def settled(tokens: list[Token]) -> list[Token]:
    """Without the words that only look like indicators, and with the periods that stand as plain numbers.

    A line of an indicator that nobody named is no operand ("K"), nor is a bare name beside a full mention ("the
    Bollinger bands: buy at the lower band").
    """
    operands = [token for token in tokens if isinstance(token, Operand)]
    named = {token.kind for token in operands}
    banded = any("band" in token.given for token in operands)
    averaged = any(token.kind in AVERAGES and token.given for token in operands)
    kept: list[Token] = []
    for place, token in enumerate(tokens):
        if isinstance(token, Operand):
            whole = _PART_OF.get(token.kind)
            after = tokens[place + 1] if place + 1 < len(tokens) else None
            bare = (
                (token.kind == "BBANDS" and banded and "band" not in token.given)
                or (token.kind in AVERAGES and averaged and not token.given)
                or (token.kind == "STOCH" and isinstance(after, Operand) and after.kind == "STOCH_LINE")
            )
            if bare or (whole is not None and whole not in named):
                continue
            kept.append(Operand(whole or token.kind, token.given))
        else:
            kept.append(token)
    return _with_periods(kept)


def _with_periods(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        match kept[-4:]:
            case [*_, Operand(kind, given) as plain, Number(period), Compare(place="around"), Number()] if (
                kind in OSCILLATORS and not given
            ):
                kept[-4:-2] = [Operand(plain.kind, {"period": int(period)})]
            case [*_, Operand(kind, given) as plain, Number(first), Number(second)] if (
                kind in OSCILLATORS and not given and (first <= _LIKELY_PERIOD or second <= _MIDDLE)
            ):
                kept[-3:-1] = [Operand(plain.kind, {"period": int(first)})]
            case _:
                pass
    return kept
