"""Reads exports: JSON as a product's API returns it, whatever else may be in the files.

Every wrong value is a CommandError that names the file and the place in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tocsin.config.problems import shown
from tocsin_cli.errors import CommandError
from tocsin_cli.importing.rows import Row, object_of

#: A thousand people with a year of shifts are a tenth of it.
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shape:
    """How a product's answers look. ``names``: the collection of each key of an answer; ``kind``: the collection of an
    object by what it has, None when that says nothing; ``more``: whether an answer is not the last page."""

    names: Mapping[str, str]
    kind: Callable[[Mapping[str, Any]], str | None]
    more: Callable[[Mapping[str, Any]], bool]


@dataclass(slots=True)
class Export:
    """The objects of all files by collection; the keys that no collection has; whether some answer was one page of
    several."""

    collections: dict[str, list[Row]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    partial: list[str] = field(default_factory=list)

    _indexes: dict[tuple[str, str], dict[str, list[Row]]] = field(default_factory=dict)

    def rows(self, collection: str) -> list[Row]:
        return self.collections.get(collection, [])

    def owned(self, collection: str, owner: str | None, key: str = "") -> list[Row]:
        """The objects that stood under an owner's id, or whose ``key`` has it."""
        if owner is None:
            return []
        if (collection, key) not in self._indexes:
            index: dict[str, list[Row]] = {}
            for row in self.rows(collection):
                if (id := row.maybe(key) if key else row.of) is not None:
                    index.setdefault(id, []).append(row)
            self._indexes[collection, key] = index
        return self._indexes[collection, key].get(owner, [])


def read(files: Sequence[str], shape: Shape) -> Export:
    """The objects of all files. Raises CommandError, OSError."""
    export = Export()
    for file in files:
        name = "<stdin>" if file == "-" else file
        try:
            _Reader(export, shape).answer(_loaded(file), name)
        except RecursionError:
            raise CommandError(f"{name}: is nested too deeply") from None
    return export


class _Reader:
    def __init__(self, export: Export, shape: Shape) -> None:
        self._export = export
        self._shape = shape

    def answer(self, value: Any, where: str) -> None:
        """A whole file, or what an envelope holds."""
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.one(item, f"{where}: [{index}]")
            return
        data = object_of(value, f"{where}:")
        if self._shape.more(data):
            self._export.partial.append(where)
        if self._shape.kind(data) is not None:
            self.one(data, f"{where}: the object")
            return
        for envelope in ("data", "results"):
            if isinstance(data.get(envelope), (dict, list)):
                self.answer(data[envelope], where)
                return
        known = [key for key in data if key in self._shape.names and data[key] is not None]
        if not known:
            keys = ", ".join(shown(key) for key in list(data)[:6]) or "none"
            raise CommandError(f"{where}: is no export of this product: of its keys ({keys}) none is known")
        for key, inner in data.items():
            if key in known:
                self.collection(self._shape.names[key], inner, f"{where}: {key}")
            elif isinstance(inner, (list, dict)) and inner:
                self._export.unread.setdefault(key, where)

    def one(self, value: Any, where: str) -> None:
        """An object that only its keys tell of."""
        data = object_of(value, where)
        kind = self._shape.kind(data)
        if kind is None:
            raise CommandError(
                f"{where} is not understood: nothing in it says what it is; put it under a key"
            )
        self._add(kind, Row(data, where))

    def collection(self, kind: str, value: Any, where: str) -> None:
        """What stands under a collection's key: its objects, one of them, or lists of them by the id of their owner."""
        for row in self._rows(kind, value, where, None):
            self._add(kind, row)

    def _rows(self, kind: str, value: Any, where: str, of: str | None) -> Iterator[Row]:
        if isinstance(value, dict):
            if self._shape.more(value):
                self._export.partial.append(where)
            for envelope in ("nodes", "results", "data", kind):
                if isinstance(value.get(envelope), (list, dict)) and "id" not in value:
                    yield from self._rows(kind, value[envelope], where, of)
                    return
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield Row(object_of(item, f"{where}[{index}]"), f"{where}[{index}]", of)
        elif isinstance(value, dict) and "id" not in value and of is None and value and _by_owner(value):
            for owner, inner in value.items():
                yield from self._rows(kind, inner, f"{where}.{owner}", owner)
        else:
            yield Row(object_of(value, where), where, of)

    def _add(self, kind: str, row: Row) -> None:
        self._export.collections.setdefault(kind, []).append(row)


def _by_owner(value: Mapping[str, Any]) -> bool:
    return all(
        isinstance(inner, list) or (isinstance(inner, dict) and ({"data", "results"} & set(inner)))
        for inner in value.values()
    )


def _loaded(file: str) -> Any:
    name = "<stdin>" if file == "-" else file
    if file == "-":
        if sys.stdin is None:
            raise CommandError("standard input is closed: give a file")
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with open(file, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise CommandError(f"{name}: is larger than {MAX_BYTES >> 20} MiB: export less at a time")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CommandError(f"{name}: is not UTF-8") from None
    except json.JSONDecodeError as error:
        words = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise CommandError(f"{name}: is not JSON: {words}") from None
    except ValueError:
        raise CommandError(
            f"{name}: is not JSON that can be read: it holds a number of thousands of digits"
        ) from None
