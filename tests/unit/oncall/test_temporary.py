"""Temporary schedules take the place of all layers for a while; instants mean what they say when a wall would not."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.oncall.model import Layer, Override, Schedule, Shift, Temporary
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call

ANA = Layer("weekly", (("ana",),), datetime(2026, 1, 5, 9), 1, "week")  # noqa: DTZ001


def wall(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}")


def schedule(*temporary: Temporary, overrides: tuple[Override, ...] = ()) -> Schedule:
    return Schedule("s", "Europe/London", (ANA,), overrides, temporary)


def told(schedule: Schedule, start: str, end: str) -> list[tuple[str, str, str]]:
    spans, gaps = timeline(schedule, wall(start).replace(tzinfo=UTC), wall(end).replace(tzinfo=UTC))
    rows = [(f"{span.start:%m-%dT%H:%M}", " ".join(span.users), span.source) for span in spans]
    return sorted([*rows, *((f"{gap.start:%m-%dT%H:%M}", "", "") for gap in gaps)])


CHRISTMAS = Temporary(
    "christmas",
    wall("12-24T09:00"),
    wall("12-27T09:00"),
    (
        Shift(("ben",), wall("12-24T09:00"), wall("12-25T09:00")),
        Shift(("chi",), wall("12-25T00:00"), wall("12-26T09:00")),
    ),
)


def test_its_shifts_replace_the_layers_unite_and_leave_gaps():
    assert told(schedule(CHRISTMAS), "12-23T00:00", "12-28T00:00") == [
        ("12-23T00:00", "ana", "layer:weekly"),
        ("12-24T09:00", "ben", "temporary:christmas"),
        ("12-25T00:00", "ben chi", "temporary:christmas"),
        ("12-25T09:00", "chi", "temporary:christmas"),
        ("12-26T09:00", "", ""),
        ("12-27T09:00", "ana", "layer:weekly"),
    ]
    assert on_call(schedule(CHRISTMAS), datetime(2026, 12, 25, 3, tzinfo=UTC)) == ("ben", "chi")
    assert on_call(schedule(CHRISTMAS), datetime(2026, 12, 26, 12, tzinfo=UTC)) == ()


def test_a_later_one_beats_an_earlier_one():
    eve = Temporary(
        "eve",
        wall("12-24T12:00"),
        wall("12-24T18:00"),
        (Shift(("dee",), wall("12-24T00:00"), wall("12-25T00:00")),),
    )
    assert told(schedule(CHRISTMAS, eve), "12-24T09:00", "12-24T20:00") == [
        ("12-24T09:00", "ben", "temporary:christmas"),
        ("12-24T12:00", "dee", "temporary:eve"),
        ("12-24T18:00", "ben", "temporary:christmas"),
    ]


def test_overrides_beat_it_and_fill_its_gaps():
    swap = Override(("eli",), wall("12-25T12:00"), wall("12-25T13:00"), "chi")
    fill = Override(("eli",), wall("12-26T12:00"), wall("12-26T13:00"))
    assert told(schedule(CHRISTMAS, overrides=(swap, fill)), "12-25T12:00", "12-26T20:00") == [
        ("12-25T12:00", "eli", "override"),
        ("12-25T13:00", "chi", "temporary:christmas"),
        ("12-26T09:00", "", ""),
        ("12-26T12:00", "eli", "override"),
        ("12-26T13:00", "", ""),
    ]


def test_an_instant_in_an_hour_that_comes_twice_is_the_one_it_says():
    # 2026-10-25, 01:00 to 02:00 in London comes twice: at 00:00 and at 01:00 UTC.
    first = Override(
        ("ben",), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    )
    assert told(schedule(overrides=(first,)), "10-25T00:00", "10-25T03:00") == [
        ("10-25T00:00", "ana", "layer:weekly"),
        ("10-25T00:30", "ben", "override"),
        ("10-25T01:30", "ana", "layer:weekly"),
    ]
    both = Override(("ben",), wall("10-25T01:30"), wall("10-25T01:45"))
    assert told(schedule(overrides=(both,)), "10-25T00:00", "10-25T03:00") == [
        ("10-25T00:00", "ana", "layer:weekly"),
        ("10-25T00:30", "ben", "override"),
        ("10-25T01:45", "ana", "layer:weekly"),
    ]
