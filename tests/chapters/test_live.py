"""The live form of a demo: a widget whose frames another process draws."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import psutil
import pytest
from demos import interact
from demos.show import background, drawing_process, live
from demos.show.controls import control
from demos.show.drawing_process import NEAR, NICE, Drawing, Drawings
from demos.show.frames import Frame
from demos.show.interact import Demo
from demos.show.live import DemoWidget, InKernel, InProcess
from demos.show.series import Series
from demos.show.style import panels
from frames_in_json import as_frame
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
LONGEST_WAIT = 60  # seconds


def draw_power(base: int, exponent: int = 2) -> Figure:
    figure, axes = panels()
    axes.plot([0, 1, 2], [0, base, base**exponent], gid="drag:base")
    axes.set(xlabel="x", ylabel="power", ylim=(0, 1000))
    print("A demo may print.")
    figure.set_label(f"{base} to the power {exponent} is {base**exponent}.")
    return figure


def draw_or_fail(base: int) -> Figure:
    if base == 3:
        raise ArithmeticError("no picture of <three>")
    return draw_power(base)


def shown(demo: Demo) -> dict[int, Frame]:
    """Return the frames that the widget's front end has, put together as `demos.js` does it."""
    frames: dict[int, Frame] = {}
    pieces: list[str] = []
    first = 0
    for number in range(1000):
        text = getattr(demo.widget, f"frames_{number}", None)
        if text is None:
            return frames
        batch = json.loads(text)
        if batch["begin"] == 0:
            first = len(pieces)
        pieces += batch["pieces"]
        for index, row in batch["frames"].items():
            svg = "".join(pieces[first + piece] for piece in row)
            rest = (batch[part][index] for part in ("alts", "handles", "scales"))
            frames[int(index)] = as_frame(svg, *rest)
    raise AssertionError("the demo never ends")


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


# The process


def test_all_frames_arrive_without_being_asked_for() -> None:
    demo = interact(draw_power, drag=["base"], base=(1, 9), exponent=[2, 3])
    assert isinstance(demo.widget._pencil, InProcess)
    assert demo.widget.html.count("<svg") == 1
    wait_until(lambda: len(shown(demo)) == 18)
    assert shown(demo) == dict(enumerate(demo.frames))  # drawn here


def test_frames_arrive_while_the_kernel_is_busy() -> None:
    demo = interact(draw_power, drag=["base"], base=(1, 9), exponent=[2, 3])
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        if getattr(demo.widget, "frames_1", None):
            break
    assert len(shown(demo)) > 1


def test_a_function_that_raises_fails_the_cell_and_says_where() -> None:
    with pytest.raises(ArithmeticError, match="<three>") as caught:
        interact(draw_or_fail, drag=["base"], base=widgets.IntSlider(min=1, max=3, value=3))
    assert "in draw_or_fail" in caught.value.__notes__[0]


def test_a_frame_that_cannot_be_drawn_shows_the_error() -> None:
    demo = interact(draw_or_fail, drag=["base"], base=widgets.IntSlider(min=1, max=4, value=1))
    wait_until(lambda: len(shown(demo)) == 4)
    assert "role='alert'" in shown(demo)[2].svg
    assert "no picture of &lt;three&gt;" in shown(demo)[2].svg
    assert shown(demo)[3].alt == "4 to the power 2 is 16."


def test_the_same_demo_shown_again_is_drawn_for_its_last_place_only() -> None:
    old = interact(draw_power, drag=["base"], base=(1, 100), exponent=[2, 3])
    new = interact(draw_power, drag=["base"], base=(1, 9), exponent=[2, 3])
    wait_until(lambda: len(shown(new)) == 18)
    time.sleep(0.5)
    assert len(shown(old)) < 200


def test_the_process_has_a_low_priority() -> None:
    interact(draw_power, drag=["base"], base=(1, 2))
    process = psutil.Process(background.background()._process.pid)
    assert process.nice() == psutil.Process().nice() + NICE


def test_after_the_process_has_died_the_kernel_draws_and_starts_another() -> None:
    demo = interact(draw_power, drag=["base"], base=(1, 300))
    process = background.background()._process
    process.kill()
    process.wait()
    assert 299 not in shown(demo)
    demo.widget.index = 299
    assert shown(demo)[299].alt == "300 to the power 2 is 90000."
    demo.widget.index = 280
    assert shown(demo)[280].alt == "281 to the power 2 is 78961."
    assert shown(demo)[149].alt == "150 to the power 2 is 22500."  # the first, from the process
    other = interact(draw_power, drag=["base"], base=(1, 2))
    assert background.background()._process.pid != process.pid
    wait_until(lambda: len(shown(other)) == 2)


def test_if_the_process_dies_while_a_cell_waits_the_kernel_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = background.background()
    monkeypatch.setattr(running, "_send", lambda *request: running._process.kill())
    demo = interact(draw_power, drag=["base"], base=(1, 3))
    assert isinstance(demo.widget._pencil, InKernel)
    assert demo.widget.first.alt == "2 to the power 2 is 4."


KERNEL = """
import sys, time
sys.path[:0] = [{chapters!r}, {tests!r}]
from demos import interact
from demos.show import background
import test_live
demo = interact(test_live.draw_power, drag=["base"], base=(1, 300))
print(background.background()._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_ends_with_the_kernel_however_that_ends(end: signal.Signals) -> None:
    source = KERNEL.format(chapters=str(ROOT / "chapters"), tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout
        drawing = psutil.Process(int(kernel.stdout.readline()))
        assert drawing.is_running()
        kernel.send_signal(end)
        kernel.wait()
    wait_until(lambda: not drawing.is_running() or drawing.status() == psutil.STATUS_ZOMBIE)


# Functions of the notebook


def test_a_function_of_the_notebook_is_drawn_in_the_kernel_when_it_is_asked_for() -> None:
    drawn: list[int] = []

    def draw(base: int) -> Figure:
        drawn.append(base)
        return draw_power(base)

    demo = interact(draw, drag=["base"], base=(1, 5))
    assert isinstance(demo.widget._pencil, InKernel)
    assert list(shown(demo)) == [2]
    drawn.clear()
    for _ in range(2):
        demo.widget.index = 4
        demo.widget.index = 3
    assert drawn == [5, 4]  # each of them once
    assert shown(demo)[4] == demo.series.frame(4)


def test_a_function_of_the_notebook_that_raises_is_shown_and_heard_of() -> None:
    def draw(base: int) -> Figure:
        return draw_or_fail(base)

    demo = interact(draw, drag=["base"], base=(1, 4))
    with pytest.raises(ArithmeticError):
        demo.widget.index = 2
    assert "no picture of &lt;three&gt;" in shown(demo)[2].svg


@pytest.mark.parametrize("module", ["__main__", "demos.nowhere"])
def test_only_what_can_be_imported_crosses(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Series(draw_power, "demo", {"base": [1, 2]}, (0,))
    assert live.can_cross(made)
    monkeypatch.setattr(draw_power, "__module__", module)
    assert not live.can_cross(made)
    assert not live.can_cross(Series(lambda base: draw_power(base), "demo", {"base": [1]}, (0,)))


# The order of drawing


def series(name: str = "demo", **values: list[Any]) -> Series:
    start = tuple(len(v) // 2 for v in values.values())
    return Series(draw_power, name, values, start, ("base",))


def test_frames_along_one_control_come_before_steps_of_several() -> None:
    drawing = Drawing(series(base=[1, 2, 3, 4, 5], exponent=[1, 2, 3]))
    drawing.first()
    order = []
    while drawing.left:
        before = set(drawing.left)
        drawing.draw_next()
        (index,) = before - drawing.left
        order.append(tuple(drawing.series.places(index)))
    assert set(order[:4]) == {(1, 1), (3, 1), (2, 0), (2, 2)}
    assert set(order[4:6]) == {(0, 1), (4, 1)}
    assert all(a != 2 and b != 1 for a, b in order[6:])


def test_the_frame_that_the_reader_waits_for_is_next_and_sent_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing_process, "PAUSE", 1000)
    answers: list[tuple[Any, ...]] = []
    drawings = Drawings(lambda *answer: answers.append(answer))
    for number in (1, 2):
        drawing = Drawing(series(base=list(range(1, 30))))
        drawing._sent = time.monotonic()
        drawing.first()
        drawings._all[number] = drawing
    drawings.move(2, 27)
    assert drawings.draw_next()
    ((kind, number, batch),) = answers
    assert (kind, number) == ("frames", 2)
    assert list(json.loads(batch)["frames"]) == ["27"]
    drawings.draw_next()  # a neighbor
    assert len(answers) == 1
    assert 26 not in drawings._all[2].left or 28 not in drawings._all[2].left


def test_each_demo_gets_some_frames_before_one_gets_all() -> None:
    drawings = Drawings(lambda *answer: None)
    for number in (1, 2):
        drawings._all[number] = Drawing(series(base=list(range(1, 30))))
    for _ in range(2 * NEAR + 3):
        drawings.draw_next()
    left = [len(drawing.left) for drawing in drawings._all.values()]
    assert left == [29 - NEAR - 3, 29 - NEAR]


# The widget


def test_the_state_holds_controls_texts_and_frames() -> None:
    slider = control("base", widgets.IntSlider(value=2, min=1, max=3, description="base (meters)"))
    made = Series(draw_power, "demo-power", {"base": [1, 2, 3]}, (1,), ("base",))
    state = DemoWidget(made, [slider], {"low": True}).get_state()
    assert "1 meter" in state["html"]
    assert 'data-switch="low"' in state["html"]
    assert state["index"] == 1
    assert json.loads(state["frames_0"])["alts"] == {"1": "2 to the power 2 is 4."}
    assert state["_esm"].rstrip().endswith("export default { render: renderWidget };")
    assert "--course-blue" in state["_css"]
    assert ".demo-picture" in state["_css"]
