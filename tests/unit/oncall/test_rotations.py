"""Turns follow one another as the rotation says: known answers, worked out by hand."""

from __future__ import annotations

from tests.unit.oncall.telling import EVERY_DAY, WEEKDAYS, at, layer, schedule, told, window
from tocsin.oncall.who import on_call


def test_nobody_is_on_call_before_the_start_and_hours_follow_it() -> None:
    eights = schedule("UTC", layer("ana ben chi", "2026-01-05T06:00", 8, "hour"))
    assert told(eights, "2026-01-05T00:00", "2026-01-06T12:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 06:00+00:00 ana",
        "2026-01-05 14:00+00:00 ben",
        "2026-01-05 22:00+00:00 chi",
        "2026-01-06 06:00+00:00 ana",
    ]


def test_days_are_handed_over_at_the_same_time_of_day() -> None:
    daily = schedule("Asia/Kathmandu", layer("ana ben chi", "2026-01-05T09:30", 2, "day"))
    assert told(daily, "2026-01-05T12:00", "2026-01-12T00:00") == [
        "2026-01-05 12:00+05:45 ana",
        "2026-01-07 09:30+05:45 ben",
        "2026-01-09 09:30+05:45 chi",
        "2026-01-11 09:30+05:45 ana",
    ]


def test_a_nested_list_is_on_call_together_and_is_one_turn() -> None:
    weekly = schedule("UTC", layer("ana dee+chi", "2026-01-05T09:00", 2, "week"))
    assert told(weekly, "2026-01-05T09:00", "2026-02-03T00:00") == [
        "2026-01-05 09:00+00:00 ana",
        "2026-01-19 09:00+00:00 chi+dee",
        "2026-02-02 09:00+00:00 ana",
    ]


def test_months_keep_the_starts_day_or_the_months_last() -> None:
    monthly = schedule("UTC", layer("ana ben chi", "2026-01-31T09:00", 1, "month"))
    assert told(monthly, "2026-01-31T09:00", "2026-06-01T00:00") == [
        "2026-01-31 09:00+00:00 ana",
        "2026-02-28 09:00+00:00 ben",
        "2026-03-31 09:00+00:00 chi",
        "2026-04-30 09:00+00:00 ana",
        "2026-05-31 09:00+00:00 ben",
    ]
    assert told(monthly, "2028-02-01T00:00", "2028-04-01T00:00") == [
        "2028-02-01 00:00+00:00 ana",
        "2028-02-29 09:00+00:00 ben",
        "2028-03-31 09:00+00:00 chi",
    ]


def test_quarters_from_a_thirtieth_meet_a_short_february_over_a_new_year() -> None:
    quarterly = schedule("UTC", layer("ana ben", "2026-11-30T00:00", 3, "month"))
    assert told(quarterly, "2026-11-30T00:00", "2027-09-01T00:00") == [
        "2026-11-30 00:00+00:00 ana",
        "2027-02-28 00:00+00:00 ben",
        "2027-05-30 00:00+00:00 ana",
        "2027-08-30 00:00+00:00 ben",
    ]


def test_years_from_a_leap_day_come_back_to_it_in_leap_years() -> None:
    yearly = schedule("UTC", layer("ana ben", "2028-02-29T12:00", 12, "month"))
    assert told(yearly, "2028-02-29T12:00", "2032-03-01T00:00") == [
        "2028-02-29 12:00+00:00 ana",
        "2029-02-28 12:00+00:00 ben",
        "2030-02-28 12:00+00:00 ana",
        "2031-02-28 12:00+00:00 ben",
        "2032-02-29 12:00+00:00 ana",
    ]


def test_until_ends_a_layer_and_a_lower_one_shows_again() -> None:
    both = schedule(
        "UTC",
        layer("ana", "2026-01-01T00:00", 1, "week", name="low"),
        layer("ben", "2026-01-02T00:00", 1, "week", name="high", until="2026-01-03T12:00"),
    )
    assert told(both, "2026-01-01T00:00", "2026-01-05T00:00") == [
        "2026-01-01 00:00+00:00 ana",
        "2026-01-02 00:00+00:00 ben",
        "2026-01-03 12:00+00:00 ana",
    ]
    assert on_call(both, at("2026-01-03T11:59:59+00:00")) == ("ben",)
    assert on_call(both, at("2026-01-03T12:00:00+00:00")) == ("ana",)


def test_a_layer_starts_and_ends_in_the_middle_of_its_windows() -> None:
    office = window(EVERY_DAY, "09:00", "17:00")
    short = layer("ana ben", "2026-01-05T12:00", 1, "day", office, until="2026-01-06T15:00")
    assert told(schedule("UTC", short), "2026-01-05T00:00", "2026-01-08T00:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 12:00+00:00 ana",
        "2026-01-05 17:00+00:00 -",
        "2026-01-06 09:00+00:00 ana",
        "2026-01-06 12:00+00:00 ben",
        "2026-01-06 15:00+00:00 -",
    ]


def test_a_daily_rotation_that_is_active_on_fridays_serves_one_after_the_other() -> None:
    fridays = window("fri", "09:00", "17:00")
    served = schedule("UTC", layer("ana ben chi", "2026-01-05T00:00", 1, "day", fridays))
    assert told(served, "2026-01-05T00:00", "2026-02-01T00:00")[1::2] == [
        "2026-01-09 09:00+00:00 ana",
        "2026-01-16 09:00+00:00 ben",
        "2026-01-23 09:00+00:00 chi",
        "2026-01-30 09:00+00:00 ana",
    ]
    calendar = schedule(
        "UTC", layer("ana ben chi", "2026-01-05T00:00", 1, "day", fridays, advance="calendar")
    )
    assert told(calendar, "2026-01-05T00:00", "2026-02-01T00:00")[1::2] == [
        "2026-01-09 09:00+00:00 ben",
        "2026-01-16 09:00+00:00 chi",
        "2026-01-23 09:00+00:00 ana",
        "2026-01-30 09:00+00:00 ben",
    ]


def test_a_weekday_rotation_of_seven_starves_nobody() -> None:
    weekdays = layer(
        "ana ben chi dee eli fay gus", "2026-01-05T00:00", 1, "day", window(WEEKDAYS, "09:00", "17:00")
    )
    rows = told(schedule("UTC", weekdays), "2026-01-05T00:00", "2026-01-15T00:00")
    assert [row for row in rows if not row.endswith("-")] == [
        "2026-01-05 09:00+00:00 ana",
        "2026-01-06 09:00+00:00 ben",
        "2026-01-07 09:00+00:00 chi",
        "2026-01-08 09:00+00:00 dee",
        "2026-01-09 09:00+00:00 eli",
        "2026-01-12 09:00+00:00 fay",
        "2026-01-13 09:00+00:00 gus",
        "2026-01-14 09:00+00:00 ana",
    ]


def test_twenty_years_on_the_turn_is_the_one_that_counting_gives() -> None:
    weekdays = layer(
        "ana ben chi dee eli fay gus", "2006-01-02T00:00", 1, "day", window(WEEKDAYS, "09:00", "17:00")
    )
    # 1044 weeks of five turns, so 5220 turns have been served: 745 rounds of seven, and five more.
    assert on_call(schedule("UTC", weekdays), at("2026-01-05T12:00+00:00")) == ("fay",)
    nights = layer("ana ben chi", "2006-01-02T08:00", 12, "hour", window(EVERY_DAY, "20:00", "08:00"))
    # 7308 nights, which is 2436 rounds of three.
    assert on_call(schedule("UTC", nights), at("2026-01-05T20:00+00:00")) == ("ana",)


def test_half_day_turns_that_are_active_at_night_pass_from_night_to_night() -> None:
    nights = layer("ana ben chi", "2026-01-05T08:00", 12, "hour", window(EVERY_DAY, "20:00", "08:00"))
    assert told(schedule("UTC", nights), "2026-01-05T08:00", "2026-01-08T12:00") == [
        "2026-01-05 08:00+00:00 -",
        "2026-01-05 20:00+00:00 ana",
        "2026-01-06 08:00+00:00 -",
        "2026-01-06 20:00+00:00 ben",
        "2026-01-07 08:00+00:00 -",
        "2026-01-07 20:00+00:00 chi",
        "2026-01-08 08:00+00:00 -",
    ]


def test_the_rest_of_a_window_that_began_before_the_layer_counts_as_a_turn() -> None:
    sundays = layer("ana ben chi", "2026-01-05T00:00", 1, "day", window("sun", "22:00", "10:00"))
    assert told(schedule("UTC", sundays), "2026-01-04T00:00", "2026-01-13T00:00") == [
        "2026-01-04 00:00+00:00 -",
        "2026-01-05 00:00+00:00 ana",
        "2026-01-05 10:00+00:00 -",
        "2026-01-11 22:00+00:00 ben",
        "2026-01-12 00:00+00:00 chi",
        "2026-01-12 10:00+00:00 -",
    ]


def test_a_turn_that_only_touches_a_window_does_not_count() -> None:
    mondays = layer("ana ben", "2026-01-05T17:00", 1, "day", window("mon", "09:00", "17:00"))
    rows = told(schedule("UTC", mondays), "2026-01-05T00:00", "2026-01-20T00:00")
    assert [row for row in rows if not row.endswith("-")] == [
        "2026-01-12 09:00+00:00 ana",
        "2026-01-19 09:00+00:00 ben",
    ]


def test_a_turn_of_months_counts_however_rare_the_window() -> None:
    mondays = layer("ana ben chi", "2026-01-31T00:00", 1, "month", window("mon", "09:00", "10:00"))
    people = schedule("UTC", mondays)
    assert on_call(people, at("2026-02-02T09:30+00:00")) == ("ana",)
    assert on_call(people, at("2026-03-02T09:30+00:00")) == ("ben",)
    assert on_call(people, at("2026-04-06T09:30+00:00")) == ("chi",)
    assert on_call(people, at("2026-05-04T09:30+00:00")) == ("ana",)


def test_the_last_layer_that_has_somebody_wins() -> None:
    three = schedule(
        "UTC",
        layer("ana", "2026-01-01T00:00", 1, "week", window(EVERY_DAY, "08:00", "20:00"), name="days"),
        layer("ben", "2026-01-01T00:00", 1, "week", window(EVERY_DAY, "10:00", "12:00"), name="mornings"),
        layer("chi", "2026-01-01T00:00", 1, "week", window(EVERY_DAY, "11:00", "21:00"), name="late"),
    )
    assert told(three, "2026-01-05T00:00", "2026-01-06T00:00") == [
        "2026-01-05 00:00+00:00 -",
        "2026-01-05 08:00+00:00 ana",
        "2026-01-05 10:00+00:00 ben",
        "2026-01-05 11:00+00:00 chi",
        "2026-01-05 21:00+00:00 -",
    ]
