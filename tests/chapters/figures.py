"""What holds for every figure of every demo."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from matplotlib.figure import Figure

SMALL = 1e-6


def difference(function, at: float, step: float = SMALL) -> float:
    """The slope of a function of one number, by central difference."""
    return float((function(at + step) - function(at - step)) / (2 * step))


class FigureRules:
    """A test class of a chapter inherits the rules and says which figures they hold for.

    Attributes:
        frames: each drawing function with some values of each of its arguments.
    """

    frames: ClassVar[dict[Callable[..., Figure], dict[str, list[Any]]]]

    @pytest.fixture
    def drawn(self, draw) -> list[tuple[dict, Figure]]:
        """Every combination of those values, with its figure."""
        controls = self.frames[draw]
        combinations = itertools.product(*controls.values())
        values = [dict(zip(controls, combination, strict=True)) for combination in combinations]
        return [(v, draw(**v)) for v in values]

    def test_axes_are_labeled_with_their_units(self, drawn):
        for _, figure in drawn:
            for axes in figure.axes:
                assert axes.get_xlabel()
                assert axes.get_ylabel()

    def test_alternative_text_is_of_these_values(self, drawn):
        texts = [figure.get_label() for _, figure in drawn]
        assert len(set(texts)) == len(texts)
        assert all(text.endswith(".") for text in texts)

    def test_drawing_twice_gives_the_same(self, draw, drawn):
        values, figure = drawn[0]
        again = draw(**values)
        assert again is not figure
        assert again.get_label() == figure.get_label()
        for one, other in zip(figure.axes, again.axes, strict=True):
            for line, same in zip(one.lines, other.lines, strict=True):
                np.testing.assert_array_equal(line.get_xydata(), same.get_xydata())

    def test_text_stays_inside_the_figure(self, drawn):
        for values, figure in drawn:
            figure.draw_without_rendering()
            width, height = figure.bbox.width, figure.bbox.height
            for text in itertools.chain.from_iterable(axes.texts for axes in figure.axes):
                box = text.get_window_extent()
                where = f"{text.get_text()!r} at {values}"
                assert box.x0 >= 0 and box.x1 <= width + 1, where
                assert box.y0 >= 0 and box.y1 <= height + 1, where

    def test_a_curve_has_few_points(self, drawn):
        for _, figure in drawn:
            for line in itertools.chain.from_iterable(axes.lines for axes in figure.axes):
                assert len(line.get_xdata()) <= 201
