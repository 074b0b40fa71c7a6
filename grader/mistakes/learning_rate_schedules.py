"""What students answer to the exercises of chapter 5, learning-rate schedules."""

import numpy as np

from grader.mistakes.bank import Bank

bank = Bank()


# --- piecewise_constant ---------------------------------------------------------------------------


@bank.mistake("piecewise_constant")
def boundary_with_the_next_value(step, boundaries, values):
    """You drop the rate at the boundary itself; that step still has the rate before it."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    return values[sum(step >= boundary for boundary in boundaries)]


@bank.mistake("piecewise_constant")
def value_after_next(step, boundaries, values):
    """You begin to count at 1; before the first boundary it is `values[0]` that counts."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    passed = sum(step > boundary for boundary in boundaries)
    return values[min(passed + 1, len(values) - 1)]


@bank.mistake("piecewise_constant")
def boundaries_as_lengths(step, boundaries, values):
    """You take the boundaries for lengths and add them up; each is itself a number of steps."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    return values[int(np.searchsorted(np.cumsum(boundaries), step))]


@bank.mistake("piecewise_constant")
def line_between_values(step, boundaries, values):
    """You go from value to value along a line; this schedule keeps each rate, and then jumps."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    return np.interp(step, [0, *boundaries], values)


@bank.mistake("piecewise_constant")
def first_boundary_only(step, boundaries, values):
    """You stop at the first boundary; a schedule has as many as the list holds."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    return values[0] if step <= boundaries[0] else values[1]


@bank.mistake("piecewise_constant")
def last_value_forgotten(step, boundaries, values):
    """You return nothing after the last boundary; the last value holds from there on."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    for boundary, value in zip(boundaries, values, strict=False):
        if step <= boundary:
            return value
    return None


@bank.mistake("piecewise_constant")
def lengths_not_compared(step, boundaries, values):
    """You do not compare the lengths; a value too few shows only after days of training."""
    return values[sum(step > boundary for boundary in boundaries)]


@bank.mistake("piecewise_constant")
def boundaries_used_up(step, boundaries, values):
    """You remove what is passed from the lists; they belong to the caller, who needs them again."""
    if len(values) != len(boundaries) + 1:
        raise ValueError(f"{len(boundaries)} boundaries, {len(values)} values")
    while boundaries and step > boundaries[0]:
        boundaries.pop(0)
        values.pop(0)
    return values[0]


@bank.right("piecewise_constant")
def value_by_a_sorted_search(step, boundaries, values):
    """A search in the sorted boundaries."""
    if len(boundaries) != len(values) - 1:
        raise ValueError(f"got {len(values)} values for {len(boundaries)} boundaries")
    return float(values[np.searchsorted(boundaries, step, side="left")])


@bank.right("piecewise_constant")
def value_by_a_loop(step, boundaries, values):
    """A loop that leaves at the first boundary not passed."""
    if len(boundaries) + 1 != len(values):
        message = "{} boundaries do not go with {} values"
        raise ValueError(message.format(len(boundaries), len(values)))
    for boundary, value in zip(boundaries, values, strict=False):
        if step <= boundary:
            return value
    return values[-1]


# --- exponential_decay ----------------------------------------------------------------------------


@bank.mistake("exponential_decay")
def rate_lost_in_each_step(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You multiply by decay_rate in every step; it is the share that is kept in decay_steps."""
    return initial_learning_rate * decay_rate ** float(step)


@bank.mistake("exponential_decay")
def always_smooth(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You leave the staircase out; with it the rate changes only every decay_steps."""
    return initial_learning_rate * decay_rate ** (step / decay_steps)


@bank.mistake("exponential_decay")
def always_stairs(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You always round down; without the staircase the rate falls a little in every step."""
    return initial_learning_rate * decay_rate ** (step // decay_steps)


@bank.mistake("exponential_decay")
def stairs_rounded_to_the_nearest(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    """You round to the nearest; a stair ends when its decay_steps are over, so round down."""
    exponent = step / decay_steps
    if staircase:
        exponent = np.floor(exponent + 0.5)
    return initial_learning_rate * decay_rate**exponent


@bank.mistake("exponential_decay")
def stairs_rounded_up(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You round up; the first stair has the initial rate, so round down."""
    exponent = step / decay_steps
    if staircase:
        exponent = np.ceil(exponent)
    return initial_learning_rate * decay_rate**exponent


@bank.mistake("exponential_decay")
def natural_exponential(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You use e to the minus decay_rate; here decay_rate is itself the base, the share kept."""
    exponent = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate * np.exp(-decay_rate * exponent)


@bank.mistake("exponential_decay")
def decay_rate_as_the_share_lost(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    """You take decay_rate for the share that is lost; it is the share that is kept."""
    exponent = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate * abs(1 - decay_rate) ** exponent


@bank.mistake("exponential_decay")
def product_in_place_of_power(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    """You multiply by the number of decays; each one multiplies again, so it is an exponent."""
    times = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate * decay_rate * times if times else initial_learning_rate


@bank.right("exponential_decay")
def decay_by_logarithms(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """The same through the exponential function."""
    times = step / decay_steps
    times = np.floor(times) if staircase else times
    return float(np.exp(np.log(initial_learning_rate) + times * np.log(decay_rate)))


@bank.right("exponential_decay")
def stairs_by_a_loop(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """A loop over the stairs, and a power for what is left of one."""
    rate = initial_learning_rate
    while step >= decay_steps:
        rate, step = rate * decay_rate, step - decay_steps
    return rate if staircase else rate * decay_rate ** (step / decay_steps)


# --- inverse_time_decay ---------------------------------------------------------------------------


@bank.mistake("inverse_time_decay")
def exponential_again(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You take a power of decay_rate; that is exponential decay, and here the rate is divided."""
    time = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate * decay_rate**time


@bank.mistake("inverse_time_decay")
def steps_not_divided(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You leave decay_steps out; time is counted in them, so divide the step by decay_steps."""
    return initial_learning_rate / (1 + decay_rate * step)


@bank.mistake("inverse_time_decay")
def one_forgotten(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You leave out the 1 below the line; at step 0 that divides by zero."""
    time = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate / np.float64(decay_rate * time)


@bank.mistake("inverse_time_decay")
def smooth_inverse_only(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You leave the staircase out; with it the rate changes only every decay_steps."""
    return initial_learning_rate / (1 + decay_rate * step / decay_steps)


@bank.mistake("inverse_time_decay")
def whole_decay_rounded_down(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You round the product with decay_rate down; only the time, step / decay_steps, is rounded."""
    decay = decay_rate * step / decay_steps
    return initial_learning_rate / (1 + (np.floor(decay) if staircase else decay))


@bank.mistake("inverse_time_decay")
def one_inside_the_product(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """You multiply the 1 by decay_rate too; the 1 stands alone, so that step 0 keeps the rate."""
    time = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate / (decay_rate * (1 + time))


@bank.mistake("inverse_time_decay")
def line_in_place_of_quotient(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    """You subtract the decay; a line falls below zero, and the quotient never does."""
    time = step // decay_steps if staircase else step / decay_steps
    return initial_learning_rate * (1 - decay_rate * time)


@bank.right("inverse_time_decay")
def reciprocal_of_a_line(step, initial_learning_rate, decay_steps, decay_rate, staircase=False):
    """One over a line."""
    time = np.floor(step / decay_steps) if staircase else step / decay_steps
    slope = decay_rate / initial_learning_rate
    return float(1 / (1 / initial_learning_rate + slope * time))


@bank.right("inverse_time_decay")
def quotient_without_fractions(
    step, initial_learning_rate, decay_steps, decay_rate, staircase=False
):
    """Both sides of the quotient times decay_steps."""
    if staircase:
        step -= step % decay_steps
    return initial_learning_rate * decay_steps / (decay_steps + decay_rate * step)


# --- polynomial_decay -----------------------------------------------------------------------------


@bank.mistake("polynomial_decay")
def end_not_kept(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You let the step run past decay_steps; from there on the rate stays at its end."""
    if cycle:
        decay_steps = decay_steps * max(1, np.ceil(step / decay_steps))
    left = 1 - step / decay_steps
    change = initial_learning_rate - end_learning_rate
    return change * np.sign(left) * np.abs(left) ** power + end_learning_rate


@bank.mistake("polynomial_decay")
def zero_after_the_end(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You return 0 when the steps are over; the rate stays at end_learning_rate."""
    if cycle:
        decay_steps = decay_steps * max(1, np.ceil(step / decay_steps))
    if step > decay_steps:
        return 0.0
    left = 1 - step / decay_steps
    return (initial_learning_rate - end_learning_rate) * left**power + end_learning_rate


@bank.mistake("polynomial_decay")
def cycle_as_a_repeat(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You begin anew with each cycle; Keras stretches decay_steps, so each jump is less high."""
    step = step % decay_steps if cycle else min(step, decay_steps)
    left = 1 - step / decay_steps
    return (initial_learning_rate - end_learning_rate) * left**power + end_learning_rate


@bank.mistake("polynomial_decay")
def cycle_a_step_early(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You jump at the end itself; a multiple of decay_steps still has end_learning_rate."""
    if cycle:
        decay_steps = decay_steps * (step // decay_steps + 1)
    left = 1 - min(step, decay_steps) / decay_steps
    return (initial_learning_rate - end_learning_rate) * left**power + end_learning_rate


@bank.mistake("polynomial_decay")
def cycle_ignored(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You leave the cycles out; with them the rate jumps up after every decay_steps."""
    left = 1 - min(step, decay_steps) / decay_steps
    return (initial_learning_rate - end_learning_rate) * left**power + end_learning_rate


@bank.mistake("polynomial_decay")
def end_added_to_the_whole(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You let the whole initial rate fall and add the end; only the difference of both falls."""
    if cycle:
        decay_steps = decay_steps * max(1, np.ceil(step / decay_steps))
    left = 1 - min(step, decay_steps) / decay_steps
    return initial_learning_rate * left**power + end_learning_rate


@bank.mistake("polynomial_decay")
def power_of_what_has_passed(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You take the power of what has passed; it is taken of what is left, 1 minus that."""
    if cycle:
        decay_steps = decay_steps * max(1, np.ceil(step / decay_steps))
    passed = min(step, decay_steps) / decay_steps
    change = initial_learning_rate - end_learning_rate
    return change * (1 - passed**power) + end_learning_rate


@bank.mistake("polynomial_decay")
def power_forgotten(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You leave the power out; what is left is raised to it before it is multiplied."""
    if cycle:
        decay_steps = decay_steps * max(1, np.ceil(step / decay_steps))
    left = 1 - min(step, decay_steps) / decay_steps
    return (initial_learning_rate - end_learning_rate) * left + end_learning_rate


@bank.mistake("polynomial_decay")
def floor_in_place_of_an_end(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """You fall to 0 and cut off at the end; the curve itself leads to end_learning_rate."""
    if cycle:
        decay_steps = decay_steps * max(1, np.ceil(step / decay_steps))
    left = 1 - min(step, decay_steps) / decay_steps
    return max(initial_learning_rate * left**power, end_learning_rate)


@bank.right("polynomial_decay")
def mixture_of_start_and_end(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """A mixture of both rates, the cycles found by a loop."""
    goal = decay_steps
    while cycle and goal < step:
        goal += decay_steps
    share = max(0.0, 1 - step / goal) ** power
    return share * initial_learning_rate + (1 - share) * end_learning_rate


@bank.right("polynomial_decay")
def end_returned_early(
    step, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False
):
    """The end returned by itself, and whole-number division that rounds up."""
    if not cycle and step >= decay_steps:
        return end_learning_rate
    goal = max(1, -(-step // decay_steps)) * decay_steps
    change = initial_learning_rate - end_learning_rate
    return float(end_learning_rate + change * np.power((goal - step) / goal, power))


# --- cosine_decay ---------------------------------------------------------------------------------


@bank.mistake("cosine_decay")
def alpha_as_a_rate(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You take alpha for the last rate; it is the share of the initial rate that is left."""
    wave = 0.5 * (1 + np.cos(np.pi * min(step, decay_steps) / decay_steps))
    return (initial_learning_rate - alpha) * wave + alpha


@bank.mistake("cosine_decay")
def wave_goes_on(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You let the wave run on; after decay_steps it would rise again, but the rate stays."""
    wave = 0.5 * (1 + np.cos(np.pi * step / decay_steps))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay")
def whole_wave(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You go through a whole wave, down and up; with π in place of 2π it is the half down."""
    wave = 0.5 * (1 + np.cos(2 * np.pi * min(step, decay_steps) / decay_steps))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay")
def quarter_wave(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You take the cosine alone, from 1 to 0; half a wave is (1 + cos) / 2, gentle at its end."""
    wave = np.cos(0.5 * np.pi * min(step, decay_steps) / decay_steps)
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay")
def wave_not_halved(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You leave the half out; 1 + cos goes from 2 to 0, so the rate begins at twice its value."""
    wave = 1 + np.cos(np.pi * min(step, decay_steps) / decay_steps)
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.mistake("cosine_decay")
def alpha_added_on_top(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You add alpha without making room for it; the wave is (1 − alpha) high, so that 1 is left."""
    wave = 0.5 * (1 + np.cos(np.pi * min(step, decay_steps) / decay_steps))
    return initial_learning_rate * (wave + alpha)


@bank.mistake("cosine_decay")
def alpha_as_a_floor(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You cut the wave off at alpha; the whole wave is squeezed, and comes to alpha at its end."""
    wave = 0.5 * (1 + np.cos(np.pi * min(step, decay_steps) / decay_steps))
    return initial_learning_rate * max(wave, alpha)


@bank.mistake("cosine_decay")
def cosine_of_degrees(step, initial_learning_rate, decay_steps, alpha=0.0):
    """You give the cosine degrees; NumPy takes radians, where half a turn is π and not 180."""
    wave = 0.5 * (1 + np.cos(180 * min(step, decay_steps) / decay_steps))
    return initial_learning_rate * ((1 - alpha) * wave + alpha)


@bank.right("cosine_decay")
def square_of_a_cosine(step, initial_learning_rate, decay_steps, alpha=0.0):
    """The square of the cosine of half the angle, between the two ends."""
    half = np.pi / 2 * np.clip(step / decay_steps, 0, 1)
    end = alpha * initial_learning_rate
    return end + (initial_learning_rate - end) * np.cos(half) ** 2


@bank.right("cosine_decay")
def cosine_with_math(step, initial_learning_rate, decay_steps, alpha=0.0):
    """Python's own cosine, and the end returned by itself."""
    import math

    if step >= decay_steps:
        return alpha * initial_learning_rate
    wave = (1 + math.cos(math.pi * step / decay_steps)) / 2
    return initial_learning_rate * (wave + alpha - alpha * wave)


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
    """You compare the first loss with itself; it is the new best, and nothing is waited for."""
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
    """You take any lower loss for the new best; the best changes only when min_delta is reached."""
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
    """You leave the cooldown out; after a reduction that many epochs are not counted."""
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
    """You count cooldown_left down at the end of the epoch; that comes first, and lets one wait."""
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
    """You compute with NumPy; in training the step is a tensor without a value, for `keras.ops`."""
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
    """You read the settings from around the class; from_config hands them to `__init__` anew."""
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
    """You correct the average with a power one too high; the first loss has been kept 1 time."""
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
