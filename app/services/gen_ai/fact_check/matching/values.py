"""Whether a written number is a value, at the precision in which it is written."""

from dataclasses import replace

from app.services.gen_ai.fact_check.facts.metrics import Unit
from app.services.gen_ai.fact_check.matching.candidates import Candidate
from app.services.gen_ai.fact_check.numbers.number import Hedge, Kind, Number

_EPSILON = 1e-9
_CHOSEN = ("parameter", "convention")
"""Scopes of values that somebody chose: they are exact, and "below 40" does not match a level of 30."""
REFERENCES = frozenset({0.0, 0.5, 1.0, 2.0, 3.0})
"""Marks that a ratio is held against: "below 1" is true of every Sharpe ratio below 1."""

# How far from the value a number may be that was written without digits behind the point, or with "about".
_WHOLE_TIMES = 0.07
_SHARE = 0.02
_WIDEST = 0.1
_ABOUT = 0.05
_ABOUT_NOTHING = 0.005
_ABOUT_NO_RATIO = 0.15
"""A beta of 0.1 is close to none, a Sharpe ratio of 0.1 too."""
_BOUND_FACTOR = 1.5
"""Half as much again: "more than a third" is said of up to one half."""

_LARGEST_WHOLE = 100
_ROUNDED_ZEROS = 2
_DIGITS_LEFT = 3
_SPANS = frozenset({Kind.YEARS, Kind.MONTHS, Kind.WEEKS, Kind.DAYS})


def has_value(number: Number, candidate: Candidate, times: float) -> bool:
    """Whether the number, without its sign, is the size of the candidate's value, written `times` as large."""
    actual = abs(candidate.value) * times
    far = number.hedge is Hedge.EXACT and abs(number.value - actual) > number.step + _WIDEST * number.value + _SHARE
    # Most values are farther than any tolerance; and without its sign a percentage shows at least a decimal.
    if far or (number.kind is Kind.PLAIN and times > 1 and number.step >= 1):
        return False
    slack = _EPSILON * max(1.0, actual)
    if candidate.scope.startswith(_CHOSEN) or candidate.metric == "parameter":
        return abs(number.value - actual) <= slack
    against_zero = number.value == 0 and number.hedge is not Hedge.EXACT
    if not against_zero and abs(number.value - actual) <= _tolerance(number, candidate) + slack:
        return not _contradicts(number, actual, slack)
    if number.hedge is Hedge.EXACT:
        return False
    if number.hedge is Hedge.ABOUT:
        return _is_about(number, candidate, actual)
    return _is_bounded(number, candidate, actual)


def _tolerance(number: Number, candidate: Candidate) -> float:
    """Half of what the last written digit is worth, because a value is rounded to it; more for words."""
    if number.kind is Kind.SHARE:
        return _SHARE if number.hedge is Hedge.EXACT else 0.0
    if number.kind is Kind.TIMES and candidate.unit is Unit.MULTIPLE and number.step >= 0.5:  # noqa: PLR2004  no digits
        return number.value * _WHOLE_TIMES
    if candidate.unit in {Unit.COUNT, Unit.BARS, Unit.RANK} and candidate.metric != "trades_per_year":
        return 0.0
    if candidate.unit is Unit.POINTS or candidate.metric == "excess_return":
        return number.step  # of two values that are rounded each
    return _step(number) / 2


def _step(number: Number) -> float:
    """Round hundreds and more stand for what they were rounded from, where enough digits are left: USD 157,400."""
    if number.kind is Kind.MONEY and number.step == 1:
        text = f"{number.value:.0f}"
        zeros = len(text) - len(text.rstrip("0"))
        if zeros >= _ROUNDED_ZEROS and len(text) - zeros >= _DIGITS_LEFT:
            return 10.0**zeros
    return number.step


def _contradicts(number: Number, actual: float, slack: float) -> bool:
    """Less than 117, said of 117.3. A span of time is no bound: "over ten years" is during them."""
    if number.kind in _SPANS or number.step < 1:
        return False
    too_small = number.hedge is Hedge.OVER and actual < number.value - slack
    return too_small or (number.hedge is Hedge.UNDER and actual > number.value + slack)


def _is_about(number: Number, candidate: Candidate, actual: float) -> bool:
    if number.value == 0:
        return abs(candidate.value) <= (_ABOUT_NO_RATIO if candidate.unit is Unit.RATIO else _ABOUT_NOTHING)
    away = number.value * _ABOUT
    away = 2 * away if number.kind is Kind.SHARE else min(_coarse_step(number) / 2, away)
    return abs(number.value - actual) <= max(number.step / 2, away) + _EPSILON


def _is_bounded(number: Number, candidate: Candidate, actual: float) -> bool:
    """More than 40 is said of 40 to 50, less than 40 of 35 to 40; of a ratio against 1 whatever its distance."""
    above, value = number.hedge in {Hedge.ABOVE, Hedge.OVER}, number.value
    if number.kind in _SPANS and number.hedge in {Hedge.ABOVE, Hedge.BELOW}:
        return False
    if value == 0 or (candidate.unit is Unit.RATIO and value in REFERENCES):
        return candidate.value >= value if above and value else (candidate.value > value) == above
    if number.kind in {Kind.SHARE, Kind.TIMES}:
        low, high = (value, value * _BOUND_FACTOR) if above else (value / _BOUND_FACTOR, value)
    else:
        size = _coarse_step(number)
        low, high = (value, value + size) if above else (value - size / 2, value)
    return low - _EPSILON <= actual <= high + _EPSILON


def _coarse_step(number: Number) -> float:
    """The worth of the last digit that is not 0: 10 for 40, 0.1 for 0.8."""
    step = number.step or 0.1
    scaled = round(number.value / step)
    while scaled and scaled % 10 == 0:
        scaled, step = scaled // 10, step * 10
    return step


def share_of(number: Number) -> Number | None:
    """Three of five as a share; None where the number is no a of "a of b"."""
    if not number.whole or number.whole > _LARGEST_WHOLE:
        return None
    return replace(number, kind=Kind.SHARE, value=number.value / number.whole, step=0.0)
