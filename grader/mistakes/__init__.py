"""Known answers to the exercises: the mistakes that students make, and other right answers.

    bank        defines `Bank`, with which an author writes down answers
    the rest    one module for each solution notebook, with its name; each fills one bank

`bank_of` finds a bank. `grader.engine.recognize` tries the mistakes on the checks' calls, so that
feedback can name the mistake that a student made; tests try every answer on the checks. A module
imports `grader.mistakes.bank` and what its answers need, and nothing else of the grader.
"""

import importlib

from grader.mistakes.bank import Bank


def bank_of(notebook: str) -> Bank:
    """Return the bank of the solution notebook with this name, such as "loss_functions".

    Raises:
        ModuleNotFoundError: there is no bank of that name.
    """
    bank = importlib.import_module(f"{__name__}.{notebook}").bank
    assert isinstance(bank, Bank)
    return bank
