"""What students answer to the exercises of chapter 2, cross-entropy versus squared error."""
# ruff: noqa: F821  (answers call functions that the notebook defines)

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- sigmoid --------------------------------------------------------------------------------------


@bank.mistake("sigmoid")
def one_form_for_all(z):
    """You use e to −z for every z; at z = −1000 it overflows, and there the other form is safe."""
    return 1 / (1 + np.exp(-z))


@bank.mistake("sigmoid")
def the_other_form_for_all(z):
    """You use e to z for every z; at z = 1000 you divide infinity by infinity."""
    return np.exp(z) / (1 + np.exp(z))


@bank.mistake("sigmoid")
def both_forms_then_choose(z):
    """You compute both forms for every z and then choose; `np.where` does not skip either."""
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


@bank.mistake("sigmoid")
def probability_of_no(z):
    """You lose the minus sign of the exponent; what you return is the probability of no."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, small, 1) / (1 + small)


@bank.mistake("sigmoid")
def tangent_in_place_of_sigmoid(z):
    """You return tanh(z); it has values from −1 to 1, and a probability is between 0 and 1."""
    return np.tanh(z)


@bank.mistake("sigmoid")
def twice_too_steep(z):
    """You shift and halve tanh(z) but not z; the sigmoid is (1 + tanh(z / 2)) / 2."""
    return 0.5 * (1 + np.tanh(z))


@bank.mistake("sigmoid")
def softmax_over_all(z):
    """You divide by the sum over all of z; that is softmax, and here each number stands alone."""
    exponentials = np.exp(z - np.max(z))
    return exponentials / np.sum(exponentials)


@bank.mistake("sigmoid")
def limits_written_into_z(z):
    """You cut z off in place; this changes the caller's array, and `np.clip` makes a new one."""
    z[z < -500] = -500
    return 1 / (1 + np.exp(-z))


@bank.right("sigmoid")
def sigmoid_by_masks(z):
    """Each of the two forms where it is safe."""
    p = np.empty(z.shape)
    yes = z >= 0
    p[yes] = 1 / (1 + np.exp(-z[yes]))
    p[~yes] = np.exp(z[~yes]) / (1 + np.exp(z[~yes]))
    return p


@bank.right("sigmoid")
def sigmoid_by_tanh(z):
    """Half of 1 + tanh(z / 2)."""
    return 0.5 * (1 + np.tanh(0.5 * z))


@bank.right("sigmoid")
def sigmoid_by_logaddexp(z):
    """Through the logarithm of the probability."""
    return np.exp(-np.logaddexp(0, -z))


@bank.right("sigmoid")
def sigmoid_of_clipped(z):
    """A copy of z, cut off where the result no longer changes."""
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


@bank.right("sigmoid")
def sigmoid_number_by_number(z):
    """Plain Python numbers."""
    import math

    def one(value):
        if value >= 0:
            return 1 / (1 + math.exp(-value))
        return math.exp(value) / (1 + math.exp(value))

    return np.array([one(value) for value in z.ravel()]).reshape(z.shape)


# --- numerical_gradient ---------------------------------------------------------------------------


@bank.mistake("numerical_gradient")
def one_side_only(f, x, h=1e-5):
    """You nudge to one side only; a nudge to both sides has a far smaller error, of h squared."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient[index] = (f(x + step) - f(x)) / h
    return gradient


@bank.mistake("numerical_gradient")
def divided_by_h_alone(f, x, h=1e-5):
    """You divide by h; the distance between the two places is 2h."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient[index] = (f(x + step) - f(x - step)) / h
    return gradient


@bank.mistake("numerical_gradient")
def all_places_at_once(f, x, h=1e-5):
    """You nudge all numbers of x at once; a slope belongs to one number, nudged alone."""
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@bank.mistake("numerical_gradient")
def rows_at_once(f, x, h=1e-5):
    """You loop over the first axis only; in a matrix this nudges a whole row at once."""
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


@bank.mistake("numerical_gradient")
def gradient_laid_flat(f, x, h=1e-5):
    """You return the gradient as one long vector; it must have the shape of x."""
    gradient = []
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient.append((f(x + step) - f(x - step)) / (2 * h))
    return np.array(gradient)


@bank.mistake("numerical_gradient")
def step_of_its_own(f, x, h=1e-5):
    """You nudge by 1e-5 whatever h is; the caller chooses the size of the nudge."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-5
        gradient[index] = (f(x + step) - f(x - step)) / 2e-5
    return gradient


@bank.mistake("numerical_gradient")
def step_never_undone(f, x, h=1e-5):
    """You change x itself and do not put it back; the next nudge then starts from a wrong place."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        gradient[index] = (above - below) / (2 * h)
    return gradient


@bank.mistake("numerical_gradient")
def step_undone_by_arithmetic(f, x, h=1e-5):
    """You undo the nudge by adding h again; rounding leaves an error, so keep the old number."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        x[index] += h
        gradient[index] = (above - below) / (2 * h)
    return gradient


@bank.mistake("numerical_gradient")
def two_names_for_one_array(f, x, h=1e-5):
    """You write `above, below = x, x`; both are the same array, in which +h and −h cancel."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x, x
        above[index] += h
        below[index] -= h
        gradient[index] = (f(above) - f(below)) / (2 * h)
    return gradient


@bank.right("numerical_gradient")
def gradient_with_copies(f, x, h=1e-5):
    """Two copies for each number."""
    gradient = np.empty_like(x)
    for index, _ in np.ndenumerate(x):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        gradient[index] = (f(above) - f(below)) / (2 * h)
    return gradient


@bank.right("numerical_gradient")
def gradient_with_the_old_number_kept(f, x, h=1e-5):
    """The number is moved in x itself and put back as it was."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        kept = x[index]
        x[index] = kept + h
        above = f(x)
        x[index] = kept - h
        below = f(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient


@bank.right("numerical_gradient")
def gradient_with_a_matrix_of_steps(f, x, h=1e-5):
    """All nudges as the rows of a matrix."""
    steps = h * np.eye(x.size)
    slopes = [
        (f(x + step.reshape(x.shape)) - f(x - step.reshape(x.shape))) / (2 * h) for step in steps
    ]
    return np.reshape(slopes, x.shape)


# --- loss_gradients -------------------------------------------------------------------------------


@bank.mistake("loss_gradients")
def two_of_the_square_forgotten(z, y_true):
    """You forget the 2 of the squared error's slope; there is no half in front to cancel it."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return (p - y_true) * p * (1 - p), p - y_true, 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def squared_error_in_p_only(z, y_true):
    """You stop at the slopes of both powers in p; in z, they also have the factor p (1 − p)."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return 2 * (p - y_true), p - y_true, 4 * (p - y_true) ** 3


@bank.mistake("loss_gradients")
def sigmoids_slope_kept(z, y_true):
    """You keep p (1 − p) in cross-entropy's slope; its slope in p divides by it, so it cancels."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    slope = p * (1 - p)
    return 2 * (p - y_true) * slope, (p - y_true) * slope, 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def cross_entropy_in_p_only(z, y_true):
    """You stop at cross-entropy's slope in p; the chain rule also multiplies it by p (1 − p)."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    cross = (1 - y_true) / (1 - p) - y_true / p
    return 2 * (p - y_true) * p * (1 - p), cross, 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def divided_without_canceling(z, y_true):
    """You divide by p (1 − p) and multiply by it again; if p is exactly 0 or 1, this is 0 / 0."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    slope = p * (1 - p)
    return (
        2 * (p - y_true) * slope,
        (p - y_true) / slope * slope,
        4 * (p - y_true) ** 3 * p * (1 - p),
    )


@bank.mistake("loss_gradients")
def both_uphill(z, y_true):
    """You return y − p; the gradient points uphill, and descent subtracts it later."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return 2 * (y_true - p) * p * (1 - p), y_true - p, 4 * (y_true - p) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def slope_from_the_logit(z, y_true):
    """You multiply by z (1 − z); the sigmoid's slope is computed from its output, p (1 − p)."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return 2 * (p - y_true) * z * (1 - z), p - y_true, 4 * (p - y_true) ** 3 * z * (1 - z)


@bank.mistake("loss_gradients")
def sigmoid_of_the_sigmoid(z, y_true):
    """You apply the sigmoid to p again; its slope is p (1 − p) with p as it is."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    again = sigmoid(p)
    return (
        2 * (p - y_true) * again * (1 - again),
        p - y_true,
        4 * (p - y_true) ** 3 * again * (1 - again),
    )


@bank.mistake("loss_gradients")
def second_term_forgotten(z, y_true):
    """You forget the term with 1 − y; a label of 0 must change z, too."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return 2 * (p - y_true) * p * (1 - p), -y_true * (1 - p), 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def label_read_as_yes_or_no(z, y_true):
    """You read the label as yes or no; a label of 0.7 lies between, so y stays in the formula."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p, yes = sigmoid(z), y_true > 0.5
    difference = np.where(yes, p - 1, p)
    return 2 * difference * p * (1 - p), difference, 4 * difference**3 * p * (1 - p)


@bank.mistake("loss_gradients")
def power_not_lowered(z, y_true):
    """You keep the fourth power; its slope in p is 4 times the cube of the error."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    slope = p * (1 - p)
    return 2 * (p - y_true) * slope, p - y_true, 4 * (p - y_true) ** 4 * slope


@bank.mistake("loss_gradients")
def fourth_power_without_the_sigmoids_slope(z, y_true):
    """You stop at the fourth power's slope in p; in z, it also has the factor p (1 − p)."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return 2 * (p - y_true) * p * (1 - p), p - y_true, 4 * (p - y_true) ** 3


@bank.mistake("loss_gradients")
def losses_in_place_of_slopes(z, y_true):
    """You return the losses; the task asks how they change when z changes."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return (p - y_true) ** 2, np.logaddexp(0, z) - y_true * z, (p - y_true) ** 4


@bank.mistake("loss_gradients")
def gradients_of_the_mean(z, y_true):
    """You divide by the number of examples; here each example has a loss of its own."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return (
        2 * (p - y_true) * p * (1 - p) / z.size,
        (p - y_true) / z.size,
        4 * (p - y_true) ** 3 * p * (1 - p) / z.size,
    )


@bank.mistake("loss_gradients")
def order_of_the_losses_swapped(z, y_true):
    """You return cross-entropy first; the task asks for the squared error first."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = sigmoid(z)
    return p - y_true, 2 * (p - y_true) * p * (1 - p), 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def gradients_with_a_naive_sigmoid(z, y_true):
    """You write 1 / (1 + e to −z), which overflows; call `sigmoid` from the first task."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y_true) * p * (1 - p), p - y_true, 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.mistake("loss_gradients")
def shapes_not_compared(z, y_true):
    """You do not compare the shapes; (3, 1) and (3,) then give (3, 3), all pairs of both."""
    p = sigmoid(z)
    return 2 * (p - y_true) * p * (1 - p), p - y_true, 4 * (p - y_true) ** 3 * p * (1 - p)


@bank.right("loss_gradients")
def gradients_from_one_exponential(z, y_true):
    """The sigmoid and its slope from one exponential."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    small = np.exp(-np.abs(z))
    p = np.where(z > 0, 1, small) / (1 + small)
    return (
        2 * (p - y_true) * small / (1 + small) ** 2,
        p - y_true,
        4 * (p - y_true) ** 3 * small / (1 + small) ** 2,
    )


@bank.right("loss_gradients")
def gradients_with_a_loop(z, y_true):
    """A loop over the examples, and a list of three arrays."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    squared, cross, fourth = (np.zeros(z.shape) for _ in range(3))
    for index, y in np.ndenumerate(y_true):
        p = float(sigmoid(z)[index])
        cross[index] = p - y
        squared[index] = 2 * (p - y) * (p - p**2)
        fourth[index] = 4 * (p - y) ** 3 * (p - p**2)
    return [squared, cross, fourth]


@bank.right("loss_gradients")
def gradients_by_tanh(z, y_true):
    """The sigmoid as a shifted tanh."""
    if z.shape != y_true.shape:
        raise ValueError(f"shapes {z.shape} and {y_true.shape}")
    t = np.tanh(z / 2)
    cross = 0.5 * t + (0.5 - y_true)
    return cross * (1 - t**2) / 2, cross, cross**3 * (1 - t**2)


# --- tanh_loss ------------------------------------------------------------------------------------


@bank.mistake("tanh_loss")
def constant_left_out(z, y_true):
    """You leave the constant out; without + log 2, a sure and right answer costs −log 2."""
    return np.logaddexp(z, -z) - np.log(2) - y_true * z


@bank.mistake("tanh_loss")
def constant_twice(z, y_true):
    """You add log 2 twice; log(e^z + e^−z) is log cosh z with the log 2 already in it."""
    return np.logaddexp(z, -z) + np.log(2) - y_true * z


@bank.mistake("tanh_loss")
def cosh_that_overflows(z, y_true):
    """You compute cosh z as it is; at z = 1000 it overflows, so take e to |z| out of the log."""
    return np.log(np.cosh(z)) - y_true * z + np.log(2)


@bank.mistake("tanh_loss")
def logarithm_of_the_output(z, y_true):
    """You compute the loss from tanh z; at z = 1000 this is rounded to 1, and log 0 is infinite."""
    with np.errstate(divide="ignore"):
        return -np.log((1 + y_true * np.tanh(z)) / 2)


@bank.mistake("tanh_loss")
def slope_of_the_label_with_the_wrong_sign(z, y_true):
    """You add y z; the antiderivative of −y is −y z."""
    return np.logaddexp(z, -z) + y_true * z


@bank.mistake("tanh_loss")
def loss_of_the_sigmoid(z, y_true):
    """You forget a 2: log(1 + e^(−y z)) belongs to the sigmoid; tanh z is 2 sigmoid(2 z) − 1."""
    return np.logaddexp(0, -y_true * z)


@bank.mistake("tanh_loss")
def squared_error_of_tanh(z, y_true):
    """You return the squared error; its slope has the factor 1 − t², and that is the stall."""
    return (np.tanh(z) - y_true) ** 2


@bank.mistake("tanh_loss")
def slope_of_tanh_loss(z, y_true):
    """You return the slope t − y; the task asks for the loss that has this slope."""
    return np.tanh(z) - y_true


@bank.mistake("tanh_loss")
def integrated_in_the_output(z, y_true):
    """You integrate t − y in t; the slope that you want is the one in z, so integrate in z."""
    t = np.tanh(z)
    return 0.5 * t**2 - y_true * t + 0.5


@bank.mistake("tanh_loss")
def mean_of_tanh_losses(z, y_true):
    """You take the mean; the task asks for the loss of each example."""
    return np.mean(np.logaddexp(z, -z) - y_true * z)


@bank.right("tanh_loss")
def cross_entropy_of_twice_the_logit(z, y_true):
    """Cross-entropy of the logit 2 z."""
    return np.logaddexp(0, -2 * y_true * z)


@bank.right("tanh_loss")
def tanh_loss_by_logaddexp(z, y_true):
    """The logarithm of a sum of two exponentials."""
    return np.logaddexp(z, -z) - y_true * z


@bank.right("tanh_loss")
def tanh_loss_with_a_loop(z, y_true):
    """A loop with plain numbers."""
    import math

    losses = []
    for value, y in zip(z.ravel().tolist(), y_true.ravel().tolist(), strict=True):
        size = abs(value)
        losses.append(size + math.log(1 + math.exp(-2 * size)) - y * value)
    return np.array(losses).reshape(z.shape)


# --- steps_to_converge ----------------------------------------------------------------------------


@bank.mistake("steps_to_converge")
def bias_stands_still(loss, w, b, learning_rate, target, most):
    """You move only the weight; the bias moves, too, and both together move z twice as far."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        w = w - learning_rate * loss_gradients(z, np.array(0.0))[losses.index(loss)]
    return None


@bank.mistake("steps_to_converge")
def bias_sees_the_new_weight(loss, w, b, learning_rate, target, most):
    """You compute the bias's slope after the weight has moved; both need the slope of one place."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        if sigmoid(np.array(w + b)) <= target:
            return steps
        w = w - learning_rate * loss_gradients(np.array(w + b), np.array(0.0))[losses.index(loss)]
        b = b - learning_rate * loss_gradients(np.array(w + b), np.array(0.0))[losses.index(loss)]
    return None


@bank.mistake("steps_to_converge")
def steps_uphill(loss, w, b, learning_rate, target, most):
    """You add the gradient; descent subtracts it, because the gradient points uphill."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        w = w + learning_rate * loss_gradients(z, np.array(0.0))[losses.index(loss)]
        b = b + learning_rate * loss_gradients(z, np.array(0.0))[losses.index(loss)]
    return None


@bank.mistake("steps_to_converge")
def losses_swapped(loss, w, b, learning_rate, target, most):
    """You swap the two losses; `loss_gradients` returns the slope of squared error first."""
    losses = ["cross_entropy", "squared_error"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = loss_gradients(z, np.array(0.0))[losses.index(loss)]
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def slope_of_the_sigmoid_forgotten(loss, w, b, learning_rate, target, most):
    """You leave p (1 − p) out of one slope; because of this factor, squared error stalls."""
    if loss not in ("squared_error", "cross_entropy"):
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        p = sigmoid(np.array(w + b))
        if p <= target:
            return steps
        slope = 2 * p if loss == "squared_error" else p
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def one_step_too_many(loss, w, b, learning_rate, target, most):
    """You take a step before you look at p; a neuron that has converged needs 0 steps."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(1, most + 1):
        slope = loss_gradients(np.array(w + b), np.array(0.0))[losses.index(loss)]
        w, b = w - learning_rate * slope, b - learning_rate * slope
        if sigmoid(np.array(w + b)) <= target:
            return steps
    return None


@bank.mistake("steps_to_converge")
def last_step_not_looked_at(loss, w, b, learning_rate, target, most):
    """You do not look at p after the last step; this step may be the one that converges."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = loss_gradients(z, np.array(0.0))[losses.index(loss)]
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def most_in_place_of_none(loss, w, b, learning_rate, target, most):
    """You return `most` if it has not converged; None tells this from success at the last step."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = loss_gradients(z, np.array(0.0))[losses.index(loss)]
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return most


@bank.mistake("steps_to_converge")
def loss_within_target(loss, w, b, learning_rate, target, most):
    """You wait until the loss is below the target; the task asks for the prediction p."""
    losses = ["squared_error", "cross_entropy"]
    if loss not in losses:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        p = sigmoid(z)
        if (p**2 if loss == "squared_error" else -np.log(1 - p)) <= target:
            return steps
        slope = loss_gradients(z, np.array(0.0))[losses.index(loss)]
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def unknown_loss_let_pass(loss, w, b, learning_rate, target, most):
    """You treat any other name as cross-entropy; a ValueError would show a typo."""
    place = 0 if loss == "squared_error" else 1
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = loss_gradients(z, np.array(0.0))[place]
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def name_looked_up_in_a_dictionary(loss, w, b, learning_rate, target, most):
    """You let a dictionary raise a KeyError; compare the name first, and raise a ValueError."""
    place = {"squared_error": 0, "cross_entropy": 1}[loss]
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = loss_gradients(z, np.array(0.0))[place]
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.right("steps_to_converge")
def only_the_sum_moves(loss, w, b, learning_rate, target, most):
    """Only z, which moves twice as far as each parameter because x = 1."""
    import math

    if loss not in ("squared_error", "cross_entropy"):
        raise ValueError(f"no such loss: {loss}")
    z = w + b
    count = 0
    p = 1 / (1 + math.exp(-z))
    while p > target:
        if count == most:
            return None
        z -= 2 * learning_rate * (p if loss == "cross_entropy" else 2 * p * p * (1 - p))
        p = 1 / (1 + math.exp(-z))
        count += 1
    return count


@bank.right("steps_to_converge")
def parameters_in_one_array(loss, w, b, learning_rate, target, most):
    """Weight and bias as one array, with the inputs x and 1."""
    if loss == "squared_error":
        place = 0
    elif loss == "cross_entropy":
        place = 1
    else:
        raise ValueError("I do not know " + loss)
    parameters, inputs = np.array([w, b]), np.ones(2)
    steps = 0
    while sigmoid(np.array([parameters @ inputs]))[0] > target and steps <= most:
        slope = loss_gradients(np.array([parameters @ inputs]), np.zeros(1))[place]
        parameters = parameters - learning_rate * slope * inputs
        steps += 1
    return steps if steps <= most else None


# --- softmax_cross_entropy_gradient ---------------------------------------------------------------


@bank.mistake("softmax_cross_entropy_gradient")
def batch_added_up(logits, y_true):
    """You return the gradient of the sum; the loss is the mean, so divide by n."""
    n_classes = logits.shape[1]
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return p - np.eye(n_classes)[y_true]


@bank.mistake("softmax_cross_entropy_gradient")
def divided_by_classes_too(logits, y_true):
    """You divide by n times K; the mean is over the n examples, and each of them has one loss."""
    n_classes = logits.shape[1]
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / logits.size


@bank.mistake("softmax_cross_entropy_gradient")
def largest_logit_not_subtracted(logits, y_true):
    """You take exp of the logits as they are; subtract the row's largest, or it overflows."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def largest_logit_of_the_batch(logits, y_true):
    """You subtract the largest logit of the batch; rows far below it become 0 / 0."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max())
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def softmax_down_the_columns(logits, y_true):
    """You take softmax down the columns; the classes of one example are in one row."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=0))
    p = exponentials / exponentials.sum(axis=0)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def sums_of_rows_divide_columns(logits, y_true):
    """You divide columns by the sums of rows; `keepdims=True` keeps each sum with its own row."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def one_from_whole_columns(logits, y_true):
    """You write `p[:, y_true] -= 1`; this changes whole columns, and each row has one class."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    p[:, y_true] -= 1
    return p / len(y_true)


@bank.mistake("softmax_cross_entropy_gradient")
def class_number_subtracted(logits, y_true):
    """You subtract the class number; the label is a row with a 1 for its class and 0 elsewhere."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - y_true[:, np.newaxis]) / len(y_true)


@bank.mistake("softmax_cross_entropy_gradient")
def batch_gradient_uphill(logits, y_true):
    """You return y − p; the gradient points uphill, and it is p − y."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (np.eye(n_classes)[y_true] - p) / n


@bank.mistake("softmax_cross_entropy_gradient")
def sigmoid_for_each_class(logits, y_true):
    """You take the sigmoid of each logit; with several classes, softmax makes a row sum to 1."""
    n, n_classes = logits.shape
    return (sigmoid(logits) - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def slope_multiplied_once_more(logits, y_true):
    """You multiply by p (1 − p); p − y is the slope in the logits, with softmax already in it."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) * p * (1 - p) / n


@bank.mistake("softmax_cross_entropy_gradient")
def largest_subtracted_in_place(logits, y_true):
    """You subtract in place; `logits -= …` changes the caller's array."""
    n, n_classes = logits.shape
    logits -= logits.max(axis=1, keepdims=True)
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.right("softmax_cross_entropy_gradient")
def batch_row_by_row(logits, y_true):
    """A loop over the examples."""
    gradient = np.zeros(logits.shape)
    for i, (row, label) in enumerate(zip(logits, y_true, strict=True)):
        exponentials = np.exp(row - max(row))
        gradient[i] = exponentials / sum(exponentials)
        gradient[i, label] -= 1
    return gradient / len(logits)


@bank.right("softmax_cross_entropy_gradient")
def batch_by_logarithms(logits, y_true):
    """Softmax through log-sum-exp, and 1 subtracted from one number in each row."""
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    p[np.arange(len(y_true)), y_true] -= 1
    return p / y_true.size


# --- faulty_operations ----------------------------------------------------------------------------


@bank.mistake("faulty_operations")
def compared_with_the_right_slopes(w, x, slopes):
    """You compare with the right slopes; judge each operation by the slope that reached it."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    at_s = q / c**2
    expected = {"c": -1 / c**2, "q": -1 / c**2, "a": -at_s, "s": at_s}
    expected |= {"w": at_s * np.array([x[0], x[1], 1.0]), "x": at_s * w[:2]}
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def only_the_first_fault(w, x, slopes):
    """You stop at the first fault; the operations after it can have faults of their own."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    faults = [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]
    return faults[:1]


@bank.mistake("faulty_operations")
def only_the_gradient_at_the_end(w, x, slopes):
    """You look only at the gradient of w and x; faults before it can cancel or spoil it."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    at_s = q / c**2
    expected = {"w": at_s * np.array([x[0], x[1], 1.0]), "x": at_s * w[:2]}
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def operations_that_are_right(w, x, slopes):
    """You return the keys that agree; the task asks for those that do not."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def slope_of_exp_from_s(w, x, slopes):
    """You use e to the power of s; the graph has a = −s, so the slope of e to a is q."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] / q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def slope_of_exp_is_one(w, x, slopes):
    """You pass the slope through exp unchanged; its slope is its own value, q."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"],
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def sign_of_the_inverse_forgotten(w, x, slopes):
    """You use 1/c² for the slope of 1/c; it is −1/c², because 1/c falls as c grows."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": 1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def inverse_without_the_square(w, x, slopes):
    """You use −1/c for the slope of 1/c; it is −1/c², with a square."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def sign_at_s_forgotten(w, x, slopes):
    """You forget that a is −s; this operation changes the sign of the slope."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def weights_and_inputs_swapped(w, x, slopes):
    """You swap weights and inputs; the slope of w x in w is x, and its slope in x is w."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([w[0], w[1], 1.0]),
        "x": slopes["s"] * x,
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def bias_times_its_value(w, x, slopes):
    """You multiply the bias's slope by the bias; the bias is added as it is, so its factor is 1."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], w[2]]),
        "x": slopes["s"] * w[:2],
    }
    return [name for name, slope in expected.items() if not np.allclose(slopes[name], slope)]


@bank.mistake("faulty_operations")
def compared_with_equal_signs(w, x, slopes):
    """You compare with `==`; rounding makes equal slopes differ in their last digits."""
    q = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    c = 1 + q
    expected = {
        "c": -1 / c**2,
        "q": slopes["c"],
        "a": slopes["q"] * q,
        "s": -slopes["a"],
        "w": slopes["s"] * np.array([x[0], x[1], 1.0]),
        "x": slopes["s"] * w[:2],
    }
    faults = []
    for name, slope in expected.items():
        if not np.all(slopes[name] == slope):
            faults.append(name)
    return faults


@bank.right("faulty_operations")
def faults_one_by_one(w, x, slopes):
    """One question after the other."""
    q = np.exp(-(w[:2] @ x + w[2]))
    faults = []
    if abs(slopes["c"] + 1 / (1 + q) ** 2) > 1e-6:
        faults.append("c")
    if abs(slopes["q"] - slopes["c"]) > 1e-6:
        faults.append("q")
    if abs(slopes["a"] - slopes["q"] * q) > 1e-6:
        faults.append("a")
    if abs(slopes["s"] + slopes["a"]) > 1e-6:
        faults.append("s")
    if max(abs(slopes["w"] - slopes["s"] * np.append(x, 1))) > 1e-6:
        faults.append("w")
    if max(abs(slopes["x"] - slopes["s"] * w[:2])) > 1e-6:
        faults.append("x")
    return faults


@bank.right("faulty_operations")
def faults_by_factors(w, x, slopes):
    """The factor of each operation, measured by dividing two slopes."""
    p = float(sigmoid(np.array(w[:2] @ x + w[2])))
    rules = [
        ("c", 1.0, -(p**2)),
        ("q", slopes["c"], 1.0),
        ("a", slopes["q"], 1 / p - 1),
        ("s", slopes["a"], -1.0),
        ("w", slopes["s"], np.array([*x, 1.0])),
        ("x", slopes["s"], w[:2]),
    ]
    wrong = [not np.allclose(slopes[name] / at, factor) for name, at, factor in rules]
    return tuple(name for (name, _, _), is_wrong in zip(rules, wrong, strict=True) if is_wrong)


# --- backward_two_layers --------------------------------------------------------------------------


@bank.mistake("backward_two_layers")
def sigmoids_slope_left_out(x, y_true, w_1, b_1, w_2, b_2):
    """You pass slopes through the sigmoid unchanged; multiply them by its slope, x₁ (1 − x₁)."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def sigmoids_slope_from_the_sums(x, y_true, w_1, b_1, w_2, b_2):
    """You use z (1 − z) of the sums; the sigmoid's slope comes from its output, x₁ (1 − x₁)."""
    sums = x @ w_1 + b_1
    hidden = sigmoid(sums)
    at_logits = softmax_cross_entropy_gradient(hidden @ w_2 + b_2, y_true)
    at_sums = (at_logits @ w_2.T) * sums * (1 - sums)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def slope_of_relu_for_a_sigmoid(x, y_true, w_1, b_1, w_2, b_2):
    """You use the slope of ReLU; this hidden layer has sigmoids, with the slope x₁ (1 − x₁)."""
    sums = x @ w_1 + b_1
    hidden = sigmoid(sums)
    at_logits = softmax_cross_entropy_gradient(hidden @ w_2 + b_2, y_true)
    at_sums = (at_logits @ w_2.T) * (sums > 0)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def paths_not_added(x, y_true, w_1, b_1, w_2, b_2):
    """You follow only the path through the true class; a hidden value goes to all K logits."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits[np.arange(len(x)), y_true][:, None] * w_2[:, y_true].T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def slopes_added_before_the_weights(x, y_true, w_1, b_1, w_2, b_2):
    """You add the slopes of the logits first; each must be multiplied by its weight before."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits.sum(axis=1, keepdims=True) * w_2.sum(axis=1)
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def weights_not_transposed(x, y_true, w_1, b_1, w_2, b_2):
    """You go back through w_2 itself; the way from K logits to m units needs its transpose."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def divided_by_n_twice(x, y_true, w_1, b_1, w_2, b_2):
    """You divide by n once more; the slope in the logits already has the 1/n of the mean."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return (
        x.T @ at_sums / len(x),
        at_sums.mean(axis=0),
        hidden.T @ at_logits / len(x),
        at_logits.mean(axis=0),
    )


@bank.mistake("backward_two_layers")
def mean_forgotten(x, y_true, w_1, b_1, w_2, b_2):
    """You use p − y without 1/n; the loss of the batch is a mean."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true) * len(x)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def mean_for_the_biases(x, y_true, w_1, b_1, w_2, b_2):
    """You take the mean for the biases; their slopes are sums, like those of the weights."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.mean(axis=0), hidden.T @ at_logits, at_logits.mean(axis=0)


@bank.mistake("backward_two_layers")
def biases_of_the_whole_batch(x, y_true, w_1, b_1, w_2, b_2):
    """You add up all slopes for a bias; each unit has a bias of its own, so add over axis 0."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(), hidden.T @ at_logits, at_logits.sum()


@bank.mistake("backward_two_layers")
def hidden_values_for_inputs(x, y_true, w_1, b_1, w_2, b_2):
    """You multiply by the hidden values in the first layer; its weights meet the inputs x."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return hidden.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def sigmoid_of_the_layer_forgotten(x, y_true, w_1, b_1, w_2, b_2):
    """You go forward without the sigmoid; the hidden values are sigmoid(x W₁ + b₁)."""
    hidden = x @ w_1 + b_1
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def sigmoid_at_the_logits(x, y_true, w_1, b_1, w_2, b_2):
    """You use sigmoids for the classes; this network ends in softmax, whose rows sum to 1."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = (sigmoid(logits) - np.eye(logits.shape[1])[y_true]) / len(x)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def softmax_slope_twice(x, y_true, w_1, b_1, w_2, b_2):
    """You multiply p − y by p (1 − p); it is already the slope in the logits."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    at_logits = softmax_cross_entropy_gradient(logits, y_true) * p * (1 - p)
    at_sums = (at_logits @ w_2.T) * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def gradients_downhill(x, y_true, w_1, b_1, w_2, b_2):
    """You return the direction of the step; the gradient points uphill, and it is p − y."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = -softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def step_taken_inside(x, y_true, w_1, b_1, w_2, b_2):
    """You change w_2 and b_2 yourself; return the gradients, and the caller takes the step."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    w_2 -= hidden.T @ at_logits
    b_2 -= at_logits.sum(axis=0)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return x.T @ at_sums, at_sums.sum(axis=0), hidden.T @ at_logits, at_logits.sum(axis=0)


@bank.mistake("backward_two_layers")
def last_layer_first(x, y_true, w_1, b_1, w_2, b_2):
    """You return the last layer first; the order is w_1, b_1, w_2, b_2."""
    hidden = sigmoid(x @ w_1 + b_1)
    logits = hidden @ w_2 + b_2
    at_logits = softmax_cross_entropy_gradient(logits, y_true)
    at_hidden = at_logits @ w_2.T
    at_sums = at_hidden * hidden * (1 - hidden)
    return hidden.T @ at_logits, at_logits.sum(axis=0), x.T @ at_sums, at_sums.sum(axis=0)


@bank.right("backward_two_layers")
def one_example_after_the_other(x, y_true, w_1, b_1, w_2, b_2):
    """A loop over the examples, with outer products."""
    gradients = [np.zeros(value.shape) for value in (w_1, b_1, w_2, b_2)]
    for row, label in zip(x, y_true, strict=True):
        hidden = sigmoid(row @ w_1 + b_1)
        exponentials = np.exp(hidden @ w_2 + b_2)
        at_logits = exponentials / exponentials.sum()
        at_logits[label] -= 1
        at_sums = (w_2 @ at_logits) * hidden * (1 - hidden)
        example = np.outer(row, at_sums), at_sums, np.outer(hidden, at_logits), at_logits
        gradients = [total + part / len(x) for total, part in zip(gradients, example, strict=True)]
    return gradients


@bank.right("backward_two_layers")
def biases_as_weights_of_a_one(x, y_true, w_1, b_1, w_2, b_2):
    """A column of ones for the biases, and sums with einsum."""
    ones = np.ones((len(x), 1))
    inputs = np.hstack([x, ones])
    hidden = 1 / (1 + np.exp(-inputs @ np.vstack([w_1, b_1])))
    at_logits = softmax_cross_entropy_gradient(
        np.hstack([hidden, ones]) @ np.vstack([w_2, b_2]), y_true
    )
    at_sums = np.einsum("nk,mk->nm", at_logits, w_2) * (hidden - hidden**2)
    first = np.einsum("ni,nm->im", inputs, at_sums)
    last = np.einsum("nm,nk->mk", np.hstack([hidden, ones]), at_logits)
    return first[:-1], first[-1], last[:-1], last[-1]


# --- compare_losses -------------------------------------------------------------------------------


@bank.view("compare_losses")
def rounded_distances(distances):
    """Both results to three decimals; the last digits of a training differ between machines."""
    return [round(float(distances[name]), 3) for name in ("squared_error", "cross_entropy")]


@bank.mistake("compare_losses")
def distances_of_all_pairs(features, y_true, w, b):
    """You subtract shapes (n, 1) and (n,); NumPy makes n² differences of them, not n."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def each_by_its_own_loss(features, y_true, w, b):
    """You report each model's own loss; a squared error and nats cannot be compared."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        distances[name] = float(model.evaluate(features, y_true, verbose=0))
    return distances


@bank.mistake("compare_losses")
def second_starts_where_the_first_ended(features, y_true, w, b):
    """You train one model twice; the second training must start at w and b again."""
    import keras

    inputs = keras.layers.Input((features.shape[1],))
    model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
    model.set_weights([w[:, np.newaxis], np.array([b])])
    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def bias_not_set(features, y_true, w, b):
    """You do not set the bias; both trainings start at w and at b."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.zeros(1)])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def learning_rate_of_keras(features, y_true, w, b):
    """You write `optimizer="sgd"`; this has a learning rate of 0.01, and the task says 1."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer="sgd", loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def adam_in_place_of_descent(features, y_true, w, b):
    """You train with Adam; it evens out the sizes of the gradients, which you want to compare."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.Adam(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def one_example_a_step(features, y_true, w, b):
    """You take a step after one example; here each step uses the mean over all examples."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for i in range(20):
            one = slice(i % len(y_true), i % len(y_true) + 1)
            model.train_on_batch(features[one], y_true[one])
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def batches_of_keras(features, y_true, w, b):
    """You leave `batch_size` to Keras, which takes 32; with 40 examples, an epoch is two steps."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        # Students shuffle, which is the default; without it, the numbers are the same each time.
        model.fit(features, y_true, epochs=20, shuffle=False, verbose=0)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.mistake("compare_losses")
def share_of_wrong_decisions(features, y_true, w, b):
    """You count wrong decisions; the mean distance also depends on how sure they are."""
    import keras

    distances = {}
    for name, loss in (
        ("squared_error", "mean_squared_error"),
        ("cross_entropy", "binary_crossentropy"),
    ):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[name] = float(np.mean((p > 0.5) != y_true))
    return distances


@bank.mistake("compare_losses")
def keys_of_keras(features, y_true, w, b):
    """You use Keras's names as keys; the task asks for `squared_error` and `cross_entropy`."""
    import keras

    distances = {}
    for loss in ("mean_squared_error", "binary_crossentropy"):
        inputs = keras.layers.Input((features.shape[1],))
        model = keras.Sequential([inputs, keras.layers.Dense(1, activation="sigmoid")])
        model.set_weights([w[:, np.newaxis], np.array([b])])
        model.compile(optimizer=keras.optimizers.SGD(learning_rate=1.0), loss=loss)
        for _ in range(20):
            model.train_on_batch(features, y_true)
        p = keras.ops.convert_to_numpy(model(features))[:, 0]
        distances[loss] = float(np.mean(np.abs(y_true - p)))
    return distances


@bank.right("compare_losses")
def trained_by_fit(features, y_true, w, b):
    """One function that builds and trains, with `fit` and `predict`."""
    import keras

    def distance(loss):
        model = keras.Sequential(
            [keras.Input((features.shape[1],)), keras.layers.Dense(1, activation="sigmoid")]
        )
        model.compile(keras.optimizers.SGD(1.0), loss)
        model.set_weights([w.reshape(-1, 1), np.array([b])])
        model.fit(features, y_true, epochs=20, batch_size=len(y_true), verbose=0)
        return float(np.abs(model.predict(features, verbose=0).ravel() - y_true).mean())

    return {
        "cross_entropy": distance(keras.losses.BinaryCrossentropy()),
        "squared_error": distance(keras.losses.MeanSquaredError()),
    }


@bank.right("compare_losses")
def one_model_set_back(features, y_true, w, b):
    """A functional model that is set back to the start, with labels of shape (n, 1)."""
    import keras

    inputs = keras.Input(shape=features.shape[1:])
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inputs))
    targets = y_true[:, None]
    found = {}
    for name in ("squared_error", "cross_entropy"):
        model.layers[-1].set_weights([w[:, None], np.full(1, b)])
        loss = "mse" if name == "squared_error" else "binary_crossentropy"
        model.compile(loss=loss, optimizer=keras.optimizers.SGD(learning_rate=1.0))
        for _ in range(20):
            model.train_on_batch(features, targets)
        p = np.asarray(model.predict_on_batch(features))
        found[name] = np.mean(np.abs(targets - p))
    return found
