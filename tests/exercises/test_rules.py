"""Every solution notebook keeps the authors' rules, and `check` names each way to break one."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from grader.__main__ import main
from grader.authoring import rules
from grader.authoring.source import read
from grader.solutions import as_text, solution_notebooks

ROOT = Path(__file__).resolve().parents[2]
PATHS = solution_notebooks()
GOOD = ROOT / "solutions/01_loss_functions/loss_functions.ipynb"
SAVED = read(GOOD).notebook
LINES = len(GOOD.read_text(encoding="utf-8").splitlines())
COMMAND = ".venv/bin/python -m grader solutions"


def test_there_are_notebooks_with_tasks() -> None:
    assert GOOD in PATHS
    assert all(read(path).tasks for path in PATHS)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_solution_notebook_keeps_every_rule(path: Path) -> None:
    assert rules.violations(path) == []


def test_contributing_has_every_rule() -> None:
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    for rule in rules.RULES:
        sentences = " ".join((rule.__doc__ or "").split())
        assert sentences in text, f"CONTRIBUTING.md, 'Rules of a notebook', lacks: {sentences}"


# --- every rule can be broken ---------------------------------------------------------------------


class Draft:
    """The notebook of chapter 1, to be broken in one place."""

    def __init__(self) -> None:
        self.notebook = deepcopy(SAVED)
        self.folder = GOOD.parent.name
        self.ending = ""
        self.has_run = True

    @property
    def cells(self) -> list[NotebookNode]:
        cells: list[NotebookNode] = self.notebook.cells
        return cells

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.cells if cell.cell_type == "code"]

    def __getitem__(self, name: str) -> NotebookNode:
        return next(cell for cell in self.cells if cell.id == name)

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace the first `old` in a cell's source."""
        assert old in self[name].source
        self[name].source = self[name].source.replace(old, new, 1)

    def mark(self, name: str, **fields: Any) -> None:
        """Set fields of a cell's metadata for nbgrader; None removes a field."""
        marks = self[name].metadata.setdefault("nbgrader", NotebookNode())
        marks.update(fields)
        for field in [field for field, value in fields.items() if value is None]:
            del marks[field]

    def rename(self, name: str, new: str) -> None:
        """Give a cell another id, and the same to nbgrader."""
        cell = self[name]
        cell.id = new
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id = new

    def move(self, name: str, before: str) -> None:
        """Move a cell to the place before another one."""
        cell = self[name]
        self.cells.remove(cell)
        self.cells.insert(self.cells.index(self[before]), cell)

    def save(self, folder: Path) -> Path:
        """Write the notebook into a folder below `folder`, and return its path."""
        if self.has_run:
            for number, cell in enumerate(self.code, 1):
                cell.execution_count = number
        path = folder / self.folder / GOOD.name
        path.parent.mkdir()
        path.write_text(as_text(self.notebook) + self.ending, encoding="utf-8")
        return path


Edit = Callable[[Draft], Any]
BREAKS: list[Any] = []


def breaks(rule: rules.Rule, sentence: str) -> Callable[[Edit], Edit]:
    """Keep an edit that breaks a rule, with the sentence that `check` then says."""

    def keep(edit: Edit) -> Edit:
        BREAKS.append(pytest.param(rule, edit, sentence, id=edit.__name__))
        return edit

    return keep


def test_a_draft_that_is_only_saved_keeps_every_rule(tmp_path: Path) -> None:
    assert rules.violations(Draft().save(tmp_path)) == []


@breaks(
    rules.folder_has_the_notebooks_name,
    "its folder is called one_losses; rename the folder to NN_loss_functions.",
)
def folder_of_another_name(draft: Draft) -> None:
    draft.folder = "one_losses"


@breaks(
    rules.file_is_normalized,
    f"line {LINES + 1} differs from what `python -m grader solutions` writes; run `{{command}}`.",
)
def line_at_the_end(draft: Draft) -> None:
    draft.ending = "\n"


@breaks(
    rules.file_is_normalized,
    "line 7 differs from what `python -m grader solutions` writes; run `{command}`.",
)
def settings_of_an_editor(draft: Draft) -> None:
    draft.cells[0].metadata["editable"] = False


@breaks(
    rules.file_names_no_machine,
    "cell r-squared-try-it: `/home/` belongs to one machine; remove it, or what prints it.",
)
def folder_of_a_person(draft: Draft) -> None:
    draft["r-squared-try-it"].outputs[0].text = "/home/ada/score.png"


@breaks(
    rules.file_names_no_machine,
    "cell accuracy-try-it: `0x7f30d1` belongs to one machine; remove it, or what prints it.",
)
def address_in_memory(draft: Draft) -> None:
    draft["accuracy-try-it"].outputs[0].text = "<function accuracy at 0x7f30d1c2>"


@breaks(
    rules.file_names_no_machine, "`C:\\\\` belongs to one machine; remove it, or what prints it."
)
def folder_in_the_notebooks_metadata(draft: Draft) -> None:
    draft.notebook.metadata["folder"] = "C:\\courses"


@breaks(
    rules.file_names_no_machine,
    f"cell huber-task: `{ROOT}` belongs to one machine; remove it, or what prints it.",
)
def folder_of_the_repository(draft: Draft) -> None:
    draft["huber-task"].source += f"\n{ROOT}"


@breaks(
    rules.code_is_python, "cell huber-try-it: line 1 is not Python (invalid syntax); correct it."
)
def magic(draft: Draft) -> None:
    draft["huber-try-it"].source = "%matplotlib inline"


@breaks(
    rules.cells_have_their_type,
    "cell huber-worked-number: it is a markdown cell; make it a code cell.",
)
def check_as_text(draft: Draft) -> None:
    cell = draft["huber-worked-number"]
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


@breaks(
    rules.cells_have_their_type,
    "cell train-on-one-report-the-other: it is a code cell; make it a markdown cell.",
)
def written_answer_as_code(draft: Draft) -> None:
    draft["train-on-one-report-the-other"].update(
        cell_type="code", outputs=[], execution_count=40, source="pass"
    )


@breaks(
    rules.ids_are_words,
    "cell huber-Example-2: its id is not lowercase words joined by dashes; rename it, as in "
    "huber-task.",
)
def number_in_an_id(draft: Draft) -> None:
    draft.rename("huber-worked-number", "huber-Example-2")


LONG = "huber-" + "-".join(["long"] * 12)


@breaks(rules.ids_are_words, f"cell {LONG}: its id has more than 64 characters; shorten it.")
def long_id(draft: Draft) -> None:
    draft.mark("huber-worked-number", grade_id=LONG)


@breaks(
    rules.ids_are_unique,
    "cell huber-worked-number: another cell of loss_functions.ipynb has this id; rename one of "
    "the two.",
)
def same_id_twice(draft: Draft) -> None:
    draft.rename("huber-is-a-parabola-then-a-line", "huber-worked-number")


@breaks(
    rules.ids_are_unique,
    "cell sgd-step-try-it: another cell of optimizers.ipynb has this id; rename one of the two.",
)
def id_of_another_notebook(draft: Draft) -> None:
    draft.rename("huber-try-it", "sgd-step-try-it")


@breaks(
    rules.ids_are_those_of_nbgrader,
    "cell huber-worked-number: the cell's own id is f3a1; run `{command}`.",
)
def id_that_jupyterlab_made(draft: Draft) -> None:
    draft["huber-worked-number"].id = "f3a1"


@breaks(
    rules.ids_begin_with_the_function,
    "cell hubers-loss: it is a solution; rename it to huber.",
)
def solution_of_another_name(draft: Draft) -> None:
    draft.rename("huber", "hubers-loss")


@breaks(
    rules.ids_begin_with_the_function,
    "cell huber-play: it is a try-it cell; rename it to huber-try-it.",
)
def try_it_of_another_name(draft: Draft) -> None:
    draft.rename("huber-try-it", "huber-play")


@breaks(
    rules.ids_begin_with_the_function,
    "cell worked-number: it belongs to the task huber; rename it to huber-….",
)
def check_without_the_function(draft: Draft) -> None:
    draft.rename("huber-worked-number", "worked-number")


METADATA = (
    "its nbgrader metadata is incomplete; copy that of a cell of the same kind, and change "
    "`grade_id` and `points`."
)


@breaks(rules.metadata_has_its_form, f"cell huber-worked-number: {METADATA}")
def old_schema(draft: Draft) -> None:
    draft.mark("huber-worked-number", schema_version=2)


@breaks(rules.metadata_has_its_form, f"cell huber-task: {METADATA}")
def task_for_a_person(draft: Draft) -> None:
    draft.mark("huber-task", task=True)


@breaks(rules.metadata_has_its_form, f"cell huber-worked-number: {METADATA}")
def no_lock(draft: Draft) -> None:
    draft.mark("huber-worked-number", locked=None)


@breaks(rules.metadata_has_its_form, f"cell huber-worked-number: {METADATA}")
def no_grade_id(draft: Draft) -> None:
    draft.mark("huber-worked-number", grade_id=None)


@breaks(
    rules.only_answers_are_unlocked,
    "cell huber-worked-number: students can change it; set `locked` to true.",
)
def open_check(draft: Draft) -> None:
    draft.mark("huber-worked-number", locked=False)


@breaks(
    rules.only_answers_are_unlocked,
    "cell huber: students cannot write into it; set `locked` to false.",
)
def locked_solution(draft: Draft) -> None:
    draft.mark("huber", locked=True)


@breaks(
    rules.only_graded_cells_have_points,
    "cell huber-worked-number: it gives no points; set `points` to 1 or more.",
)
def check_for_nothing(draft: Draft) -> None:
    draft.mark("huber-worked-number", points=0)


@breaks(
    rules.only_graded_cells_have_points,
    "cell huber-worked-number: it gives no points; set `points` to 1 or more.",
)
def check_without_points(draft: Draft) -> None:
    draft.mark("huber-worked-number", points=None)


@breaks(
    rules.only_graded_cells_have_points,
    "cell huber: it has points, but nobody grades it; remove `points`.",
)
def solution_with_points(draft: Draft) -> None:
    draft.mark("huber", points=1)


@breaks(
    rules.introduction_comes_first,
    "cell huber-worked-number: a check stands before the first task; move it into its task.",
)
def check_in_the_introduction(draft: Draft) -> None:
    draft.move("huber-worked-number", before="loss-functions-setup")


ORDER = "order the task's cells: text, solution, try-it, checks."


@breaks(
    rules.cells_come_in_order,
    f"cell huber-worked-number: a check stands where a try-it cell belongs; {ORDER}",
)
def check_before_the_try_it(draft: Draft) -> None:
    draft.move("huber-worked-number", before="huber-try-it")


@breaks(
    rules.cells_come_in_order,
    f"cell huber-task: nothing stands where a check belongs; {ORDER}",
)
def no_checks(draft: Draft) -> None:
    draft.cells.remove(draft["huber-worked-number"])
    draft.cells.remove(draft["huber-is-a-parabola-then-a-line"])


@breaks(
    rules.try_it_ends_with_check,
    "cell huber-try-it: its last line is not `check(huber)`; add that line.",
)
def try_it_without_check(draft: Draft) -> None:
    draft["huber-try-it"].source = "print(huber(np.zeros(1), np.ones(1)))"


@breaks(
    rules.try_it_ends_with_check,
    "cell loss-functions-setup: it does not import check and hint; "
    "add `from practice import check, hint`.",
)
def setup_without_check(draft: Draft) -> None:
    setup = draft["loss-functions-setup"]
    setup.source = setup.source.replace("from practice import check, hint", "pass")


@breaks(
    rules.names_of_practice_stay,
    "cell huber-try-it: it replaces the function hint; choose another name.",
)
def hint_replaced(draft: Draft) -> None:
    draft["huber-try-it"].source = "hint = 1\ncheck(huber)"


@breaks(
    rules.cells_come_in_order,
    f"cell huber-again: a try-it cell stands where nothing belongs; {ORDER}".replace(
        "nothing", "a check"
    ),
)
def second_try_it(draft: Draft) -> None:
    again = new_code_cell("print(1)", id="huber-again", execution_count=1)
    draft.cells.insert(draft.cells.index(draft["choose-loss-task"]), again)


@breaks(
    rules.cells_come_in_order,
    f"cell loss-functions-summary: a locked cell without points stands where nothing belongs; "
    f"{ORDER}",
)
def text_after_a_written_answer(draft: Draft) -> None:
    draft.rename("loss-functions-introduction", "loss-functions-summary")
    draft.cells.append(draft.cells.pop(0))


@breaks(
    rules.visible_checks_come_first,
    "cell mean-squared-error-keeps-its-promises: a visible check follows a hidden one; move the "
    "visible checks up.",
)
def hidden_check_between(draft: Draft) -> None:
    draft.move(
        "mean-squared-error-grows-with-the-square",
        before="mean-squared-error-keeps-its-promises",
    )


@breaks(rules.visible_checks_come_first, "cell huber-task: the task has no hidden check; add one.")
def no_hidden_check(draft: Draft) -> None:
    draft.cells.remove(draft["huber-is-a-parabola-then-a-line"])


@breaks(rules.visible_checks_come_first, "cell huber-task: the task has no visible check; add one.")
def no_visible_check(draft: Draft) -> None:
    draft.cells.remove(draft["huber-worked-number"])


PROMISE = "cell loss-functions-introduction: it promises"


@breaks(
    rules.introduction_promises_the_points,
    f"{PROMISE} 33 points and the cells give 34; write **34 points** in it, once.",
)
def check_worth_more(draft: Draft) -> None:
    draft.mark("huber-worked-number", points=2)


@breaks(
    rules.introduction_promises_the_points,
    f"{PROMISE} no points and the cells give 33; write **33 points** in it, once.",
)
def no_promise(draft: Draft) -> None:
    draft.replace("loss-functions-introduction", "**33 points**", "33 points")


@breaks(
    rules.introduction_promises_the_points,
    f"{PROMISE} 33 and 33 points and the cells give 33; write **33 points** in it, once.",
)
def two_promises(draft: Draft) -> None:
    draft["loss-functions-introduction"].source += "\n\n**33 points**!"


@breaks(rules.notebook_is_worth_its_time, "it gives 19 points; give 21 or more.")
def short_notebook(draft: Draft) -> None:
    last = draft.cells.index(draft["binary-cross-entropy-from-logits-task"])
    del draft.cells[last:]


@breaks(
    rules.task_promises_its_points,
    "cell huber-task: its heading promises 2 points and the cells give 3; write "
    "`## Title · 3 points` in its first line.",
)
def check_worth_more_than_the_task_says(draft: Draft) -> None:
    draft.mark("huber-worked-number", points=2)


@breaks(
    rules.task_promises_its_points,
    "cell huber-task: its heading promises no points and the cells give 2; write "
    "`## Title · 2 points` in its first line.",
)
def heading_without_points(draft: Draft) -> None:
    draft.replace("huber-task", " · 2 points", "")


@breaks(
    rules.rubric_adds_up,
    "cell train-on-one-report-the-other-task: its list gives 1 points and the answer 2; list "
    "`- N points: reason` for each reason, up to that sum.",
)
def rubric_with_a_gap(draft: Draft) -> None:
    draft.replace("train-on-one-report-the-other-task", "- 1 point: ", "- ")


@breaks(
    rules.task_shows_the_signature,
    "cell huber-task: it does not show the signature; add: "
    "Write `huber(y_true, y_pred, threshold=1.0)`.",
)
def another_argument(draft: Draft) -> None:
    draft.replace("huber", "delta=1.0", "threshold=1.0")


@breaks(
    rules.task_explains_arguments_and_result,
    "cell lower-loss-task: no list item names the argument labels; add: - `labels`: its shape "
    "and unit.",
)
def argument_without_an_explanation(draft: Draft) -> None:
    draft.replace("lower-loss-task", "- `labels`", "- the labels")


@breaks(
    rules.task_explains_arguments_and_result,
    "cell huber-task: no list item says what is returned; add one: - returns ….",
)
def result_without_an_explanation(draft: Draft) -> None:
    draft.replace("huber-task", "\n- returns ", "\n- gives ")


@breaks(
    rules.solution_has_its_form,
    "cell huber: it does not begin with the line `def huber(…):`; begin with it, in one line or "
    "with all arguments in a line of their own.",
)
def import_before_the_function(draft: Draft) -> None:
    draft["huber"].source = "import numpy as np\n\n" + draft["huber"].source


DOCSTRING = (
    "cell huber: no docstring of one sentence in one line follows the `def` line; write one, with "
    "a capital letter and a period."
)


@breaks(rules.solution_has_its_form, DOCSTRING)
def docstring_without_a_period(draft: Draft) -> None:
    draft.replace("huber", '."""', '"""')


@breaks(rules.solution_has_its_form, DOCSTRING)
def docstring_of_two_lines(draft: Draft) -> None:
    draft.replace("huber", '."""', '.\n\n    It is robust."""')


MARKS = (
    "cell huber: the body does not stand between `### BEGIN SOLUTION` and `### END SOLUTION`; put "
    "these two lines around it, indented by four spaces."
)


@breaks(rules.solution_has_its_form, MARKS)
def body_without_a_beginning(draft: Draft) -> None:
    draft.replace("huber", "    ### BEGIN SOLUTION\n", "")


@breaks(rules.solution_has_its_form, MARKS)
def body_without_an_end(draft: Draft) -> None:
    draft.replace("huber", "\n    ### END SOLUTION", "")


@breaks(
    rules.solution_has_its_form,
    "cell huber: something follows `### END SOLUTION`; keep a cell to one function.",
)
def line_after_the_solution(draft: Draft) -> None:
    draft["huber"].source += "\n\nprint(huber)"


SENTENCE = (
    "cell huber-worked-number: it does not open with a docstring of one sentence in one line; say "
    "in it what is true of a right answer."
)


@breaks(rules.visible_check_opens_with_a_sentence, SENTENCE)
def check_without_a_claim(draft: Draft) -> None:
    source = draft["huber-worked-number"].source
    draft["huber-worked-number"].source = source.partition("\n")[2]


@breaks(rules.visible_check_opens_with_a_sentence, SENTENCE)
def claim_without_a_period(draft: Draft) -> None:
    draft.replace("huber-worked-number", '."""', '"""')


@breaks(rules.visible_check_opens_with_a_sentence, SENTENCE)
def claim_of_two_lines(draft: Draft) -> None:
    draft.replace("huber-worked-number", '."""', '.\nOr not."""')


@breaks(
    rules.visible_check_hides_nothing,
    "cell huber-worked-number: `### ` in it would cut it for students; remove that line.",
)
def region_in_a_visible_check(draft: Draft) -> None:
    draft["huber-worked-number"].source += "\n### END HIDDEN TESTS"


HIDDEN = "huber-is-a-parabola-then-a-line"


@breaks(
    rules.hidden_check_has_its_form,
    f"cell {HIDDEN}: it does not open with the comment `# Hidden check: …`; say in it what the "
    "check looks for.",
)
def hidden_check_without_a_claim(draft: Draft) -> None:
    draft.replace(HIDDEN, "# Hidden check: ", "# ")


@breaks(
    rules.hidden_check_has_its_form,
    f"cell {HIDDEN}: `### BEGIN HIDDEN TESTS` does not follow the opening comment; write this line "
    "directly below it.",
)
def import_that_is_not_hidden(draft: Draft) -> None:
    draft.replace(HIDDEN, "### BEGIN HIDDEN TESTS", "import numpy\n### BEGIN HIDDEN TESTS")


@breaks(
    rules.hidden_check_has_its_form,
    f"cell {HIDDEN}: it does not end with `### END HIDDEN TESTS`; make this its last line.",
)
def hidden_check_without_an_end(draft: Draft) -> None:
    draft.replace(HIDDEN, "\n### END HIDDEN TESTS", "")


@breaks(
    rules.check_compares_with_numpy,
    "cell huber-worked-number: it calls no function of np.testing; compare with "
    "np.testing.assert_allclose or assert_equal.",
)
def check_with_a_bare_assert(draft: Draft) -> None:
    draft["huber-worked-number"].source = '"""It is close to 1."""\nassert huber(1, 2) < 1'


@breaks(
    rules.check_shows_the_call_that_failed,
    "cell accuracy-worked-number: line 5 calls np.testing.assert_equal without err_msg; add "
    "err_msg=, with the call of the student's function that failed.",
)
def comparison_without_a_message(draft: Draft) -> None:
    draft["accuracy-worked-number"].source = (
        '"""All are right."""\nimport numpy as np\n\n'
        "labels = np.array([0])\nnp.testing.assert_equal(accuracy(labels, np.eye(1)), 1)"
    )


@breaks(
    rules.check_shows_the_call_that_failed,
    "cell huber-worked-number: line 4 calls np.testing.assert_raises without msg; add msg=, with "
    "the call of the student's function that failed.",
)
def error_without_a_message(draft: Draft) -> None:
    draft["huber-worked-number"].source = (
        '"""Shapes fit."""\nimport numpy as np\n\n'
        "with np.testing.assert_raises(ValueError):\n    huber(np.zeros(3), np.zeros(2))"
    )


@breaks(
    rules.check_needs_only_the_function,
    "cell huber-worked-number: it does not use the student's huber; call it.",
)
def check_of_another_function(draft: Draft) -> None:
    cell = draft["huber-worked-number"]
    cell.source = cell.source.replace("huber(", "abs(")


@breaks(
    rules.check_needs_only_the_function,
    "cell huber-worked-number: it does not use the student's huber; call it.",
)
def check_with_a_function_of_its_own(draft: Draft) -> None:
    draft["huber-worked-number"].source += "\ndef huber(y_true, y_pred):\n    return 1"


@breaks(
    rules.check_needs_only_the_function,
    "cell huber-worked-number: it uses np, which it neither imports nor makes; import or make it "
    "inside this cell.",
)
def check_without_its_import(draft: Draft) -> None:
    draft.replace("huber-worked-number", "import numpy as np\n", "")


@breaks(
    rules.check_needs_only_the_function,
    "cell lower-loss-worked-number: it uses accuracy, which it neither imports nor makes; import "
    "or make it inside this cell.",
)
def check_with_an_earlier_function(draft: Draft) -> None:
    draft["lower-loss-worked-number"].source += "\naccuracy(labels, logits_a)"


@breaks(
    rules.check_uses_what_it_imports,
    "cell huber-worked-number: it imports math and does not use it; remove the import.",
)
def import_for_nothing(draft: Draft) -> None:
    draft.replace("huber-worked-number", "import numpy", "import math\nimport numpy")


@breaks(
    rules.random_numbers_are_seeded,
    "cell build-classifier-try-it: `np.random.default_rng` gives other numbers each time; use "
    "np.random.default_rng(0).",
)
def generator_without_a_seed(draft: Draft) -> None:
    draft.replace("build-classifier-try-it", "default_rng(0)", "default_rng()")


@breaks(
    rules.random_numbers_are_seeded,
    "cell huber-try-it: `np.random.normal` gives other numbers each time; use "
    "np.random.default_rng(0).",
)
def random_numbers_of_the_old_kind(draft: Draft) -> None:
    draft["huber-try-it"].source += "\nnp.random.normal(3)"


@breaks(
    rules.imports_are_installed,
    "cell huber-try-it: students may not have scipy.special; do without this import.",
)
def import_of_scipy(draft: Draft) -> None:
    draft["huber-try-it"].source += "\nimport scipy.special"


@breaks(
    rules.imports_are_installed,
    "cell huber-try-it: students may not have sklearn.metrics; do without this import.",
)
def import_from_sklearn(draft: Draft) -> None:
    draft["huber-try-it"].source += "\nfrom sklearn.metrics import r2_score"


@breaks(
    rules.cells_ran_in_order,
    "cell mean-squared-error: it did not run in its place, from a clean start; run `{command}`.",
)
def cell_that_did_not_run(draft: Draft) -> None:
    draft.has_run = False
    draft["mean-squared-error"].execution_count = None


@breaks(
    rules.cells_ran_in_order,
    "cell loss-functions-setup: it did not run in its place, from a clean start; run `{command}`.",
)
def cells_that_ran_a_second_time(draft: Draft) -> None:
    draft.has_run = False
    for cell in draft.code:
        cell.execution_count += 1


@breaks(
    rules.outputs_are_printed_or_drawn,
    "cell huber-try-it: it has an output of type execute_result; print the value.",
)
def value_of_the_last_line(draft: Draft) -> None:
    value = new_output("execute_result", {"text/plain": "1.0"}, execution_count=1)
    draft["huber-try-it"].outputs.append(value)


@breaks(
    rules.outputs_are_printed_or_drawn,
    "cell huber-try-it: it writes to standard error; avoid the warning that it shows.",
)
def warning(draft: Draft) -> None:
    draft["huber-try-it"].outputs.append(new_output("stream", name="stderr", text="careful"))


@breaks(
    rules.only_locked_and_try_it_cells_have_outputs,
    "cell huber-worked-number: a check has an output; print and draw in the try-it cell.",
)
def check_that_prints(draft: Draft) -> None:
    draft["huber-worked-number"].outputs.append(new_output("stream", text="fine"))


@breaks(
    rules.figures_are_not_compared,
    "cell huber-try-it: it draws a figure; give it the tag nbval-ignore-output.",
)
def figure_that_is_compared(draft: Draft) -> None:
    del draft["huber-try-it"].metadata["tags"]


@breaks(
    rules.some_output_is_compared,
    "it has no output that a test compares; print a number in a try-it cell.",
)
def no_output_is_compared(draft: Draft) -> None:
    for cell in draft.cells:
        cell.metadata["tags"] = ["nbval-ignore-output"]


@pytest.mark.parametrize(("rule", "edit", "sentence"), BREAKS)
def test_check_says_how_a_rule_is_broken(
    rule: rules.Rule, edit: Edit, sentence: str, tmp_path: Path
) -> None:
    draft = Draft()
    edit(draft)
    path = draft.save(tmp_path)
    join = ", " if sentence.startswith("cell ") else ": "
    expected = f"{path}{join}{sentence.replace('{command}', f'{COMMAND} {path}')}"
    solution = read(path)
    assert [finding.sentence(solution) for finding in rule(solution)] == [expected]
    assert expected in rules.violations(path)


def test_every_rule_is_broken() -> None:
    broken = {param.values[0] for param in BREAKS}
    assert [rule.__name__ for rule in rules.RULES if rule not in broken] == []


# --- what a check may do --------------------------------------------------------------------------


def test_a_check_makes_what_it_uses_in_any_way(tmp_path: Path) -> None:
    draft = Draft()
    draft["huber-worked-number"].source = (
        '"""It is a number."""\n'
        "from math import inf\n\nimport numpy as np\n\n\n"
        "class Number:\n    one = 1\n\n\n"
        "def close(a, b=0):\n    return abs(a - b) < inf\n\n\n"
        "try:\n    loss = huber(np.zeros(Number.one), np.ones(1))\n"
        "except ValueError as error:\n    raise AssertionError(str(error)) from error\n"
        'np.testing.assert_equal(all(close(x) for x in [loss]), True, err_msg="huber")'
    )
    assert rules.violations(draft.save(tmp_path)) == []


# --- files that are no notebooks ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "does not exist; check the path."),
        (b"\xff\xfe", "cannot be read as text: "),
        (b'{\n "cells": [,]\n}', "is not a notebook: its line 2 is not JSON (Expecting value)."),
        (b"[]", "is not a notebook in format 4.5, in which cells have ids; "),
        (b'{"nbformat": 4, "nbformat_minor": 4}', "is not a notebook in format 4.5, "),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}',
            "is not a valid notebook: ",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "has no cells.",
        ),
    ],
    ids=["missing", "binary", "broken", "list", "old", "invalid", "empty"],
)
def test_a_file_that_is_no_notebook_gets_one_sentence(
    content: bytes | None, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "loss_functions.ipynb"
    if content is not None:
        path.write_bytes(content)
    [sentence] = rules.violations(path)
    assert sentence.startswith(f"{path} {problem}")
    assert sentence.endswith(".")
    assert "\n" not in sentence


# --- the command ----------------------------------------------------------------------------------


def test_check_looks_at_all_notebooks_and_says_that_they_keep_every_rule(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check"]) == 0
    names = [path.relative_to(ROOT) for path in PATHS]
    assert capsys.readouterr().out.splitlines() == [f"{name} keeps every rule." for name in names]


def test_check_goes_on_after_a_fault_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = Draft()
    draft.mark("huber-worked-number", points=2)
    path = draft.save(tmp_path)
    missing = tmp_path / "missing.ipynb"
    assert main(["check", str(missing), str(path), str(GOOD)]) == 1
    said = capsys.readouterr()
    first, *others, last = said.out.splitlines()
    assert first == f"{missing} does not exist; check the path."
    assert [line.split(":")[0] for line in others] == [
        f"{path}, cell loss-functions-introduction",
        f"{path}, cell huber-task",
    ]
    assert last == "solutions/01_loss_functions/loss_functions.ipynb keeps every rule."
    assert said.err.startswith("3 to correct. CONTRIBUTING.md")


def test_a_broken_notebook_keeps_no_other_from_being_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "02_broken" / "broken.ipynb"
    broken.parent.mkdir()
    monkeypatch.setattr(rules, "solution_notebooks", lambda: [GOOD, broken])
    for content in ("{", "[]", json.dumps({"cells": [{}]})):
        broken.write_text(content)
        assert rules.violations(GOOD) == []
