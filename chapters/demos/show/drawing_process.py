"""The process that draws demos for a kernel: `python -m demos.show.drawing_process`.

The kernel sends requests to its standard input and reads answers from its standard output, both as
pickled tuples. The process draws first what a cell waits for, then the frames around the one that
the reader sees, then the others. It ends when its input ends, which is when the kernel ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .frames import Frame, error_frame
from .packing import Batches
from .series import Series

NICE = 10  # A higher number is a lower priority.
PAUSE = 0.4  # seconds between two batches of a demo
NEAR = 8  # frames of each demo that are drawn before all others

Answer = Callable[..., None]  # sends its arguments to the kernel as a tuple


class Drawing:
    """A demo whose frames are being drawn."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.near: tuple[int, ...] = series.start  # the places of the controls
        self.wanted: int | None = None  # the frame that the reader waits for
        self.left = set(range(len(series)))
        self._batches = Batches()
        self._drawn: dict[int, Frame] = {}  # since the last batch
        self._sent = 0.0

    def first(self) -> tuple[Frame, str]:
        """Draw the frame that is shown first; return it, and a batch with it."""
        index = self.series.index(self.series.start)
        frame = self.series.frame(index)
        self.left.remove(index)
        return frame, self._batches.add({index: frame})

    def draw_next(self) -> str | None:
        """Draw a frame; return a batch if the reader waits for it, or from time to time."""
        index = min(self.left, key=self._distance)
        self.left.remove(index)
        self._drawn[index] = frame_or_error(self.series, index)
        if index != self.wanted and self.left and time.monotonic() < self._sent + PAUSE:
            return None
        batch = self._batches.add(self._drawn)
        self._drawn, self._sent = {}, time.monotonic()
        return batch

    def _distance(self, index: int) -> tuple[bool, int]:
        """Return how far a frame is from the reader; any way along one control is nearer."""
        steps = [abs(a - b) for a, b in zip(self.series.places(index), self.near, strict=True)]
        return sum(map(bool, steps)) > 1, sum(steps)


def frame_or_error(series: Series, index: int) -> Frame:
    """Draw a frame; if that fails, return one that shows the error."""
    try:
        return series.frame(index)
    except Exception as error:
        return error_frame(error)


class Drawings:
    """All demos of a kernel.

    Each request of the kernel is a call of the method of its name.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._all: dict[int, Drawing] = {}
        self._visited: list[int] = []  # the demos that the reader has moved, the last one last

    def path(self, folders: list[str]) -> None:
        """Import from the same folders as the kernel."""
        sys.path[:] = folders

    def show(self, number: int, series: bytes) -> None:
        """Draw a new demo, and answer at once with its first frame.

        Args:
            number: by which the kernel calls the demo from now on.
            series: the pickled series of its frames.
        """
        try:
            drawing = Drawing(pickle.loads(series))
            frame, batch = drawing.first()
        except Exception as error:
            self._answer("failed", number, portable(error))
            return
        self._all[number] = drawing
        self._answer("first", number, frame, batch)

    def move(self, number: int, index: int) -> None:
        """Note the frame that the reader of a demo wants to see."""
        if drawing := self._all.get(number):
            drawing.near, drawing.wanted = tuple(drawing.series.places(index)), index
            self._visited = [other for other in self._visited if other != number] + [number]

    def drop(self, number: int) -> None:
        """Draw no more frames of a demo, because its cell has run again."""
        self._all.pop(number, None)

    def draw_next(self) -> bool:
        """Draw a frame; return whether there was one to draw."""
        for number in self._order():
            if batch := self._all[number].draw_next():
                self._answer("frames", number, batch)
            return True
        return False

    def _order(self) -> Iterator[int]:
        """Yield the demos that have frames to draw, the most urgent one first."""
        unfinished = {number: drawing for number, drawing in self._all.items() if drawing.left}
        yield from (number for number in reversed(self._visited) if number in unfinished)
        for number, drawing in unfinished.items():
            if len(drawing.series) - len(drawing.left) < NEAR:
                yield number
        yield from unfinished


def portable(error: Exception) -> Exception:
    """Return an error that can be pickled, with a note that says where it was raised."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error


def read(source: BinaryIO, requests: queue.SimpleQueue[Any]) -> None:
    """Put requests into a queue; end the process when the kernel has ended."""
    try:
        while True:
            requests.put(pickle.load(source))
    except (EOFError, OSError):
        os._exit(0)  # Also in the middle of a drawing.


def main() -> None:
    """Answer requests, and draw while there are none."""
    if hasattr(os, "nice"):
        os.nice(NICE)  # On Windows, the kernel sets the priority.
    gc.freeze()  # A figure is garbage as a whole, and looking for it takes a quarter of the time.
    gc.set_threshold(50_000, 20, 20)
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a demo prints must not get between the answers.

    def answer(*parts: Any) -> None:
        pickle.dump(parts, target)
        target.flush()

    drawings = Drawings(answer)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=read, args=(source, requests), daemon=True).start()
    while True:
        busy = requests.empty() and drawings.draw_next()
        if not busy:
            name, *arguments = requests.get()
            getattr(drawings, name)(*arguments)


if __name__ == "__main__":
    main()
