"""What students answer to the exercises of chapter 4, regularization."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- l1_penalty -----------------------------------------------------------------------------------


@bank.mistake("l1_penalty")
def signs_left_in(w, strength):
    """You add the weights with their signs; a large negative weight must cost, not pay."""
    return strength * np.sum(w)


@bank.mistake("l1_penalty")
def squares_for_sizes(w, strength):
    """You square the weights; that is L2, and L1 adds their sizes."""
    return strength * np.sum(w**2)


@bank.mistake("l1_penalty")
def mean_of_the_sizes(w, strength):
    """You take the mean of the sizes; the penalty is their sum, and grows with every weight."""
    return strength * np.mean(np.abs(w))


@bank.mistake("l1_penalty")
def size_of_the_sum(w, strength):
    """You take the size of the sum; weights of opposite sign have canceled by then."""
    return strength * np.abs(np.sum(w))


@bank.mistake("l1_penalty")
def strength_of_l1_left_out(w, strength):
    """You leave the strength out; it says how much the penalty weighs beside the loss."""
    return np.sum(np.abs(w))


@bank.mistake("l1_penalty")
def length_of_the_weights(w, strength):
    """You take the length of w, the root of its squares; L1 has no squares and no root."""
    return strength * np.sqrt(np.sum(w**2))


@bank.mistake("l1_penalty")
def number_of_weights_in_use(w, strength):
    """You count the weights that are not 0; L1 charges each for its size."""
    return strength * np.count_nonzero(w)


@bank.mistake("l1_penalty")
def largest_size_only(w, strength):
    """You charge the largest weight alone; every weight counts."""
    return strength * np.max(np.abs(w))


@bank.mistake("l1_penalty")
def one_penalty_a_weight(w, strength):
    """You return a penalty for each weight; what is added to the loss is their sum, one number."""
    return strength * np.abs(w)


@bank.mistake("l1_penalty")
def sizes_written_into_w(w, strength):
    """You write the sizes into `w`; that changes the weights of whoever called you."""
    np.abs(w, out=w)
    return strength * np.sum(w)


@bank.right("l1_penalty")
def sizes_one_by_one(w, strength):
    """A loop over the weights."""
    total = 0.0
    for weight in w.ravel():
        total += weight if weight > 0 else -weight
    return float(strength * total)


@bank.right("l1_penalty")
def weights_times_their_signs(w, strength):
    """The weights times their signs, as a product of two vectors."""
    return strength * np.ravel(w) @ np.sign(np.ravel(w))


@bank.right("l1_penalty")
def norm_with_one_as_its_order(w, strength):
    """NumPy's norm of order 1."""
    return strength * np.linalg.norm(w.flatten(), ord=1)


# --- l2_penalty -----------------------------------------------------------------------------------


@bank.mistake("l2_penalty")
def root_of_the_squares(w, strength):
    """You take the root, which gives the length of w; the penalty is the square of the length."""
    return strength * np.sqrt(np.sum(w**2))


@bank.mistake("l2_penalty")
def half_the_squares(w, strength):
    """You put a half in front, as some books do; Keras takes the strength as it is."""
    return 0.5 * strength * np.sum(w**2)


@bank.mistake("l2_penalty")
def mean_of_the_squares(w, strength):
    """You take the mean of the squares; the penalty is their sum, and grows with every weight."""
    return strength * np.mean(w**2)


@bank.mistake("l2_penalty")
def sizes_for_squares(w, strength):
    """You add the sizes of the weights; that is L1, and L2 adds their squares."""
    return strength * np.sum(np.abs(w))


@bank.mistake("l2_penalty")
def square_of_the_sum(w, strength):
    """You square the sum; square each weight first, or those of opposite sign cancel."""
    return strength * np.sum(w) ** 2


@bank.mistake("l2_penalty")
def strength_squared_too(w, strength):
    """You square the strength together with the weights; only the weights are squared."""
    return np.sum((strength * w) ** 2)


@bank.mistake("l2_penalty")
def strength_of_l2_left_out(w, strength):
    """You leave the strength out; it says how much the penalty weighs beside the loss."""
    return np.sum(w**2)


@bank.mistake("l2_penalty")
def one_square_a_weight(w, strength):
    """You return a penalty for each weight; what is added to the loss is their sum, one number."""
    return strength * w**2


@bank.mistake("l2_penalty")
def squares_written_into_w(w, strength):
    """You write `w *= w`; that changes the weights of whoever called you."""
    w *= w
    return strength * np.sum(w)


@bank.right("l2_penalty")
def weights_times_themselves(w, strength):
    """The product of the weights with themselves."""
    return strength * np.vdot(w, w)


@bank.right("l2_penalty")
def square_of_the_length(w, strength):
    """The length, squared."""
    return float(strength * np.linalg.norm(w) ** 2)


@bank.right("l2_penalty")
def squares_one_by_one(w, strength):
    """A sum over the weights."""
    return sum(strength * weight * weight for weight in w.flat)


# --- l1_gradient ----------------------------------------------------------------------------------


@bank.mistake("l1_gradient")
def weights_for_signs(w, strength):
    """You multiply the strength by the weights; that is the way of L2, and L1 has only signs."""
    return strength * w


@bank.mistake("l1_gradient")
def signs_without_strength(w, strength):
    """You leave the strength out; the slope is the strength times the sign."""
    return np.sign(w)


@bank.mistake("l1_gradient")
def same_side_for_all(w, strength):
    """You push every weight to the same side; a negative weight must be pushed up, toward 0."""
    return strength * np.ones_like(w)


@bank.mistake("l1_gradient")
def zero_pushed_down(w, strength):
    """You give a weight of 0 the slope of a positive one; at the corner the slope is taken as 0."""
    return np.where(w >= 0, strength, -strength)


@bank.mistake("l1_gradient")
def zero_pushed_up(w, strength):
    """You give a weight of 0 the slope of a negative one; at the corner the slope is taken as 0."""
    return np.where(w > 0, strength, -strength)


@bank.mistake("l1_gradient")
def zero_by_zero(w, strength):
    """You divide the weight by its size; for a weight of 0 that is 0/0, which is no number."""
    with np.errstate(invalid="ignore"):
        return strength * w / np.abs(w)


@bank.mistake("l1_gradient")
def slopes_added_up(w, strength):
    """You add the slopes up; each weight has its own, and the result has the shape of w."""
    return strength * np.sum(np.sign(w))


@bank.mistake("l1_gradient")
def slope_divided_by_the_number(w, strength):
    """You divide by the number of weights; the penalty is a sum and no mean."""
    return strength * np.sign(w) / w.size


@bank.mistake("l1_gradient")
def slope_of_l1_downhill(w, strength):
    """You turn the sign around; the gradient points uphill, and the step subtracts it."""
    return -strength * np.sign(w)


@bank.mistake("l1_gradient")
def penalty_for_slope(w, strength):
    """You return what each weight costs; the slope is how fast that grows."""
    return strength * np.abs(w)


@bank.right("l1_gradient")
def sides_compared(w, strength):
    """Positive minus negative."""
    return strength * ((w > 0).astype(float) - (w < 0))


@bank.right("l1_gradient")
def three_cases(w, strength):
    """The three cases, one after the other."""
    slope = np.zeros_like(w)
    slope[w > 0] = strength
    slope[w < 0] = -strength
    return slope


# --- l2_gradient ----------------------------------------------------------------------------------


@bank.mistake("l2_gradient")
def two_forgotten(w, strength):
    """You forget the 2 of the square's slope; it only vanishes where the penalty has a half."""
    return strength * w


@bank.mistake("l2_gradient")
def penalty_of_l2_for_its_slope(w, strength):
    """You return what each weight costs; the slope of a square is twice the number."""
    return strength * w**2


@bank.mistake("l2_gradient")
def slope_of_the_length(w, strength):
    """You take the slope of the length of w; the penalty is its square, and has no root."""
    return strength * w / np.sqrt(np.sum(w**2))


@bank.mistake("l2_gradient")
def slope_of_the_mean_square(w, strength):
    """You divide by the number of weights; the penalty is a sum and no mean."""
    return 2 * strength * w / w.size


@bank.mistake("l2_gradient")
def signs_for_weights(w, strength):
    """You multiply by the signs; that is the way of L1, and L2 pushes large weights harder."""
    return 2 * strength * np.sign(w)


@bank.mistake("l2_gradient")
def slope_of_l2_without_strength(w, strength):
    """You leave the strength out; the slope is 2 times the strength times the weight."""
    return 2 * w


@bank.mistake("l2_gradient")
def sides_of_l2_forgotten(w, strength):
    """You take the sizes of the weights; a negative weight has a negative slope."""
    return 2 * strength * np.abs(w)


@bank.mistake("l2_gradient")
def slopes_of_l2_added_up(w, strength):
    """You add the slopes up; each weight has its own, and the result has the shape of w."""
    return 2 * strength * np.sum(w)


@bank.mistake("l2_gradient")
def slope_of_l2_downhill(w, strength):
    """You turn the sign around; the gradient points uphill, and the step subtracts it."""
    return -2 * strength * w


@bank.mistake("l2_gradient")
def doubled_in_place(w, strength):
    """You write `w *= …`; that changes the weights of whoever called you."""
    w *= 2 * strength
    return w


@bank.right("l2_gradient")
def weight_and_weight_again(w, strength):
    """The weights twice over."""
    return strength * (w + w)


@bank.right("l2_gradient")
def slope_of_a_square_by_the_product_rule(w, strength):
    """A loop over the weights, w times w by the product rule."""
    slope = np.empty(w.shape)
    for place, weight in np.ndenumerate(w):
        slope[place] = strength * (1 * weight + weight * 1)
    return slope


# --- soft_threshold -------------------------------------------------------------------------------


@bank.mistake("soft_threshold")
def hard_threshold(w, threshold):
    """You keep the large weights as they are; soft thresholding moves these too."""
    return np.where(np.abs(w) > threshold, w, 0.0)


@bank.mistake("soft_threshold")
def past_zero(w, threshold):
    """You do not stop at 0; a small weight goes past it and turns its sign."""
    return w - threshold * np.sign(w)


@bank.mistake("soft_threshold")
def negative_weights_dropped(w, threshold):
    """You set all negative weights to 0; they too move toward 0 by the threshold."""
    return np.maximum(w - threshold, 0)


@bank.mistake("soft_threshold")
def signs_not_given_back(w, threshold):
    """You shorten the sizes and do not give the signs back; −4 goes to −3 and not to 3."""
    return np.maximum(np.abs(w) - threshold, 0)


@bank.mistake("soft_threshold")
def clipped_to_the_threshold(w, threshold):
    """You keep what is within the threshold; it is what goes beyond it that stays."""
    return np.clip(w, -threshold, threshold)


@bank.mistake("soft_threshold")
def divided_as_ridge_does(w, threshold):
    """You shrink by a factor, as L2 does; then no weight ever reaches 0."""
    return w / (1 + threshold)


@bank.mistake("soft_threshold")
def moved_down_by_the_threshold(w, threshold):
    """You move every large weight down; a negative one moves up, toward 0."""
    return np.where(np.abs(w) > threshold, w - threshold, 0.0)


@bank.mistake("soft_threshold")
def threshold_halved(w, threshold):
    """You move by half the threshold; the half stands before the square and not before t."""
    return np.sign(w) * np.maximum(np.abs(w) - threshold / 2, 0)


@bank.mistake("soft_threshold")
def away_from_zero(w, threshold):
    """You move the weights away from 0; the penalty pulls them toward it."""
    return np.sign(w) * (np.abs(w) + threshold)


@bank.mistake("soft_threshold")
def zeroed_in_place(w, threshold):
    """You write into `w`; that changes the weights of whoever called you."""
    w -= np.clip(w, -threshold, threshold)
    return w


@bank.right("soft_threshold")
def what_goes_beyond(w, threshold):
    """What is left when the part within the threshold is taken away."""
    return w - np.clip(w, -threshold, threshold)


@bank.right("soft_threshold")
def two_ramps(w, threshold):
    """One ramp for positive weights, and one for negative ones."""
    return np.maximum(w - threshold, 0) - np.maximum(-w - threshold, 0)


@bank.right("soft_threshold")
def thresholds_by_cases(w, threshold):
    """Three cases in a loop."""
    result = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        if w[place] > threshold:
            result[place] = w[place] - threshold
        elif w[place] < -threshold:
            result[place] = w[place] + threshold
    return result


# --- max_norm -------------------------------------------------------------------------------------


@bank.mistake("max_norm")
def rows_for_columns(w, max_value):
    """You measure the rows; the weights that lead into one unit are a column, along axis 0."""
    norms = np.sqrt(np.sum(w**2, axis=1, keepdims=True))
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def whole_kernel_at_once(w, max_value):
    """You measure the whole kernel; each column has a length of its own."""
    norm = np.sqrt(np.sum(w**2))
    return w * np.minimum(norm, max_value) / (norm + 1e-7)


@bank.mistake("max_norm")
def weights_clipped_one_by_one(w, max_value):
    """You clip each weight by itself; that turns the column, and it may still be too long."""
    return np.clip(w, -max_value, max_value)


@bank.mistake("max_norm")
def every_column_at_full_length(w, max_value):
    """You give every column the full length; one that is shorter must stay as it is."""
    norms = np.sqrt(np.sum(w**2, axis=0))
    return w * max_value / (norms + 1e-7)


@bank.mistake("max_norm")
def every_column_of_length_one(w, max_value):
    """You give every column that is too long the length 1; the most it may have is `max_value`."""
    norms = np.sqrt(np.sum(w**2, axis=0))
    return np.where(norms > max_value, w / (norms + 1e-7), w)


@bank.mistake("max_norm")
def root_of_the_norm_forgotten(w, max_value):
    """You compare the sum of the squares; the length of a column is its root."""
    norms = np.sum(w**2, axis=0)
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def sizes_added_for_the_length(w, max_value):
    """You add the sizes of the weights; the length of a column is the root of its squares."""
    norms = np.sum(np.abs(w), axis=0)
    return w * np.minimum(norms, max_value) / (norms + 1e-7)


@bank.mistake("max_norm")
def columns_of_zeros_divided(w, max_value):
    """You divide by the length as it is; for a column of zeros 0/0 is no number, so add 1e-7."""
    norms = np.sqrt(np.sum(w**2, axis=0))
    with np.errstate(invalid="ignore"):
        return w * (np.minimum(norms, max_value) / norms)


@bank.mistake("max_norm")
def long_columns_removed(w, max_value):
    """You set columns that are too long to 0; they keep their direction and the length r."""
    norms = np.sqrt(np.sum(w**2, axis=0))
    return np.where(norms > max_value, 0.0, w)


@bank.mistake("max_norm")
def columns_shortened_in_place(w, max_value):
    """You shorten the columns of `w` itself; that changes the kernel of whoever called you."""
    norms = np.sqrt(np.sum(w**2, axis=0))
    w *= np.minimum(norms, max_value) / (norms + 1e-7)
    return w


@bank.right("max_norm")
def columns_one_by_one(w, max_value):
    """A loop over the columns."""
    result = w.copy()
    for k in range(w.shape[1]):
        norm = np.linalg.norm(w[:, k])
        if norm > max_value:
            result[:, k] *= max_value / norm
    return result


@bank.right("max_norm")
def share_of_at_most_one(w, max_value):
    """The share from the formula; an infinite one is cut to 1."""
    return w * np.minimum(1, max_value / np.linalg.norm(w, axis=0, keepdims=True))


@bank.right("max_norm")
def divided_by_the_excess(w, max_value):
    """How many times too long a column is, and at least once."""
    return w / np.maximum(np.sqrt(np.einsum("ij,ij->j", w, w)) / max_value, 1)


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
    """You keep where the random number is below the rate; those are the ones to drop."""
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
    """You divide the kept values by the rate; it is the share that is kept, 1 − rate."""
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
    """You write the zeros into `x`; that changes the array of whoever called you."""
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
    """You count a gain of just `min_delta`; an improvement is more than that."""
    best, restored = float("inf"), 0
    for epoch, loss in enumerate(losses):
        if loss <= best - min_delta:
            best, restored = loss, epoch
        elif epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def best_lowered_by_every_gain(losses, patience, min_delta):
    """You lower the best by every small gain; it stays until one is more than `min_delta`."""
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
    """You wait once more than `patience`; training stops as soon as so many are reached."""
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
    """You take a loss that is nan for an improvement; write what is less, not what is not more."""
    best, restored = losses[0], 0
    for epoch, loss in enumerate(losses):
        if epoch > 0 and not loss >= best - min_delta:
            best, restored = loss, epoch
        elif epoch > 0 and epoch - restored >= patience:
            break
    return epoch, restored


@bank.mistake("early_stopping")
def best_of_all_losses(losses, patience, min_delta):
    """You look for the best of all losses; training knows nothing of the epochs to come."""
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
    """You add the decay to the gradient; Adam then divides it by √v, so take it off beside."""
    gradient = gradient + weight_decay * w
    t = state.get("t", 0) + 1
    m = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    correction = np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    w = w - learning_rate * correction * m / (np.sqrt(v) + epsilon)
    return w, {"t": t, "m": m, "v": v}


@bank.mistake("adamw_step")
def l2_in_the_gradient(w, gradient, state, learning_rate=0.001, weight_decay=0.004, epsilon=1e-7):
    """You add the slope of L2 to the gradient; Adam divides it by √v, so let w decay beside it."""
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
    """You add the decay; it takes from every weight."""
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


# --- build_regularized ----------------------------------------------------------------------------


@bank.view("build_regularized")
def what_restrains_the_model(model):
    """What the layers and the optimizer restrain, and what the model puts out."""
    layers = model.get_config()["layers"]
    kinds = [layer["class_name"] for layer in layers]
    settings = [layer["config"] for layer in layers]
    seen = []
    for part in ("kernel", "bias", "activity"):
        penalties = [one.get(f"{part}_regularizer") for one in settings]
        strengths = [max(one["config"].values()) for one in penalties if one]
        seen.append("none" if not strengths else "too strong" if max(strengths) > 1 else "some")
        seen.append(any(one.get(f"{part}_constraint") for one in settings))
    rates = [one["rate"] for kind, one in zip(kinds, settings, strict=True) if kind == "Dropout"]
    seen.append([len(rates) > 0, kinds[-1] == "Dropout", max(rates, default=0) < 0.1])
    seen.append(str(settings[-1].get("activation", kinds[-1])).lower())
    compiled = bool(model.get_compile_config())
    decay = model.optimizer.weight_decay if compiled else 0
    seen.append([compiled, decay is not None and float(decay) > 0])
    return [*seen, model.output_shape[-1]]


@bank.mistake("build_regularized")
def penalty_on_the_bias(n_features, n_outputs):
    """You put the penalty on the bias; it is the weights of the kernel that should stay small."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        bias_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
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
def penalty_on_the_outputs(n_features, n_outputs):
    """You put the penalty on what the layer puts out; `kernel_regularizer` is for its weights."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        activity_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
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
def penalty_forgotten(n_features, n_outputs):
    """You leave the penalty out; give the hidden layer a `kernel_regularizer`."""
    import keras

    hidden = keras.layers.Dense(
        32, activation="relu", kernel_constraint=keras.constraints.MaxNorm(1.0)
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def constraint_forgotten(n_features, n_outputs):
    """You leave the constraint out; give the hidden layer a `kernel_constraint`."""
    import keras

    hidden = keras.layers.Dense(
        32, activation="relu", kernel_regularizer=keras.regularizers.L2(0.05)
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
def constraint_on_the_bias(n_features, n_outputs):
    """You constrain the bias; what should not grow long are the columns of the kernel."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.05),
        bias_constraint=keras.constraints.MaxNorm(2.0),
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
def dropout_forgotten(n_features, n_outputs):
    """You leave dropout out; put a `Dropout` layer after the hidden layer."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential([keras.layers.Input((n_features,)), hidden, head])
    model.compile(
        keras.optimizers.AdamW(0.01, weight_decay=0.05), "sparse_categorical_crossentropy"
    )
    return model


@bank.mistake("build_regularized")
def dropout_on_the_probabilities(n_features, n_outputs):
    """You drop probabilities after the softmax; what is left no longer sums to 1."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, head, keras.layers.Dropout(0.5)]
    )
    model.compile(
        keras.optimizers.AdamW(0.01, weight_decay=0.05), "sparse_categorical_crossentropy"
    )
    return model


@bank.mistake("build_regularized")
def adam_without_decay(n_features, n_outputs):
    """You compile with Adam; the decay comes with AdamW and its `weight_decay`."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model


@bank.mistake("build_regularized")
def all_four_too_weak(n_features, n_outputs):
    """You have all four but so weak that they do nothing; the labels are still learned by heart."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(1e-5),
        kernel_constraint=keras.constraints.MaxNorm(5.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.01), head]
    )
    model.compile(
        keras.optimizers.AdamW(0.01, weight_decay=1e-5), "sparse_categorical_crossentropy"
    )
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
    model.compile(
        keras.optimizers.AdamW(0.01, weight_decay=0.05), "sparse_categorical_crossentropy"
    )
    return model


@bank.mistake("build_regularized")
def logits_for_probabilities(n_features, n_outputs):
    """You leave softmax out of the last layer; the task asks for probabilities."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs)
    model = keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.05), loss)
    return model


@bank.mistake("build_regularized")
def regularized_but_not_compiled(n_features, n_outputs):
    """You do not compile the model; weight decay comes with the optimizer."""
    import keras

    hidden = keras.layers.Dense(
        32,
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(0.05),
        kernel_constraint=keras.constraints.MaxNorm(2.0),
    )
    head = keras.layers.Dense(n_outputs, activation="softmax")
    return keras.Sequential(
        [keras.layers.Input((n_features,)), hidden, keras.layers.Dropout(0.5), head]
    )


@bank.right("build_regularized")
def sparse_and_functional(n_features, n_outputs):
    """L1 and L2 together, the functional style, dropout of the features too, softmax as a layer."""
    import keras

    inputs = keras.Input(shape=(n_features,))
    hidden = keras.layers.Dense(
        64,
        activation="tanh",
        kernel_regularizer=keras.regularizers.L1L2(0.01, 0.01),
        kernel_constraint=keras.constraints.MaxNorm(1.5),
    )(keras.layers.Dropout(0.1)(inputs))
    hidden = keras.layers.Dropout(0.5)(hidden)
    outputs = keras.layers.Softmax()(keras.layers.Dense(n_outputs)(hidden))
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=0.01, weight_decay=0.1),
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
        model.add(
            keras.layers.Dense(
                units, activation="relu", kernel_regularizer="l2", kernel_constraint="max_norm"
            )
        )
        model.add(keras.layers.Dropout(0.5))
    model.add(keras.layers.Dense(n_outputs, activation="softmax", kernel_regularizer="l2"))
    model.compile(keras.optimizers.Adam(0.01, weight_decay=0.05), "sparse_categorical_crossentropy")
    return model
