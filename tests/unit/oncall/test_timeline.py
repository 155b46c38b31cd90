"""What a timeline looks like, and what it refuses."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from tests.unit.oncall.telling import WEEKDAYS, at, layer, schedule, wall, window
from tocsin.oncall.model import Gap, Span
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call

OFFICE = layer("ana", "2026-01-05T00:00", 1, "week", window(WEEKDAYS, "09:00", "17:00"), name="office")


def test_spans_are_clipped_to_the_range_and_are_in_utc() -> None:
    london = schedule("Europe/London", OFFICE)
    zone = ZoneInfo("Asia/Kathmandu")
    spans, gaps = timeline(
        london, at("2026-07-06T10:00+00:00").astimezone(zone), at("2026-07-07T08:30+00:00")
    )
    assert spans == [
        Span(at("2026-07-06T10:00+00:00"), at("2026-07-06T16:00+00:00"), ("ana",), "layer:office"),
        Span(at("2026-07-07T08:00+00:00"), at("2026-07-07T08:30+00:00"), ("ana",), "layer:office"),
    ]
    assert gaps == [Gap(at("2026-07-06T16:00+00:00"), at("2026-07-07T08:00+00:00"))]
    assert all(span.start.tzinfo is UTC and span.end.tzinfo is UTC for span in spans)


def test_neighbours_with_the_same_people_are_one_span_with_the_first_ones_source() -> None:
    relay = schedule(
        "UTC",
        layer("ana", "2026-01-05T00:00", 1, "day", name="first", until="2026-01-07T00:00"),
        layer("ana ana ben", "2026-01-07T00:00", 1, "day", name="second"),
    )
    spans, gaps = timeline(relay, at("2026-01-06T00:00+00:00"), at("2026-01-10T00:00+00:00"))
    assert spans == [
        Span(at("2026-01-06T00:00+00:00"), at("2026-01-09T00:00+00:00"), ("ana",), "layer:first"),
        Span(at("2026-01-09T00:00+00:00"), at("2026-01-10T00:00+00:00"), ("ben",), "layer:second"),
    ]
    assert gaps == []


def test_a_schedule_without_layers_is_one_gap() -> None:
    assert timeline(schedule("UTC"), at("2026-01-05T00:00+00:00"), at("2027-01-05T00:00+00:00")) == (
        [],
        [Gap(at("2026-01-05T00:00+00:00"), at("2027-01-05T00:00+00:00"))],
    )
    assert on_call(schedule("UTC"), at("2026-01-05T00:00+00:00")) == ()


def test_a_layer_that_is_never_active_has_nobody_and_hides_nobody() -> None:
    never = layer("ben", "2026-01-05T00:00", 1, "week", window("", "09:00", "17:00"), name="never")
    always = layer("ana", "2026-01-05T00:00", 1, "week")
    assert on_call(schedule("UTC", always, never), at("2026-01-06T12:00+00:00")) == ("ana",)
    spans, gaps = timeline(
        schedule("UTC", always, never), at("2026-01-06T00:00+00:00"), at("2026-01-07T00:00+00:00")
    )
    assert [span.users for span in spans] == [("ana",)]
    assert gaps == []


def test_moments_between_seconds_are_told_apart() -> None:
    odd = layer("ana ben", "2026-01-05T09:00:00.000250", 1, "day")
    daily = schedule("UTC", odd)
    assert on_call(daily, at("2026-01-05T09:00:00.000249+00:00")) == ()
    assert on_call(daily, at("2026-01-05T09:00:00.000250+00:00")) == ("ana",)
    begin = at("2026-01-06T09:00:00.000100+00:00")
    spans, _ = timeline(daily, begin, begin + timedelta(microseconds=200))
    assert [(span.end - span.start, span.users) for span in spans] == [
        (timedelta(microseconds=150), ("ana",)),
        (timedelta(microseconds=50), ("ben",)),
    ]


def test_an_empty_range_has_nothing_and_a_reversed_one_is_refused() -> None:
    begin = at("2026-07-06T10:00+00:00")
    assert timeline(schedule("UTC", OFFICE), begin, begin) == ([], [])
    with pytest.raises(ValueError, match="before it starts"):
        timeline(schedule("UTC", OFFICE), begin, begin - timedelta(seconds=1))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        on_call(schedule("UTC", OFFICE), wall("2026-07-06T10:00"))
    with pytest.raises(ValueError, match="no time zone"):
        timeline(schedule("UTC", OFFICE), wall("2026-07-06T10:00"), at("2026-07-07T10:00+00:00"))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        on_call(schedule("Europe/Lundun", OFFICE), at("2026-07-06T10:00+00:00"))


@pytest.mark.parametrize("year", [1, 1800, 2600, 9998])
def test_any_year_that_a_calendar_holds_will_do(year: int) -> None:
    monthly = schedule(
        "Europe/London", layer("ana ben", "0001-02-28T00:00", 12, "month", until="9999-12-31T00:00")
    )
    who = ("ana",) if year % 2 else ("ben",)
    assert on_call(monthly, at(f"{year:04}-06-01T00:00+00:00")) == who
    spans, gaps = timeline(monthly, at(f"{year:04}-06-01T00:00+00:00"), at(f"{year:04}-07-01T00:00+00:00"))
    assert [span.users for span in spans] == [who]
    assert gaps == []
