"""Hostile submissions, each made from an honest one, and the points that each must get.

Each attack is a function that changes a `HandIn`: a notebook with a right answer for `square` and
a wrong one for `norm`. Whatever the attack tries, it must get the points for `square`: 3 of 15.
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
