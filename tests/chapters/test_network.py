"""The numbers on the page of what a network is."""

from collections.abc import Iterator

import numpy as np
from claims import assert_claimed
from demos.losses import first_network
from demos.nets.functions import logistic
from demos.nets.network import DIGIT_NETWORK
from demos.show.numerals import minus


def numbers() -> Iterator[str]:
    weights, bias = first_network.HIDDEN[:, 0], first_network.HIDDEN_BIAS[0]
    z = float(np.array([0.8, 0.0]) @ weights + bias)
    yield (
        f"z = {weights[0]:.0f} \\cdot 0.8 + ({weights[1]:.0f}) \\cdot 0 + ({bias:.0f}) = {z:.0f}"
    )
    assert first_network.forward(0.8, 2.0)[0][0] == 0
    assert first_network.forward(0.8, 1.0)[0][0] > 0
    yield "Move the pressure change to 2, and the sum of the upper neuron becomes 0"
    yield f"This network has {first_network.PARAMETERS} of them"
    yield f"in chapter 3 has {DIGIT_NETWORK.size}, and nobody"
    high, low = first_network.forward(0.8, 0.0)[1], first_network.forward(0.8, 2.0)[1]
    yield f"here it is {minus(high, 1)}, and at a pressure change of 2 it is {minus(low, 1)}."
    assert round(float(logistic(low)), 2) == 0.01
    yield f"a logit of 2.7 gives {float(logistic(high)):.2f}, and a logit of −4.3 gives 0.01."
    yield f"3 · 13 = {3 * 13}."
    yield f"With 320 examples and batches of 32, an epoch has {320 // 32} steps"


def test_the_page_says_the_numbers_that_come_out():
    assert_claimed("network", numbers())
