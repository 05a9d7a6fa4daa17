"""Figures as people write them: all their digits, none to spare; or rounded, where they were measured."""

from decimal import Decimal


def figure(value: float) -> str:
    """A number with thousands separators and without an exponent: 1,000,000 or 0.05."""
    return f"{Decimal(repr(value + 0.0)).normalize():,f}"


def percent(fraction: float) -> str:
    """A fraction in percent: 0.05 is 5%."""
    return f"{(Decimal(repr(fraction)) * 100).normalize():,f}%"


def rounded(value: float, decimals: int) -> str:
    """A number with thousands separators and exactly so many decimals: 1,234.50."""
    # Adding zero turns -0.0, which nobody reads, into 0.0.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"
