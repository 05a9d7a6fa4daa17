"""Particles follow the sound before them."""

from app.quant.words_ko import object_, subject
from tests.tables import each_line


@each_line(
    ("text", "with_subject", "with_object"),
    [
        ("종가", "종가가", "종가를"),
        ("단순이동평균", "단순이동평균이", "단순이동평균을"),
        ("MACD선(12, 26, 9)", "MACD선(12, 26, 9)이", "MACD선(12, 26, 9)을"),
        ("변화율(%)", "변화율(%)이", "변화율(%)을"),
        ("RSI", "RSI가", "RSI를"),
        ("ADX", "ADX가", "ADX를"),
        ("ATR", "ATR이", "ATR을"),
        ("스토캐스틱 %K(14, 3, 3)", "스토캐스틱 %K(14, 3, 3)가", "스토캐스틱 %K(14, 3, 3)를"),
        ("30", "30이", "30을"),
        ("2.5", "2.5가", "2.5를"),
        ("0", "0이", "0을"),
        ("-7", "-7이", "-7을"),
        ("104", "104가", "104를"),
    ],
)
def test_a_particle_is_chosen_by_the_last_sound_that_is_spoken(text: str, with_subject: str, with_object: str) -> None:
    assert (subject(text), object_(text)) == (with_subject, with_object)
