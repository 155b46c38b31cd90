"""Weekly hours: when they are in force, and when they begin next."""

from __future__ import annotations

import pytest

from tests.unit.oncall.telling import EVERY_DAY, WEEKDAYS, at, layer, schedule, told, window
from tocsin.oncall.windows import in_windows, next_start

OFFICE = (window(WEEKDAYS, "09:00", "17:00"),)


def test_hours_are_in_force_from_a_windows_start_until_its_end() -> None:
    assert not in_windows(OFFICE, "Europe/London", at("2026-07-06T08:59:59.999999+01:00"))
    assert in_windows(OFFICE, "Europe/London", at("2026-07-06T09:00+01:00"))
    assert in_windows(OFFICE, "Europe/London", at("2026-07-06T16:59:59.999999+01:00"))
    assert not in_windows(OFFICE, "Europe/London", at("2026-07-06T17:00+01:00"))
    assert not in_windows(OFFICE, "Europe/London", at("2026-07-05T12:00+01:00"))


def test_days_name_the_day_on_which_a_window_begins() -> None:
    fridays = layer("ana", "2026-01-01T00:00", 1, "week", window("fri", "22:00", "06:00"))
    assert told(schedule("UTC", fridays), "2026-01-05T00:00", "2026-01-12T00:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-09 22:00+00:00 ana",
        "2026-01-10 06:00+00:00 -",
    ]


def test_a_sunday_night_runs_into_monday() -> None:
    nights = (window("sun", "22:00", "06:00"),)
    assert in_windows(nights, "UTC", at("2026-01-05T05:59+00:00"))
    assert not in_windows(nights, "UTC", at("2026-01-05T06:00+00:00"))
    assert not in_windows(nights, "UTC", at("2026-01-06T05:59+00:00"))


def test_24_00_is_the_end_of_the_day_and_joins_what_begins_at_midnight() -> None:
    late = window("mon", "18:00", "24:00")
    early = window("tue", "00:00", "06:00")
    both = layer("ana", "2026-01-01T00:00", 1, "week", late, early)
    assert told(schedule("UTC", both), "2026-01-05T00:00", "2026-01-07T00:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 18:00+00:00 ana",
        "2026-01-06 06:00+00:00 -",
    ]
    assert next_start((late, early), "UTC", at("2026-01-05T12:00+00:00")) == at("2026-01-05T18:00+00:00")
    assert next_start((late, early), "UTC", at("2026-01-05T18:00+00:00")) == at("2026-01-12T18:00+00:00")


def test_windows_that_overlap_are_one() -> None:
    two = (window("mon", "09:00", "13:00"), window("mon tue", "12:00", "17:00"))
    people = schedule("UTC", layer("ana", "2026-01-01T00:00", 1, "week", *two))
    assert told(people, "2026-01-05T00:00", "2026-01-07T00:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 09:00+00:00 ana",
        "2026-01-05 17:00+00:00 -",
        "2026-01-06 12:00+00:00 ana",
        "2026-01-06 17:00+00:00 -",
    ]
    assert next_start(two, "UTC", at("2026-01-05T10:00+00:00")) == at("2026-01-06T12:00+00:00")


@pytest.mark.parametrize(
    ("after", "begins"),
    [
        ("2026-07-03T16:59+01:00", "2026-07-06T09:00+01:00"),
        ("2026-07-06T08:59:59+01:00", "2026-07-06T09:00+01:00"),
        ("2026-07-06T09:00+01:00", "2026-07-07T09:00+01:00"),
        ("2026-10-23T17:00+01:00", "2026-10-26T09:00+00:00"),
        ("2026-03-27T17:00+00:00", "2026-03-30T09:00+01:00"),
    ],
)
def test_the_next_start_is_strictly_after(after: str, begins: str) -> None:
    assert next_start(OFFICE, "Europe/London", at(after)) == at(begins)


def test_a_start_that_does_not_exist_is_the_first_instant_that_does_and_one_that_happens_twice_the_first() -> (
    None
):
    early = (window("sun", "01:30", "05:00"),)
    assert next_start(early, "Europe/London", at("2026-03-28T12:00+00:00")) == at("2026-03-29T02:00+01:00")
    assert next_start(early, "Europe/London", at("2026-10-24T12:00+01:00")) == at("2026-10-25T01:30+01:00")
    assert next_start(early, "Europe/London", at("2026-10-25T01:30+01:00")) == at("2026-11-01T01:30+00:00")


def test_a_window_that_a_change_of_the_clock_swallows_starts_nothing() -> None:
    brief = (window("sun", "01:15", "01:45"),)
    assert next_start(brief, "Europe/London", at("2026-03-28T12:00+00:00")) == at("2026-04-05T01:15+01:00")


def test_a_pause_that_a_change_of_the_clock_swallows_is_none() -> None:
    almost = (window(EVERY_DAY, "01:45", "01:15"),)
    # In spring both ends of the pause are the same instant; in autumn the pause ends before it begins.
    assert next_start(almost, "Europe/London", at("2026-03-28T01:45+00:00")) == at("2026-03-30T01:45+01:00")
    assert next_start(almost, "Europe/London", at("2026-10-24T01:45+01:00")) == at("2026-10-26T01:45+00:00")


def test_hours_that_never_stop_or_never_are_do_not_start() -> None:
    assert next_start((), "UTC", at("2026-01-05T00:00+00:00")) is None
    assert not in_windows((), "UTC", at("2026-01-05T00:00+00:00"))
    always = (window(EVERY_DAY, "00:00", "24:00"),)
    assert next_start(always, "Europe/London", at("2026-01-05T00:00+00:00")) is None
    overlapping = (window(WEEKDAYS, "08:00", "09:00"), window(EVERY_DAY, "08:30", "08:30"))
    assert next_start(overlapping, "Europe/London", at("2026-01-05T00:00+00:00")) is None
    assert in_windows(always, "Europe/London", at("2026-03-29T01:00+00:00"))


def test_a_naive_instant_is_refused() -> None:
    naive = at("2026-01-05T00:00+00:00").replace(tzinfo=None)
    with pytest.raises(ValueError, match="no time zone"):
        in_windows(OFFICE, "UTC", naive)
    with pytest.raises(ValueError, match="no time zone"):
        next_start(OFFICE, "UTC", naive)
