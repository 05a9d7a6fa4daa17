"""Which of several forms of an answer a client wants."""

from collections.abc import Sequence


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The media type that the header Accept likes best (RFC 9110, 12.5.1), of equal ones the first that is offered.

    Who accepts none of them gets the first one: an answer in another form is of more use than none.
    """
    wishes = [_wish(part) for part in accept.split(",")]
    return max(offered, key=lambda media_type: _quality(media_type, wishes))  # max takes the first of equal ones


def _quality(media_type: str, wishes: Sequence[tuple[str, float]]) -> float:
    """That of the most precise wish that the type falls under."""
    for pattern in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        for wanted, quality in wishes:
            if wanted == pattern:
                return quality
    return 0.0


def _wish(part: str) -> tuple[str, float]:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media_type, _number(value)
    return media_type, 1.0


def _number(value: str) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
