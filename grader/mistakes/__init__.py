"""What students are known to answer: one module a solution notebook, of the same name."""

import importlib

from grader.mistakes.bank import Bank


def bank_of(notebook: str) -> Bank:
    """Return the bank of the solution notebook called `notebook`, such as "loss_functions".

    Raises:
        ModuleNotFoundError: there is no bank of that name.
    """
    bank = importlib.import_module(f"{__name__}.{notebook}").bank
    assert isinstance(bank, Bank)
    return bank
