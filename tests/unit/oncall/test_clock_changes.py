"""What a changing wall clock does to handoffs, windows, overrides and ends: known answers, worked out by
hand."""

from __future__ import annotations

import pytest

from tests.unit.oncall.telling import EVERY_DAY, layer, override, schedule, told, window
from tocsin.oncall.model import Unit

HANDOFFS: list[tuple[str, str, int, Unit, str, str, list[str]]] = [
    # Clocks go from 01:00 to 02:00: the turn of 01:00 takes no time.
    ("Europe/London", "2026-03-28T23:00", 1, "hour", "2026-03-28T23:00", "2026-03-29T05:00", [
        "2026-03-28 23:00+00:00 ana",
        "2026-03-29 00:00+00:00 ben",
        "2026-03-29 02:00+01:00 dee",
        "2026-03-29 03:00+01:00 ana",
        "2026-03-29 04:00+01:00 ben",
    ]),
    # Clocks go back from 02:00 to 01:00: the turn of 01:00 takes two hours.
    ("Europe/London", "2026-10-24T23:00", 1, "hour", "2026-10-24T23:00", "2026-10-25T04:00", [
        "2026-10-24 23:00+01:00 ana",
        "2026-10-25 00:00+01:00 ben",
        "2026-10-25 01:00+01:00 chi",
        "2026-10-25 02:00+00:00 dee",
        "2026-10-25 03:00+00:00 ana",
    ]),
    ("Europe/London", "2026-03-28T09:00", 1, "day", "2026-03-28T09:00", "2026-03-31T00:00", [
        "2026-03-28 09:00+00:00 ana",
        "2026-03-29 09:00+01:00 ben",
        "2026-03-30 09:00+01:00 chi",
    ]),
    # A handoff that does not exist comes with the first instant that does.
    ("Europe/London", "2026-03-28T01:30", 1, "day", "2026-03-28T01:30", "2026-03-31T00:00", [
        "2026-03-28 01:30+00:00 ana",
        "2026-03-29 02:00+01:00 ben",
        "2026-03-30 01:30+01:00 chi",
    ]),
    # A handoff that happens twice is the first.
    ("Europe/London", "2026-10-24T01:30", 1, "day", "2026-10-24T01:30", "2026-10-27T00:00", [
        "2026-10-24 01:30+01:00 ana",
        "2026-10-25 01:30+01:00 ben",
        "2026-10-26 01:30+00:00 chi",
    ]),
    ("America/New_York", "2026-03-07T02:30", 1, "day", "2026-03-07T02:30", "2026-03-10T00:00", [
        "2026-03-07 02:30-05:00 ana",
        "2026-03-08 03:00-04:00 ben",
        "2026-03-09 02:30-04:00 chi",
    ]),
    ("America/New_York", "2026-10-31T01:30", 1, "day", "2026-10-31T01:30", "2026-11-03T00:00", [
        "2026-10-31 01:30-04:00 ana",
        "2026-11-01 01:30-04:00 ben",
        "2026-11-02 01:30-05:00 chi",
    ]),
    # Weeks and months too: each boundary by itself.
    ("America/New_York", "2026-02-08T02:00", 1, "month", "2026-02-08T02:00", "2026-04-09T00:00", [
        "2026-02-08 02:00-05:00 ana",
        "2026-03-08 03:00-04:00 ben",
        "2026-04-08 02:00-04:00 chi",
    ]),
    ("Europe/Dublin", "2026-10-18T01:00", 1, "week", "2026-10-18T01:00", "2026-11-02T00:00", [
        "2026-10-18 01:00+01:00 ana",
        "2026-10-25 01:00+01:00 ben",
        "2026-11-01 01:00+00:00 chi",
    ]),
    # Half an hour back at 02:00, and forward again.
    ("Australia/Lord_Howe", "2026-04-04T01:45", 1, "day", "2026-04-04T01:45", "2026-04-07T00:00", [
        "2026-04-04 01:45+11:00 ana",
        "2026-04-05 01:45+11:00 ben",
        "2026-04-06 01:45+10:30 chi",
    ]),
    ("Australia/Lord_Howe", "2026-10-03T02:15", 1, "day", "2026-10-03T02:15", "2026-10-06T00:00", [
        "2026-10-03 02:15+10:30 ana",
        "2026-10-04 02:30+11:00 ben",
        "2026-10-05 02:15+11:00 chi",
    ]),
    # From 03:45 back to 02:45.
    ("Pacific/Chatham", "2026-04-04T03:00", 1, "day", "2026-04-04T03:00", "2026-04-07T00:00", [
        "2026-04-04 03:00+13:45 ana",
        "2026-04-05 03:00+13:45 ben",
        "2026-04-06 03:00+12:45 chi",
    ]),
    # Two hours at once, from 01:00 to 03:00: two turns take no time.
    ("Antarctica/Troll", "2026-03-29T00:00", 1, "hour", "2026-03-29T00:00", "2026-03-29T05:00", [
        "2026-03-29 00:00+00:00 ana",
        "2026-03-29 03:00+02:00 dee",
        "2026-03-29 04:00+02:00 ana",
    ]),
    # Samoa had no 30 December 2011.
    ("Pacific/Apia", "2011-12-28T09:00", 1, "day", "2011-12-28T09:00", "2012-01-01T00:00", [
        "2011-12-28 09:00-10:00 ana",
        "2011-12-29 09:00-10:00 ben",
        "2011-12-31 00:00+14:00 chi",
        "2011-12-31 09:00+14:00 dee",
    ]),
    # A day without its midnight.
    ("America/Sao_Paulo", "2018-11-03T00:00", 1, "day", "2018-11-03T00:00", "2018-11-06T00:00", [
        "2018-11-03 00:00-03:00 ana",
        "2018-11-04 01:00-02:00 ben",
        "2018-11-05 00:00-02:00 chi",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "starts", "every", "unit", "begin", "end", "rows"), HANDOFFS)
def test_a_handoff_is_at_the_first_instant_that_its_wall_time_means(
    zone: str, starts: str, every: int, unit: Unit, begin: str, end: str, rows: list[str]
) -> None:
    assert told(schedule(zone, layer("ana ben chi dee", starts, every, unit)), begin, end) == rows


WINDOWS: list[tuple[str, str, str, str, list[str]]] = [
    # An end that happens twice is the last.
    ("Europe/London", "00:30", "01:30", "2026-10-25", ["00:30+01:00 ana", "01:30+00:00 -"]),
    ("Europe/London", "00:30", "01:00", "2026-10-25", ["00:30+01:00 ana", "01:00+00:00 -"]),
    ("Europe/London", "00:30", "02:00", "2026-10-25", ["00:30+01:00 ana", "02:00+00:00 -"]),
    ("Europe/London", "01:15", "01:45", "2026-10-25", ["01:15+01:00 ana", "01:45+00:00 -"]),
    ("Europe/Dublin", "01:15", "01:45", "2026-10-25", ["01:15+01:00 ana", "01:45+00:00 -"]),
    ("America/New_York", "00:00", "01:00", "2026-11-01", ["00:00-04:00 ana", "01:00-05:00 -"]),
    ("America/New_York", "01:30", "03:00", "2026-11-01", ["01:30-04:00 ana", "03:00-05:00 -"]),
    ("Australia/Lord_Howe", "01:00", "01:45", "2026-04-05", ["01:00+11:00 ana", "01:45+10:30 -"]),
    ("Pacific/Chatham", "03:00", "03:15", "2026-04-05", ["03:00+13:45 ana", "03:15+12:45 -"]),
    ("Antarctica/Troll", "01:30", "02:30", "2026-10-25", ["01:30+02:00 ana", "02:30+00:00 -"]),
    # What does not exist is the first instant that does; a window within the gap is none.
    ("Europe/London", "00:30", "01:30", "2026-03-29", ["00:30+00:00 ana", "02:00+01:00 -"]),
    ("Europe/London", "01:30", "03:00", "2026-03-29", ["02:00+01:00 ana", "03:00+01:00 -"]),
    ("Europe/London", "01:15", "01:45", "2026-03-29", ["00:00+00:00 -"]),
    ("Europe/London", "01:00", "02:00", "2026-03-29", ["00:00+00:00 -"]),
    ("America/New_York", "02:59", "03:01", "2026-03-08", ["03:00-04:00 ana", "03:01-04:00 -"]),
    ("Antarctica/Troll", "02:00", "03:30", "2026-03-29", ["03:00+02:00 ana", "03:30+02:00 -"]),
]


@pytest.mark.parametrize(("zone", "start", "end", "day", "rows"), WINDOWS)
def test_a_window_runs_from_its_first_start_to_its_last_end(
    zone: str, start: str, end: str, day: str, rows: list[str]
) -> None:
    always = layer("ana", "2010-01-01T00:00", 1, "week", window(EVERY_DAY, start, end))
    found = told(schedule(zone, always), f"{day}T00:00", f"{day}T12:00")
    if len(found) > len(rows):
        assert found.pop(0).endswith(" -")
    assert found == [f"{day} {row}" for row in rows]


def test_the_end_of_the_day_is_midnight_even_when_the_clock_goes_back_just_before_it() -> None:
    late = schedule(
        "America/Sao_Paulo", layer("ana", "2019-01-01T00:00", 1, "week", window("sat", "23:30", "24:00"))
    )
    assert told(late, "2019-02-16T12:00", "2019-02-17T12:00") == [
        "2019-02-16 12:00-02:00 -",
        "2019-02-16 23:30-02:00 ana",
        "2019-02-17 00:00-03:00 -",
    ]


def test_a_window_on_a_day_that_never_was_is_none() -> None:
    fridays = schedule(
        "Pacific/Apia", layer("ana", "2011-12-01T00:00", 1, "week", window("fri", "09:00", "17:00"))
    )
    assert told(fridays, "2011-12-24T00:00", "2012-01-07T00:00") == [
        "2011-12-24 00:00-10:00 -",
        "2012-01-06 09:00+14:00 ana",
        "2012-01-06 17:00+14:00 -",
    ]


def test_a_day_that_never_was_counts_all_the_same_as_turns_are_judged_without_changes_of_the_clock() -> None:
    fridays = layer("ana ben chi", "2011-12-23T00:00", 1, "day", window("fri", "09:00", "17:00"))
    assert told(schedule("Pacific/Apia", fridays), "2011-12-23T09:00", "2012-01-06T17:00") == [
        "2011-12-23 09:00-10:00 ana",
        "2011-12-23 17:00-10:00 -",
        "2012-01-06 09:00+14:00 chi",
    ]


def test_starts_that_happen_twice_mean_the_first_and_until_the_last() -> None:
    short = layer("ana", "2026-10-25T01:15", 1, "day", until="2026-10-25T01:15")
    assert told(schedule("Europe/London", short), "2026-10-25T00:00", "2026-10-25T12:00") == [
        "2026-10-25 00:00+01:00 -",
        "2026-10-25 01:15+01:00 ana",
        "2026-10-25 01:15+00:00 -",
    ]


def test_starts_and_until_that_do_not_exist_mean_the_first_instant_that_does() -> None:
    late = layer("ana", "2026-03-29T01:15", 1, "day")
    assert told(schedule("Europe/London", late), "2026-03-29T00:00", "2026-03-29T12:00") == [
        "2026-03-29 00:00+00:00 -",
        "2026-03-29 02:00+01:00 ana",
    ]
    early = layer("ana", "2026-03-01T00:00", 1, "day", until="2026-03-29T01:15")
    assert told(schedule("Europe/London", early), "2026-03-29T00:00", "2026-03-29T12:00") == [
        "2026-03-29 00:00+00:00 ana",
        "2026-03-29 02:00+01:00 -",
    ]


def test_an_override_runs_from_its_first_start_to_its_last_end_and_is_none_within_a_gap() -> None:
    weekly = layer("ana", "2026-01-05T00:00", 1, "week")
    autumn = schedule(
        "Europe/London", weekly, overrides=(override("ben", "2026-10-25T01:15", "2026-10-25T01:45"),)
    )
    assert told(autumn, "2026-10-25T00:00", "2026-10-25T12:00") == [
        "2026-10-25 00:00+01:00 ana",
        "2026-10-25 01:15+01:00 ben",
        "2026-10-25 01:45+00:00 ana",
    ]
    spring = schedule(
        "Europe/London", weekly, overrides=(override("ben", "2026-03-29T01:15", "2026-03-29T01:45"),)
    )
    assert told(spring, "2026-03-29T00:00", "2026-03-29T12:00") == ["2026-03-29 00:00+00:00 ana"]


def test_the_rest_of_a_window_beyond_its_last_turn_stays_with_that_turns_user() -> None:
    evenings = layer("ana ben chi dee", "2026-10-24T22:00", 1, "hour", window("sat", "22:00", "01:00"))
    # The turn of 01:00 has no active time on a steady clock, and begins an hour before the window's last
    # 01:00.
    assert told(schedule("Europe/London", evenings), "2026-10-24T22:00", "2026-11-01T00:00") == [
        "2026-10-24 22:00+01:00 ana",
        "2026-10-24 23:00+01:00 ben",
        "2026-10-25 00:00+01:00 chi",
        "2026-10-25 01:00+00:00 -",
        "2026-10-31 22:00+00:00 dee",
        "2026-10-31 23:00+00:00 ana",
    ]


def test_the_rest_of_a_window_before_any_turn_that_counts_is_the_first_users() -> None:
    evenings = layer("ana ben", "2026-10-25T01:00", 1, "hour", window("sat", "22:00", "01:00"))
    assert told(schedule("Europe/London", evenings), "2026-10-24T12:00", "2026-11-01T00:00") == [
        "2026-10-24 12:00+01:00 -",
        "2026-10-25 01:00+01:00 ana",
        "2026-10-25 01:00+00:00 -",
        "2026-10-31 22:00+00:00 ana",
        "2026-10-31 23:00+00:00 ben",
    ]
