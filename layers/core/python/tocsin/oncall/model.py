"""The plain data of on-call schedules: what config compiles, and what the questions of this room answer with.

A *wall* is a naive datetime on the wall clock of the schedule's zone; an *instant* is an aware datetime.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Unit = Literal["hour", "day", "week", "month"]
Advance = Literal["served", "calendar"]


@dataclass(frozen=True, slots=True)
class Window:
    """Weekly hours: on each of `days` (Monday is 0) from `start` to `end`, in minutes from that day's
    midnight.

    `start` is in [0, 1440); `end` is greater, 1440 is the day's end, and more runs on into the next day.
    """

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Layer:
    """One rotation: `users` are its turns in order, each a tuple of the people on call together.

    A turn lasts `every` units on the wall clock, the first from the wall `starts`; from the wall `until` on
    nobody is on call. `active` None is always; an empty tuple is never.
    """

    name: str
    users: tuple[tuple[str, ...], ...]
    starts: datetime
    every: int
    unit: Unit
    active: tuple[Window, ...] | None = None
    advance: Advance = "served"
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """`users` are on call from the wall `start` to the wall `end`, instead of everybody; where `replaces`
    names a person, instead of that person alone and only while they are on call."""

    users: tuple[str, ...]
    start: datetime
    end: datetime
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers, of which a later one beats an earlier one, and overrides, of which a later one is applied after
    an earlier one, on the wall clock of the IANA zone `timezone`."""

    name: str
    timezone: str
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The same `users` (sorted, none twice, never empty) are on call in [start, end), aware UTC.

    `source` is "layer:NAME" or "override": where the span's first moment has its people from.
    """

    start: datetime
    end: datetime
    users: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on call in [start, end), aware UTC."""

    start: datetime
    end: datetime
