"""Korean particles, which depend on the sound before them."""

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
# 영, 일, 삼, 육, 칠, 팔 end in a consonant, and so do 십, 백, 천, 만 and 억, all written with a last 0.
_CLOSED_DIGITS = "013678"
# 엘, 엠, 엔, 알.
_CLOSED_LETTERS = "LMNR"


def subject(text: str) -> str:
    return text + ("이" if _is_closed(text) else "가")


def object_(text: str) -> str:
    return text + ("을" if _is_closed(text) else "를")


def _is_closed(text: str) -> bool:
    """Whether the spoken form ends in a consonant; what stands in brackets at the end is not spoken."""
    spoken = text
    while spoken.endswith(")"):
        spoken = spoken[: spoken.rindex("(")]
    last = spoken[-1]
    if _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        return (ord(last) - _FIRST_SYLLABLE) % _FINALS != 0
    return last in _CLOSED_DIGITS or last.upper() in _CLOSED_LETTERS
