"""Content lines and values as icalendar reads them (RFC 5545 3.1, 3.3), with one kind of error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from tocsin.oncall.calendars.limits import Unreadable
from tocsin.oncall.calendars.text import one_line

_T = TypeVar("_T")


def line_of(line: str) -> tuple[dict[str, str], str]:
    """The parameters (by name, in capitals; those with several values are left out) and the value of a content
    line. Raises Unreadable, as all here do."""
    from icalendar.parser import Contentline

    def read(text: str) -> tuple[dict[str, str], str]:
        _, params, value = Contentline(text).parts()  # type: ignore[no-untyped-call]
        return {str(key).upper(): item for key, item in params.items() if isinstance(item, str)}, value

    return _read(read, line)


def when_of(text: str) -> date | datetime:
    """A DATE, or a DATE-TIME: aware (UTC) or naive."""
    from icalendar.prop import vDDDTypes

    found = _read(vDDDTypes.from_ical, text.strip().upper())
    if isinstance(found, datetime):
        return found if found.tzinfo is None else found.astimezone(UTC)
    if isinstance(found, date):
        return found
    raise Unreadable(f"{one_line(text, 40)!r} is no day and no time")


def duration_of(text: str) -> timedelta:
    from icalendar.prop import vDuration

    found = _read(vDuration.from_ical, text.strip().upper())
    if not isinstance(found, timedelta):
        raise Unreadable(f"{one_line(text, 40)!r} is no duration")
    return found


def offset_of(text: str) -> timedelta:
    """A UTC-OFFSET: less than a day."""
    from icalendar.prop import vUTCOffset

    found = _read(vUTCOffset.from_ical, text.strip())
    if not isinstance(found, timedelta) or abs(found) >= timedelta(days=1):
        raise Unreadable(f"{one_line(text, 40)!r} is no offset from UTC")
    return found


def recur_of(text: str) -> dict[str, list[Any]]:
    """The parts of a RECUR, by name in capitals: numbers, vWeekday, vFrequency, and UNTIL as a date or datetime."""
    from icalendar.prop import vRecur

    found = _read(vRecur.from_ical, text.strip())
    return {str(key).upper(): list(values) for key, values in found.items()}


def _read(reader: Callable[[str], _T], text: str) -> _T:
    try:
        return reader(text)
    except Exception as error:
        # What its readers raise for text that nobody foresaw is not promised.
        raise Unreadable(f"{one_line(text, 80)!r} cannot be read: {error}") from error
