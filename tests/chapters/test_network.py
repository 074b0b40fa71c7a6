"""The numbers on the page of what a network is."""

from collections.abc import Iterator

import numpy as np
from claims import assert_claimed
from demos.losses import first_network
from demos.nets.functions import logistic
from demos.nets.network import DIGIT_NETWORK
from demos.show.numerals import minus


def numbers() -> Iterator[str]:
    upper, lower = first_network.HIDDEN.T
    bias, other = first_network.HIDDEN_BIAS
    inputs = np.array([0.8, 0.0])
    z = float(inputs @ upper + bias)
    yield f"z = {upper[0]:.0f} \\cdot 0.8 + ({upper[1]:.0f}) \\cdot 0 + ({bias:.0f}) = {z:.0f}"
    yield f"The factors {upper[0]:.0f} and {minus(upper[1], 0)} are its **weights**"
    yield f"and {minus(bias, 0)} is its **bias**"
    yield f"So the upper neuron passes on {z:.0f}."
    off = float(np.array([0.8, 2.0]) @ upper + bias)
    assert first_network.forward(0.8, 1.0)[0][0] > 0
    yield f"Move the pressure change to 2, and its sum becomes {minus(off, 0)}, so it passes on 0."
    z = float(inputs @ lower + other)
    yield f"z = ({lower[0]:.0f}) \\cdot 0.8 + {lower[1]:.0f} \\cdot 0 + {other:.0f} = {z:.1f}"
    assert not np.array_equal(first_network.HIDDEN, first_network.HIDDEN.T)
    yield f"This network has {first_network.PARAMETERS} of them"
    yield f"in chapter 3 has {DIGIT_NETWORK.size}, and nobody"
    high, low = first_network.forward(0.8, 0.0)[1], first_network.forward(0.8, 2.0)[1]
    yield f"here it is {minus(high, 1)}, and at a pressure change of 2 it is {minus(low, 1)}."
    assert round(float(logistic(low)), 2) == 0.01
    yield f"a logit of 4.7 gives {float(logistic(high)):.2f}, and a logit of −4.3 gives 0.01."
    upper, lower = first_network.forward(0.8, 0.0)[0]
    yield f"multiplies {upper:.0f} by 2 and {lower:.1f} by −1.5, adds both and its bias −1"
    yield f"and its bias −1, and gets {high:.1f}."
    yield f"3 · 13 = {3 * 13}."
    yield f"With 320 examples and batches of 32, an epoch has {320 // 32} steps"


def test_the_page_says_the_numbers_that_come_out():
    assert_claimed("network", numbers())
