"""The live form of a demo: a widget for JupyterLab, whose front end is `chapters/_static/demos.js`.

Its state holds the controls with the first picture, and all frames that were drawn so far. So a
move to such a frame needs no kernel.
"""

from __future__ import annotations

import functools
import itertools
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from .background import Background, ProcessEnded, Receive, background
from .controls import Control
from .frames import error_frame
from .markup import demo_html
from .packing import Batches
from .series import Series
from .style import palette_css

_STATIC = Path(__file__).resolve().parents[2] / "_static"


class DemoWidget(anywidget.AnyWidget):
    """A demo in JupyterLab.

    Attributes:
        html: the controls and the first picture.
        index: of the frame that the reader wants to see.
        frames_0, frames_1, …: batches of frames, in the order in which they were drawn.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)
    index = traitlets.Int().tag(sync=True)

    def __init__(
        self, series: Series, controls: Sequence[Control], layers: Mapping[str, bool]
    ) -> None:
        self._series = series
        self._pencil: InProcess | InKernel = pencil(series)
        self.first = self._pencil.first
        self._numbers = itertools.count()
        script, style = _front_end()
        super().__init__(
            _esm=script,
            _css=style,
            html=demo_html(series.name, controls, layers, self.first),
            index=series.index(series.start),
        )
        self._pencil.deliver(self._add)
        self.observe(self._move, "index")

    def _add(self, batch: str) -> None:
        """Add a batch of frames to the state."""
        self.add_traits(
            **{f"frames_{next(self._numbers)}": traitlets.Unicode(batch).tag(sync=True)}
        )

    def _move(self, change: Any) -> None:
        if not self._pencil.alive:
            self._pencil = InKernel(self._series)
            self._pencil.deliver(self._add)
        self._pencil.move(change.new)


class InProcess:
    """Draws the frames of a demo in the process for that, without being asked."""

    def __init__(self, series: Series, process: Background) -> None:
        self._process = process
        self._number, self.first, self._batch = process.show(series)

    @property
    def alive(self) -> bool:
        """Whether it can still draw."""
        return self._process.alive

    def deliver(self, receive: Receive) -> None:
        """Hand over what is drawn, from now on."""
        receive(self._batch)
        self._process.receive(self._number, receive)

    def move(self, index: int) -> None:
        """Draw a frame and its neighbors first."""
        self._process.move(self._number, index)


class InKernel:
    """Draws each frame of a demo when the reader wants to see it."""

    alive = True

    def __init__(self, series: Series) -> None:
        self._series = series
        self._batches = Batches()
        start = series.index(series.start)
        self.first = series.frame(start)
        self._drawn = {start}
        self._batch = self._batches.add({start: self.first})

    def deliver(self, receive: Receive) -> None:
        """Hand over what is drawn, from now on."""
        self._receive = receive
        receive(self._batch)

    def move(self, index: int) -> None:
        """Draw a frame, if it was not drawn before.

        Raises:
            Exception: what the drawing function raises, after the reader sees it.
        """
        if index in self._drawn:
            return
        self._drawn.add(index)
        try:
            frame = self._series.frame(index)
        except Exception as error:
            self._receive(self._batches.add({index: error_frame(error)}))
            raise
        self._receive(self._batches.add({index: frame}))


def pencil(series: Series) -> InProcess | InKernel:
    """Return what draws the frames of a demo; its first frame is drawn.

    Raises:
        Exception: what the drawing function raises.
    """
    if can_cross(series):
        try:
            return InProcess(series, background())
        except (ProcessEnded, OSError):  # It ended, or could not start.
            pass
    return InKernel(series)


def can_cross(series: Series) -> bool:
    """Tell whether another process can draw a demo; a function of the notebook cannot go there."""
    if series.draw.__module__ == "__main__":
        return False
    try:
        pickle.dumps(series)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


@functools.cache
def _front_end() -> tuple[str, str]:
    """Return the script and the style sheet of the widget."""
    script, style = ((_STATIC / f"demos.{kind}").read_text("utf-8") for kind in ("js", "css"))
    return f"{script}\nexport default {{ render: renderWidget }};\n", palette_css() + style
