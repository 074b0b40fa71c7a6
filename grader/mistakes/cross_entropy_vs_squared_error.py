"""What students answer to the exercises of chapter 2, cross-entropy versus squared error."""
# ruff: noqa: F821  (answers call functions that the notebook defines)

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- sigmoid --------------------------------------------------------------------------------------


@bank.mistake("sigmoid")
def one_form_for_all(z):
    """You raise e to −z whatever z is; at z = −1000 that overflows, so negative z need e to z."""
    return 1 / (1 + np.exp(-z))


@bank.mistake("sigmoid")
def the_other_form_for_all(z):
    """You raise e to z whatever z is; at z = 1000 that is infinity divided by infinity."""
    return np.exp(z) / (1 + np.exp(z))


@bank.mistake("sigmoid")
def both_forms_then_choose(z):
    """You compute both forms for every z and then choose; `np.where` skips neither of them."""
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


@bank.mistake("sigmoid")
def probability_of_no(z):
    """You lose the minus in the exponent; the curve then falls, and is the probability of no."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, small, 1) / (1 + small)


@bank.mistake("sigmoid")
def tangent_in_place_of_sigmoid(z):
    """You return tanh(z); it runs from −1 to 1, and a probability from 0 to 1."""
    return np.tanh(z)


@bank.mistake("sigmoid")
def twice_too_steep(z):
    """You shift and halve tanh(z) but not z; the sigmoid is (1 + tanh(z / 2)) / 2."""
    return 0.5 * (1 + np.tanh(z))


@bank.mistake("sigmoid")
def softmax_over_all(z):
    """You divide by the sum over all of z; that is softmax, and here each number is on its own."""
    exponentials = np.exp(z - np.max(z))
    return exponentials / np.sum(exponentials)


@bank.mistake("sigmoid")
def limits_written_into_z(z):
    """You cut z off in place; the caller's array has lost its large numbers, `np.clip` copies."""
    z[z < -500] = -500
    return 1 / (1 + np.exp(-z))


@bank.right("sigmoid")
def sigmoid_by_masks(z):
    """Each form where it is safe."""
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
    """A copy of z that is cut off where the result no longer changes."""
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


# --- squared_error_gradient -----------------------------------------------------------------------


@bank.mistake("squared_error_gradient")
def two_taken_for_a_half(z, y_true):
    """You leave the 2 out; only a half in front of the loss would cancel it, and here is none."""
    p = sigmoid(z)
    return (p - y_true) * p * (1 - p)


@bank.mistake("squared_error_gradient")
def slope_in_p(z, y_true):
    """You stop at the slope in p; the chain rule goes on through the sigmoid, times p (1 − p)."""
    return 2 * (sigmoid(z) - y_true)


@bank.mistake("squared_error_gradient")
def squared_gradient_uphill(z, y_true):
    """You subtract the wrong way round; with y − p the gradient points down, not up the loss."""
    p = sigmoid(z)
    return 2 * (y_true - p) * p * (1 - p)


@bank.mistake("squared_error_gradient")
def squared_gradient_of_the_mean(z, y_true):
    """You divide by the number of examples; here each example has a loss of its own, not a mean."""
    p = sigmoid(z)
    return 2 * (p - y_true) * p * (1 - p) / z.size


@bank.mistake("squared_error_gradient")
def slope_from_z(z, y_true):
    """You multiply by z (1 − z); the sigmoid's slope is made of its output, p (1 − p)."""
    return 2 * (sigmoid(z) - y_true) * z * (1 - z)


@bank.mistake("squared_error_gradient")
def sigmoid_of_the_sigmoid(z, y_true):
    """You put p through the sigmoid again; its slope at z is p (1 − p) with p as it is."""
    p = sigmoid(z)
    again = sigmoid(p)
    return 2 * (p - y_true) * again * (1 - again)


@bank.mistake("squared_error_gradient")
def only_one_half_of_the_slope(z, y_true):
    """You multiply by p alone; the sigmoid's slope p (1 − p) is small on both sides."""
    p = sigmoid(z)
    return 2 * (p - y_true) * p


@bank.mistake("squared_error_gradient")
def loss_in_place_of_slope(z, y_true):
    """You return the squared error itself; asked is how it changes when z changes."""
    return (sigmoid(z) - y_true) ** 2


@bank.mistake("squared_error_gradient")
def squared_gradient_with_a_naive_sigmoid(z, y_true):
    """You rely on 1 / (1 + e to −z), which overflows; make `sigmoid` stable above and call it."""
    p = 1 / (1 + np.exp(-z))
    return 2 * (p - y_true) * p * (1 - p)


@bank.right("squared_error_gradient")
def squared_gradient_from_exponentials(z, y_true):
    """The sigmoid's slope from one exponential."""
    small = np.exp(-np.abs(z))
    p = np.where(z > 0, 1, small) / (1 + small)
    return 2 * (p - y_true) * small / (1 + small) ** 2


@bank.right("squared_error_gradient")
def squared_gradient_with_a_loop(z, y_true):
    """A loop over the examples."""
    gradient = np.zeros(z.shape)
    for index, y in np.ndenumerate(y_true):
        p = float(sigmoid(z)[index])
        gradient[index] = 2 * (p - y) * (p - p**2)
    return gradient


# --- cross_entropy_gradient -----------------------------------------------------------------------


@bank.mistake("cross_entropy_gradient")
def cross_gradient_uphill(z, y_true):
    """You subtract the wrong way round; with y − p the gradient points down, not up the loss."""
    return y_true - sigmoid(z)


@bank.mistake("cross_entropy_gradient")
def slope_of_the_sigmoid_kept(z, y_true):
    """You keep the factor p (1 − p); cross-entropy's slope in p divides by it, and it cancels."""
    p = sigmoid(z)
    return (p - y_true) * p * (1 - p)


@bank.mistake("cross_entropy_gradient")
def cross_slope_in_p(z, y_true):
    """You stop at the slope in p; the chain rule goes on through the sigmoid, times p (1 − p)."""
    p = sigmoid(z)
    return (1 - y_true) / (1 - p) - y_true / p


@bank.mistake("cross_entropy_gradient")
def multiplied_without_canceling(z, y_true):
    """You divide by p (1 − p) and multiply by it; where p is exactly 0 or 1 that is 0 / 0."""
    p = sigmoid(z)
    return (p - y_true) / (p * (1 - p)) * (p * (1 - p))


@bank.mistake("cross_entropy_gradient")
def cross_gradient_of_the_mean(z, y_true):
    """You divide by the number of examples; here each example has a loss of its own, not a mean."""
    return (sigmoid(z) - y_true) / z.size


@bank.mistake("cross_entropy_gradient")
def twice_the_difference(z, y_true):
    """You bring a 2 along from the squared error; cross-entropy has no square to give one."""
    return 2 * (sigmoid(z) - y_true)


@bank.mistake("cross_entropy_gradient")
def sigmoid_left_out(z, y_true):
    """You subtract from z itself; the gradient is what the neuron says, p, minus what happened."""
    return z - y_true


@bank.mistake("cross_entropy_gradient")
def yes_forgotten(z, y_true):
    """You forget the second term of the loss; an answer of no must push as well as a yes."""
    return -y_true * (1 - sigmoid(z))


@bank.mistake("cross_entropy_gradient")
def cross_gradient_with_a_naive_sigmoid(z, y_true):
    """You rely on 1 / (1 + e to −z), which overflows; make `sigmoid` stable above and call it."""
    return 1 / (1 + np.exp(-z)) - y_true


@bank.right("cross_entropy_gradient")
def cross_gradient_in_two_cases(z, y_true):
    """The probability of what did not happen, with the sign of the push."""
    return np.where(y_true == 1, -sigmoid(-z), sigmoid(z))


@bank.right("cross_entropy_gradient")
def cross_gradient_by_tanh(z, y_true):
    """The sigmoid as a shifted tanh, all in one."""
    return 0.5 * np.tanh(z / 2) + (0.5 - y_true)


# --- numerical_gradient ---------------------------------------------------------------------------


@bank.mistake("numerical_gradient")
def one_side_only(f, x, h=1e-5):
    """You look to one side only; the error is then proportional to h and not to its square."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient[index] = (f(x + step) - f(x)) / h
    return gradient


@bank.mistake("numerical_gradient")
def divided_by_h_alone(f, x, h=1e-5):
    """You divide by h; from h below to h above the distance is 2h."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient[index] = (f(x + step) - f(x - step)) / h
    return gradient


@bank.mistake("numerical_gradient")
def all_places_at_once(f, x, h=1e-5):
    """You move all numbers of x at once; the gradient asks for each what it changes alone."""
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


@bank.mistake("numerical_gradient")
def rows_at_once(f, x, h=1e-5):
    """You loop over the first axis only; in a matrix that moves a whole row at once."""
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


@bank.mistake("numerical_gradient")
def gradient_laid_flat(f, x, h=1e-5):
    """You return the gradient as one long vector; it has the shape of x."""
    gradient = []
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        gradient.append((f(x + step) - f(x - step)) / (2 * h))
    return np.array(gradient)


@bank.mistake("numerical_gradient")
def step_of_its_own(f, x, h=1e-5):
    """You use a step of 1e-5 whatever h is; the caller's h must decide."""
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = 1e-5
        gradient[index] = (f(x + step) - f(x - step)) / 2e-5
    return gradient


@bank.mistake("numerical_gradient")
def step_never_undone(f, x, h=1e-5):
    """You move x itself and do not put it back; the next place then starts from a moved x."""
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
    """You undo the step by adding h again; rounding leaves a trace, so keep the old number."""
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
    """You write `above = x` for a copy; both names mean one array, where +h and −h cancel."""
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
    """All steps as the rows of a matrix."""
    steps = h * np.eye(x.size)
    slopes = [
        (f(x + step.reshape(x.shape)) - f(x - step.reshape(x.shape))) / (2 * h) for step in steps
    ]
    return np.reshape(slopes, x.shape)


# --- softmax_cross_entropy_gradient ---------------------------------------------------------------


@bank.mistake("softmax_cross_entropy_gradient")
def batch_added_up(logits, y_true):
    """You return the gradient of the sum; the loss is the mean, so it is divided by n."""
    n_classes = logits.shape[1]
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return p - np.eye(n_classes)[y_true]


@bank.mistake("softmax_cross_entropy_gradient")
def divided_by_classes_too(logits, y_true):
    """You divide by n times K; an example has one loss, whatever its number of classes."""
    n_classes = logits.shape[1]
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / logits.size


@bank.mistake("softmax_cross_entropy_gradient")
def largest_logit_not_subtracted(logits, y_true):
    """You raise e to the logits as they are; subtract the row's largest first, or they overflow."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def largest_logit_of_the_batch(logits, y_true):
    """You subtract the largest logit of the batch; a row far below it becomes 0 / 0."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max())
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def softmax_down_the_columns(logits, y_true):
    """You take softmax down the columns; the classes of one example stand side by side in a row."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=0))
    p = exponentials / exponentials.sum(axis=0)
    return (p - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def one_from_whole_columns(logits, y_true):
    """You write `p[:, y_true] -= 1`; that takes whole columns, and each row has one class only."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    p[:, y_true] -= 1
    return p / len(y_true)


@bank.mistake("softmax_cross_entropy_gradient")
def class_number_subtracted(logits, y_true):
    """You subtract the class number; what happened is a 1 for that class and a 0 for the others."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - y_true[:, np.newaxis]) / len(y_true)


@bank.mistake("softmax_cross_entropy_gradient")
def batch_gradient_uphill(logits, y_true):
    """You subtract the wrong way round; with y − p the gradient points down, not up the loss."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (np.eye(n_classes)[y_true] - p) / n


@bank.mistake("softmax_cross_entropy_gradient")
def sigmoid_for_each_class(logits, y_true):
    """You take a sigmoid of each logit; the classes of one example share a probability of 1."""
    n, n_classes = logits.shape
    return (sigmoid(logits) - np.eye(n_classes)[y_true]) / n


@bank.mistake("softmax_cross_entropy_gradient")
def slope_multiplied_once_more(logits, y_true):
    """You multiply by p (1 − p); p − y is already the slope in the logits, softmax included."""
    n, n_classes = logits.shape
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return (p - np.eye(n_classes)[y_true]) * p * (1 - p) / n


@bank.mistake("softmax_cross_entropy_gradient")
def largest_subtracted_in_place(logits, y_true):
    """You subtract in place; `logits -= …` changes the array of whoever called you."""
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
    """Softmax through log-sum-exp, and 1 taken from one number a row."""
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    p[np.arange(len(y_true)), y_true] -= 1
    return p / y_true.size


# --- backward_small_graph -------------------------------------------------------------------------


@bank.mistake("backward_small_graph")
def a_sign_lost(w, x):
    """You lose a minus on the way back; 1/c and a = −s each bring one, and together they cancel."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = -1 / (1 + b) ** 2 * b
    return 1 / (1 + b), to_s * np.array([x[0], x[1], 1.0]), to_s * w[:2]


@bank.mistake("backward_small_graph")
def weights_and_inputs_exchanged(w, x):
    """You give each letter its own value; the slope of w·x in w is x, and in x it is w."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = b / (1 + b) ** 2
    return 1 / (1 + b), to_s * np.array([w[0], w[1], 1.0]), to_s * x


@bank.mistake("backward_small_graph")
def bias_with_its_value(w, x):
    """You multiply the bias's slope by the bias; it is added as it is, so its factor is 1."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = b / (1 + b) ** 2
    return 1 / (1 + b), to_s * np.array([x[0], x[1], w[2]]), to_s * w[:2]


@bank.mistake("backward_small_graph")
def bias_forgotten(w, x):
    """You return two slopes for three weights; the bias w_2 has one too, with a factor of 1."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = b / (1 + b) ** 2
    return 1 / (1 + b), to_s * x, to_s * w[:2]


@bank.mistake("backward_small_graph")
def stopped_at_the_sum(w, x):
    """You stop at the sum; from there each letter's slope is multiplied by its partner's value."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = b / (1 + b) ** 2
    return 1 / (1 + b), np.full(3, to_s), np.full(2, to_s)


@bank.mistake("backward_small_graph")
def exponential_left_out(w, x):
    """You pass the exponential unchanged; its slope is its own value b, and must be multiplied."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = 1 / (1 + b) ** 2
    return 1 / (1 + b), to_s * np.array([x[0], x[1], 1.0]), to_s * w[:2]


@bank.mistake("backward_small_graph")
def slope_of_one_over_c_not_squared(w, x):
    """You take −1/c for the slope of 1/c; it is −1/c², with the square."""
    b = np.exp(-(w[0] * x[0] + w[1] * x[1] + w[2]))
    to_s = b / (1 + b)
    return 1 / (1 + b), to_s * np.array([x[0], x[1], 1.0]), to_s * w[:2]


@bank.mistake("backward_small_graph")
def slope_at_the_sum_not_at_the_output(w, x):
    """You use the slope s (1 − s); the sigmoid's slope is made of its output, p (1 − p)."""
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    to_s = s * (1 - s)
    return 1 / (1 + np.exp(-s)), to_s * np.array([x[0], x[1], 1.0]), to_s * w[:2]


@bank.mistake("backward_small_graph")
def sum_in_place_of_output(w, x):
    """You return the sum s as the output; the neuron puts out p, after the sigmoid."""
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    p = 1 / (1 + np.exp(-s))
    return s, p * (1 - p) * np.array([x[0], x[1], 1.0]), p * (1 - p) * w[:2]


@bank.right("backward_small_graph")
def sigmoid_as_one_operation(w, x):
    """The four operations after the sum taken as one, whose slope is p (1 − p)."""
    with_one = np.append(x, 1.0)
    p = sigmoid(w @ with_one)
    return p, p * (1 - p) * with_one, p * (1 - p) * w[:-1]


@bank.right("backward_small_graph")
def number_by_number(w, x):
    """Plain numbers in lists, each operation on its own line."""
    w, x = w.tolist(), x.tolist()
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    a = -s
    b = float(np.exp(a))
    c = 1 + b
    to_c = -(c**-2)
    to_b = to_c * 1
    to_a = to_b * b
    to_s = to_a * -1
    return 1 / c, [to_s * x[0], to_s * x[1], to_s], [to_s * w[0], to_s * w[1]]


# --- steps_to_converge ----------------------------------------------------------------------------


@bank.mistake("steps_to_converge")
def bias_stands_still(loss, w, b, learning_rate, target, most):
    """You move the weight and leave the bias; both are parameters, and z falls half as fast."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        w = w - learning_rate * gradients[loss](z, np.array(0.0))
    return None


@bank.mistake("steps_to_converge")
def bias_sees_the_new_weight(loss, w, b, learning_rate, target, most):
    """You compute the bias's slope after the weight has moved; both belong to the same place."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        if sigmoid(np.array(w + b)) <= target:
            return steps
        w = w - learning_rate * gradients[loss](np.array(w + b), np.array(0.0))
        b = b - learning_rate * gradients[loss](np.array(w + b), np.array(0.0))
    return None


@bank.mistake("steps_to_converge")
def steps_uphill(loss, w, b, learning_rate, target, most):
    """You add the gradient; descent goes against it, and plus climbs."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        w = w + learning_rate * gradients[loss](z, np.array(0.0))
        b = b + learning_rate * gradients[loss](z, np.array(0.0))
    return None


@bank.mistake("steps_to_converge")
def losses_exchanged(loss, w, b, learning_rate, target, most):
    """You exchange the two losses; the fast one is cross-entropy."""
    gradients = {"squared_error": cross_entropy_gradient, "cross_entropy": squared_error_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = gradients[loss](z, np.array(0.0))
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def slope_of_the_sigmoid_forgotten(loss, w, b, learning_rate, target, most):
    """You leave p (1 − p) out of the squared error; without it nothing stalls, as it does here."""
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
    """You step before you look; a neuron that has converged already needs 0 steps."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(1, most + 1):
        slope = gradients[loss](np.array(w + b), np.array(0.0))
        w, b = w - learning_rate * slope, b - learning_rate * slope
        if sigmoid(np.array(w + b)) <= target:
            return steps
    return None


@bank.mistake("steps_to_converge")
def last_step_not_looked_at(loss, w, b, learning_rate, target, most):
    """You give up without a look after the last step; it may be the one that converges."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = gradients[loss](z, np.array(0.0))
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def most_in_place_of_none(loss, w, b, learning_rate, target, most):
    """You return `most` when it has not converged; that looks as if the last step had done it."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = gradients[loss](z, np.array(0.0))
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return most


@bank.mistake("steps_to_converge")
def loss_within_target(loss, w, b, learning_rate, target, most):
    """You wait until the loss is within the target; asked is when the prediction p is."""
    gradients = {"squared_error": squared_error_gradient, "cross_entropy": cross_entropy_gradient}
    if loss not in gradients:
        raise ValueError(f"unknown loss {loss}")
    for steps in range(most + 1):
        z = np.array(w + b)
        p = sigmoid(z)
        if (p**2 if loss == "squared_error" else -np.log(1 - p)) <= target:
            return steps
        slope = gradients[loss](z, np.array(0.0))
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.mistake("steps_to_converge")
def unknown_loss_let_pass(loss, w, b, learning_rate, target, most):
    """You take any other name for cross-entropy; a typing error then passes unseen."""
    gradient = squared_error_gradient if loss == "squared_error" else cross_entropy_gradient
    for steps in range(most + 1):
        z = np.array(w + b)
        if sigmoid(z) <= target:
            return steps
        slope = gradient(z, np.array(0.0))
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return None


@bank.right("steps_to_converge")
def only_the_sum_moves(loss, w, b, learning_rate, target, most):
    """With x = 1 both move alike, so z moves twice as far."""
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
        gradient = squared_error_gradient
    elif loss == "cross_entropy":
        gradient = cross_entropy_gradient
    else:
        raise ValueError("I do not know " + loss)
    parameters, inputs = np.array([w, b]), np.ones(2)
    steps = 0
    while sigmoid(np.array([parameters @ inputs]))[0] > target and steps <= most:
        slope = gradient(np.array([parameters @ inputs]), np.zeros(1))
        parameters = parameters - learning_rate * slope * inputs
        steps += 1
    return steps if steps <= most else None


# --- compare_losses -------------------------------------------------------------------------------


@bank.view("compare_losses")
def rounded_distances(distances):
    """Both results to three digits; the last digits of a training differ between machines."""
    return [round(float(distances[name]), 3) for name in ("squared_error", "cross_entropy")]


@bank.mistake("compare_losses")
def distances_of_all_pairs(features, y_true, w, b):
    """You subtract shapes (n, 1) and (n,); NumPy makes all n² differences, not n distances."""
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
    """You report each model's own loss; a squared error and nats are no common yardstick."""
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
    """You train one model on; the second loss starts where the first ended, so set its weights."""
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
    """You set the weights and not the bias; the start is then another one than the task's."""
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
    """You write `optimizer="sgd"`; its learning rate is 0.01, and the task says 1."""
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
    """You train with Adam; it evens out the sizes of the gradients, which are the point here."""
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
    """You step after each example; the task steps once for all of them, with their mean."""
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
def share_of_wrong_decisions(features, y_true, w, b):
    """You count wrong decisions; asked is the mean distance, which also sees how sure they are."""
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
    """You take Keras' names for keys; the task asks for `squared_error` and `cross_entropy`."""
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
    """A functional model that is set back to the start, with targets of shape (n, 1)."""
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
