"""What a change means for people: the hours they get and the hours they give away, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.oncall.drawing import scenes
from tocsin.config.shifts import passed_over, shift_changes
from tocsin.oncall.model import Layer, Override, Schedule
from tocsin.oncall.who import on_call

MONDAY = datetime(2026, 1, 5, 9)  # noqa: DTZ001
T0 = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def weekly(*users: str, name: str = "primary", **more) -> Schedule:
    layer = Layer("w", tuple((user,) for user in users), MONDAY, 1, "week", **more)
    return Schedule(name, "UTC", (layer,))


def told(
    before: list[Schedule], after: list[Schedule], days: int = 14
) -> list[tuple[str, str | None, int, int]]:
    old, new = ({one.name: one for one in some} for some in (before, after))
    return [
        ("+" if row.gains else "-", row.user, (row.start - T0) // DAY, (row.end - T0) // DAY)
        for row in shift_changes(old, new, T0, T0 + days * DAY)
    ]


def test_who_gets_and_who_gives_away():
    assert told([weekly("ana", "ben")], [weekly("ana", "chi")]) == [("-", "ben", 7, 14), ("+", "chi", 7, 14)]
    assert told([weekly("ana", "ben")], [weekly("ana", "ben")]) == []


def test_nobody_is_told_as_somebody_is():
    until = datetime(2026, 1, 12, 9)  # noqa: DTZ001
    assert told([weekly("ana")], [weekly("ana", until=until)]) == [("-", "ana", 7, 14), ("+", None, 7, 14)]


def test_a_schedule_that_comes_or_goes_is_all_difference():
    assert told([], [weekly("ana")]) == [("+", "ana", 0, 14)]
    assert told([weekly("ana")], []) == [("-", "ana", 0, 14)]


def test_who_is_gone_is_named_with_their_schedules():
    override = Override(("dee",), MONDAY, MONDAY + DAY)
    schedules = {"a": weekly("ana", "ben"), "b": Schedule("b", "UTC", (), (override,))}
    assert passed_over(("ana", "ben", "dee", "eli"), ("ana",), schedules) == {"ben": ["a"], "dee": ["b"]}


def people(schedule: Schedule, at: datetime) -> set[str | None]:
    found: set[str | None] = set(on_call(schedule, at))
    return found or {None}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenes(), scenes(), st.integers(1, 300), st.lists(st.integers(0, 10_000), max_size=6))
def test_at_every_instant_the_differences_lead_from_one_answer_to_the_other(
    one, other, hours, minutes
) -> None:
    (old, start), (new, _) = one, other
    end = start + timedelta(hours=hours)
    rows = shift_changes({"s": old}, {"s": new}, start, end)
    edges = [edge for row in rows for edge in (row.start, row.end - timedelta(microseconds=1))]
    for at in (*edges, *(start + timedelta(minutes=minute % (hours * 60)) for minute in minutes)):
        here = [row for row in rows if row.start <= at < row.end]
        was = people(old, at)
        assert not {row.user for row in here if row.gains} & was
        after = was - {row.user for row in here if not row.gains} | {row.user for row in here if row.gains}
        assert after == people(new, at), at
    assert all(start <= row.start < row.end <= end for row in rows)
