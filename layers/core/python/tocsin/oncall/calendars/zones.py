"""Which instant a wall clock of a feed means: IANA zones, Windows' names for them, and a feed's own VTIMEZONE.

A time that exists twice means the first, one that does not exist is read with the offset before the gap (RFC 5545
3.3.5). That is not the rule of `walltime`, which is for what people write into our own file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tocsin.oncall.calendars.limits import Steps, Unreadable
from tocsin.oncall.calendars.lines import Component
from tocsin.oncall.calendars.recurring import rule_of, walls
from tocsin.oncall.calendars.text import one_line
from tocsin.oncall.calendars.values import offset_of, when_of

#: A feed may define so many zones, each of so many observances; another one is not known.
_ZONES, _OBSERVANCES = 100, 50
#: What a machine calls its own zone, or no zone: not names of zones.
_NO_ZONES = frozenset(("localtime", "posixrules", "Factory"))
_LONGEST_NAME = 255
#: A feed's own zone is known from so long before the range asked for; earlier walls have the offset of then.
_BEFORE, _AFTER = timedelta(days=3660), timedelta(days=366)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Zone(Protocol):
    """A wall clock."""

    def instant(self, wall: datetime) -> datetime:
        """The instant (aware UTC) that a wall (naive) means; the first or last that there is, beyond these."""


@dataclass(frozen=True, slots=True)
class Named:
    """The clock of an IANA zone."""

    zone: ZoneInfo

    def instant(self, wall: datetime) -> datetime:
        # Without a fold, zoneinfo reads a wall as 3.3.5 does (PEP 495).
        try:
            return wall.replace(tzinfo=self.zone).astimezone(UTC)
        except OverflowError:
            return _EARLIEST if wall.year < 5000 else _LATEST


@dataclass(frozen=True, slots=True)
class Observed:
    """The clock of a feed's VTIMEZONE: `offsets[0]` until the first of `changes` (naive UTC), `offsets[i + 1]` from
    change i on; `walls[i]` is the first wall that belongs to it."""

    offsets: list[timedelta]
    walls: list[datetime]

    def instant(self, wall: datetime) -> datetime:
        try:
            return wall.replace(tzinfo=UTC) - self.offsets[bisect_right(self.walls, wall)]
        except OverflowError:
            return _EARLIEST if wall.year < 5000 else _LATEST


UTC_ZONE = Named(ZoneInfo("UTC"))


class Zones:
    """The zones that a feed may name: `of` finds one."""

    def __init__(
        self, default: Zone, definitions: list[Component], start: datetime, end: datetime, steps: Steps
    ) -> None:
        """`default` is the clock of times that name none; `start` and `end` (naive UTC) are the range asked for."""
        self.default = default
        self._definitions = {}
        for component in definitions[:_ZONES]:
            for line in component.lines.get("TZID", ())[:1]:
                self._definitions[line.partition(":")[2].strip()] = component
        self._range = start, end
        self._steps = steps
        self._found: dict[str, Zone | Unreadable] = {}

    def of(self, name: str) -> Zone:
        """The zone of a TZID: the IANA zone of that name, or of what Windows calls so, or that the feed's VTIMEZONE
        says to be (X-LIC-LOCATION); at last by the VTIMEZONE's own rules.

        Raises Unreadable for an unknown one.
        """
        found = self._found.get(name)
        if found is None:
            try:
                found = self._find(name)
            except Unreadable as problem:
                found = problem
            self._found[name] = found
        if isinstance(found, Unreadable):
            raise Unreadable(*found.args)
        return found

    def _find(self, name: str) -> Zone:
        if (zone := named(name)) is not None:
            return zone
        definition = self._definitions.get(name)
        if definition is None:
            raise Unreadable(f"its time zone {one_line(name, 80)!r} is not known")
        for line in definition.lines.get("X-LIC-LOCATION", ()):
            if (zone := named(line.partition(":")[2].strip())) is not None:
                return zone
        try:
            return _observed(definition, *self._range, self._steps)
        except (ValueError, OverflowError, KeyError, IndexError) as error:
            raise Unreadable(f"its time zone {one_line(name, 80)!r} cannot be read: {error}") from error


def named(name: str) -> Zone | None:
    """The clock of an IANA zone, by its name, behind a vendor's prefix ("/example.org/2026a/Europe/London": 3.8.3.1)
    or by Windows' name; None when there is none."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    names = [name, WINDOWS_TO_OLSON.get(name, "")]
    if name.startswith("/"):
        parts = name.strip("/").split("/")
        names += ["/".join(parts[skipped:]) for skipped in range(min(len(parts), 6))]
    for one in names:
        if one and len(one) <= _LONGEST_NAME and one not in _NO_ZONES:
            try:
                return Named(ZoneInfo(one))
            except (ValueError, OSError, KeyError):
                # Not a name at all, a folder of names, or a name that nothing has.
                continue
    return None


def _observed(component: Component, start: datetime, end: datetime, steps: Steps) -> Observed:
    """The clock that the rules of a VTIMEZONE make (3.6.5), around [start, end] (naive UTC)."""
    onsets: list[tuple[datetime, timedelta, timedelta]] = []
    if not component.inner or len(component.inner) > _OBSERVANCES:
        raise ValueError(f"it has {len(component.inner)} observances")
    for observance in component.inner:
        onsets += _onsets(observance, start, end, steps)
    onsets.sort(key=lambda onset: onset[0])
    offsets, firsts = [onsets[0][1]], []
    for at, _, to in onsets:
        # A wall belongs to the new offset once both offsets put it at the change or later: the first of two, and
        # the offset before a gap.
        firsts.append(at + max(offsets[-1], to))
        offsets.append(to)
    # Changes as near as a day to each other could put these out of order.
    return Observed(offsets, sorted(firsts))


def _onsets(
    observance: Component, start: datetime, end: datetime, steps: Steps
) -> list[tuple[datetime, timedelta, timedelta]]:
    """When (naive UTC) an observance begins, and the offsets before and after."""

    def value(name: str) -> str:
        return observance.lines[name][0].partition(":")[2].strip()

    before, after = (offset_of(value(name)) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
    first = when_of(value("DTSTART"))
    if not isinstance(first, datetime):
        raise ValueError("DTSTART is no time")
    first = first.replace(tzinfo=None)
    found = {first}
    for line in observance.lines.get("RDATE", ()):
        listed = line.partition(":")[2].split(",")
        steps.spend(len(listed))
        for text in listed:
            at = when_of(text)
            if isinstance(at, datetime):
                found.add(at.replace(tzinfo=None))
    low = _moved(start, -_BEFORE)
    for line in observance.lines.get("RRULE", ())[:1]:
        rule = rule_of(line.partition(":")[2].strip(), all_day=False)
        if rule.until is not None:
            low = min(low, _moved(rule.until.replace(tzinfo=None), -_AFTER))
        found.update(walls(rule, first, low, _moved(end, _AFTER), Observed([before], []).instant, steps))
    return [(_moved(at, -before), before, after) for at in found]


def _moved(wall: datetime, by: timedelta) -> datetime:
    try:
        return wall + by
    except OverflowError:
        return datetime.max if by > timedelta() else datetime.min  # noqa: DTZ901  walls are naive on purpose
