"""Sabotages: changes of the code that break a promise. The simulation must notice each of them.

A sabotage replaces words of one file while that file is imported; nothing on disk changes. Its old words must stand
there exactly once, so that one which no longer fits the code says so.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "core" / "python"


@dataclass(frozen=True, slots=True)
class Sabotage:
    """``file`` is a path under the package ``tocsin``, or ``functions/<name>/app.py``."""

    name: str
    file: str
    old: str
    new: str

    @property
    def path(self) -> Path:
        return ROOT / self.file if self.file.startswith("functions/") else PACKAGE / "tocsin" / self.file

    @property
    def module(self) -> str:
        inside = self.path.relative_to(ROOT if self.file.startswith("functions/") else PACKAGE).with_suffix(
            ""
        )
        return ".".join(inside.parts).removesuffix(".__init__")

    def applied(self) -> str:
        """The file's text with the sabotage in it. Raises ValueError when its old words are not there exactly once."""
        text = self.path.read_text()
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"{self.name}: its words stand {times} times in {self.file}, not once")
        return text.replace(self.old, self.new)


class _Loader(SourceFileLoader):
    def __init__(self, sabotage: Sabotage) -> None:
        super().__init__(sabotage.module, str(sabotage.path))
        self._text = sabotage.applied()

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self._text, self.path, "exec", dont_inherit=True)
        return code


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, sabotage: Sabotage) -> None:
        self._sabotage = sabotage

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._sabotage.module:
            return None
        return importlib.machinery.ModuleSpec(
            fullname, _Loader(self._sabotage), origin=str(self._sabotage.path)
        )


def commit(sabotage: Sabotage) -> None:
    """From now on this process imports the sabotaged file. Raises ValueError when it was imported already."""
    if sabotage.module in sys.modules:
        raise ValueError(f"{sabotage.module} was imported before it could be sabotaged")
    sys.meta_path.insert(0, _Finder(sabotage))
