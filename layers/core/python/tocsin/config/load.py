"""Reads `tocsin.yaml`: a file, a folder of them, or several, merged into one document.

For the command line: it needs ruamel.yaml. YAML 1.2 with one difference: every scalar is text, quoted or not (`17:00`,
`no`, `2026-01-05`, `null`, `+5511…`). What is text, a number or a time is said by the schema alone. Aliases work; merge
keys (`<<`) are not YAML 1.2 and are refused; so are tags.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, BinaryIO

from tocsin.config.nodes import MAX_NODES, Budget, Refused, expand, parse
from tocsin.config.problems import ConfigError, Path, Place, Problem, Where, shown

#: A file may be this large: some thousand people.
MAX_BYTES = 1024 * 1024
#: A stop for a folder that is none of ours.
MAX_FILES = 1000

STDIN = "-"
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """``document``: mappings, lists, texts. ``where`` each key and item stands; ``()`` is the first file's top."""

    document: dict[str, Any]
    where: Where


def load(paths: Sequence[FilePath | str], stdin: BinaryIO | None = None) -> Loaded:
    """Reads and merges files, folders (every `.yaml` and `.yml` below, by path, hidden ones left out) and `-`.

    `-` is standard input. A file named twice is read once.

    Merged, the mappings at the top level unite and lists are joined; a name that two files define is an error, but for
    `version`, which each may repeat.

    Raises ConfigError with all that keeps the files from being read as one document.
    """
    problems: list[Problem] = []
    merged = _Merged(problems)
    budget = Budget(MAX_NODES)
    for name, data in _contents(paths, stdin, problems):
        try:
            merged.add(name, *_read(name, data, problems, budget))
        except Refused as refused:
            problems.append(refused.problem)
    if problems:
        raise ConfigError(problems)
    return Loaded(merged.document, merged.where)


def load_text(text: str, name: str = "tocsin.yaml") -> Loaded:
    """As ``load``, for the text of one file."""
    problems: list[Problem] = []
    try:
        document, where = _read(name, text.encode("utf-8", "surrogatepass"), problems, Budget(MAX_NODES))
    except Refused as refused:
        raise ConfigError([*problems, refused.problem]) from None
    if problems:
        raise ConfigError(problems)
    return Loaded(document, where)


def _read(
    name: str, data: bytes, problems: list[Problem], budget: Budget
) -> tuple[dict[str, Any], dict[Path, Place]]:
    """One file's document. Raises Refused."""
    if len(data) > MAX_BYTES:
        line = data.count(b"\n", 0, MAX_BYTES) + 1
        limit = f"{MAX_BYTES // 1024} KiB"
        raise Refused(Problem((), f"the file is larger than {limit}: split it into several", (name, line)))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(Problem((), "is not UTF-8: save the file in that encoding", (name, line))) from None
    root = parse(name, text)
    if root is None:
        raise Refused(Problem((), "is empty: a file begins with version: 1", (name, 1)))
    where: dict[Path, Place] = {(): (name, 1)}
    document = expand(root, name, where, problems, budget)
    if not isinstance(document, dict):
        kind = "a list" if isinstance(document, list) else "text"
        words = f"must be a mapping (version: 1, users: …), is {kind}"
        raise Refused(Problem((), words, (name, root.line)))
    return document, where


class _Merged:
    """The document of the files so far."""

    def __init__(self, problems: list[Problem]) -> None:
        self.document: dict[str, Any] = {}
        self.where: dict[Path, Place] = {}
        self._problems = problems

    def add(self, name: str, document: dict[str, Any], where: Mapping[Path, Place]) -> None:
        self.where.setdefault((), (name, 1))
        shifts: dict[str, int] = {}
        kept: set[str] = set()
        for key, value in document.items():
            there = self.document.get(key)
            if there is None or there == "":
                self.document[key] = dict(value) if isinstance(value, dict) else value
            elif isinstance(there, dict) and isinstance(value, dict):
                self._unite(key, there, value, where)
            elif isinstance(there, list) and isinstance(value, list):
                shifts[key] = len(there)
                self.document[key] = [*there, *value]
            elif value == "":
                kept.add(key)
            elif key != "version" or value != there:
                self._twice((key,), where)
        for path, place in where.items():
            if not path or path[0] in kept:
                continue
            shift = shifts.get(str(path[0]), 0)
            if shift and len(path) > 1:
                path = (path[0], int(path[1]) + shift, *path[2:])
            self.where.setdefault(path, place)

    def _unite(
        self, key: str, there: dict[str, Any], more: dict[str, Any], where: Mapping[Path, Place]
    ) -> None:
        for name, value in more.items():
            if name in there:
                self._twice((key, name), where)
            else:
                there[name] = value

    def _twice(self, path: Path, where: Mapping[Path, Place]) -> None:
        file, line = self.where[path]
        words = f"is defined twice: first at {file}:{line}; keep one of the two"
        self._problems.append(Problem(path, words, where[path]))


def _contents(
    paths: Sequence[FilePath | str], stdin: BinaryIO | None, problems: list[Problem]
) -> Iterator[tuple[str, bytes]]:
    """Each file's name for people, and its bytes (one more than allowed at most)."""
    seen: set[str] = set()
    for given in paths:
        name = os.fspath(given)
        for file in _files(name, problems):
            identity = file if file == STDIN else os.path.realpath(file)
            if identity in seen:
                continue
            seen.add(identity)
            try:
                if file == STDIN:
                    yield "<stdin>", (stdin or _standard_input()).read(MAX_BYTES + 1)
                else:
                    with open(file, "rb") as stream:
                        yield file, stream.read(MAX_BYTES + 1)
            except (OSError, ValueError) as error:
                problems.append(Problem((), f"cannot be read: {_reason(error)}", (file or "''", 0)))


def _files(name: str, problems: list[Problem]) -> Iterator[str]:
    if name == STDIN or not os.path.isdir(name):
        yield name
        return
    found: list[str] = []

    def unreadable(error: OSError) -> None:
        problems.append(Problem((), f"cannot be read: {_reason(error)}", (str(error.filename or name), 0)))

    before = len(problems)
    for folder, folders, files in os.walk(name, onerror=unreadable):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        found += [
            os.path.join(folder, one)
            for one in files
            if one.lower().endswith(_ENDINGS) and not one.startswith(".")
        ]
        if len(found) > MAX_FILES:
            words = f"holds more than {MAX_FILES} YAML files: name the folder that holds Tocsin's"
            problems.append(Problem((), words, (name, 0)))
            return
    if not found and len(problems) == before:
        problems.append(Problem((), "holds no .yaml file", (name, 0)))
    yield from sorted(found)


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return sys.stdin.buffer


def _reason(error: OSError | ValueError) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return shown(reason).strip("'")
