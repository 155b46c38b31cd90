"""What is wrong with a configuration, and where: a problem names its key, and its file and line if there is a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: The way to a value from the document's root: keys of mappings and indexes (from 0) of lists.
Path = tuple[str | int, ...]
#: A file as its reader named it, and a line (from 1; 0 for the file as a whole).
Place = tuple[str, int]
Where = Mapping[Path, Place]

_PLAIN = re.compile(r"[A-Za-z0-9_<-][A-Za-z0-9_<.-]*")
#: So long may a value be in a message.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the key it is about, and what to do. ``place`` where it is known already."""

    path: Path
    message: str
    place: Place | None = None

    def __str__(self) -> str:
        """``FILE:LINE: users.ana.email: message``, without what is not known: one line, whatever is quoted in it."""
        parts = []
        if self.place is not None:
            file, line = self.place
            parts.append(f"{file}:{line}" if line else file)
        if self.path:
            parts.append(dotted(self.path))
        return "".join(
            char if char.isprintable() else ascii(char)[1:-1] for char in ": ".join((*parts, self.message))
        )


class ConfigError(Exception):
    """A configuration that cannot be used. ``problems`` are in the order of the files; ``str()`` is a line for each."""

    def __init__(
        self,
        problems: Iterable[Problem],
        where: Where | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        self.problems: tuple[Problem, ...] = tuple(_in_order(list(problems), where or {}, document or {}))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def place_of(where: Where, path: Path) -> Place | None:
    """Where a key stands, or else the nearest thing around it that is known."""
    for end in range(len(path), -1, -1):
        if (place := where.get(path[:end])) is not None:
            return place
    return None


def dotted(path: Path) -> str:
    """``users.ana.notify.high[0]``; a part that would not be clear is quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (
                part if len(part) <= _SHOWN and _PLAIN.fullmatch(part) else shown(part)
            )
    return text


def shown(value: object) -> str:
    """A value as a message shows it: quoted, on one line, without control characters, cut when long."""
    text = str(value) if isinstance(value, (str, int, float)) else type(value).__name__
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return ascii(text) if any(not (char.isprintable() or char == " ") for char in text) else f"'{text}'"


def closest(name: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)``, or nothing."""
    import difflib  # only a mistake needs it

    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f" (did you mean {shown(by_lower[found[0]])}?)" if found else ""


def listed(names: Sequence[str], most: int = 12) -> str:
    """The names for a message, the many cut; 'none' for none."""
    if not names:
        return "none"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _in_order(problems: list[Problem], where: Where, document: Mapping[str, Any]) -> list[Problem]:
    """The problems with their places, by file and line; where there is none, in the order of the document."""
    placed = [
        problem
        if problem.place is not None
        else Problem(problem.path, problem.message, place_of(where, problem.path))
        for problem in problems
    ]
    files: dict[str, int] = {}
    for file, _ in (*where.values(), *(problem.place for problem in placed if problem.place is not None)):
        files.setdefault(file, len(files))
    ranks = _ranks(document) if len(problems) > 1 else {}

    def rank(problem: Problem) -> tuple[int, int, int]:
        inner = next((ranks[path] for path in _outwards(problem.path) if path in ranks), -1)
        if problem.place is None:
            return (-1, 0, inner)
        file, line = problem.place
        return (files[file], line, inner)

    return sorted(placed, key=rank)


def _outwards(path: Path) -> Iterable[Path]:
    return (path[:end] for end in range(len(path), 0, -1))


def _ranks(document: Mapping[str, Any]) -> dict[Path, int]:
    ranks: dict[Path, int] = {}
    todo: list[tuple[Path, Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        ranks[path] = len(ranks)
        if isinstance(value, Mapping):
            todo.extend(((*path, str(key)), inner) for key, inner in reversed(list(value.items())))
        elif isinstance(value, list):
            todo.extend(((*path, index), value[index]) for index in range(len(value) - 1, -1, -1))
    return ranks
