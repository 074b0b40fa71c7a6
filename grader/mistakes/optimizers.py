"""What students answer to the exercises of chapter 3, optimizers."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


@bank.view("sgd_step")
@bank.view("momentum_step")
@bank.view("nesterov_step")
@bank.view("adagrad_step")
@bank.view("rmsprop_step")
@bank.view("adadelta_step")
@bank.view("adam_step")
@bank.view("amsgrad_step")
@bank.view("nadam_step")
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
    """You subtract the whole gradient; the learning rate says how much of it to take."""
    return w - gradient, {}


@bank.mistake("sgd_step")
def sign_of_the_gradient(w, gradient, state, learning_rate=0.01):
    """You step by the sign of the gradient; a steep slope should move a weight further."""
    return w - learning_rate * np.sign(gradient), {}


@bank.mistake("sgd_step")
def gradient_of_length_one(w, gradient, state, learning_rate=0.01):
    """You divide by the gradient's length; a gentler slope should give a shorter step."""
    length = np.linalg.norm(gradient)
    return w - learning_rate * gradient / (length if length else 1), {}


@bank.mistake("sgd_step")
def mean_gradient_for_all(w, gradient, state, learning_rate=0.01):
    """You move all weights by the mean gradient; each weight has its own."""
    return w - learning_rate * np.mean(gradient), {}


@bank.mistake("sgd_step")
def weights_changed_in_place(w, gradient, state, learning_rate=0.01):
    """You write `w -= …`; that changes the array of whoever called you, so return a new one."""
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


# --- momentum_step --------------------------------------------------------------------------------


@bank.mistake("momentum_step")
def momentum_without_learning_rate(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You put the whole gradient into m; multiply it by the learning rate on its way in."""
    m = momentum * state.get("m", 0.0) - gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def learning_rate_at_the_end(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You multiply by the learning rate last, as PyTorch does; Keras does it on the way into m."""
    m = momentum * state.get("m", 0.0) + gradient
    return w - learning_rate * m, {"m": m}


@bank.mistake("momentum_step")
def momentum_averaged(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You weigh the gradient by 1 − β, as Adam does; here m is a sum and not a mean."""
    m = momentum * state.get("m", 0.0) - (1 - momentum) * learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def nothing_carried_over(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You make m anew in each step; the momentum is what it keeps of the m before."""
    m = -learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def no_friction(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You keep all of the old m; multiply it by the momentum, or the weights never come to rest."""
    m = state.get("m", 0.0) - learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("momentum_step")
def step_by_the_old_m(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You step by the m from before this gradient; bring it up to date first."""
    old = state.get("m", np.zeros_like(w))
    return w + old, {"m": momentum * old - learning_rate * gradient}


@bank.mistake("momentum_step")
def m_subtracted(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You subtract m; the minus is already in it, so this goes uphill."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w - m, {"m": m}


@bank.mistake("momentum_step")
def momentum_state_changed(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You write the new m into the state that you were given; return a new dict."""
    state["m"] = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + state["m"], state


@bank.mistake("momentum_step")
def momentum_array_changed(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You multiply m in place; the array in the caller's state changes with it."""
    m = state.get("m", np.zeros_like(w))
    m *= momentum
    m -= learning_rate * gradient
    return w + m, {"m": m}


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


# --- nesterov_step --------------------------------------------------------------------------------


@bank.mistake("nesterov_step")
def plain_momentum(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add m as plain momentum does; the look-ahead goes on from there by βm − ηg."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + m, {"m": m}


@bank.mistake("nesterov_step")
def two_steps_in_one(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add m and then βm as well; the look-ahead step is βm − ηg, in place of m."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + m + momentum * m, {"m": m}


@bank.mistake("nesterov_step")
def gradient_left_out_of_the_step(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You step by βm alone; the gradient belongs into the step once more."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + momentum * m, {"m": m}


@bank.mistake("nesterov_step")
def second_gradient_without_rate(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You subtract the whole gradient the second time; it needs the learning rate there too."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + momentum * m - gradient, {"m": m}


@bank.mistake("nesterov_step")
def step_kept_as_m(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You keep the look-ahead step as m; it counts the gradient twice, and m must not."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    step = momentum * m - learning_rate * gradient
    return w + step, {"m": step}


@bank.mistake("nesterov_step")
def look_ahead_by_m(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You add the whole m where βm belongs; the part of m that is kept is βm."""
    m = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + m - learning_rate * gradient, {"m": m}


@bank.mistake("nesterov_step")
def nesterov_state_changed(w, gradient, state, learning_rate=0.01, momentum=0.9):
    """You write the new m into the state that you were given; return a new dict."""
    state["m"] = momentum * state.get("m", 0.0) - learning_rate * gradient
    return w + momentum * state["m"] - learning_rate * gradient, state


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
    """You add epsilon to the root; in Keras' AdaGrad it stands inside."""
    a = state.get("a", 0.1) + gradient**2
    return w - learning_rate * gradient / (np.sqrt(a) + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_that_forgets(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You take a running mean of the squares; that is RMSProp, and AdaGrad sums them all."""
    a = 0.9 * state.get("a", 0.1) + 0.1 * gradient**2
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_without_root(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You divide by the sum itself; only its root has the unit of a gradient."""
    a = state.get("a", 0.1) + gradient**2
    return w - learning_rate * gradient / (a + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def absolute_gradients_summed(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You sum the sizes of the gradients; the sum is of their squares."""
    a = state.get("a", 0.1) + np.abs(gradient)
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_by_the_old_sum(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You divide by the sum from before this gradient; add the new square first."""
    a = state.get("a", np.full_like(w, 0.1))
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a + gradient**2}


@bank.mistake("adagrad_step")
def one_sum_for_all(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You add up the squares of all weights; each weight has a sum of its own."""
    a = state.get("a", np.full_like(w, 0.1)) + np.sum(gradient**2)
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a}


@bank.mistake("adagrad_step")
def adagrad_array_changed(w, gradient, state, learning_rate=0.001, epsilon=1e-7):
    """You write `a += …`; the array in the caller's state changes with it."""
    a = state.get("a", np.full_like(w, 0.1))
    a += gradient**2
    return w - learning_rate * gradient / np.sqrt(a + epsilon), {"a": a}


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
    """You add epsilon to the root, as PyTorch does; in Keras' RMSProp it stands inside."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / (np.sqrt(v) + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rho_the_wrong_way_round(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You give ρ to the new square; ρ is the share of the old mean that stays."""
    v = (1 - rho) * state.get("v", 0.0) + rho * gradient**2
    return w - learning_rate * gradient / np.sqrt(v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_with_a_sum(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You add the whole new square; only with the share 1 − ρ it is a mean."""
    v = rho * state.get("v", 0.0) + gradient**2
    return w - learning_rate * gradient / np.sqrt(v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_that_never_forgets(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You keep all old squares; that is AdaGrad, and its steps shrink for ever."""
    v = state.get("v", 0.0) + gradient**2
    return w - learning_rate * gradient / np.sqrt(v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_without_root(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You divide by the mean square itself; RMS is its root."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / (v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_by_the_old_mean(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You divide by the mean from before this gradient; bring it up to date first."""
    old = state.get("v", np.zeros_like(w))
    v = rho * old + (1 - rho) * gradient**2
    return w - learning_rate * gradient / np.sqrt(old + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_from_a_tenth(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You start the mean at 0.1; that is how AdaGrad starts, and RMSProp starts at 0."""
    v = rho * state.get("v", 0.1) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / np.sqrt(v + epsilon), {"v": v}


@bank.mistake("rmsprop_step")
def rmsprop_state_changed(w, gradient, state, learning_rate=0.001, rho=0.9, epsilon=1e-7):
    """You write the new v into the state that you were given; return a new dict."""
    state["v"] = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    return w - learning_rate * gradient / np.sqrt(state["v"] + epsilon), state


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


# --- adadelta_step --------------------------------------------------------------------------------


@bank.mistake("adadelta_step")
def learning_rate_gathered_too(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You gather the squares of ηΔ; u gathers those of Δ, before the learning rate."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    u = state.get("u", 0.0)
    step = -learning_rate * np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * gradient
    return w + step, {"v": v, "u": rho * u + (1 - rho) * step**2}


@bank.mistake("adadelta_step")
def without_any_learning_rate(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You leave the learning rate out, as the paper does; Keras multiplies the step by it."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    u = state.get("u", 0.0)
    step = -np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * gradient
    return w + step, {"v": v, "u": rho * u + (1 - rho) * step**2}


@bank.mistake("adadelta_step")
def adadelta_epsilon_outside(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You add epsilon to the roots; it stands inside both of them."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    u = state.get("u", 0.0)
    step = -(np.sqrt(u) + epsilon) / (np.sqrt(v) + epsilon) * gradient
    return w + learning_rate * step, {"v": v, "u": rho * u + (1 - rho) * step**2}


@bank.mistake("adadelta_step")
def quotient_upside_down(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You turn the quotient upside down; the steps stand above, the gradients below."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    u = state.get("u", 0.0)
    step = -np.sqrt(v + epsilon) / np.sqrt(u + epsilon) * gradient
    return w + learning_rate * step, {"v": v, "u": rho * u + (1 - rho) * step**2}


@bank.mistake("adadelta_step")
def numerator_forgotten(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You leave the size of the earlier steps out; then it is RMSProp, without a unit."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    step = -gradient / np.sqrt(v + epsilon)
    u = rho * state.get("u", 0.0) + (1 - rho) * step**2
    return w + learning_rate * step, {"v": v, "u": u}


@bank.mistake("adadelta_step")
def adadelta_by_the_old_v(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You divide by the v from before this gradient; v comes up to date before the step."""
    old, u = state.get("v", np.zeros_like(w)), state.get("u", np.zeros_like(w))
    step = -np.sqrt(u + epsilon) / np.sqrt(old + epsilon) * gradient
    v = rho * old + (1 - rho) * gradient**2
    return w + learning_rate * step, {"v": v, "u": rho * u + (1 - rho) * step**2}


@bank.mistake("adadelta_step")
def steps_not_squared(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You gather the sizes of the steps; u gathers their squares, as v does for the gradients."""
    v = rho * state.get("v", 0.0) + (1 - rho) * gradient**2
    u = state.get("u", 0.0)
    step = -np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * gradient
    return w + learning_rate * step, {"v": v, "u": rho * u + (1 - rho) * np.abs(step)}


@bank.mistake("adadelta_step")
def adadelta_arrays_changed(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """You bring v and u up to date in place; the arrays in the caller's state change with them."""
    v, u = state.get("v", np.zeros_like(w)), state.get("u", np.zeros_like(w))
    v *= rho
    v += (1 - rho) * gradient**2
    step = -np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * gradient
    u *= rho
    u += (1 - rho) * step**2
    return w + learning_rate * step, {"v": v, "u": u}


@bank.right("adadelta_step")
def one_root_of_the_quotient(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """One root of the quotient."""
    v = rho * state.get("v", np.zeros(w.shape)) + (1 - rho) * gradient**2
    u = state.get("u", np.zeros(w.shape))
    step = gradient * np.sqrt((u + epsilon) / (v + epsilon))
    u = u + (1 - rho) * (step**2 - u)
    return w - learning_rate * step, {"u": u, "v": v}


@bank.right("adadelta_step")
def adadelta_with_a_helper(w, gradient, state, learning_rate=0.001, rho=0.95, epsilon=1e-7):
    """A helper for the running mean."""

    def mean(old, new):
        return rho * old + (1 - rho) * new**2

    new = {"v": mean(state.get("v", 0.0), gradient)}
    step = -gradient * (state.get("u", 0.0) + epsilon) ** 0.5 / (new["v"] + epsilon) ** 0.5
    new["u"] = mean(state.get("u", 0.0), step)
    return w + step * learning_rate, new


# --- adam_step ------------------------------------------------------------------------------------


@bank.mistake("adam_step")
def adam_uncorrected(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You leave the correction out; m and v start at 0 and are too small in the first steps."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    return w - learning_rate * m / (np.sqrt(v) + epsilon), {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_counting_from_zero(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You count the first step as t = 0; then 1 − β⁰ is 0, and the weights are no numbers."""
    t = state.get("t", 0)
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / np.float64(1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t + 1, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_powers_missing(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You correct by 1 − β in every step; it is 1 − βᵗ, which goes to 1."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2) / (1 - beta_1)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_steps_not_counted(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You never count on; t stays 1, and every step is corrected as if it were the first."""
    t = max(state.get("t", 1), 1)
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


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
def adam_only_m_corrected(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You correct m alone; v starts at 0 as well."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    w = w - learning_rate * m / (1 - beta_1**t) / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_correction_without_root(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You correct by 1 − β₂ᵗ without its root; v stands under a root, so its correction too."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = (1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_corrected_means_kept(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You keep the corrected means; the next step corrects them once more, so keep m and v bare."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m / (1 - beta_1**t), "v": v / (1 - beta_2**t)}


@bank.mistake("adam_step")
def adam_betas_exchanged(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You exchange the two betas; β₁ belongs to m and β₂ to v."""
    t = state.get("t", 0) + 1
    m = beta_2 * state.get("m", 0.0) + (1 - beta_2) * gradient
    v = beta_1 * state.get("v", 0.0) + (1 - beta_1) * gradient**2
    correction = np.sqrt(1 - beta_1**t) / (1 - beta_2**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adam_step")
def adam_state_changed(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You write into the state that you were given; return a new dict."""
    state["t"] = t = state.get("t", 0) + 1
    state["m"] = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    state["v"] = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * state["m"] / (np.sqrt(state["v"]) + epsilon)
    return w, state


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


# --- amsgrad_step ---------------------------------------------------------------------------------


@bank.mistake("amsgrad_step")
def plain_adam(w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """You divide by v as Adam does; the point of AMSGrad is to divide by its largest value."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v_max", 0.0), v)
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v, "v_max": v_max}


@bank.mistake("amsgrad_step")
def maximum_of_corrected(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You take the maximum of the corrected v; Keras takes that of v as it is, then corrects."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v_max", 0.0), v / (1 - beta_2**t))
    w = w - learning_rate * m / (1 - beta_1**t) / (np.sqrt(v_max) + epsilon)
    return w, {"t": t, "m": m, "v": v, "v_max": v_max}


@bank.mistake("amsgrad_step")
def maximum_of_the_last_two(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You compare with the last v only; the maximum is over all steps so far."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v", 0.0), v)
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v_max) + epsilon)
    return w, {"t": t, "m": m, "v": v, "v_max": v_max}


@bank.mistake("amsgrad_step")
def maximum_kept_as_v(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You keep the maximum as v; the running mean must go on by itself beside it."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v_max", 0.0), v)
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v_max) + epsilon)
    return w, {"t": t, "m": m, "v": v_max, "v_max": v_max}


@bank.mistake("amsgrad_step")
def one_maximum_for_all(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You take one maximum over all weights; each weight has its own."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v_max", np.zeros_like(w)), np.max(v))
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / (np.sqrt(v_max) + epsilon)
    return w, {"t": t, "m": m, "v": v, "v_max": v_max}


@bank.mistake("amsgrad_step")
def amsgrad_uncorrected(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You leave the correction out, as the paper does; Keras keeps Adam's factor in front."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v_max", 0.0), v)
    w = w - learning_rate * m / (np.sqrt(v_max) + epsilon)
    return w, {"t": t, "m": m, "v": v, "v_max": v_max}


@bank.mistake("amsgrad_step")
def amsgrad_epsilon_inside(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You put epsilon inside the root; here it stands outside, as in Adam."""
    t = state.get("t", 0) + 1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    v_max = np.maximum(state.get("v_max", 0.0), v)
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * m / np.sqrt(v_max + epsilon)
    return w, {"t": t, "m": m, "v": v, "v_max": v_max}


@bank.mistake("amsgrad_step")
def amsgrad_state_changed(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You write into the state that you were given; return a new dict."""
    state["t"] = t = state.get("t", 0) + 1
    state["m"] = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    state["v"] = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    state["v_max"] = np.maximum(state.get("v_max", 0.0), state["v"])
    correction = np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w = w - learning_rate * correction * state["m"] / (np.sqrt(state["v_max"]) + epsilon)
    return w, state


@bank.right("amsgrad_step")
def maximum_by_comparison(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """The larger one, picked by comparison."""
    zeros = np.zeros(w.shape)
    old = {"t": 0, "m": zeros, "v": zeros, "v_max": zeros} | state
    t = old["t"] + 1
    m = old["m"] + (1 - beta_1) * (gradient - old["m"])
    v = old["v"] + (1 - beta_2) * (gradient**2 - old["v"])
    v_max = np.where(v > old["v_max"], v, old["v_max"])
    alpha = learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - alpha * m / (v_max**0.5 + epsilon), {"v_max": v_max, "v": v, "m": m, "t": t}


@bank.right("amsgrad_step")
def amsgrad_on_top_of_means(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """The maximum over a stack of old and new."""
    t = state["t"] + 1 if state else 1
    m = (1 - beta_1) * gradient
    v = (1 - beta_2) * gradient**2
    v_max = v
    if state:
        m = m + beta_1 * state["m"]
        v = v + beta_2 * state["v"]
        v_max = np.max(np.stack([state["v_max"], v]), axis=0)
    root = np.sqrt(v_max) + epsilon
    step = m / (1 - beta_1**t) * np.sqrt(1 - beta_2**t) / root
    return w - learning_rate * step, {"t": t, "m": m, "v": v, "v_max": v_max}


# --- nadam_step -----------------------------------------------------------------------------------


@bank.mistake("nadam_step")
def nadam_without_look_ahead(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You step by the corrected m as Adam does; the look-ahead mixes it with the new gradient."""
    t = state.get("t", 0) + 1
    product = state.get("product", 1.0) * beta_1 * (1 - 0.5 * 0.96**t)
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def nadam_without_schedule(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You use β₁ as it is for every share; the shares follow the schedule that warms up to it."""
    t = state.get("t", 0) + 1
    product = state.get("product", 1.0) * beta_1
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = beta_1 * m / (1 - product * beta_1) + (1 - beta_1) * gradient / (1 - product)
    v_hat = v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def schedule_of_the_paper(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You raise 0.96 to t/250, as the paper does; in Keras the exponent is t."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96 ** (t / 250))
    mu_next = beta_1 * (1 - 0.5 * 0.96 ** ((t + 1) / 250))
    product = state.get("product", 1.0) * mu
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    v_hat = v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def schedule_one_step_late(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You start the schedule at t = 0; in the first step t is 1."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96 ** (t - 1))
    mu_next = beta_1 * (1 - 0.5 * 0.96**t)
    product = state.get("product", 1.0) * mu
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    v_hat = v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def share_of_this_step(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You give m the share of this step; to look ahead it takes the share of the next one."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    product = state.get("product", 1.0) * mu
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = (mu * m + (1 - mu) * gradient) / (1 - product)
    v_hat = v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def product_of_one_factor(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You use μ of this step for the product; it is the product of all up to this step."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    mu_next = beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
    product = mu
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    v_hat = v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def mean_with_the_schedule(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You average m with μ, as the paper does; in Keras m is averaged with β₁."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    mu_next = beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
    product = state.get("product", 1.0) * mu
    m = mu * state.get("m", 0.0) + (1 - mu) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    v_hat = v / (1 - beta_2**t)
    w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def nadam_epsilon_as_in_adam(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You add epsilon to the root of v, as Keras' Adam does; its Nadam corrects v before."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    mu_next = beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
    product = state.get("product", 1.0) * mu
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    w = w - learning_rate * np.sqrt(1 - beta_2**t) * m_hat / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def nadam_epsilon_inside(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You put epsilon inside the root; here it stands outside, as in Adam."""
    t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    mu_next = beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
    product = state.get("product", 1.0) * mu
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    w = w - learning_rate * m_hat / np.sqrt(v / (1 - beta_2**t) + epsilon)
    return w, {"t": t, "m": m, "v": v, "product": product}


@bank.mistake("nadam_step")
def nadam_state_changed(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """You write into the state that you were given; return a new dict."""
    state["t"] = t = state.get("t", 0) + 1
    mu = beta_1 * (1 - 0.5 * 0.96**t)
    mu_next = beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
    state["product"] = product = state.get("product", 1.0) * mu
    state["m"] = m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    state["v"] = v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * gradient / (1 - product)
    w = w - learning_rate * m_hat / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    return w, state


@bank.right("nadam_step")
def nadam_with_a_function_for_mu(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """A function for the schedule."""

    def mu(step):
        return beta_1 * (1 - 0.96**step / 2)

    zeros = np.zeros(w.shape)
    old = {"t": 0, "m": zeros, "v": zeros, "product": 1.0, **state}
    t, product = old["t"] + 1, old["product"] * mu(old["t"] + 1)
    m = old["m"] + (1 - beta_1) * (gradient - old["m"])
    v = old["v"] + (1 - beta_2) * (np.square(gradient) - old["v"])
    ahead = mu(t + 1) / (1 - product * mu(t + 1)) * m + (1 - mu(t)) / (1 - product) * gradient
    w = w - ahead * learning_rate / (epsilon + np.sqrt(v / (1 - beta_2**t)))
    return w, {"product": product, "t": t, "m": m, "v": v}


@bank.right("nadam_step")
def nadam_with_the_product_computed_anew(
    w, gradient, state, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7
):
    """The product is computed anew in each step."""
    t = int(state.get("t", 0)) + 1
    factors = beta_1 * (1 - 0.5 * 0.96 ** np.arange(1, t + 2))
    product, product_next = np.prod(factors[:-1]), np.prod(factors)
    m = beta_1 * state.get("m", 0.0) + (1 - beta_1) * gradient
    v = beta_2 * state.get("v", 0.0) + (1 - beta_2) * gradient**2
    m_hat = factors[-1] * m / (1 - product_next) + (1 - factors[-2]) * gradient / (1 - product)
    root = np.sqrt(v) / np.sqrt(1 - beta_2**t)
    step = learning_rate * m_hat / (root + epsilon)
    return w - step, {"t": t, "m": m, "v": v, "product": float(product)}


# --- minibatches ----------------------------------------------------------------------------------


@bank.trial("minibatches")
def what_batches_are_like(minibatches):
    """Sizes, what is twice in an epoch or a batch, and whether the order is new and mixed."""
    seen = []
    for n, size in ((10, 4), (12, 3), (2, 5), (60, 40)):
        batches = [list(batch) for batch in minibatches(n, size, np.random.default_rng(1))]
        seen.append([len(batch) for batch in batches])
        seen.append(sorted(np.concatenate(batches)) == list(range(n)))
    seen.append(len(set(batches[0])) == len(batches[0]))
    rng = np.random.default_rng(2)
    epochs = [[list(batch) for batch in minibatches(60, 5, rng)] for _ in range(2)]
    again = [list(batch) for batch in minibatches(60, 5, np.random.default_rng(2))]
    seen.append([epochs[0] == epochs[1], epochs[0] == again])
    neighbors = [max(batch) - min(batch) == len(batch) - 1 for batch in epochs[0]]
    seen.append([all(neighbors), sorted(epochs[0]) == epochs[0]])
    return seen


@bank.mistake("minibatches")
def rest_dropped(n, batch_size, rng):
    """You drop the samples that do not fill a batch; they belong into a smaller last one."""
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n - batch_size + 1, batch_size)]


@bank.mistake("minibatches")
def drawn_with_replacement(n, batch_size, rng):
    """You draw each batch anew; then some samples come twice in an epoch and others never."""
    return [
        rng.integers(0, n, size=min(batch_size, n - start)) for start in range(0, n, batch_size)
    ]


@bank.mistake("minibatches")
def each_batch_by_itself(n, batch_size, rng):
    """You draw every batch without looking at the others; a sample can come in several batches."""
    return [rng.permutation(n)[: min(batch_size, n - start)] for start in range(0, n, batch_size)]


@bank.mistake("minibatches")
def never_shuffled(n, batch_size, rng):
    """You leave the samples in their order; shuffle them before you cut them into batches."""
    return [np.arange(n)[start : start + batch_size] for start in range(0, n, batch_size)]


@bank.mistake("minibatches")
def batches_shuffled_but_not_samples(n, batch_size, rng):
    """You shuffle the batches and not the samples; the same ones would always stand together."""
    starts = np.arange(0, n, batch_size)
    last = starts[-1]
    starts = [*rng.permutation(starts[:-1]), last]
    return [np.arange(start, min(start + batch_size, n)) for start in starts]


@bank.mistake("minibatches")
def number_of_batches_for_their_size(n, batch_size, rng):
    """You make `batch_size` batches; it says how many samples are in each."""
    return np.array_split(rng.permutation(n), batch_size)


@bank.mistake("minibatches")
def sizes_evened_out(n, batch_size, rng):
    """You even out the sizes; every batch but the last has exactly `batch_size` samples."""
    return np.array_split(rng.permutation(n), -(-n // batch_size))


@bank.mistake("minibatches")
def same_order_in_each_epoch(n, batch_size, rng):
    """You make a generator of your own; it starts anew each time, so each epoch has one order."""
    order = np.random.default_rng(0).permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


@bank.mistake("minibatches")
def global_generator(n, batch_size, rng):
    """You shuffle with NumPy's global generator; only `rng` gives the same batches again."""
    order = np.random.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


@bank.mistake("minibatches")
def last_batch_filled_up(n, batch_size, rng):
    """You fill the last batch up from the start; those samples then count twice."""
    order = rng.permutation(n)
    order = np.resize(order, -(-n // batch_size) * batch_size)
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


@bank.right("minibatches")
def split_at_multiples(n, batch_size, rng):
    """A shuffled copy, split at the multiples of the batch size."""
    order = np.arange(n)
    rng.shuffle(order)
    return np.split(order, np.arange(batch_size, n, batch_size))


@bank.right("minibatches")
def sorted_by_random_keys(n, batch_size, rng):
    """Random keys, sorted, and batches cut off one after the other."""
    left = np.argsort(rng.random(n))
    batches = []
    while len(left):
        batches.append(left[:batch_size])
        left = left[batch_size:]
    return batches


# --- minimize -------------------------------------------------------------------------------------


@bank.trial("minimize")
def paths_of_two_steps(minimize):
    """A descent with a setting, a step with a memory, and a path without steps."""

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
    return [path.tolist() if hasattr(path, "tolist") else path for path in paths], start.tolist()


@bank.mistake("minimize")
def state_thrown_away(step, gradient, w, steps, **settings):
    """You give every step an empty state; hand on the one that the last step returned."""
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
def end_left_out(step, gradient, w, steps, **settings):
    """You note each place before its step; so the place to which the last step leads is missing."""
    path, state = [], {}
    for _ in range(steps):
        path.append(w)
        w, state = step(w, gradient(w), state, **settings)
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
    """You keep the settings to yourself; hand them on with `step(…, **settings)`."""
    path, state = [w], {}
    for _ in range(steps):
        w, state = step(w, gradient(w), state)
        path.append(w)
    return np.array(path)


@bank.mistake("minimize")
def only_the_end(step, gradient, w, steps, **settings):
    """You return where the path ends; the task asks for all of it."""
    state = {}
    for _ in range(steps):
        w, state = step(w, gradient(w), state, **settings)
    return w


@bank.mistake("minimize")
def always_from_the_start(step, gradient, w, steps, **settings):
    """You take every step from the start; each begins where the last one ended."""
    path, state = [w], {}
    for _ in range(steps):
        new, state = step(w, gradient(w), state, **settings)
        path.append(new)
    return np.array(path)


@bank.mistake("minimize")
def one_step_too_many(step, gradient, w, steps, **settings):
    """You take one step more than asked; steps + 1 points need only that many steps."""
    path, state = [w], {}
    for _ in range(steps + 1):
        w, state = step(w, gradient(w), state, **settings)
        path.append(w)
    return np.array(path)


@bank.mistake("minimize")
def every_point_the_last(step, gradient, w, steps, **settings):
    """You note one and the same array each time; it changes under way, so note a copy."""
    here, state = w.copy(), {}
    path = [here]
    for _ in range(steps):
        here[...], state = step(here.copy(), gradient(here), state, **settings)
        path.append(here)
    return np.array(path)


@bank.mistake("minimize")
def start_moved_along(step, gradient, w, steps, **settings):
    """You write each new place into w; that changes the array of whoever called you."""
    path, state = [w.copy()], {}
    for _ in range(steps):
        w[...], state = step(w.copy(), gradient(w), state, **settings)
        path.append(w.copy())
    return np.array(path)


@bank.right("minimize")
def path_filled_in(step, gradient, w, steps, **settings):
    """An array of the right shape, filled row by row."""
    path = np.empty((steps + 1, *np.shape(w)))
    path[0] = w
    state = {}
    for i in range(steps):
        path[i + 1], state = step(path[i], gradient(path[i]), state, **settings)
    return path


@bank.right("minimize")
def path_in_recursion(step, gradient, w, steps, **settings):
    """A function that calls itself for the rest of the path."""

    def rest(w, state, left):
        if left == 0:
            return [w]
        new, state = step(w, gradient(w), state, **settings)
        return [w, *rest(new, state, left - 1)]

    return np.stack(rest(w, {}, steps))


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
    """You do without momentum; a rate that is safe across the ravine is too slow along it."""
    return {"learning_rate": 2 / np.sum(curvature), "momentum": 0.0}


@bank.mistake("choose_settings")
def rate_for_the_gentle_direction(curvature):
    """You choose the learning rate for the gentle direction; the steep one flies off with it."""
    return {"learning_rate": 1 / np.min(curvature), "momentum": 0.9}


@bank.mistake("choose_settings")
def rate_for_one_ravine(curvature):
    """You give every ravine the same rate; it must fall as the curvature grows."""
    return {"learning_rate": 0.01, "momentum": 0.9}


@bank.mistake("choose_settings")
def rate_too_careful(curvature):
    """You choose too small a rate; more is safe across, and along the ravine the weight crawls."""
    return {"learning_rate": 0.02 / np.max(curvature), "momentum": 0.8}


@bank.mistake("choose_settings")
def momentum_too_high(curvature):
    """You leave almost no friction; the weights still swing when the steps are used up."""
    return {"learning_rate": 1 / np.max(curvature), "momentum": 0.99}


@bank.right("choose_settings")
def one_over_the_largest(curvature):
    """The usual momentum, and a rate of one over the larger curvature."""
    return {"learning_rate": float(1 / max(curvature)), "momentum": 0.9}


@bank.right("choose_settings")
def by_the_root_of_the_ratio(curvature):
    """Momentum that is critical along the ravine, for a rate that suits across."""
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


# --- critical_momentum ----------------------------------------------------------------------------


@bank.mistake("critical_momentum")
def square_forgotten(learning_rate, curvature):
    """You return the double root; the momentum is its square."""
    return 1 - np.sqrt(learning_rate * curvature)


@bank.mistake("critical_momentum")
def root_forgotten(learning_rate, curvature):
    """You leave the root out; it is the root of ηc that is taken from 1."""
    return (1 - learning_rate * curvature) ** 2


@bank.mistake("critical_momentum")
def other_double_root(learning_rate, curvature):
    """You take the other solution, with a plus; it is above 1, and nothing comes to rest."""
    return (1 + np.sqrt(learning_rate * curvature)) ** 2


@bank.mistake("critical_momentum")
def limit_of_small_steps(learning_rate, curvature):
    """You drop the square of the root, as for very small steps; ηc is not that small here."""
    return 1 - 2 * np.sqrt(learning_rate * curvature)


@bank.mistake("critical_momentum")
def quotient_for_product(learning_rate, curvature):
    """You divide the curvature by the learning rate; only their product has no unit."""
    return (1 - np.sqrt(curvature / learning_rate)) ** 2


@bank.mistake("critical_momentum")
def rate_left_out_of_the_momentum(learning_rate, curvature):
    """You leave the learning rate out; a shorter step needs more momentum."""
    return (1 - np.sqrt(curvature)) ** 2


@bank.mistake("critical_momentum")
def momentum_without_a_discriminant(learning_rate, curvature):
    """You set β so that the middle term vanishes; a double root needs a discriminant of 0."""
    return learning_rate * curvature - 1


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
