"""Numbers as figures show them."""

from __future__ import annotations


def minus(number: float, places: int, plus: bool = False) -> str:
    """Return a number as text, with the minus sign of mathematics.

    Args:
        number: any finite number.
        places: number of decimals, >= 0.
        plus: whether a positive number gets a plus sign.
    """
    written = f"{number:{'+' if plus else ''}.{places}f}"
    if not float(written):
        written = written.lstrip("+-")  # zero has no sign
    return written.replace("-", "−")
