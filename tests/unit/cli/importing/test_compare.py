"""The product's own shifts and ours are put side by side, and every difference is a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.oncall.model import Gap, Span
from tocsin_cli.importing.compare import Difference, compared, differences
from tocsin_cli.importing.draft import Shift

ZERO = datetime(2026, 1, 5, 9, tzinfo=UTC)


def hour(number):
    return ZERO + timedelta(hours=number)


USERS = st.sets(st.sampled_from("abc"), max_size=2).map(lambda users: tuple(sorted(users)))
SHIFTS = st.lists(
    st.builds(
        lambda start, size, users: Shift(hour(start), hour(start + size), users),
        st.integers(-5, 30),
        st.integers(0, 12),
        USERS,
    ),
    max_size=6,
)
TIMELINES = st.lists(st.tuples(st.integers(1, 8), USERS), min_size=1, max_size=6)


def timeline(parts):
    spans, gaps, at = [], [], 0
    for size, users in parts:
        if users:
            spans.append(Span(hour(at), hour(at + size), users, "layer:x"))
        else:
            gaps.append(Gap(hour(at), hour(at + size)))
        at += size
    return spans, gaps, at


@settings(deadline=None)
@given(SHIFTS, TIMELINES)
def test_a_row_is_where_the_people_differ_and_nowhere_else(shifts, parts):
    spans, gaps, size = timeline(parts)
    result = differences(shifts, spans, gaps)
    assert result.agree + result.differ == timedelta(hours=size)
    assert result.differ == sum((row.end - row.start for row in result.rows), timedelta(0))
    ours = [users for length, users in parts for _ in range(length)]
    for number in range(size):
        at = hour(number)
        theirs = {user for shift in shifts if shift.start <= at < shift.end for user in shift.users}
        row = next((row for row in result.rows if row.start <= at < row.end), None)
        if row is None:
            assert tuple(sorted(theirs)) == ours[number]
        else:
            assert (row.theirs, row.ours) == (tuple(sorted(theirs)), ours[number])
            assert row.theirs != row.ours
    for row, after in pairwise(result.rows):
        assert row.end <= after.start
        assert row.end < after.start or (row.theirs, row.ours) != (after.theirs, after.ours)


def test_nothing_is_said_of_an_empty_range():
    assert differences([Shift(hour(0), hour(1), ("a",))], [], []).rows == ()


def test_ninety_days_are_compared_from_the_first_shift_or_the_time_asked_for():
    schedule = compile_config(small()).book.schedules["primary"]
    shifts = [Shift(hour(0), hour(24 * 200), ("ana",))]
    found = compared(schedule, shifts, None)
    assert (found.start, found.end, found.result.rows) == (hour(0), hour(24 * 90), ())
    found = compared(schedule, shifts, hour(24 * 150))
    assert (found.start, found.end) == (hour(24 * 150), hour(24 * 200))
    assert compared(schedule, shifts, hour(24 * 200)) is None
    assert compared(schedule, [], None) is None


def test_as_json_times_are_in_the_zone_of_the_schedule_and_lengths_in_hours():
    schedule = compile_config(small()).book.schedules["primary"]
    start = datetime(2026, 7, 1, 8, tzinfo=UTC)
    shifts = [Shift(start, start + timedelta(minutes=90), ("ben",))]
    assert compared(schedule, shifts, None).result.rows == (
        Difference(start, start + timedelta(minutes=90), ("ben",), ("ana",)),
    )
    assert compared(schedule, shifts, None).as_json() == {
        "schedule": "primary",
        "from": "2026-07-01T09:00:00+01:00",
        "to": "2026-07-01T10:30:00+01:00",
        "hours_agree": 0,
        "hours_differ": 1.5,
        "differences": [
            {
                "start": "2026-07-01T09:00:00+01:00",
                "end": "2026-07-01T10:30:00+01:00",
                "theirs": ["ben"],
                "ours": ["ana"],
            }
        ],
    }
