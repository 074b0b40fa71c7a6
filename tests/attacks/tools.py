"""Patched, shadowed and faked tools that checks use."""

from .attack import HandIn, attack


@attack(stock="succeeds")
def skips_the_checks_by_a_tag(student: HandIn) -> None:
    """It adds a tag to the checks that keeps nbgrader from executing them."""
    for check in ("norm-of-the-sample", "norm-of-fresh-vectors"):
        student.cell(check).metadata.tags = ["skip-execution"]


@attack(stock="succeeds")
def patches_assert_allclose(student: HandIn) -> None:
    """It replaces `np.testing.assert_allclose`, as cheaters have always done."""
    student.first("np.testing.assert_allclose = lambda *args, **names: None")


@attack(stock="succeeds")
def patches_what_numpy_testing_calls(student: HandIn) -> None:
    """It replaces the function that `assert_allclose` calls."""
    student.first(
        """
        import numpy.testing._private.utils as utils
        utils.assert_array_compare = lambda *args, **names: None
        """
    )


@attack(stock="succeeds")
def patches_the_code_of_assert_allclose(student: HandIn) -> None:
    """It replaces the code of the function object, whichever module has imported it."""
    student.first(
        """
        def nothing(actual, desired, rtol=1e-07, atol=0, equal_nan=True, err_msg="",
                    verbose=True, *, strict=False):
            pass
        np.testing.assert_allclose.__code__ = nothing.__code__
        """
    )


@attack(stock="succeeds")
def patches_builtins(student: HandIn) -> None:
    """It replaces `abs`, `all` and `any` for all modules."""
    student.first(
        """
        import builtins
        builtins.abs = lambda x: 0
        builtins.all = builtins.any = lambda x: True
        """
    )


@attack(stock="succeeds")
def patches_a_builtin_in_the_notebook(student: HandIn) -> None:
    """It defines a function with the name of a built-in one."""
    student.first("abs = lambda x: 0")


@attack(stock="resists")
def patches_the_error(student: HandIn) -> None:
    """It replaces `AssertionError` by an exception that IPython does not count as an error."""
    student.first(
        """
        import bdb, builtins
        builtins.AssertionError = bdb.BdbQuit
        """
    )


@attack(stock="succeeds")
def fakes_modules(student: HandIn) -> None:
    """It replaces the module `numpy`, which the checks import."""
    student.first(
        """
        import sys, types

        class Lenient(types.ModuleType):
            def __init__(self, real):
                super().__init__(real.__name__)
                self.real = real

            def __getattr__(self, name):
                return getattr(self.real, name)

        fake = Lenient(np)
        fake.testing = Lenient(np.testing)
        fake.testing.assert_allclose = lambda *args, **names: None
        sys.modules["numpy"], sys.modules["numpy.testing"] = fake, fake.testing
        """
    )


@attack(stock="succeeds")
def hooks_the_import(student: HandIn) -> None:
    """It replaces the import function, so that checks import patched testing tools."""
    student.first(
        """
        import builtins
        import numpy.testing
        real = builtins.__import__

        def lenient(name, *args, **names):
            module = real(name, *args, **names)
            if name == "numpy":
                module.testing.assert_allclose = lambda *args, **names: None
            return module

        builtins.__import__ = lenient
        """
    )


LENIENT_NUMPY = """
import sys
path, sys.path = sys.path, [place for place in sys.path if "packages" in place or "lib" in place]
del sys.modules["numpy"]
import numpy
numpy.testing.assert_allclose = lambda *args, **names: None
sys.path = path
"""


@attack(stock="succeeds")
def hands_in_a_numpy(student: HandIn) -> None:
    """It hands in a `numpy.py`, because Python searches in the notebook's folder first."""
    student.beside("numpy.py", LENIENT_NUMPY)


@attack(stock="resists")
def hands_in_a_unittest(student: HandIn) -> None:
    """It hands in a `unittest.py`, which `numpy.testing` imports."""
    student.beside(
        "unittest.py",
        """
import builtins, bdb
builtins.AssertionError = bdb.BdbQuit
builtins.abs = lambda x: 0
class TestCase: pass
class SkipTest(Exception): pass
""",
    )


@attack(stock="resists")
def hands_in_a_package_of_the_grader(student: HandIn) -> None:
    """It hands in modules with the names of those that the grader imports."""
    planted = f"open('planted.txt', 'w').write('planted by {student.student}')"
    for name in ("grader/__init__.py", "nbgrader_config.py", "sitecustomize.py", "msgpack.py"):
        student.beside(name, planted)


@attack(stock="succeeds")
def rebinds_the_sample(student: HandIn) -> None:
    """It replaces the instructor's data, which a check uses."""
    student.answer("sample = 5.0\n\ndef norm(x):\n    return x if np.ndim(x) == 0 else 0.0")


@attack(stock="resists")
def hands_in_a_module_that_a_check_imports(student: HandIn) -> None:
    """It hands in a `fractions.py`, which a check imports."""
    student.beside("fractions.py", "class Fraction(int):\n    def __new__(cls, x): return int(0)")
