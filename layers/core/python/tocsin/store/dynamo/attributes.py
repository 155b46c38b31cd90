"""The kinds of values that Tocsin's items hold, as PynamoDB attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import LIST, MAP, NUMBER, STRING

from tocsin.incidents.times import from_iso, iso


class Instant(Attribute[datetime]):
    """An aware instant as text of fixed width, which sorts.

    PynamoDB's own UTCDateTimeAttribute refuses ``+00:00`` and takes naive values for UTC without a word.
    """

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return iso(value)

    def deserialize(self, value: str) -> datetime:
        return from_iso(value)


class Integer(Attribute[int]):
    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(int(value))

    def deserialize(self, value: str) -> int:
        return int(value)


class Json(Attribute[Any]):
    """Anything that JSON can say, as text: for what is always read and written as a whole."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    def deserialize(self, value: str) -> Any:
        return json.loads(value)


class TextMap(Attribute[Mapping[str, str]]):
    """A native map of texts: its entries can be removed one by one."""

    attr_type = MAP

    def serialize(self, value: Mapping[str, str]) -> dict[str, dict[str, str]]:
        return {key: {STRING: text} for key, text in value.items()}

    def deserialize(self, value: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        return {key: text[STRING] for key, text in value.items()}


class IntegerMap(Attribute[Mapping[int, int]]):
    """A native map from whole numbers to whole numbers."""

    attr_type = MAP

    def serialize(self, value: Mapping[int, int]) -> dict[str, dict[str, str]]:
        return {str(key): {NUMBER: str(number)} for key, number in value.items()}

    def deserialize(self, value: Mapping[str, Mapping[str, str]]) -> dict[int, int]:
        return {int(key): int(number[NUMBER]) for key, number in value.items()}


class TextList(Attribute[Sequence[str]]):
    """A native list of texts, in order."""

    attr_type = LIST

    def serialize(self, value: Sequence[str]) -> list[dict[str, str]]:
        return [{STRING: text} for text in value]

    def deserialize(self, value: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
        return tuple(text[STRING] for text in value)
