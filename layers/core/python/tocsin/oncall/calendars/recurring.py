"""When an event repeats: the walls that an RRULE makes (RFC 5545 3.3.10), in bounded time.

dateutil makes them, on naive walls. It looks for the next one until the year 9999 and cannot be stopped while it
looks, so it is given a rule that is moved: close to the range asked for, by whole intervals (unless COUNT counts from
the beginning), and then by whole cycles of 400 years, after which the calendar is the same to the weekday, as
late as the range allows. Then no search is longer than 400 years: 146,097 days, a fraction of a second, and each day
passed over is paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tocsin.oncall.calendars.limits import RULE_LENGTH, RULE_TIMES, Steps, Unreadable
from tocsin.oncall.calendars.values import recur_of

#: The frequencies that are followed, by the numbers that dateutil has for them.
_YEARLY, _MONTHLY, _WEEKLY, _DAILY, _HOURLY = range(5)
_FREQUENCIES = {"YEARLY": _YEARLY, "MONTHLY": _MONTHLY, "WEEKLY": _WEEKLY, "DAILY": _DAILY, "HOURLY": _HOURLY}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: The numbers that a list may hold; those above 0 in the second table may be negative, too.
_LISTS = {"BYMONTH": (1, 12), "BYHOUR": (0, 23), "BYMINUTE": (0, 59), "BYSECOND": (0, 59)}
_SIGNED = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_ONCE = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST")
_CYCLE = 400


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE: its lists as dateutil names them (`byweekday` as (weekday, n), n 0 for each).

    `until` is an instant when it is aware and else a wall, both inclusive.
    """

    frequency: int
    interval: int
    count: int | None
    until: datetime | None
    week_start: int
    lists: dict[str, tuple[int, ...]]
    days: tuple[tuple[int, int], ...]


def rule_of(text: str, *, all_day: bool) -> Rule:
    """The rule that the value of an RRULE says. Raises Unreadable, or another ValueError, for what is no rule, and for
    one that repeats more often than every quarter of an hour (so also for MINUTELY and SECONDLY)."""
    if len(text) > RULE_LENGTH:
        raise Unreadable(f"its RRULE has {len(text):,} characters; {RULE_LENGTH} are read")
    parts = recur_of(text)
    for key in parts:
        if key not in _LISTS and key not in _SIGNED and key not in (*_ONCE, "BYDAY"):
            raise Unreadable(f"its RRULE says {key[:20]}, which is not followed here")
    for key in _ONCE:
        if len(parts.get(key, ())) > 1:
            raise Unreadable(f"its RRULE says {key} more than once")
    frequency = str(parts.get("FREQ", ["none"])[0])
    if frequency not in _FREQUENCIES or (all_day and frequency == "HOURLY"):
        raise Unreadable(f"its RRULE has FREQ={frequency[:20]}, which is not followed here")
    lists = {key.lower(): _numbers(key, parts[key]) for key in (*_LISTS, *_SIGNED) if key in parts}
    if all_day:
        # A day has no hours (3.3.10).
        lists = {key: value for key, value in lists.items() if key not in ("byhour", "byminute", "bysecond")}
    times = 24 if frequency == "HOURLY" else len(lists.get("byhour", (0,)))
    times *= len(lists.get("byminute", (0,))) * len(lists.get("bysecond", (0,)))
    if times > RULE_TIMES:
        raise Unreadable("its RRULE makes more than one occurrence in a quarter of an hour")
    return Rule(
        frequency=_FREQUENCIES[frequency],
        interval=_positive("INTERVAL", parts.get("INTERVAL", [1])[0]),
        count=_positive("COUNT", parts["COUNT"][0]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"][0], all_day=all_day) if "UNTIL" in parts else None,
        week_start=_DAYS.index(str(parts.get("WKST", ["MO"])[0])[-2:]),
        lists=lists,
        days=tuple(sorted({_day(day) for day in parts.get("BYDAY", ())})),
    )


def walls(
    rule: Rule,
    first: datetime,
    low: datetime,
    high: datetime,
    instant: Callable[[datetime], datetime],
    steps: Steps,
) -> Iterator[datetime]:
    """The walls of the rule in [low, high], in order, and some before. `first` is DTSTART (all naive, on one clock),
    `instant` which instant (aware UTC) a wall of that clock means.

    DTSTART is the first occurrence, whatever the rule says, and counts (3.8.5.3). Raises Unreadable when it costs too
    many steps, ValueError for a rule that dateutil refuses.
    """
    if first > high:
        return
    yield first
    last = high
    if rule.until is not None and rule.until.year < 9999:
        # An instant is never a day and a half from its wall.
        last = min(high, rule.until.replace(tzinfo=None) + timedelta(hours=36))
    left = None if rule.count is None else rule.count - 1
    if last < low or last <= first or left == 0:
        return
    for wall in _made(rule, first, low, last, steps):
        if wall > last:
            return
        if wall == first or not _by(rule.until, wall, instant):
            continue
        yield wall
        if left is not None:
            left -= 1
            if left == 0:
                return


def _by(until: datetime | None, wall: datetime, instant: Callable[[datetime], datetime]) -> bool:
    if until is None:
        return True
    return wall <= until if until.tzinfo is None else instant(wall) <= until


def _made(rule: Rule, first: datetime, low: datetime, last: datetime, steps: Steps) -> Iterator[datetime]:
    """What dateutil makes of the rule from about `low` on (from `first` when it has a COUNT), each paid for."""
    from dateutil.rrule import rrule

    # Before the search, which is paid for only when it is over: with nothing left, nothing is looked for.
    steps.spend(1)
    begin = first if rule.count is not None else _near(rule, first, low)
    moved = max(0, (9990 - last.year) // _CYCLE) * _CYCLE
    begin = before = begin.replace(year=begin.year + moved)
    lists = _with_defaults(rule, first)
    for wall in rrule(rule.frequency, begin, interval=rule.interval, wkst=rule.week_start, **lists):
        steps.spend(1 + (wall - before).days)
        yield wall.replace(year=wall.year - moved)
        before = wall
    # It has looked to the end of the calendar, and found nothing more.
    steps.spend((datetime.max - before).days)  # noqa: DTZ901  walls are naive on purpose


def _with_defaults(rule: Rule, first: datetime) -> dict[str, Any]:
    """The lists of the rule for dateutil, with what is not said taken from DTSTART (3.3.10), so that the rule may
    begin elsewhere."""
    from dateutil.rrule import weekday

    lists: dict[str, Any] = dict(rule.lists)
    if rule.days:
        lists["byweekday"] = [weekday(day)(n) if n else weekday(day) for day, n in rule.days]
    elif rule.frequency == _WEEKLY or "byweekno" in lists:
        if not lists.keys() & {"byyearday", "bymonthday"}:
            lists["byweekday"] = first.weekday()
    elif rule.frequency in (_YEARLY, _MONTHLY) and not lists.keys() & {"byyearday", "bymonthday"}:
        lists["bymonthday"] = first.day
        if rule.frequency == _YEARLY:
            lists.setdefault("bymonth", first.month)
    return lists


def _near(rule: Rule, first: datetime, low: datetime) -> datetime:
    """Where the rule may begin as well as at `first`: whole intervals later, the last one that is over before
    `low`."""
    if rule.frequency in (_YEARLY, _MONTHLY):
        months = rule.interval * (12 if rule.frequency == _YEARLY else 1)
        since = (low.year - first.year) * 12 + low.month - first.month
        skipped = ((since - (12 if rule.frequency == _YEARLY else 1)) // months) * months
        if skipped <= 0:
            return first
        years, month = divmod(first.month - 1 + skipped, 12)
        # The first day: the others of that month, or year, may match as well.
        return first.replace(
            year=first.year + years, month=1 if rule.frequency == _YEARLY else month + 1, day=1
        )
    hours = {_WEEKLY: 7 * 24, _DAILY: 24, _HOURLY: 1}[rule.frequency] * rule.interval
    skipped = (low - first) // timedelta(hours=1) // hours - 1
    return first + timedelta(hours=skipped * hours) if skipped > 0 else first


def _numbers(key: str, values: list[Any]) -> tuple[int, ...]:
    low, high = _LISTS.get(key) or (1, _SIGNED[key])
    for value in values:
        number = abs(value) if key in _SIGNED else int(value)
        if not low <= number <= high or getattr(value, "leap", False):
            raise Unreadable(f"its RRULE has {key}={str(value)[:20]}")
    return tuple(sorted({int(value) for value in values}))


def _positive(key: str, value: int) -> int:
    if value < 1:
        raise Unreadable(f"its RRULE has {key}={value}")
    return int(value)


def _day(day: Any) -> tuple[int, int]:
    if abs(day.relative or 0) > 53:
        raise Unreadable(f"its RRULE has BYDAY={str(day)[:20]}")
    return _DAYS.index(day.weekday), day.relative or 0


def _until(value: object, *, all_day: bool) -> datetime:
    if isinstance(value, datetime) and not all_day:
        return value
    if isinstance(value, date):
        # The day is meant, whole: some programs give a time to the UNTIL of a day, or none to that of a time.
        return datetime(value.year, value.month, value.day, 23, 59, 59)  # noqa: DTZ001  walls are naive on purpose
    raise Unreadable("its RRULE has an UNTIL that is no time")
