"""The data of the exercises of chapter 7: digits without the test set, and nine real trainings."""

import json
import re
import zlib
from base64 import b64decode
from pathlib import Path

import nbformat
import numpy as np
import pytest
from demos.nets import images
from demos.together import failures
from recorded_runs import OTHERS, RUNS, Run, recorded

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "solutions/07_putting_it_together"
RELEASED = ROOT / "grader/release/07_putting_it_together"

# Trainings that magnify rounding errors, of which only the first epochs are compared.
WILD = ("rate too high", "pixels not scaled", "dead ReLUs", "loss does not fit the head")


def digits(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels and classes of the file that students get."""
    with np.load(folder / "digits.npz") as file:
        assert sorted(file) == ["x", "y"]
        return file["x"], file["y"]


def packed(check: str) -> bytes:
    """Return the data that a hidden check contains."""
    notebook = nbformat.read(FOLDER / "putting_it_together.ipynb", as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == check)
    blob = re.search(r'= """\n(.+?)\n"""', cell.source, re.DOTALL)
    assert blob
    return zlib.decompress(b64decode(blob[1]))


def rows(x: np.ndarray) -> set[bytes]:
    """Return each picture as bytes, one from 0 to 16 for each pixel."""
    return {row.tobytes() for row in np.asarray(x, dtype=np.uint8)}


@pytest.mark.parametrize("folder", [FOLDER, RELEASED], ids=["solution", "release"])
def test_students_get_the_training_and_validation_pictures_and_no_other(folder: Path) -> None:
    data = images.load()
    x, y = digits(folder)
    np.testing.assert_array_equal(x / 16, np.concatenate([data.x_train, data.x_validation]))
    np.testing.assert_array_equal(y, np.concatenate([data.y_train, data.y_validation]))
    assert not rows(x) & rows(16 * data.x_test)


def test_the_hidden_check_holds_the_test_pictures() -> None:
    data = images.load()
    held_out = np.frombuffer(packed("test-accuracy-on-pictures-never-seen"), dtype=np.uint8)
    np.testing.assert_array_equal(held_out[:-500].reshape(500, 64) / 16, data.x_test)
    np.testing.assert_array_equal(held_out[-500:], data.y_test)


def assert_recorded(curves: dict[str, list[float]], run: Run, digits: int) -> None:
    """Fail unless a training gives these curves again."""
    again = recorded(run, digits)
    assert curves.keys() == again.keys()
    for name, values in curves.items():
        end = 4 if run[0] in WILD else len(values)
        assert len(values) == failures.EPOCHS + 1
        np.testing.assert_allclose(
            values[:end], again[name][:end], atol=10.0 ** (1 - digits), err_msg=f"{run[0]}: {name}"
        )


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_a_training_of_the_chapter_with_another_seed(name: str) -> None:
    runs = json.loads((FOLDER / "runs.json").read_text(encoding="utf-8"))
    assert list(runs) == list(RUNS)
    assert_recorded(runs[name], RUNS[name], digits=4)


def test_the_runs_of_the_hidden_check_are_others_two_for_each_cause() -> None:
    runs = json.loads(packed("diagnose-holds-for-other-runs"))
    assert [cause for cause, _ in runs] == [run[0] for run in OTHERS]
    assert sorted(cause for cause, _ in runs) == sorted(2 * list(failures.FAILURES))
    for (_, curves), run in zip(runs, OTHERS, strict=True):
        assert_recorded(curves, run, digits=3)


def test_the_key_is_in_no_released_file() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in RELEASED.glob("*.[ij]*"))
    assert not re.search(r"""["'][P-X]["']: ["'](dead|labels|loss|nan|pixels|rate|valid)""", text)
