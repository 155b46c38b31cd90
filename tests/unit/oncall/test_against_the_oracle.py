"""The fast answers are the slow, obvious ones: on random schedules, in odd zones, around changes of the
clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.oncall import oracle
from tests.unit.oncall.drawing import MOMENTS, near, scenes, some_windows, units
from tocsin.oncall.model import Gap, Layer, Schedule, Span, Unit, Window
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call
from tocsin.oncall.windows import in_windows, next_start

# Always the same examples; those that ask the oracle least are the cheapest.
FEW = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(FEW, max_examples=250)
TICK = timedelta(microseconds=1)


def laid_out(schedule: Schedule, begin: datetime, end: datetime) -> list[Span | Gap]:
    """The timeline as one list in order of time."""
    spans, gaps = timeline(schedule, begin, end)
    return sorted([*spans, *gaps], key=lambda part: part.start)


def users_of(part: Span | Gap) -> tuple[str, ...]:
    return part.users if isinstance(part, Span) else ()


@MANY
@given(scenes(), st.data())
def test_who_is_on_call_is_what_the_oracle_says(
    scene: tuple[Schedule, datetime], data: st.DataObject
) -> None:
    schedule, moment = scene
    for at in [moment, moment - TICK, *data.draw(st.lists(near(moment, 60), min_size=1, max_size=12))]:
        assert on_call(schedule, at) == oracle.answer(schedule, at)[0], at


@MANY
@given(scenes(), st.data())
def test_the_timeline_is_what_the_oracle_says_at_every_edge_and_between(
    scene: tuple[Schedule, datetime], data: st.DataObject
) -> None:
    schedule, moment = scene
    begin = data.draw(near(moment, 60))
    end = begin + timedelta(minutes=data.draw(st.integers(1, 8000)))
    for part in laid_out(schedule, begin, end):
        people, source = oracle.answer(schedule, part.start)
        assert users_of(part) == people
        if isinstance(part, Span):
            assert part.source == source
        inside = part.start + data.draw(st.integers(0, (part.end - part.start) // TICK - 1)) * TICK
        for at in (part.end - TICK, inside):
            assert oracle.answer(schedule, at)[0] == people, at


@FEW
@given(scenes(), st.data())
def test_the_timeline_covers_its_range_exactly_with_neighbours_that_differ_and_agrees_with_on_call(
    scene: tuple[Schedule, datetime], data: st.DataObject
) -> None:
    schedule, moment = scene
    begin = data.draw(near(moment, 200))
    end = begin + timedelta(minutes=data.draw(st.integers(1, 60_000)))
    parts = laid_out(schedule, begin, end)
    assert parts[0].start == begin
    assert parts[-1].end == end
    for part in parts:
        assert part.start < part.end
        assert on_call(schedule, part.start) == on_call(schedule, part.end - TICK) == users_of(part)
    for earlier, later in pairwise(parts):
        assert earlier.end == later.start
        assert users_of(earlier) != users_of(later)


@FEW
@given(scenes(), st.data())
def test_a_range_cut_anywhere_gives_the_same_answer(
    scene: tuple[Schedule, datetime], data: st.DataObject
) -> None:
    schedule, moment = scene
    begin, middle, end = sorted(data.draw(st.lists(near(moment, 200), min_size=3, max_size=3, unique=True)))
    whole = [(part.start, part.end, users_of(part)) for part in laid_out(schedule, begin, end)]
    pieces: list[tuple[datetime, datetime, tuple[str, ...]]] = []
    for part in [*laid_out(schedule, begin, middle), *laid_out(schedule, middle, end)]:
        if pieces and pieces[-1][2] == users_of(part):
            pieces[-1] = (pieces[-1][0], part.end, users_of(part))
        else:
            pieces.append((part.start, part.end, users_of(part)))
    assert pieces == whole


@FEW
@given(some_windows, st.sampled_from(MOMENTS), st.data())
def test_hours_are_in_force_and_begin_when_the_oracle_says(
    windows: tuple[Window, ...], place: tuple[str, str], data: st.DataObject
) -> None:
    zone, text = place
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    for at in [moment, *data.draw(st.lists(near(moment, 100), min_size=1, max_size=8))]:
        assert in_windows(windows, zone, at) == oracle.in_force(windows, zone, at), at
        begins = next_start(windows, zone, at)
        assert begins == oracle.next_start(windows, zone, at), at
        if begins is not None:
            later = next_start(windows, zone, begins - TICK)
            assert later == begins


@FEW
@given(
    st.integers(0, 335),
    units,
    st.integers(1, 40),
    some_windows,
    st.integers(1, 5),
    st.integers(0, 60),
)
def test_turns_that_count_are_shared_out_evenly(
    half_hours: int, unit: Unit, every: int, windows: tuple[Window, ...], people: int, turns: int
) -> None:
    starts = datetime.fromisoformat("2026-01-05") + timedelta(minutes=30 * half_hours)
    users = tuple((f"user{index}",) for index in range(people))
    layer = Layer("even", users, starts, every, unit, windows)
    schedule = Schedule("drawn", "UTC", (layer,))
    had = dict.fromkeys(users, 0)
    for turn in range(turns):
        begin, end = (oracle.boundary(layer, k).replace(tzinfo=UTC) for k in (turn, turn + 1))
        spans, _ = timeline(schedule, begin, end)
        assert len({span.users for span in spans}) <= 1
        if spans:
            had[spans[0].users] += 1  # type: ignore[index]
        assert max(had.values()) - min(had.values()) <= 1


@settings(FEW, max_examples=12)
@given(scenes())
def test_walked_minute_by_minute_it_is_what_the_oracle_says(scene: tuple[Schedule, datetime]) -> None:
    schedule, moment = scene
    begin = moment - timedelta(hours=14)
    parts = iter(laid_out(schedule, begin, begin + timedelta(days=1)))
    part = next(parts)
    for minute in range(24 * 60):
        at = begin + timedelta(minutes=minute)
        while part.end <= at:
            part = next(parts)
        assert users_of(part) == oracle.answer(schedule, at)[0], at
