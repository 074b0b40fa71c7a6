"""Writes the report on a class as one HTML page, which asks nothing of another host."""

import io
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import numpy as np
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from grader.harmless_html import with_code
from grader.report.numbers import Report, correlation, percent, summary

TEMPLATES = Path(__file__).resolve().parent
# Matplotlib draws with these colors. The page replaces them by its own, which are light or dark.
INK, MUTED, LINE, BLUE, ORANGE = "#1f2328", "#59636e", "#d1d9e0", "#2f6fb3", "#b35a00"
VARIABLES = {INK: "ink", MUTED: "muted", LINE: "line", BLUE: "blue", ORANGE: "orange"}
SETTINGS: Any = {
    "svg.fonttype": "none",  # text stays text, so readers can search it and hear it read aloud
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "xtick.color": MUTED,
    "ytick.color": INK,
}
WIDTH = 8.0  # inches


def page(report: Report) -> str:
    """Return the HTML of the report."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    environment.filters |= {"percent": percent, "correlation": correlation, "code": with_code}
    return environment.get_template("report.html.j2").render(
        report=report,
        summary=summary(report),
        totals=_totals(report),
        checks=_checks(report),
        times={
            phase: (median(seconds), max(seconds), sum(seconds))
            for phase, seconds in report.seconds.items()
        },
    )


def _totals(report: Report) -> Markup:
    """Draw a histogram of the students' points, apart for those whose answers nobody has read."""
    totals, most = np.array(list(report.totals.values())), np.array(list(report.most.values()))
    is_open = most > totals
    width = max(report.graded_maximum, 1)
    bins = np.linspace(0, width, max(1, min(int(width), 14)) + 1)
    counts, _ = np.histogram(totals, bins)
    least_median, most_median = float(np.median(totals)), float(np.median(most))

    def draw(axes: Axes) -> None:
        groups, labels = [totals[~is_open], totals[is_open]], ["final", "can still rise"]
        colors = [BLUE, MUTED]
        axes.hist(groups, list(bins), stacked=True, color=colors, label=labels, rwidth=0.9)
        axes.axvline(least_median, color=ORANGE)
        if is_open.any():
            axes.axvspan(least_median, most_median, color=ORANGE, alpha=0.3, linewidth=0)
            axes.legend(frameon=False)
        axes.set(xlabel="points", ylabel="students", xlim=(0, width))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")

    mode = int(np.argmax(counts))
    shown_median = f"marked by a line, is {least_median:g}"
    if most_median > least_median:
        shown_median = f"marked by a band, is {least_median:g} to {most_median:g}"
    alt = (
        f"Histogram of the points of {len(totals)} students, from {totals.min():g} to "
        f"{totals.max():g} of {report.graded_maximum:g}; the median, {shown_median}. "
        f"Most students ({counts[mode]}) have {bins[mode]:g} to {bins[mode + 1]:g} points."
    )
    if is_open.any():
        alt += f" The points of {is_open.sum()} can still rise, because answers are unread."
    return _svg(draw, 2.6, alt, "totals")


def _checks(report: Report) -> Markup:
    """Draw the share of points and the discrimination of each check, side by side."""
    rows = np.arange(len(report.checks))
    shares = np.array([check.share for check in report.checks])
    correlations = np.array([check.discrimination for check in report.checks])

    def draw(left: Axes, right: Axes) -> None:
        left.barh(rows, np.nan_to_num(shares), color=BLUE, height=0.7)
        left.set_yticks(rows, [check.name.replace("-", " ") for check in report.checks])
        left.set(xlim=(0, 1), xlabel="mean share of points", ylim=(len(rows) - 0.4, -0.6))
        for row in np.flatnonzero(np.isnan(shares)):
            left.text(0.02, float(row), "to grade by hand", color=MUTED, va="center")
        right.axvline(0, color=MUTED, linewidth=1)
        right.plot(correlations, rows, "o", color=ORANGE, markersize=5)
        right.set(xlim=(-1, 1), xlabel="discrimination")
        right.tick_params(labelleft=False)
        for axes in (left, right):
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="x")

    alt = "For each check, the mean share of its points as a bar and its discrimination as a dot."
    if not np.isnan(shares).all():
        hardest = report.checks[int(np.nanargmin(shares))]
        easiest = report.checks[int(np.nanargmax(shares))]
        alt += (
            f" The hardest is {hardest.name} with {percent(hardest.share)}, "
            f"the easiest {easiest.name} with {percent(easiest.share)}."
        )
    return _svg(draw, 0.9 + 0.24 * len(rows), alt, "checks", widths=(2, 1))


def _svg(
    draw: Callable[..., None],
    height: float,
    alt: str,
    name: str,
    widths: tuple[int, ...] = (1,),
) -> Markup:
    """Return a drawing as SVG for the page.

    Args:
        draw: a function that draws on the axes, which are its arguments.
        height: the height of the drawing in inches.
        alt: the alternative text.
        name: makes the drawing's ids different from those of other drawings on the page.
        widths: the ratio of the widths of the axes, which are side by side.
    """
    file = io.StringIO()
    with mpl.rc_context({**SETTINGS, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots(1, len(widths), sharey=len(widths) > 1, width_ratios=widths)
        draw(*np.atleast_1d(axes))
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    drawing = file.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'<g id="[^"]*"', "<g", drawing)  # unused, but equal in all drawings
    for color, variable in VARIABLES.items():
        drawing = drawing.replace(color, f"var(--{variable})")
    return Markup(drawing.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1))
