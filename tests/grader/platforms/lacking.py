"""Takes from a Python on Linux what it does not have on another system."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType


class _Missing(importlib.abc.MetaPathFinder):
    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def import_first(*names: str) -> None:
    """Import modules before they can ask for the system, which has no more of what they need."""
    for name in names:
        importlib.import_module(name)


def lack_modules(*names: str) -> None:
    """Let these modules be missing from now on."""
    sys.meta_path.insert(0, _Missing(names))
    for name in names:
        sys.modules.pop(name, None)


def lack_attributes(thing: object, *names: str) -> None:
    """Let a module or a class be without these names, as far as it has them."""
    for name in names:
        if name in vars(thing):
            delattr(thing, name)
