"""Numbers as they are written in a figure."""

from __future__ import annotations


def minus(number: float, places: int, plus: bool = False) -> str:
    """Return `number` to so many decimal places, with the minus sign that mathematics uses.

    Args:
        number: any finite number.
        places: decimal places, >= 0.
        plus: whether a positive number shows its sign.
    """
    written = f"{number:{'+' if plus else ''}.{places}f}"
    if not float(written):
        written = written.lstrip("+-")  # what rounds to zero has no sign
    return written.replace("-", "−")
