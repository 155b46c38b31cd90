"""What being on call costs each person: hours that pass, and what of them is night, weekend or holiday."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.oncall.drawing import PEOPLE, scenes
from tests.unit.oncall.telling import WEEKDAYS, at, layer, window
from tocsin.oncall.load import Calendar, Load, goes_round, hours_between, in_force, loads, shifts
from tocsin.oncall.model import Layer, Span
from tocsin.oncall.ranges import common, rest, total, united
from tocsin.oncall.timeline import timeline

LONDON, TOKYO, SAO_PAULO = "Europe/London", "Asia/Tokyo", "America/Sao_Paulo"
ZONES = (LONDON, TOKYO, SAO_PAULO, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
MINUTE = timedelta(minutes=1)


def h(hours: float) -> timedelta:
    return timedelta(hours=hours)


def span(start: str, end: str, *users: str) -> Span:
    return Span(at(start), at(end), users or ("ana",), "layer:main")


def load(*spans: Span, zone: str = LONDON, holidays: tuple[date, ...] | None = ()) -> Load:
    """Ana's, who lives in the zone."""
    return loads([spans], {"ana": Calendar(zone, holidays)}, spans[0].start, spans[-1].end)["ana"]


def test_the_night_in_which_the_clock_is_put_forward_is_an_hour_shorter():
    # Saturday noon to Monday noon; 01:00 on Sunday the 29th becomes 02:00.
    assert load(span("2026-03-28T12:00+00:00", "2026-03-30T12:00+01:00")) == Load(
        total=h(47),
        nights=h(7 + 8),
        weekends=h(12 + 23),
        shifts=1,
        longest=h(47),
    )


def test_the_night_in_which_the_clock_is_put_back_is_an_hour_longer():
    # Saturday noon to Monday noon; 02:00 on Sunday the 25th becomes 01:00.
    assert load(span("2026-10-24T12:00+01:00", "2026-10-26T12:00+00:00")) == Load(
        total=h(49),
        nights=h(9 + 8),
        weekends=h(12 + 25),
        shifts=1,
        longest=h(49),
    )


def test_only_what_of_a_night_is_on_call_counts():
    assert load(span("2026-10-25T00:30+01:00", "2026-10-25T01:30+00:00")).nights == h(2)
    assert load(span("2026-03-29T00:30+00:00", "2026-03-29T02:30+01:00")).nights == h(1)
    assert load(span("2026-01-07T06:00+00:00", "2026-01-07T22:00+00:00")).nights == h(0)


@pytest.mark.parametrize(("zone", "nights"), [(LONDON, 6), (SAO_PAULO, 7), (TOKYO, 0)])
def test_a_night_is_one_where_the_person_lives(zone, nights):
    # Wednesday 00:00 to 08:00 in London; Tuesday 21:00 to 05:00 in São Paulo; 09:00 to 17:00 in Tokyo.
    assert load(span("2026-01-07T00:00+00:00", "2026-01-07T08:00+00:00"), zone=zone).nights == h(nights)


def test_a_weekend_is_one_where_the_person_lives():
    friday = span("2026-01-09T12:00+00:00", "2026-01-10T00:00+00:00")
    assert load(friday, zone=LONDON).weekends == h(0)
    assert load(friday, zone=TOKYO).weekends == h(9)
    assert load(span("2026-01-12T00:00+00:00", "2026-01-12T12:00+00:00"), zone=SAO_PAULO).weekends == h(3)


def test_a_holiday_is_the_persons_own_day_from_midnight_to_midnight():
    christmas = span("2026-12-24T12:00+00:00", "2026-12-26T12:00+00:00")
    assert load(christmas, holidays=(date(2026, 12, 25),)).holidays == h(24)
    assert load(christmas, holidays=(date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1))).holidays == h(
        36
    )
    assert load(christmas, zone=TOKYO, holidays=(date(2026, 12, 24),)).holidays == h(3)
    assert load(christmas).holidays == h(0)
    march = span("2026-03-28T12:00+00:00", "2026-03-30T12:00+01:00")
    assert load(march, holidays=(date(2026, 3, 29),)).holidays == h(23)


def test_holidays_that_are_not_known_are_not_called_none():
    assert load(span("2026-12-24T12:00+00:00", "2026-12-26T12:00+00:00"), holidays=None).holidays is None


def test_an_hour_on_two_schedules_counts_once_and_each_shift_counts():
    one = [span("2026-01-05T09:00+00:00", "2026-01-05T17:00+00:00")]
    other = [
        span("2026-01-05T12:00+00:00", "2026-01-05T20:00+00:00"),
        span("2026-01-06T09:00+00:00", "2026-01-06T10:00+00:00"),
    ]
    people = {"ana": Calendar(LONDON)}
    found = loads([one, other], people, at("2026-01-05T00:00+00:00"), at("2026-01-07T00:00+00:00"))["ana"]
    assert (found.total, found.shifts, found.longest) == (h(12), 3, h(11))


def test_a_shift_goes_on_while_others_come_and_go():
    found = loads(
        [
            [
                span("2026-01-05T09:00+00:00", "2026-01-05T12:00+00:00", "ana", "ben"),
                span("2026-01-05T12:00+00:00", "2026-01-05T17:00+00:00", "ana"),
                span("2026-01-06T09:00+00:00", "2026-01-06T17:00+00:00", "ana", "ben"),
            ]
        ],
        {"ana": Calendar(LONDON), "ben": Calendar(LONDON)},
        at("2026-01-05T00:00+00:00"),
        at("2026-01-07T00:00+00:00"),
    )
    assert [(one.total, one.shifts, one.longest) for one in found.values()] == [
        (h(16), 2, h(8)),
        (h(11), 2, h(8)),
    ]


def test_whoever_is_asked_about_and_has_no_hours_carries_nothing():
    people = {"ben": Calendar(LONDON), "ana": Calendar(TOKYO)}
    found = loads([], people, at("2026-01-05T00:00+00:00"), at("2026-01-07T00:00+00:00"))
    assert found == {"ben": Load(), "ana": Load()}
    assert list(found) == ["ben", "ana"]


def test_spans_of_people_who_are_not_asked_about_count_for_nobody():
    spans = [span("2026-01-05T09:00+00:00", "2026-01-05T12:00+00:00", "ana", "ben")]
    found = loads([spans], {"ana": Calendar(LONDON)}, spans[0].start, spans[0].end)
    assert list(found) == ["ana"]


WEEKLY = layer("ana ben chi", "2026-01-05T09:00", 1, "week")
DAILY = layer("ana ben", "2026-01-05T09:00", 1, "day", window(WEEKDAYS, "09:00", "17:00"))


@pytest.mark.parametrize(
    ("rotation", "start", "end", "round"),
    [
        (WEEKLY, "2026-01-05T09:00+00:00", "2026-01-26T09:00+00:00", True),
        (WEEKLY, "2026-01-05T09:00+00:00", "2026-01-26T08:59+00:00", False),
        (WEEKLY, "2026-01-07T12:00+00:00", "2026-01-26T09:00+00:00", True),  # from the middle of ana's turn
        (WEEKLY, "2026-01-07T12:00+00:00", "2026-01-26T08:00+00:00", False),
        (WEEKLY, "2025-12-01T09:00+00:00", "2026-01-20T09:00+00:00", False),  # it begins in January
        (DAILY, "2026-01-09T09:00+00:00", "2026-01-12T09:00+00:00", False),  # Friday to Monday: one turn
        (DAILY, "2026-01-09T09:00+00:00", "2026-01-13T09:00+00:00", True),
    ],
)
def test_a_layer_has_gone_round_once_everybody_had_a_turn(rotation, start, end, round):
    assert goes_round(rotation, LONDON, at(start), at(end)) is round


def test_a_layer_whose_turns_are_all_the_same_peoples_need_not_go_round():
    one = layer("ana+ben ben+ana", "2026-01-05T09:00", 4, "week")
    assert goes_round(one, LONDON, at("2026-01-06T09:00+00:00"), at("2026-01-07T09:00+00:00"))


def test_a_layer_is_in_force_from_its_start_until_its_end():
    one = layer("ana", "2026-07-06T09:00", 1, "week", until="2026-07-20T09:00")
    start, end = at("2026-07-01T00:00+00:00"), at("2026-08-01T00:00+00:00")
    assert in_force(one, LONDON, start, end) == (at("2026-07-06T09:00+01:00"), at("2026-07-20T09:00+01:00"))
    assert in_force(one, LONDON, start, at("2026-07-06T09:00+01:00")) is None
    assert in_force(one, LONDON, at("2026-07-20T09:00+01:00"), end) is None


@pytest.mark.parametrize("rotation", [Layer("x", (), datetime(2026, 1, 5), 1, "week")])  # noqa: DTZ001
def test_a_layer_without_people_is_never_in_force(rotation):
    assert in_force(rotation, LONDON, at("2026-02-01T00:00+00:00"), at("2026-03-01T00:00+00:00")) is None


def test_weekly_hours_are_clipped_to_the_range():
    office = (window(WEEKDAYS, "09:00", "17:00"),)
    found = hours_between(office, LONDON, at("2026-07-03T12:00+01:00"), at("2026-07-06T10:00+01:00"))
    assert found == [
        (at("2026-07-03T12:00+01:00"), at("2026-07-03T17:00+01:00")),
        (at("2026-07-06T09:00+01:00"), at("2026-07-06T10:00+01:00")),
    ]
    noon = at("2026-07-03T12:00+01:00")
    assert hours_between(office, LONDON, noon, noon) == []


# What is worked out for a range is held against what a clock on the person's wall shows.


@settings(max_examples=300)
@given(
    st.sampled_from(ZONES),
    st.one_of(
        st.integers(0, 2 * 366 * 1440),
        st.integers(-300, 300).map(lambda minute: 1440 * 87 + minute),  # around the changes of 2026 in London
        st.integers(-300, 300).map(lambda minute: 1440 * 297 + minute),
        st.integers(-900, 900).map(lambda minute: 1440 * 94 + minute),  # and on Lord Howe
    ),
)
def test_a_minute_is_night_weekend_or_holiday_as_the_persons_clock_shows_it(zone, minute):
    start = datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE
    local = start.astimezone(ZoneInfo(zone))
    even = tuple(date(2026, 1, 1) + timedelta(days=2 * number) for number in range(400))
    one = load(Span(start, start + MINUTE, ("ana",), "override"), zone=zone, holidays=even)
    assert one.nights == (MINUTE if local.hour >= 22 or local.hour < 6 else timedelta(0))
    assert one.weekends == (MINUTE if local.weekday() >= 5 else timedelta(0))
    assert one.holidays == (MINUTE if local.date() in even else timedelta(0))


EVERYBODY = {user: Calendar(zone, (date(2026, 3, 29),)) for user, zone in zip(PEOPLE, ZONES, strict=False)}
moments = st.lists(st.integers(-200, 400), min_size=3, max_size=3).map(sorted)
drawn = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@drawn
@given(scenes(), moments)
def test_the_hours_of_all_are_those_of_the_spans_times_their_people(scene, hours):
    schedule, moment = scene
    start, _, end = (moment + h(hour) for hour in hours)
    spans, _ = timeline(schedule, start, end)
    found = loads([spans], EVERYBODY, start, end)
    together = sum((one.total for one in found.values()), timedelta(0))
    assert together == sum(((one.end - one.start) * len(one.users) for one in spans), timedelta(0))
    for one in found.values():
        assert max(one.nights, one.weekends, one.longest, one.holidays or h(0)) <= one.total
        assert (one.shifts == 0) == (one.total == h(0)) == (one.longest == h(0))
    twice = loads([spans, spans], EVERYBODY, start, end)
    assert [one.total for one in twice.values()] == [one.total for one in found.values()]
    assert [one.shifts for one in twice.values()] == [2 * one.shifts for one in found.values()]


@drawn
@given(scenes(), moments)
def test_hours_add_up_over_ranges_that_follow_each_other(scene, hours):
    schedule, moment = scene
    cuts = [moment + h(hour) for hour in hours]

    def figures(start: datetime, end: datetime) -> list[timedelta]:
        found = loads([timeline(schedule, start, end)[0]], EVERYBODY, start, end)
        return [
            figure
            for one in found.values()
            for figure in (one.total, one.nights, one.weekends, one.holidays or h(0))
        ]

    parts = [figures(start, end) for start, end in pairwise(cuts)]
    assert [sum(of_one, timedelta(0)) for of_one in zip(*parts, strict=True)] == figures(cuts[0], cuts[-1])


@drawn
@given(scenes(), moments)
def test_night_and_day_are_all_of_it(scene, hours):
    schedule, moment = scene
    start, _, end = (moment + h(hour) for hour in hours)
    spans, _ = timeline(schedule, start, end)
    for user, one in loads([spans], EVERYBODY, start, end).items():
        zone = ZoneInfo(EVERYBODY[user].timezone)
        # By the clock, in pieces so small that no change of hour, day or clock lies within one.
        night = day = timedelta(0)
        for begin, stop in shifts(spans).get(user, []):
            while begin < stop:
                quarter = begin.replace(minute=begin.minute // 15 * 15, second=0, microsecond=0)
                after = min(stop, quarter + 15 * MINUTE)
                hour = begin.astimezone(zone).hour
                night, day = (
                    (night + (after - begin), day)
                    if hour >= 22 or hour < 6
                    else (night, day + (after - begin))
                )
                begin = after
        assert (one.nights, one.total - one.nights) == (night, day)


numbers = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=8).map(
    lambda rows: united((start, start + length) for start, length in rows)
)


def members(ranges: list[tuple[int, int]]) -> set[int]:
    return {number for start, end in ranges for number in range(start, end)}


@given(numbers, numbers)
def test_ranges_are_put_together_and_taken_apart_like_sets(one, other):
    assert members(common(one, other)) == members(one) & members(other)
    assert members(united([*one, *other])) == members(one) | members(other)
    assert members(rest(one, 0, 60)) == set(range(60)) - members(one)
    for ranges in (one, united([*one, *other]), rest(one, 0, 60)):
        assert all(first[1] < second[0] for first, second in pairwise(ranges))


def test_a_length_is_the_time_that_passes_whatever_clock_tells_it():
    zone = ZoneInfo(LONDON)
    night = (datetime(2026, 3, 28, 22, tzinfo=zone), datetime(2026, 3, 29, 6, tzinfo=zone))
    assert total([night, (at("2026-04-01T00:00+00:00"), at("2026-04-01T01:00+00:00"))]) == h(8)
