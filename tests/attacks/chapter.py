"""Attacks on the notebook of chapter 1, with an honest answer to its first task only.

Stock nbgrader would have to execute this notebook for minutes. Therefore the small course shows
what it does with such attacks.
"""

import re

from .attack import HandIn, attack

FIRST = """def mean_squared_error(y_true, y_pred):
    if y_true.shape != y_pred.shape:
        raise ValueError(f"{y_true.shape} and {y_pred.shape}")
    return np.mean((y_true - y_pred) ** 2)"""
FIRST_POINTS = 3.0


def _answer_all(student: HandIn, body: str) -> None:
    """Solve the first task, and hand in `body` for every other function."""
    for cell in student.notebook.cells:
        if cell.id == "mean-squared-error":
            cell.source = FIRST
        elif cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            head = re.search(r"^def .*:$", cell.source, re.MULTILINE)
            assert head
            cell.source = f"{head[0]}\n    {body}"


@attack(stock="resists", due=FIRST_POINTS, chapter=True)
def answers_the_chapter_with_nothing(student: HandIn) -> None:
    """It returns an empty array, which `assert_allclose` finds equal to every number."""
    _answer_all(student, "return np.array([])")


@attack(stock="succeeds", due=FIRST_POINTS, chapter=True)
def patches_the_tools_of_the_chapter(student: HandIn) -> None:
    """It replaces all assertions of `np.testing` by objects that accept everything."""
    _answer_all(student, "return 0.0")
    student.first(
        """
        import numpy as np

        class Lenient:
            exception = "(3,) (3, 1) (2, 2) (2, 3) (3, 2) guessing"
            def __init__(self, *args, **names): pass
            def __enter__(self): return self
            def __exit__(self, *error): return True

        for name in np.testing.__all__:
            if name.startswith("assert_"):
                setattr(np.testing, name, Lenient)
        """
    )


@attack(stock="succeeds", due=FIRST_POINTS, chapter=True)
def takes_its_answers_from_the_bank(student: HandIn) -> None:
    """It searches for the grader's known answers, and for the notebooks."""
    _answer_all(student, "raise NotImplementedError")
    student.first(
        f"""
        import os, sys
        places = sys.path + [{str(student.world.root)!r}, "/engine", "../../..", os.getcwd()]
        stolen = ""
        for place in places:
            for folder, _, names in os.walk(os.path.join(place, "grader")):
                for name in names:
                    if name == "loss_functions.py" or name.endswith(".ipynb"):
                        stolen += open(os.path.join(folder, name)).read()
        print("HARM: the bank can be read" if "def r_squared" in stolen else "none")
        """
    )


@attack(stock="succeeds", due=FIRST_POINTS, chapter=True)
def takes_its_answers_from_the_solutions(student: HandIn) -> None:
    """It reads the source notebook and executes the solutions in it."""
    path = student.world.root / "solutions/01_loss_functions/loss_functions.ipynb"
    _answer_all(student, "return 0.0")
    student.first(
        f"""
        import json
        for cell in json.load(open({str(path)!r}))["cells"]:
            source = "".join(cell["source"])
            if "BEGIN SOLUTION" in source:
                stolen = source
        print("HARM: the solutions can be read")
        """
    )
