"""Numbers that stand in a row: "8.1 %, 2.3 % and 0.4 %"."""

from itertools import pairwise

from app.services.gen_ai.fact_check.numbers.number import Number
from app.services.gen_ai.fact_check.text import Sentence

JOINTS = frozenset({",", "and", ", and", "/", "·", "및", "와", "과"})


def row_of(number: Number, sentence: Sentence) -> list[Number]:
    """The numbers of the same kind around it, itself included, with nothing but commas and "and" between them."""
    numbers = [one for one in sentence.numbers if one.kind is number.kind]
    joined = [sentence.text[first.end : second.start].strip() in JOINTS for first, second in pairwise(numbers)]
    start = end = numbers.index(number)
    while start > 0 and joined[start - 1]:
        start -= 1
    while end < len(joined) and joined[end]:
        end += 1
    return numbers[start : end + 1]
