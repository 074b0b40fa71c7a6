"""What students answer to the exercises of chapter 5, learning-rate schedules."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- recognize_schedule ---------------------------------------------------------------------------


@bank.mistake("recognize_schedule")
def differences_with_an_absolute_tolerance(rates):
    """You compare with NumPy's absolute tolerance; tiny rates then look alike, so set atol to 0."""
    if np.allclose(rates, rates[0]):
        return "constant"
    quantities = {"linear": rates, "exponential": np.log(rates), "inverse time": 1 / rates}
    for name, quantity in quantities.items():
        changes = np.diff(quantity)
        if np.allclose(changes, changes[0]):
            return name
    return "cosine"


@bank.mistake("recognize_schedule")
def first_and_last_change_only(rates):
    """You compare the first change with the last one; on a whole cosine these two are equal."""
    if np.allclose(rates, rates[0], atol=0):
        return "constant"
    quantities = {"linear": rates, "exponential": np.log(rates), "inverse time": 1 / rates}
    for name, quantity in quantities.items():
        changes = np.diff(quantity)
        if np.isclose(changes[0], changes[-1], atol=0):
            return name
    return "cosine"


@bank.mistake("recognize_schedule")
def constant_is_called_linear(rates):
    """You call constant rates linear; ask first whether all rates are the same."""
    quantities = {"linear": rates, "exponential": np.log(rates), "inverse time": 1 / rates}
    for name, quantity in quantities.items():
        changes = np.diff(quantity)
        if np.allclose(changes, changes[0], atol=1e-15):
            return name
    return "cosine"


@bank.mistake("recognize_schedule")
def equal_ratios_are_called_linear(rates):
    """You swap two names; equal ratios are exponential, and equal differences are linear."""
    if np.allclose(rates, rates[0], atol=0):
        return "constant"
    quantities = {"exponential": rates, "linear": np.log(rates), "inverse time": 1 / rates}
    for name, quantity in quantities.items():
        changes = np.diff(quantity)
        if np.allclose(changes, changes[0], atol=0):
            return name
    return "cosine"


@bank.mistake("recognize_schedule")
def ratios_of_the_inverse(rates):
    """You look at ratios of the reciprocals; inverse-time decay has equal differences of them."""
    if np.allclose(rates, rates[0], atol=0):
        return "constant"
    quantities = {"linear": rates, "exponential": np.log(rates), "inverse time": -np.log(rates)}
    for name, quantity in quantities.items():
        changes = np.diff(quantity)
        if np.allclose(changes, changes[0], atol=0):
            return name
    return "cosine"


@bank.mistake("recognize_schedule")
def cosine_never_found(rates):
    """You never answer cosine; it is what is left if no quantity changes by equal amounts."""
    if np.allclose(rates, rates[0], atol=0):
        return "constant"
    quantities = {"linear": rates, "exponential": np.log(rates)}
    for name, quantity in quantities.items():
        changes = np.diff(quantity)
        if np.allclose(changes, changes[0], atol=0):
            return name
    return "inverse time"


@bank.right("recognize_schedule")
def second_differences(rates):
    """Second differences are compared with the size of the first ones."""

    def even(quantity):
        first = np.diff(quantity)
        return np.max(np.abs(np.diff(first))) <= 1e-6 * np.max(np.abs(first))

    if np.ptp(rates) <= 1e-9 * rates[0]:
        return "constant"
    for name, quantity in (
        ("inverse time", rates[0] / rates),
        ("exponential", np.log(rates / rates[0])),
        ("linear", rates / rates[0]),
    ):
        if even(quantity):
            return name
    return "cosine"


@bank.right("recognize_schedule")
def means_of_neighbors(rates):
    """The middle of three rates is the arithmetic, geometric or harmonic mean of its neighbors."""
    low, middle, high = rates[2:], rates[1:-1], rates[:-2]
    if np.all(np.abs(rates / rates[0] - 1) < 1e-9):
        return "constant"
    change = np.max(np.abs(high / low - 1))
    means = {
        "linear": (low + high) / 2,
        "exponential": np.sqrt(low * high),
        "inverse time": 2 * low * high / (low + high),
    }
    errors = {name: np.max(np.abs(mean / middle - 1)) for name, mean in means.items()}
    best = min(errors, key=errors.get)
    return best if errors[best] < 1e-7 * change else "cosine"


# --- cosine_decay_restarts ------------------------------------------------------------------------


@bank.mistake("cosine_decay_restarts")
def restart_a_step_late(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You restart a step late; the step at which a period is over is the first of the next one."""
    length, height = first_decay_steps, 1.0
    while step > length:
        step, length, height = step - length, length * t_mul, height * m_mul
    wave = height * 0.5 * (1 + np.cos(np.pi * step / length))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def restart_by_a_logarithm(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You find the period by a logarithm; it rounds, and after many steps a restart comes late."""
    done = step / first_decay_steps
    if t_mul == 1:
        period = np.floor(done)
        done -= period
    else:
        period = np.floor(np.log(1 - done * (1 - t_mul)) / np.log(t_mul))
        done = (done - (1 - t_mul**period) / (1 - t_mul)) / t_mul**period
    wave = m_mul**period * 0.5 * (1 + np.cos(np.pi * done))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def periods_of_one_length(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You leave t_mul out; each period is t_mul times as long as the one before."""
    period, step = divmod(step, first_decay_steps)
    wave = m_mul**period * 0.5 * (1 + np.cos(np.pi * step / first_decay_steps))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def restarts_of_one_height(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You leave m_mul out; each restart is m_mul times as high as the one before."""
    length = first_decay_steps
    while step >= length:
        step, length = step - length, length * t_mul
    wave = 0.5 * (1 + np.cos(np.pi * step / length))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def steps_since_the_beginning(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You count the steps of all periods together; the wave begins at 0 in each period."""
    begin, length, height = 0, first_decay_steps, 1.0
    while step >= begin + length:
        begin, length, height = begin + length, length * t_mul, height * m_mul
    wave = height * 0.5 * (1 + np.cos(np.pi * step / length))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def end_of_the_first_period(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You never restart; after first_decay_steps the rate jumps back up and falls again."""
    wave = 0.5 * (1 + np.cos(np.pi * min(step, first_decay_steps) / first_decay_steps))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def floor_shrinks_too(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You multiply alpha by m_mul too; only the wave shrinks, and alpha stays below it."""
    length, height = first_decay_steps, 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    wave = 0.5 * (1 + np.cos(np.pi * step / length))
    return initial_learning_rate * height * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def length_multiplied_by_the_number(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You add the same to each length; period i is t_mul to the power i times as long."""
    period, length = 0, first_decay_steps
    while step >= length:
        step, period = step - length, period + 1
        length = first_decay_steps * (1 + period * (t_mul - 1))
    wave = m_mul**period * 0.5 * (1 + np.cos(np.pi * step / length))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay_restarts")
def alpha_of_restarts_as_a_rate(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """You take alpha for the least rate; it is a share of the initial rate."""
    length, height = first_decay_steps, 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    wave = height * 0.5 * (1 + np.cos(np.pi * step / length))
    return (initial_learning_rate - alpha) * wave + alpha


@bank.right("cosine_decay_restarts")
def restarts_by_recursion(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """A function that calls itself for the next period."""

    def wave(step, length):
        if step < length:
            return np.cos(np.pi / 2 * step / length) ** 2
        return m_mul * wave(step - length, length * t_mul)

    return initial_learning_rate * ((1 - alpha) * wave(step, first_decay_steps) + alpha)


@bank.right("cosine_decay_restarts")
def restarts_from_a_list_of_beginnings(
    step, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0
):
    """The beginnings of all periods in a list."""
    begins, lengths = [0.0], [float(first_decay_steps)]
    while begins[-1] + lengths[-1] <= step:
        begins.append(begins[-1] + lengths[-1])
        lengths.append(lengths[-1] * t_mul)
    done = (step - begins[-1]) / lengths[-1]
    wave = m_mul ** (len(begins) - 1) * (1 + np.cos(np.pi * done)) / 2
    return float(initial_learning_rate * (alpha + (1 - alpha) * wave))


# --- one_cycle ------------------------------------------------------------------------------------


@bank.mistake("one_cycle")
def cycle_over_all_steps(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You spread the cycle over all steps; it takes cycle_share of them, and the rest settles."""
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    if step >= total_steps:
        return final
    return np.interp(step, [0, total_steps / 2, total_steps], [low, max_learning_rate, low])


@bank.mistake("one_cycle")
def peak_at_the_end_of_the_share(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You climb for the whole cycle_share; the way up and the way down share it by halves."""
    cycle = cycle_share * total_steps
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    return np.interp(step, [0, cycle, total_steps], [low, max_learning_rate, final])


@bank.mistake("one_cycle")
def start_from_zero(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You climb from 0; the cycle begins and ends at the largest rate over divisor."""
    cycle = cycle_share * total_steps
    corners = [0, cycle / 2, cycle, total_steps]
    return np.interp(step, corners, [0, max_learning_rate, 0, max_learning_rate / final_divisor])


@bank.mistake("one_cycle")
def straight_to_the_end(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You go from the peak to the end in one line; it bends where the cycle is over."""
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    corners = [0, cycle_share * total_steps / 2, total_steps]
    return np.interp(step, corners, [low, max_learning_rate, final])


@bank.mistake("one_cycle")
def final_divisor_of_the_low_rate(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You divide the first rate by final_divisor, as PyTorch does; here it divides the largest."""
    cycle = cycle_share * total_steps
    low = max_learning_rate / divisor
    return np.interp(
        step,
        [0, cycle / 2, cycle, total_steps],
        [low, max_learning_rate, low, low / final_divisor],
    )


@bank.mistake("one_cycle")
def corners_on_whole_steps(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You round the corners to whole steps; they may fall between two, and the lines still meet."""
    cycle = int(cycle_share * total_steps)
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    return np.interp(
        step, [0, cycle // 2, cycle, total_steps], [low, max_learning_rate, low, final]
    )


@bank.mistake("one_cycle")
def cycle_along_waves(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You bend the ways into waves, as fastai does; here they are straight lines."""
    cycle = cycle_share * total_steps
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    corners, rates = [0, cycle / 2, cycle, total_steps], [low, max_learning_rate, low, final]
    for i in range(3):
        if step <= corners[i + 1]:
            done = (step - corners[i]) / (corners[i + 1] - corners[i])
            share = (1 - np.cos(np.pi * done)) / 2
            return rates[i] + (rates[i + 1] - rates[i]) * share
    return final


@bank.mistake("one_cycle")
def line_goes_on_below_the_end(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """You follow the last line past total_steps; from there on the rate stays where it is."""
    cycle = cycle_share * total_steps
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    if step > cycle:
        return low + (final - low) * (step - cycle) / (total_steps - cycle)
    return low + (max_learning_rate - low) * (1 - abs(2 * step / cycle - 1))


@bank.right("one_cycle")
def three_lines_with_ifs(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """One line after the other."""
    half = total_steps * cycle_share / 2
    low, final = max_learning_rate / divisor, max_learning_rate / final_divisor
    if step <= half:
        return low + (max_learning_rate - low) * step / half
    if step <= 2 * half:
        return max_learning_rate - (max_learning_rate - low) * (step - half) / half
    if step < total_steps:
        return low - (low - final) * (step - 2 * half) / (total_steps - 2 * half)
    return final


@bank.right("one_cycle")
def triangle_and_tail(
    step, total_steps, max_learning_rate, cycle_share=0.9, divisor=10.0, final_divisor=1000.0
):
    """A triangle of two lines, and a tail."""
    cycle = cycle_share * total_steps
    triangle = np.clip(1 - np.abs(2 * step / cycle - 1), 0, 1)
    tail = np.clip((step - cycle) / (total_steps - cycle), 0, 1)
    low = 1 / divisor
    share = low + (1 - low) * triangle + (1 / final_divisor - low) * tail
    return float(max_learning_rate * share)


# --- reduce_on_plateau ----------------------------------------------------------------------------


@bank.mistake("reduce_on_plateau")
def rate_of_the_next_epoch(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You note the rate after the reduction; the epoch that ends still had the one before."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
        rates.append(learning_rate)
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def patience_and_one_more(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You wait an epoch too long; the rate falls when `wait` reaches patience, not beyond it."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait > patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def first_loss_against_itself(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You compare the first loss with itself and see no progress; the first loss is a new best."""
    rates = []
    best, wait, cooldown_left = losses[0], 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def compared_with_the_last_loss(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You compare with the loss before; only a loss below the best of all ends the waiting."""
    rates = []
    last, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < last:
            wait = 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
        last = loss
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def best_by_the_least_bit(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You take any lower loss as the new best; it must be lower by more than min_delta."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < best:
            wait = 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
        best = min(best, loss)
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def any_lower_loss_is_better(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You leave min_delta out; a loss that creeps by less than that counts as standing still."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def waiting_never_begins_anew(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You keep `wait` after a reduction; it begins at 0 again, to give the new rate a chance."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        cooldown_left = max(cooldown_left - 1, 0)
        if loss + min_delta < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left = cooldown
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def no_cooldown(losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate):
    """You leave the cooldown out; for a while after a reduction, epochs are not counted."""
    rates = []
    best, wait = np.inf, 0
    for loss in losses:
        rates.append(learning_rate)
        if loss + min_delta < best:
            best, wait = loss, 0
        else:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                wait = 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def cooldown_and_one_more(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You take 1 off cooldown_left at the end of the epoch; do it before you look at the loss."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        cooling = cooldown_left > 0
        if loss + min_delta < best:
            best, wait = loss, 0
        elif not cooling:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
        if cooling:
            cooldown_left, wait = cooldown_left - 1, 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def blind_while_cooling(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You skip the epochs of the cooldown; a new best counts there too, only waiting does not."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if cooldown_left > 0:
            continue
        if loss + min_delta < best:
            best, wait = loss, 0
        else:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = max(learning_rate * factor, min_learning_rate)
                cooldown_left, wait = cooldown, 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def below_the_floor(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You let the last reduction go below the floor; the rate ends on min_learning_rate itself."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate > min_learning_rate:
                learning_rate = learning_rate * factor
                cooldown_left, wait = cooldown, 0
    return np.array(rates)


@bank.mistake("reduce_on_plateau")
def never_onto_the_floor(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """You refuse a reduction that would pass the floor; it goes down as far as the floor."""
    rates = []
    best, wait, cooldown_left = np.inf, 0, 0
    for loss in losses:
        rates.append(learning_rate)
        if cooldown_left > 0:
            cooldown_left, wait = cooldown_left - 1, 0
        if loss + min_delta < best:
            best, wait = loss, 0
        elif cooldown_left == 0:
            wait += 1
            if wait >= patience and learning_rate * factor >= min_learning_rate:
                learning_rate = learning_rate * factor
                cooldown_left, wait = cooldown, 0
    return np.array(rates)


@bank.right("reduce_on_plateau")
def plateau_by_dates(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """The epochs of the last progress and of the last reduction, in place of counters."""
    rates = np.empty(len(losses))
    best, quiet_since, counts_from = losses[0], 0, 0
    for epoch, loss in enumerate(losses):
        rates[epoch] = learning_rate
        if epoch == 0 or loss < best - min_delta:
            best, quiet_since = loss, epoch
            continue
        if epoch < counts_from:
            continue
        waited = epoch - max(quiet_since, counts_from - 1)
        if waited >= patience and learning_rate > min_learning_rate:
            learning_rate = max(min_learning_rate, factor * learning_rate)
            counts_from = epoch + max(cooldown, 1)
    return rates


@bank.right("reduce_on_plateau")
def plateau_with_a_function(
    losses, learning_rate, factor, patience, min_delta, cooldown, min_learning_rate
):
    """A function from one state to the next, and a list of Python numbers."""

    def after(loss, state):
        rate, best, wait, left = state
        if left:
            left, wait = left - 1, 0
        if best is None or loss < best - min_delta:
            return rate, loss, 0, left
        if left:
            return rate, best, wait, left
        if wait + 1 < patience or rate <= min_learning_rate:
            return rate, best, wait + 1, 0
        return max(rate * factor, min_learning_rate), best, 0, cooldown

    state, rates = (learning_rate, None, 0, 0), []
    for loss in losses.tolist():
        rates.append(state[0])
        state = after(loss, state)
    return rates


# --- warmup_cosine --------------------------------------------------------------------------------


@bank.view("warmup_cosine")
def rates_and_settings(schedule):
    """The rates one by one and all at once, their type, the settings, and a schedule built anew."""

    def outcome(ask):
        try:
            return ask()
        except Exception:  # which of the ways fails is what tells the mistakes apart
            return "fails"

    steps = np.arange(48)
    other = {"max_learning_rate": 0.7, "warmup_steps": 8, "decay_steps": 25, "alpha": 0.2}
    return [
        outcome(lambda: [float(np.asarray(schedule(step))) for step in steps.tolist()]),
        outcome(lambda: np.asarray(schedule(steps)).tolist()),
        outcome(lambda: np.asarray(schedule(steps)).dtype.name),
        outcome(lambda: sorted((key, float(n)) for key, n in schedule.get_config().items())),
        outcome(lambda: np.asarray(schedule.from_config(other)(steps[:20])).tolist()),
    ]


@bank.mistake("warmup_cosine")
def decay_from_the_first_step(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You count the decay from step 0; it begins when the warm-up is over, at its full height."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            wave = 0.5 * (1 + ops.cos(np.pi * ops.minimum(step / self.decay_steps, 1.0)))
            decay = (1 - self.alpha) * wave + self.alpha
            warmup = step / self.warmup_steps
            return self.max_learning_rate * ops.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def warmup_taken_out_of_the_decay(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You take the warm-up out of decay_steps; the decay lasts decay_steps after the warm-up."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            length = max(self.decay_steps - self.warmup_steps, 1)
            passed = ops.minimum((step - self.warmup_steps) / length, 1.0)
            decay = (1 - self.alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + self.alpha
            warmup = step / self.warmup_steps
            return self.max_learning_rate * ops.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def warmup_a_step_early(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You begin the warm-up a step early; step 0 has the rate 0, and step W the largest rate."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            passed = ops.minimum((step - self.warmup_steps) / self.decay_steps, 1.0)
            decay = (1 - self.alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + self.alpha
            warmup = (step + 1) / self.warmup_steps
            return self.max_learning_rate * ops.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def wave_rises_again(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You let the wave run on; after the decay it would rise again, but the rate stays low."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            passed = (step - self.warmup_steps) / self.decay_steps
            decay = (1 - self.alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + self.alpha
            warmup = step / self.warmup_steps
            return self.max_learning_rate * ops.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def alpha_of_the_object_as_a_rate(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You take alpha for the last rate; it is the share of the largest rate that is left."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            passed = ops.minimum((step - self.warmup_steps) / self.decay_steps, 1.0)
            wave = 0.5 * (1 + ops.cos(np.pi * passed))
            decay = (self.max_learning_rate - self.alpha) * wave + self.alpha
            warmup = self.max_learning_rate * step / self.warmup_steps
            return ops.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def python_decides(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You let Python's `if` choose; in training the step has no value yet, so `ops.where` must."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            if step < self.warmup_steps:
                return self.max_learning_rate * step / self.warmup_steps
            passed = ops.minimum((step - self.warmup_steps) / self.decay_steps, 1.0)
            wave = 0.5 * (1 + ops.cos(np.pi * passed))
            return self.max_learning_rate * ((1 - self.alpha) * wave + self.alpha)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def numpy_computes(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You compute with NumPy; in training the step has no value yet, so use `keras.ops`."""
    import keras

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = np.asarray(step, dtype=float)
            passed = np.minimum((step - self.warmup_steps) / self.decay_steps, 1.0)
            decay = (1 - self.alpha) * 0.5 * (1 + np.cos(np.pi * passed)) + self.alpha
            warmup = step / self.warmup_steps
            return self.max_learning_rate * np.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return dict(vars(self))

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def settings_not_written_down(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You write no get_config; without it a model with this schedule cannot be saved."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            passed = ops.minimum((step - self.warmup_steps) / self.decay_steps, 1.0)
            decay = (1 - self.alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + self.alpha
            warmup = step / self.warmup_steps
            return self.max_learning_rate * ops.where(step < self.warmup_steps, warmup, decay)

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def alpha_not_written_down(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You leave alpha out of get_config; a model that is loaded would go on without it."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
            self.max_learning_rate = max_learning_rate
            self.warmup_steps = warmup_steps
            self.decay_steps = decay_steps
            self.alpha = alpha

        def __call__(self, step):
            step = ops.cast(step, "float32")
            passed = ops.minimum((step - self.warmup_steps) / self.decay_steps, 1.0)
            decay = (1 - self.alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + self.alpha
            warmup = step / self.warmup_steps
            return self.max_learning_rate * ops.where(step < self.warmup_steps, warmup, decay)

        def get_config(self):
            return {
                "max_learning_rate": self.max_learning_rate,
                "warmup_steps": self.warmup_steps,
                "decay_steps": self.decay_steps,
            }

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.mistake("warmup_cosine")
def settings_from_around_the_class(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You let the class use the outer function's arguments; use those that `__init__` gets."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            step = ops.cast(step, "float32")
            passed = ops.minimum((step - warmup_steps) / decay_steps, 1.0)
            decay = (1 - alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + alpha
            return max_learning_rate * ops.where(step < warmup_steps, step / warmup_steps, decay)

        def get_config(self):
            return {
                "max_learning_rate": max_learning_rate,
                "warmup_steps": warmup_steps,
                "decay_steps": decay_steps,
                "alpha": alpha,
            }

    return WarmupCosine()


@bank.mistake("warmup_cosine")
def function_in_place_of_an_object(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """You return a function; an optimizer takes an object of a class derived from Keras's own."""
    import keras

    ops = keras.ops

    def schedule(step):
        step = ops.cast(step, "float32")
        passed = ops.minimum((step - warmup_steps) / decay_steps, 1.0)
        decay = (1 - alpha) * 0.5 * (1 + ops.cos(np.pi * passed)) + alpha
        return max_learning_rate * ops.where(step < warmup_steps, step / warmup_steps, decay)

    return schedule


@bank.right("warmup_cosine")
def warmup_times_decay(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """A product: the decay is 1 during the warm-up, and the warm-up is 1 after it."""
    import keras

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
            super().__init__()
            self.peak, self.end = max_learning_rate, alpha
            self.rise, self.fall = warmup_steps, decay_steps

        def __call__(self, step):
            step = keras.ops.cast(step, "float32")
            warmup = keras.ops.minimum(step / self.rise, 1.0)
            passed = keras.ops.clip((step - self.rise) / self.fall, 0.0, 1.0)
            wave = keras.ops.square(keras.ops.cos(0.5 * np.pi * passed))
            return self.peak * warmup * (self.end + (1 - self.end) * wave)

        def get_config(self):
            return {
                "alpha": self.end,
                "decay_steps": self.fall,
                "warmup_steps": self.rise,
                "max_learning_rate": self.peak,
            }

    return WarmupCosine(max_learning_rate, warmup_steps, decay_steps, alpha)


@bank.right("warmup_cosine")
def settings_in_a_dict(max_learning_rate, warmup_steps, decay_steps, alpha=0.0):
    """The settings kept as the dict that get_config returns."""
    import keras

    ops = keras.ops

    class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, **settings):
            self.settings = settings

        def __call__(self, step):
            peak, warmup_steps, decay_steps, alpha = self.settings.values()
            step = ops.cast(step, "float32")
            passed = ops.minimum(1.0, ops.divide(step - warmup_steps, decay_steps))
            decay = alpha + (1 - alpha) * (1 + ops.cos(passed * np.pi)) / 2
            return ops.where(step < warmup_steps, peak * step / warmup_steps, peak * decay)

        def get_config(self):
            return dict(self.settings)

        @classmethod
        def from_config(cls, config):
            return cls(**config)

    return WarmupCosine(
        max_learning_rate=max_learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=decay_steps,
        alpha=alpha,
    )


# --- run_range_test -------------------------------------------------------------------------------


@bank.trial("run_range_test")
def tests_of_a_bowl_and_of_given_losses(run_range_test):
    """A test of a bowl whose height is the step, three tests of given losses, and the steps."""
    w, seen = np.array([2.0, -1.0]), []

    def bowl(w, step):
        return float(w @ w) / 2 + 0.1 * step, 1.0 * w

    for losses in (None, [2, 0.25, 1.5, 7.9, 9, 0.1], [2, 1, np.nan, 1], [1, 3, np.inf, 1]):
        asked = []

        def given(w, step, losses=losses, asked=asked):
            asked.append(step)
            return losses[step], 0 * w

        start = w.copy()
        result = run_range_test(given if losses else bowl, start, 0.1, 0.8, len(losses or "four"))
        parts = [np.nan_to_num(np.array(part, dtype=float), nan=-1).tolist() for part in result]
        seen.append((parts, asked, start.tolist()))
    return seen


@bank.mistake("run_range_test")
def rates_by_equal_differences(loss_and_gradient, w, lowest, highest, steps):
    """You add the same amount to the rate at each step; multiply it by the same factor."""
    rates, losses = np.linspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        if not loss <= 4 * losses[0]:
            break
        w = w - rate * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def weights_written_into(loss_and_gradient, w, lowest, highest, steps):
    """You change the caller's w in place; write `w = w - …`, which makes a new array."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        if not loss <= 4 * losses[0]:
            break
        w -= rate * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def explosion_not_noticed(loss_and_gradient, w, lowest, highest, steps):
    """You take all steps; the test ends with the first loss that is far above the first one."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        w = w - rate * gradient
    return rates, np.array(losses)


@bank.mistake("run_range_test")
def last_loss_left_out(loss_and_gradient, w, lowest, highest, steps):
    """You leave out the loss that ends the test; it is the last one that is noted."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        if losses and not loss <= 4 * losses[0]:
            break
        losses.append(loss)
        w = w - rate * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def nan_does_not_stop(loss_and_gradient, w, lowest, highest, steps):
    """You ask whether the loss is too large, which nan never is; ask if it is not small enough."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        if loss > 4 * losses[0]:
            break
        w = w - rate * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def steps_counted_from_one(loss_and_gradient, w, lowest, highest, steps):
    """You count the steps from 1; the first batch has the number 0."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step in range(1, steps + 1):
        loss, gradient = loss_and_gradient(w, step % steps)
        losses.append(loss)
        if not loss <= 4 * losses[0]:
            break
        w = w - rates[step - 1] * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def step_up_the_slope(loss_and_gradient, w, lowest, highest, steps):
    """You add the gradient to the weights; a step down subtracts it."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        if not loss <= 4 * losses[0]:
            break
        w = w + rate * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def compared_with_the_lowest_loss(loss_and_gradient, w, lowest, highest, steps):
    """You compare with the lowest loss so far; the test ends at 4 times the very first one."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        if not loss <= 4 * min(losses[:-1] or [loss]):
            break
        w = w - rate * gradient
    return rates[: len(losses)], np.array(losses)


@bank.mistake("run_range_test")
def losses_before_rates(loss_and_gradient, w, lowest, highest, steps):
    """You return the losses first; the rates come first."""
    rates, losses = np.geomspace(lowest, highest, steps), []
    for step, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(w, step)
        losses.append(loss)
        if not loss <= 4 * losses[0]:
            break
        w = w - rate * gradient
    return np.array(losses), rates[: len(losses)]


@bank.right("run_range_test")
def rate_multiplied_at_each_step(loss_and_gradient, w, lowest, highest, steps):
    """The rate is multiplied by one factor after each step."""
    factor = (highest / lowest) ** (1 / (steps - 1))
    rate, rates, losses = lowest, [], []
    for step in range(steps):
        loss, gradient = loss_and_gradient(w, step)
        rates, losses = [*rates, rate], [*losses, loss]
        if np.isnan(loss) or loss > 4 * losses[0]:
            break
        w, rate = w - rate * gradient, rate * factor
    return np.array(rates), np.array(losses)


@bank.right("run_range_test")
def list_of_pairs(loss_and_gradient, w, lowest, highest, steps):
    """A list of pairs of a rate and a loss is turned in the end."""
    pairs, first = [], None
    logs = np.linspace(np.log(lowest), np.log(highest), steps)
    for step in range(steps):
        loss, gradient = loss_and_gradient(w.copy(), step)
        first = loss if first is None else first
        pairs.append((np.exp(logs[step]), loss))
        if np.isnan(loss) or loss / first > 4:
            break
        w = w - np.exp(logs[step]) * gradient
    rates, losses = zip(*pairs, strict=True)
    return np.array(rates), np.array(losses)


# --- suggest_learning_rate ------------------------------------------------------------------------


@bank.mistake("suggest_learning_rate")
def rate_of_the_lowest_loss(learning_rates, losses, keep):
    """You suggest the rate of the lowest smoothed loss; a tenth of it is the rate to begin with."""
    average, lowest, best = 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        smooth = average / (1 - keep ** (step + 1))
        if smooth < lowest:
            lowest, best = smooth, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best]


@bank.mistake("suggest_learning_rate")
def losses_not_smoothed(learning_rates, losses, keep):
    """You look for the lowest of the raw losses; smoothed ones keep a lucky batch from deciding."""
    lowest, best = np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        if loss < lowest:
            lowest, best = loss, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def average_not_corrected(learning_rates, losses, keep):
    """You do not correct the average for its start; divide it by 1 minus a power of keep."""
    average, lowest, best = 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        if average < lowest:
            lowest, best = average, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def average_that_starts_at_the_first_loss(learning_rates, losses, keep):
    """You begin the average with the first loss; begin it with zero and correct it for that."""
    average, lowest, best = losses[0], np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        if average < lowest:
            lowest, best = average, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def keep_and_the_rest_swapped(learning_rates, losses, keep):
    """You give the share keep to the new loss; the average keeps it, and the loss gets the rest."""
    share, average, lowest, best = 1 - keep, 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = share * average + keep * loss
        smooth = average / (1 - share ** (step + 1)) if keep else average
        if smooth < lowest:
            lowest, best = smooth, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def power_of_the_wrong_step(learning_rates, losses, keep):
    """You raise keep to a power one too high; after the first loss, divide by 1 minus keep."""
    average, lowest, best = 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        smooth = average / (1 - keep ** (step + 2))
        if smooth < lowest:
            lowest, best = smooth, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def tenth_of_the_loss(learning_rates, losses, keep):
    """You return a tenth of the lowest smoothed loss; a tenth of the rate at its place is right."""
    average, lowest, best = 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        smooth = average / (1 - keep ** (step + 1))
        if smooth < lowest:
            lowest, best = smooth, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return lowest / 10


@bank.mistake("suggest_learning_rate")
def steepest_fall(learning_rates, losses, keep):
    """You suggest the steepest fall; a tenth of the rate of the lowest smoothed loss is right."""
    average, smooth = 0.0, []
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        smooth.append(average / (1 - keep ** (step + 1)))
    best = int(np.argmin(smooth))
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    slopes = np.diff(smooth[: best + 1]) / np.diff(np.log(learning_rates[: best + 1]))
    fall = int(np.argmin(slopes))
    return np.sqrt(learning_rates[fall] * learning_rates[fall + 1])


@bank.mistake("suggest_learning_rate")
def losses_after_the_explosion(learning_rates, losses, keep):
    """You skip inf and nan and go on; from the first of them on, no loss counts."""
    average, lowest, best, weight = 0.0, np.inf, 0, 0.0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            continue
        average, weight = keep * average + loss, keep * weight + 1
        if average / weight < lowest:
            lowest, best = average / weight, step
    if best in (0, len(losses) - 1):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def suggestion_at_any_price(learning_rates, losses, keep):
    """You suggest a rate even if the loss is lowest at an end; then a ValueError is the answer."""
    average, lowest, best = 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        smooth = average / (1 - keep ** (step + 1))
        if smooth < lowest:
            lowest, best = smooth, step
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def end_of_the_test_not_asked(learning_rates, losses, keep):
    """You accept a lowest loss at the last step; a test that ends too early cannot say anything."""
    average, lowest, best = 0.0, np.inf, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average = keep * average + (1 - keep) * loss
        smooth = average / (1 - keep ** (step + 1))
        if smooth < lowest:
            lowest, best = smooth, step
    if best == 0:
        raise ValueError("the loss is lowest at the first step")
    return learning_rates[best] / 10


@bank.mistake("suggest_learning_rate")
def explosion_as_the_end_of_the_test(learning_rates, losses, keep):
    """You take an explosion for the end of the test; higher rates were tried and were worse."""
    average, lowest, best, last = 0.0, np.inf, 0, 0
    for step, loss in enumerate(losses):
        if not np.isfinite(loss):
            break
        average, last = keep * average + (1 - keep) * loss, step
        smooth = average / (1 - keep ** (step + 1))
        if smooth < lowest:
            lowest, best = smooth, step
    if best in (0, last):
        raise ValueError("the loss is lowest at an end of the test")
    return learning_rates[best] / 10


@bank.right("suggest_learning_rate")
def sums_with_weights(learning_rates, losses, keep):
    """Each smoothed loss is a weighted mean of the losses so far."""
    good = np.cumprod(np.isfinite(losses)).astype(bool)
    counted = np.asarray(losses, dtype=float)[good]
    smooth = []
    for step in range(len(counted)):
        weights = keep ** np.arange(step, -1, -1)
        smooth.append(np.sum(weights * counted[: step + 1]) / np.sum(weights))
    place = int(np.argmin(smooth))
    if place == 0 or place == len(losses) - 1:
        raise ValueError("the test cannot say anything")
    return 0.1 * float(learning_rates[place])


@bank.right("suggest_learning_rate")
def running_sum_and_running_weight(learning_rates, losses, keep):
    """A running sum of losses is divided by a running sum of weights."""
    total, weight, smooth = 0.0, 0.0, np.full(len(losses), np.inf)
    for step in range(len(losses)):
        total, weight = keep * total + losses[step], keep * weight + 1
        if np.isnan(total) or np.isinf(total):
            break
        smooth[step] = total / weight
    place = smooth.argmin()
    if place in (0, len(losses) - 1):
        raise ValueError("the test cannot say anything")
    return np.array(learning_rates)[place] / 10


# --- compare_schedules ----------------------------------------------------------------------------


@bank.trial("compare_schedules")
def winners_of_many_tables(compare_schedules):
    """The winners of 150 tables of losses, and whether each is decided."""
    rng, seen = np.random.default_rng(9), []
    for _ in range(150):
        n = int(rng.integers(2, 6))
        hard, lead = rng.uniform(0, 2, size=n), rng.uniform(0, 0.3)
        table = {
            1.0: hard,
            2.0: hard + lead + rng.normal(scale=0.2, size=n),
            3.0: hard + rng.uniform(0.4, 1) + rng.normal(scale=1, size=n),
        }
        schedules = {name: np.array([key]) for name, key in (("c", 3.0), ("a", 1.0), ("b", 2.0))}
        result = compare_schedules(
            lambda rates, seed, table=table: float(table[float(rates[0])][seed]),
            schedules,
            list(range(n)),
        )
        seen.append((str(result[0]), bool(result[1])))
    return seen


@bank.mistake("compare_schedules")
def scatter_of_single_trainings(train, schedules, seeds):
    """You add up the scatter of both schedules; hard seeds cancel if you compare seed by seed."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: losses[name].mean())[:2]
    lead = losses[second].mean() - losses[best].mean()
    variances = losses[second].var(ddof=1) + losses[best].var(ddof=1)
    return best, bool(lead > 2 * np.sqrt(variances / len(seeds)))


@bank.mistake("compare_schedules")
def deviation_not_divided_by_the_root(train, schedules, seeds):
    """You take the deviation of one difference; their mean scatters less, by the root of n."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: losses[name].mean())[:2]
    differences = losses[second] - losses[best]
    scatter = differences.std(ddof=1)
    return best, bool(differences.mean() > 2 * scatter)


@bank.mistake("compare_schedules")
def divided_by_n_and_not_by_its_root(train, schedules, seeds):
    """You divide the deviation by n; the mean of n differences scatters by one over its root."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: losses[name].mean())[:2]
    differences = losses[second] - losses[best]
    scatter = differences.std(ddof=1) / len(seeds)
    return best, bool(differences.mean() > 2 * scatter)


@bank.mistake("compare_schedules")
def deviation_with_n(train, schedules, seeds):
    """You divide by n in the standard deviation; with n - 1 it is right, which ddof=1 gives."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: losses[name].mean())[:2]
    differences = losses[second] - losses[best]
    scatter = differences.std() / np.sqrt(len(seeds))
    return best, bool(differences.mean() > 2 * scatter)


@bank.mistake("compare_schedules")
def best_single_training(train, schedules, seeds):
    """You choose the schedule with the best single training; the lowest mean is asked for."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: losses[name].min())[:2]
    differences = losses[second] - losses[best]
    scatter = differences.std(ddof=1) / np.sqrt(len(seeds))
    return best, bool(differences.mean() > 2 * scatter)


@bank.mistake("compare_schedules")
def highest_mean(train, schedules, seeds):
    """You choose the schedule with the highest mean loss; the lowest is the best."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: -losses[name].mean())[:2]
    differences = losses[second] - losses[best]
    scatter = differences.std(ddof=1) / np.sqrt(len(seeds))
    return best, bool(abs(differences.mean()) > 2 * scatter)


@bank.mistake("compare_schedules")
def always_decided(train, schedules, seeds):
    """You call each lead decided; it must be more than twice its scatter."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best = min(losses, key=lambda name: losses[name].mean())
    return best, True


@bank.mistake("compare_schedules")
def compared_with_the_worst(train, schedules, seeds):
    """You compare with the worst schedule; the runner-up is the one that may be as good."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    order = sorted(losses, key=lambda name: losses[name].mean())
    differences = losses[order[-1]] - losses[order[0]]
    scatter = differences.std(ddof=1) / np.sqrt(len(seeds))
    return order[0], bool(differences.mean() > 2 * scatter)


@bank.mistake("compare_schedules")
def once_the_scatter(train, schedules, seeds):
    """You call a lead of one scatter decided; it must be more than twice the scatter."""
    losses = {name: np.array([train(r, seed) for seed in seeds]) for name, r in schedules.items()}
    best, second = sorted(losses, key=lambda name: losses[name].mean())[:2]
    differences = losses[second] - losses[best]
    scatter = differences.std(ddof=1) / np.sqrt(len(seeds))
    return best, bool(differences.mean() > scatter)


@bank.right("compare_schedules")
def table_of_all_trainings(train, schedules, seeds):
    """One table holds all trainings, and the squares are added up by hand."""
    names = list(schedules)
    table = np.array([[train(schedules[name], seed) for name in names] for seed in seeds])
    first, second = np.argsort(table.mean(axis=0))[:2]
    differences = table[:, second] - table[:, first]
    mean, n = differences.mean(), len(differences)
    variance = np.sum((differences - mean) ** 2) / (n - 1)
    return names[first], bool(mean**2 > 4 * variance / n)


@bank.right("compare_schedules")
def search_in_two_rounds(train, schedules, seeds):
    """The winner is found first, and then the runner-up among the others."""
    means, runs = {}, {}
    for name, rates in schedules.items():
        runs[name] = [float(train(rates, seed)) for seed in seeds]
        means[name] = sum(runs[name]) / len(seeds)
    winner = min(means, key=means.get)
    del means[winner]
    runner_up = min(means, key=means.get)
    differences = [b - a for a, b in zip(runs[winner], runs[runner_up], strict=True)]
    error = np.std(differences, ddof=1) / len(seeds) ** 0.5
    return winner, bool(np.mean(differences) / 2 > error)
