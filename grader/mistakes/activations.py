"""What students answer to the exercises of chapter 6, activations."""
# ruff: noqa: F821  (answers call functions that the notebook defines)

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- stable_sigmoid -------------------------------------------------------------------------------


@bank.mistake("stable_sigmoid")
def one_form_for_all(x):
    """You use 1 / (1 + exp(-x)) everywhere; at x = -1000 it asks for exp(1000), an overflow."""
    return 1 / (1 + np.exp(-x))


@bank.mistake("stable_sigmoid")
def the_other_form_for_all(x):
    """You use exp(x) / (exp(x) + 1) everywhere; at x = 1000 it asks for exp(1000), an overflow."""
    return np.exp(x) / (np.exp(x) + 1)


@bank.mistake("stable_sigmoid")
def both_forms_computed(x):
    """You choose with `np.where`; it computes both forms for every x, the one that breaks too."""
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (np.exp(x) + 1))


@bank.mistake("stable_sigmoid")
def cut_off_at_ten(x):
    """You clip x to 10 and -10; at -20 the sigmoid is 2e-9, and you return 4.5e-5."""
    return 1 / (1 + np.exp(-np.clip(x, -10, 10)))


@bank.mistake("stable_sigmoid")
def falling_sigmoid(x):
    """You lose the minus in exp(-x); your curve falls from 1 to 0 where the sigmoid rises."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, small, 1) / (1 + small)


@bank.mistake("stable_sigmoid")
def tanh_for_sigmoid(x):
    """You return tanh; it runs from -1 to 1, and the sigmoid from 0 to 1."""
    return np.tanh(x)


@bank.right("stable_sigmoid")
def sigmoid_from_tanh(x):
    """The hyperbolic tangent, shifted and halved."""
    return 0.5 * (1 + np.tanh(0.5 * x))


@bank.right("stable_sigmoid")
def each_form_where_it_is_safe(x):
    """Each form on its own part of the array."""
    result = np.empty(x.shape)
    right = x >= 0
    result[right] = 1 / (1 + np.exp(-x[right]))
    result[~right] = np.exp(x[~right]) / (1 + np.exp(x[~right]))
    return result


@bank.right("stable_sigmoid")
def cut_off_far_out(x):
    """Clipped where the result is the same to the last digit."""
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


# --- sigmoid_derivative ---------------------------------------------------------------------------


@bank.mistake("sigmoid_derivative")
def input_taken_for_the_output(x):
    """You compute x (1 - x); the formula wants the sigmoid of x in both places."""
    return x * (1 - x)


@bank.mistake("sigmoid_derivative")
def sigmoid_without_its_slope(x):
    """You return the sigmoid itself; its slope is p (1 - p)."""
    return stable_sigmoid(x)


@bank.mistake("sigmoid_derivative")
def one_minus_the_square(x):
    """You use 1 - p², the rule for tanh; the sigmoid's is p (1 - p)."""
    return 1 - stable_sigmoid(x) ** 2


@bank.mistake("sigmoid_derivative")
def slope_that_falls(x):
    """You have p (p - 1), the wrong sign; the sigmoid rises everywhere."""
    p = stable_sigmoid(x)
    return p * (p - 1)


@bank.mistake("sigmoid_derivative")
def slope_times_input(x):
    """You multiply by x as well; that is the slope to a weight, and here x is what goes in."""
    p = stable_sigmoid(x)
    return x * p * (1 - p)


@bank.mistake("sigmoid_derivative")
def slope_that_overflows(x):
    """You take the quotient rule's exp(-x) / (1 + exp(-x))²; at x = -1000 it overflows."""
    return np.exp(-x) / (1 + np.exp(-x)) ** 2


@bank.right("sigmoid_derivative")
def slope_from_both_sides(x):
    """The sigmoid here times the sigmoid on the other side of 0."""
    return stable_sigmoid(x) * stable_sigmoid(-x)


@bank.right("sigmoid_derivative")
def slope_from_the_size(x):
    """The slope is the same on both sides, so the size of x is enough."""
    small = np.exp(-np.abs(x))
    return small / (1 + small) ** 2


# --- tanh_from_sigmoid ----------------------------------------------------------------------------


@bank.mistake("tanh_from_sigmoid")
def half_as_steep(x):
    """You have 2 σ(x) - 1, as old tutorials do; that is tanh(x / 2), half as steep."""
    return 2 * stable_sigmoid(x) - 1


@bank.mistake("tanh_from_sigmoid")
def a_quarter_as_steep(x):
    """You halve x in place of doubling it; 2 σ(x / 2) - 1 is tanh(x / 4)."""
    return 2 * stable_sigmoid(x / 2) - 1


@bank.mistake("tanh_from_sigmoid")
def stretched_and_not_shifted(x):
    """You stretch the sigmoid and leave out the shift; 2 σ(2x) runs from 0 to 2."""
    return 2 * stable_sigmoid(2 * x)


@bank.mistake("tanh_from_sigmoid")
def only_made_steeper(x):
    """You double x and leave the height; σ(2x) runs from 0 to 1, and tanh from -1 to 1."""
    return stable_sigmoid(2 * x)


@bank.mistake("tanh_from_sigmoid")
def shifted_before_it_is_stretched(x):
    """You subtract before you double; 2 (σ(2x) - 1) runs from -2 to 0."""
    return 2 * (stable_sigmoid(2 * x) - 1)


@bank.mistake("tanh_from_sigmoid")
def tanh_by_its_definition(x):
    """You write the definition down; its exponentials overflow at 1000 and at -1000."""
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@bank.mistake("tanh_from_sigmoid")
def tanh_in_place(x):
    """You double x in place; `x *= 2` changes the array of whoever called you."""
    x *= 2
    return 2 * stable_sigmoid(x) - 1


@bank.right("tanh_from_sigmoid")
def one_sigmoid_less_the_other(x):
    """What speaks for it less what speaks against it."""
    return stable_sigmoid(2 * x) - stable_sigmoid(-2 * x)


@bank.right("tanh_from_sigmoid")
def tanh_of_numpy(x):
    """NumPy's own."""
    return np.tanh(x)


# --- tanh_derivative ------------------------------------------------------------------------------


@bank.mistake("tanh_derivative")
def input_taken_for_tanh(x):
    """You compute 1 - x²; the formula wants the tanh of x."""
    return 1 - x**2


@bank.mistake("tanh_derivative")
def tanh_not_squared(x):
    """You leave the square out; 1 - tanh(x) is 2 far to the left, where the slope is 0."""
    return 1 - tanh_from_sigmoid(x)


@bank.mistake("tanh_derivative")
def rule_of_the_sigmoid(x):
    """You use the sigmoid's rule, t (1 - t); for tanh it is 1 - t²."""
    t = tanh_from_sigmoid(x)
    return t * (1 - t)


@bank.mistake("tanh_derivative")
def inner_slope_forgotten(x):
    """You lose the inner slope of σ(2x); one 2 stands in front, and another comes from 2x."""
    return 2 * sigmoid_derivative(2 * x)


@bank.mistake("tanh_derivative")
def slope_of_the_sigmoid(x):
    """You return the slope of the sigmoid; that of tanh is four times as high and half as wide."""
    return sigmoid_derivative(x)


@bank.mistake("tanh_derivative")
def one_over_cosh_squared(x):
    """You divide by cosh², which is right on paper; cosh overflows at 1000."""
    return 1 / np.cosh(x) ** 2


@bank.right("tanh_derivative")
def four_times_the_sigmoids(x):
    """The chain rule through 2 σ(2x) - 1."""
    return 4 * sigmoid_derivative(2 * x)


@bank.right("tanh_derivative")
def sum_times_difference(x):
    """The square taken apart."""
    t = np.tanh(x)
    return (1 + t) * (1 - t)


# --- relu -----------------------------------------------------------------------------------------


@bank.mistake("relu")
def negative_numbers_turned_round(x):
    """You take the absolute value; ReLU turns negative numbers into 0."""
    return np.abs(x)


@bank.mistake("relu")
def largest_number(x):
    """You call `np.max`, which picks one number; `np.maximum` compares each of them with 0."""
    return np.max(x, 0)


@bank.mistake("relu")
def smaller_of_the_two(x):
    """You take the smaller of x and 0; ReLU keeps the larger."""
    return np.minimum(x, 0)


@bank.mistake("relu")
def step_for_relu(x):
    """You return 1 where x is positive; that is ReLU's slope, ReLU itself passes x on."""
    return np.where(x > 0, 1.0, 0.0)


@bank.mistake("relu")
def positive_numbers_only(x):
    """You drop the numbers that are not positive; they become 0 and keep their places."""
    return x[x > 0]


@bank.mistake("relu")
def relu_in_place(x):
    """You write zeros into x; that changes the array of whoever called you."""
    x[x < 0] = 0
    return x


@bank.right("relu")
def relu_by_a_mask(x):
    """A mask of zeros and ones."""
    return x * (x > 0)


@bank.right("relu")
def relu_from_the_size(x):
    """Half of the number and its size."""
    return (x + np.abs(x)) / 2


# --- leaky_relu -----------------------------------------------------------------------------------


@bank.mistake("leaky_relu")
def slope_always_the_same(x, negative_slope=0.3):
    """You write 0.3 into the formula; the slope is what the caller says."""
    return np.where(x > 0, x, 0.3 * x)


@bank.mistake("leaky_relu")
def slope_of_the_original_paper(x, negative_slope=0.01):
    """You have 0.01 when nothing is said; the task asks for 0.3, as Keras' layer has."""
    return np.where(x > 0, x, negative_slope * x)


@bank.mistake("leaky_relu")
def slope_in_place_of_the_line(x, negative_slope=0.3):
    """You return the slope itself for a negative x; it is multiplied with x."""
    return np.where(x > 0, x, negative_slope)


@bank.mistake("leaky_relu")
def leak_that_goes_up(x, negative_slope=0.3):
    """You turn the negative side round; with a slope above 0, a negative x stays negative."""
    return np.where(x > 0, x, -negative_slope * x)


@bank.mistake("leaky_relu")
def leak_on_the_wrong_side(x, negative_slope=0.3):
    """You scale the positive side; the slope is for the negative one."""
    return np.where(x > 0, negative_slope * x, x)


@bank.mistake("leaky_relu")
def no_leak(x, negative_slope=0.3):
    """You return ReLU; a leaky one passes on a share of a negative x."""
    return np.maximum(x, 0)


@bank.mistake("leaky_relu")
def leak_in_place(x, negative_slope=0.3):
    """You multiply inside x; that changes the array of whoever called you."""
    x[x < 0] *= negative_slope
    return x


@bank.right("leaky_relu")
def larger_of_two_lines(x, negative_slope=0.3):
    """Up to a slope of 1, the higher of the two lines."""
    return np.maximum(x, negative_slope * x)


@bank.right("leaky_relu")
def two_relus(x, negative_slope=0.3):
    """One ReLU to the right and a flatter one to the left."""
    return relu(x) - negative_slope * relu(-x)


# --- elu ------------------------------------------------------------------------------------------


@bank.mistake("elu")
def branch_not_taken_overflows(x, alpha=1.0):
    """You compute exp(x) for every x and choose later; at x = 1000 it overflows all the same."""
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


@bank.mistake("elu")
def alpha_on_the_exponential_only(x, alpha=1.0):
    """You multiply only the exponential by α; the curve then jumps at 0 unless α is 1."""
    return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)) - 1)


@bank.mistake("elu")
def alpha_in_the_exponent(x, alpha=1.0):
    """You put α into the exponent; it scales the height, so that the floor is -α."""
    return np.where(x > 0, x, np.exp(alpha * np.minimum(x, 0)) - 1)


@bank.mistake("elu")
def alpha_ignored(x, alpha=1.0):
    """You do not use α; it says how low the curve goes."""
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)


@bank.mistake("elu")
def exponential_not_shifted(x, alpha=1.0):
    """You leave out the -1; at 0 the curve then jumps from α to 0."""
    return np.where(x > 0, x, alpha * np.exp(np.minimum(x, 0)))


@bank.mistake("elu")
def alpha_on_both_sides(x, alpha=1.0):
    """You scale the positive side by α too; that is SELU's way, ELU leaves it as it is."""
    return alpha * np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)


@bank.right("elu")
def elu_with_expm_one(x, alpha=1.0):
    """NumPy's exp(x) - 1, and two sides that are added."""
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


@bank.right("elu")
def elu_on_a_copy(x, alpha=1.0):
    """The negative numbers of a copy."""
    result = x.copy()
    left = x <= 0
    result[left] = alpha * (np.exp(x[left]) - 1)
    return result


# --- silu -----------------------------------------------------------------------------------------


@bank.mistake("silu")
def gate_without_the_number(x):
    """You return the gate alone; SiLU multiplies x by it."""
    return stable_sigmoid(x)


@bank.mistake("silu")
def gate_made_of_tanh(x):
    """You take tanh for the gate; SiLU's gate is the sigmoid, from 0 to 1."""
    return x * np.tanh(x)


@bank.mistake("silu")
def gate_on_the_positive_side(x):
    """You put ReLU before the gate; SiLU lets a little of a negative x through."""
    return np.maximum(x, 0) * stable_sigmoid(x)


@bank.mistake("silu")
def gate_of_the_gelu(x):
    """You scale x by 1.702 in the gate; that is an approximation of GELU."""
    return x * stable_sigmoid(1.702 * x)


@bank.mistake("silu")
def gate_added(x):
    """You add the gate; SiLU multiplies by it."""
    return x + stable_sigmoid(x)


@bank.mistake("silu")
def gate_that_overflows(x):
    """You write 1 + exp(-x) out again; call `stable_sigmoid`, which does not overflow at -1000."""
    return x / (1 + np.exp(-x))


@bank.right("silu")
def silu_from_tanh(x):
    """The gate as half of 1 + tanh(x / 2)."""
    return 0.5 * x * (1 + np.tanh(0.5 * x))


@bank.right("silu")
def silu_number_by_number(x):
    """One number at a time."""
    numbers = [value * float(stable_sigmoid(np.array([value]))[0]) for value in x.ravel()]
    return np.array(numbers).reshape(x.shape)


# --- gelu -----------------------------------------------------------------------------------------


@bank.mistake("gelu")
def approximated_with_tanh(x):
    """You use the approximation with tanh; the task asks for the exact one, with erf."""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@bank.mistake("gelu")
def approximated_with_the_sigmoid(x):
    """You use x σ(1.702 x), a rough approximation; the task asks for the exact one, with erf."""
    return x * stable_sigmoid(1.702 * x)


@bank.mistake("gelu")
def root_of_two_forgotten(x):
    """You take erf(x); in Φ it is erf of x divided by the root of 2."""
    import math

    return 0.5 * x * (1 + np.vectorize(math.erf)(x))


@bank.mistake("gelu")
def not_halved(x):
    """You leave out the half; your gate runs from 0 to 2, and a probability ends at 1."""
    import math

    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


@bank.mistake("gelu")
def density_for_the_gate(x):
    """You multiply by the bell curve; the gate is the area below it, Φ."""
    return x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


@bank.mistake("gelu")
def area_without_the_number(x):
    """You return Φ(x) alone; GELU multiplies x by it."""
    import math

    return 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


@bank.mistake("gelu")
def erf_of_an_array(x):
    """You give `math.erf` an array; it takes one number at a time."""
    import math

    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


@bank.right("gelu")
def gelu_vectorized(x):
    """The complementary error function, vectorized."""
    import math

    return 0.5 * x * np.vectorize(math.erfc)(-x / math.sqrt(2))


@bank.right("gelu")
def gelu_from_the_standard_library(x):
    """The normal distribution of Python's statistics module."""
    from statistics import NormalDist

    below = np.array([NormalDist().cdf(value) for value in x.flat])
    return x * below.reshape(x.shape)


# --- activation_derivative ------------------------------------------------------------------------


@bank.mistake("activation_derivative")
def slope_of_relu_from_the_right(name, x):
    """You take the slope from the right at 0; the task, as Keras, takes it from the left."""
    import math

    if name == "relu":
        return np.where(x >= 0, 1.0, 0.0)
    if name == "leaky_relu":
        return np.where(x >= 0, 1.0, 0.3)
    if name == "elu":
        return np.exp(np.minimum(x, 0))
    if name == "silu":
        p = stable_sigmoid(x)
        return p + x * p * (1 - p)
    if name == "gelu":
        below = np.vectorize(math.erf)(x / math.sqrt(2)) / 2 + 0.5
        return below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(f"{name} is unknown")


@bank.mistake("activation_derivative")
def left_side_thrown_away(name, x):
    """You give Leaky ReLU the slope 0 on the left; it is 0.3 there, so that a gradient passes."""
    import math

    if name in ("relu", "leaky_relu"):
        return np.where(x > 0, 1.0, 0.0)
    if name == "elu":
        return np.exp(np.minimum(x, 0))
    if name == "silu":
        p = stable_sigmoid(x)
        return p + x * p * (1 - p)
    if name == "gelu":
        below = np.vectorize(math.erf)(x / math.sqrt(2)) / 2 + 0.5
        return below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(f"{name} is unknown")


@bank.mistake("activation_derivative")
def elu_for_its_slope(name, x):
    """You keep the -1 in ELU's slope; a constant has no slope, so only exp(x) is left."""
    import math

    if name == "relu":
        return np.where(x > 0, 1.0, 0.0)
    if name == "leaky_relu":
        return np.where(x > 0, 1.0, 0.3)
    if name == "elu":
        return np.where(x > 0, 1.0, np.exp(np.minimum(x, 0)) - 1)
    if name == "silu":
        p = stable_sigmoid(x)
        return p + x * p * (1 - p)
    if name == "gelu":
        below = np.vectorize(math.erf)(x / math.sqrt(2)) / 2 + 0.5
        return below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(f"{name} is unknown")


@bank.mistake("activation_derivative")
def slope_of_elu_that_overflows(name, x):
    """You compute exp(x) for every x and choose later; ELU's slope then overflows at 1000."""
    import math

    if name == "relu":
        return np.where(x > 0, 1.0, 0.0)
    if name == "leaky_relu":
        return np.where(x > 0, 1.0, 0.3)
    if name == "elu":
        return np.where(x > 0, 1.0, np.exp(x))
    if name == "silu":
        p = stable_sigmoid(x)
        return p + x * p * (1 - p)
    if name == "gelu":
        below = np.vectorize(math.erf)(x / math.sqrt(2)) / 2 + 0.5
        return below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(f"{name} is unknown")


@bank.mistake("activation_derivative")
def first_half_of_the_product_rule(name, x):
    """You keep x fixed or the gate fixed; the product rule adds both, gate + x times its slope."""
    import math

    if name == "relu":
        return np.where(x > 0, 1.0, 0.0)
    if name == "leaky_relu":
        return np.where(x > 0, 1.0, 0.3)
    if name == "elu":
        return np.exp(np.minimum(x, 0))
    if name == "silu":
        return stable_sigmoid(x)
    if name == "gelu":
        return np.vectorize(math.erf)(x / math.sqrt(2)) / 2 + 0.5
    raise ValueError(f"{name} is unknown")


@bank.mistake("activation_derivative")
def product_of_the_slopes(name, x):
    """You multiply the slopes of the two factors; the product rule adds two products."""
    import math

    if name == "relu":
        return np.where(x > 0, 1.0, 0.0)
    if name == "leaky_relu":
        return np.where(x > 0, 1.0, 0.3)
    if name == "elu":
        return np.exp(np.minimum(x, 0))
    if name == "silu":
        p = stable_sigmoid(x)
        return p * (1 - p)
    if name == "gelu":
        return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    raise ValueError(f"{name} is unknown")


@bank.mistake("activation_derivative")
def functions_for_their_slopes(name, x):
    """You return the activations; asked for are their slopes."""
    functions = {"relu": relu, "leaky_relu": leaky_relu, "elu": elu, "silu": silu, "gelu": gelu}
    if name not in functions:
        raise ValueError(f"{name} is unknown")
    return functions[name](x)


@bank.mistake("activation_derivative")
def unknown_name_unnoticed(name, x):
    """You return something for a name that is not in the table; raise a ValueError with it."""
    import math

    if name == "relu":
        return np.where(x > 0, 1.0, 0.0)
    if name == "leaky_relu":
        return np.where(x > 0, 1.0, 0.3)
    if name == "elu":
        return np.exp(np.minimum(x, 0))
    if name == "silu":
        p = stable_sigmoid(x)
        return p + x * p * (1 - p)
    below = np.vectorize(math.erf)(x / math.sqrt(2)) / 2 + 0.5
    return below + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


@bank.right("activation_derivative")
def slopes_measured(name, x):
    """Small steps to both sides for the smooth ones, masks for the others."""
    functions = {"elu": elu, "silu": silu, "gelu": gelu}
    if name in functions:
        h = 1e-6
        there, here = functions[name](x + h), functions[name](x - h)
        slope = (there - here) / (2 * h)
        # At 1000 the two sides differ by rounding; the slope is that of ReLU there.
        return np.where(np.abs(x) > 40, x > 0, slope)
    left = {"relu": 0.0, "leaky_relu": 0.3}
    if name not in left:
        raise ValueError(f"no activation {name}")
    return left[name] + (1 - left[name]) * (x > 0)


@bank.right("activation_derivative")
def slopes_from_the_functions(name, x):
    """ELU's slope is the function plus 1, and SiLU's contains SiLU."""
    import math

    positive = (x > 0).astype(float)
    if name == "relu":
        return positive
    if name == "leaky_relu":
        return np.maximum(positive, 0.3)
    if name == "elu":
        return np.where(x > 0, 1, elu(x) + 1)
    if name == "silu":
        p = stable_sigmoid(x)
        return silu(x) + p * (1 - silu(x))
    if name == "gelu":
        below = np.vectorize(math.erfc)(-x / math.sqrt(2)) / 2
        return below + x * np.exp(-x * x / 2) * math.sqrt(0.5 / math.pi)
    raise ValueError(name)


# --- prelu_slope_gradient -------------------------------------------------------------------------


@bank.mistake("prelu_slope_gradient")
def mean_over_the_examples(x, slope, upstream):
    """You take the mean over the examples; a mean in the loss has already arrived in u."""
    return np.mean(upstream * np.minimum(x, 0), axis=0)


@bank.mistake("prelu_slope_gradient")
def gradient_to_the_input(x, slope, upstream):
    """You compute what flows on to x, u times the slope; asked is how the loss changes with s."""
    return np.sum(upstream * np.where(x > 0, 1, slope), axis=0)


@bank.mistake("prelu_slope_gradient")
def multiplied_by_the_slope(x, slope, upstream):
    """You multiply by the slope; the derivative of s x with respect to s is x alone."""
    return np.sum(upstream * np.minimum(x, 0) * slope, axis=0)


@bank.mistake("prelu_slope_gradient")
def added_up_over_the_units(x, slope, upstream):
    """You add up over the units; each has its own slope, and its sum runs over the examples."""
    return np.sum(upstream * np.minimum(x, 0), axis=1)


@bank.mistake("prelu_slope_gradient")
def one_slope_for_all_units(x, slope, upstream):
    """You add up over everything; that is for one slope that all units share."""
    return np.full(slope.shape, np.sum(upstream * np.minimum(x, 0)))


@bank.mistake("prelu_slope_gradient")
def positive_side_as_well(x, slope, upstream):
    """You count every example; where x is positive, the slope plays no part."""
    return np.sum(upstream * x, axis=0)


@bank.mistake("prelu_slope_gradient")
def upstream_forgotten(x, slope, upstream):
    """You leave out what arrives from above; the chain rule multiplies by it."""
    return np.sum(np.minimum(x, 0), axis=0)


@bank.mistake("prelu_slope_gradient")
def size_for_the_number(x, slope, upstream):
    """You take the size of x; where the slope acts, x is negative, and so is its push."""
    return np.sum(upstream * np.maximum(-x, 0), axis=0)


@bank.mistake("prelu_slope_gradient")
def not_added_up(x, slope, upstream):
    """You leave the examples apart; the slope takes part in each, so their shares are added."""
    return upstream * np.minimum(x, 0)


@bank.right("prelu_slope_gradient")
def slope_gradient_with_a_loop(x, slope, upstream):
    """A loop over examples and units."""
    gradient = np.zeros(len(slope))
    for numbers, pushes in zip(x, upstream, strict=True):
        for j, (number, push) in enumerate(zip(numbers, pushes, strict=True)):
            if number < 0:
                gradient[j] += push * number
    return gradient


@bank.right("prelu_slope_gradient")
def slope_gradient_with_einsum(x, slope, upstream):
    """The product over the examples."""
    return np.einsum("ij,ij->j", upstream, x * (x < 0))


# --- softmax --------------------------------------------------------------------------------------


@bank.mistake("softmax")
def exponentials_as_they_are(logits, axis=-1):
    """You take exp of the logits as they are; subtract the largest first, or 1000 overflows."""
    exponentials = np.exp(logits)
    return exponentials / np.sum(exponentials, axis=axis, keepdims=True)


@bank.mistake("softmax")
def largest_of_the_whole_array(logits, axis=-1):
    """You subtract one number from the whole array; each example has its own largest logit."""
    exponentials = np.exp(logits - np.max(logits))
    return exponentials / np.sum(exponentials, axis=axis, keepdims=True)


@bank.mistake("softmax")
def last_axis_always(logits, axis=-1):
    """You always use the last axis; the caller says which one runs over the classes."""
    exponentials = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return exponentials / np.sum(exponentials, axis=-1, keepdims=True)


@bank.mistake("softmax")
def axis_not_kept(logits, axis=-1):
    """You lose the axis in the sum; without `keepdims` the shapes fit by chance or not at all."""
    exponentials = np.exp(logits - np.max(logits, axis=axis, keepdims=True))
    return exponentials / np.sum(exponentials, axis=axis)


@bank.mistake("softmax")
def shared_among_all_examples(logits, axis=-1):
    """You divide by the sum over the whole array; each example's probabilities sum to 1."""
    exponentials = np.exp(logits - np.max(logits, axis=axis, keepdims=True))
    return exponentials / np.sum(exponentials)


@bank.mistake("softmax")
def one_at_the_largest(logits, axis=-1):
    """You give the largest all of it; that is argmax, softmax leaves the others their share."""
    return (logits == np.max(logits, axis=axis, keepdims=True)).astype(float)


@bank.mistake("softmax")
def sigmoid_of_each(logits, axis=-1):
    """You take the sigmoid of each logit; these do not sum to 1, softmax makes them compete."""
    return stable_sigmoid(logits)


@bank.mistake("softmax")
def shares_of_the_logits(logits, axis=-1):
    """You divide the logits by their sum; negative ones make that no probability, so take exp."""
    with np.errstate(all="ignore"):
        return logits / np.sum(logits, axis=axis, keepdims=True)


@bank.mistake("softmax")
def shift_in_place(logits, axis=-1):
    """You subtract in place; `logits -= ...` changes the array of whoever called you."""
    logits -= np.max(logits, axis=axis, keepdims=True)
    return np.exp(logits) / np.sum(np.exp(logits), axis=axis, keepdims=True)


@bank.right("softmax")
def softmax_through_logarithms(logits, axis=-1):
    """The exponential of the log-probabilities."""
    total = np.logaddexp.reduce(logits, axis=axis, keepdims=True)
    return np.exp(logits - total)


@bank.right("softmax")
def softmax_with_the_axis_last(logits, axis=-1):
    """The axis moved to the end and back."""
    moved = np.moveaxis(logits, axis, -1)
    exponentials = np.exp(moved - moved.max(axis=-1)[..., np.newaxis])
    return np.moveaxis(exponentials / exponentials.sum(axis=-1)[..., np.newaxis], -1, axis)


# --- gradient_sizes -------------------------------------------------------------------------------


@bank.mistake("gradient_sizes")
def last_layer_first(weights, x, activation):
    """You return the sizes in the order in which you meet them; the first layer comes first."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    """You take the slope at a, what comes out; f' belongs to z, what goes in."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    """You start with 1 at the last z; the 1 arrives at a, and f' of the last layer comes first."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    """You take the mean of the gradient; pushes of opposite sign cancel in it."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    """You measure what goes forward, the activations; asked is what comes back, the gradient."""
    function = {"sigmoid": stable_sigmoid, "tanh": tanh_from_sigmoid, "relu": relu}[activation]
    a, sizes = x, []
    for matrix in weights:
        a = function(a @ matrix)
        sizes.append(np.sqrt(np.mean(a**2)))
    return np.array(sizes)


@bank.mistake("gradient_sizes")
def sizes_after_the_activation(weights, x, activation):
    """You measure what arrives at a; the task asks at z, after the slope of the activation."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    """You go back through W as it is; backward, rows and columns are exchanged."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    """You call `weights.reverse()`; that turns the list of whoever called you."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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
    slope = {
        "sigmoid": lambda a: a * (1 - a),
        "tanh": lambda a: 1 - a**2,
        "relu": lambda a: (a > 0).astype(float),
    }[activation]
    function = {"sigmoid": stable_sigmoid, "tanh": np.tanh, "relu": relu}[activation]
    sizes = []

    def gradient_at(a, number):
        if number == len(weights):
            return np.ones(a.shape)
        out = function(a @ weights[number])
        gradient = gradient_at(out, number + 1) * slope(out)
        sizes.insert(0, np.mean(gradient**2) ** 0.5)
        return gradient @ weights[number].T

    gradient_at(x, 0)
    return np.array(sizes)


@bank.right("gradient_sizes")
def gradient_sizes_by_jacobians(weights, x, activation):
    """The slope of each output at each unit of each layer, one example after the other."""
    function, derivative = {
        "sigmoid": (stable_sigmoid, sigmoid_derivative),
        "tanh": (tanh_from_sigmoid, tanh_derivative),
        "relu": (relu, lambda z: activation_derivative("relu", z)),
    }[activation]
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


# --- dead_share -----------------------------------------------------------------------------------


@bank.mistake("dead_share")
def share_of_all_numbers(pre_activations):
    """You count single numbers that are off; a unit is dead when it is off for every example."""
    return np.mean(pre_activations <= 0)


@bank.mistake("dead_share")
def off_for_some_example(pre_activations):
    """You count units that are off for some example; dead means off for every one."""
    return np.mean(np.any(pre_activations <= 0, axis=0))


@bank.mistake("dead_share")
def examples_for_units(pre_activations):
    """You look along the wrong axis; a unit is a column, and you count examples."""
    return np.mean(np.all(pre_activations <= 0, axis=1))


@bank.mistake("dead_share")
def zero_counted_as_alive(pre_activations):
    """You ask for numbers below 0; at exactly 0 no gradient flows either."""
    return np.mean(np.all(pre_activations < 0, axis=0))


@bank.mistake("dead_share")
def share_of_the_living(pre_activations):
    """You return the share of the units that live; asked is the other part."""
    return np.mean(np.any(pre_activations > 0, axis=0))


@bank.mistake("dead_share")
def number_of_the_dead(pre_activations):
    """You count the dead units; a share also divides by the number of units."""
    return np.sum(np.all(pre_activations <= 0, axis=0))


@bank.mistake("dead_share")
def off_on_average(pre_activations):
    """You look at each unit's mean; one example above 0 keeps a unit alive, whatever its mean."""
    return np.mean(np.mean(pre_activations, axis=0) <= 0)


@bank.right("dead_share")
def largest_is_not_positive(pre_activations):
    """The largest pre-activation of each unit."""
    return np.mean(pre_activations.max(axis=0) <= 0)


@bank.right("dead_share")
def nothing_passes_relu(pre_activations):
    """Units whose activations add up to 0."""
    passed = relu(pre_activations).sum(axis=0)
    return float(np.count_nonzero(passed == 0) / pre_activations.shape[1])


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
    """You change the activation and keep the initializer; ReLU has no limit, so it explodes."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=1.0)
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def relu_with_keras_default(n_features, units, depth):
    """You leave ReLU with Keras' default start, Glorot's; each layer halves the variance then."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def sigmoid_in_every_layer(n_features, units, depth):
    """You take the sigmoid for the hidden layers; it passes on a quarter, and the signal fades."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="sigmoid"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def very_small_weights(n_features, units, depth):
    """You make all weights very small; that ends saturation, and the signal fades instead."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=0.01)
        layers.append(keras.layers.Dense(units, activation="tanh", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def weights_of_zero(n_features, units, depth):
    """You start with zeros; all units are equal then, and no gradient comes back."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="tanh", kernel_initializer="zeros"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def the_old_start(n_features, units, depth):
    """You return the colleague's network; its first layers are saturated still."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        start = keras.initializers.RandomNormal(stddev=1.0)
        layers.append(keras.layers.Dense(units, activation="tanh", kernel_initializer=start))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def relu_for_the_output(n_features, units, depth):
    """You repair the output too; it says a probability, and for that the sigmoid is right."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="relu"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def softmax_of_one_unit(n_features, units, depth):
    """You put softmax on a single unit; its share is always 1, so nothing can be learned."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="softmax"))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def output_without_a_sigmoid(n_features, units, depth):
    """You leave the output linear; it says logits then, and the task asks for a probability."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    for _ in range(depth):
        layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1))
    return keras.Sequential(layers)


@bank.mistake("repaired_network")
def one_hidden_layer_only(n_features, units, depth):
    """You take the depth away; the repaired network has the same layers as before."""
    import keras

    layers = [keras.layers.Input((n_features,))]
    layers.append(keras.layers.Dense(units, activation="relu", kernel_initializer="he_normal"))
    layers.append(keras.layers.Dense(1, activation="sigmoid"))
    return keras.Sequential(layers)


@bank.right("repaired_network")
def tanh_with_glorot(n_features, units, depth):
    """The colleague's tanh with Keras' default start, which is Glorot's, layer by layer."""
    import keras

    network = keras.Sequential([keras.Input(shape=(n_features,))])
    for _ in range(depth):
        network.add(keras.layers.Dense(units, activation="tanh"))
    network.add(keras.layers.Dense(1, activation="sigmoid"))
    return network


@bank.right("repaired_network")
def leaky_relu_in_layers_of_its_own(n_features, units, depth):
    """Activations as layers of their own, and weights as wide as He says, by hand."""
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
