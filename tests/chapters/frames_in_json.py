"""Frames of demos, read from the JSON in which pages and widgets get them."""

from __future__ import annotations

from typing import Any

from demos.show.frames import Frame


def as_frame(svg: str, alt: str, handles: dict[str, Any], scales: list[Any]) -> Frame:
    """Return a frame from its parts; JSON has lists in place of tuples."""
    places = {name: [tuple(place) for place in found] for name, found in handles.items()}
    axes = tuple(panel and tuple(tuple(axis) for axis in panel) for panel in scales)
    return Frame(svg, alt, places, axes)
