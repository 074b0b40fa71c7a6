"""All frames of a demo: which there are, and how each of them is drawn."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from .drawing import DrawnAxes
from .frames import Frame, render
from .layout import Margins, measured

FEW = 4  # values of a control, so that it is cheap to measure the figure for each of them


@dataclass(frozen=True)
class Series:
    """The frames of a demo, one for each combination of control values.

    A frame has an index: the value of the last control changes fastest.
    """

    draw: Callable[..., Figure]
    name: str  # of the demo; it makes the ids inside its pictures unique on a page
    values: dict[str, list[Any]]  # of each argument of `draw`
    start: tuple[int, ...]  # the place of each argument's value in the frame that is seen first
    drag: tuple[str, ...] = ()  # the handles; each is the names of its arguments

    def __len__(self) -> int:
        """Return the number of combinations."""
        return math.prod(map(len, self.values.values()))

    def places(self, index: int) -> list[int]:
        """Return the place of each argument's value among its values."""
        places = []
        for values in reversed(self.values.values()):
            index, place = divmod(index, len(values))
            places.append(place)
        return places[::-1]

    def index(self, places: Sequence[int]) -> int:
        """Return the index of the frame for a place of each argument."""
        index = 0
        for place, values in zip(places, self.values.values(), strict=True):
            index = index * len(values) + place
        return index

    def arguments(self, index: int) -> dict[str, Any]:
        """Return the arguments with which `draw` draws a frame."""
        return {
            name: values[place]
            for place, (name, values) in zip(self.places(index), self.values.items(), strict=True)
        }

    def frame(self, index: int) -> Frame:
        """Draw a frame; its axes have the place that they have in all frames.

        Raises:
            TypeError: if `draw` returns no figure.
            ValueError: if a handle is not in `drag`, or the page cannot show the figure.
        """
        frame = render(self._figure(index), self.name, self._margins, self._drawn)
        for handle in frame.handles:
            if handle not in self.drag:
                raise ValueError(
                    f'{self.draw.__name__} draws a handle with gid="drag:{handle}": call interact '
                    f'with drag=["{handle}"]'
                )
        return frame

    def _figure(self, index: int) -> Figure:
        figure = self.draw(**self.arguments(index))
        if not isinstance(figure, Figure):
            raise TypeError(f"{self.draw.__name__} must return a figure, not {figure!r}")
        return figure

    @functools.cached_property
    def _drawn(self) -> DrawnAxes:
        return {}

    @functools.cached_property
    def _margins(self) -> tuple[Margins, ...]:
        """The margins that the panels need, in those frames where they most likely differ."""
        probes = [self.index(self.start), 0, len(self) - 1]
        for number, values in enumerate(self.values.values()):
            for place in range(len(values) if len(values) <= FEW else 0):
                before, after = self.start[:number], self.start[number + 1 :]
                probes.append(self.index([*before, place, *after]))
        first, *others = dict.fromkeys(probes)
        margins = measured(self._figure(first))
        for index in others:
            with contextlib.suppress(Exception):  # It is raised when that frame is drawn.
                margins = measured(self._figure(index), margins)
        return margins
