"""Records the failed trainings of exercise 7.

`PYTHONPATH=chapters .venv/bin/python tests/chapters/recorded_runs.py` writes
solutions/07_putting_it_together/runs.json. With `--hidden` it prints the data of the
hidden check `diagnose-holds-for-other-runs`. The tests in test_data.py train all of them again.
"""

from __future__ import annotations

import json
import sys
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
from demos.together import failures

FOLDER = Path(__file__).resolve().parents[2] / "solutions/07_putting_it_together"
Run = tuple[str, int, dict[str, Any]]  # cause, seed, differences from the recipe in the chapter

RUNS: dict[str, Run] = {
    "P": ("validation augmented", 21, {}),
    "Q": ("loss does not fit the head", 11, {"hidden": (24,)}),
    "R": ("rate too high", 12, {}),
    "S": ("nan in the data", 11, {"hidden": (24,)}),
    "T": ("dead ReLUs", 11, {"hidden": (24,)}),
    "U": ("rate too low", 11, {"hidden": (24,)}),
    "V": ("validation leaked", 11, {}),
    "W": ("pixels not scaled", 11, {}),
    "X": ("labels shuffled", 11, {"hidden": (24,)}),
}
OTHERS: list[Run] = [
    ("validation augmented", 22, {"hidden": (48,)}),
    ("loss does not fit the head", 12, {}),
    ("rate too high", 13, {}),
    ("nan in the data", 12, {}),
    ("dead ReLUs", 13, {}),
    ("rate too low", 13, {"hidden": (48,)}),
    ("validation leaked", 14, {"hidden": (24,)}),
    ("pixels not scaled", 14, {"hidden": (48,)}),
    ("labels shuffled", 14, {}),
    ("validation augmented", 23, {"hidden": (64,)}),
    ("loss does not fit the head", 14, {"hidden": (48,)}),
    ("rate too high", 15, {"hidden": (24,)}),
    ("nan in the data", 14, {"hidden": (24, 24)}),
    ("dead ReLUs", 14, {"hidden": (48,)}),
    ("rate too low", 14, {"learning_rate": 0.00005}),
    ("validation leaked", 15, {"hidden": (64,)}),
    ("pixels not scaled", 15, {}),
    ("labels shuffled", 15, {"hidden": (64,)}),
]


def recorded(run: Run, digits: int) -> dict[str, list[float]]:
    """Train a run, and return its curves, rounded to a number of digits behind the point."""
    cause, seed, changes = run
    curves = failures.curves(cause, seed=seed, **changes)
    return {name: np.round(values, digits).tolist() for name, values in curves.items()}


def packed(runs: list[Run]) -> str:
    """Return the causes and the curves of runs as text, compressed, for a hidden check."""
    rows = [(run[0], recorded(run, 3)) for run in runs]
    return b64encode(zlib.compress(json.dumps(rows).encode(), 9)).decode()


def main() -> None:
    """Write the runs of the students, or print those of the hidden check."""
    if "--hidden" in sys.argv[1:]:
        sys.stdout.write(packed(OTHERS) + "\n")
        return
    runs = {name: recorded(run, 4) for name, run in RUNS.items()}
    (FOLDER / "runs.json").write_text(json.dumps(runs) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
