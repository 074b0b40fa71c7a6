"""What students answer to the exercises of chapter 4, regularization."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- add_penalty ----------------------------------------------------------------------------------


@bank.mistake("add_penalty")
def biases_pay_too(loss, gradients, weights, l1, l2):
    """You charge the biases as well; only the kernels, with two or more axes, pay."""
    for w in weights:
        loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
    pairs = zip(gradients, weights, strict=True)
    return loss, [gradient + l1 * np.sign(w) + 2 * l2 * w for gradient, w in pairs]


@bank.mistake("add_penalty")
def gradients_forgotten(loss, gradients, weights, l1, l2):
    """You add the penalty to the loss only; the weights move by the gradients, so add it there."""
    for w in weights:
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
    return loss, [gradient.copy() for gradient in gradients]


@bank.mistake("add_penalty")
def loss_forgotten(loss, gradients, weights, l1, l2):
    """You add the penalty to the gradients only; the loss that you return has to contain it too."""
    return loss, [
        gradient + l1 * np.sign(w) + 2 * l2 * w if w.ndim > 1 else gradient
        for gradient, w in zip(gradients, weights, strict=True)
    ]


@bank.mistake("add_penalty")
def half_before_the_square(loss, gradients, weights, l1, l2):
    """You put a half before the squares, as many books do; Keras adds the strength times w²."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 / 2 * np.sum(w**2)
            gradient = gradient + l1 * np.sign(w) + l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def two_of_the_slope_forgotten(loss, gradients, weights, l1, l2):
    """You forget the 2 in the slope of the square; the slope of w² is 2w."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
            gradient = gradient + l1 * np.sign(w) + l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def signs_left_in(loss, gradients, weights, l1, l2):
    """You add the weights with their signs for L1; a negative weight raises the penalty too."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(w) + l2 * np.sum(w**2)
            gradient = gradient + l1 + 2 * l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def weights_in_place_of_signs(loss, gradients, weights, l1, l2):
    """You multiply the strength of L1 by the weights; its slope knows only the sign of a weight."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
            gradient = gradient + l1 * w + 2 * l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def zero_counts_as_positive(loss, gradients, weights, l1, l2):
    """You give a weight of 0 the slope of a positive one; at 0 the slope of L1 is 0."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
            gradient = gradient + np.where(w >= 0, l1, -l1) + 2 * l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def length_in_place_of_its_square(loss, gradients, weights, l1, l2):
    """You take the root of the squares; the L2 penalty is the sum of the squares itself."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sqrt(np.sum(w**2))
            gradient = gradient + l1 * np.sign(w) + 2 * l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def means_in_place_of_sums(loss, gradients, weights, l1, l2):
    """You take means over the weights; the penalty is a sum, in which every weight has its cost."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.mean(np.abs(w)) + l2 * np.mean(w**2)
            gradient = gradient + (l1 * np.sign(w) + 2 * l2 * w) / w.size
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def slopes_taken_off(loss, gradients, weights, l1, l2):
    """You subtract the slope of the penalty; the step subtracts the gradient, so add it here."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
            gradient = gradient - l1 * np.sign(w) - 2 * l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def strengths_exchanged(loss, gradients, weights, l1, l2):
    """You exchange the two strengths; `l1` belongs to the sizes and `l2` to the squares."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l2 * np.sum(np.abs(w)) + l1 * np.sum(w**2)
            gradient = gradient + l2 * np.sign(w) + 2 * l1 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def only_the_first_kernel(loss, gradients, weights, l1, l2):
    """You charge the first kernel only; every kernel of the list pays."""
    w = weights[0]
    loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
    return loss, [gradients[0] + l1 * np.sign(w) + 2 * l2 * w, *gradients[1:]]


@bank.mistake("add_penalty")
def only_two_axes_count(loss, gradients, weights, l1, l2):
    """You charge only kernels with two axes; layers for pictures have kernels with four."""
    penalized = []
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim == 2:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
            gradient = gradient + l1 * np.sign(w) + 2 * l2 * w
        penalized.append(gradient)
    return loss, penalized


@bank.mistake("add_penalty")
def gradients_changed_in_place(loss, gradients, weights, l1, l2):
    """You write into the gradients that you were given; make new arrays, without `+=`."""
    for w, gradient in zip(weights, gradients, strict=True):
        if w.ndim > 1:
            loss = loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)
            gradient += l1 * np.sign(w) + 2 * l2 * w
    return loss, gradients


@bank.right("add_penalty")
def kernels_chosen_by_a_mask(loss, gradients, weights, l1, l2):
    """Each array is multiplied by 1 if it is a kernel and by 0 if it is a bias."""
    paying = [float(w.ndim > 1) for w in weights]
    costs = [l1 * np.abs(w).sum() + l2 * np.vdot(w, w) for w in weights]
    loss = loss + float(np.dot(paying, costs))
    triples = zip(gradients, weights, paying, strict=True)
    return loss, [g + pays * (l1 * np.sign(w) + l2 * (w + w)) for g, w, pays in triples]


@bank.right("add_penalty")
def weights_one_by_one(loss, gradients, weights, l1, l2):
    """A loop over all weights of all kernels, in copies of the gradients."""
    penalized = [np.array(gradient, dtype=float) for gradient in gradients]
    for gradient, w in zip(penalized, weights, strict=True):
        if len(w.shape) > 1:
            for place, weight in np.ndenumerate(w):
                loss += l1 * abs(weight) + l2 * weight * weight
                gradient[place] += l1 * ((weight > 0) * 1.0 - (weight < 0)) + 2 * l2 * weight
    return loss, penalized


# --- shrink ---------------------------------------------------------------------------------------


@bank.mistake("shrink")
def hard_threshold(w, l1, l2):
    """You keep the large weights as they are before L2 shrinks them; L1 moves these too."""
    return np.where(np.abs(w) > l1, w, 0.0) / (1 + 2 * l2)


@bank.mistake("shrink")
def past_zero(w, l1, l2):
    """You do not stop at 0; a small weight goes past it and changes its sign."""
    return (w - l1 * np.sign(w)) / (1 + 2 * l2)


@bank.mistake("shrink")
def negative_weights_dropped(w, l1, l2):
    """You set all negative weights to 0; they too move toward 0 by λ₁ and stop there."""
    return np.maximum(w - l1, 0) / (1 + 2 * l2)


@bank.mistake("shrink")
def signs_not_given_back(w, l1, l2):
    """You shorten the sizes and forget the signs; a negative weight stays negative."""
    return np.maximum(np.abs(w) - l1, 0) / (1 + 2 * l2)


@bank.mistake("shrink")
def factor_before_the_threshold(w, l1, l2):
    """You shrink first and then move by λ₁; set s − w + λ₁ + 2λ₂s to 0 and solve for s."""
    smaller = w / (1 + 2 * l2)
    return np.sign(smaller) * np.maximum(np.abs(smaller) - l1, 0)


@bank.mistake("shrink")
def two_of_the_square_forgotten(w, l1, l2):
    """You divide by 1 + λ₂; the slope of λ₂ s² is 2 λ₂ s, so a 2 belongs there."""
    return np.sign(w) * np.maximum(np.abs(w) - l1, 0) / (1 + l2)


@bank.mistake("shrink")
def step_in_place_of_the_exact_answer(w, l1, l2):
    """You multiply by 1 − 2 λ₂, a step along the slope; the exact answer divides by 1 + 2 λ₂."""
    return np.sign(w) * np.maximum(np.abs(w) - l1, 0) * (1 - 2 * l2)


@bank.mistake("shrink")
def square_left_out(w, l1, l2):
    """You leave L2 out; it shrinks what L1 has left by a factor."""
    return np.sign(w) * np.maximum(np.abs(w) - l1, 0)


@bank.mistake("shrink")
def size_left_out(w, l1, l2):
    """You leave L1 out; without it no weight becomes exactly 0."""
    return w / (1 + 2 * l2)


@bank.mistake("shrink")
def threshold_halved(w, l1, l2):
    """You move by half of λ₁; the half belongs to the square of s − w and not to λ₁."""
    return np.sign(w) * np.maximum(np.abs(w) - l1 / 2, 0) / (1 + 2 * l2)


@bank.mistake("shrink")
def half_left_out(w, l1, l2):
    """You take (s − w)² without its half; then both strengths count only half."""
    return np.sign(w) * np.maximum(np.abs(w) - l1 / 2, 0) / (1 + l2)


@bank.mistake("shrink")
def moved_down_by_the_threshold(w, l1, l2):
    """You move every large weight down; a negative one moves up, toward 0."""
    return np.where(np.abs(w) > l1, w - l1, 0.0) / (1 + 2 * l2)


@bank.mistake("shrink")
def away_from_zero(w, l1, l2):
    """You move the weights away from 0; the penalty pulls them toward it."""
    return np.sign(w) * (np.abs(w) + l1) / (1 + 2 * l2)


@bank.mistake("shrink")
def shrunk_in_place(w, l1, l2):
    """You write into `w`; that changes the weights of the caller."""
    w -= np.clip(w, -l1, l1)
    w /= 1 + 2 * l2
    return w


@bank.right("shrink")
def what_goes_beyond(w, l1, l2):
    """What is left beyond the threshold, divided by the factor."""
    return (w - np.clip(w, -l1, l1)) / (1 + 2 * l2)


@bank.right("shrink")
def two_ramps(w, l1, l2):
    """One ramp for positive weights, and one for negative ones."""
    return (np.maximum(w - l1, 0) - np.maximum(-w - l1, 0)) * (1 / (1 + l2 + l2))


@bank.right("shrink")
def three_cases(w, l1, l2):
    """Three cases in a loop, each with the zero of its slope."""
    result = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        if w[place] > l1:
            result[place] = (w[place] - l1) / (1 + 2 * l2)
        elif w[place] < -l1:
            result[place] = (w[place] + l1) / (1 + 2 * l2)
    return result


# --- max_norm -------------------------------------------------------------------------------------


@bank.mistake("max_norm")
def rows_in_place_of_columns(w, max_value):
    """You measure along the last axis; it counts the units, so measure along all the others."""
    norms = np.sqrt(np.sum(w**2, axis=-1, keepdims=True))
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def first_axis_only(w, max_value):
    """You measure along the first axis only; in a kernel of four axes, three lead into a unit."""
    norms = np.sqrt(np.sum(w**2, axis=0, keepdims=True))
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def whole_kernel_at_once(w, max_value):
    """You measure the whole kernel; the weights into each unit have a length of their own."""
    norm = np.sqrt(np.sum(w**2))
    return w * np.minimum(norm, max_value) / (norm + 1e-7)


@bank.mistake("max_norm")
def weights_clipped_one_by_one(w, max_value):
    """You clip each weight by itself; that turns the column, and it may still be too long."""
    return np.clip(w, -max_value, max_value)


@bank.mistake("max_norm")
def every_column_at_full_length(w, max_value):
    """You give every column the full length; one that is shorter has to stay as it is."""
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(w.ndim - 1))))
    return w * max_value / (norms + 1e-7)


@bank.mistake("max_norm")
def every_column_of_length_one(w, max_value):
    """You give every column that is too long the length 1; the length is to be `max_value`."""
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(w.ndim - 1))))
    return np.where(norms > max_value, w / (norms + 1e-7), w)


@bank.mistake("max_norm")
def root_of_the_norm_forgotten(w, max_value):
    """You compare the sum of the squares; the length of a column is the root of this sum."""
    norms = np.sum(w**2, axis=tuple(range(w.ndim - 1)))
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def sizes_added_for_the_length(w, max_value):
    """You add the sizes of the weights; a length is the root of the sum of their squares."""
    norms = np.sum(np.abs(w), axis=tuple(range(w.ndim - 1)))
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def columns_of_zeros_divided(w, max_value):
    """You divide by the length as it is; for weights of 0 this is 0/0, so add 1e-7 to it."""
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(w.ndim - 1))))
    with np.errstate(invalid="ignore"):
        return w * (np.minimum(norms, max_value) / norms)


@bank.mistake("max_norm")
def long_columns_removed(w, max_value):
    """You set columns that are too long to 0; they keep their direction and get the length R."""
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(w.ndim - 1))))
    return np.where(norms > max_value, 0.0, w)


@bank.mistake("max_norm")
def columns_shortened_in_place(w, max_value):
    """You shorten the columns of `w` itself; that changes the kernel of the caller."""
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(w.ndim - 1))))
    w *= np.minimum(norms, max_value) / (norms + 1e-7)
    return w


@bank.right("max_norm")
def units_one_by_one(w, max_value):
    """A loop over the units."""
    result = w.copy()
    for k in range(w.shape[-1]):
        norm = np.linalg.norm(w[..., k].ravel())
        if norm > max_value:
            result[..., k] *= max_value / norm
    return result


@bank.right("max_norm")
def share_of_at_most_one(w, max_value):
    """The kernel as a table with a column for each unit; an infinite share is cut to 1."""
    columns = w.reshape(-1, w.shape[-1])
    return w * np.minimum(1, max_value / np.linalg.norm(columns, axis=0))


@bank.right("max_norm")
def divided_by_the_excess(w, max_value):
    """How many times too long the weights into a unit are, and at least once."""
    columns = w.reshape(-1, w.shape[-1])
    return w / np.maximum(np.sqrt(np.einsum("ij,ij->j", columns, columns)) / max_value, 1)


# --- dropout --------------------------------------------------------------------------------------


@bank.trial("dropout")
def what_dropout_does(dropout):
    """What is dropped, how the rest is scaled, what chance does, and what happens at inference."""
    rng = np.random.default_rng(1)
    x = np.full((200, 50), 2.0)
    out = np.asarray(dropout(x, 0.2, True, rng), dtype=float)
    seen = [out.shape, x.tolist() == [[2.0] * 50] * 200]
    # Steps wide enough that no luck leads from one to the next.
    seen.append(round(float(np.mean(out == 0)) * 5))
    seen.append(sorted({round(float(value), 3) for value in out.flat}))
    masks = out == 0
    seen.append([bool(np.all(masks[:1] == masks)), bool(np.all(masks[:, :1] == masks))])
    seen.append(len({int(np.sum(row)) for row in masks}) > 1)
    ones = np.ones(400)
    again = [dropout(ones, 0.5, True, np.random.default_rng(seed)).tolist() for seed in (5, 5)]
    more = [dropout(ones, 0.5, True, rng).tolist() for _ in range(2)]
    seen.append([again[0] == again[1], more[0] == more[1]])
    before = rng.bit_generator.state
    rest = np.asarray(dropout(x, 0.2, False, rng), dtype=float)
    seen.append(sorted({round(float(value), 3) for value in rest.flat}))
    seen.append(rng.bit_generator.state == before)
    return seen


@bank.mistake("dropout")
def rate_for_the_share_kept(x, rate, training, rng):
    """You keep the share `rate`; in Keras it is the share that is dropped."""
    if not training:
        return x
    return np.where(rng.random(x.shape) < rate, x / rate if rate else x, 0.0)


@bank.mistake("dropout")
def rate_kept_and_scaled_for_dropped(x, rate, training, rng):
    """You keep a value whose random number is below the rate; these are the values to drop."""
    if not training:
        return x
    return np.where(rng.random(x.shape) < rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def kept_values_not_scaled(x, rate, training, rng):
    """You leave the kept values as they are; divide them by 1 − rate, or the sum gets smaller."""
    if not training:
        return x
    return np.where(rng.random(x.shape) >= rate, x, 0.0)


@bank.mistake("dropout")
def scaled_at_inference(x, rate, training, rng):
    """You scale at inference, as the original paper does; inverted dropout scales in training."""
    if not training:
        return x * (1 - rate)
    return np.where(rng.random(x.shape) >= rate, x, 0.0)


@bank.mistake("dropout")
def scaled_both_times(x, rate, training, rng):
    """You scale in training and at inference; once is enough, in training."""
    if not training:
        return x * (1 - rate)
    return np.where(rng.random(x.shape) >= rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def scaled_the_wrong_way(x, rate, training, rng):
    """You multiply the kept values by 1 − rate; they must grow to make up for the dropped ones."""
    if not training:
        return x
    return np.where(rng.random(x.shape) >= rate, x * (1 - rate), 0.0)


@bank.mistake("dropout")
def divided_by_the_rate(x, rate, training, rng):
    """You divide the kept values by the rate; divide by the share that is kept, 1 − rate."""
    if not training:
        return x
    return np.where(rng.random(x.shape) >= rate, x / rate if rate else x, 0.0)


@bank.mistake("dropout")
def dropped_at_inference_too(x, rate, training, rng):
    """You drop values at inference as well; then the same input gives another output each time."""
    return np.where(rng.random(x.shape) >= rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def training_the_wrong_way_round(x, rate, training, rng):
    """You drop at inference and not in training; it is the other way round."""
    if training:
        return x
    return np.where(rng.random(x.shape) >= rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def generator_moved_at_inference(x, rate, training, rng):
    """You draw the mask before you ask whether it is training; at inference leave `rng` alone."""
    kept = rng.random(x.shape) >= rate
    return np.where(kept, x / (1 - rate), 0.0) if training else x


@bank.mistake("dropout")
def one_mask_for_every_row(x, rate, training, rng):
    """You draw one mask for all rows; each value is dropped by itself, in every example anew."""
    if not training:
        return x
    return np.where(rng.random(x.shape[-1]) >= rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def whole_rows_dropped(x, rate, training, rng):
    """You drop whole rows, that is whole examples; each value is dropped by itself."""
    if not training:
        return x
    kept = rng.random(x.shape[0]) >= rate
    kept = kept.reshape(-1, *[1] * (x.ndim - 1))
    return np.where(kept, x / (1 - rate), 0.0) * np.ones_like(x)


@bank.mistake("dropout")
def all_or_nothing(x, rate, training, rng):
    """You draw one number for all; each value is dropped by itself, so draw one for each."""
    if not training:
        return x
    return x / (1 - rate) * (rng.random() >= rate)


@bank.mistake("dropout")
def exactly_the_share(x, rate, training, rng):
    """You drop an exact number in every row; each value is dropped by itself, by chance."""
    if not training:
        return x
    places = np.argsort(np.argsort(rng.random(x.shape), axis=-1), axis=-1)
    return np.where(places >= round(rate * x.shape[-1]), x / (1 - rate), 0.0)


@bank.mistake("dropout")
def generator_of_its_own(x, rate, training, rng):
    """You make a generator of your own; it starts anew each time and always drops the same."""
    if not training:
        return x
    return np.where(np.random.default_rng(0).random(x.shape) >= rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def chance_from_elsewhere(x, rate, training, rng):
    """You draw from NumPy's global generator; only `rng` drops the same again for the same seed."""
    if not training:
        return x
    return np.where(np.random.random(x.shape) >= rate, x / (1 - rate), 0.0)


@bank.mistake("dropout")
def dropped_in_place(x, rate, training, rng):
    """You write the zeros into `x`; that changes the array of the caller."""
    if training:
        x /= 1 - rate
        x[rng.random(x.shape) < rate] = 0
    return x


@bank.right("dropout")
def mask_of_coin_tosses(x, rate, training, rng):
    """Coin tosses from a binomial distribution."""
    if training and rate > 0:
        return x * rng.binomial(1, 1 - rate, size=x.shape) / (1 - rate)
    return x.copy()


@bank.right("dropout")
def choice_of_two_factors(x, rate, training, rng):
    """A choice between two factors for each value."""
    if not training:
        return x
    return x * rng.choice([0.0, 1 / (1 - rate)], size=x.shape, p=[rate, 1 - rate])


@bank.right("dropout")
def values_dropped_one_by_one(x, rate, training, rng):
    """A loop over the values of a copy."""
    result = np.array(x, dtype=float)
    if training:
        for place in np.ndindex(x.shape):
            result[place] = 0.0 if rng.uniform() < rate else x[place] / (1.0 - rate)
    return result


# --- early_stopping -------------------------------------------------------------------------------


@bank.mistake("early_stopping")
def last_weights_kept(losses, patience, min_delta):
    """You keep the weights of the last epoch; with `restore_best_weights` the best come back."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            break
    return epoch, epoch


@bank.mistake("early_stopping")
def lowest_of_all_restored(losses, patience, min_delta):
    """You restore the lowest loss; Keras restores the last improvement by more than `min_delta`."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            break
    return epoch, int(np.nanargmin(losses[: epoch + 1]))


@bank.mistake("early_stopping")
def compared_with_the_epoch_before(losses, patience, min_delta):
    """You compare with the epoch before; an improvement is one over the best so far."""
    restored, wait = 0, 0
    for epoch in range(1, len(losses)):
        wait += 1
        if losses[epoch] < losses[epoch - 1] - min_delta:
            restored, wait = epoch, 0
        elif wait >= patience:
            return epoch, restored
    return len(losses) - 1, restored


@bank.mistake("early_stopping")
def least_gain_ignored(losses, patience, min_delta):
    """You leave `min_delta` out; a gain that is no more than that does not count."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def just_the_least_gain_counts(losses, patience, min_delta):
    """You count a gain of exactly `min_delta`; an improvement is more than that."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss <= best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def best_lowered_by_every_gain(losses, patience, min_delta):
    """You lower the best by every small gain; it stays until a gain is more than `min_delta`."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            restored = epoch
        elif epoch - restored >= patience:
            break
        best = min(best, loss)
    return epoch, restored


@bank.mistake("early_stopping")
def waits_never_forgotten(losses, patience, min_delta):
    """You add up all waits; after an improvement the waiting starts anew."""
    best, restored, wait = float("inf"), 0, 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        else:
            wait += 1
            if wait >= patience:
                break
    return epoch, restored


@bank.mistake("early_stopping")
def one_wait_too_many(losses, patience, min_delta):
    """You wait one epoch too long; training stops at the wait whose number is `patience`."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored > patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def stopped_before_the_last_wait(losses, patience, min_delta):
    """You name the epoch before the last wait; that wait has been run too, so it is the last."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            return epoch - 1, restored
    return epoch, restored


@bank.mistake("early_stopping")
def patience_ignored(losses, patience, min_delta):
    """You stop at the first wait; `patience` says how many to allow."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch > 0:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def no_patience_no_training(losses, patience, min_delta):
    """You let a patience of 0 stop at an improvement; training stops only at a wait."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        if epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def epochs_counted_from_one(losses, patience, min_delta):
    """You count the epochs from 1; Keras counts them from 0."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def restored_only_after_a_stop(losses, patience, min_delta):
    """You restore only when training stops early; Keras also restores when the epochs run out."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss < best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            return epoch, restored
    return epoch, epoch


@bank.mistake("early_stopping")
def nothing_learned_from_nan(losses, patience, min_delta):
    """You count a loss of nan as an improvement; ask whether it is less, which is false for nan."""
    best, restored = losses[0], 0
    for epoch, loss in enumerate(losses):
        if epoch > 0 and not loss >= best - min_delta:
            best, restored = loss, epoch
        elif epoch > 0 and epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def best_of_all_losses(losses, patience, min_delta):
    """You look for the best of all losses; while you train, the later losses are not known yet."""
    restored = int(np.nanargmin(losses))
    return min(restored + max(patience, 1), len(losses) - 1), restored


@bank.right("early_stopping")
def as_in_the_source_of_keras(losses, patience, min_delta):
    """The counter and the order of the source of Keras."""
    wait, best, best_epoch = 0, None, 0
    for epoch, loss in enumerate(losses):
        wait += 1
        if best is None or loss + min_delta < best:
            best, best_epoch, wait = loss, epoch, 0
            continue
        if wait >= patience and epoch > 0:
            return epoch, best_epoch
    return len(losses) - 1, best_epoch


@bank.right("early_stopping")
def from_improvement_to_improvement(losses, patience, min_delta):
    """From each improvement it looks ahead for the next, as far as patience reaches."""
    losses = np.array(losses)
    restored, reach = 0, max(patience, 1)
    while True:
        ahead = losses[restored + 1 : restored + 1 + reach]
        gains = np.flatnonzero(losses[restored] - ahead > min_delta)
        if not gains.size:
            return restored + len(ahead), restored
        restored += 1 + int(gains[0])


# --- adamw_step -----------------------------------------------------------------------------------


@bank.view("adamw_step")
def weights_and_sorted_state(result):
    """The weights, and the state in the order of its keys."""
    if not isinstance(result, tuple):
        return result
    w, state = result
    return w, sorted(state.items())


@bank.mistake("adamw_step")
def penalty_in_the_gradient(
    w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7
):
    """You add the decay to the gradient; Adam then divides it by √v, so subtract it from w."""
    gradient = gradient + weight_decay * w
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def l2_in_the_gradient(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You add the slope of L2 to the gradient; Adam divides it by √v, so let w itself decay."""
    gradient = gradient + 2 * weight_decay * w
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def decay_without_learning_rate(
    w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7
):
    """You take the share ω off, as in the paper; Keras multiplies it by the learning rate."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - weight_decay * w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def decay_after_the_step(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You let the weights decay after Adam's step; both terms start from the same old w."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w - learning_rate * weight_decay * w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def decay_doubled(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You double the decay, as in the slope of L2; decoupled decay has no square and no 2."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    decay = 2 * learning_rate * weight_decay * w
    w = w - decay - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def decay_left_out(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You leave the decay out; then it is plain Adam."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def decay_divided_by_the_root(
    w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7
):
    """You divide the decay by √v together with m; decoupled means that it is not divided."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - learning_rate * (correction * m + weight_decay * w) / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def growth_for_decay(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You add the decay; subtract it, because decay makes every weight smaller."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    grown = w + learning_rate * weight_decay * w
    w = grown - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def decay_by_the_same_amount(
    w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7
):
    """You take the same amount from every weight, as L1 does; a decay takes the same share."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    decayed = w - learning_rate * weight_decay * np.sign(w)
    w = decayed - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def adamw_uncorrected(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You leave the correction out; m and v start at 0 and are too small in the first steps."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    decayed = w - learning_rate * weight_decay * w
    w = decayed - learning_rate * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def adamw_epsilon_inside(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You put epsilon inside the root; in Adam and AdamW it stands outside."""
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    decayed = w - learning_rate * weight_decay * w
    w = decayed - learning_rate * correction * m / np.sqrt(v + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def adamw_state_changed(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You write into the state that you were given; return a new dict."""
    state["t"] = t = state.get("t", 0) + 1
    state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    decayed = w - learning_rate * weight_decay * w
    w = decayed - learning_rate * correction * state["m"] / (np.sqrt(state["v"]) + epsilon)
    return w, state


@bank.right("adamw_step")
def one_factor_for_the_weights(
    w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7
):
    """The weights times one factor, and means that move toward the new values."""
    old = {"t": 0, "m": np.zeros(w.shape), "v": np.zeros(w.shape)} | state
    t = old["t"] + 1
    m = old["m"] + (gradient - old["m"]) * (1 - 0.9)
    v = old["v"] + (gradient * gradient - old["v"]) * (1 - 0.999)
    alpha = learning_rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
    w = (1 - learning_rate * weight_decay) * w - alpha * m / (np.sqrt(v) + epsilon)
    return w, {"v": v, "m": m, "t": t}


@bank.right("adamw_step")
def adamw_with_corrected_means(
    w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7
):
    """Corrected means, and an epsilon that is corrected like them."""
    t = state["t"] + 1 if state else 1
    m, v = 0.1 * gradient, 0.001 * np.square(gradient)
    if state:
        m, v = m + 0.9 * state["m"], v + 0.999 * state["v"]
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    step = m_hat / (np.sqrt(v_hat) + epsilon / np.sqrt(1 - 0.999**t))
    return w - learning_rate * (step + weight_decay * w), {"t": t, "m": m, "v": v}


# --- tune_strength --------------------------------------------------------------------------------


@bank.trial("tune_strength")
def how_a_strength_is_chosen(tune_strength):
    """How many strengths are tried, whether results lead the search, and what is returned."""
    seen, searches = [], []
    for best in (-2.8, 0.3, 2.6):
        tried, errors = [], []

        def train(strength, best=best, tried=tried, errors=errors):
            tried.append(float(strength))
            size = np.log10(min(max(float(strength), 1e-12), 1e12))
            errors.append(20 + (size - best) ** 2)
            return errors[-1]

        chosen = float(tune_strength(train))
        searches.append(tried)
        kind = "another" if tried else "nothing tried"
        for name, strengths in (
            ("an error", errors),
            ("the last", tried[-1:]),
            ("the worst", tried[int(np.argmax(errors)) :][:1] if tried else []),
            ("the best", tried[int(np.argmin(errors)) :][:1] if tried else []),
        ):
            kind = name if chosen in strengths else kind
        seen.append(kind if chosen > 0 else "no strength")
    fixed = searches[0] == searches[1] == searches[2]
    count = max(len(tried) for tried in searches)
    spans = [max(tried) / min(tried) if tried and min(tried) > 0 else 0 for tried in searches]
    even = [len(tried) > 2 and np.allclose(np.diff(tried, 2), 0) for tried in searches]
    return [
        next((kind for kind in seen if kind != "the best"), "the best"),
        "fixed" if fixed else "led by results",
        "none" if count == 0 else "up to five" if count <= 5 else "too many",
        "narrow" if max(spans) < 200 else "wide",
        "even differences" if all(even) else "other differences",
    ]


@bank.mistake("tune_strength")
def equal_differences(train):
    """You try strengths with equal differences; sizes that may be 0.0001 need equal ratios."""
    strengths = np.linspace(1e-4, 1e4, 5)
    return strengths[np.argmin([train(strength) for strength in strengths])]


@bank.mistake("tune_strength")
def five_fixed_before(train):
    """You fix all five strengths before you start; let the first results decide about the rest."""
    strengths = np.geomspace(1e-4, 1e4, 5)
    return strengths[np.argmin([train(strength) for strength in strengths])]


@bank.mistake("tune_strength")
def every_power_of_ten(train):
    """You train with every power of ten, nine times; the budget is five trainings."""
    strengths = 10.0 ** np.arange(-4, 5)
    return strengths[np.argmin([train(strength) for strength in strengths])]


@bank.mistake("tune_strength")
def strength_of_the_largest_error(train):
    """You choose the strength of the largest error; the smallest one is the best."""
    strengths = [1e-3, 1e0, 1e3]
    errors = [train(strength) for strength in strengths]
    best = strengths[int(np.argmax(errors))]
    for strength in (best / 10, best * 10):
        strengths.append(strength)
        errors.append(train(strength))
    return strengths[int(np.argmax(errors))]


@bank.mistake("tune_strength")
def error_in_place_of_its_strength(train):
    """You return the least error; return the strength that gave it."""
    strengths = [1e-3, 1e0, 1e3]
    errors = [train(strength) for strength in strengths]
    best = strengths[int(np.argmin(errors))]
    return min(*errors, train(best / 10), train(best * 10))


@bank.mistake("tune_strength")
def last_strength_returned(train):
    """You return the last strength that you tried; return the one with the least error."""
    strengths = [1e-3, 1e0, 1e3]
    best = strengths[int(np.argmin([train(strength) for strength in strengths]))]
    for strength in (best / 10, best * 10):
        train(strength)
    return strength


@bank.mistake("tune_strength")
def nothing_trained(train):
    """You choose without a training; the best strength depends on the data and their units."""
    return 0.01


@bank.mistake("tune_strength")
def steps_too_small(train):
    """You try strengths near to each other; the first few have to span the whole range."""
    strengths, errors = [1.0, 2.0], [train(1.0), train(2.0)]
    factor = 2.0 if errors[1] < errors[0] else 0.5
    for _ in range(3):
        strengths.append(strengths[int(np.argmin(errors))] * factor)
        errors.append(train(strengths[-1]))
    return strengths[int(np.argmin(errors))]


@bank.mistake("tune_strength")
def five_of_usual_size(train):
    """You try five fixed strengths of usual size; in another unit the best one lies elsewhere."""
    strengths = [0.001, 0.003, 0.01, 0.03, 0.1]
    return strengths[int(np.argmin([train(strength) for strength in strengths]))]


@bank.mistake("tune_strength")
def place_in_the_list(train):
    """You return a place in your list or another number; return the strength at that place."""
    strengths = [1e-3, 1e0, 1e3]
    errors = [train(strength) for strength in strengths]
    best = strengths[int(np.argmin(errors))]
    errors += [train(best / 10), train(best * 10)]
    return float(np.argmin(errors)) + 0.5


@bank.right("tune_strength")
def golden_section(train):
    """The golden section of the logarithm."""
    golden = (5**0.5 - 1) / 2
    low, high = -4.0, 4.0
    tried = {}

    def look(place):
        tried[place] = train(10**place)

    left, right = high - golden * (high - low), low + golden * (high - low)
    look(left)
    look(right)
    for _ in range(3):
        if tried[left] < tried[right]:
            high, right = right, left
            left = high - golden * (high - low)
            look(left)
        else:
            low, left = left, right
            right = low + golden * (high - low)
            look(right)
    return 10 ** min(tried, key=tried.get)


@bank.right("tune_strength")
def hundreds_and_then_quarters(train):
    """Three strengths with ratios of 100, and two more around or beyond the best of them."""
    errors = {strength: train(strength) for strength in (0.01, 1.0, 100.0)}
    best = min(errors, key=errors.get)
    for strength in (best / 4, best * 4):
        errors[strength] = train(strength)
    return min(errors, key=errors.get)


# --- build_regularized ----------------------------------------------------------------------------


@bank.view("build_regularized")
def what_restrains_the_model(model):
    """What the layers and the optimizer restrain, and what the model puts out."""
    layers = model.get_config()["layers"]
    kinds = [layer["class_name"] for layer in layers]
    settings = [layer["config"] for layer in layers]
    compiled = bool(model.get_compile_config())
    decay = model.optimizer.weight_decay if compiled else 0
    seen = []
    for part in ("kernel", "bias", "activity"):
        penalties = [one.get(f"{part}_regularizer") for one in settings]
        strengths = [max(one["config"].values()) for one in penalties if one]
        seen.append("none" if not strengths else "too strong" if max(strengths) > 1 else "some")
    decays = decay is not None and float(decay) > 0
    # Either of the two may shrink the weights, so it does not matter which.
    shrinks = [seen[0] != "none", decays]
    seen[0] = "too strong" if seen[0] == "too strong" else ["none", "one", "both"][sum(shrinks)]
    limits = [one["kernel_constraint"] for one in settings if one.get("kernel_constraint")]
    lengths = [one["config"].get("max_value", 0) for one in limits]
    seen.append("none" if not limits else "too long" if min(lengths) > 4 else "some")
    seen.append(any(one.get("bias_constraint") for one in settings))
    rates = [one["rate"] for kind, one in zip(kinds, settings, strict=True) if kind == "Dropout"]
    seen.append([len(rates) > 0, kinds[-1] == "Dropout", max(rates, default=0) < 0.1])
    seen.append(str(settings[-1].get("activation", kinds[-1])).lower())
    return [*seen, compiled, model.output_shape[-1]]


@bank.mistake("build_regularized")
def penalty_on_the_bias(n_features, n_outputs):
    """You put the penalty on the bias; it is the weights of the kernel that should stay small."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        bias_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(3.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def penalty_on_the_outputs(n_features, n_outputs):
    """You put the penalty on the outputs of the layer; `kernel_regularizer` is for its weights."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        activity_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(3.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def neither_penalty_nor_decay(n_features, n_outputs):
    """You have neither a penalty nor a weight decay; one of the two has to shrink the weights."""
    import keras

    hidden = keras.layers.Dense(
        32, activation="relu", kernel_constraint=keras.constraints.MaxNorm(3.0)
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def penalty_and_decay_at_once(n_features, n_outputs):
    """You have a penalty and a weight decay; both shrink the weights, so choose one of them."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.001),
        kernel_constraint=keras.constraints.MaxNorm(3.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(
        keras.optimizers.AdamW(0.01, weight_decay=0.05), "sparse_categorical_crossentropy"
    )
    return model


@bank.mistake("build_regularized")
def constraint_forgotten(n_features, n_outputs):
    """You leave the constraint out; give the hidden layer a `kernel_constraint`."""
    import keras

    hidden = keras.layers.Dense(32, activation="relu")
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def constraint_far_too_long(n_features, n_outputs):
    """You allow columns longer than 4; the columns of this network never become so long."""
    import keras

    limit = keras.constraints.MaxNorm(20.0)
    hidden = keras.layers.Dense(32, activation="relu", kernel_constraint=limit)
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def constraint_on_the_bias(n_features, n_outputs):
    """You constrain the bias; what should not grow long are the columns of the kernel."""
    import keras

    hidden = keras.layers.Dense(
        32, activation="relu", bias_constraint=keras.constraints.MaxNorm(3.0)
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def dropout_forgotten(n_features, n_outputs):
    """You leave dropout out; put a `Dropout` layer after the hidden layer."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def dropout_on_the_probabilities(n_features, n_outputs):
    """You drop probabilities after the softmax; what is left no longer sums to 1."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, head, keras.layers.Dropout(0.5)]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def all_three_too_weak(n_features, n_outputs):
    """You have all three, so weak that they do nothing; the network learns its labels by heart."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(1e-5),
        kernel_constraint=keras.constraints.MaxNorm(4.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.01), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def penalty_too_strong(n_features, n_outputs):
    """You make the penalty so strong that nothing is learned; try a hundredth of it."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(100.0),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def logits_for_probabilities(n_features, n_outputs):
    """You leave softmax out of the last layer; the task asks for probabilities."""
    import keras

    limit = keras.constraints.MaxNorm(3.0)
    hidden = keras.layers.Dense(32, activation="relu", kernel_constraint=limit)
    head = keras.layers.Dense(n_outputs)
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), loss)
    return model


@bank.mistake("build_regularized")
def regularized_but_not_compiled(n_features, n_outputs):
    """You do not compile the model; without a loss and an optimizer it cannot be trained."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    return keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )


@bank.right("build_regularized")
def moderate_with_a_penalty(n_features, n_outputs):
    """A dropout from the middle of the chapter's table, with its strongest penalty."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(1.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.3), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.right("build_regularized")
def moderate_with_decay(n_features, n_outputs):
    """A moderate dropout, a short limit, and half of the decay that the chapter's rule gives."""
    import keras

    limit = keras.constraints.MaxNorm(0.7)
    hidden = keras.layers.Dense(32, activation="relu", kernel_constraint=limit)
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.3), head]
    )
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.4)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


@bank.right("build_regularized")
def strongest_of_the_table(n_features, n_outputs):
    """The strongest settings of the chapter's table, with a penalty."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.01),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.right("build_regularized")
def sparse_and_functional(n_features, n_outputs):
    """L1 and L2 together, the functional style, dropout of the features too, softmax as a layer."""
    import keras

    inputs = keras.Input(shape=(n_features,))
    hidden = keras.layers.Dense(
        64,
        activation="tanh",
        kernel_regularizer=keras.regularizers.L1L2(0.001, 0.01),
        kernel_constraint=keras.constraints.MaxNorm(1.5),
    )(keras.layers.Dropout(0.1)(inputs))
    hidden = keras.layers.Dropout(0.5)(hidden)
    outputs = keras.layers.Softmax()(keras.layers.Dense(n_outputs)(hidden))
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    return model


@bank.right("build_regularized")
def two_layers_by_names(n_features, n_outputs):
    """Two hidden layers with defaults of Keras, and Adam with a weight decay, which is AdamW."""
    import keras

    model = keras.Sequential()
    model.add(keras.layers.Input((n_features,)))
    for units in (24, 16):
        model.add(keras.layers.Dense(units, activation="relu", kernel_constraint="max_norm"))
        model.add(keras.layers.Dropout(0.3))
    model.add(keras.layers.Dense(n_outputs, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.01, weight_decay=0.05), "sparse_categorical_crossentropy")
    return model
