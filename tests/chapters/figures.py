"""The rules for every figure of every demo; CONTRIBUTING, "Add a demo", lists them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from demos.show.frames import render
from demos.show.layout import measured
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

ROOT = Path(__file__).resolve().parents[2]
SMALL = 1e-6
MOST_POINTS = 201  # of a curve
PHONE, LEAST_TEXT = 360, 11  # pixels: width of a phone, and height of a text that can be read
ROUND = 3  # points: this test measures text with hinting, and the page does not

Drawn = list[tuple[dict[str, Any], Figure]]
_DRAWN: dict[Callable[..., Figure], Drawn] = {}


def difference(function, at: float, step: float = SMALL) -> float:
    """Return the slope of a function of one number, by central difference."""
    return float((function(at + step) - function(at - step)) / (2 * step))


def texts(axes: Axes) -> list[Text]:
    """Return the texts of axes that a reader sees."""
    found = [part for part in axes.get_children() if isinstance(part, Text)]  # with the titles
    found += [axes.xaxis.label, axes.yaxis.label]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in found if text.get_visible() and text.get_text()]


class FigureRules:
    """The test class of a chapter inherits the rules and lists the figures that they check.

    Attributes:
        frames: each drawing function with some values of each of its arguments.
    """

    frames: ClassVar[dict[Callable[..., Figure], dict[str, list[Any]]]]

    @pytest.fixture
    def drawn(self, draw) -> Drawn:
        """Every combination of those values, with its figure; all rules look at the same ones."""
        if draw not in _DRAWN:
            controls = self.frames[draw]
            combinations = itertools.product(*controls.values())
            values = [dict(zip(controls, combination, strict=True)) for combination in combinations]
            _DRAWN[draw] = [(v, draw(**v)) for v in values]
        return _DRAWN[draw]

    @pytest.fixture
    def name(self, draw) -> str:
        """The drawing function and its file, for messages."""
        path = Path(draw.__code__.co_filename).relative_to(ROOT)
        return f"{draw.__name__} in {path}"

    def test_axes_are_labeled_with_their_units(self, drawn, name):
        for values, figure in drawn:
            for axes in figure.axes:
                assert axes.get_xlabel() and axes.get_ylabel(), (
                    f"{name}, with {values}: label both axes of each panel, with units: call "
                    "axes.set_xlabel and axes.set_ylabel"
                )

    def test_alternative_text_is_of_these_values(self, drawn, name):
        seen: dict[str, dict[str, Any]] = {}
        for values, figure in drawn:
            text = figure.get_label()
            assert text.endswith("."), (
                f"{name}, with {values}: the alternative text must be a sentence that ends with a "
                f"period, and it is {text!r}: call figure.set_label"
            )
            assert text not in seen, (
                f"{name}: {seen[text]} and {values} have the same alternative text: let "
                "figure.set_label say what the figure shows for its values"
            )
            seen[text] = values

    def test_drawing_twice_gives_the_same(self, draw, drawn, name):
        values, figure = drawn[0]
        again = draw(**values)
        same = f"{name} must draw a new figure, the same one for the same values ({values}): "
        assert again is not figure, same + "make it with demos.show.style.panels in each call"
        seed = same + "take random numbers from np.random.default_rng with a constant seed"
        assert again.get_label() == figure.get_label(), seed
        for one, other in zip(figure.axes, again.axes, strict=True):
            for line, twin in zip(one.lines, other.lines, strict=True):
                np.testing.assert_array_equal(line.get_xydata(), twin.get_xydata(), err_msg=seed)

    def test_text_stays_inside_its_panel(self, drawn, name):
        for values, figure in drawn:
            figure.draw_without_rendering()
            width, height = figure.bbox.width / len(figure.axes), figure.bbox.height
            for number, axes in enumerate(figure.axes):
                for text in texts(axes):
                    box = text.get_window_extent().translated(-number * width, 0)
                    assert box.x0 >= -ROUND and box.x1 <= width + ROUND, (
                        f"{name}, with {values}: the text {text.get_text()!r} is partly outside of "
                        f"panel {number + 1}: it goes from {box.x0:.0f} to {box.x1:.0f} points of "
                        f"{width:.0f}: move or shorten it"
                    )
                    assert box.y0 >= -ROUND and box.y1 <= height + ROUND, (
                        f"{name}, with {values}: the text {text.get_text()!r} is partly above or "
                        f"below panel {number + 1}: move or shorten it"
                    )

    def test_text_can_be_read_on_a_phone(self, drawn, name):
        for values, figure in drawn:
            scale = PHONE / (figure.bbox.width / len(figure.axes))
            for text in itertools.chain.from_iterable(map(texts, figure.axes)):
                assert scale * text.get_fontsize() >= LEAST_TEXT, (
                    f"{name}, with {values}: the text {text.get_text()!r} is only "
                    f"{scale * text.get_fontsize():.1f} pixels high on a phone: let it have "
                    f"{LEAST_TEXT / scale:.1f} points or more"
                )

    def test_an_axis_is_drawn_again_where_it_looks_different(self, draw, drawn, name):
        values = [v for v, _ in drawn[:6] + drawn[-1:]]
        margins = measured(draw(**values[0]))
        known: dict[str, str] = {}
        for v in values:
            assert render(draw(**v), "test", margins, known) == render(
                draw(**v), "test", margins
            ), (
                f"{name}, with {v}, shows an axis of another frame: drawing.py must look at what "
                "is different about it"
            )

    def test_a_curve_has_few_points(self, drawn, name):
        for values, figure in drawn:
            for line in itertools.chain.from_iterable(axes.lines for axes in figure.axes):
                assert len(line.get_xdata()) <= MOST_POINTS, (
                    f"{name}, with {values}, draws a curve of {len(line.get_xdata())} points: draw "
                    f"at most {MOST_POINTS}, because every frame of the demo is on the page"
                )

    def test_the_page_can_show_it(self, drawn, name):
        for values, figure in drawn[:1] + drawn[-1:]:
            try:
                render(figure, salt="test")
            except ValueError as error:
                pytest.fail(f"{name}, with {values}: {error}")
