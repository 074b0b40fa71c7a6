"""Visible checks that know a slip by its number say what the slip is."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import numpy as np
import pytest

from grader.course import SOLUTIONS
from grader.mistakes import loss_functions as mistakes

NOTEBOOK = SOLUTIONS / "01_loss_functions" / "loss_functions.ipynb"


def columns_of_all_labels(labels: np.ndarray, logits: np.ndarray) -> float:
    """The slip that broadcasting hides: every row gets the columns of all labels."""
    return float(np.mean(np.log(np.sum(np.exp(logits), axis=-1)) - logits[:, labels]))


SLIPS = [
    ("mean-squared-error", mistakes.squared_errors_added_up, "the sum of the squares"),
    ("mean-squared-error", mistakes.root_of_the_mean, "the square root"),
    ("mean-squared-error", mistakes.square_of_the_mean_error, "square the mean difference"),
    ("r-squared", mistakes.share_that_is_left, "that is left"),
    ("r-squared", mistakes.mean_of_the_predictions, "the mean of the predictions"),
    ("r-squared", mistakes.mean_over_a_sum, "a mean by a sum"),
    ("largest-learning-rate", mistakes.rate_that_arrives_at_once, "one step arrives"),
    ("huber", mistakes.parabola_without_its_half, "lacks its half"),
    ("huber", mistakes.line_without_its_offset, "starts too high"),
    ("huber", mistakes.delta_always_one, "a delta of 1"),
    ("huber", mistakes.huber_losses_added_up, "the sum of the two losses"),
    ("binary-cross-entropy", mistakes.only_the_yes_half, "Only the yes counts"),
    ("binary-cross-entropy", mistakes.minus_forgotten, "The minus is missing"),
    ("binary-cross-entropy", mistakes.bits_for_nats, "in bits"),
    ("binary-cross-entropy", mistakes.surprises_added_up, "the sum of both costs"),
    ("log-sum-exp", mistakes.last_axis_kept, "kept the last axis"),
    ("binary-cross-entropy-from-logits", mistakes.product_added, "the wrong sign"),
    ("binary-cross-entropy-from-logits", mistakes.product_left_out, "both answers as a no"),
    ("binary-cross-entropy-from-logits", mistakes.questions_added_up, "the sum over the questions"),
    ("output-head", mistakes.unknown_problem_unnamed, "raised a KeyError"),
    (
        "sparse-categorical-cross-entropy-from-logits",
        columns_of_all_labels,
        "the columns of all labels",
    ),
]


@pytest.mark.parametrize(
    ("task", "slip", "words"), SLIPS, ids=[slip.__name__ for _, slip, _ in SLIPS]
)
def test_a_slip_is_named(task: str, slip: Callable, words: str) -> None:
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    with pytest.raises(AssertionError, match=words):
        exec(cells[f"{task}-worked-number"], {task.replace("-", "_"): slip})
