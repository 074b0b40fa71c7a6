"""`demos.js` in a real browser, on a small page with demos of its own, under the site's policy."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
from course_site.pages.content_policy import policy
from demos import interact
from demos.show.interact import Demo
from demos.show.style import BLUE, GREEN, ORANGE, PURPLE, palette_css, panels
from matplotlib.figure import Figure
from playwright.sync_api import Browser, Locator, Page, expect

from tools.book import served

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "chapters" / "_static"


def draw_tangent(x: float, marks: bool = True) -> Figure:
    """Two panels: a curve with a point to drag, and a vertical line to drag."""
    figure, (left, right) = panels(2)
    line = np.linspace(-2, 2, 41)
    left.plot(line, line**2, color=BLUE)
    left.text(-1.9, 3.6, "parabola", color=BLUE)
    left.plot(line, 2 - line, color=PURPLE)
    if marks:
        left.plot([x], [x**2], "o", color=ORANGE, markersize=9, gid="drag:x")
        right.axvline(x, color=ORANGE, gid="drag:x")
    right.plot(line, np.exp(-((line - x) ** 2)), color=GREEN)
    for axes in (left, right):
        axes.set(xlim=(-2.2, 2.2), ylim=(-0.3, 4.2), xlabel="x", ylabel="y")
    figure.set_label(f"The point is at {x:.1f}.")
    return figure


def draw_place(x: int, y: int, name: str) -> Figure:
    """A point in the plane."""
    figure, axes = panels(1)
    axes.plot([x], [y], "s", color=ORANGE, markersize=9, gid="drag:x y")
    axes.set(xlim=(-1, 10), ylim=(-1, 10), xlabel="x", ylabel="y", title=name)
    figure.set_label(f"{name} is at {x} and {y}.")
    return figure


def draw_layers(step: int) -> Figure:
    """Two layers, and a step that can be played."""
    figure, axes = panels(1)
    for name, height, color in ("low", step, BLUE), ("high", step + 2, ORANGE):
        axes.plot([0, 1], [height, 0], color=color, gid=f"layer:{name}")
        axes.text(0.5, height, name, color=color, gid=f"layer:{name}")
    axes.set(xlim=(0, 1), ylim=(0, 9), xlabel="x", ylabel="y")
    figure.set_label(f"After {step} steps.")
    return figure


def demos() -> list[Demo]:
    slider = widgets.FloatSlider(value=0.5, min=-2, max=2, step=0.1, description="place x")
    play = widgets.Play(value=2, min=0, max=6, interval=100, description="step")
    return [
        interact(draw_tangent, drag=["x"], x=slider),
        interact(draw_place, drag=["x y"], x=(0, 9), y=(0, 9), name=["A", "B"]),
        interact(draw_layers, layers=["low", "high"], step=play),
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "demos.js").write_bytes((STATIC / "demos.js").read_bytes())
    style = (STATIC / "demos.css").read_text(encoding="utf-8")
    (folder / "demos.css").write_text(palette_css() + style, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMOS_STATIC", "1")
        body = "".join(demo.html() for demo in demos())
    (folder / "index.html").write_text(
        '<!DOCTYPE html><html lang="en" data-theme="light"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(body)}">'
        '<meta name="viewport" content="width=device-width"><title>Demos</title>'
        '<link rel="stylesheet" href="demos.css"><script async src="demos.js"></script>'
        f'<body style="margin: 0 auto; max-width: 688px">{body}',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder, SimpleHTTPRequestHandler) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, without motion."""
    page = browser.new_page(viewport={"width": 720, "height": 1600}, reduced_motion="reduce")
    yield opened(page, address)
    page.close()


def opened(page: Page, address: str) -> Page:
    """Open the page, and wait for the handles of its demos; errors of its scripts fail the test."""
    errors: list[Any] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(address)
    page.locator(".demo-handle").nth(2).wait_for()
    assert not errors
    return page


def demo(page: Page, name: str) -> Locator:
    return page.locator(f"[id^=demo-draw-{name}]")


def alt(page: Page, name: str) -> str:
    return demo(page, name).locator(".demo-picture").get_attribute("aria-label") or ""


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, handle: Locator, by: tuple[float, float]) -> None:
    x, y = middle(handle.locator(".demo-ring"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=5)


# Handles


def test_dragging_a_point_moves_its_slider_and_every_panel(page: Page) -> None:
    tangent = demo(page, "tangent")
    slider, handles = tangent.get_by_role("slider"), tangent.locator(".demo-handle")
    assert slider.input_value() == "25"
    expect(handles).to_have_count(2)
    before = middle(handles.nth(1).locator(".demo-ring"))
    drag(page, handles.nth(0), (-60, 0))
    value = int(slider.input_value())
    assert 10 < value < 20
    assert alt(page, "tangent") == f"The point is at minus {2 - value / 10:.1f}."
    assert slider.get_attribute("aria-valuetext") == f"{-2 + value / 10:.2f}".replace("-", "minus ")
    assert tangent.locator(".demo-value").inner_text() == f"{-2 + value / 10:.2f}".replace("-", "−")
    after = middle(handles.nth(1).locator(".demo-ring"))
    assert after[0] - before[0] == pytest.approx(-60, abs=6)
    page.mouse.up()
    page.mouse.move(300, 300)  # A handle that was released stays.
    assert slider.input_value() == str(value)


def test_dragging_a_line_moves_it_sideways_whatever_the_height(page: Page) -> None:
    tangent = demo(page, "tangent")
    drag(page, tangent.locator(".demo-handle").nth(1), (40, -150))
    page.mouse.up()
    assert 29 < int(tangent.get_by_role("slider").input_value()) < 37


def test_a_point_in_the_plane_moves_two_controls_and_leaves_the_third(page: Page) -> None:
    place = demo(page, "place")
    place.get_by_role("combobox").select_option("B")
    drag(page, place.locator(".demo-handle"), (95, -95))
    page.mouse.up()
    x, y = (int(slider.input_value()) for slider in place.get_by_role("slider").all())
    assert x in (6, 7, 8)
    assert y in (7, 8, 9)
    assert alt(page, "place") == f"B is at {x} and {y}."


def test_a_click_into_the_picture_brings_the_handle_there(page: Page) -> None:
    box = demo(page, "place").locator("svg").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    x, y = (int(s.input_value()) for s in demo(page, "place").get_by_role("slider").all())
    assert (x, y) == (9, 9) or (x, y) == (8, 9)
    drag(page, demo(page, "tangent").locator(".demo-handle").nth(0), (30, 0))
    value = demo(page, "tangent").get_by_role("slider").input_value()
    page.mouse.up()  # The browser takes this for a click.
    assert demo(page, "tangent").get_by_role("slider").input_value() == value


def test_a_finger_drags_a_handle_and_the_page_stays(browser: Browser, address: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 500}, has_touch=True, is_mobile=True
    )
    page = opened(context.new_page(), address)
    touch = context.new_cdp_session(page)

    def swipe(x: float, y: float, dx: float, dy: float) -> None:
        send = "Input.dispatchTouchEvent"
        touch.send(send, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for part in range(1, 11):
            point = {"x": x + dx * part / 10, "y": y + dy * part / 10}
            touch.send(send, {"type": "touchMove", "touchPoints": [point]})
        touch.send(send, {"type": "touchEnd", "touchPoints": []})

    slider = demo(page, "tangent").get_by_role("slider")
    x, y = middle(demo(page, "tangent").locator(".demo-handle").nth(0).locator(".demo-ring"))
    swipe(x + 12, y - 12, -80, -60)
    assert int(slider.input_value()) < 20
    assert page.evaluate("scrollY") == 0
    value = slider.input_value()
    swipe(180, 480, 0, -200)  # beside it
    page.wait_for_function("scrollY > 50")
    assert slider.input_value() == value
    context.close()


def test_the_keyboard_moves_the_handle(page: Page) -> None:
    handle = demo(page, "tangent").locator(".demo-handle").nth(0)
    before = middle(handle)
    demo(page, "tangent").get_by_role("slider").press("Home")
    assert middle(handle)[0] < before[0] - 50


@pytest.mark.parametrize(
    ("name", "moves", "cursor"),
    [("tangent", "across", "ew-resize"), ("place", "both", "grab")],
)
def test_the_pointer_says_where_a_handle_can_go(
    page: Page, name: str, moves: str, cursor: str
) -> None:
    handle = demo(page, name).locator(".demo-handle").last
    assert handle.get_attribute("data-moves") == moves
    assert handle.evaluate("handle => getComputedStyle(handle).cursor") == cursor


# Motion


def heights(page: Page) -> list[float]:
    """Return the height of the marker to drag at each refresh of the display after a move."""
    return page.evaluate(
        """async () => {
          const demo = document.querySelector(".demo");
          const slider = demo.querySelector("input");
          slider.value = 0;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          const heights = [];
          for (const begin = performance.now(); performance.now() < begin + 400; ) {
            heights.push(Number(demo.querySelector("use[style*=orange]").getAttribute("y")));
            await new Promise(requestAnimationFrame);
          }
          return heights;
        }"""
    )


def test_what_two_pictures_have_in_common_glides(browser: Browser, address: str) -> None:
    page = opened(browser.new_page(), address)
    seen = heights(page)
    assert len(set(seen)) > 3
    assert seen == sorted(seen, reverse=True)  # up, and never back
    page.close()


def test_nothing_glides_for_readers_who_want_no_motion(page: Page) -> None:
    assert len(set(heights(page))) == 1


def test_after_gliding_the_picture_is_exactly_the_one_that_was_drawn(
    browser: Browser, address: str
) -> None:
    still, moving = browser.new_page(reduced_motion="reduce"), browser.new_page()
    pictures = []
    for page in (still, moving):
        opened(page, address)
        demo(page, "tangent").get_by_role("slider").press("Home")
        page.wait_for_timeout(400)
        pictures.append(
            demo(page, "tangent")
            .locator("svg")
            .evaluate_all(
                "all => all.map(svg => [...svg.children].filter("
                "part => !part.matches('.demo-handle')).map(part => part.outerHTML).join())"
            )
        )
        page.close()
    assert pictures[0] == pictures[1]


# Lines


def test_a_line_stands_out_while_the_pointer_is_on_it_or_its_name(page: Page) -> None:
    pale = demo(page, "tangent").locator(".demo-pale")
    page.mouse.move(*middle(page.get_by_text("parabola")))
    styles = pale.evaluate_all("all => all.map(part => part.getAttribute('style') ?? '')")
    assert styles
    assert not any("course-blue" in style for style in styles)
    assert any("course-purple" in style for style in styles)
    assert any("course-green" in style for style in styles)  # in the other panel
    page.mouse.move(5, 5)
    expect(pale).to_have_count(0)


def test_a_layer_stands_out_as_a_whole(page: Page) -> None:
    layers = demo(page, "layers")
    page.mouse.move(*middle(layers.locator("svg text", has_text="low")))
    dim = "all => all.some(part => part.matches('.demo-pale, .demo-pale *, :has(.demo-pale)'))"
    assert layers.locator("[data-layer=high]").evaluate_all(dim)
    assert not layers.locator("[data-layer=low]").evaluate_all(dim)
    page.mouse.move(*middle(layers.get_by_label("high")))  # The boxes are a key, too.
    assert layers.locator("[data-layer=low]").evaluate_all(dim)
    assert not layers.locator("[data-layer=high]").evaluate_all(dim)


def test_the_pointer_on_a_curve_shows_the_value_there(page: Page) -> None:
    tangent = demo(page, "tangent")
    curve = tangent.locator("svg").first.locator("path[style*=purple]")
    page.mouse.move(*middle(curve))  # y = 2 − x, from −2 to 2
    shown = tangent.locator(".demo-tip text").text_content()
    x, y = map(float, shown.replace("−", "-").strip("()").split(", "))
    assert x == pytest.approx(0, abs=0.03)
    assert x + y == pytest.approx(2, abs=0.03)
    page.mouse.move(*middle(page.get_by_text("parabola")))
    expect(tangent.locator(".demo-tip")).to_have_count(0)


# Speech


def said(page: Page, act: str, milliseconds: int) -> list[str]:
    """Return what a screen reader hears from the layers' demo while something happens."""
    return page.evaluate(
        """async ([act, milliseconds]) => {
          const demo = document.querySelector("[id^=demo-draw-layers]");
          const said = [];
          const live = "[aria-live], output, [role=status], [role=alert]";
          for (const region of demo.querySelectorAll(live)) {
            new MutationObserver(() => said.push(region.textContent))
              .observe(region, { childList: true, characterData: true, subtree: true });
          }
          demo.querySelector(act).click();
          await new Promise((done) => setTimeout(done, milliseconds));
          return said;
        }""",
        [act, milliseconds],
    )


def test_a_demo_that_plays_speaks_once_at_the_end(page: Page) -> None:
    assert said(page, ".demo-play", 1500) == ["After 6 steps."]


def test_a_play_button_says_what_it_plays(page: Page) -> None:
    button = demo(page, "layers").get_by_role("button")
    expect(button).to_have_accessible_name("Play step")
    button.click()
    expect(button).to_have_accessible_name("Pause step")
    expect(button).to_have_text("Pause")
    button.click()
    expect(button).to_have_accessible_name("Play step")


# Slow phones


def test_the_first_demo_answers_before_the_page_is_loaded(
    browser: Browser, folder: Path, address: str
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    text = (folder / "index.html").read_text(encoding="utf-8")
    end = text.index("</script>", text.index("application/json"))
    (folder / "slow.html").write_text(
        text[:end] + "</script></div><script src='late.js'></script>" + text[end:], encoding="utf-8"
    )
    late: list[Any] = []
    page.route("**/late.js", lambda route: late.append(route))  # The page waits for it.
    page.goto(f"{address}/slow.html", wait_until="commit")
    slider = demo(page, "tangent").get_by_role("slider")
    slider.press("Home")
    assert page.evaluate("document.readyState") == "loading"
    assert alt(page, "tangent") == "The point is at minus 2.0."
    for route in late:
        route.fulfill(body="")
    page.close()


def test_a_move_before_the_script_runs_is_shown_when_it_does(
    browser: Browser, address: str
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    late: list[Any] = []
    page.route("**/demos.js", lambda route: late.append(route))
    page.goto(address, wait_until="commit")
    demo(page, "tangent").get_by_role("slider").press("Home")
    assert alt(page, "tangent") == "The point is at 0.5."
    late[0].continue_()
    expect(demo(page, "tangent").locator(".demo-picture")).to_have_attribute(
        "aria-label", "The point is at minus 2.0."
    )
    page.close()


def test_a_file_works_without_a_server(browser: Browser, folder: Path) -> None:
    page = opened(browser.new_page(reduced_motion="reduce"), (folder / "index.html").as_uri())
    demo(page, "tangent").get_by_role("slider").press("End")
    assert alt(page, "tangent") == "The point is at 2.0."
    page.close()
