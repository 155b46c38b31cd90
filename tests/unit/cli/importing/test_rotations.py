"""Rotations become layers that have the same people on call, also where several rotations are on call together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tocsin.config.compile import compile_config
from tocsin.oncall.model import Gap, Span
from tocsin.oncall.timeline import timeline
from tocsin_cli.errors import CommandError
from tocsin_cli.importing import weeks
from tocsin_cli.importing.report import Report, Thing
from tocsin_cli.importing.rotations import Rotation, boundary, current, length, rows, turn_at
from tocsin_cli.importing.unions import united


def wall(*parts):
    return datetime(*parts)  # noqa: DTZ001  a wall is naive on purpose


THING = Thing("schedule", "S", "Primary")
AT = wall(2026, 3, 2, 12)
PEOPLE = "abcdefgh"


def layers(rotations, report=None, at=AT):
    report = report or Report("Product")
    whole = united(current(rotations, at, report, THING), at, report, THING, separate="in Product")
    return rows(whole, report, THING)


def on_call(document_layers, hours):
    """Who is on call in each half hour from AT on, in UTC, where every wall is an instant."""
    schedule = {"timezone": "UTC", "layers": document_layers}
    document = {"version": "1", "users": dict.fromkeys(PEOPLE, ""), "schedules": {"s": schedule}}
    start = AT.replace(tzinfo=UTC)
    spans, gaps = timeline(
        compile_config(document).book.schedules["s"], start, start + timedelta(hours=hours)
    )
    found = []
    parts: list[Span | Gap] = sorted([*spans, *gaps], key=lambda part: part.start)
    for part in parts:
        users = part.users if isinstance(part, Span) else ()
        found += [users] * int((part.end - part.start) / timedelta(minutes=30))
    return found


def meant(rotations, hours):
    """The same by the meaning of rotations, half hour by half hour."""
    found = []
    for number in range(hours * 2):
        at = AT + timedelta(minutes=30 * number)
        there = [(rotation.level, who) for rotation in rotations if (who := _people(rotation, at))]
        top = max((level for level, _ in there), default=0)
        found.append(tuple(sorted({user for level, who in there if level == top for user in who})))
    return found


def _people(rotation, at):
    minute = at.weekday() * weeks.DAY + at.hour * 60 + at.minute
    if at < rotation.opens or (rotation.until and at >= rotation.until):
        return ()
    if not any(start <= minute < end for start, end in rotation.hours):
        return ()
    turn = turn_at(rotation, at)
    if rotation.advance == "served" and rotation.unit not in ("week", "month"):
        turn = sum(_served(rotation, one) for one in range(turn + 1)) - 1
    return rotation.turns[turn % len(rotation.turns)]


def _served(rotation, turn):
    start = boundary(rotation, turn)
    minute = start.weekday() * weeks.DAY + start.hour * 60 + start.minute
    size = int((boundary(rotation, turn + 1) - start) / timedelta(minutes=1))
    return bool(weeks.common(rotation.hours, weeks.hours([(minute, minute + size)])))


@st.composite
def stretches(draw):
    found = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, 335)) * 30
        found.append((start, start + draw(st.integers(1, 120)) * 30))
    return weeks.hours(found)


@st.composite
def rotation(draw, name, level):
    count = draw(st.integers(1, 3))
    unit = draw(st.sampled_from(["hour", "day", "day", "week", "week", "month"]))
    every = draw(st.integers(6, 12)) if unit == "hour" else draw(st.integers(1, 2))
    starts = wall(2026, 2, 2, 9) + timedelta(days=draw(st.integers(0, 40)), hours=draw(st.integers(0, 3)))
    late = timedelta(hours=draw(st.integers(1, 2000)))
    hours = draw(st.one_of(st.just(weeks.ALWAYS), st.just(weeks.ALWAYS), stretches()))
    return Rotation(
        name=name,
        turns=tuple(
            tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2))) for _ in range(count)
        ),
        starts=starts,
        every=every,
        unit=unit,
        hours=hours,
        advance="served" if hours != weeks.ALWAYS and draw(st.booleans()) else "calendar",
        begins=starts + late if draw(st.integers(0, 3)) == 0 else None,
        until=starts + late + timedelta(days=7) if draw(st.integers(0, 4)) == 0 else None,
        level=level,
    )


@st.composite
def schedules(draw):
    return [
        draw(rotation(f"r{number}", draw(st.integers(0, 1)))) for number in range(draw(st.integers(1, 3)))
    ]


@settings(max_examples=150, deadline=None)
@given(schedules())
def test_whoever_is_on_call_by_the_rotations_is_on_call_by_the_layers(rotations):
    report = Report("Product")
    made = layers(rotations, report)
    if [entry for entry in report.entries if entry.grade == "approximate"]:
        event("said to differ")
        return
    event(f"{len(made)} layers of {len(rotations)} rotations")
    assert on_call(made, 60 * 24) == meant(rotations, 60 * 24)


def two(**changes):
    first = Rotation("first", (("a",), ("b",)), wall(2026, 1, 5, 9))
    return [first, Rotation("second", (("c",), ("d",)), **{"starts": wall(2026, 1, 5, 9), **changes})]


def test_two_rotations_with_the_same_handoffs_are_one_layer_with_both():
    assert layers(two()) == [
        {
            "name": "first + second",
            "users": [["a", "c"], ["b", "d"]],
            "starts": "2026-01-05T09:00",
            "rotate": {"every": "1", "unit": "week"},
        }
    ]


def test_rotations_of_different_lengths_are_cut_at_the_handoffs_of_both():
    (made,) = layers(two(every=2))
    assert made["users"] == [["a", "c"], ["b", "c"], ["a", "d"], ["b", "d"]]


def test_where_hours_are_shared_a_layer_on_top_has_the_people_of_both():
    office = weeks.daily(range(5), 9 * 60, 8 * 60)
    below, above = layers(two(hours=office, unit="day"))[0], layers(two(hours=office))[1]
    assert below["name"] == "first"
    assert above["name"] == "first + second"
    assert above["active"] == [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}]


def test_rotations_that_never_meet_stay_layers_of_their_own():
    day = weeks.daily(range(7), 9 * 60, 12 * 60)
    night = weeks.daily(range(7), 21 * 60, 12 * 60)
    first, second = two()
    made = layers([replace(first, hours=day), replace(second, hours=night)])
    assert [row["name"] for row in made] == ["first", "second"]


def test_what_takes_too_many_turns_together_is_said_with_what_to_do():
    report = Report("Product")
    made = layers(two(unit="hour", every=7, starts=wall(2026, 1, 5, 10)), report)
    assert [row["name"] for row in made] == ["first", "second"]
    (entry,) = report.entries
    assert entry.words == "first and second are on call together in Product; here the last of them alone"
    assert entry.advice.startswith("make a schedule of each, and page them all in the step")


def test_a_rotation_that_is_to_begin_in_the_middle_of_a_turn_begins_there():
    begins = wall(2026, 3, 11, 9)
    made = layers([Rotation("r", (("a",), ("b",), ("c",)), wall(2026, 3, 2, 9), begins=begins)])
    assert [(row["name"], row["users"], row["starts"], row.get("until")) for row in made] == [
        ("r (first turn)", ["b"], "2026-03-11T09:00", "2026-03-16T09:00"),
        ("r", ["c", "a", "b"], "2026-03-16T09:00", None),
    ]


def test_what_has_ended_is_left_out_and_named():
    report = Report("Product")
    assert layers([Rotation("old", (("a",),), wall(2025, 1, 1), until=AT)], report) == []
    assert [entry.words for entry in report.entries] == ["left out, as it has ended: old"]


def test_a_turn_of_nobody_goes_to_those_before_it_and_that_is_said():
    report = Report("Product")
    (made,) = layers([Rotation("r", ((), ("a",), ()), wall(2026, 1, 5))], report)
    assert made["users"] == ["a"]
    assert report.entries[0].words.startswith(
        "has turns in which nobody is on call; here whoever had the turn before"
    )


def test_names_of_layers_are_told_apart():
    day, night = weeks.daily(range(7), 0, 600), weeks.daily(range(7), 600, 600)
    made = layers([Rotation("x", (("a",),), wall(2026, 1, 5), hours=hours) for hours in (day, night)])
    assert [row["name"] for row in made] == ["x", "x-2"]


def test_more_layers_than_anybody_has_are_refused():
    with pytest.raises(CommandError, match=r"schedule \"Primary\" \(S\) has 201 layers: 200 is the most"):
        layers([Rotation("x", (("a",),), wall(2026, 1, 5))] * 201)


@pytest.mark.parametrize(
    ("seconds", "turn"),
    [
        (604_800, (1, "week")),
        (1_209_600, (2, "week")),
        (86_400, (1, "day")),
        (43_200, (12, "hour")),
        (3605, None),
    ],
)
def test_a_length_in_seconds_is_that_in_the_largest_unit_that_is_exact(seconds, turn):
    assert length(seconds) == turn


def test_months_keep_their_day_or_take_the_last():
    monthly = Rotation("m", (("a",), ("b",)), wall(2026, 1, 31, 9), unit="month")
    assert [boundary(monthly, number).day for number in range(4)] == [31, 28, 31, 30]
    assert turn_at(monthly, wall(2026, 2, 28, 8, 59)) == 0
    assert turn_at(monthly, wall(2026, 2, 28, 9)) == 1
    assert turn_at(monthly, wall(2025, 12, 31, 8)) == -2
