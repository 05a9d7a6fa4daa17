"""A new strategy out of words."""

from app.simulator.answers import risk
from app.simulator.answers.naming import described
from app.simulator.answers.notes import Notes
from app.simulator.answers.sides import both_sides
from app.simulator.answers.soundness import sound
from app.simulator.answers.tokens import Json
from app.simulator.answers.wish import read_wish


def made(words: str, preferences: Json, notes: Notes) -> Json:
    """A strategy in the shape of the strategy schema; `notes` collects what the words left open."""
    wish = read_wish(words, notes)
    if wish.holds and not wish.found:
        entry: Json = {"combine": "all", "conditions": []}
        exit_: Json = {"combine": "any", "conditions": []}
    else:
        # Sound rules first: the side that is missing is made from them.
        opened, closed = sound(wish.conditions("entry"), wish.conditions("exit"), notes)
        opened, closed = both_sides(opened, closed, notes)
        opened, closed = sound(opened, closed, notes)
        entry = {"combine": wish.combine("entry"), "conditions": opened}
        exit_ = {"combine": wish.combine("exit"), "conditions": closed}
    return {
        **described(entry, exit_, notes.language),
        "entry": entry,
        "exit": exit_,
        "risk": risk.complete(wish.risk, preferences, notes),
    }
