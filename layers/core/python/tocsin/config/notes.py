"""Reads plain data against a schema and notes every problem instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from tocsin.config.problems import Path, Problem, closest, shown

T = TypeVar("T")

_NONE: Mapping[str, Any] = {}
#: After so many, a message has no suggestion any more: each compares with every known name.
_HINTS = 40


class Notes:
    """The problems so far. What is read wrongly gives an empty value, so that the rest is read too."""

    __slots__ = ("_hints", "problems", "stored")

    def __init__(self, stored: bool = False) -> None:
        """``stored``: it was accepted before, by this Tocsin or an earlier one, and means what it meant then."""
        self.stored = stored
        self.problems: list[Problem] = []
        self._hints = _HINTS

    def add(self, path: Path, message: str) -> None:
        self.problems.append(Problem(path, message))

    def mind(self, path: Path, message: str) -> None:
        """As ``add``, of what an earlier Tocsin took: only where it is written anew."""
        if not self.stored:
            self.add(path, message)

    def closest(self, name: str, known: Iterable[str]) -> str:
        """A suggestion, while there are not too many problems for it."""
        self._hints -= 1
        return closest(name, known) if self._hints >= 0 else ""

    def mapping(self, value: object, path: Path, like: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.add(path, f"must be a mapping such as {like}, {_is(value)}")
        return _NONE

    def fields(
        self, value: object, path: Path, allowed: Sequence[str], required: Sequence[str] = (), *, like: str
    ) -> Mapping[str, Any]:
        """A mapping with known keys. Absent required ones are noted."""
        row = self.mapping(value, path, like)
        if row is _NONE:
            return row
        for key in row:
            if key not in allowed:
                hint = self.closest(key, allowed)
                self.add((*path, key), f"is an unknown key{hint}: there are {', '.join(allowed)}")
        for key in required:
            if key not in row:
                self.add((*path, key), f"is missing: {like}")
        return row

    def items(self, value: object, path: Path, like: str, *, some: bool = False) -> Sequence[Any]:
        """A list; with ``some``, an empty one is noted."""
        if not isinstance(value, list):
            self.add(path, f"must be a list such as {like}, {_is(value)}")
            return ()
        if some and not value:
            self.add(path, f"is empty: write something such as {like}")
        return value

    def text(self, value: object, path: Path) -> str | None:
        """Text with something in it."""
        if isinstance(value, str):
            if value:
                return value
            self.add(path, "is empty: give it a value, in quotes if that begins with # or is a space")
        else:
            self.add(path, f"must be text, {_is(value)}")
        return None

    def scalar(self, value: object, path: Path, parser: Callable[[str], T]) -> T | None:
        """What ``parser`` makes of the text; what it raises is noted, and None given."""
        text = self.text(value, path)
        if text is None:
            return None
        try:
            return parser(text)
        except ValueError as error:
            self.add(path, str(error))
            return None

    def option(
        self, row: Mapping[str, Any], key: str, path: Path, parser: Callable[[str], T], default: T
    ) -> T:
        """The scalar under ``key``, or the default when it is absent."""
        if key not in row:
            return default
        found = self.scalar(row[key], (*path, key), parser)
        return default if found is None else found

    def whole(self, row: Mapping[str, Any], key: str, path: Path, default: int, least: int, most: int) -> int:
        """A whole number under ``key``."""

        def parser(text: str) -> int:
            if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
                return int(text)
            raise ValueError(f"{shown(text)} is no whole number from {least} to {most}")

        return self.option(row, key, path, parser, default)

    def choice(
        self, row: Mapping[str, Any], key: str, path: Path, choices: Sequence[str], default: str
    ) -> str:
        """One of a few words under ``key``."""

        def parser(text: str) -> str:
            if text in choices:
                return text
            hint = self.closest(text, choices)
            raise ValueError(f"{shown(text)} is not known{hint}: there are {', '.join(choices)}")

        return self.option(row, key, path, parser, default)

    def reference(self, value: object, path: Path, kind: str, known: Collection[str]) -> str | None:
        """The name of an object that is defined."""
        text = self.text(value, path)
        if text is None:
            return None
        if text not in known:
            self.add(path, f"there is no {kind} named {shown(text)}{self.closest(text, known)}")
        return text


def _is(value: object) -> str:
    if isinstance(value, str):
        return f"is {shown(value)}" if value else "is empty"
    return (
        "is a list"
        if isinstance(value, list)
        else "is a mapping"
        if isinstance(value, Mapping)
        else f"is {value!r}"
    )
