"""`interact` with real ipywidgets and, static, in a real browser; both show the same pictures."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from demos import ask, interact
from demos.show import layout, markup
from demos.show.controls import in_words
from demos.show.frames import Frame, render
from demos.show.interact import Demo
from demos.show.packing import pack, share
from demos.show.style import BLUE, DARK, LIGHT, ORANGE, panels
from frames_in_json import as_frame
from matplotlib.figure import Figure
from playwright.sync_api import Browser, Page

from tools.bench_site import LIFT_VEILS, unpacked

ROOT = Path(__file__).resolve().parents[2]
SHOW_LAYERS = (
    "document.querySelectorAll('[data-switch]:not(:checked)').forEach((box) => box.click())"
)


def draw_power(base: float, exponent: int = 2, shown: bool = True, color: str = BLUE) -> Figure:
    """A figure whose line, label and alternative text all depend on the arguments."""
    figure, axes = panels()
    axes.plot([0, 1, 2], [0, base, base**exponent], color=color, visible=shown)
    axes.set(xlabel="x", ylabel="power", ylim=(0, 30))
    axes.text(0, 25, f"{base:g} to the {exponent} = {base**exponent:.3f}")
    figure.set_label(f"{base:g} to the power {exponent} is {base**exponent:g}.")
    return figure


def draw_same(base: Any) -> Figure:
    """A figure for any argument."""
    return draw_power(2)


# Controls


@pytest.mark.parametrize(
    ("abbreviation", "values", "texts"),
    [
        ((1, 3), [1, 2, 3], ["1", "2", "3"]),
        ((0.0, 0.3, 0.1), [0.0, 0.1, 0.2, 0.3], ["0.00", "0.10", "0.20", "0.30"]),
        (["a", "b"], ["a", "b"], ["a", "b"]),
        ({"one": 1, "two": 2}, [1, 2], ["one", "two"]),
        (True, [False, True], ["off", "on"]),
        (widgets.Play(min=0, max=4, step=2), [0, 2, 4], ["0", "2", "4"]),
        (
            widgets.FloatLogSlider(min=-2, max=0, step=1, value=0.1, readout_format=".2f"),
            [0.01, 0.1, 1.0],
            ["0.01", "0.10", "1.00"],
        ),
        (
            widgets.IntSlider(min=-1, max=1, description="outlier (metres)"),
            [-1, 0, 1],
            ["−1 metre", "0 metres", "1 metre"],
        ),
        (widgets.SelectionSlider(options=[("low", 1), ("high", 9)]), [1, 9], ["low", "high"]),
        (widgets.ToggleButtons(options=["x", "y"]), ["x", "y"], ["x", "y"]),
        (widgets.FloatSlider(min=0, max=1, step=0.4), [0.0, 0.4, 0.8], ["0.00", "0.40", "0.80"]),
    ],
)
def test_controls_have_the_values_that_the_widget_takes(
    abbreviation: Any, values: list[Any], texts: list[str]
) -> None:
    demo = interact(draw_same, base=abbreviation)
    (control,) = demo.controls
    assert control.values == values
    assert control.texts == texts
    for value in values:  # a real widget must accept and keep each of them
        control.widget.value = value
        assert control.widget.value == pytest.approx(value)


def test_an_abbreviation_means_what_ipywidgets_means_by_it() -> None:
    for abbreviation in [(1, 9), (0.0, 1.0), (0.0, 1.0, 0.25), ["p", "q"], {"P": 1}, False]:
        theirs = widgets.interactive(lambda x: x, x=abbreviation).children[0]
        ours = interact(draw_same, base=abbreviation).controls[0].widget
        assert type(ours) is type(theirs)
        assert ours.value == theirs.value


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"base": "a text"}, "base: a Text has no finite list of values"),
        ({"base": object()}, "no control that ipywidgets.interact knows"),
        ({"base": (1, 100), "exponent": (1, 100)}, "10000 frames; the most is 400"),
    ],
)
def test_a_control_that_cannot_be_drawn_beforehand_is_refused(
    controls: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        interact(draw_power, **controls)


@pytest.mark.parametrize(
    ("form", "value", "text", "spoken"),
    [
        (".0e", 1e-5, "0.00001", "0.00001"),
        (".1e", 25.0, "25", "25"),
        (".2f", -0.07, "−0.07", "minus 0.07"),
        ("d", -3, "−3", "minus 3"),
    ],
)
def test_a_value_is_written_and_spoken_as_people_do(
    form: str, value: float, text: str, spoken: str
) -> None:
    kind = widgets.IntSlider if form == "d" else widgets.FloatSlider
    slider = kind(value, min=value, max=value, readout_format=form)
    (control,) = interact(draw_same, base=slider).controls
    assert (control.texts, control.spoken) == ([text], [spoken])
    assert f'aria-valuetext="{spoken}"' in markup.demo_html("d", [control], {}, Frame("", ""))


@pytest.mark.parametrize(
    ("text", "words"), [("a−1", "a−1"), ("−.5 to −2", "minus .5 to minus 2"), ("2-3", "2-3")]
)
def test_only_a_sign_is_a_minus(text: str, words: str) -> None:
    assert in_words(text) == words


# Parts of a figure


def draw_layers(height: int) -> Figure:
    figure = draw_power(height)
    for name, color in ("low", BLUE), ("high", ORANGE):
        figure.axes[0].plot([0, 1], [height, 0], color=color, gid=f"layer:{name}")
    return figure


def test_a_layer_is_switched_off_without_a_frame_of_its_own() -> None:
    demo = interact(draw_layers, layers=["low", "high"], height=(1, 3))
    assert len(demo.frames) == 3
    assert demo.html().count('data-switch="low"') == 1
    assert all("data-layer='high'" in frame.svg for frame in demo.frames)


def test_a_layer_that_is_off_at_first_is_hidden_until_its_box_is_checked() -> None:
    demo = interact(draw_layers, layers={"low": True, "high": False}, height=(1, 3))
    picture, data = demo.html().split('<script type="application/json">')
    hidden = "data-layer='high' style='display:none'"
    assert hidden in picture
    assert "data-layer='low' style" not in picture
    assert hidden not in data
    assert re.findall(r'data-switch="(\w+)" autocomplete="off"( checked)?', picture) == [
        ("low", " checked"),
        ("high", ""),
    ]


def draw_handle(height: int, shown: bool = True) -> Figure:
    figure = draw_power(height)
    gid = "drag:height" if shown else None
    figure.axes[0].plot([1], [height], "o", markersize=8, color=ORANGE, gid=gid)
    return figure


def test_every_frame_says_where_its_handles_are() -> None:
    demo = interact(draw_handle, drag=["height"], height=(1, 3))
    places = [frame.handles["height"] for frame in demo.frames]
    (lowest,), (middle,), (highest,) = places
    assert lowest[0] == 0  # the panel
    assert lowest[1] == middle[1] == highest[1]
    assert lowest[2] - middle[2] == pytest.approx(middle[2] - highest[2], abs=1.01)
    assert middle[2] > highest[2]  # In an SVG, y grows downward.
    assert lowest[3:] == (4, 4)
    figure = draw_handle(2)
    figure.draw_without_rendering()
    x, y = figure.axes[0].transData.transform((1, 2))
    assert places[1] == [(0, round(x), round(figure.bbox.height - y), 4, 4)]


@pytest.mark.parametrize(
    ("function", "drag", "message"),
    [
        (draw_handle, ["width"], "there is no control width"),
        (draw_handle, [], 'call interact with drag=["height"]'),
        (draw_layers, ["height"], 'needs an artist with gid="drag:height"'),
    ],
)
def test_a_handle_without_its_control_or_its_artist_is_refused(
    function: Any, drag: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        interact(function, drag=drag, height=(1, 3)).html()


def test_a_handle_outside_of_the_figure_is_none() -> None:
    def draw(height: int) -> Figure:
        figure, axes = panels()
        axes.plot([1], [height], "o", gid="drag:height")
        axes.set(ylim=(0, 2.1), xlabel="x", ylabel="y")
        figure.set_label(f"A point {height} above zero.")
        return figure

    demo = interact(draw, drag=["height"], height=(1, 9))
    assert [bool(frame.handles) for frame in demo.frames] == [True] * 2 + [False] * 7


def test_interact_is_a_decorator_too_and_takes_no_control_at_all() -> None:
    @interact(base=(1, 3))
    def demo(base: int) -> Figure:
        return draw_power(base)

    assert isinstance(demo, Demo)
    still = interact(lambda: draw_power(2))
    assert "2 to the 2" in still.widget.html
    assert "demo-controls" not in still.html()


def test_jupyter_gets_widgets_and_the_book_gets_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMOS_STATIC", raising=False)
    live, _ = interact(draw_power, base=(1, 3))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in live
    assert live["text/html"].count("<svg") == 1
    monkeypatch.setenv("DEMOS_STATIC", "1")
    static, _ = interact(draw_power, base=(1, 3))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" not in static
    assert "application/json" in static["text/html"]


def test_every_frame_says_what_its_places_mean_in_numbers() -> None:
    figure, (left, right) = panels(2)
    left.set(xlim=(0, 4), ylim=(-1, 1), xlabel="x", ylabel="y")
    left.set_yticks([-1, 1], ["−1", "1"])
    right.set(xscale="log", xlim=(1, 100), xlabel="x", ylabel="y")
    right.set_xticks([1, 100], ["1", "100"])
    right.set_xticks([], minor=True)
    right.set_yticks([0, 1], ["no", "yes"])
    figure.set_label("Two panels.")
    numbers, names = render(figure, "a").scales
    assert names is None
    right.set_yticks([0, 1], ["1", "2"])  # names of rows, for instance
    assert render(figure, "a").scales[1] is None
    right.set_yticks([0, 1], ["0", "10⁰"])
    assert render(figure, "a").scales[1] is not None
    assert numbers is not None
    box = left.bbox
    assert numbers[0] == ("linear", round(box.x0), round(box.x1), 0, 4)
    height = figure.bbox.height
    assert numbers[1] == ("linear", round(height - box.y0), round(height - box.y1), -1, 1)


# Frames


def read(html: str) -> list[Frame]:
    """Return the frames of a static demo, joined as `demos.js` joins them."""
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])
    handles = data["handles"] or [{}] * len(data["alts"])
    scales = data["scales"] * (len(data["alts"]) if len(data["scales"]) == 1 else 1)
    frames = zip(unpacked(data), data["alts"], handles, scales, strict=True)
    return [as_frame(*parts) for parts in frames]


def test_the_static_form_has_every_combination_in_order() -> None:
    demo = interact(draw_power, base=(1, 4), exponent=[2, 3], shown=True)
    expected = [
        demo.frame(base=base, exponent=exponent, shown=shown)
        for base, exponent, shown in itertools.product([1, 2, 3, 4], [2, 3], [False, True])
    ]
    assert read(demo.html()) == expected
    assert len({frame.svg for frame in expected}) == len(expected)


def test_the_first_picture_is_the_one_for_the_start_values() -> None:
    slider = widgets.IntSlider(min=1, max=4, value=3)
    demo = interact(draw_power, base=slider, exponent=widgets.Dropdown(options=[2, 3], value=3))
    assert f'aria-label="{demo.frame(base=3, exponent=3).alt}"' in demo.html()
    assert 'value="2" aria-valuetext="3"' in demo.html()
    assert "<option selected>3</option>" in demo.html()


def test_frames_share_what_they_have_in_common() -> None:
    demo = interact(draw_power, base=(1, 30))
    svgs = [frame.svg for frame in demo.frames]
    pieces, recipes = share(svgs)
    assert ["".join(pieces[i] for i in recipe) for recipe in recipes] == svgs
    assert sum(map(len, pieces)) < 0.15 * sum(map(len, svgs))
    assert len(set(pieces)) == len(pieces)
    packed = pack(svgs, start=7)
    assert unpacked(packed) == svgs
    shown = [piece for shared, piece in packed["pieces"] if not shared]
    assert "".join(shown).startswith(svgs[7])  # next to the picture, for the compression
    assert len(json.dumps(packed)) < 0.7 * len(json.dumps([pieces, recipes]))


def test_a_drawing_is_the_same_every_time_and_its_ids_are_its_own() -> None:
    first, second = render(draw_power(2), "a"), render(draw_power(2), "a")
    assert first == second
    other = render(draw_power(2), "b")
    ids = [set(re.findall(r"id='([^']+)'", frame.svg)) for frame in (first, other)]
    assert ids[0]
    assert not ids[0] & ids[1]


def draw_pair(label: str = "y", share_y: bool = False) -> Figure:
    figure, (left, right) = panels(2, height=3, share_y=share_y)
    left.plot([0, 1], [0, 1], color=BLUE)
    right.plot([0, 1], [0, 1000], color=ORANGE)
    left.set(xlabel="x", ylabel=label, title="one line")
    right.set(xlabel="x", ylabel="y")
    figure.set_label("Two lines.")
    return figure


def test_each_panel_is_a_picture_of_its_own() -> None:
    svg = render(draw_pair(), "a").svg
    left, right = [panel for panel in re.split("(?=<svg)", svg) if panel]
    assert "--course-blue" in left and "--course-orange" not in left
    assert "--course-orange" in right and "--course-blue" not in right
    boxes = re.findall(r"viewBox='([^']*)'", svg)
    assert boxes == ["0 0 259.2 216", "259.2 0 259.2 216"]
    for panel in (left, right):  # It needs nothing from the other one.
        ids, used = re.findall(r" id='([^']+)'", panel), re.findall(r"#([\w-]+)", panel)
        assert set(used) == set(ids)


def test_panels_side_by_side_have_axes_of_one_height() -> None:
    figure = draw_pair(share_y=True)
    figure.draw_without_rendering()
    left, right = (axes.bbox for axes in figure.axes)
    assert (left.y0, left.y1) == pytest.approx((right.y0, right.y1))
    labels = [text.get_visible() for text in figure.axes[1].get_yticklabels()]
    assert labels and all(labels)  # They are needed where panels are stacked.


def test_axes_stand_still_if_their_margins_are_given() -> None:
    wide, narrow = draw_pair("two\nlines"), draw_pair()
    margins = layout.measured(wide)
    render(narrow, "a", margins)
    assert narrow.axes[0].bbox.x0 == pytest.approx(margins[0].left)
    other = draw_pair()
    render(other, "a")
    assert other.axes[0].bbox.x0 < margins[0].left - 5


def test_a_path_is_written_from_point_to_point() -> None:
    figure, axes = panels()
    axes.plot([0, 1, 2, 3], [0, 10, 20, 5])
    figure.set_label("Up and down.")
    svg = render(figure, "a").svg
    data = re.search(r"stroke:var\(--course-blue\)[^>]* d='m([^']+)'", svg)[1]
    steps = [
        [float(number) for number in re.findall(r"-?[\d.]+", pair)]
        for pair in re.findall(r"-?[\d.]+[ -][\d.]+", data)[1:]
    ]
    assert len(steps) == 3
    assert steps[0] == pytest.approx(steps[1], abs=0.11)
    assert steps[2] == pytest.approx([steps[0][0], -1.5 * steps[0][1]], abs=0.11)


def test_rounding_touches_coordinates_and_never_the_words() -> None:
    svg = render(draw_power(1.23), "a").svg
    assert "1.23 to the 2 = 1.513" in svg
    coordinates = re.findall(r"\d+\.\d+", re.sub(r">[^<]*<", "", svg))
    assert coordinates
    assert max(len(number.split(".")[1]) for number in coordinates) <= 2


def test_a_drawing_brings_no_style_for_the_whole_page() -> None:
    svg = render(draw_power(2), "a").svg
    assert "<style" not in svg
    assert re.match(r"<svg style='[^']*stroke-linejoin:round;stroke-linecap:butt'", svg)


def test_every_color_of_a_drawing_is_a_variable_of_both_themes() -> None:
    svg = render(draw_power(2, color=ORANGE), "a").svg
    used = set(re.findall(r"var\(--course-(\w+)\)", svg))
    assert {"orange", "ink", "muted", "grid"} <= used
    assert not re.search(r"#[0-9a-f]{6}\b", svg)
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_color_that_writes_text_can_be_read(theme: dict[str, str]) -> None:
    def luminance(color: str) -> float:
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]  # WCAG 2.2

    paper = luminance(theme["paper"])
    for name in theme.keys() - {"paper", "grid"}:
        light, dark = sorted([luminance(theme[name]), paper], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda figure: figure.set_label(""), "no alternative text"),
        (lambda figure: figure.axes[0].plot([0, 1], color="#123456"), "#123456 is not one of"),
        (lambda figure: figure.axes[0].set_title("$x^2$"), "Unicode"),
        (lambda figure: figure.text(0.5, 0.5, "across"), "outside of the panels"),
    ],
)
def test_a_figure_that_the_page_cannot_show_well_is_refused(change: Any, message: str) -> None:
    figure = draw_power(2)
    change(figure)
    with pytest.raises(ValueError, match=message):
        render(figure, "a")


def test_a_figure_without_panels_is_refused() -> None:
    figure = Figure(label="A figure.")
    with pytest.raises(ValueError, match="make it with"):
        render(figure, "a")


def test_a_callback_must_return_a_figure() -> None:
    with pytest.raises(TypeError, match="must return a figure, not None"):
        interact(lambda base: None, base=(1, 3)).html()


# Self-checks


def test_a_question_answers_every_choice() -> None:
    html = ask(
        "Is $x$ `x`?", right={"Yes.": "It is."}, wrong={"No.": "**Denial.** a < b"}
    )._repr_html_()
    assert html.count("<details") == 2
    assert "<strong>Denial.</strong> a &lt; b" in html
    assert r"\(x\)" in html
    assert "<code>x</code>" in html


def test_a_star_is_emphasis_only_around_words() -> None:
    html = ask(
        "*Is* $w^*$ or `f(*a)` 2*3*4?", right={"Y": "x"}, wrong={"N": "**Z.** y"}
    )._repr_html_()
    assert r"<em>Is</em> <span class=" in html
    assert r"\(w^*\)" in html
    assert "<code>f(*a)</code> 2*3*4?" in html


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ({}, {"No": "**N.** x"}, "a right and a wrong"),
        ({"Yes": "x"}, {}, "a right and a wrong"),
        ({"Yes": "x"}, {"No": "because"}, "misconception"),
    ],
)
def test_a_question_without_its_parts_is_refused(
    right: dict[str, str], wrong: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ask("Q?", right=right, wrong=wrong)


# In the built book


def chapter_pages(book: Path) -> list[Path]:
    """Return the pages with demos."""
    return [
        page
        for page in sorted((book / "chapters").glob("*.html"))
        if "demo-controls" in page.read_text()
    ]


def shown(page: Page, demo: str) -> str:
    """Return the picture's SVG as the browser has it, without the handles on top."""
    return page.eval_on_selector(
        f"{demo} .demo-picture",
        """(picture) => {
          const copy = picture.cloneNode(true);
          for (const handle of copy.querySelectorAll(".demo-handle")) handle.remove();
          return copy.innerHTML;
        }""",
    )


def as_the_browser_writes_it(page: Page, svg: str) -> str:
    """Return the same SVG, read and written by the browser."""
    return page.evaluate(
        "svg => Object.assign(document.createElement('div'), { innerHTML: svg }).innerHTML",
        svg,
    )


def test_on_the_page_each_move_shows_the_picture_for_that_value(
    book: Path, site: str, browser: Browser
) -> None:
    pages = chapter_pages(book)
    assert pages
    for path in pages:
        page = browser.new_page(reduced_motion="reduce")  # Nothing glides.
        page.goto(f"{site}/chapters/{path.name}")
        page.evaluate(LIFT_VEILS)
        page.evaluate(SHOW_LAYERS)
        for box in page.query_selector_all(".demo:has(.demo-controls)"):
            demo = f"#{box.get_attribute('id')}"
            frames = read(box.evaluate("box => box.outerHTML"))
            inputs = page.locator(f"{demo} [data-texts]")
            sizes = [
                len(json.loads(text))
                for text in inputs.evaluate_all("all => all.map(e => e.dataset.texts)")
            ]
            assert len(frames) == len({frame.alt for frame in frames}), (
                f"{path.name}, {demo}: two frames have the same alternative text; let the drawing "
                "function say in figure.set_label what the figure shows for its values"
            )
            for which in range(inputs.count()):
                control = inputs.nth(which)
                if control.get_attribute("type") == "range":
                    control.press("End")
                    control.press("ArrowLeft")
                elif control.get_attribute("type") == "checkbox":
                    control.press("Space")
                else:
                    control.select_option(index=sizes[which] - 1)
                values = inputs.evaluate_all(
                    "all => all.map(e => e.type === 'checkbox' ? +e.checked"
                    " : e.selectedIndex ?? +e.value)"
                )
                index = 0
                for value, size in zip(values, sizes, strict=True):
                    index = index * size + value
                assert shown(page, demo) == as_the_browser_writes_it(page, frames[index].svg)
                label = page.get_attribute(f"{demo} .demo-picture", "aria-label")
                assert label == frames[index].alt
        page.close()


def test_the_page_shows_what_the_live_demo_draws(site: str, browser: Browser) -> None:
    """The frames on the page are those that the same demo draws in a kernel."""
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    for demo in demos_of_chapter("01_loss_functions"):
        box = page.query_selector(f"#{demo.name}")
        assert box, demo.name
        if demo.controls:
            last = read(box.evaluate("box => box.outerHTML"))[-1]
            assert last.svg == demo.series.frame(len(demo.series) - 1).svg
    page.close()


def demos_of_chapter(stem: str) -> list[Demo]:
    """Return the live demos of a chapter, by running its demo cells in this process."""
    source = (ROOT / "chapters" / f"{stem}.md").read_text()
    cells = re.findall(
        r"```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)```", source, re.S
    )
    namespace: dict[str, Any] = {}
    found = []
    for cell in cells:
        if "import demos" in cell or "from demos" in cell or "interact(" in cell:
            lines = cell.rstrip()
            exec(re.sub(r"^interact\(", "_demo = interact(", lines, flags=re.M), namespace)
            if isinstance(namespace.get("_demo"), Demo):
                found.append(namespace.pop("_demo"))
    assert found
    return found


def test_play_runs_to_the_end_and_pauses(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    button = page.locator(".demo-play").first
    slider = page.locator(".demo-range:has(.demo-play) input").first
    slider.press("Home")
    button.click()
    assert button.inner_text() == "Pause"
    page.wait_for_function("([s]) => Number(s.value) >= 2", arg=[slider.element_handle()])
    button.click()
    assert button.inner_text() == "Play"
    rest = slider.input_value()
    page.wait_for_timeout(1000)
    assert slider.input_value() == rest
    slider.press("End")
    slider.press("ArrowLeft")
    button.click()
    page.wait_for_function("([b]) => b.textContent === 'Play'", arg=[button.element_handle()])
    assert slider.input_value() == slider.get_attribute("max")
    page.close()


def test_a_layer_stays_off_while_other_controls_move(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}/chapters/03_optimizers.html")
    demo = page.locator(".demo").first
    demo.get_by_label("Momentum", exact=True).uncheck()
    demo.locator("input[name=step]").press("ArrowRight")
    shown = "all => all.map(part => getComputedStyle(part).display !== 'none')"
    parts = demo.locator("[data-layer=Momentum]")
    assert parts.count() > 2
    assert not any(parts.evaluate_all(shown))
    assert all(demo.locator("[data-layer=Adam]").evaluate_all(shown))
    demo.get_by_label("Momentum", exact=True).check()
    assert all(parts.evaluate_all(shown))
    page.close()


def test_without_javascript_the_first_picture_stands_and_no_dead_control(
    site: str, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/chapters/01_loss_functions.html")
    assert page.locator(".demo-picture svg").first.is_visible()
    assert not page.locator(".demo-controls").first.is_visible()
    context.close()


def test_a_callback_that_raises_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text(
        "title: t\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: force\n"
        "sphinx:\n  config:\n    nb_execution_show_tb: true\n"
    )
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (tmp_path / "page.md").write_text(
        "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n"
        "# Page\n\n```{code-cell}\n"
        "import os, sys\nos.environ['DEMOS_STATIC'] = '1'\n"
        f"sys.path.insert(0, {str(ROOT / 'chapters')!r})\n"
        "from demos import interact\n"
        "def draw(x):\n    raise ArithmeticError('drawing failed')\n"
        "interact(draw, x=(1, 3))\n```\n"
    )
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        tmp_path,
        "-W",
        "--keep-going",
    ]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode != 0
    assert "drawing failed" in run.stdout + run.stderr
