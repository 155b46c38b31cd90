"""One object of an export, whatever may be in it.

Every wrong value is a CommandError that names the file and the place in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.config.problems import shown
from tocsin_cli.errors import CommandError

_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)?"
    r"(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
)
_KINDS = (
    (bool, "true or false"),
    (str, "text"),
    ((int, float), "a number"),
    (list, "a list"),
    (dict, "an object"),
)


class Row:
    """One object of an export. ``where``: its file and place; ``of``: the id under which a list of them stood."""

    __slots__ = ("_data", "of", "where")

    def __init__(self, data: Mapping[str, Any], where: str, of: str | None = None) -> None:
        self._data = data
        self.where = where
        self.of = of

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def has(self, key: str) -> bool:
        """Whether the key is there at all, be it null."""
        return key in self._data

    def values(self) -> list[str]:
        """The texts of all keys, in their order."""
        return [self.text(key) for key in self._data]

    def raw(self, key: str) -> Any:
        return self._data.get(key)

    def error(self, key: str, words: str) -> CommandError:
        """About the value of a key: what is wrong with it."""
        return CommandError(f"{self.where}{'.' if key else ''}{key} {words}")

    def text(self, key: str) -> str:
        """Text, or a whole number as text. Raises CommandError, as everything here, also when there is none."""
        found = self.maybe(key)
        if found is None:
            raise self.error(key, "is missing" if key not in self else "is empty")
        return found

    def maybe(self, key: str) -> str | None:
        """As ``text``, None when it is absent, null or empty."""
        value = self._data.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            raise self.error(key, f"must be text, is {_is(value)}")
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number in a range; the default when it is absent or null."""
        value = self._data.get(key)
        if value is None and default is not None:
            return default
        if value is None:
            raise self.error(key, "is missing")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(key, f"must be a whole number, is {_is(value)}")
        if not least <= value <= most:
            raise self.error(key, f"must be from {least} to {most}, is {shown(value)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._data.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, is {_is(value)}")
        return value

    def items(self, key: str) -> list[Any]:
        """A list, also where it is the ``nodes`` of a GraphQL connection; absent and null are empty."""
        value = self._data.get(key)
        if isinstance(value, Mapping) and isinstance(value.get("nodes"), list):
            value = value["nodes"]
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error(key, f"must be a list, is {_is(value)}")
        return value

    def texts(self, key: str) -> list[str]:
        found = []
        for index, value in enumerate(self.items(key)):
            if not isinstance(value, str) or not value:
                raise self.error(f"{key}[{index}]", f"must be text, is {_is(value)}")
            found.append(value)
        return found

    def rows(self, key: str, most: int = 1_000_000) -> list[Row]:
        """The objects of a list, of which there may be so many."""
        if len(self.items(key)) > most:
            raise self.error(key, f"has {len(self.items(key))} items: {most} is the most that is read")
        return [
            Row(object_of(value, where), where)
            for index, value in enumerate(self.items(key))
            for where in [f"{self.where}.{key}[{index}]"]
        ]

    def row(self, key: str) -> Row | None:
        """An object, None when it is absent or null."""
        if key not in self:
            return None
        where = f"{self.where}.{key}"
        return Row(object_of(self._data[key], where), where)

    def instant(self, key: str) -> datetime | None:
        """An aware time to the second, None when it is absent, null or empty."""
        at = self._time(key)
        if at is not None and at.tzinfo is None:
            raise self.error(key, f"must have an offset, such as Z, is {shown(self.text(key))}")
        return at

    def wall(self, key: str) -> datetime | None:
        """The time on some wall clock as it is written, whatever offset follows; None as in ``instant``."""
        at = self._time(key)
        return None if at is None else at.replace(tzinfo=None)

    def _time(self, key: str) -> datetime | None:
        text = self.maybe(key)
        match = None if text is None else _TIME.fullmatch(text)
        if text is None:
            return None
        try:
            if match is None:
                raise ValueError
            at = datetime.fromisoformat(
                f"{match[1]}T{match[2]}{'+00:00' if match[3] in ('Z', 'z') else match[3] or ''}"
            )
        except ValueError:
            raise self.error(key, f"must be a date and time, is {shown(text)}") from None
        if not 1900 <= at.year <= 9000:
            raise self.error(key, f"is at the edge of the calendar: {shown(text)}")
        return at


def object_of(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CommandError(f"{where} must be an object, is {_is(value)}")
    return value


def _is(value: Any) -> str:
    if isinstance(value, str):
        return shown(value) if value else "empty"
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "null")
