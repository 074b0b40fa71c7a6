"""The small network that forecasts rain: two inputs, one hidden layer with ReLU, and one logit.

The parameters are chosen by hand. The inputs are humidity, as a share, and the change of air
pressure, in hPa.
"""

from __future__ import annotations

import numpy as np

# The matrix is not symmetric, so that a reader sees that a column belongs to a unit.
HIDDEN = np.array([[5.0, -1.0], [-2.0, 1.0]])  # weights, shape (2 inputs, 2 units)
HIDDEN_BIAS = np.array([-1.0, 1.0])
OUTPUT = np.array([2.0, -1.5])  # weights of the one output unit
OUTPUT_BIAS = -1.0
