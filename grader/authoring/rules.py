"""The rules of a solution notebook: a docstring says the rule, the function finds what breaks it.

Each function takes a `Solution` and yields a `Finding` for each place that breaks its rule.
"""

import ast
import builtins
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from nbformat import NotebookNode

from grader.authoring.source import (
    Kind,
    Solution,
    Task,
    UnreadableNotebookError,
    id_of,
    is_hidden,
    is_visible,
    kind,
    read,
    tree,
)
from grader.course import REPOSITORY
from grader.solutions import as_text, normalized, solution_notebooks

COMMAND = ".venv/bin/python -m grader solutions"
LEAST_POINTS = 21
LONGEST_ID = 64  # characters, in Jupyter's format
PACKAGES = {"numpy", "matplotlib", "keras", "practice"}
NOT_COMPARED = "nbval-ignore-output"  # the tag of a cell whose output no test compares
OF_A_MACHINE = re.compile(
    rf"{re.escape(str(REPOSITORY))}|/home/|/tmp/|/Users/|[A-Z]:\\\\|0x[0-9a-f]{{6}}"
)
IMPORT_OF_CHECK = "from practice import check, hint"
NAMES: dict[Kind | None, str] = {
    "task": "the text of a task",
    "solution": "a solution",
    "written": "a written answer",
    "free": "a try-it cell",
    "check": "a check",
    "fixed": "a locked cell without points",
    None: "nothing",
}
# A check cannot pass a model to a student's function, so these checks use the student's own.
ALSO_USED = {
    "train_model": {"build_model"},
    "reloaded": {"build_model"},
    "test_accuracy": {"build_model", "train_model"},
}


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule.

    Attributes:
        cell: the cell; None for the file as a whole.
        problem: what is wrong, as the first half of a sentence.
        remedy: what to do about it, as the second half.
    """

    cell: NotebookNode | None
    problem: str
    remedy: str

    def sentence(self, solution: Solution) -> str:
        """Return the sentence that tells the author."""
        place = f"{solution.name}, cell {id_of(self.cell)}" if self.cell else solution.name
        return f"{place}: {self.problem}; {self.remedy}."


Rule = Callable[[Solution], Iterator[Finding]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Put a rule on the list that every solution notebook has to keep."""
    RULES.append(function)
    return function


def violations(path: Path) -> list[str]:
    """Return a sentence for each place where the solution notebook at `path` breaks a rule.

    A file that is missing or is not a notebook gives one sentence.
    """
    try:
        solution = read(path)
    except UnreadableNotebookError as error:
        return [str(error)]
    return [finding.sentence(solution) for rule in RULES for finding in rule(solution)]


# --- the file -------------------------------------------------------------------------------------


@rule
def folder_has_the_notebooks_name(solution: Solution) -> Iterator[Finding]:
    """The notebook `topic.ipynb` lies in the folder `NN_topic`, where NN is its chapter."""
    topic, folder = solution.path.stem, solution.path.absolute().parent.name
    if not re.fullmatch(rf"\d\d_{re.escape(topic)}", folder):
        yield Finding(None, f"its folder is called {folder}", f"rename the folder to NN_{topic}")


@rule
def file_is_normalized(solution: Solution) -> Iterator[Finding]:
    """The file is what `python -m grader solutions` writes; other bytes would differ each time."""
    expected = as_text(normalized(solution.notebook))
    if solution.text != expected:
        lines = zip_longest(solution.text.splitlines(), expected.splitlines())
        number = next((n for n, (one, other) in enumerate(lines, 1) if one != other), 1)
        yield Finding(
            None,
            f"line {number} differs from what `python -m grader solutions` writes",
            f"run `{COMMAND} {solution.name}`",
        )


@rule
def file_names_no_machine(solution: Solution) -> Iterator[Finding]:
    """The file names no folder of your machine and no address in its memory."""
    for cell in [None, *solution.cells]:
        content = solution.notebook.metadata if cell is None else cell
        if found := OF_A_MACHINE.search(json.dumps(content, ensure_ascii=False)):
            yield Finding(
                cell, f"`{found[0]}` belongs to one machine", "remove it, or what prints it"
            )


# --- cells ----------------------------------------------------------------------------------------


@rule
def code_is_python(solution: Solution) -> Iterator[Finding]:
    """Code cells are plain Python, without magics."""
    for cell in solution.code:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            yield Finding(cell, f"line {error.lineno} is not Python ({error.msg})", "correct it")


@rule
def cells_have_their_type(solution: Solution) -> Iterator[Finding]:
    """Tasks and written answers are Markdown; solutions, try-it cells and checks are code."""
    for cell in (cell for task in solution.tasks for cell in task.cells):
        expected = "markdown" if kind(cell) in ("task", "written") else "code"
        if cell.cell_type != expected:
            yield Finding(cell, f"it is a {cell.cell_type} cell", f"make it a {expected} cell")


@rule
def ids_are_words(solution: Solution) -> Iterator[Finding]:
    """An id is lowercase words joined by dashes, without numbers, of at most 64 characters.

    `l1` and `l2` are words too.
    """
    for cell in solution.cells:
        if not all(re.fullmatch(r"[a-z]+|l[12]", word) for word in id_of(cell).split("-")):
            yield Finding(
                cell,
                "its id is not lowercase words joined by dashes",
                "rename it, as in huber-task",
            )
        if len(id_of(cell)) > LONGEST_ID:
            yield Finding(cell, f"its id has more than {LONGEST_ID} characters", "shorten it")


@rule
def ids_are_unique(solution: Solution) -> Iterator[Finding]:
    """An id occurs once in the whole course."""
    seen: dict[str, str] = {}
    for path in solution_notebooks():
        if path.parts[-2:] != solution.path.absolute().parts[-2:]:
            seen |= dict.fromkeys(_ids_in(path), path.name)
    for cell in solution.cells:
        if id_of(cell) in seen:
            place = seen[id_of(cell)]
            yield Finding(cell, f"another cell of {place} has this id", "rename one of the two")
        seen[id_of(cell)] = solution.path.name


def _ids_in(path: Path) -> set[str]:
    """Return the ids of another notebook's cells; none if it is broken, as its own check says."""
    with suppress(ValueError, LookupError, TypeError):
        return {cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}
    return set()


@rule
def ids_are_those_of_nbgrader(solution: Solution) -> Iterator[Finding]:
    """A cell's id and its `grade_id`, by which nbgrader knows it, are the same."""
    for cell in solution.cells:
        if cell.id != id_of(cell):
            yield Finding(
                cell, f"the cell's own id is {cell.id}", f"run `{COMMAND} {solution.name}`"
            )


@rule
def ids_begin_with_the_function(solution: Solution) -> Iterator[Finding]:
    """The id of each cell of a task begins with the function, and the rest says what the cell is.

    The cells for `a_function` are called `a-function-task`, `a-function`, `a-function-try-it` and,
    if they are checks, `a-function-` and their claim in words.
    """
    for task in solution.tasks:
        exact = {"solution": task.stem, "written": task.stem, "free": f"{task.stem}-try-it"}
        for cell in task.cells:
            name = exact.get(kind(cell))
            if name and id_of(cell) != name:
                yield Finding(cell, f"it is {NAMES[kind(cell)]}", f"rename it to {name}")
            elif not name and not id_of(cell).startswith(f"{task.stem}-"):
                yield Finding(
                    cell, f"it belongs to the task {task.stem}", f"rename it to {task.stem}-…"
                )


@rule
def metadata_has_its_form(solution: Solution) -> Iterator[Finding]:
    """A cell's metadata for nbgrader has all its fields.

    `grade_id` is a text, `schema_version` is 3, `task` is false, and `grade`, `solution` and
    `locked` are true or false.
    """
    for cell in solution.cells:
        marks = cell.metadata.get("nbgrader")
        if marks and not (
            (marks.get("schema_version"), marks.get("task")) == (3, False)
            and isinstance(marks.get("grade_id"), str)
            and all(isinstance(marks.get(key), bool) for key in ("grade", "solution", "locked"))
        ):
            yield Finding(
                cell,
                "its nbgrader metadata is incomplete",
                "copy that of a cell of the same kind, and change `grade_id` and `points`",
            )


@rule
def only_answers_are_unlocked(solution: Solution) -> Iterator[Finding]:
    """Solutions and written answers are not locked; every other cell that nbgrader knows is."""
    for cell in solution.cells:
        is_answer = kind(cell) in ("solution", "written")
        if kind(cell) != "free" and bool(cell.metadata.nbgrader.get("locked")) is is_answer:
            problem = "students cannot write into it" if is_answer else "students can change it"
            yield Finding(cell, problem, f"set `locked` to {str(not is_answer).lower()}")


@rule
def only_graded_cells_have_points(solution: Solution) -> Iterator[Finding]:
    """Checks and written answers have more than 0 points; no other cell has points."""
    for cell in solution.cells:
        if kind(cell) in ("check", "written"):
            if points_of(cell) <= 0:
                yield Finding(cell, "it gives no points", "set `points` to 1 or more")
        elif "points" in cell.metadata.get("nbgrader", {}):
            yield Finding(cell, "it has points, but nobody grades it", "remove `points`")


# --- order ----------------------------------------------------------------------------------------


@rule
def introduction_comes_first(solution: Solution) -> Iterator[Finding]:
    """Only locked cells without points come before the first task: introduction and setup."""
    for cell in solution.before_the_tasks:
        if kind(cell) != "fixed":
            yield Finding(
                cell,
                f"{NAMES[kind(cell)]} stands before the first task",
                "move it into its task",
            )


@rule
def cells_come_in_order(solution: Solution) -> Iterator[Finding]:
    """A task is its text, the solution, one try-it cell and then checks, in this order.

    A task with a written answer is its text and the answer.
    """
    for task in solution.tasks:
        kinds = [kind(cell) for cell in task.cells]
        check: Kind = "check"
        code: list[Kind] = ["task", "solution", "free", check, *[check] * (len(kinds) - 4)]
        written: list[Kind] = ["task", "written"]
        order = written if "written" in kinds[1:2] else code
        for cell, found, expected in zip_longest(task.cells, kinds, order):
            if found != expected:
                yield Finding(
                    cell or task.text,
                    f"{NAMES[found]} stands where {NAMES[expected]} belongs",
                    "order the task's cells: text, solution, try-it, checks",
                )
                break


@rule
def try_it_ends_with_check(solution: Solution) -> Iterator[Finding]:
    """The last line of a try-it cell is `check(function)`.

    The setup imports `check` and `hint` where practice.py is there.
    """
    setups = [cell for cell in solution.code if kind(cell) == "fixed"]
    if setups and not any(IMPORT_OF_CHECK in cell.source for cell in setups):
        yield Finding(setups[0], "it does not import check and hint", f"add `{IMPORT_OF_CHECK}`")
    for task in solution.tasks:
        for cell in task.cells:
            line = f"check({task.function})"
            if kind(cell) == "free" and cell.source.split("\n")[-1] != line:
                yield Finding(cell, f"its last line is not `{line}`", "add that line")


@rule
def visible_checks_come_first(solution: Solution) -> Iterator[Finding]:
    """The visible checks of a task come before its hidden ones, and it has at least one of each."""
    for task in solution.tasks:
        hidden = [is_hidden(check) for check in task.checks]
        for before, check in zip(task.checks, task.checks[1:], strict=False):
            if is_hidden(before) and not is_hidden(check):
                yield Finding(
                    check, "a visible check follows a hidden one", "move the visible checks up"
                )
        if not task.is_written and set(hidden) != {True, False}:
            missing = "visible" if all(hidden) else "hidden"
            yield Finding(task.text, f"the task has no {missing} check", "add one")


# --- points ---------------------------------------------------------------------------------------


@rule
def introduction_promises_the_points(solution: Solution) -> Iterator[Finding]:
    """The first cell says `**N points**` once; N is the sum over all checks and written answers."""
    total = sum(points_of(cell) for cell in solution.cells)
    promised = re.findall(r"\*\*(\d+) points\*\*", solution.cells[0].source)
    if promised != [str(total)]:
        found = " and ".join(promised) or "no"
        yield Finding(
            solution.cells[0],
            f"it promises {found} points and the cells give {total}",
            f"write **{total} points** in it, once",
        )


@rule
def notebook_is_worth_its_time(solution: Solution) -> Iterator[Finding]:
    """A notebook gives more than 20 points."""
    total = sum(points_of(cell) for cell in solution.cells)
    if total < LEAST_POINTS:
        yield Finding(None, f"it gives {total} points", f"give {LEAST_POINTS} or more")


@rule
def task_promises_its_points(solution: Solution) -> Iterator[Finding]:
    """A task begins with the heading `## Title · N points`; N is the sum over its checks."""
    for task in solution.tasks:
        total = sum(points_of(cell) for cell in task.cells)
        promised = re.match(r"## .+ · (\d+) points\n", task.text.source)
        if not promised or promised[1] != str(total):
            said = f"promises {promised[1]} points" if promised else "promises no points"
            yield Finding(
                task.text,
                f"its heading {said} and the cells give {total}",
                f"write `## Title · {total} points` in its first line",
            )


@rule
def rubric_adds_up(solution: Solution) -> Iterator[Finding]:
    """The task of a written answer lists what gives points, `- N points: …`; they add up."""
    for task in filter(lambda task: task.is_written, solution.tasks):
        lines = re.findall(r"^- (\d+) points?: ", task.text.source, re.MULTILINE)
        listed, total = sum(map(int, lines)), sum(points_of(cell) for cell in task.cells)
        if listed != total:
            yield Finding(
                task.text,
                f"its list gives {listed} points and the answer {total}",
                "list `- N points: reason` for each reason, up to that sum",
            )


def points_of(cell: NotebookNode) -> int | float:
    """Return the points that a cell gives: 0 if it is not graded."""
    points = cell.metadata.nbgrader.get("points") if kind(cell) in ("check", "written") else 0
    return points if isinstance(points, int | float) else 0


# --- the text of a task and its solution ----------------------------------------------------------


@rule
def task_shows_the_signature(solution: Solution) -> Iterator[Finding]:
    """A task says ``Write `function(arguments)`.`` with the arguments of the `def` line."""
    for task in solution.tasks:
        for answer in task.of_kind("solution"):
            # A signature may take three lines of the cell, and takes one of the text.
            head = " ".join(answer.source.split(":\n")[0].removeprefix("def ").split())
            signature = head.replace("( ", "(").replace(" )", ")")
            if f"Write `{signature}`." not in task.text.source:
                yield Finding(
                    task.text, "it does not show the signature", f"add: Write `{signature}`"
                )


@rule
def task_explains_arguments_and_result(solution: Solution) -> Iterator[Finding]:
    """A task has list items that name each argument, and one that begins with `- returns `."""
    for task in solution.tasks:
        for function in functions_in(task):
            for argument in function.args.args:
                if not re.search(rf"^- .*`{argument.arg}`", task.text.source, re.MULTILINE):
                    yield Finding(
                        task.text,
                        f"no list item names the argument {argument.arg}",
                        f"add: - `{argument.arg}`: its shape and unit",
                    )
            if "\n- returns " not in task.text.source:
                yield Finding(
                    task.text, "no list item says what is returned", "add one: - returns …"
                )


def functions_in(task: Task) -> list[ast.FunctionDef]:
    """Return the functions that a task's solution defines."""
    return [
        node
        for cell in task.of_kind("solution")
        for node in tree(cell).body
        if isinstance(node, ast.FunctionDef)
    ]


@rule
def solution_has_its_form(solution: Solution) -> Iterator[Finding]:
    """A solution cell is one function, of which students get everything but the body.

    The `def` line is one line, or three with all arguments in the second. A docstring of one line
    follows, which begins with a capital letter and ends with a period. The body, and nothing else,
    stands between `### BEGIN SOLUTION` and `### END SOLUTION`.
    """
    for task in solution.tasks:
        form = {
            rf"def {task.function}\((\n    [^\n]+\n|[^\n]+)\):\n": (
                f"it does not begin with the line `def {task.function}(…):`",
                "begin with it, in one line or with all arguments in a line of their own",
            ),
            r'    """[A-Z][^\n]+\."""\n': (
                "no docstring of one sentence in one line follows the `def` line",
                "write one, with a capital letter and a period",
            ),
            r"    ### BEGIN SOLUTION\n(    [^\n]+\n|\n)+    ### END SOLUTION": (
                "the body does not stand between `### BEGIN SOLUTION` and `### END SOLUTION`",
                "put these two lines around it, indented by four spaces",
            ),
            r"$": ("something follows `### END SOLUTION`", "keep a cell to one function"),
        }
        for answer in task.of_kind("solution"):
            yield from _departures(answer, form)


def _departures(cell: NotebookNode, form: dict[str, tuple[str, str]]) -> Iterator[Finding]:
    """Yield the first part of a cell's form, given as patterns, that its source does not have."""
    rest = cell.source
    for pattern, (problem, remedy) in form.items():
        part = re.match(pattern, rest)
        if not part:
            yield Finding(cell, problem, remedy)
            return
        rest = rest[part.end() :]


# --- checks ---------------------------------------------------------------------------------------


@rule
def visible_check_opens_with_a_sentence(solution: Solution) -> Iterator[Finding]:
    """A visible check opens with a docstring of one line that ends with a period: its claim."""
    for check in filter(is_visible, solution.checks):
        sentence = ast.get_docstring(tree(check))
        if not sentence or not sentence.endswith(".") or "\n" in sentence:
            yield Finding(
                check,
                "it does not open with a docstring of one sentence in one line",
                "say in it what is true of a right answer",
            )


@rule
def visible_check_hides_nothing(solution: Solution) -> Iterator[Finding]:
    """A visible check does not contain `### `, with which the marks of nbgrader begin."""
    for check in filter(is_visible, solution.checks):
        if "### " in check.source:
            yield Finding(check, "`### ` in it would cut it for students", "remove that line")


@rule
def hidden_check_has_its_form(solution: Solution) -> Iterator[Finding]:
    """A hidden check opens with a comment that students see, `# Hidden check: …`.

    All its code stands between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS`.
    """
    form = {
        r"# Hidden check: [^\n]+\n(# [^\n]+\n)*": (
            "it does not open with the comment `# Hidden check: …`",
            "say in it what the check looks for",
        ),
        r"### BEGIN HIDDEN TESTS\n": (
            "`### BEGIN HIDDEN TESTS` does not follow the opening comment",
            "write this line directly below it",
        ),
        r"(?s:.+)\n### END HIDDEN TESTS$": (
            "it does not end with `### END HIDDEN TESTS`",
            "make this its last line",
        ),
    }
    for check in filter(is_hidden, solution.checks):
        yield from _departures(check, form)


@rule
def check_compares_with_numpy(solution: Solution) -> Iterator[Finding]:
    """A check compares with at least one function of `np.testing`."""
    for check in solution.checks:
        if not _calls_of_np_testing(check):
            yield Finding(
                check,
                "it calls no function of np.testing",
                "compare with np.testing.assert_allclose or assert_equal",
            )


@rule
def check_shows_the_call_that_failed(solution: Solution) -> Iterator[Finding]:
    """Every call of `np.testing` has an `err_msg`; one that waits for an error has a `msg`."""
    for check in solution.checks:
        for call in _calls_of_np_testing(check):
            function = ast.unparse(call.func)
            message = "msg" if "raises" in function else "err_msg"
            if message not in {keyword.arg for keyword in call.keywords}:
                yield Finding(
                    check,
                    f"line {call.lineno} calls {function} without {message}",
                    f"add {message}=, with the call of the student's function that failed",
                )


def _calls_of_np_testing(check: NotebookNode) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree(check))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np.testing.")
    ]


@rule
def check_needs_only_the_function(solution: Solution) -> Iterator[Finding]:
    """A check calls its task's function, and imports or makes everything else that it uses.

    It runs in a process of its own, which has the student's functions and nothing else of the
    notebook. A check of a function that takes a model may also call the function that builds it, if
    `ALSO_USED` in grader/authoring/rules.py names it.
    """
    for task in solution.tasks:
        allowed = {task.function} | ALSO_USED.get(task.function, set()) | set(dir(builtins))
        for check in task.checks:
            used, made, imported = _names(check)
            if task.function not in used - made - imported:
                yield Finding(check, f"it does not use the student's {task.function}", "call it")
            for name in sorted(used - made - imported - allowed):
                yield Finding(
                    check,
                    f"it uses {name}, which it neither imports nor makes",
                    "import or make it inside this cell",
                )


@rule
def check_uses_what_it_imports(solution: Solution) -> Iterator[Finding]:
    """A check uses every module that it imports."""
    for check in solution.checks:
        used, _, imported = _names(check)
        for name in sorted(imported - used):
            yield Finding(check, f"it imports {name} and does not use it", "remove the import")


@rule
def names_of_practice_stay(solution: Solution) -> Iterator[Finding]:
    """Only the setup gives the names `check` and `hint` a meaning, because students call them."""
    for cell in solution.code:
        if kind(cell) == "fixed":
            continue
        for name in ("check", "hint"):
            if name in _names(cell)[1]:
                yield Finding(cell, f"it replaces the function {name}", "choose another name")


def _names(check: NotebookNode) -> tuple[set[str], set[str], set[str]]:
    """Return the names that a check uses, those that it makes, and those that it imports."""
    used, made, imported = set[str](), set[str](), set[str]()
    for node in ast.walk(tree(check)):
        match node:
            case ast.Name(name, ast.Load()):
                used.add(name)
            case ast.Name(name) | ast.FunctionDef(name) | ast.ClassDef(name):
                made.add(name)
            case ast.arg(name) | ast.ExceptHandler(name=str(name)):
                made.add(name)
            case ast.Import(aliases) | ast.ImportFrom(names=aliases):
                imported |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
    return used, made, imported


# --- code and outputs -----------------------------------------------------------------------------


@rule
def random_numbers_are_seeded(solution: Solution) -> Iterator[Finding]:
    """Random numbers come from `np.random.default_rng(seed)`, with a number as the seed."""
    for cell in solution.cells:
        if found := re.search(r"np\.random\.(?!default_rng\(\d+\))\w*", cell.source):
            yield Finding(
                cell, f"`{found[0]}` gives other numbers each time", "use np.random.default_rng(0)"
            )


@rule
def imports_are_installed(solution: Solution) -> Iterator[Finding]:
    """Code imports NumPy, Matplotlib, Keras, the standard library and `practice` only."""
    for cell in solution.code:
        for node in ast.walk(tree(cell)):
            match node:
                case ast.Import(aliases):
                    modules = [alias.name for alias in aliases]
                case ast.ImportFrom(module):
                    modules = [module or "."]
                case _:
                    modules = []
            for module in modules:
                if module.split(".")[0] not in PACKAGES | sys.stdlib_module_names:
                    yield Finding(cell, f"students may not have {module}", "do without this import")


@rule
def cells_ran_in_order(solution: Solution) -> Iterator[Finding]:
    """All code cells have run once, from the first to the last."""
    counts = [cell.execution_count for cell in solution.code]
    for number, (cell, count) in enumerate(zip(solution.code, counts, strict=True), 1):
        if count != number:
            yield Finding(
                cell,
                "it did not run in its place, from a clean start",
                f"run `{COMMAND} {solution.name}`",
            )
            break


@rule
def outputs_are_printed_or_drawn(solution: Solution) -> Iterator[Finding]:
    """Outputs are text printed to standard output, and figures."""
    for cell in solution.code:
        for output in cell.outputs:
            if output.output_type not in ("stream", "display_data"):
                yield Finding(
                    cell, f"it has an output of type {output.output_type}", "print the value"
                )
            elif output.get("name", "stdout") != "stdout":
                yield Finding(
                    cell, "it writes to standard error", "avoid the warning that it shows"
                )


@rule
def only_locked_and_try_it_cells_have_outputs(solution: Solution) -> Iterator[Finding]:
    """Solutions and checks print and draw nothing."""
    for cell in solution.code:
        if cell.outputs and kind(cell) not in ("free", "fixed"):
            yield Finding(
                cell, f"{NAMES[kind(cell)]} has an output", "print and draw in the try-it cell"
            )


@rule
def figures_are_not_compared(solution: Solution) -> Iterator[Finding]:
    """A cell with a figure has the tag `nbval-ignore-output`."""
    for cell in solution.code:
        drawn = any(output.output_type == "display_data" for output in cell.outputs)
        if drawn and not _is_ignored(cell):
            yield Finding(cell, "it draws a figure", f"give it the tag {NOT_COMPARED}")


@rule
def some_output_is_compared(solution: Solution) -> Iterator[Finding]:
    """At least one cell prints and has no such tag, so that a test compares its output."""
    if not any(cell.outputs and not _is_ignored(cell) for cell in solution.code):
        yield Finding(
            None, "it has no output that a test compares", "print a number in a try-it cell"
        )


def _is_ignored(cell: NotebookNode) -> bool:
    return NOT_COMPARED in cell.metadata.get("tags", [])
