"""What students answer to the exercises of chapter 6, activations."""
# ruff: noqa: F821  (answers call functions that the notebook defines)

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- value_and_slope ------------------------------------------------------------------------------


@bank.mistake("value_and_slope")
def slopes_from_the_outputs(name, x):
    """You put the value into the formula of the slope again; the slope belongs to x itself."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    small = np.exp(-np.abs(p))
    again = 1 / (1 + small)
    if name == "sigmoid":
        return p, again * (1 - again)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(np.tanh(x)) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def tanh_half_as_steep(name, x):
    """You have 2 σ(x) - 1 for tanh, as old tutorials do; tanh(x) is 2 σ(2x) - 1."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return 2 * p - 1, 2 * p * (1 - p)
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def inner_slope_of_tanh_forgotten(name, x):
    """You forget the inner slope of σ(2x); the 2 before σ is one factor, 2x gives another."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), (1 - np.tanh(x) ** 2) / 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def slope_of_relu_from_the_right(name, x):
    """You give ReLU the slope 1 at exactly 0; the task, like Keras, takes 0 there."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x >= 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def elu_for_its_slope(name, x):
    """You keep the -1 in ELU's slope; a constant has no slope, so only exp(x) is left."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0)) - 1
        return np.where(x > 0, x, below), np.where(x > 0, 1, below)
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def both_branches_of_elu(name, x):
    """You compute exp(x) for every x and choose later; at 1000 the unused branch overflows."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        return np.where(x > 0, x, np.exp(x) - 1), np.where(x > 0, 1, np.exp(x))
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def one_form_of_the_sigmoid(name, x):
    """You use 1 / (1 + exp(-x)) everywhere; at x = -1000 it needs exp(1000), which overflows."""
    p = 1 / (1 + np.exp(-x))
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def softplus_that_overflows(name, x):
    """You write ln(1 + exp(x)) as it stands; exp(1000) overflows, although softplus is 1000."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.log(1 + np.exp(x)), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def inner_slope_of_softplus_forgotten(name, x):
    """You differentiate only the logarithm in softplus; the chain rule also asks for exp(x)."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), 1 - p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def half_of_the_product_rule(name, x):
    """You treat x, or σ(x), as a constant in SiLU's slope; the product rule adds both terms."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def product_of_the_slopes(name, x):
    """You multiply the slopes of SiLU's two factors; the product rule adds two products."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p * (1 - p)
    if name == "softplus":
        return np.logaddexp(0, x), p
    raise ValueError(f"{name} is unknown")


@bank.mistake("value_and_slope")
def unknown_name_unnoticed(name, x):
    """You return softplus for every name that is left; raise a ValueError for an unknown one."""
    small = np.exp(-np.abs(x))
    p = np.where(x >= 0, 1, small) / (1 + small)
    if name == "sigmoid":
        return p, p * (1 - p)
    if name == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2
    if name == "relu":
        return np.maximum(x, 0), (x > 0).astype(float)
    if name == "elu":
        below = np.exp(np.minimum(x, 0))
        return np.where(x > 0, x, below - 1), below
    if name == "silu":
        return x * p, p + x * p * (1 - p)
    return np.logaddexp(0, x), p


@bank.right("value_and_slope")
def slopes_from_the_other_side(name, x):
    """The sigmoid is a shifted tanh, and its slope is the product of both sides."""
    p, q = 0.5 * (1 + np.tanh(0.5 * x)), 0.5 * (1 - np.tanh(0.5 * x))
    on = (x > 0).astype(float)
    pairs = {
        "sigmoid": (p, p * q),
        "tanh": (np.tanh(x), (1 + np.tanh(x)) * (1 - np.tanh(x))),
        "relu": (x * on, on),
        "elu": (x * on + np.expm1(np.minimum(x, 0)), np.exp(np.minimum(x, 0))),
        "silu": (x * p, p * (1 + x * q)),
        "softplus": (np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), p),
    }
    if name not in pairs:
        raise ValueError(f"no activation {name}")
    return pairs[name]


@bank.right("value_and_slope")
def number_by_number(name, x):
    """One number at a time, with the form of the sigmoid that is safe for it."""
    import math

    def pair(z):
        e = math.exp(-abs(z))
        p = (1 if z >= 0 else e) / (1 + e)
        if name == "sigmoid":
            return p, e / (1 + e) ** 2
        if name == "tanh":
            return math.tanh(z), 1 - math.tanh(z) ** 2
        if name == "relu":
            return (z, 1.0) if z > 0 else (0.0, 0.0)
        if name == "elu":
            return (z, 1.0) if z > 0 else (e - 1, e)
        if name == "silu":
            return z * p, p + z * p * (1 - p)
        if name == "softplus":
            return max(z, 0) + math.log1p(e), p
        raise ValueError(name)

    pairs = np.array([pair(float(z)) for z in x.ravel()])
    return pairs[:, 0].reshape(x.shape), pairs[:, 1].reshape(x.shape)


# --- name_the_activation --------------------------------------------------------------------------


@bank.mistake("name_the_activation")
def leak_of_three_tenths_only(x, y):
    """You look for a leak of exactly 0.3; the left side of a Leaky ReLU may have any slope."""
    if np.max(y) <= 1:
        return "sigmoid" if np.min(y) > 0 else "tanh"
    if np.min(y) >= 0:
        return "relu"
    if np.allclose(y[0] / x[0], 0.3):
        return "leaky_relu"
    if np.all(np.diff(y) > 0):
        return "elu"
    return "silu" if np.min(y) < -0.22 else "gelu"


@bank.mistake("name_the_activation")
def elu_ends_at_minus_one(x, y):
    """You expect ELU to end at -1; it ends at -α, and α may be anything from 0.2 to 3."""
    if np.max(y) <= 1:
        return "sigmoid" if np.min(y) > 0 else "tanh"
    if np.min(y) >= 0:
        return "relu"
    if np.allclose(np.min(y), -1, atol=0.05):
        return "elu"
    if np.all(np.diff(y) > 0):
        return "leaky_relu"
    return "silu" if np.min(y) < -0.22 else "gelu"


@bank.mistake("name_the_activation")
def small_leak_counted_as_none(x, y):
    """You call everything above -0.1 a ReLU; a leak of 0.01 reaches only -0.06 at -6."""
    if np.max(y) <= 1:
        return "sigmoid" if np.min(y) > 0 else "tanh"
    if np.min(y) > -0.1:
        return "relu"
    left = x < 0
    if np.ptp(y[left] / x[left]) < 1e-6:
        return "leaky_relu"
    if np.all(np.diff(y) > 0):
        return "elu"
    return "silu" if np.min(y) < -0.22 else "gelu"


@bank.mistake("name_the_activation")
def dips_confused(x, y):
    """You have SiLU and GELU the wrong way round; SiLU dips deeper, to -0.278."""
    if np.max(y) <= 1:
        return "sigmoid" if np.min(y) > 0 else "tanh"
    if np.min(y) >= 0:
        return "relu"
    left = x < 0
    if np.ptp(y[left] / x[left]) < 1e-6:
        return "leaky_relu"
    if np.all(np.diff(y) > 0):
        return "elu"
    return "gelu" if np.min(y) < -0.22 else "silu"


@bank.mistake("name_the_activation")
def bounded_ones_not_told_apart(x, y):
    """You call every bounded curve a sigmoid; tanh falls below 0, and the sigmoid does not."""
    if np.max(y) <= 1:
        return "sigmoid"
    if np.min(y) >= 0:
        return "relu"
    left = x < 0
    if np.ptp(y[left] / x[left]) < 1e-6:
        return "leaky_relu"
    if np.all(np.diff(y) > 0):
        return "elu"
    return "silu" if np.min(y) < -0.22 else "gelu"


@bank.mistake("name_the_activation")
def left_end_decides(x, y):
    """You look at the left end alone; several of the seven curves can end at the same height."""
    left, right = y[0], y[-1]
    if right <= 1:
        return "sigmoid" if left > 0 else "tanh"
    if left == 0:
        return "relu"
    if left > -0.001:
        return "gelu"
    if left > -0.1:
        return "silu"
    return "elu" if left > -1.1 else "leaky_relu"


@bank.mistake("name_the_activation")
def names_as_in_books(x, y):
    """You write the names as books do; the task asks for "relu" and not for "ReLU"."""
    if np.max(y) <= 1:
        return "Sigmoid" if np.min(y) > 0 else "Tanh"
    if np.min(y) >= 0:
        return "ReLU"
    left = x < 0
    if np.ptp(y[left] / x[left]) < 1e-6:
        return "Leaky ReLU"
    if np.all(np.diff(y) > 0):
        return "ELU"
    return "SiLU" if np.min(y) < -0.22 else "GELU"


@bank.right("name_the_activation")
def nearest_candidate(x, y):
    """Each candidate is computed, with the leak and the α that the left end says."""
    import math

    p = 1 / (1 + np.exp(-x))
    below = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in x])
    alpha = -y[0] / (1 - np.exp(x[0]))
    curves = {
        "sigmoid": p,
        "tanh": np.tanh(x),
        "relu": np.maximum(x, 0),
        "leaky_relu": np.where(x > 0, x, y[0] / x[0] * x),
        "elu": np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1)),
        "silu": x * p,
        "gelu": x * below,
    }
    # ReLU stands before the two that contain it, so that it wins where they are equal.
    distances = {name: round(float(np.mean((y - c) ** 2)), 8) for name, c in curves.items()}
    return min(distances, key=distances.get)


@bank.right("name_the_activation")
def questions_about_the_slope(x, y):
    """The slopes between neighbors tell the curves apart."""
    slope = np.diff(y) / np.diff(x)
    if slope[-1] < 0.5:
        return "tanh" if y[0] < 0 else "sigmoid"
    if slope.min() < -1e-6:
        return "silu" if y.min() < -0.2 else "gelu"
    if slope[0] == 0 or y[0] == 0:
        return "relu"
    middle = np.searchsorted(x, -1)
    return "leaky_relu" if abs(slope[0] - slope[middle]) < 1e-6 else "elu"


# --- swish_gradients ------------------------------------------------------------------------------


@bank.mistake("swish_gradients")
def mean_over_the_examples(x, beta, upstream):
    """You take the mean over the examples; if the loss is a mean, its 1/n is already in u."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    return upstream * (p + beta * x * slope), np.mean(upstream * x**2 * slope, axis=0)


@bank.mistake("swish_gradients")
def one_x_too_few(x, beta, upstream):
    """You forget a factor x in the gradient in beta; x stands in front, and βx gives another."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    return upstream * (p + beta * x * slope), np.sum(upstream * x * slope, axis=0)


@bank.mistake("swish_gradients")
def inner_slope_by_x_forgotten(x, beta, upstream):
    """You forget β as the inner slope of σ(βx); the chain rule multiplies the second term by it."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    return upstream * (p + x * slope), np.sum(upstream * x**2 * slope, axis=0)


@bank.mistake("swish_gradients")
def gate_taken_as_a_constant(x, beta, upstream):
    """You treat the gate as a constant; it contains x as well, so a second term is added."""
    p = 1 / (1 + np.exp(-beta * x))
    return upstream * p, np.sum(upstream * x**2 * p * (1 - p), axis=0)


@bank.mistake("swish_gradients")
def slope_of_silu(x, beta, upstream):
    """You use the sigmoid of x; the gate of Swish is the sigmoid of beta times x."""
    p = 1 / (1 + np.exp(-x))
    slope = p * (1 - p)
    return upstream * (p + x * slope), np.sum(upstream * x**2 * slope, axis=0)


@bank.mistake("swish_gradients")
def upstream_forgotten(x, beta, upstream):
    """You leave out the gradient that arrives; the chain rule multiplies both results by it."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    return p + beta * x * slope, np.sum(x**2 * slope, axis=0)


@bank.mistake("swish_gradients")
def examples_left_apart(x, beta, upstream):
    """You do not sum over the examples; beta takes part in each, so its gradient is a sum."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    return upstream * (p + beta * x * slope), upstream * x**2 * slope


@bank.mistake("swish_gradients")
def one_beta_for_all_units(x, beta, upstream):
    """You sum over the units as well; each unit has a beta of its own."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    by_beta = np.full(beta.shape, np.sum(upstream * x**2 * slope))
    return upstream * (p + beta * x * slope), by_beta


@bank.mistake("swish_gradients")
def gradients_exchanged(x, beta, upstream):
    """You return the two gradients in the wrong order; the one in x comes first."""
    p = 1 / (1 + np.exp(-beta * x))
    slope = p * (1 - p)
    return np.sum(upstream * x**2 * slope, axis=0), upstream * (p + beta * x * slope)


@bank.right("swish_gradients")
def swish_gradients_with_loops(x, beta, upstream):
    """Loops over the examples and the units."""
    by_x, by_beta = np.zeros(x.shape), np.zeros(beta.shape)
    for i, j in np.ndindex(*x.shape):
        p = 1 / (1 + np.exp(-beta[j] * x[i, j]))
        by_x[i, j] = upstream[i, j] * p * (1 + beta[j] * x[i, j] * (1 - p))
        by_beta[j] += upstream[i, j] * x[i, j] ** 2 * p * (1 - p)
    return by_x, by_beta


@bank.right("swish_gradients")
def swish_gradients_from_silu(x, beta, upstream):
    """With t = βx, Swish is SiLU(t) / β, so its slope in x is that of SiLU in t."""
    by_x = upstream * value_and_slope("silu", beta * x)[1]
    by_beta = np.einsum("ij,ij->j", upstream * x**2, value_and_slope("sigmoid", beta * x)[1])
    return by_x, by_beta


# --- masked_softmax -------------------------------------------------------------------------------


@bank.mistake("masked_softmax")
def forbidden_scores_of_zero(logits, allowed):
    """You set forbidden scores to 0; exp(0) is 1, so they still get a share."""
    scores = np.where(allowed, logits, 0)
    exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def cut_out_behind_the_softmax(logits, allowed):
    """You set probabilities to 0 after the softmax; the rest of the row no longer sums to 1."""
    exponentials = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return allowed * exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def largest_of_the_forbidden(logits, allowed):
    """You subtract the largest of all scores; if it is forbidden, the allowed ones round to 0."""
    exponentials = allowed * np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def exponentials_as_they_are(logits, allowed):
    """You take exp of the scores as they are; subtract the largest first, or 1000 overflows."""
    exponentials = allowed * np.exp(logits)
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def largest_of_the_whole_array(logits, allowed):
    """You subtract one number from the whole array; each row has a largest score of its own."""
    scores = np.where(allowed, logits, -np.inf)
    exponentials = np.exp(scores - np.max(scores))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def along_the_examples(logits, allowed):
    """You sum over the examples; each example shares its probability among its own classes."""
    scores = np.where(allowed, logits, -np.inf)
    exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=0, keepdims=True)


@bank.mistake("masked_softmax")
def mask_turned_round(logits, allowed):
    """You forbid the classes that are allowed; True marks the classes that may get a share."""
    scores = np.where(allowed, -np.inf, logits)
    largest = np.max(scores, axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        exponentials = np.exp(scores - largest)
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def scores_written_into(logits, allowed):
    """You write -inf into the scores of whoever called you; make a new array, with `np.where`."""
    logits[~allowed] = -np.inf
    exponentials = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.mistake("masked_softmax")
def forbidden_scores_not_low_enough(logits, allowed):
    """You set forbidden scores to -100; an allowed score of -1000 is below that, so use -inf."""
    scores = np.where(allowed, logits, -100.0)
    exponentials = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=1, keepdims=True)


@bank.right("masked_softmax")
def row_by_row(logits, allowed):
    """A softmax of the allowed classes of each row."""
    p = np.zeros(logits.shape)
    for row, (scores, mask) in enumerate(zip(logits, allowed, strict=True)):
        chosen = scores[mask]
        exponentials = np.exp(chosen - chosen.max())
        p[row, mask] = exponentials / exponentials.sum()
    return p


@bank.right("masked_softmax")
def through_logarithms(logits, allowed):
    """The exponential of the log-probabilities."""
    scores = np.where(allowed, logits, -np.inf)
    return np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))


# --- gradient_sizes -------------------------------------------------------------------------------


@bank.mistake("gradient_sizes")
def last_layer_first(weights, x, activation):
    """You return the sizes in the order in which you compute them; the first layer comes first."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = arriving * slope
        sizes.append(np.sqrt(np.mean(gradient**2)))
        arriving = gradient @ matrix.T
    return np.array(sizes)


@bank.mistake("gradient_sizes")
def slope_at_the_output(weights, x, activation):
    """You take the slope at the value that comes out; the slope belongs to z, which goes in."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        a = function(a @ matrix)
        slopes.append(derivative(a))
    arriving, sizes = np.ones(a.shape), []
    for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = arriving * slope
        sizes.append(np.sqrt(np.mean(gradient**2)))
        arriving = gradient @ matrix.T
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def weights_without_slopes(weights, x, activation):
    """You multiply by the weights only; every activation multiplies by its slope as well."""
    arriving, sizes = np.ones((len(x), weights[-1].shape[1])), []
    for matrix in weights[::-1]:
        sizes.append(np.sqrt(np.mean(arriving**2)))
        arriving = arriving @ matrix.T
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def last_slope_forgotten(weights, x, activation):
    """You start with a gradient of 1 at the last z; the 1 arrives behind the last activation."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    gradient = np.ones(a.shape)
    sizes = [np.sqrt(np.mean(gradient**2))]
    for matrix, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
        gradient = (gradient @ matrix.T) * slope
        sizes.append(np.sqrt(np.mean(gradient**2)))
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def length_of_the_gradient(weights, x, activation):
    """You take the root of the sum of squares; the root mean square divides by their number."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = arriving * slope
        sizes.append(np.linalg.norm(gradient))
        arriving = gradient @ matrix.T
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def mean_of_the_gradient(weights, x, activation):
    """You take the mean of the gradient; numbers of opposite signs cancel in it."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = arriving * slope
        sizes.append(np.abs(np.mean(gradient)))
        arriving = gradient @ matrix.T
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def mean_of_the_absolute_gradient(weights, x, activation):
    """You take the mean of the absolute values; the size here is the root mean square."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = arriving * slope
        sizes.append(np.mean(np.abs(gradient)))
        arriving = gradient @ matrix.T
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def sizes_of_the_activations(weights, x, activation):
    """You measure the values on the way forward; the task asks for the gradient on the way back."""
    a, sizes = x, []
    for matrix in weights:
        a = value_and_slope(activation, a @ matrix)[0]
        sizes.append(np.sqrt(np.mean(a**2)))
    return np.array(sizes)


@bank.mistake("gradient_sizes")
def sizes_after_the_activation(weights, x, activation):
    """You measure the gradient before the slope multiplies it; the task asks for the one in z."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    for matrix, slope in zip(weights[::-1], slopes[::-1], strict=True):
        sizes.append(np.sqrt(np.mean(arriving**2)))
        arriving = (arriving * slope) @ matrix.T
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def weights_not_transposed(weights, x, activation):
    """You go back through W as it is; the way back needs its transpose."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.append(derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    for number in range(len(weights) - 1, -1, -1):
        gradient = arriving * slopes[number]
        sizes.append(np.sqrt(np.mean(gradient**2)))
        if number:
            arriving = gradient @ weights[number]
    return np.array(sizes[::-1])


@bank.mistake("gradient_sizes")
def list_turned_round(weights, x, activation):
    """You call `weights.reverse()`; this changes the caller's list, so reverse a copy."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    a, slopes = x, []
    for matrix in weights:
        z = a @ matrix
        slopes.insert(0, derivative(z))
        a = function(z)
    arriving, sizes = np.ones(a.shape), []
    weights.reverse()
    for matrix, slope in zip(weights, slopes, strict=True):
        gradient = arriving * slope
        sizes.insert(0, np.sqrt(np.mean(gradient**2)))
        arriving = gradient @ matrix.T
    return np.array(sizes)


@bank.right("gradient_sizes")
def gradient_sizes_by_recursion(weights, x, activation):
    """A function that goes forward on its way in and backward on its way out."""
    sizes = []

    def gradient_at(a, number):
        if number == len(weights):
            return np.ones(a.shape)
        out, slope = value_and_slope(activation, a @ weights[number])
        gradient = gradient_at(out, number + 1) * slope
        sizes.insert(0, np.mean(gradient**2) ** 0.5)
        return gradient @ weights[number].T

    gradient_at(x, 0)
    return np.array(sizes)


@bank.right("gradient_sizes")
def gradient_sizes_by_jacobians(weights, x, activation):
    """The slope of each output at each unit of each layer, one example after the other."""

    def function(z):
        return value_and_slope(activation, z)[0]

    def derivative(z):
        return value_and_slope(activation, z)[1]

    squares = [[] for _ in weights]
    for a in x:
        jacobians = []
        for matrix in weights:
            z = a @ matrix
            jacobians = [(j @ matrix) * derivative(z) for j in jacobians]
            jacobians.append(np.diag(derivative(z)))
            a = function(z)
        for collected, jacobian in zip(squares, jacobians, strict=True):
            collected.append(jacobian.sum(axis=1) ** 2)
    return np.sqrt([np.mean(collected) for collected in squares])


# --- start_std ------------------------------------------------------------------------------------


@bank.trial("start_std")
def three_activations(start_std):
    """Try four activations with two numbers of inputs."""

    def squared_relu(z):
        return np.maximum(z, 0) ** 2

    functions = (np.tanh, np.abs, np.cos, squared_relu)
    numbers = [start_std(f, n_in) for f in functions for n_in in (100, 400)]
    # Rounded to about 2 percent, so that a mean over random numbers is the same answer.
    return [float(np.round(50 * np.log(np.abs(s)) / 2)) if np.ndim(s) == 0 else s for s in numbers]


@bank.mistake("start_std")
def always_he(activation, n_in):
    """You return He's formula; it is for ReLU, and another activation keeps another share."""
    return np.sqrt(2 / n_in)


@bank.mistake("start_std")
def always_glorot(activation, n_in):
    """You return the result without an activation, 1 / √n_in; f changes the mean square."""
    return 1 / np.sqrt(n_in)


@bank.mistake("start_std")
def variance_for_the_deviation(activation, n_in):
    """You return the variance of the weights; the task asks for its root."""
    z = np.linspace(-8, 8, 4001)
    density = np.exp(-(z**2) / 2)
    return np.sum(density) / np.sum(density * activation(z) ** 2) / n_in


@bank.mistake("start_std")
def variance_of_the_values(activation, n_in):
    """You take the variance of f(z); its mean is not 0, and the mean square counts it as well."""
    z = np.linspace(-8, 8, 4001)
    density = np.exp(-(z**2) / 2) / np.sum(np.exp(-(z**2) / 2))
    mean = np.sum(density * activation(z))
    return 1 / np.sqrt(n_in * np.sum(density * (activation(z) - mean) ** 2))


@bank.mistake("start_std")
def evenly_spread_sums(activation, n_in):
    """You give all z the same weight; a standard normal variable is near 0 most of the time."""
    z = np.linspace(-4, 4, 2001)
    return 1 / np.sqrt(n_in * np.mean(activation(z) ** 2))


@bank.mistake("start_std")
def mean_of_the_sizes(activation, n_in):
    """You take the mean of |f(z)|; what adds up in a sum of products is the mean square."""
    z = np.linspace(-8, 8, 4001)
    density = np.exp(-(z**2) / 2) / np.sum(np.exp(-(z**2) / 2))
    return 1 / (np.sqrt(n_in) * np.sum(density * np.abs(activation(z))))


@bank.mistake("start_std")
def root_of_the_inputs_forgotten(activation, n_in):
    """You divide by n_in, not by its root; variances add up, and s is the root of a variance."""
    z = np.linspace(-8, 8, 4001)
    density = np.exp(-(z**2) / 2)
    return np.sqrt(np.sum(density) / np.sum(density * activation(z) ** 2)) / n_in


@bank.right("start_std")
def mean_over_random_numbers(activation, n_in):
    """A mean over a million standard normal numbers."""
    z = np.random.default_rng(0).normal(size=1_000_000)
    return float((n_in * np.mean(activation(z) ** 2)) ** -0.5)


@bank.right("start_std")
def mean_by_the_trapezoidal_rule(activation, n_in):
    """The mean over a normal variable, by the trapezoidal rule on a fine grid."""
    z = np.arange(-10, 10, 0.0005)
    squares = activation(z) ** 2 * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return 1 / np.sqrt(n_in * np.trapezoid(squares, z))


# --- dead_shares ----------------------------------------------------------------------------------


@bank.mistake("dead_shares")
def share_of_all_numbers(batches, layers):
    """You count single sums that are off; a unit is dead if it is off for every example."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(z <= 0))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def mean_over_the_batches(batches, layers):
    """You average the shares of the batches; a unit that is silent in one may be active later."""
    shares = []
    for x in batches:
        of_this_batch = []
        for weights, biases in layers:
            z = x @ weights + biases
            of_this_batch.append(np.mean(np.all(z <= 0, axis=0)))
            x = np.maximum(z, 0)
        shares.append(of_this_batch)
    return np.mean(shares, axis=0)


@bank.mistake("dead_shares")
def first_batch_only(batches, layers):
    """You look at the first batch only; a unit is dead if no batch activates it."""
    x, shares = batches[0], []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(np.all(z <= 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def silent_in_some_batch(batches, layers):
    """You call a unit dead if one batch leaves it silent; it has to be silent in all of them."""
    dead = [np.zeros(len(biases), dtype=bool) for _, biases in layers]
    for x in batches:
        for number, (weights, biases) in enumerate(layers):
            z = x @ weights + biases
            dead[number] |= np.all(z <= 0, axis=0)
            x = np.maximum(z, 0)
    return np.array([np.mean(one) for one in dead])


@bank.mistake("dead_shares")
def off_for_some_example(batches, layers):
    """You count units that are off for some example; dead means off for every one."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(np.any(z <= 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def examples_for_units(batches, layers):
    """You look along the wrong axis; a unit is a column, and you count examples."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(np.all(z <= 0, axis=1)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def zero_counted_as_alive(batches, layers):
    """You ask for sums below 0; at exactly 0, ReLU passes no gradient either."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(np.all(z < 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def share_of_the_living(batches, layers):
    """You return the share of the units that are alive; the task asks for the dead ones."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(np.any(z > 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def biases_forgotten(batches, layers):
    """You leave out the biases; a large negative bias is what kills most units."""
    x, shares = np.concatenate(batches), []
    for weights, _ in layers:
        z = x @ weights
        shares.append(np.mean(np.all(z <= 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.mistake("dead_shares")
def relu_forgotten(batches, layers):
    """You give the sums to the next layer as they are; it gets them after the ReLU."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        x = x @ weights + biases
        shares.append(np.mean(np.all(x <= 0, axis=0)))
    return np.array(shares)


@bank.mistake("dead_shares")
def number_of_the_dead(batches, layers):
    """You count the dead units; a share also divides by the number of units."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.sum(np.all(z <= 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.right("dead_shares")
def all_examples_at_once(batches, layers):
    """One array with the examples of all batches, although it needs more memory."""
    x, shares = np.concatenate(batches), []
    for weights, biases in layers:
        z = x @ weights + biases
        shares.append(np.mean(np.all(z <= 0, axis=0)))
        x = np.maximum(z, 0)
    return np.array(shares)


@bank.right("dead_shares")
def nothing_passes_relu(batches, layers):
    """Units whose values after the ReLU sum to 0."""
    x, shares = np.vstack(batches), []
    for weights, biases in layers:
        x = np.clip(x @ weights + biases, 0, None)
        shares.append(np.count_nonzero(x.sum(axis=0) == 0) / x.shape[1])
    return shares


# --- repaired_network -----------------------------------------------------------------------------


@bank.view("repaired_network")
def start_of_the_network(network):
    """How many layers there are, their activations, and how wide the second one's weights are."""
    settings = [layer.get_config() for layer in network.layers]
    names = [one["activation"] for one in settings if "activation" in one]
    kernels = [w for w in network.get_weights() if np.ndim(w) == 2]
    gain = np.std(kernels[1]) * len(kernels[1]) ** 0.5
    bounds = [0.001, 0.7, 1.2, 2.0]  # zeros, small, Glorot's 1, He's 1.4, large
    # Of small matrices the width is a matter of chance.
    width = int(np.searchsorted(bounds, gain)) if len(kernels[1]) > 50 else -1
    return [len(kernels), sorted(set(names[:-1])), names[-1], width]


@bank.mistake("repaired_network")
def relu_with_the_old_start(n_features, units, depth):
    """You keep the old start under ReLU; ReLU is unbounded, so there the signal explodes."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=1.0)
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def relu_with_keras_default(n_features, units, depth):
    """You leave ReLU with Keras's default start, Glorot's; each layer halves the mean square."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def sigmoid_in_every_layer(n_features, units, depth):
    """You take the sigmoid between the layers; it passes on at most a quarter of each change."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="sigmoid"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def very_small_weights(n_features, units, depth):
    """You make all weights very small; nothing is saturated then, but the signal fades instead."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.01)
        layers.append(keras.layers.Dense(units, activation="tanh", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def weights_of_zero(n_features, units, depth):
    """You start with zeros; all units are then equal, and no gradient comes back."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="tanh", kernel_initializer="zeros"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def the_start_unchanged(n_features, units, depth):
    """You return the colleague's network; its first layers are still saturated."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=1.0)
        layers.append(keras.layers.Dense(units, activation="tanh", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def relu_for_the_output(n_features, units, depth):
    """You change the output too; it gives a probability, and for this the sigmoid was right."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="relu"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def softmax_of_one_unit(n_features, units, depth):
    """You put softmax on a single unit; its probability is always 1, so nothing can be learned."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="softmax"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def output_without_an_activation(n_features, units, depth):
    """You leave out the last activation; the network gives logits, not the probability."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def one_hidden_layer_only(n_features, units, depth):
    """You leave out hidden layers; the repaired network keeps all of them."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.right("repaired_network")
def tanh_with_glorot(n_features, units, depth):
    """The colleague's tanh with Keras's default start, which is Glorot's, layer by layer."""
    import keras

    network = keras.Sequential([keras.Input(shape=(n_features,))])
    for _ in range(depth):
        network.add(keras.layers.Dense(units, activation="tanh"))
    network.add(keras.layers.Dense(1, activation="sigmoid"))
    return network


@bank.right("repaired_network")
def leaky_relu_in_layers_of_its_own(n_features, units, depth):
    """Activations as layers of their own, and He's standard deviation computed by hand."""
    import keras

    layers, n = [], n_features
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=(2 / n) ** 0.5)
        layers += [
            keras.layers.Dense(units, kernel_initializer=start),
            keras.layers.LeakyReLU(negative_slope=0.1),
        ]
        n = units
    layers += [keras.layers.Dense(1), keras.layers.Activation("sigmoid")]
    return keras.Sequential([keras.Input((n_features,)), *layers])


@bank.right("repaired_network")
def gelu_with_he(n_features, units, depth):
    """GELU with He's start, drawn from a uniform distribution."""
    import keras

    hidden = [
        keras.layers.Dense(units, activation="gelu", kernel_initializer="he_uniform")
        for _ in range(depth)
    ]
    output = keras.layers.Dense(1, activation="sigmoid")
    return keras.Sequential([keras.Input((n_features,)), *hidden, output])


# --- deep_network ---------------------------------------------------------------------------------


@bank.trial("deep_network")
def parts_of_the_network(deep_network):
    """What a network is made of, its start, and whether a batch keeps its signal."""
    import keras

    keras.utils.set_random_seed(0)
    network = deep_network(20, 32, 8)
    x = np.random.default_rng(0).normal(size=(200, 20))
    p = np.asarray(network(x, training=True), dtype=float)
    kernels = [np.asarray(w) for w in network.get_weights() if np.ndim(w) == 2]
    kinds = [type(layer).__name__ for layer in network.layers]
    momentum = {layer.momentum for layer in network.layers if hasattr(layer, "momentum")}
    with np.errstate(all="ignore"):
        spread = float(np.std(np.log(p / (1 - p))))
    return [
        [list(w.shape) for w in kernels],
        [bool(0.015 < np.std(w) < 0.025) for w in kernels],
        kinds.count("Add"),
        sum("Normalization" in kind for kind in kinds),
        sorted(momentum),
        bool(spread > 0.01),
        bool(np.all((p > 0) & (p < 1))),
    ]


@bank.mistake("deep_network")
def network_unchanged(n_features, units, depth):
    """You return the network as it was; it needs a residual connection or a normalization."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("deep_network")
def another_start(n_features, units, depth):
    """You change the initializer to He's; here the start stays, and the connections change."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("deep_network")
def residuals_with_another_start(n_features, units, depth):
    """You add residual connections and change the start as well; keep the 0.02."""
    import keras

    inputs = keras.Input((n_features,))
    x = keras.layers.Dense(units)(inputs)
    for _ in range(depth - 1):
        x = keras.layers.Add()([x, keras.layers.Dense(units, activation="relu")(x)])
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@bank.mistake("deep_network")
def normalized_at_the_end_only(n_features, units, depth):
    """You normalize once, before the last layer; the variance is then far below the layer's ε."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer=start))
    layers += [keras.layers.LayerNormalization(), keras.layers.Dense(1, activation="sigmoid")]
    return keras.Sequential(layers)


@bank.mistake("deep_network")
def one_residual_connection(n_features, units, depth):
    """You add a way past one layer only; every other layer still shrinks the signal."""
    import keras

    inputs = keras.Input((n_features,))
    x = inputs
    for number in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        branch = keras.layers.Dense(units, activation="relu", kernel_initializer=start)(x)
        x = keras.layers.Add()([x, branch]) if number == depth - 1 else branch
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@bank.mistake("deep_network")
def averages_that_lag(n_features, units, depth):
    """You keep Keras's momentum of 0.99; after 240 steps the averages are wrong, so take 0.9."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        layers.append(keras.layers.Dense(units, kernel_initializer=start))
        layers += [keras.layers.BatchNormalization(), keras.layers.Activation("relu")]
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("deep_network")
def fewer_layers(n_features, units, depth):
    """You leave out hidden layers; the repaired network needs as many as before."""
    import keras

    start = keras.initializers.RandomNormal(stddev=0.02)
    hidden = keras.layers.Dense(units, activation="relu", kernel_initializer=start)
    output = keras.layers.Dense(1, activation="sigmoid")
    return keras.Sequential([keras.layers.Input((n_features,)), hidden, output])


@bank.mistake("deep_network")
def no_sigmoid_at_the_end(n_features, units, depth):
    """You leave out the last sigmoid; the network then gives logits, not probabilities."""
    import keras

    inputs = keras.Input((n_features,))
    x = inputs
    for number in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        branch = keras.layers.Dense(units, activation="relu", kernel_initializer=start)(x)
        x = keras.layers.Add()([x, branch]) if number else branch
    return keras.Model(inputs, keras.layers.Dense(1)(x))


@bank.right("deep_network")
def layer_normalization_everywhere(n_features, units, depth):
    """A layer normalization behind each dense layer."""
    import keras

    network = keras.Sequential([keras.Input((n_features,))])
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        network.add(keras.layers.Dense(units, kernel_initializer=start))
        network.add(keras.layers.LayerNormalization())
        network.add(keras.layers.Activation("relu"))
    network.add(keras.layers.Dense(1, activation="sigmoid"))
    return network


@bank.right("deep_network")
def batch_normalization_that_keeps_up(n_features, units, depth):
    """Batch normalization whose averages have a momentum of 0.9."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.02)
        layers += [
            keras.layers.Dense(units, kernel_initializer=start),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.Activation("relu"),
        ]
    return keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])


@bank.right("deep_network")
def normalized_branches(n_features, units, depth):
    """Residual connections around branches that are normalized first, as in transformers."""
    import keras

    def start():
        return keras.initializers.RandomNormal(stddev=0.02)

    inputs = keras.Input((n_features,))
    x = keras.layers.Dense(units, kernel_initializer=start())(inputs)
    for _ in range(depth - 1):
        branch = keras.layers.LayerNormalization()(x)
        x = x + keras.layers.Dense(units, activation="gelu", kernel_initializer=start())(branch)
    x = keras.layers.LayerNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
