"""The bounds of statistical disclosure control and the rounding of single figures; needs no Spark."""

from math import floor, log10

K = 100
ROUNDED_TO = 5
SHARE_DECIMALS = 2
AMOUNT_DIGITS = 2
TAILS = (0.01, 0.99)


def round_count(count: int) -> int:
    """Round one count to the nearest 5."""
    return ROUNDED_TO * round(count / ROUNDED_TO)


def amount_decimals(*amounts: float) -> int:
    """Decimals that leave the largest of the amounts two significant digits; below 0: tens, hundreds."""
    largest = max(map(abs, amounts))
    return AMOUNT_DIGITS - 1 - floor(log10(largest)) if largest else 0
