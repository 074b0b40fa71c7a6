"""Patched, shadowed and faked tools that checks rely on."""

from .attack import HandIn, attack


@attack(stock="succeeds")
def skips_the_checks_by_a_tag(student: HandIn) -> None:
    """A cell with this tag is not executed, and what is not executed does not fail."""
    for check in ("norm-of-the-sample", "norm-of-fresh-vectors"):
        student.cell(check).metadata.tags = ["skip-execution"]


@attack(stock="succeeds")
def patches_assert_allclose(student: HandIn) -> None:
    """The oldest trick."""
    student.first("np.testing.assert_allclose = lambda *args, **names: None")


@attack(stock="succeeds")
def patches_what_numpy_testing_calls(student: HandIn) -> None:
    """The function looks as it should; what it compares with does not."""
    student.first(
        """
        import numpy.testing._private.utils as utils
        utils.assert_array_compare = lambda *args, **names: None
        """
    )


@attack(stock="succeeds")
def patches_the_code_of_assert_allclose(student: HandIn) -> None:
    """The same function object, wherever it was imported to before, with another body."""
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
    """Differences are always small, and everything holds."""
    student.first(
        """
        import builtins
        builtins.abs = lambda x: 0
        builtins.all = builtins.any = lambda x: True
        """
    )


@attack(stock="succeeds")
def patches_a_builtin_in_the_notebook(student: HandIn) -> None:
    """A name of its own hides the builtin one, in this notebook only."""
    student.first("abs = lambda x: 0")


@attack(stock="resists")
def patches_the_error(student: HandIn) -> None:
    """NumPy raises whatever stands under this name: one that IPython takes for a debugger's."""
    student.first(
        """
        import bdb, builtins
        builtins.AssertionError = bdb.BdbQuit
        """
    )


@attack(stock="succeeds")
def fakes_modules(student: HandIn) -> None:
    """`import numpy as np` in a check finds this one."""
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
    """Each `import numpy` in a check gets patched testing tools."""
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
    """Python looks into the folder of the notebook first."""
    student.beside("numpy.py", LENIENT_NUMPY)


@attack(stock="resists")
def hands_in_a_unittest(student: HandIn) -> None:
    """What `numpy.testing` imports; Python's own is found first here too."""
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
    """A grader that runs in the folder of a submission would import this one."""
    planted = f"open('planted.txt', 'w').write('planted by {student.student}')"
    for name in ("grader/__init__.py", "nbgrader_config.py", "sitecustomize.py", "msgpack.py"):
        student.beside(name, planted)


@attack(stock="succeeds")
def rebinds_the_sample(student: HandIn) -> None:
    """A check that uses the instructor's data finds the student's."""
    student.answer("sample = 5.0\n\ndef norm(x):\n    return x if np.ndim(x) == 0 else 0.0")


@attack(stock="resists")
def hands_in_a_module_that_a_check_imports(student: HandIn) -> None:
    """By its name it is Python's own, which IPython finds before the notebook's folder."""
    student.beside("fractions.py", "class Fraction(int):\n    def __new__(cls, x): return int(0)")
