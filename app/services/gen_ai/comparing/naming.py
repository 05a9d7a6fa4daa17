"""Every strategy of a comparison gets a name of its own: prose can only speak of what is called differently."""

from collections import Counter
from collections.abc import Sequence

_LETTERS = "ABCDE"
_LONGEST = 80


def distinct_names(given: Sequence[str | None], stored: Sequence[str | None]) -> list[str]:
    """The given name of each as it is; without one, the stored name, with the letter of its place if that is taken."""
    wanted = [name or other or _LETTERS[place] for place, (name, other) in enumerate(zip(given, stored, strict=True))]
    often = Counter(name.casefold() for name in wanted)
    taken = {name.casefold() for name in given if name}
    names: list[str] = []
    for place, (fixed, name) in enumerate(zip(given, wanted, strict=True)):
        own = name
        if fixed is None:
            letter = suffix = _LETTERS[place]
            if often[name.casefold()] > 1:
                own = _lettered(name, suffix)
            while own.casefold() in taken:
                suffix += letter
                own = _lettered(name, suffix)
        taken.add(own.casefold())
        names.append(own)
    return names


def _lettered(name: str, suffix: str) -> str:
    ending = f" ({suffix})"
    return f"{name[: _LONGEST - len(ending)].rstrip()}{ending}"
