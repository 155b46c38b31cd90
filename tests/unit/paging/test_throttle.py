"""How often a person is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.throttle import Call, Called, HeldBack, OverLimit, counted, daily_limit, judge, trimmed

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def ago(page_id: str = "other", **span: float) -> Called:
    return Called(NOW - timedelta(**span), page_id)


def test_somebody_who_was_not_called_lately_is_called() -> None:
    assert judge(NOW, "p", None, [], 5) == Call()
    assert judge(NOW, "p", ago(hours=1), [ago(hours=1)], 5) == Call()


def test_a_second_call_within_two_minutes_is_held_back_and_says_until_when() -> None:
    last = ago(seconds=119)
    assert judge(NOW, "p", last, [last], 5) == HeldBack("called_recently", NOW + timedelta(seconds=1))


def test_after_exactly_two_minutes_the_next_call_may_come() -> None:
    assert judge(NOW, "p", ago(minutes=2), [ago(minutes=2)], 5) == Call()


def test_a_call_to_another_number_of_the_same_person_holds_back_too() -> None:
    assert isinstance(judge(NOW, "p", ago(seconds=5), [], 5), HeldBack)


def test_the_sixth_call_of_a_day_by_end_user_messaging_goes_to_the_next_contact() -> None:
    day = [ago(f"p{hour}", hours=hour) for hour in range(1, 6)]
    limit = daily_limit("voice")
    assert judge(NOW, "p", None, day, limit) == OverLimit("daily_call_limit", 5)
    assert judge(NOW, "p", None, day[:4], limit) == Call()


def test_connect_may_call_more_often_and_the_installation_says_how_often() -> None:
    assert daily_limit("connect") == 20
    assert daily_limit("connect", 50) == 50
    assert daily_limit("voice", 50) == 5


def test_a_day_is_the_last_24_hours_and_not_a_date() -> None:
    day = [ago(f"p{n}", hours=23, minutes=50 + n) for n in range(5)]
    assert isinstance(judge(NOW, "p", None, day, 5), OverLimit)
    assert judge(NOW + timedelta(minutes=10), "p", None, day, 5) == Call()


def test_the_limit_of_the_day_is_told_before_the_two_minutes() -> None:
    day = [ago(f"p{n}", seconds=n) for n in range(5)]
    assert isinstance(judge(NOW, "p", day[0], day, 5), OverLimit)


def test_a_call_counted_before_its_function_died_does_not_hold_itself_back() -> None:
    mine = ago("p", seconds=30)
    day = [*(ago(f"p{n}", hours=n) for n in range(1, 5)), mine]
    assert judge(NOW, "p", mine, day, 5) == Call()
    assert isinstance(judge(NOW, "q", mine, day, 5), OverLimit)


def test_a_clock_that_runs_behind_holds_back_rather_than_calls_twice() -> None:
    ahead = Called(NOW + timedelta(seconds=10), "other")
    assert isinstance(judge(NOW, "p", ahead, [ahead], 5), HeldBack)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 9)), max_size=80), st.integers(1, 6))
def test_no_number_is_called_more_often_in_any_24_hours_than_its_limit(
    asked: list[tuple[int, int]], limit: int
) -> None:
    stored: tuple[Called, ...] = ()
    last: Called | None = None
    calls: list[datetime] = []
    now = NOW
    for at, (minutes, _) in enumerate(asked):
        now += timedelta(minutes=minutes / 10)
        page_id = f"page-{at}"
        if judge(now, page_id, last, stored, limit) == Call():
            stored = counted(now, page_id, stored)
            assert counted(now, page_id, stored) == stored, "counting again counts once"
            last = stored[-1]
            calls.append(now)
    for at, first in enumerate(calls):
        assert sum(first <= call < first + timedelta(hours=24) for call in calls) <= limit
        assert at == 0 or first - calls[at - 1] >= timedelta(minutes=2)
    assert len(trimmed(now, stored)) <= limit
