"""The names of lines in figures: none overlaps another, and each looks like its line."""

from __future__ import annotations

import numpy as np
import pytest
from demos.nets.names import DASHED, draw_key, draw_names, moved_apart
from demos.show.style import BLUE, RED, panels
from matplotlib.colors import to_hex


class TestMovedApart:
    @pytest.mark.parametrize(
        "places",
        [[0.5, 0.5, 0.5], [0.0, 0.0, 1.0], [1.0, 1.0, 0.99], [0.3, 0.1, 0.32, 0.31, 0.9], [0.4]],
    )
    def test_neighbors_are_a_gap_apart_in_the_same_order_and_inside(self, places):
        moved = moved_apart(np.array(places), 0.1)
        order = np.argsort(places, kind="stable")
        assert np.all(np.diff(moved[order]) >= 0.1 - 1e-12)
        assert moved.min() >= 0.05
        assert moved.max() <= 0.95 + 1e-12

    def test_places_that_are_far_enough_apart_stay(self):
        places = np.array([0.9, 0.1, 0.5])
        np.testing.assert_allclose(moved_apart(places, 0.2), places)

    def test_a_crowd_moves_to_both_sides(self):
        np.testing.assert_allclose(moved_apart(np.full(3, 0.5), 0.1), [0.4, 0.5, 0.6])


class TestDrawNames:
    def test_a_name_stands_at_the_height_of_its_line_on_a_logarithmic_axis_too(self):
        _, axes = panels()
        axes.set_yscale("log")
        axes.set_ylim(0.01, 100)
        axes.set_xlim(0, 10)
        draw_names(axes, 5.0, [("low", 0.1, {"color": BLUE}), ("high", 1e6, {"color": RED})])
        assert [text.get_text() for text in axes.texts] == ["low", "high"]
        assert [text.get_position()[1] for text in axes.texts] == pytest.approx([0.25, 0.965])
        assert all(0.5 < text.get_position()[0] < 0.6 for text in axes.texts)

    def test_names_follow_the_end_on_a_logarithmic_axis_too(self):
        _, axes = panels()
        axes.set_xscale("log")
        axes.set_xlim(1, 100)
        draw_names(axes, 10.0, [("one", 0.5, {"color": BLUE})])
        assert 0.5 < axes.texts[0].get_position()[0] < 0.6

    def test_name_and_line_to_it_belong_to_the_layer_of_the_line(self):
        _, axes = panels()
        draw_names(axes, 0.5, [("Adam", 0.5, {"color": BLUE, "gid": "layer:Adam"})])
        assert {part.get_gid() for part in (*axes.lines, *axes.texts)} == {"layer:Adam"}


def test_a_key_shows_each_line_as_it_is_drawn():
    _, axes = panels()
    key = draw_key(axes, [("one", {"color": BLUE, "linestyle": DASHED}), ("two", {"color": RED})])
    assert [text.get_text() for text in key.get_texts()] == ["one", "two"]
    assert [to_hex(text.get_color()) for text in key.get_texts()] == [BLUE, RED]
    dashed, solid = key.get_lines()
    assert dashed.is_dashed()
    assert not solid.is_dashed()
