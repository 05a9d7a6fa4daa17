"""A strategy in plain sentences, made from its data: nobody has to believe a description."""

from typing import Literal

from app.quant import words_en, words_ko
from app.quant.strategy import Strategy

Language = Literal["ko", "en"]


def in_words(strategy: Strategy, language: Language) -> list[str]:
    """When it buys, when it sells, and its risk limits. A bar is called a day: the platform's bars are daily."""
    words = words_ko if language == "ko" else words_en
    return [
        words.entry_in_words(strategy.entry),
        words.exit_in_words(strategy.exit, strategy.risk),
        *words.risk_in_words(strategy.risk),
    ]
