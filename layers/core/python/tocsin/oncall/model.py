"""The plain data of on-call schedules: what config compiles, and what the questions of this room answer with.

A *wall* is a naive datetime on the wall clock of the schedule's zone; an *instant* is an aware datetime. Where
both are allowed, a wall is what a file says and an instant what somebody did at a known moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.oncall.absences import NOBODY_AWAY, Absences

Unit = Literal["hour", "day", "week", "month"]
Advance = Literal["served", "calendar"]
FeedKind = Literal["overrides", "schedule"]


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
class Carried:
    """The order that a layer has from an earlier version of itself: in turn `turn` (of this version's
    boundaries) `order[0]` is on call, then `order[1]`, …: places in the layer's `users`, each of them once."""

    turn: int
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One rotation: `users` are its turns in order, each a tuple of the people on call together.

    A turn lasts `every` units on the wall clock, the first from the wall `starts`; from the wall `until` on
    nobody is on call. `active` None is always; an empty tuple is never. `carried` None: the first turn that
    counts is the first user's.
    """

    name: str
    users: tuple[tuple[str, ...], ...]
    starts: datetime
    every: int
    unit: Unit
    active: tuple[Window, ...] | None = None
    advance: Advance = "served"
    until: datetime | None = None
    carried: Carried | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """`users` are on call from `start` to `end` (walls or instants), instead of everybody; where `replaces`
    names a person, instead of that person alone and only while they are on call."""

    users: tuple[str, ...]
    start: datetime
    end: datetime
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """`users` are on call from `start` to `end` (walls or instants)."""

    users: tuple[str, ...]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary schedule: from `start` to `end` (walls or instants) its shifts take the place of all layers.
    Shifts at the same time unite; where it has none, nobody is on call."""

    name: str
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """A schedule's channel is told of each handoff ``before`` it: by mail to ``email``, or in the chat channel
    ``slack``."""

    before: timedelta
    email: str | None = None
    slack: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar elsewhere, read again and again: its events are overrides, or they are the schedule and the layers
    hold only while nothing is known of it. `url` is a secret: whoever has it can read the calendar."""

    url: str
    kind: FeedKind = "overrides"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers, of which a later one beats an earlier one; temporary schedules, which beat them all, a later one
    an earlier one; overrides, of which a later one is applied after an earlier one; on the wall clock of the
    IANA zone `timezone`. Whoever is `away` with a delegate is replaced by the delegate in the end, and without
    one is passed over by the layers. `cover` are the hours in which somebody should be on call, None for always:
    it decides nothing, and tells meant gaps from others. `handoff` are the channels that hear of handoffs. What
    `feed` says comes as changes from day to day."""

    name: str
    timezone: str
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    temporary: tuple[Temporary, ...] = ()
    away: Absences = NOBODY_AWAY
    cover: tuple[Window, ...] | None = None
    handoff: tuple[ChannelRule, ...] = ()
    feed: Feed | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The same `users` (sorted, none twice, never empty) are on call in [start, end), aware UTC.

    `source` is "layer:NAME", "temporary:NAME", "override" or "delegate": where the span's first moment has its
    people from.
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
