"""Numbers in the descriptions of figures, which a screen reader speaks."""

from __future__ import annotations

import pytest
from demos.nets.words import count, plain


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (12, "12 steps")]
)
def test_one_thing_has_no_s(number, words):
    assert count(number, "step") == words


@pytest.mark.parametrize(
    ("number", "digits", "written"),
    [
        (3.7e-5, 2, "0.000037"),
        (0.99996, 2, "1"),
        (30.2, 2, "30"),
        (123456.0, 2, "120000"),
        (0.25, 1, "0.2"),
        (0, 2, "0"),
        (-0.07, 2, "−0.07"),
        (2.7e-66, 2, "almost 0"),
    ],
)
def test_a_number_has_its_digits_and_no_exponent(number, digits, written):
    assert plain(number, digits) == written
