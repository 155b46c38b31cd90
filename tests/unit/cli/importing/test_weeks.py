"""Hours of a week survive being written as windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.config.notes import Notes
from tocsin.config.schedules import windows as read
from tocsin_cli.importing.weeks import ALWAYS, DAY, WEEK, common, daily, hours, windows, without

STRETCHES = st.lists(
    st.tuples(st.integers(-WEEK, 2 * WEEK), st.integers(0, WEEK)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=6,
)


def minutes(week):
    return {minute for start, end in week for minute in range(start, end)}


@given(STRETCHES)
def test_windows_say_every_minute_of_the_hours_and_no_other(stretches):
    week = hours(stretches)
    if not week:
        return
    notes = Notes()
    found = read(windows(week), (), notes)
    assert notes.problems == []
    said = {
        (day * DAY + minute) % WEEK
        for window in found
        for day in window.days
        for minute in range(window.start, window.end)
    }
    assert said == minutes(week)


@given(STRETCHES)
def test_hours_are_in_order_and_apart_within_a_week(stretches):
    week = hours(stretches)
    edges = [edge for stretch in week for edge in stretch]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= WEEK for edge in edges)
    assert minutes(week) == {minute % WEEK for start, end in stretches for minute in range(start, end)}


@given(STRETCHES, STRETCHES)
def test_what_is_shared_and_what_is_left_are_the_whole(one, other):
    first, second = hours(one), hours(other)
    assert minutes(common(first, second)) == minutes(first) & minutes(second)
    assert minutes(without(first, second)) == minutes(first) - minutes(second)


def test_days_with_the_same_times_share_a_window():
    week = hours([*daily(range(5), 17 * 60, 7 * 60), *daily(range(1, 6), 0, 9 * 60), *daily([5], 0, 2 * DAY)])
    assert windows(week) == [
        {"days": ["mon", "tue", "wed", "thu"], "from": "17:00", "to": "09:00"},
        {"days": ["fri"], "from": "17:00", "to": "24:00"},
        {"days": ["sat", "sun"], "from": "00:00", "to": "24:00"},
    ]
    assert windows(daily(range(7), 21 * 60, 12 * 60)) == [{"from": "21:00", "to": "09:00"}]


def test_a_whole_week_is_always():
    assert hours([(100, 100 + WEEK)]) == ALWAYS
    assert daily(range(7), 300, DAY) == ALWAYS
