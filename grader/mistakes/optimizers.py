"""What students answer to the exercises of chapter 3, optimizers."""
# ruff: noqa: F821  (answers call functions that the notebook defines)

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


@bank.view("sgd_step")
@bank.view("momentum_step")
@bank.view("nesterov_step")
@bank.view("adagrad_step")
@bank.view("rmsprop_step")
@bank.view("adam_step")
@bank.view("variant_step")
def weights_and_sorted_state(result):
    """The weights, and the state in the order of its keys."""
    if not isinstance(result, tuple):
        return result
    w, state = result
    return w, sorted(state.items())


# --- sgd_step -------------------------------------------------------------------------------------


@bank.mistake("sgd_step")
def uphill(w, gradient, state, learning_rate=0.01):
    """You add the step; the gradient points uphill, so subtract it."""
    return w + learning_rate * gradient, {}


@bank.mistake("sgd_step")
def learning_rate_left_out(w, gradient, state, learning_rate=0.01):
    """You subtract the whole gradient; multiply it by the learning rate first."""
    return w - gradient, {}


@bank.mistake("sgd_step")
def weights_changed_in_place(w, gradient, state, learning_rate=0.01):
    """You write `w -= …`; that changes your caller's array, so make a new one."""
    w -= learning_rate * gradient
    return w, {}


@bank.mistake("sgd_step")
def state_not_returned(w, gradient, state, learning_rate=0.01):
    """You return the weights alone; every optimizer returns the pair `(w, state)`."""
    return w - learning_rate * gradient


@bank.right("sgd_step")
def copy_then_subtract(w, gradient, state, learning_rate=0.01):
    """A copy that is changed in place."""
    new = w.copy()
    new -= learning_rate * gradient
    return new, dict(state)


@bank.right("sgd_step")
def weights_one_by_one(w, gradient, state, learning_rate=0.01):
    """A loop over the weights."""
    new = np.empty(w.shape)
    for place in np.ndindex(w.shape):
        new[place] = w[place] - gradient[place] * learning_rate
    return new, state


# --- match_batch_sizes ----------------------------------------------------------------------------


@bank.mistake("match_batch_sizes")
def by_the_last_loss(curves, sizes):
    """You compare the last losses; one loss is chance, so compare the scatter of many losses."""
    matched = [0, 0, 0]
    for curve, size in zip(np.argsort(-curves[:, -1]), sorted(sizes), strict=True):
        matched[curve] = size
    return matched


@bank.mistake("match_batch_sizes")
def descent_taken_for_noise(curves, sizes):
    """You measure the spread of the whole curve; the descent is in it, so leave the start out."""
    matched = [0, 0, 0]
    for curve, size in zip(np.argsort(-curves.std(axis=1)), sorted(sizes), strict=True):
        matched[curve] = size
    return matched


@bank.mistake("match_batch_sizes")
def noise_the_wrong_way_round(curves, sizes):
    """You give the noisiest curve to the largest batch; noise falls as the batch grows."""
    noise = curves[:, curves.shape[1] // 2 :].std(axis=1)
    matched = [0, 0, 0]
    for curve, size in zip(np.argsort(noise), sorted(sizes), strict=True):
        matched[curve] = size
    return matched


@bank.mistake("match_batch_sizes")
def order_taken_for_rank(curves, sizes):
    """You use `argsort` as if it gave ranks; it gives the places of the curves, in their order."""
    order = np.argsort(-curves[:, curves.shape[1] // 2 :].std(axis=1))
    return [sorted(sizes)[place] for place in order]


@bank.right("match_batch_sizes")
def by_the_jumps(curves, sizes):
    """The typical jump from one step to the next, late in the curve."""
    jumps = np.median(np.abs(np.diff(curves[:, -100:])), axis=1)
    ranks = np.argsort(np.argsort(-jumps))
    return [sorted(sizes)[rank] for rank in ranks]


@bank.right("match_batch_sizes")
def curves_sorted_with_their_places(curves, sizes):
    """Pairs of noise and place, sorted."""
    noise = [(np.var(curve[-100:].tolist()), place) for place, curve in enumerate(curves)]
    size_of = {}
    for (_, place), size in zip(sorted(noise), sorted(sizes, reverse=True), strict=True):
        size_of[place] = size
    return tuple(size_of[place] for place in range(3))


# --- average_weights ------------------------------------------------------------------------------


@bank.trial("average_weights")
def where_the_average_is(average_weights):
    """The shape of the result, and where it is on average over 50 noisy paths."""
    rng = np.random.default_rng(6)
    center = np.array([5.0, -3.0])
    w = np.tile(center + 100, (50, 1))
    paths = [w]
    for _ in range(400):
        w = w - 0.1 * (w - center + 3 * rng.normal(size=(50, 2)))
        paths.append(w)
    paths = np.stack(paths, axis=1)
    results = [average_weights(path.copy()) for path in paths]
    if np.shape(results[0]) != (2,):
        return type(results[0]).__name__, list(np.shape(results[0]))
    if np.allclose(results, paths[:, -1]):
        return "the last weights"
    offset = np.array(results) - center
    if np.mean(offset) > 0.3:
        return "pulled toward the start"
    near = np.mean(offset**2) <= 0.25 * np.mean((paths[:, -1] - center) ** 2)
    return "near the minimum" if near else "noisy"


@bank.mistake("average_weights")
def whole_path_averaged(path):
    """You average the whole path; the way from the start is in it, so leave that part out."""
    return np.mean(path, axis=0)


@bank.mistake("average_weights")
def last_weights_returned(path):
    """You return the last weights; they are as noisy as any, so average many late ones."""
    return path[-1]


@bank.mistake("average_weights")
def last_ten_averaged(path):
    """You average ten neighbors; they carry almost the same noise, so average many more weights."""
    return np.mean(path[-10:], axis=0)


@bank.mistake("average_weights")
def averaged_over_the_weights(path):
    """You average over the weights of each step; average over the steps, which are axis 0."""
    return np.mean(path, axis=1)


@bank.right("average_weights")
def leaky_average_of_weights(path):
    """A leaky average, which has forgotten the start."""
    average = path[0]
    for w in path[1:]:
        average = 0.98 * average + 0.02 * w
    return average


@bank.right("average_weights")
def last_third_averaged(path):
    """The average of the last third."""
    late = path[-(len(path) // 3) :]
    return sum(late[1:], start=late[0]) / len(late)


@bank.right("average_weights")
def median_of_the_second_half(path):
    """The median, which is less sensitive to a single wild step."""
    return np.median(path[len(path) // 2 :], axis=0)


# --- minimize -------------------------------------------------------------------------------------


@bank.trial("minimize")
def paths_of_two_steps(minimize):
    """A descent with a setting, a step with a memory, a path without steps, and a wrong shape.

    The wrong shape is tried only if the paths are right, because an answer with wrong paths may
    compare shapes or not.
    """

    def descend(w, gradient, state, learning_rate=1.0):
        return w - learning_rate * gradient, {}

    def count(w, gradient, state):
        return w + 10 * len(state), {**state, len(state): 0}

    start = np.array([1.0, 2.0])
    paths = [
        minimize(descend, lambda w: 2 * w, start, 4, learning_rate=0.1),
        minimize(count, np.zeros_like, start, 5),
        minimize(descend, np.zeros_like, start, 0),
    ]
    seen = [path.tolist() if hasattr(path, "tolist") else path for path in paths]
    shrinking = 0.8 ** np.arange(5).reshape(5, 1) * start
    growing = np.array([0.0, 0.0, 10.0, 30.0, 60.0, 100.0]).reshape(6, 1) + start
    expected = [shrinking, growing, np.array([[1.0, 2.0]])]
    if start.tolist() == [1, 2] and all(
        np.shape(path) == right.shape and np.allclose(path, right)
        for path, right in zip(paths, expected, strict=True)
    ):
        try:
            minimize(descend, lambda w: 2 * w[0], np.ones((2, 2)), 1)
            seen.append("no error")
        except Exception as error:
            shapes = ["(2,)" in str(error), "(2, 2)" in str(error)]
            seen.append([type(error).__name__, *shapes])
    return seen, start.tolist()


@bank.mistake("minimize")
def shapes_never_compared(step, gradient, w, steps, **settings):
    """You never compare the shapes; a gradient of another shape has to raise a ValueError."""
    path, state = [w], {}
    for _ in range(steps):
        w, state = step(w, gradient(w), state, **settings)
        path.append(w)
    return np.array(path)


@bank.mistake("minimize")
def state_thrown_away(step, gradient, w, steps, **settings):
    """You give every step an empty state; pass on the state that the last step returned."""
    path = [w]
    for _ in range(steps):
        w, _ = step(w, gradient(w), {}, **settings)
        path.append(w)
    return np.array(path)


@bank.mistake("minimize")
def start_left_out(step, gradient, w, steps, **settings):
    """You leave the start out of the path; it has steps + 1 points, the first of them is w."""
    path, state = [], {}
    for _ in range(steps):
        w, state = step(w, gradient(w), state, **settings)
        path.append(w)
    return np.array(path).reshape(steps, *w.shape)


@bank.mistake("minimize")
def gradient_of_the_start(step, gradient, w, steps, **settings):
    """You ask for the gradient once, at the start; it changes with every step."""
    path, state = [w], {}
    slope = gradient(w)
    for _ in range(steps):
        w, state = step(w, slope, state, **settings)
        path.append(w)
    return np.array(path)


@bank.mistake("minimize")
def settings_not_handed_on(step, gradient, w, steps, **settings):
    """You do not pass on the settings; call `step(…, **settings)`."""
    path, state = [w], {}
    for _ in range(steps):
        w, state = step(w, gradient(w), state)
        path.append(w)
    return np.array(path)


@bank.mistake("minimize")
def every_point_the_last(step, gradient, w, steps, **settings):
    """You append the same array each time; it changes later, so append a copy."""
    here, state = w.copy(), {}
    path = [here]
    for _ in range(steps):
        here[...], state = step(here.copy(), gradient(here), state, **settings)
        path.append(here)
    return np.array(path)


@bank.right("minimize")
def path_filled_in(step, gradient, w, steps, **settings):
    """An array of the right shape, filled row by row."""
    path = np.empty((steps + 1, *np.shape(w)))
    path[0] = w
    state = {}
    for i in range(steps):
        slope = gradient(path[i])
        if slope.shape != w.shape:
            raise ValueError(f"shapes {slope.shape} and {w.shape}")
        path[i + 1], state = step(path[i], slope, state, **settings)
    return path


@bank.right("minimize")
def path_in_recursion(step, gradient, w, steps, **settings):
    """A function that calls itself for the rest of the path."""

    def rest(w, state, left):
        if left == 0:
            return [w]
        slope = gradient(w)
        if slope.shape != w.shape:
            raise ValueError(f"{w.shape} are the weights, and {slope.shape} is the gradient")
        new, state = step(w, slope, state, **settings)
        return [w, *rest(new, state, left - 1)]

    return np.stack(rest(w, {}, steps))


# --- momentum_step --------------------------------------------------------------------------------


@bank.mistake("momentum_step")
def momentum_without_learning_rate(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add the whole gradient to m; multiply it by the learning rate first."""
    m = momentum * state.get("m", 0.0) - gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def learning_rate_at_the_end(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You multiply by the learning rate last, as PyTorch does; in Keras m is the move itself."""
    m = momentum * state.get("m", 0.0) + gradient
    return w - learning_rate * m, {"m": m}


@bank.mistake("momentum_step")
def momentum_averaged(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You weight the gradient by 1 − β, as Adam does; here m is a sum and not an average."""
    m = momentum * state.get("m", 0.0) - (1 - momentum) * learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def nothing_carried_over(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You compute m from this gradient alone; it also keeps the share β of the old m."""
    m = -learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def m_subtracted(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You subtract m; it already has the minus sign, so add it."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w - m, {"m": m}


@bank.mistake("momentum_step")
def momentum_state_changed(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You write the new m into the state that you were given; return a new dict."""
    state["m"] = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + state["m"], state


@bank.right("momentum_step")
def momentum_from_zeros(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """An array of zeros before the first step."""
    m = state["m"] if "m" in state else np.zeros(w.shape)
    step = np.multiply(m, momentum) - np.multiply(gradient, learning_rate)
    return np.add(w, step), {"m": step}


@bank.right("momentum_step")
def momentum_in_a_copy_of_the_state(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """A copy of the state, changed."""
    new = {"m": np.zeros_like(w), **state}
    new["m"] = -(learning_rate * gradient - momentum * new["m"])
    return w + new["m"], new


# --- critical_momentum ----------------------------------------------------------------------------


@bank.mistake("critical_momentum")
def square_forgotten(learning_rate, curvature):
    """You return the double root; the momentum is its square."""
    return 1 - np.sqrt(learning_rate * curvature)


@bank.mistake("critical_momentum")
def root_forgotten(learning_rate, curvature):
    """You leave a root out; subtract the root of ηc from 1, and square the difference."""
    return (1 - learning_rate * curvature) ** 2


@bank.mistake("critical_momentum")
def other_double_root(learning_rate, curvature):
    """You take the other solution, with a plus; it is above 1, so the weight flies off."""
    return (1 + np.sqrt(learning_rate * curvature)) ** 2


@bank.mistake("critical_momentum")
def limit_of_small_steps(learning_rate, curvature):
    """You leave out the last term; the square of 1 − √(ηc) is 1 − 2√(ηc) + ηc."""
    return 1 - 2 * np.sqrt(learning_rate * curvature)


@bank.right("critical_momentum")
def critical_momentum_multiplied_out(learning_rate, curvature):
    """The square multiplied out."""
    product = learning_rate * curvature
    return 1 + product - 2 * product**0.5


@bank.right("critical_momentum")
def critical_momentum_from_a_quadratic(learning_rate, curvature):
    """The smaller zero of the discriminant, which is a quadratic in the momentum."""
    rest = 1 - learning_rate * curvature
    half = 2 - rest
    return float(half - (half**2 - rest**2) ** 0.5)


# --- choose_settings ------------------------------------------------------------------------------


@bank.trial("choose_settings")
def what_becomes_of_the_ravine(choose_settings):
    """For three ravines: whether the settings reach the target, and if not, in what way."""

    def outcome(curvature):
        settings = choose_settings(curvature)
        rate, momentum = float(settings["learning_rate"]), float(settings["momentum"])
        w, m = curvature**-0.5, np.zeros(2)
        for _ in range(100):
            m = np.clip(momentum * m - rate * curvature * w, -1e9, 1e9)
            w = w + m
        parts = 0.5 * curvature * w**2
        if np.sum(parts) <= 1e-4:
            return "reaches the target"
        if np.sum(parts) > 10:
            return "flies off"
        if momentum < 0.3:
            return "has no momentum"
        swings = (1 + momentum - rate * np.min(curvature)) ** 2 < 4 * momentum
        return "swings" if swings else "crawls"

    return [outcome(np.array(pair)) for pair in ([1.0, 100.0], [20.0, 2000.0], [0.0004, 0.03])]


@bank.mistake("choose_settings")
def momentum_left_out(curvature):
    """You use no momentum; a rate that is safe across the ravine is too slow along it."""
    return {"learning_rate": 2 / np.sum(curvature), "momentum": 0.0}


@bank.mistake("choose_settings")
def rate_for_the_flat_direction(curvature):
    """You choose the learning rate for the flat direction; the steep one flies off with it."""
    return {"learning_rate": 1 / np.min(curvature), "momentum": 0.9}


@bank.mistake("choose_settings")
def rate_for_one_ravine(curvature):
    """You give every ravine the same rate; it must fall as the curvature grows."""
    return {"learning_rate": 0.01, "momentum": 0.9}


@bank.mistake("choose_settings")
def momentum_too_high(curvature):
    """You use too much momentum; the weights still swing after 100 steps."""
    return {"learning_rate": 1 / np.max(curvature), "momentum": 0.99}


@bank.right("choose_settings")
def one_over_the_largest(curvature):
    """The usual momentum, and a rate of one over the larger curvature."""
    return {"learning_rate": float(1 / max(curvature)), "momentum": 0.9}


@bank.right("choose_settings")
def by_the_root_of_the_ratio(curvature):
    """The momentum is critical along the ravine, and the learning rate suits the way across."""
    rate = 1.5 / np.max(curvature)
    momentum = max(0.5, (1 - np.sqrt(rate * np.min(curvature))) ** 2)
    return {"momentum": momentum, "learning_rate": rate}


@bank.right("choose_settings")
def by_trying(curvature):
    """The best of a grid, found by trying."""
    best = None
    for share in (0.5, 1.0, 1.5):
        for momentum in (0.5, 0.7, 0.8, 0.85):
            rate = share / np.max(curvature)
            w, m = curvature**-0.5, np.zeros(2)
            for _ in range(100):
                m = momentum * m - rate * curvature * w
                w = w + m
            loss = 0.5 * np.sum(curvature * w**2)
            if best is None or loss < best[0]:
                best = loss, rate, momentum
    return {"learning_rate": best[1], "momentum": best[2]}


# --- nesterov_step --------------------------------------------------------------------------------


@bank.mistake("nesterov_step")
def plain_momentum(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add m, as momentum does; the place ahead moves by βm − ηg, with the new m."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("nesterov_step")
def two_steps_in_one(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add m and βm; the place ahead moves by βm − ηg, with the new m."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + m + momentum * m, {"m": m}


@bank.mistake("nesterov_step")
def gradient_left_out_of_the_step(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You move by βm alone; the new θ also moves by the gradient, so subtract ηg once more."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + momentum * m, {"m": m}


@bank.mistake("nesterov_step")
def step_kept_as_m(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You keep the whole move as m; the move counts the gradient twice, and m counts it once."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    step = momentum * m - learning_rate * gradient
    return w + step, {"m": step}


@bank.mistake("nesterov_step")
def look_ahead_by_m(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add m and subtract ηg; the move is βm − ηg, with the new m."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + m - learning_rate * gradient, {"m": m}


@bank.right("nesterov_step")
def look_ahead_in_one_line(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """The old m and the gradient with their factors multiplied out."""
    old = state.get("m", np.zeros_like(w))
    new = w + momentum**2 * old - (1 + momentum) * learning_rate * gradient
    return new, {"m": momentum * old - learning_rate * gradient}


@bank.right("nesterov_step")
def back_and_ahead(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """Back to the place of the paper, a step there, and ahead again."""
    old = state.get("m", np.zeros(w.shape))
    theta = w - momentum * old
    m = momentum * old - learning_rate * gradient
    theta = theta + m
    return theta + momentum * m, {"m": m}


# --- adagrad_step ---------------------------------------------------------------------------------


@bank.mistake("adagrad_step")
def sum_from_zero(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You start the sum at 0, as the paper does; in Keras it starts at 0.1."""
    a = state.get("a", 0.0) + gradient**2
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_epsilon_outside(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You add epsilon to the root; in Keras's AdaGrad it stands inside."""
    a = state.get("a", 0.1) + gradient**2
    return w - learning_rate * gradient / (np.sqrt(a) + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_without_root(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You divide by the sum itself; divide by its root, which has the unit of a gradient."""
    a = state.get("a", 0.1) + gradient**2
    return w - learning_rate * gradient / (a + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_by_the_old_sum(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You divide by the old sum; add the new square first."""
    a = state.get("a", np.full_like(w, 0.1))
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a + gradient**2}


@bank.right("adagrad_step")
def rate_for_each_weight(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """First the learning rate of each weight, then the step."""
    a = np.square(gradient) + (state["a"] if state else np.full(w.shape, 0.1))
    rates = learning_rate * (a + epsilon) ** -0.5
    return w - rates * gradient, {"a": a}


@bank.right("adagrad_step")
def adagrad_one_by_one(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """A loop over the weights."""
    a = np.array(state.get("a", np.full(w.shape, 0.1)))
    new = w.copy()
    for place in np.ndindex(w.shape):
        a[place] += gradient[place] ** 2
        new[place] -= learning_rate * gradient[place] / (a[place] + epsilon) ** 0.5
    return new, {"a": a}


# --- rmsprop_step ---------------------------------------------------------------------------------


@bank.mistake("rmsprop_step")
def rmsprop_epsilon_outside(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You add epsilon to the root, as PyTorch does; in Keras's RMSProp it stands inside."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / (np.sqrt(v) + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rho_the_wrong_way_round(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You give the share ρ to the new square; ρ is the share of the old average that stays."""
    v = (1 - rho) * state.get("v", 0.0) + rho * gradient**2
    return w - learning_rate * gradient / np.sqrt(v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_with_a_sum(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You add the whole new square; the average settles at g² only with the share 1 − ρ."""
    v = rho * state.get("v", 0.0) + gradient**2
    return w - learning_rate * gradient / np.sqrt(v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_without_root(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You divide by the average itself; RMS means root mean square, so take the root."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / (v + epsilon), {"v": v}


@bank.right("rmsprop_step")
def mean_moved_toward_the_square(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """The mean moves a little toward the new square."""
    v = state.get("v", np.zeros(w.shape))
    v = v + (gradient * gradient - v) * (1 - rho)
    return w - gradient * (learning_rate / np.sqrt(v + epsilon)), {"v": v}


@bank.right("rmsprop_step")
def root_as_a_hypotenuse(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """The root of a sum is the long side of a right triangle."""
    v = np.average([state.get("v", np.zeros_like(w)), gradient**2], axis=0, weights=[rho, 1 - rho])
    return w - learning_rate * gradient / np.hypot(np.sqrt(v), np.sqrt(epsilon)), {"v": v}


# --- adadelta_fault -------------------------------------------------------------------------------


@bank.trial("adadelta_fault")
def answers_for_four_versions(adadelta_fault):
    """The answers for the right code and for each fault."""

    def version(fault):
        def step(w, gradient, state, learning_rate=1.0, rho=0.95, epsilon=1e-7):
            old, u = state.get("v", 0.0), state.get("u", 0.0)
            v = rho * old + (1 - rho) * gradient**2
            above = u if fault == "epsilon" else u + epsilon
            below = old if fault == "order" else v
            move = -np.sqrt(above) / np.sqrt(below + epsilon) * gradient
            noted = learning_rate * move if fault == "learning rate" else move
            return w + learning_rate * move, {"v": v, "u": rho * u + (1 - rho) * noted**2}

        return step

    return [adadelta_fault(version(f)) for f in ("none", "epsilon", "order", "learning rate")]


@bank.mistake("adadelta_fault")
def rate_in_u_not_found(step):
    """You overlook the learning rate in u; test with a rate that is not 1, and look at u."""
    w, state = step(np.zeros(1), np.array([2.0]), {}, learning_rate=1.0, rho=0.75, epsilon=3.0)
    if w[0] == 0:
        return "epsilon"
    if np.isclose(w[0], -2.0):
        return "order"
    return "none" if np.isclose(state["u"][0], 0.25 * w[0] ** 2) else "learning rate"


@bank.mistake("adadelta_fault")
def small_move_taken_for_none(step):
    """You take a small move for no move; with the default ε a right first step is 0.0014 long."""
    w, _ = step(np.zeros(1), np.array([1.0]), {})
    if np.isclose(w[0], 0, atol=0.01):
        return "epsilon"
    return "order"


@bank.mistake("adadelta_fault")
def late_v_not_tested(step):
    """You never test the order; with the old v, both roots are √ε at first, so Δ is exactly −g."""
    w, state = step(np.zeros(1), np.array([2.0]), {}, learning_rate=0.5, rho=0.75, epsilon=3.0)
    if w[0] == 0:
        return "epsilon"
    return "none" if np.isclose(state["u"][0], 0.25 * (w[0] / 0.5) ** 2) else "learning rate"


@bank.mistake("adadelta_fault")
def rate_expected_in_u(step):
    """You expect the learning rate in u; u averages the squared moves before it multiplies them."""
    w, state = step(np.zeros(1), np.array([2.0]), {}, learning_rate=0.5, rho=0.75, epsilon=3.0)
    if w[0] == 0:
        return "epsilon"
    if np.isclose(w[0], -1.0):
        return "order"
    return "none" if np.isclose(state["u"][0], 0.25 * w[0] ** 2) else "learning rate"


@bank.right("adadelta_fault")
def compared_with_four_versions(step):
    """The four versions, written down, and compared with two steps of the unknown one."""

    def version(w, gradient, state, learning_rate, rho, epsilon, fault):
        old, u = state.get("v", 0.0), state.get("u", 0.0)
        v = rho * old + (1 - rho) * gradient**2
        above = u if fault == "epsilon" else u + epsilon
        below = old if fault == "order" else v
        move = -((above / (below + epsilon)) ** 0.5) * gradient
        noted = move * (learning_rate if fault == "learning rate" else 1)
        return w + learning_rate * move, {"v": v, "u": rho * u + (1 - rho) * noted**2}

    settings = {"learning_rate": 0.3, "rho": 0.5, "epsilon": 0.1}
    for fault in ("none", "epsilon", "order", "learning rate"):
        w, v = np.ones(1), np.ones(1)
        state, known = {}, {}
        for gradient in (np.array([2.0]), np.array([-1.0])):
            w, state = step(w, gradient, state, **settings)
            v, known = version(v, gradient, known, **settings, fault=fault)
        if np.allclose(w, v):
            return fault
    return "none"


@bank.right("adadelta_fault")
def each_fault_by_its_own_test(step):
    """One call for each fault, the last one from a state of its own."""
    gradient = np.array([3.0])
    first, _ = step(np.zeros(1), gradient, {}, epsilon=0.5)
    if not first.any():
        return "epsilon"
    if abs(first[0]) > 2.9:
        return "order"
    state = {"v": np.ones(1), "u": np.ones(1)}
    _, after = step(np.zeros(1), gradient, state, learning_rate=10.0, rho=0.5, epsilon=0.5)
    return "learning rate" if after["u"][0] > 10 else "none"


# --- uncorrected_ratio ----------------------------------------------------------------------------


@bank.mistake("uncorrected_ratio")
def first_step_at_every_step(t, beta_1, beta_2):
    """You give every step the ratio of the first; after t steps only β₁ᵗ and β₂ᵗ are missing."""
    return (1 - beta_1) / np.sqrt(1 - beta_2)


@bank.mistake("uncorrected_ratio")
def ratio_without_root(t, beta_1, beta_2):
    """You leave the root out; the step divides by the root of v."""
    return (1 - beta_1**t) / (1 - beta_2**t)


@bank.mistake("uncorrected_ratio")
def ratio_upside_down(t, beta_1, beta_2):
    """You turn the ratio upside down; m is in the numerator, the root of v in the denominator."""
    return np.sqrt(1 - beta_2**t) / (1 - beta_1**t)


@bank.mistake("uncorrected_ratio")
def missing_share_taken(t, beta_1, beta_2):
    """You take the share that is missing; what the average holds is 1 minus that share."""
    return beta_1**t / np.sqrt(np.float64(beta_2**t))


@bank.mistake("uncorrected_ratio")
def shares_added_without_fading(t, beta_1, beta_2):
    """You add the same share at every step; the older shares have faded by then."""
    return t * (1 - beta_1) / np.sqrt(t * (1 - beta_2))


@bank.right("uncorrected_ratio")
def ratio_by_measuring(t, beta_1, beta_2):
    """A loop of t steps under the gradient 1."""
    m = v = 0.0
    for _ in range(t):
        m += (1 - beta_1) * (1 - m)
        v += (1 - beta_2) * (1 - v)
    return m / v**0.5


@bank.right("uncorrected_ratio")
def ratio_of_two_geometric_sums(t, beta_1, beta_2):
    """The shares of all gradients, added up."""
    powers = np.arange(t)
    in_m = (1 - beta_1) * np.sum(np.float64(beta_1) ** powers)
    in_v = (1 - beta_2) * np.sum(np.float64(beta_2) ** powers)
    return float(in_m / np.sqrt(in_v))


# --- adam_step ------------------------------------------------------------------------------------


@bank.mistake("adam_step")
def adam_uncorrected(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You leave the ratio out; m and v start at 0, so the first steps have the wrong length."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    return w - learning_rate * m / (np.sqrt(v) + epsilon), {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_multiplied_by_the_ratio(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You multiply by the ratio; a step that is too long by a factor is divided by it."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    rate = learning_rate * uncorrected_ratio(t, beta_1, beta_2)
    return w - rate * m / (np.sqrt(v) + epsilon), {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_counting_from_zero(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You count the first step as t = 0; then 1 − β⁰ is 0, and you divide by it."""
    t = state.get("t", 0)
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / np.float64(1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t + 1, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_of_algorithm_one(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You add epsilon after the correction, as in the paper's Algorithm 1; Keras adds it before."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_epsilon_inside(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You put epsilon inside the root, as in RMSProp; in Adam it stands outside."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / np.sqrt(v + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_corrected_means_kept(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You keep the corrected averages; the next step corrects them again, so keep m and v."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m / (1 - beta_1**t), "v": v / (1 - beta_2**t)}


@bank.right("adam_step")
def epsilon_corrected_with_the_rest(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """Corrected means, and an epsilon that is corrected like them."""
    t = 1 + state.get("t", 0)
    m = beta_1 * state.get("m", np.zeros(w.shape)) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", np.zeros(w.shape)) + (1 - beta_2) * np.square(gradient)
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    step = m_hat / (np.sqrt(v_hat) + epsilon / np.sqrt(1 - beta_2**t))
    return w - learning_rate * step, {"v": v, "m": m, "t": t}


@bank.right("adam_step")
def means_moved_as_in_keras(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """The means move toward the new values, as in the source of Keras."""
    new = {"t": 0, "m": np.zeros_like(w), "v": np.zeros_like(w), **state}
    new["t"] += 1
    new["m"] = new["m"] + (gradient - new["m"]) * (1 - beta_1)
    new["v"] = new["v"] + (gradient**2 - new["v"]) * (1 - beta_2)
    alpha = learning_rate * (1 - beta_2 ** new["t"]) ** 0.5 / (1 - beta_1 ** new["t"])
    return w - new["m"] * alpha / (np.sqrt(new["v"]) + epsilon), new


# --- variant_step ---------------------------------------------------------------------------------


@bank.mistake("variant_step")
def amsgrad_by_the_newest_v(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You divide by the newest v, as Adam does; AMSGrad divides by the largest one so far."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v_max"] = np.maximum(state.get("v_max", 0.0), v)
    else:
        m_hat = beta_1 * m / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * gradient / (1 - beta_1**t)
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.mistake("variant_step")
def maximum_of_corrected_v(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You take the maximum of the corrected v; keep the largest v itself, and correct it later."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v_max"] = divisor = np.maximum(state.get("v_max", 0.0), v / (1 - beta_2**t))
        divisor = divisor * (1 - beta_2**t)
    else:
        m_hat = beta_1 * m / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * gradient / (1 - beta_1**t)
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.mistake("variant_step")
def maximum_kept_as_v(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You keep the maximum as v; the average has to go on by itself beside it."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v"] = new["v_max"] = divisor = np.maximum(state.get("v_max", 0.0), v)
    else:
        m_hat = beta_1 * m / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * gradient / (1 - beta_1**t)
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.mistake("variant_step")
def both_corrected_with_one_power(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You correct both summands with the power t; the one with m has the power t + 1."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v_max"] = divisor = np.maximum(state.get("v_max", 0.0), v)
    else:
        m_hat = (beta_1 * m + (1 - beta_1) * gradient) / (1 - beta_1**t)
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.mistake("variant_step")
def look_ahead_uncorrected(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You leave out both corrections of Nadam; m starts at 0, so its first steps are too short."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v_max"] = divisor = np.maximum(state.get("v_max", 0.0), v)
    else:
        m_hat = beta_1 * m + (1 - beta_1) * gradient
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.mistake("variant_step")
def look_ahead_with_the_old_m(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You start from the m before this gradient; that gives Adam again, so use the new m."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v_max"] = divisor = np.maximum(state.get("v_max", 0.0), v)
    else:
        m_hat = (beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient) / (1 - beta_1**t)
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.mistake("variant_step")
def look_ahead_kept_as_m(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You keep the look-ahead as m; the look-ahead is for this step only, so keep Adam's m."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    new = {"t": t, "m": m, "v": v}
    m_hat, divisor = m / (1 - beta_1**t), v
    if variant == "amsgrad":
        new["v_max"] = divisor = np.maximum(state.get("v_max", 0.0), v)
    else:
        m_hat = beta_1 * m / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * gradient / (1 - beta_1**t)
        new["m"] = m_hat
    rate = learning_rate * np.sqrt(1 - beta_2**t)
    return w - rate * m_hat / (np.sqrt(divisor) + epsilon), new


@bank.right("variant_step")
def variant_from_two_choices(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """A correction for each average, and two conditional expressions."""
    t = 1 + state.get("t", 0)
    zeros = np.zeros(w.shape)
    m = state.get("m", zeros) + (1 - beta_1) * (gradient - state.get("m", zeros))
    v = state.get("v", zeros) + (1 - beta_2) * (gradient * gradient - state.get("v", zeros))
    now, later = 1 - beta_1**t, 1 - beta_1 ** (1 + t)
    ahead = m / later * beta_1 + gradient / now * (1 - beta_1)
    root = np.sqrt(v if variant == "nadam" else np.fmax(v, state.get("v_max", zeros)))
    above = ahead if variant == "nadam" else m / now
    new = {"v": v, "m": m, "t": t}
    if variant == "amsgrad":
        new["v_max"] = np.fmax(v, state.get("v_max", zeros))
    return w - above * (learning_rate * (1 - beta_2**t) ** 0.5) / (root + epsilon), new


@bank.right("variant_step")
def variant_on_top_of_adam(
    w, gradient, state, variant, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """Adam's averages from `adam_step`, and a step that is made anew."""
    _, new = adam_step(w, gradient, state, learning_rate, beta_1, beta_2, epsilon)
    t, m, v = new["t"], new["m"], new["v"]
    if variant == "amsgrad":
        new["v_max"] = np.max([state.get("v_max", np.zeros_like(w)), v], axis=0)
        rate = learning_rate / uncorrected_ratio(t, beta_1, beta_2)
        return w - rate * m / (np.sqrt(new["v_max"]) + epsilon), new
    mean = beta_1 * m / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * gradient / (1 - beta_1**t)
    return w - learning_rate * np.sqrt(1 - beta_2**t) * mean / (np.sqrt(v) + epsilon), new


# --- predict_variant ------------------------------------------------------------------------------


@bank.mistake("predict_variant")
def spike_thought_forgotten(situation):
    """You expect AMSGrad to forget the spike; v nearly forgets it, but its largest value stays."""
    predictions = {
        "amsgrad constant": "equal",
        "amsgrad growing": "equal",
        "amsgrad spike": "equal",
        "nadam first": "longer",
        "nadam constant": "equal",
        "nadam flipping": "longer",
    }
    return predictions[situation]


@bank.mistake("predict_variant")
def growth_thought_to_shorten(situation):
    """You expect shorter steps while gradients grow; there the newest v is the largest one."""
    predictions = {
        "amsgrad constant": "equal",
        "amsgrad growing": "shorter",
        "amsgrad spike": "shorter",
        "nadam first": "longer",
        "nadam constant": "equal",
        "nadam flipping": "longer",
    }
    return predictions[situation]


@bank.mistake("predict_variant")
def first_step_thought_equal(situation):
    """You expect Nadam's first step to have Adam's length; it is 0.9 / 1.9 + 1 times as long."""
    predictions = {
        "amsgrad constant": "equal",
        "amsgrad growing": "equal",
        "amsgrad spike": "shorter",
        "nadam first": "equal",
        "nadam constant": "equal",
        "nadam flipping": "longer",
    }
    return predictions[situation]


@bank.mistake("predict_variant")
def constant_thought_longer(situation):
    """You expect Nadam to gain under a constant gradient; both averages have arrived at it."""
    predictions = {
        "amsgrad constant": "equal",
        "amsgrad growing": "equal",
        "amsgrad spike": "shorter",
        "nadam first": "longer",
        "nadam constant": "longer",
        "nadam flipping": "longer",
    }
    return predictions[situation]


@bank.mistake("predict_variant")
def flipping_thought_shorter(situation):
    """You expect Nadam to damp flipping gradients; m nearly cancels, but Nadam adds 0.1 g."""
    predictions = {
        "amsgrad constant": "equal",
        "amsgrad growing": "equal",
        "amsgrad spike": "shorter",
        "nadam first": "longer",
        "nadam constant": "equal",
        "nadam flipping": "shorter",
    }
    return predictions[situation]


@bank.mistake("predict_variant")
def look_ahead_thought_shorter(situation):
    """You expect Nadam to brake at every step; its first step and steps that flip are longer."""
    predictions = {
        "amsgrad constant": "equal",
        "amsgrad growing": "equal",
        "amsgrad spike": "shorter",
        "nadam first": "shorter",
        "nadam constant": "equal",
        "nadam flipping": "shorter",
    }
    return predictions[situation]


@bank.right("predict_variant")
def prediction_by_rules(situation):
    """One rule for each variant, in words."""
    variant, met = situation.split()
    if variant == "amsgrad":
        return "shorter" if met == "spike" else "equal"
    return "equal" if met == "constant" else "longer"


@bank.right("predict_variant")
def prediction_by_measuring(situation):
    """The formulas, computed."""
    gradients = {
        "constant": np.ones(1000),
        "growing": 2.0 ** np.arange(30),
        "spike": np.array([1.0, 100.0, *[1.0] * 50]),
        "first": np.ones(1),
        "flipping": (-1.0) ** np.arange(1000),
    }[situation.split()[1]]
    m = v = largest = 0.0
    for gradient in gradients:
        m, v = 0.9 * m + 0.1 * gradient, 0.9 * v + 0.1 * gradient**2
        largest = max(largest, v)
    t = len(gradients)
    ahead = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * gradients[-1] / (1 - 0.9**t)
    ratio = (v / largest) ** 0.5
    if situation.startswith("nadam"):
        ratio = ahead / m * (1 - 0.9**t)
    return "equal" if abs(ratio - 1) < 0.01 else ("shorter" if ratio < 1 else "longer")


# --- landscape_for --------------------------------------------------------------------------------


@bank.trial("landscape_for")
def kinds_of_landscape(landscape_for):
    """For each winner: the kind of the landscape, and from how many of four starts it wins."""

    def best(name, hessian, start):
        losses = []
        for rate in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0):
            w, m, v = start, np.zeros(2), np.zeros(2)
            with np.errstate(all="ignore"):
                for t in range(1, 101):
                    g = hessian @ w
                    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
                    scaled = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
                    w = w - rate * (scaled if name == "Adam" else g)
                losses.append(np.nan_to_num(0.5 * w @ hessian @ w, nan=np.inf))
        return min(losses)

    def kind(winner):
        hessian = np.array(landscape_for(winner), dtype=float)
        if hessian.shape != (2, 2):
            return list(hessian.shape)
        if not np.allclose(hessian, hessian.T):
            return "not symmetric"
        low, high = np.linalg.eigvalsh(hessian)
        if low <= 0:
            return "saddle or flat"
        if low < 0.0099 or high > 100.01:
            return "out of bounds"
        other = {"SGD": "Adam", "Adam": "SGD"}[winner]
        starts = [[0.8, 0.6], [0.5**0.5, 0.5**0.5], [-(0.5**0.5), 0.5**0.5], [-0.6, 0.8]]
        pairs = [[best(name, hessian, np.array(s)) for name in (winner, other)] for s in starts]
        if all(first <= second / 10 for first, second in pairs):
            return "wins"
        shape = "round" if high < 3 * low else "turned" if abs(hessian[0, 1]) > 1 else "along axes"
        lost = all(second <= first / 10 for first, second in pairs)
        return [shape, "the other wins" if lost else "nobody wins"]

    return [kind("SGD"), kind("Adam")]


@bank.mistake("landscape_for")
def landscapes_exchanged(winner):
    """You exchange the two; a round bowl suits one rate, and a ravine along an axis suits Adam."""
    return np.eye(2) if winner == "Adam" else np.diag([1.0, 100.0])


@bank.mistake("landscape_for")
def ravine_between_the_axes(winner):
    """You turn Adam's ravine away from the axes; a step for each weight helps along an axis."""
    turned = np.array([[50.5, -49.5], [-49.5, 50.5]])
    return np.eye(2) if winner == "SGD" else turned


@bank.mistake("landscape_for")
def ravine_too_wide(winner):
    """You make Adam's ravine too wide; SGD is slow only if the curvatures differ a lot."""
    return np.eye(2) if winner == "SGD" else np.diag([1.0, 15.0])


@bank.mistake("landscape_for")
def ravine_for_both(winner):
    """You give SGD a ravine, too; there one rate cannot suit both directions, so make it round."""
    return np.diag([1.0, 100.0])


@bank.mistake("landscape_for")
def bowl_for_both(winner):
    """You give Adam a round bowl; there a step of SGD can arrive, so Adam needs a ravine."""
    return np.eye(2)


@bank.right("landscape_for")
def steep_along_the_first_weight(winner):
    """Bowls and ravines of other sizes, as lists."""
    return [[10.0, 0.0], [0.0, 10.0]] if winner == "SGD" else [[100.0, 0.0], [0.0, 0.5]]


@bank.right("landscape_for")
def nearly_round_and_turned(winner):
    """A bowl that is a little longer than wide, and a ravine from a product of matrices."""
    if winner == "Adam":
        scale = np.diag([10.0, 1.0])
        return scale.T @ scale
    return np.array([[1.0, 0.1], [0.1, 1.0]])


# --- fair_winner ----------------------------------------------------------------------------------


@bank.mistake("fair_winner")
def luckiest_run_counted(losses):
    """You take the lowest single loss; a rate is judged by its mean over the seeds."""
    results = []
    for name, table in losses.items():
        rate, _ = np.unravel_index(np.argmin(table), table.shape)
        results.append((np.min(table), np.std(table[rate]), name))
    first, second = sorted(results)[:2]
    return first[2] if second[0] - first[0] > max(first[1], second[1]) else "nobody"


@bank.mistake("fair_winner")
def first_rate_for_all(losses):
    """You compare all at the first rate; each optimizer competes with its own best rate."""
    results = [(np.mean(table[0]), np.std(table[0]), name) for name, table in losses.items()]
    first, second = sorted(results)[:2]
    return first[2] if second[0] - first[0] > max(first[1], second[1]) else "nobody"


@bank.mistake("fair_winner")
def scatter_not_minded(losses):
    """You always name a winner; a lead that is smaller than the scatter may be luck."""
    return min(losses, key=lambda name: np.min(np.mean(losses[name], axis=1)))


@bank.mistake("fair_winner")
def scatter_of_the_first_alone(losses):
    """You use the scatter of the first alone; use the larger one of the first and the second."""
    results = []
    for name, table in losses.items():
        best = table[np.argmin(np.mean(table, axis=1))]
        results.append((np.mean(best), np.std(best), name))
    first, second = sorted(results)[:2]
    return first[2] if second[0] - first[0] > first[1] else "nobody"


@bank.right("fair_winner")
def fair_winner_with_a_loop(losses):
    """Plain Python numbers, and a loop over the others."""
    competing = {}
    for name, table in losses.items():
        competing[name] = min((float(np.mean(runs)), runs) for runs in table.tolist())[1]
    mean = {name: sum(runs) / len(runs) for name, runs in competing.items()}
    winner = min(mean, key=mean.get)
    second = min((name for name in mean if name != winner), key=mean.get)
    scatter = max(np.std(competing[winner]), np.std(competing[second]))
    return winner if mean[second] - mean[winner] > scatter else "nobody"


@bank.right("fair_winner")
def fair_winner_with_a_stack(losses):
    """One array of all optimizers, rates and seeds."""
    names = np.array(list(losses))
    means = np.stack(list(losses.values())).mean(axis=2)
    rates = means.argmin(axis=1)
    order = np.argsort(means.min(axis=1))[:2]
    spreads = [np.std(losses[names[place]][rates[place]]) for place in order]
    lead = means[order[1], rates[order[1]]] - means[order[0], rates[order[0]]]
    return str(names[order[0]]) if lead > np.max(spreads) else "nobody"


# --- clip_by_global_norm --------------------------------------------------------------------------


@bank.mistake("clip_by_global_norm")
def each_array_by_itself(gradients, max_norm):
    """You clip each array by its own norm; that turns the direction, so use one factor for all."""
    norms = [np.linalg.norm(g) for g in gradients]
    return [
        g * max_norm / norm if norm > max_norm else g * 1.0
        for g, norm in zip(gradients, norms, strict=True)
    ]


@bank.mistake("clip_by_global_norm")
def each_element_by_itself(gradients, max_norm):
    """You clip each element; that turns the direction, so multiply all of them by one factor."""
    return [np.clip(g, -max_norm, max_norm) for g in gradients]


@bank.mistake("clip_by_global_norm")
def short_ones_lengthened(gradients, max_norm):
    """You bring every gradient to the limit; one that is short enough has to stay as it is."""
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * (max_norm / np.float64(norm)) for g in gradients]


@bank.mistake("clip_by_global_norm")
def sum_of_the_norms(gradients, max_norm):
    """You add up the norms of the arrays; the global norm is the root of the sum of all squares."""
    norm = sum(np.linalg.norm(g) for g in gradients)
    return [g * min(1.0, max_norm / norm) if norm else g * 1.0 for g in gradients]


@bank.mistake("clip_by_global_norm")
def norm_without_root(gradients, max_norm):
    """You leave the root out; the norm is the root of the sum of the squares."""
    norm = sum(np.sum(g**2) for g in gradients)
    return [g * min(1.0, max_norm / norm) if norm else g * 1.0 for g in gradients]


@bank.mistake("clip_by_global_norm")
def gradients_scaled_in_place(gradients, max_norm):
    """You write `g *= …`; that changes your caller's arrays, so make new ones."""
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    for g in gradients:
        g *= min(1.0, max_norm / norm) if norm else 1.0
    return list(gradients)


@bank.right("clip_by_global_norm")
def divided_by_the_larger(gradients, max_norm):
    """One long vector, and a division by the norm or the limit, whichever is larger."""
    flat = np.concatenate([np.ravel(g) for g in gradients])
    divisor = max(np.linalg.norm(flat), max_norm)
    return [g * max_norm / divisor for g in gradients]


@bank.right("clip_by_global_norm")
def clipped_as_in_pytorch(gradients, max_norm):
    """A factor with a tiny number that keeps the division from failing."""
    total = np.linalg.norm([np.linalg.norm(g) for g in gradients])
    factor = np.minimum(1.0, max_norm / (total + 1e-6))
    return tuple(np.multiply(g, factor) for g in gradients)
