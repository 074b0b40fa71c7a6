"""A short benchmark of grading runs to its end, and both sides give the same scores."""

import re
import subprocess
import sys

import pytest
from checkout import ROOT

from tools.bench_grading import answers, instructors, without_keras


@pytest.mark.slow
def test_benchmark_in_short() -> None:
    short = ["--numpy=2", "--keras=0", "--grow=2"]
    run = subprocess.run(
        [sys.executable, "-m", "tools.bench_grading", *short],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    printed = run.stdout
    assert printed.startswith("2 NumPy notebooks: 11 functions, 24 checks\n")
    seconds = {
        side: float(re.search(rf"^  {side} +([\d.]+) s ", printed, re.MULTILINE)[1])  # type: ignore[index]
        for side in ("stock", "engine")
    }
    ratio = re.search(r"([\d.]+) times as fast", printed)
    assert ratio and abs(float(ratio[1]) - seconds["stock"] / seconds["engine"]) < 0.2
    assert "all 50 scores are the same" in printed
    assert printed.splitlines()[-1].split()[0] == "2"


def test_the_class_without_keras_is_else_the_same() -> None:
    whole = instructors()
    numpy = without_keras(whole)
    assert not [cell.id for cell in numpy.notebook.cells if "import keras" in cell.source]
    gone = whole.cells.keys() - numpy.cells.keys()
    assert {name for name in gone if not name.startswith("build-classifier")} == set()
    kinds = answers(numpy).values()
    assert all(min(map(len, choices.values())) > 0 for choices in kinds)
    code = [cell.source for cell in numpy.notebook.cells if cell.cell_type == "code"]
    for source in code:
        compile(source, "cell", "exec")
