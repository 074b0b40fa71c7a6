"""Hostile submissions, made from an honest one, and what grading them must come to.

Each attack is a function that changes a `HandIn`: a notebook in which `square` is honestly right
and `norm` is honestly wrong. Whatever it tries, it is due what `square` earns: 3 of 15 points.
"""

from . import (
    answers,
    cells,
    chapter,
    files,
    kernels,
    leaks,
    network,
    pages,
    paths,
    processes,
    tools,
)
from .attack import ATTACKS, Attack

__all__ = ["ATTACKS", "Attack"]
KINDS = (files, tools, kernels, answers, leaks, network, processes, cells, pages, paths, chapter)
