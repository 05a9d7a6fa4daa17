"""Laws of the fact check: what is printed from a fact is matched, and with another last digit it is not."""

from hypothesis import assume, given
from hypothesis import strategies as st

from app.quant.words import Language
from app.services.gen_ai.fact_check import BacktestFigures, FactCheck, Metrics, Subject, check_text
from tests.services.gen_ai.fact_check.styles import (
    FRACTIONS,
    LOSSES,
    PERCENTS,
    RATIOS,
    Frame,
    Style,
    in_english_words,
    in_korean_words,
)

_COUNTS_EN = ("There were {} trades.", "The system closed {} trades in all.", "In {} trades it proved its point.")
_COUNTS_KO = ("총 {}번 거래했다.", "거래는 {}회였습니다.", "{}건의 거래를 체결했습니다.")
_MONEY = (
    ("en", "The final value was ${}."),
    ("en", "The account finished at USD {}."),
    ("en", "It ended with {} dollars."),
    ("ko", "최종 평가액은 {}달러입니다."),
    ("ko", "기말 자산 {}달러로 마감했다."),
)


def _checked(metric: str, value: float, frame: Frame, written: str) -> FactCheck:
    figures = BacktestFigures(strategy_name="Test", metrics=Metrics.model_validate({metric: value}))
    return check_text(frame.text.format(written), [Subject.of(figures)], "ko" if frame.language == "ko" else "en")


def _moved(text: str, by: int) -> str | None:
    """The digits with the last one changed; None where that would carry into the next."""
    last = int(text[-1]) + by
    return f"{text[:-1]}{last}" if 0 <= last <= 9 else None


def _fits(style: Style, text: str) -> bool:
    """A comma before three digits groups them: who writes decimals with a comma does not write exactly three."""
    return style is not PERCENTS["12,3 %"] or len(text.partition(".")[2]) in {1, 2, 4}


_FRACTION = st.floats(-0.99, 9.99, allow_nan=False)
_PERCENT_STYLES = st.sampled_from(list(PERCENTS.values()))
_STEPS = st.integers(2, 8).flatmap(lambda step: st.sampled_from([step, -step]))


@given(st.sampled_from(FRACTIONS), _FRACTION, st.integers(0, 4), _PERCENT_STYLES, _STEPS)
def test_a_fraction_is_matched_in_every_style_and_not_with_another_last_digit(
    frame: Frame, value: float, decimals: int, style: Style, step: int
) -> None:
    """At any precision; the sign is that of the value."""
    value = abs(value) % 1 if frame.metric in {"win_rate", "volatility"} else value
    text = f"{value * 100:.{decimals}f}"
    assume(_fits(style, text))
    found = _checked(frame.metric, value, frame, style(text))
    assert found.violations == ()
    assert [one.fact.name for one in found.numbers if one.fact] == [frame.metric]
    moved = _moved(text, step)
    if moved is not None:
        assert _checked(frame.metric, value, frame, style(moved)).violations


@given(st.sampled_from(FRACTIONS), st.floats(0.01, 9.99), st.integers(0, 4))
def test_a_fraction_with_the_other_sign_is_not_matched(frame: Frame, size: float, decimals: int) -> None:
    """Where anything is left of it at the precision in which it is printed."""
    assume(frame.metric not in {"win_rate", "volatility"})
    for value in (size, -size):
        text = f"{-value * 100:.{decimals}f}"
        if float(text):
            assert _checked(frame.metric, value, frame, f"{text}%").violations


@given(st.sampled_from(LOSSES), st.floats(-1, -0.0001), st.integers(0, 4), _PERCENT_STYLES, st.booleans(), _STEPS)
def test_a_drawdown_is_matched_with_and_without_its_sign(
    frame: Frame,
    value: float,
    decimals: int,
    style: Style,
    signed: bool,  # noqa: FBT001  hypothesis gives it by its place
    step: int,
) -> None:
    """The word says already that it is a loss."""
    text = f"{(value if signed else -value) * 100:.{decimals}f}"
    assume(_fits(style, text))
    assert _checked(frame.metric, value, frame, style(text)).violations == ()
    moved = _moved(text, step)
    if moved is not None:
        assert _checked(frame.metric, value, frame, style(moved)).violations


@given(st.sampled_from(RATIOS), st.floats(-9.99, 9.99), st.integers(1, 5), st.booleans(), _STEPS)
def test_a_ratio_is_matched_in_digits_and_in_words(
    frame: Frame,
    value: float,
    decimals: int,
    words: bool,  # noqa: FBT001  the same
    step: int,
) -> None:
    """And with a percent sign it is not, whatever the digits."""
    text = f"{value:.{decimals}f}"
    write = in_english_words if words and frame.language == "en" else str
    assert _checked(frame.metric, value, frame, write(text)).violations == ()
    assert _checked(frame.metric, value, frame, f"{text}%").violations
    moved = _moved(text, step)
    if moved is not None:
        assert _checked(frame.metric, value, frame, write(moved)).violations


@given(st.integers(2, 99), st.sampled_from([*_COUNTS_EN, *_COUNTS_KO]), st.booleans(), st.integers(1, 9))
def test_a_number_of_trades_is_exact_in_digits_and_in_words(
    trades: int,
    sentence: str,
    words: bool,  # noqa: FBT001  the same
    away: int,
) -> None:
    language: Language = "ko" if sentence in _COUNTS_KO else "en"
    in_words = in_korean_words if language == "ko" else in_english_words
    subject = Subject.of(BacktestFigures(strategy_name="Test", metrics=Metrics(trades=trades)))
    for count, is_true in ((trades, True), (trades + away, False)):
        written = in_words(str(count)) if words and count < 100 else str(count)
        assert bool(check_text(sentence.format(written), [subject], language).violations) != is_true


@given(st.integers(10_000, 900_000_000), st.sampled_from(_MONEY), st.booleans(), _STEPS)
def test_an_amount_is_matched_with_and_without_groups_and_in_korean_units(
    value: int,
    frame: tuple[str, str],
    grouped: bool,  # noqa: FBT001  the same
    step: int,
) -> None:
    """1억 2,093만 4,120달러 and USD 120,934,120 are the same."""
    language, sentence = frame
    subject = Subject.of(BacktestFigures(strategy_name="Test", metrics=Metrics(final_value=float(value))))

    def written(amount: int) -> str:
        if language == "ko" and grouped:
            return _in_korean_units(amount)
        return f"{amount:,}" if grouped else str(amount)

    wanted: Language = "ko" if language == "ko" else "en"
    assert check_text(sentence.format(written(value)), [subject], wanted).violations == ()
    moved = _moved(str(value), step)
    if moved is not None and not moved.endswith("00"):
        assert check_text(sentence.format(written(int(moved))), [subject], wanted).violations


def _in_korean_units(amount: int) -> str:
    parts = []
    for unit, worth in (("억", 100_000_000), ("만", 10_000)):
        count, amount = divmod(amount, worth)
        if count:
            parts.append(f"{count:,}{unit}")
    return " ".join([*parts, *([f"{amount:,}"] if amount else [])])
