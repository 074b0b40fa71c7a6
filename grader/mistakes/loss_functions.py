"""What students answer to the exercises of chapter 1, loss functions."""
# ruff: noqa: F821  (answers call functions that the notebook defines)

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- mean_squared_error ---------------------------------------------------------------------------


@bank.mistake("mean_squared_error")
def squared_errors_added_up(y_true, y_pred):
    """You add the squared errors up; the mean also divides them by their number."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    return np.sum((y_true - y_pred) ** 2)


@bank.mistake("mean_squared_error")
def root_of_the_mean(y_true, y_pred):
    """You take the root at the end; that is the RMSE, in meters, and not the MSE."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    return np.sqrt(np.mean((y_true - y_pred) ** 2))


@bank.mistake("mean_squared_error")
def square_of_the_mean_error(y_true, y_pred):
    """You square the mean of the errors; errors of opposite sign cancel before they are squared."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    return np.mean(y_true - y_pred) ** 2


@bank.mistake("mean_squared_error")
def square_of_the_product(y_true, y_pred):
    """You square the product of label and prediction; the loss squares their difference."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    return np.mean((y_true * y_pred) ** 2)


@bank.mistake("mean_squared_error")
def half_the_mean_squared_error(y_true, y_pred):
    """You halve the loss, as some books do for a tidier slope; the mean has no half in it."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    return 0.5 * np.mean((y_true - y_pred) ** 2)


@bank.mistake("mean_squared_error")
def squared_error_of_shapes_that_broadcast(y_true, y_pred):
    """You do not compare the shapes; NumPy silently makes nine differences of (3,) and (3, 1)."""
    return np.mean((y_true - y_pred) ** 2)


@bank.mistake("mean_squared_error")
def shapes_not_named(y_true, y_pred):
    """You raise the error without the shapes; whoever reads it needs both to find the mistake."""
    if y_true.shape != y_pred.shape:
        raise ValueError("the shapes differ")
    return np.mean((y_true - y_pred) ** 2)


@bank.mistake("mean_squared_error")
def squared_error_in_place(y_true, y_pred):
    """You subtract in place; `y_pred -= y_true` changes the array of whoever called you."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    y_pred -= y_true
    return np.mean(y_pred**2)


@bank.right("mean_squared_error")
def squared_error_with_a_loop(y_true, y_pred):
    """A loop over the examples."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_true {y_true.shape}, y_pred {y_pred.shape}")
    total = 0.0
    for target, prediction in zip(y_true, y_pred, strict=True):
        total += (target - prediction) ** 2
    return float(total / len(y_true))


@bank.right("mean_squared_error")
def squared_error_with_einsum(y_true, y_pred):
    """The error's product with itself."""
    if np.shape(y_true) != np.shape(y_pred):
        raise ValueError(f"{y_pred.shape} does not fit {y_true.shape}")
    error = y_pred - y_true
    return np.einsum("i,i->", error, error) / error.size


# --- r_squared ------------------------------------------------------------------------------------


@bank.mistake("r_squared")
def share_that_is_left(y_true, y_pred):
    """You return the share of the deviation that is left; R² is 1 minus that share."""
    return np.sum((y_true - y_pred) ** 2) / np.sum((y_true - np.mean(y_true)) ** 2)


@bank.mistake("r_squared")
def mean_of_the_predictions(y_true, y_pred):
    """You compare with the mean of the predictions; R² compares with the mean of the labels."""
    left = np.sum((y_true - y_pred) ** 2)
    total = np.sum((y_true - np.mean(y_pred)) ** 2)
    if total == 0:
        return 1.0 if left == 0 else 0.0
    return 1 - left / total


@bank.mistake("r_squared")
def square_of_the_correlation(y_true, y_pred):
    """You square the correlation; it forgives a wrong scale and, unlike R², is never below 0."""
    return np.corrcoef(y_true, y_pred)[0, 1] ** 2


@bank.mistake("r_squared")
def never_below_zero(y_true, y_pred):
    """You cut the score off at 0; a prediction worse than the mean has an R² below 0."""
    left = np.sum((y_true - y_pred) ** 2)
    total = np.sum((y_true - np.mean(y_true)) ** 2)
    if total == 0:
        return 1.0 if left == 0 else 0.0
    return max(0.0, 1 - left / total)


@bank.mistake("r_squared")
def equal_targets_forgotten(y_true, y_pred):
    """You divide by 0 when all labels are equal; the task says what to return then."""
    return 1 - np.sum((y_true - y_pred) ** 2) / np.sum((y_true - np.mean(y_true)) ** 2)


@bank.mistake("r_squared")
def mean_over_a_sum(y_true, y_pred):
    """You divide a mean by a sum; both must be means or both sums, so that n cancels."""
    left = np.mean((y_true - y_pred) ** 2)
    total = np.sum((y_true - np.mean(y_true)) ** 2)
    if total == 0:
        return 1.0 if left == 0 else 0.0
    return 1 - left / total


@bank.right("r_squared")
def mean_squared_error_over_variance(y_true, y_pred):
    """The mean squared error over the variance."""
    if np.var(y_true) == 0:
        return float(np.array_equal(y_true, y_pred))
    return 1 - np.mean((y_true - y_pred) ** 2) / np.var(y_true)


@bank.right("r_squared")
def r_squared_with_lists(y_true, y_pred):
    """Plain Python numbers."""
    targets, predictions = y_true.tolist(), y_pred.tolist()
    mean = sum(targets) / len(targets)
    left = sum((t - p) ** 2 for t, p in zip(targets, predictions, strict=True))
    total = sum((t - mean) ** 2 for t in targets)
    if total > 0:
        return 1 - left / total
    return int(left == 0)


@bank.right("r_squared")
def equal_labels_compared(y_true, y_pred):
    """The labels are compared with the first one, and the denominator is never compared with 0."""
    if np.all(y_true == y_true[0]):
        return 1.0 if np.all(y_pred == y_true) else 0.0
    return 1 - np.sum((y_true - y_pred) ** 2) / np.sum((y_true - y_true.mean()) ** 2)


@bank.right("r_squared")
def range_of_the_labels(y_true, y_pred):
    """The range of the labels says whether they are equal."""
    left = np.sum((y_true - y_pred) ** 2)
    if np.ptp(y_true) == 0:
        return 1.0 if left == 0 else 0.0
    return 1 - left / np.sum((y_true - np.mean(y_true)) ** 2)


@bank.right("r_squared")
def denominator_with_a_tolerance(y_true, y_pred):
    """The denominator is 0 up to a small tolerance."""
    left = np.sum((y_true - y_pred) ** 2)
    total = np.sum((y_true - np.mean(y_true)) ** 2)
    if np.isclose(total, 0):
        return 1.0 if np.allclose(y_true, y_pred) else 0.0
    return 1 - left / total


# --- fit_line -------------------------------------------------------------------------------------


@bank.mistake("fit_line")
def new_speed_in_the_old_step(t, y, learning_rate, steps):
    """You change w before you compute the slope in b; both slopes of a step belong to one point."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        w = w - learning_rate * 2 * np.mean((w * t + b - y) * t)
        b = b - learning_rate * 2 * np.mean(w * t + b - y)
    return w, b


@bank.mistake("fit_line")
def slopes_without_their_two(t, y, learning_rate, steps):
    """You leave out the 2 of the slopes; the derivative of a square brings it in."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        error = w * t + b - y
        w, b = w - learning_rate * np.mean(error * t), b - learning_rate * np.mean(error)
    return w, b


@bank.mistake("fit_line")
def slopes_added_up(t, y, learning_rate, steps):
    """You add the errors up; the loss is a mean, so its slopes are divided by n as well."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        error = w * t + b - y
        w, b = w - learning_rate * 2 * np.sum(error * t), b - learning_rate * 2 * np.sum(error)
    return w, b


@bank.mistake("fit_line")
def uphill(t, y, learning_rate, steps):
    """You add the slopes; a step goes against them, or the loss grows."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        error = w * t + b - y
        w, b = w + learning_rate * 2 * np.mean(error * t), b + learning_rate * 2 * np.mean(error)
    return w, b


@bank.mistake("fit_line")
def one_slope_for_both(t, y, learning_rate, steps):
    """You use the slope in w for both parameters; the slope in b has no factor t."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        slope = 2 * np.mean((w * t + b - y) * t)
        w, b = w - learning_rate * slope, b - learning_rate * slope
    return w, b


@bank.mistake("fit_line")
def line_through_the_origin(t, y, learning_rate, steps):
    """You leave b at 0; it is a parameter, and each step changes it too."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        w = w - learning_rate * 2 * np.mean((w * t + b - y) * t)
    return w, b


@bank.mistake("fit_line")
def errors_of_the_start(t, y, learning_rate, steps):
    """You compute the errors once, before the loop; they change with every step."""
    w, b = 0.0, 0.0
    error = w * t + b - y
    for _ in range(steps):
        w, b = w - learning_rate * 2 * np.mean(error * t), b - learning_rate * 2 * np.mean(error)
    return w, b


@bank.mistake("fit_line")
def return_inside_the_loop(t, y, learning_rate, steps):
    """You return inside the loop; the first step is then the last one."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        error = w * t + b - y
        w, b = w - learning_rate * 2 * np.mean(error * t), b - learning_rate * 2 * np.mean(error)
        return w, b
    return w, b


@bank.right("fit_line")
def line_as_a_matrix(t, y, learning_rate, steps):
    """Both parameters in one array, and the gradient as a product of matrices."""
    inputs = np.column_stack([t, np.ones_like(t)])
    w = np.zeros(2)
    for _ in range(steps):
        w = w - learning_rate * 2 / len(t) * inputs.T @ (inputs @ w - y)
    return w[0], w[1]


@bank.right("fit_line")
def line_with_plain_loops(t, y, learning_rate, steps):
    """Sums over the points, without any array."""
    w, b = 0.0, 0.0
    for _ in range(steps):
        slope_w = slope_b = 0.0
        for time, position in zip(t, y, strict=True):
            error = w * time + b - position
            slope_w += 2 * error * time / len(t)
            slope_b += 2 * error / len(t)
        w -= learning_rate * slope_w
        b -= learning_rate * slope_b
    return [float(w), float(b)]


# --- largest_learning_rate ------------------------------------------------------------------------


@bank.trial("largest_learning_rate")
def rates_of_three_slopes(largest_learning_rate):
    """The rates for three straight slopes that differ in their growth and in their zero."""
    slopes = [lambda w: 5 * (w - 2), lambda w: 50 * (w + 7), lambda w: 0.3 * (w - 1.5)]
    return [largest_learning_rate(slope) for slope in slopes]


@bank.mistake("largest_learning_rate")
def rate_that_arrives_at_once(slope):
    """You return the rate that arrives in one step; the distance begins to grow at twice that."""
    return 1 / (slope(1.0) - slope(0.0))


@bank.mistake("largest_learning_rate")
def slope_of_one_place(slope):
    """You divide by the slope at one place; what counts is how much it grows between two places."""
    return 2 / abs(slope(1.0))


@bank.mistake("largest_learning_rate")
def slope_at_zero(slope):
    """You divide by the slope at 0; that mixes steepness with the distance to the lowest point."""
    return 2 / abs(slope(0.0))


@bank.mistake("largest_learning_rate")
def steepness_itself(slope):
    """You return how much the slope grows; the faster it grows, the smaller the rate must be."""
    return slope(1.0) - slope(0.0)


@bank.mistake("largest_learning_rate")
def fraction_upside_down(slope):
    """You turn the fraction over; the distance stays the same if the rate times the growth is 2."""
    return (slope(1.0) - slope(0.0)) / 2


@bank.mistake("largest_learning_rate")
def nudge_not_divided_out(slope):
    """You do not divide the change of the slope by the nudge; growth is a change for each unit."""
    return 2 / (slope(1e-3) - slope(0.0))


@bank.mistake("largest_learning_rate")
def slopes_of_two_places_added(slope):
    """You add the slopes of two places; their difference says how fast the slope grows."""
    return 2 / (slope(1.0) + slope(0.0))


@bank.right("largest_learning_rate")
def growth_by_a_nudge(slope):
    """A small nudge, and the change divided by it."""
    nudge = 1e-3
    return 2 / ((slope(nudge) - slope(-nudge)) / (2 * nudge))


@bank.right("largest_learning_rate")
def growth_by_a_fitted_line(slope):
    """A straight line through the slopes at several places."""
    places = np.arange(5.0)
    return float(2 / np.polyfit(places, [slope(w) for w in places], 1)[0])


@bank.right("largest_learning_rate")
def growth_from_two_trial_steps(slope):
    """Two steps with some rate: the ratio of their lengths is 1 - rate * growth."""
    rate, w = 0.01, 3.21
    first = rate * slope(w)
    second = rate * slope(w - first)
    return 2 * rate / (1 - second / first)


# --- huber ----------------------------------------------------------------------------------------


@bank.mistake("huber")
def parabola_without_its_half(y_true, y_pred, delta=1.0):
    """You leave the half out of the parabola; it then meets the line with a jump."""
    error = np.abs(y_true - y_pred)
    return np.mean(np.where(error <= delta, error**2, delta * (error - 0.5 * delta)))


@bank.mistake("huber")
def line_without_its_offset(y_true, y_pred, delta=1.0):
    """You leave ½δ out of the line; it then starts too high, and the loss jumps at delta."""
    error = np.abs(y_true - y_pred)
    return np.mean(np.where(error <= delta, 0.5 * error**2, delta * error))


@bank.mistake("huber")
def delta_always_one(y_true, y_pred, delta=1.0):
    """You use 1 where delta belongs; the loss stays the same whatever delta is."""
    error = np.abs(y_true - y_pred)
    return np.mean(np.where(error <= 1, 0.5 * error**2, error - 0.5))


@bank.mistake("huber")
def line_without_its_slope(y_true, y_pred, delta=1.0):
    """You forget to multiply the line by delta; the loss then jumps unless delta is 1."""
    error = np.abs(y_true - y_pred)
    return np.mean(np.where(error <= delta, 0.5 * error**2, error - 0.5 * delta))


@bank.mistake("huber")
def threshold_without_absolute_value(y_true, y_pred, delta=1.0):
    """You compare the signed error with delta; large negative errors stay on the parabola."""
    error = y_true - y_pred
    return np.mean(np.where(error <= delta, 0.5 * error**2, delta * (error - 0.5 * delta)))


@bank.mistake("huber")
def smaller_of_parabola_and_line(y_true, y_pred, delta=1.0):
    """You take the smaller of parabola and line; that is always the line, small errors included."""
    error = np.abs(y_true - y_pred)
    return np.mean(np.minimum(0.5 * error**2, delta * (error - 0.5 * delta)))


@bank.mistake("huber")
def one_branch_for_the_whole_batch(y_true, y_pred, delta=1.0):
    """You choose parabola or line once for the whole batch; each example chooses for itself."""
    error = np.abs(y_true - y_pred)
    if np.mean(error) <= delta:
        return np.mean(0.5 * error**2)
    return np.mean(delta * (error - 0.5 * delta))


@bank.mistake("huber")
def huber_losses_added_up(y_true, y_pred, delta=1.0):
    """You add the losses of the examples up; the task asks for their mean."""
    error = np.abs(y_true - y_pred)
    return np.sum(np.where(error <= delta, 0.5 * error**2, delta * (error - 0.5 * delta)))


@bank.right("huber")
def huber_with_a_loop(y_true, y_pred, delta=1.0):
    """A loop with an if."""
    total = 0.0
    for target, prediction in zip(y_true, y_pred, strict=True):
        error = abs(target - prediction)
        total += error**2 / 2 if error < delta else delta * error - delta**2 / 2
    return total / len(y_true)


@bank.right("huber")
def huber_with_a_clipped_error(y_true, y_pred, delta=1.0):
    """One formula with the error clipped at delta."""
    error = np.abs(y_true - y_pred)
    clipped = np.minimum(error, delta)
    return np.mean(clipped * (error - 0.5 * clipped))


# --- choose_loss ----------------------------------------------------------------------------------


@bank.mistake("choose_loss")
def mean_and_median_swapped(y, trusted):
    """You swap mean and median; squared errors cancel at the mean, and signs at the median."""
    low, high = np.min(y), np.max(y)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(np.clip(middle - y, -1, 1)) < 0 else (low, middle)
    constants = {"squared": np.median(y), "absolute": np.mean(y), "huber": low}
    nearest = min(constants, key=lambda loss: abs(constants[loss] - trusted))
    return nearest, constants[nearest]


@bank.mistake("choose_loss")
def values_clipped_around_the_median(y, trusted):
    """You clip the values around their median; clip the errors, and search for the constant."""
    median = np.median(y)
    huber = np.mean(np.clip(y, median - 1, median + 1))
    constants = {"squared": np.mean(y), "absolute": median, "huber": huber}
    nearest = min(constants, key=lambda loss: abs(constants[loss] - trusted))
    return nearest, constants[nearest]


@bank.mistake("choose_loss")
def distance_with_its_sign(y, trusted):
    """You compare distances with their signs; a constant far below would then be nearest."""
    low, high = np.min(y), np.max(y)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(np.clip(middle - y, -1, 1)) < 0 else (low, middle)
    constants = {"squared": np.mean(y), "absolute": np.median(y), "huber": low}
    nearest = min(constants, key=lambda loss: constants[loss] - trusted)
    return nearest, constants[nearest]


@bank.mistake("choose_loss")
def smallest_mean_loss(y, trusted):
    """You compare the values of the losses; compare how far the constants are from `trusted`."""
    low, high = np.min(y), np.max(y)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(np.clip(middle - y, -1, 1)) < 0 else (low, middle)
    constants = {"squared": np.mean(y), "absolute": np.median(y), "huber": low}
    size = {loss: np.abs(y - constant) for loss, constant in constants.items()}
    means = {
        "squared": np.mean(size["squared"] ** 2),
        "absolute": np.mean(size["absolute"]),
        "huber": np.mean(np.where(size["huber"] <= 1, size["huber"] ** 2 / 2, size["huber"] - 0.5)),
    }
    nearest = min(means, key=lambda loss: means[loss])
    return nearest, constants[nearest]


@bank.mistake("choose_loss")
def farthest_loss(y, trusted):
    """You return the loss that is farthest away; the nearest one has the smallest distance."""
    low, high = np.min(y), np.max(y)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(np.clip(middle - y, -1, 1)) < 0 else (low, middle)
    constants = {"squared": np.mean(y), "absolute": np.median(y), "huber": low}
    farthest = max(constants, key=lambda loss: abs(constants[loss] - trusted))
    return farthest, constants[farthest]


@bank.mistake("choose_loss")
def huber_left_out(y, trusted):
    """You compare only mean and median; the Huber loss has a constant of its own between them."""
    constants = {"squared": np.mean(y), "absolute": np.median(y)}
    nearest = min(constants, key=lambda loss: abs(constants[loss] - trusted))
    return nearest, constants[nearest]


@bank.mistake("choose_loss")
def mean_halfway_to_the_median(y, trusted):
    """You put Huber halfway between mean and median; its constant is where its pulls cancel."""
    mean, median = np.mean(y), np.median(y)
    constants = {"squared": mean, "absolute": median, "huber": (mean + median) / 2}
    nearest = min(constants, key=lambda loss: abs(constants[loss] - trusted))
    return nearest, constants[nearest]


@bank.right("choose_loss")
def huber_by_a_fine_grid(y, trusted):
    """The losses of all constants on a fine grid around the median."""
    grid = np.median(y) + np.arange(-1.5, 1.5, 0.0005)
    size = np.abs(grid[:, None] - y)
    losses = np.mean(np.where(size <= 1, size**2 / 2, size - 0.5), axis=1)
    constants = {"absolute": np.median(y), "huber": grid[np.argmin(losses)], "squared": y.mean()}
    return min(constants.items(), key=lambda item: abs(item[1] - trusted))


@bank.right("choose_loss")
def huber_by_gradient_descent(y, trusted):
    """Gradient descent on the mean of the Huber loss, from the median."""
    constant = np.median(y)
    for _ in range(2000):
        constant = constant - 0.5 * np.mean(np.clip(constant - y, -1, 1))
    names = ["squared", "absolute", "huber"]
    values = np.array([np.mean(y), np.median(y), constant])
    nearest = int(np.argmin(np.abs(values - trusted)))
    return [names[nearest], float(values[nearest])]


# --- binary_cross_entropy -------------------------------------------------------------------------


@bank.mistake("binary_cross_entropy")
def probabilities_not_clipped(y_true, p_pred):
    """You do not clip; a probability of exactly 0 or 1 makes the loss infinite or not a number."""
    return -np.mean(y_true * np.log(p_pred) + (1 - y_true) * np.log(1 - p_pred))


@bank.mistake("binary_cross_entropy")
def only_the_yes_half(y_true, p_pred):
    """You count only the yes examples; a no costs `-log(1 - p)`, or saying yes would be free."""
    return -np.mean(y_true * np.log(np.clip(p_pred, 1e-7, 1 - 1e-7)))


@bank.mistake("binary_cross_entropy")
def minus_forgotten(y_true, p_pred):
    """You leave the minus out; the loss is then below 0, and falls as the model gets worse."""
    p = np.clip(p_pred, 1e-7, 1 - 1e-7)
    return np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@bank.mistake("binary_cross_entropy")
def bits_for_nats(y_true, p_pred):
    """You use the logarithm to base 2; that counts bits, and the loss is asked for in nats."""
    p = np.clip(p_pred, 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log2(p) + (1 - y_true) * np.log2(1 - p))


@bank.mistake("binary_cross_entropy")
def labels_in_the_logarithm(y_true, p_pred):
    """You swap label and prediction; the logarithm is of the predicted probability."""
    y = np.clip(y_true, 1e-7, 1 - 1e-7)
    return -np.mean(p_pred * np.log(y) + (1 - p_pred) * np.log(1 - y))


@bank.mistake("binary_cross_entropy")
def surprises_added_up(y_true, p_pred):
    """You add the losses of the examples up; the mean also divides them by their number."""
    p = np.clip(p_pred, 1e-7, 1 - 1e-7)
    return -np.sum(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@bank.mistake("binary_cross_entropy")
def prediction_rounded_first(y_true, p_pred):
    """You round the probability to yes or no first; that throws the confidence away."""
    p = np.clip(np.round(p_pred), 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@bank.mistake("binary_cross_entropy")
def clipped_in_place(y_true, p_pred):
    """You clip in place; `out=p_pred` changes the array of whoever called you."""
    np.clip(p_pred, 1e-7, 1 - 1e-7, out=p_pred)
    return -np.mean(y_true * np.log(p_pred) + (1 - y_true) * np.log(1 - p_pred))


@bank.right("binary_cross_entropy")
def surprise_of_what_happened(y_true, p_pred):
    """Minus the logarithm of the probability of what happened."""
    p = np.clip(p_pred, 1e-7, 1 - 1e-7)
    return -np.log(np.where(y_true == 1, p, 1 - p)).mean()


@bank.right("binary_cross_entropy")
def surprise_with_a_loop(y_true, p_pred):
    """A loop with the standard library's logarithm."""
    import math

    total = 0.0
    for y, p in zip(y_true, p_pred, strict=True):
        p = min(max(p, 1e-7), 1 - 1e-7)
        total -= math.log(p) if y else math.log1p(-p)
    return total / len(y_true)


# --- log_sum_exp ----------------------------------------------------------------------------------


@bank.mistake("log_sum_exp")
def formula_as_it_stands(logits):
    """You compute the formula as it stands; exp(1000) is infinite, and exp(-1000) is 0."""
    return np.log(np.sum(np.exp(logits), axis=-1))


@bank.mistake("log_sum_exp")
def largest_not_added_back(logits):
    """You subtract the largest logit but do not add it back; the result is off by that amount."""
    largest = np.max(logits, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(logits - largest), axis=-1))


@bank.mistake("log_sum_exp")
def largest_of_the_whole_array(logits):
    """You subtract the largest logit of the whole array; rows far below it become log 0."""
    largest = np.max(logits)
    return np.log(np.sum(np.exp(logits - largest), axis=-1)) + largest


@bank.mistake("log_sum_exp")
def only_the_largest(logits):
    """You return the largest logit; log-sum-exp is near it, but up to log K above."""
    return np.max(logits, axis=-1)


@bank.mistake("log_sum_exp")
def sum_over_the_first_axis(logits):
    """You sum over the first axis, the examples; the classes run along the last."""
    largest = np.max(logits, axis=0)
    return np.log(np.sum(np.exp(logits - largest), axis=0)) + largest


@bank.mistake("log_sum_exp")
def sum_over_everything(logits):
    """You sum over the whole array; each row of logits has a result of its own."""
    largest = np.max(logits)
    return np.log(np.sum(np.exp(logits - largest))) + largest


@bank.mistake("log_sum_exp")
def last_axis_kept(logits):
    """You keep the last axis with length 1; shape (n, K) goes in and shape (n,) comes out."""
    largest = np.max(logits, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(logits - largest), axis=-1, keepdims=True)) + largest


@bank.mistake("log_sum_exp")
def logits_clipped(logits):
    """You clip the logits to keep exp in range; that changes the result, subtracting does not."""
    return np.log(np.sum(np.exp(np.clip(logits, -500, 500)), axis=-1))


@bank.right("log_sum_exp")
def sums_of_two(logits):
    """NumPy's log-sum-exp of two, over and over."""
    return np.logaddexp.reduce(logits, axis=-1)


@bank.right("log_sum_exp")
def row_by_row(logits):
    """A function of one row, applied along the last axis."""

    def of_one_row(row):
        return row.max() + np.log(sum(np.exp(z - row.max()) for z in row))

    return np.apply_along_axis(of_one_row, -1, logits)


@bank.right("log_sum_exp")
def sorted_first(logits):
    """The largest by sorting."""
    largest = np.sort(logits)[..., -1]
    return largest + np.log(np.exp(logits - np.expand_dims(largest, -1)).sum(-1))


# --- binary_cross_entropy_from_logits -------------------------------------------------------------


@bank.mistake("binary_cross_entropy_from_logits")
def sigmoid_clipped(y_true, logits):
    """You compute the probability and clip it; the loss then stops at 16.1 nats."""
    p = np.clip(1 / (1 + np.exp(-logits)), 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@bank.mistake("binary_cross_entropy_from_logits")
def exponential_of_the_logit(y_true, logits):
    """You compute log(1 + exp(z)) as it is written; exp(1000) is infinite."""
    return np.mean(np.log(1 + np.exp(logits)) - y_true * logits)


@bank.mistake("binary_cross_entropy_from_logits")
def logits_as_probabilities(y_true, logits):
    """You put the logits into the formula for probabilities; they are scores of any size."""
    p = np.clip(logits, 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@bank.mistake("binary_cross_entropy_from_logits")
def product_added(y_true, logits):
    """You add y z; a yes makes the loss smaller when its logit grows, so y z is subtracted."""
    return np.mean(np.logaddexp(0, logits) + y_true * logits)


@bank.mistake("binary_cross_entropy_from_logits")
def product_left_out(y_true, logits):
    """You leave out y z; every example then costs what a no costs."""
    return np.mean(np.logaddexp(0, logits))


@bank.mistake("binary_cross_entropy_from_logits")
def questions_added_up(y_true, logits):
    """You add the losses of all questions; the task asks for their mean."""
    return np.sum(np.logaddexp(0, logits) - y_true * logits)


@bank.mistake("binary_cross_entropy_from_logits")
def softmax_of_the_questions(y_true, logits):
    """You let the logits share one softmax; each question has a probability of its own."""
    return np.mean(np.logaddexp.reduce(logits, axis=-1, keepdims=True) - y_true * logits)


@bank.right("binary_cross_entropy_from_logits")
def numpys_logarithm_of_two_exponentials(y_true, logits):
    """The logarithm of a sum of two exponentials, as NumPy has it."""
    return (np.logaddexp(0, logits) - y_true * logits).mean()


@bank.right("binary_cross_entropy_from_logits")
def the_larger_of_both_first(y_true, logits):
    """The positive part of the logit, and a logarithm that is at most log 2."""
    rest = np.log1p(np.exp(-np.abs(logits)))
    return float(np.mean(np.maximum(logits, 0) - y_true * logits + rest))


@bank.right("binary_cross_entropy_from_logits")
def sign_by_the_label(y_true, logits):
    """The logit with the sign of the right answer, one question at a time."""
    signed = [z if y == 1 else -z for y, z in zip(y_true.ravel(), logits.ravel(), strict=True)]
    return np.mean([np.logaddexp(0, -z) for z in signed])


# --- sparse_categorical_cross_entropy_from_logits -------------------------------------------------


@bank.mistake("sparse_categorical_cross_entropy_from_logits")
def labels_as_columns(labels, logits):
    """You write `logits[:, labels]`; that takes the columns of all labels for every row."""
    return np.mean(np.logaddexp.reduce(logits, axis=-1)[:, np.newaxis] - logits[:, labels])


@bank.mistake("sparse_categorical_cross_entropy_from_logits")
def labels_from_one(labels, logits):
    """You count the classes from 1; labels start at 0, so `labels - 1` picks the class before."""
    picked = logits[np.arange(len(labels)), labels - 1]
    return np.mean(np.logaddexp.reduce(logits, axis=-1) - picked)


@bank.mistake("sparse_categorical_cross_entropy_from_logits")
def loss_of_the_predicted_class(labels, logits):
    """You take the largest logit; the loss is about the true class, which the label names."""
    return np.mean(np.logaddexp.reduce(logits, axis=-1) - np.max(logits, axis=-1))


@bank.mistake("sparse_categorical_cross_entropy_from_logits")
def sparse_losses_added_up(labels, logits):
    """You add the losses of the examples up; the mean also divides them by n."""
    picked = logits[np.arange(len(labels)), labels]
    return np.sum(np.logaddexp.reduce(logits, axis=-1) - picked)


@bank.mistake("sparse_categorical_cross_entropy_from_logits")
def without_log_sum_exp(labels, logits):
    """You return minus the logit of the label; without log-sum-exp the loss has no minimum."""
    return -np.mean(logits[np.arange(len(labels)), labels])


@bank.mistake("sparse_categorical_cross_entropy_from_logits")
def sparse_softmax_as_it_stands(labels, logits):
    """You take softmax first, then its logarithm; logits of 1000 overflow before they cancel."""
    p = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(labels)), labels]))


@bank.right("sparse_categorical_cross_entropy_from_logits")
def one_hot_first(labels, logits):
    """Labels made one-hot, and the sum over all classes."""
    one_hot = np.eye(logits.shape[1])[labels]
    return np.mean(log_sum_exp(logits) - np.sum(one_hot * logits, axis=-1))


@bank.right("sparse_categorical_cross_entropy_from_logits")
def picked_with_a_loop(labels, logits):
    """A loop over the examples."""
    losses = [np.logaddexp.reduce(z) - z[k] for k, z in zip(labels, logits, strict=True)]
    return float(np.mean(losses))


@bank.right("sparse_categorical_cross_entropy_from_logits")
def picked_along_the_axis(labels, logits):
    """The logits picked with take_along_axis."""
    picked = np.take_along_axis(logits, labels[:, np.newaxis], axis=1)
    return np.logaddexp.reduce(logits - picked, axis=1).mean()


# --- accuracy -------------------------------------------------------------------------------------


@bank.mistake("accuracy")
def accuracy_in_percent(labels, logits):
    """You return percent; accuracy is a share from 0 to 1."""
    return 100 * np.mean(np.argmax(logits, axis=-1) == labels)


@bank.mistake("accuracy")
def number_of_hits(labels, logits):
    """You count the right ones; accuracy divides them by the number of examples."""
    return np.sum(np.argmax(logits, axis=-1) == labels)


@bank.mistake("accuracy")
def share_of_errors(labels, logits):
    """You return the share of wrong ones; that is the error rate, 1 minus the accuracy."""
    return np.mean(np.argmax(logits, axis=-1) != labels)


@bank.mistake("accuracy")
def positive_logit_of_the_label(labels, logits):
    """You ask whether the label's logit is above 0; it must be the largest of its row."""
    return np.mean(logits[np.arange(len(labels)), labels] > 0)


@bank.mistake("accuracy")
def probability_of_the_label(labels, logits):
    """You take the mean probability of the true class; accuracy asks only which one is largest."""
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return np.mean(np.exp(log_p[np.arange(len(labels)), labels]))


@bank.mistake("accuracy")
def largest_logit_of_all(labels, logits):
    """You look for the largest logit of the whole array; each row has one, along the last axis."""
    return np.mean(np.argmax(logits) == labels)


@bank.right("accuracy")
def hits_with_a_loop(labels, logits):
    """A loop that counts."""
    hits = 0
    for label, row in zip(labels, logits, strict=True):
        if list(row).index(max(row)) == label:
            hits += 1
    return hits / len(labels)


@bank.right("accuracy")
def label_is_the_largest(labels, logits):
    """Whether the label's logit is the largest of its row."""
    of_the_label = np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return np.count_nonzero(of_the_label == logits.max(axis=1)) / labels.size


# --- lower_loss -----------------------------------------------------------------------------------


@bank.mistake("lower_loss")
def higher_accuracy(labels, logits_a, logits_b):
    """You compare accuracies; here they are equal, which is why the loss must decide."""
    return "a" if accuracy(labels, logits_a) >= accuracy(labels, logits_b) else "b"


@bank.mistake("lower_loss")
def higher_loss(labels, logits_a, logits_b):
    """You return the model with the higher loss; a lower loss is better."""
    loss_a = sparse_categorical_cross_entropy_from_logits(labels, logits_a)
    loss_b = sparse_categorical_cross_entropy_from_logits(labels, logits_b)
    return "a" if loss_a > loss_b else "b"


@bank.mistake("lower_loss")
def surer_model(labels, logits_a, logits_b):
    """You choose the surer model; to be sure pays when right, and costs the most when wrong."""
    return "a" if np.mean(np.max(logits_a, axis=1)) > np.mean(np.max(logits_b, axis=1)) else "b"


@bank.mistake("lower_loss")
def higher_mean_probability(labels, logits_a, logits_b):
    """You compare mean probabilities; without the logarithm a sure mistake costs at most 1 / n."""
    rows = np.arange(len(labels))
    p_a = np.exp(logits_a[rows, labels] - np.logaddexp.reduce(logits_a, axis=1))
    p_b = np.exp(logits_b[rows, labels] - np.logaddexp.reduce(logits_b, axis=1))
    return "a" if np.mean(p_a) > np.mean(p_b) else "b"


@bank.mistake("lower_loss")
def number_in_place_of_name(labels, logits_a, logits_b):
    """You return the lower loss itself; the task asks for the name of the model, "a" or "b"."""
    loss_a = sparse_categorical_cross_entropy_from_logits(labels, logits_a)
    loss_b = sparse_categorical_cross_entropy_from_logits(labels, logits_b)
    return min(loss_a, loss_b)


@bank.right("lower_loss")
def smallest_of_two(labels, logits_a, logits_b):
    """The key of the smallest value."""
    models = {"a": logits_a, "b": logits_b}
    return min(
        models, key=lambda name: sparse_categorical_cross_entropy_from_logits(labels, models[name])
    )


@bank.right("lower_loss")
def without_the_other_functions(labels, logits_a, logits_b):
    """All in one, without the functions from above."""
    both = np.stack([logits_a, logits_b])
    of_the_label = both[:, np.arange(len(labels)), labels]
    losses = np.mean(np.logaddexp.reduce(both, axis=-1) - of_the_label, axis=-1)
    return "ab"[np.argmin(losses)]


# --- output_head ----------------------------------------------------------------------------------


@bank.mistake("output_head")
def softmax_for_tags(problem, n_outputs):
    """You give multi-label a softmax; its probabilities compete for a sum of 1, but tags do not."""
    heads = {
        "regression": (n_outputs, "linear", "mean_squared_error"),
        "binary": (1, "sigmoid", "binary_crossentropy"),
        "multiclass": (n_outputs, "softmax", "sparse_categorical_crossentropy"),
        "multilabel": (n_outputs, "softmax", "categorical_crossentropy"),
    }
    if problem not in heads:
        raise ValueError(f"unknown problem {problem}")
    return heads[problem]


@bank.mistake("output_head")
def softmax_of_one_unit(problem, n_outputs):
    """You give binary a softmax of one unit; softmax of a single number is always 1."""
    heads = {
        "regression": (n_outputs, "linear", "mean_squared_error"),
        "binary": (1, "softmax", "binary_crossentropy"),
        "multiclass": (n_outputs, "softmax", "sparse_categorical_crossentropy"),
        "multilabel": (n_outputs, "sigmoid", "binary_crossentropy"),
    }
    if problem not in heads:
        raise ValueError(f"unknown problem {problem}")
    return heads[problem]


@bank.mistake("output_head")
def as_many_units_as_asked(problem, n_outputs):
    """You give binary n_outputs units; one unit says p for yes, and with it `1 - p` for no."""
    heads = {
        "regression": (n_outputs, "linear", "mean_squared_error"),
        "binary": (n_outputs, "sigmoid", "binary_crossentropy"),
        "multiclass": (n_outputs, "softmax", "sparse_categorical_crossentropy"),
        "multilabel": (n_outputs, "sigmoid", "binary_crossentropy"),
    }
    if problem not in heads:
        raise ValueError(f"unknown problem {problem}")
    return heads[problem]


@bank.mistake("output_head")
def one_hot_loss_for_labels(problem, n_outputs):
    """You give multi-class the one-hot loss; labels that are whole numbers need the sparse one."""
    heads = {
        "regression": (n_outputs, "linear", "mean_squared_error"),
        "binary": (1, "sigmoid", "binary_crossentropy"),
        "multiclass": (n_outputs, "softmax", "categorical_crossentropy"),
        "multilabel": (n_outputs, "sigmoid", "binary_crossentropy"),
    }
    if problem not in heads:
        raise ValueError(f"unknown problem {problem}")
    return heads[problem]


@bank.mistake("output_head")
def sigmoid_for_numbers(problem, n_outputs):
    """You give regression a sigmoid; it gives only numbers from 0 to 1, and labels can be any."""
    heads = {
        "regression": (n_outputs, "sigmoid", "mean_squared_error"),
        "binary": (1, "sigmoid", "binary_crossentropy"),
        "multiclass": (n_outputs, "softmax", "sparse_categorical_crossentropy"),
        "multilabel": (n_outputs, "sigmoid", "binary_crossentropy"),
    }
    if problem not in heads:
        raise ValueError(f"unknown problem {problem}")
    return heads[problem]


@bank.mistake("output_head")
def logits_for_a_loss_by_name(problem, n_outputs):
    """You leave out sigmoid and softmax; a loss that is given by its name expects probabilities."""
    heads = {
        "regression": (n_outputs, "linear", "mean_squared_error"),
        "binary": (1, "linear", "binary_crossentropy"),
        "multiclass": (n_outputs, "linear", "sparse_categorical_crossentropy"),
        "multilabel": (n_outputs, "linear", "binary_crossentropy"),
    }
    if problem not in heads:
        raise ValueError(f"unknown problem {problem}")
    return heads[problem]


@bank.mistake("output_head")
def unknown_problem_unnamed(problem, n_outputs):
    """You let the dictionary raise its KeyError; the task asks for a ValueError that names it."""
    heads = {
        "regression": (n_outputs, "linear", "mean_squared_error"),
        "binary": (1, "sigmoid", "binary_crossentropy"),
        "multiclass": (n_outputs, "softmax", "sparse_categorical_crossentropy"),
        "multilabel": (n_outputs, "sigmoid", "binary_crossentropy"),
    }
    return heads[problem]


@bank.right("output_head")
def head_with_ifs(problem, n_outputs):
    """One if after the other."""
    if problem == "regression":
        return n_outputs, "linear", "mean_squared_error"
    if problem == "binary":
        return 1, "sigmoid", "binary_crossentropy"
    if problem == "multiclass":
        return n_outputs, "softmax", "sparse_categorical_crossentropy"
    if problem == "multilabel":
        return n_outputs, "sigmoid", "binary_crossentropy"
    raise ValueError("cannot choose a head for " + str(problem))


@bank.right("output_head")
def head_with_match(problem, n_outputs):
    """A match statement, with a list in place of a tuple."""
    match problem:
        case "regression":
            return [n_outputs, "linear", "mean_squared_error"]
        case "binary" | "multilabel":
            units = 1 if problem == "binary" else n_outputs
            return [units, "sigmoid", "binary_crossentropy"]
        case "multiclass":
            return [n_outputs, "softmax", "sparse_categorical_crossentropy"]
        case _:
            raise ValueError(f"{problem!r} is no problem that I know")


# --- build_classifier -----------------------------------------------------------------------------


@bank.view("build_classifier")
def last_layer_and_loss(model):
    """Number of outputs, activation of the last layer, the loss and whether it expects logits."""
    last = model.get_config()["layers"][-1]
    activation = last["config"].get("activation", last["class_name"])
    compiled = model.get_compile_config()
    loss = compiled["loss"] if compiled else ""
    settings = {}
    if isinstance(loss, dict):  # an object or a function of Keras, where a name would do as well
        settings = loss["config"] if isinstance(loss["config"], dict) else {}
        loss = loss["class_name"] if settings else loss["config"]
    name = str(loss).replace("_", "").lower()
    is_of_logits = bool(settings.get("from_logits"))
    return model.output_shape[-1], str(activation).lower(), name, is_of_logits


@bank.mistake("build_classifier")
def softmax_twice(n_features, n_classes):
    """You say `from_logits=True` of probabilities; that is softmax twice, unless Keras notices."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="softmax")]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@bank.mistake("build_classifier")
def no_softmax_at_all(n_features, n_classes):
    """You leave softmax out; say `from_logits=True`, or the loss takes logits for probabilities."""
    import keras

    model = keras.Sequential([keras.layers.Input((n_features,)), keras.layers.Dense(n_classes)])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_classifier")
def relu_on_the_logits(n_features, n_classes):
    """You put a ReLU on the last layer; it makes every negative logit 0, and stops its learning."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="relu")]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@bank.mistake("build_classifier")
def sigmoid_for_classes(n_features, n_classes):
    """You give each class a sigmoid; that is for tags, and classes share a probability of 1."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="sigmoid")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_classifier")
def one_hot_loss_in_the_model(n_features, n_classes):
    """You compile with the one-hot loss; labels that are whole numbers need the sparse one."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy")
    return model


@bank.mistake("build_classifier")
def squared_error_for_classes(n_features, n_classes):
    """You compile with the squared error; it pulls every probability toward the class number."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="softmax")]
    )
    model.compile("adam", "mean_squared_error")
    return model


@bank.mistake("build_classifier")
def one_unit_for_all_classes(n_features, n_classes):
    """You end in one unit; a sigmoid unit tells two classes apart, and K classes need K units."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    return model


@bank.mistake("build_classifier")
def compile_forgotten(n_features, n_classes):
    """You do not compile the model; without a loss it can predict but not learn."""
    import keras

    return keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="softmax")]
    )


@bank.mistake("build_classifier")
def compiled_without_a_loss(n_features, n_classes):
    """You compile the model without a loss; then it has nothing that training could make small."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="softmax")]
    )
    model.compile(optimizer="adam")
    return model


@bank.right("build_classifier")
def softmax_and_the_name_of_the_loss(n_features, n_classes):
    """Softmax in the last layer, the loss by its name."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((n_features,)), keras.layers.Dense(n_classes, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@bank.right("build_classifier")
def functional_with_a_softmax_layer(n_features, n_classes):
    """The functional style, dropout, softmax as a layer, the loss as a function."""
    import keras

    inputs = keras.Input(shape=(n_features,))
    hidden = keras.layers.Dense(32, activation="tanh")(inputs)
    hidden = keras.layers.Dropout(0.2)(hidden)
    outputs = keras.layers.Softmax()(keras.layers.Dense(n_classes)(hidden))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss=keras.losses.sparse_categorical_crossentropy)
    return model


@bank.right("build_classifier")
def one_layer_of_logits(n_features, n_classes):
    """A single layer of logits."""
    import keras

    model = keras.Sequential()
    model.add(keras.layers.Input((n_features,)))
    model.add(keras.layers.Dense(n_classes, activation="linear"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.RMSprop(0.01), loss)
    return model


@bank.right("build_classifier")
def input_shape_in_the_first_layer(n_features, n_classes):
    """The shape given to the first layer, which Keras warns about but understands."""
    import keras

    model = keras.Sequential()
    model.add(keras.layers.Dense(8, activation="relu", input_shape=(n_features,)))
    model.add(keras.layers.Dense(n_classes, activation="softmax"))
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(), optimizer="adam")
    return model
