"""Reads the sources of checks and of a student's cells. It runs none of them.

What this module finds depends only on the instructor's notebook and on what was handed in. A
student's function that learns the arguments of a hidden check cannot change it.
"""

import ast
import builtins
import importlib.util
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

GAP = "…"  # stands in a message for what only a run of the check can fill in
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
# IPython defines these names in every notebook.
PREDEFINED = {*vars(builtins), "__name__", "get_ipython", "display", "In", "Out", "_", "exit"}
# What a line has that needs a newer Python, and which.
NEWER = (
    (re.compile(r"\b[rR]?[fF][rR]?['\"]"), (3, 12), "f-strings with nested quotes"),
    (re.compile(r"^\s*type\s+\w+.*="), (3, 12), "type statements"),
    (re.compile(r"^\s*(async\s+)?(def|class)\s+\w+\["), (3, 12), "type parameters"),
    (re.compile(r"^\s*except\s+\w+\s*,"), (3, 14), "several exceptions without parentheses"),
    (re.compile(r"\b[rR]?[tT][rR]?['\"]"), (3, 14), "t-strings"),
)


def visible_source(cell: NotebookNode) -> str:
    """Return the source of a check as students have it, without its hidden part."""
    copy = NotebookNode(cell_type="code", source=cell.source, metadata=cell.metadata)
    copy, _ = ClearHiddenTests().preprocess_cell(copy, {}, 0)
    return str(copy.source)


def claim(source: str) -> str:
    """Return the author's sentence on what a check tests, or "" if there is none."""
    try:
        docstring = ast.get_docstring(ast.parse(source))
    except SyntaxError:  # for example, because of a magic command
        docstring = None
    if docstring:
        return " ".join(docstring.split("\n\n")[0].split())
    opening = re.match(r"(?:#(?!##)[^\n]*\n?)*", source.strip())
    lines = opening[0].splitlines() if opening else []
    return " ".join(line.lstrip("# ").strip() for line in lines)


# --- the author's words ---------------------------------------------------------------------------


def words(source: str) -> list[str]:
    """Return the messages that a check may fail with, each once, in their order.

    A value that only a run would show, such as `{x}` in `f"softmax({x})"`, becomes "…": it may be
    an argument of a hidden check, or what the student's function returned.
    """
    tree, _ = parse(source)
    if tree is None:
        return []
    texts: defaultdict[str, list[ast.expr]] = defaultdict(list)  # what names stand for
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    texts[target.id].append(node.value)
    messages = (re.sub(f"{GAP}+", GAP, _text(message, texts)) for message in _messages(tree))
    return list(dict.fromkeys(text for text in messages if re.search(r"\w", text)))


def _messages(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield the messages of assertions, from the first line to the last."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Assert) and node.msg:
            yield node.msg
        elif isinstance(node, ast.Call):
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "err_msg")
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            # The first two are the result and what is right.
            rest = node.args[2:] if name.startswith("assert") else []
            yield from filter(_is_text, rest)
        yield from _messages(node)


def _is_text(node: ast.expr) -> bool:
    is_plain = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_plain or isinstance(node, ast.JoinedStr)


def _text(node: ast.expr, texts: Mapping[str, list[ast.expr]]) -> str:
    """Return what is known of a text before the check runs."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, texts) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(value, texts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, texts) + _text(right, texts)
        case ast.Name(id=name) if len(texts.get(name, [])) == 1:
            return _text(texts[name][0], {**texts, name: []})  # a text may contain itself
    return GAP


# --- the student's cells --------------------------------------------------------------------------


def parse(source: str) -> tuple[ast.Module | None, str]:
    """Return the syntax tree of a cell, or None, and a sentence on a syntax error, or "".

    A cell with a magic command has no tree, and no error is found in it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source), ""
    except SyntaxError as error:
        if MAGIC.search(source):
            return None, ""
        version = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        end = "" if str(error.msg).endswith("?") else "."
        return None, (
            f"{version}, with which it was graded, cannot read line {error.lineno} of this cell: "
            f"{error.msg}{end}{_newer(source, error)}"
        )
    except (ValueError, RecursionError, MemoryError):
        return None, ""


def _newer(source: str, error: SyntaxError) -> str:
    """Return a sentence on what in the line of a syntax error needs a newer Python, or ""."""
    line = [*source.splitlines(), ""][(error.lineno or 1) - 1]
    for sign, version, what in NEWER:
        is_about_it = "f-string" in str(error.msg) or "f-string" not in what
        if sign.search(line) and is_about_it and sys.version_info < version:
            return f" {what[:1].upper()}{what[1:]} need Python {version[0]}.{version[1]}."
    return ""


class HandIn:
    """What the code cells of a notebook define, without its checks."""

    def __init__(self, cells: Iterable[str]) -> None:
        """Read the sources of the cells."""
        self._names: set[str] = set()
        self._unwritten: set[str] = set()
        self._without_result: set[str] = set()
        for source in cells:
            tree, problem = parse(source)
            if tree is not None:
                self._names |= _bound(tree)
                self._read_functions(tree)
            elif not problem:  # it has a magic command, and may define any name in it
                self._names |= set(re.findall(r"\w+", source))

    def _read_functions(self, tree: ast.Module) -> None:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self._without_result.discard(node.name)
                if not _has_result(node):
                    self._without_result.add(node.name)
                if any(map(_raises_not_implemented, node.body)):
                    self._unwritten.add(node.name)
                else:  # the last definition counts
                    self._unwritten.discard(node.name)

    def lacks_answer(self, check: str) -> bool:
        """Whether a check uses a function that is still as it was released."""
        tree, _ = parse(check)
        return tree is not None and bool(_used(tree) & self._unwritten)

    def without_result(self, check: str) -> str:
        """Return the first function that a check uses and that never returns a value, or ""."""
        tree, _ = parse(check)
        if tree is None or self.lacks_answer(check):
            return ""
        return min(_used(tree) & self._without_result, default="")

    def missing_in(self, cell: str) -> str:
        """Return a sentence on the names and modules that a student's cell lacks, or ""."""
        tree, _ = parse(cell)
        if tree is None:
            return ""
        sentences = []
        if names := self.undefined(cell):
            lines = {node.id: node.lineno for node in _loads(tree)}
            listed = " and ".join(f"{name} (line {lines[name]})" for name in names)
            sentences.append(f"No cell of your notebook defines {listed}.")
        if modules := _not_installed(tree):
            listed = " and ".join(f"{name} (line {line})" for name, line in modules.items())
            sentences.append(
                f"The grader does not have {listed}, which this cell imports; "
                "hand it in as a file if it is yours."
            )
        return " ".join(sentences)

    def undefined(self, check: str) -> list[str]:
        """Return the names that a check uses and that no cell defines, in alphabetical order."""
        tree, _ = parse(check)
        if tree is None or "*" in self._names:  # for example, `from numpy import *`
            return []
        return sorted(_used(tree) - _bound(tree) - PREDEFINED - self._names)


def _raises_not_implemented(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(error, ast.Name) and error.id == "NotImplementedError"


def _has_result(function: ast.FunctionDef) -> bool:
    """Whether a function can return or yield a value; that of `print` is None."""
    nodes: list[ast.AST] = [*function.body]
    while nodes:
        node = nodes.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                continue
            case ast.Yield() | ast.YieldFrom():
                return True
            case ast.Return(value=None | ast.Constant(value=None)):
                continue
            case ast.Return(value=ast.Call(func=ast.Name(id="print"))):
                continue
            case ast.Return():
                return True
        nodes += ast.iter_child_nodes(node)
    return False


def _not_installed(tree: ast.Module) -> dict[str, int]:
    """Return the modules that a cell imports and the grader lacks, with their lines.

    An import inside of `try` is expected to fail.
    """
    found: dict[str, int] = {}
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Try):
            continue
        match node:
            case ast.Import(names=aliases, lineno=line):
                names = [alias.name for alias in aliases]
            case ast.ImportFrom(module=str(module), level=0, lineno=line):
                names = [module]
            case _:
                names, line = [], 0
        for name in (name.split(".")[0] for name in names):
            if name not in sys.modules and importlib.util.find_spec(name) is None:
                found[name] = line
        nodes += ast.iter_child_nodes(node)
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _used(tree: ast.AST) -> set[str]:
    return {node.id for node in _loads(tree)}


def _loads(tree: ast.AST) -> list[ast.Name]:
    """Return the places where names are used, the last one first."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    used = (node for node in nodes if isinstance(node.ctx, ast.Load))
    return sorted(used, key=lambda node: -node.lineno)


def _bound(tree: ast.AST) -> set[str]:
    """Return the names that something in the code defines, wherever it stands."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
    return names
