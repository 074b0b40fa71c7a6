"""The course of the school: one exercise, which needs no Keras, and what students write into it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
from checkout import checkout

from grader.course import configuration
from tools.bench_grading import instructors, without_keras

COURSE = configuration().CourseDirectory.course_id
ASSIGNMENT = "01_loss_functions"
NAME = "loss_functions"
NOTEBOOK = f"{ASSIGNMENT}/{NAME}.ipynb"
WRITTEN = "train-on-one-report-the-other"


def copy_course(folder: Path) -> Path:
    """Copy the course to `folder`, which must be new, with this exercise alone."""
    checkout(folder)
    (folder / ".venv").unlink()
    for exercises in ("solutions", "grader/release"):
        shutil.rmtree(folder / exercises)
    (folder / "solutions" / ASSIGNMENT).mkdir(parents=True)
    nbformat.write(without_keras(instructors()).notebook, folder / "solutions" / NOTEBOOK)
    return folder


def solved(released: dict[str, Any], **others: str) -> dict[str, Any]:
    """Return a student's notebook with the right answers, except for some.

    Args:
        released: the notebook as JSON.
        others: other sources, by the name of the function.
    """
    solutions = instructors().cells
    cells = []
    for cell in released["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            lines = solutions[cell["id"]].source.splitlines()
            right = "\n".join(line for line in lines if not line.strip().startswith("###"))
            cell = {**cell, "source": others.get(cell["id"].replace("-", "_"), right)}
        cells.append(cell)
    return {**released, "cells": cells}


def points(feedback: str) -> float:
    """Return the points that a page of feedback shows."""
    found = re.search(r"([\d.]+) of [\d.]+ points", feedback)
    assert found, feedback
    return float(found[1])
