"""Numbers and counts in the descriptions of figures, as a listener understands them."""

from __future__ import annotations

import numpy as np

LEAST = 1e-9  # a smaller number is said to be almost 0


def count(number: int, noun: str) -> str:
    """Return a number of things, such as "1 step" and "2 steps"; the plural ends in an s."""
    return f"{number} {noun}{'s' * (number != 1)}"


def plain(number: float, digits: int = 2) -> str:
    """Return a number with some significant digits and without an exponent, such as 0.000037.

    Args:
        number: any finite number.
        digits: significant digits, >= 1.
    """
    if 0 < abs(number) < LEAST:
        return "almost 0"
    written = np.format_float_positional(
        number, precision=digits, unique=False, fractional=False, trim="-"
    )
    return written.replace("-", "−")
