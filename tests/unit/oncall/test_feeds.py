"""What a calendar elsewhere says of who is on call or away, and what of it is news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.oncall.calendars.feeds import at, feed
from tocsin.oncall.calendars.reading import FeedError
from tocsin.oncall.changes import Change, LeaveMade, OverrideMade, TemporaryMade
from tocsin.oncall.feeds import MOST, PROBLEMS, Said, Source, difference, month, said, weight

URL = "https://calendar.example.com/secret"
OVERRIDES = Source("primary", "overrides", URL, "UTC")
SCHEDULE = Source("primary", "schedule", URL, "UTC")
AWAY = Source("ana", "away", URL, "America/Sao_Paulo")
USERS = {
    "ana": ("Ana Souza", "ana@example.com"),
    "ben": ("Ben Okafor", "ben@example.com"),
    "chi": ("Chi Tanaka", ""),
}
NOW = at("2026-01-05T12:00")


def event(summary: str, start: str, end: str, *more: str, uid: str = "a") -> str:
    days = [start, end]
    kind = ";VALUE=DATE" if len(start) == 8 else ""
    names = ("DTSTART", "DTEND")
    times = [f"{name}{kind}:{day}" for name, day in zip(names, days, strict=True)]
    return "\n".join([f"UID:{uid}", f"SUMMARY:{summary}", *times, *more])


def told(rows: tuple[Change, ...] | list[Change]) -> list[str]:
    found = []
    for row in rows:
        shifts = row.shifts if isinstance(row, TemporaryMade) else [row]
        for one in shifts:
            people = (one.user,) if isinstance(one, LeaveMade) else one.users
            found.append(f"{one.start:%m-%dT%H:%M} {one.end:%m-%dT%H:%M} {' '.join(people)}")
    return found


def heard(*events: str, source: Source = OVERRIDES, now: datetime = NOW) -> Said:
    return said(source, feed(*events), USERS, now)


# what a feed says


def test_each_stretch_with_the_same_people_is_an_override():
    found = heard(
        event("Ana Souza", "20260106T090000Z", "20260107T090000Z", uid="a"),
        event("ben@example.com & chi", "20260108T090000Z", "20260108T170000Z", uid="b"),
    )
    assert told(found.rows) == ["01-06T09:00 01-07T09:00 ana", "01-08T09:00 01-08T17:00 ben chi"]
    assert all(isinstance(row, OverrideMade) and row.schedule == "primary" for row in found.rows)
    assert {row.made.by for row in found.rows} == {"feed:schedule:primary"}
    assert (found.shifts, found.problems) == (2, ())


def test_events_at_one_time_unite_and_those_that_touch_are_one():
    found = heard(
        event("ana", "20260106T090000Z", "20260107T090000Z", uid="a"),
        event("ana", "20260107T090000Z", "20260108T090000Z", uid="b"),
        event("ben", "20260107T200000Z", "20260108T120000Z", uid="c"),
    )
    assert told(found.rows) == [
        "01-06T09:00 01-07T20:00 ana",
        "01-07T20:00 01-08T09:00 ana ben",
        "01-08T09:00 01-08T12:00 ben",
    ]


def test_of_events_at_one_time_those_of_the_highest_level_count():
    found = heard(
        event("[L1] ana", "20260106T000000Z", "20260109T000000Z", uid="a"),
        event("[L2] ben", "20260107T000000Z", "20260108T000000Z", uid="b"),
    )
    assert [line.split()[-1] for line in told(found.rows)] == ["ana", "ben", "ana"]


def test_what_is_over_is_not_said_and_what_goes_on_counts_from_now():
    found = heard(
        event("ana", "20260101T000000Z", "20260105T000000Z", uid="a"),
        event("ben", "20260105T000000Z", "20260106T000000Z", uid="b"),
    )
    assert told(found.rows) == ["01-05T12:00 01-06T00:00 ben"]


def test_a_repeating_event_is_followed_to_the_first_day_of_the_month_in_four_months():
    found = heard(event("ana", "20260105T000000Z", "20260105T010000Z", "RRULE:FREQ=DAILY"))
    assert told(found.rows)[-1] == "04-30T00:00 04-30T01:00 ana"
    assert month(NOW, 4) == at("2026-05-01")
    assert [month(at("2026-11-30T23:59"), ahead) for ahead in (0, 1, 2)] == [
        at("2026-11-01"),
        at("2026-12-01"),
        at("2027-01-01"),
    ]


def test_an_event_without_an_end_in_sight_ends_within_two_years():
    found = heard(event("ana", "20260106T000000Z", "22260106T000000Z"))
    assert found.rows[0].end - NOW < timedelta(days=2 * 365)


def test_a_feed_that_is_the_schedule_is_one_temporary_schedule():
    found = heard(
        event("ana", "20260101T000000Z", "20260107T000000Z", uid="a"),
        event("ben", "20260108T000000Z", "20270101T000000Z", uid="b"),
        source=SCHEDULE,
    )
    [row] = found.rows
    assert isinstance(row, TemporaryMade)
    assert (row.name, row.schedule, row.start, row.end) == ("feed", "primary", NOW, at("2026-05-01"))
    assert told(found.rows) == ["01-05T12:00 01-07T00:00 ana", "01-08T00:00 05-01T00:00 ben"]


def test_a_schedule_without_anybody_is_none_for_the_layers_are_better_than_nobody():
    assert heard(source=SCHEDULE).rows == ()
    assert heard(event("zoe", "20260106T000000Z", "20260107T000000Z"), source=SCHEDULE).rows == ()


def test_days_off_are_whole_days_of_the_persons_own_zone_whatever_they_are_called():
    found = heard(
        event("Carnival!", "20260214", "20260218", uid="a"),
        event("Dentist", "20260301T130000", "20260301T150000", uid="b"),
        source=AWAY,
    )
    assert told(found.rows) == ["02-14T03:00 02-18T03:00 ana", "03-01T16:00 03-01T18:00 ana"]
    assert found.problems == ()
    assert all(isinstance(row, LeaveMade) and row.delegate is None for row in found.rows)


def test_who_is_not_known_is_told_and_the_others_are_taken():
    found = heard(
        event("ana, zoe", "20260106T000000Z", "20260107T000000Z", "RRULE:FREQ=WEEKLY;COUNT=3", uid="a"),
        event("Team lunch", "20260108T120000Z", "20260108T130000Z", uid="b"),
        event("ben", "20260109T000000Z", "nonsense", uid="c"),
    )
    assert told(found.rows)[0] == "01-06T00:00 01-07T00:00 ana"
    assert found.shifts == 3
    assert found.problems[1:] == (
        "'ana, zoe': nobody is known as zoe",
        "'Team lunch': left out: it names nobody that is known",
    )
    assert found.problems[0].startswith("'ben': left out: ")


def test_so_many_problems_are_kept_each_in_one_short_line():
    rude = "\u202e".join("x" * 300) + "\\nroot: ok"
    found = heard(
        *(event(f"{n} {rude}", "20260106T000000Z", "20260107T000000Z", uid=str(n)) for n in range(50))
    )
    assert len(found.problems) == PROBLEMS
    assert found.problems[-1] == "… and 31 more"
    assert all(len(line) <= 200 and line.isprintable() for line in found.problems)


# what is refused as a whole


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>404</html>", "calendar"),
        (b"", "is empty"),
        (feed(event("ana", "20260106T000000Z", "20260107T000000Z"))[:-20], "breaks off"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * 2_000_001 + b"\r\nEND:VCALENDAR\r\n", "2,000,000"),
        (
            feed(*(event("ana", "19990106T000000Z", "19990107T000000Z", uid=str(n)) for n in range(5001))),
            "1 more events are left out",
        ),
        (
            feed(event("ana", "20260105T000000Z", "20260105T000500Z", "RRULE:FREQ=HOURLY")),
            f"events until 2026-05-01: {MOST} are the most",
        ),
    ],
    ids=["no calendar", "nothing", "broken off", "huge", "many events", "endless"],
)
def test_a_feed_that_cannot_be_used_whole_is_not_used(data: bytes, words: str):
    with pytest.raises(FeedError, match=words):
        said(OVERRIDES, data, USERS, NOW)


# what is news


def written(rows: list[Change], source: Source, wanted: tuple[Change, ...], now: datetime) -> list[Change]:
    """The rows as they are when the difference has been written."""
    back, new = difference(rows, source.by, wanted, now)
    known = {row.made.id: row for row in [*rows, *back, *new]}
    assert len(known) == len(rows) + len(new)
    return list(known.values())


def test_the_first_time_all_of_it_is_new_and_then_nothing_is():
    found = heard(event("ana", "20260106T000000Z", "20260107T000000Z"))
    rows = written([], OVERRIDES, found.rows, NOW)
    assert [(row.made.at, row.made.by) for row in rows] == [(NOW, "feed:schedule:primary")]
    assert difference(rows, OVERRIDES.by, found.rows, NOW) == ([], [])


def test_another_name_of_the_same_event_or_another_way_to_cut_it_is_no_news():
    rows = written([], OVERRIDES, heard(event("ana", "20260106T000000Z", "20260108T000000Z")).rows, NOW)
    other = heard(
        event("Ana Souza", "20260106T000000Z", "20260107T000000Z", uid="x"),
        event("@ana", "20260107T000000Z", "20260108T000000Z", uid="y"),
    )
    later = NOW + timedelta(hours=1)
    assert difference(rows, OVERRIDES.by, other.rows, later) == ([], [])


def test_while_it_goes_on_it_is_no_news_either_though_the_feed_forgets_its_beginning():
    for source in (OVERRIDES, SCHEDULE, replace(AWAY, zone="UTC")):
        rows = written(
            [], source, heard(event("ana", "20260101T000000Z", "20260108T000000Z"), source=source).rows, NOW
        )
        later = at("2026-01-07T00:00")
        again = heard(event("ana", "20260107T000000Z", "20260108T000000Z"), source=source, now=later)
        assert difference(rows, source.by, again.rows, later) == ([], [])


def test_what_is_said_no_more_is_taken_back_and_what_is_said_instead_is_made():
    before = heard(
        event("ana", "20260106T000000Z", "20260107T000000Z", uid="a"),
        event("ben", "20260108T000000Z", "20260109T000000Z", uid="b"),
    )
    rows = written([], OVERRIDES, before.rows, NOW)
    later = at("2026-01-06T12:00")
    after = heard(
        event("chi", "20260106T000000Z", "20260107T000000Z", uid="a"),
        event("ben", "20260108T000000Z", "20260109T000000Z", uid="b"),
        now=later,
    )
    back, new = difference(rows, OVERRIDES.by, after.rows, later)
    assert [(row.made.cancelled_at, row.made.cancelled_by) for row in back] == [(later, OVERRIDES.by)]
    assert told(back) == ["01-06T00:00 01-07T00:00 ana"]
    assert told(new) == ["01-06T12:00 01-07T00:00 chi"]


def test_what_comes_again_is_another_change_each_time():
    one, none = heard(event("ana", "20260106T000000Z", "20260107T000000Z")), heard()
    rows: list[Change] = []
    for hours, wanted in enumerate([one, none, one, none, one]):
        rows = written(rows, OVERRIDES, wanted.rows, NOW + timedelta(hours=hours))
    assert len({row.made.id for row in rows}) == 3
    assert [row.made.cancelled for row in sorted(rows, key=lambda row: row.made.at)] == [True, True, False]


def test_what_somebody_took_back_by_hand_is_not_made_again_until_the_feed_says_another_thing():
    one = heard(event("ana", "20260106T000000Z", "20260108T000000Z"))
    [row] = written([], OVERRIDES, one.rows, NOW)
    gone = replace(row, made=replace(row.made, cancelled_at=NOW, cancelled_by="cli:ben"))
    assert difference([gone], OVERRIDES.by, one.rows, NOW) == ([], [])
    assert difference([gone], OVERRIDES.by, one.rows, at("2026-01-07T00:00")) == ([], [])
    other = heard(event("ana", "20260106T000000Z", "20260109T000000Z"))
    assert told(difference([gone], OVERRIDES.by, other.rows, NOW)[1]) == ["01-06T00:00 01-09T00:00 ana"]


def test_a_feed_touches_nobody_elses_changes_and_none_that_are_over():
    mine = written([], OVERRIDES, heard(event("ana", "20260106T000000Z", "20260107T000000Z")).rows, NOW)
    other = replace(OVERRIDES, of="primary-2")
    theirs = [replace(mine[0], made=replace(mine[0].made, by=by)) for by in ("cli:ana", other.by, AWAY.by)]
    assert difference(theirs, OVERRIDES.by, (), NOW) == ([], [])
    assert difference(mine, OVERRIDES.by, (), at("2026-01-07T00:00")) == ([], [])
    assert difference([], OVERRIDES.by, mine, at("2026-01-07T00:00")) == ([], [])


def test_of_a_schedule_that_is_taken_back_the_shifts_are_kept_that_came_to_be():
    days = [event("ana", f"202601{n:02}T000000Z", f"202601{n:02}T120000Z", uid=str(n)) for n in range(1, 30)]
    rows = written([], SCHEDULE, heard(*days, source=SCHEDULE).rows, NOW)
    assert weight(rows, NOW) == 1 + 24
    back, _ = difference(rows, SCHEDULE.by, (), at("2026-01-07T06:00"))
    assert told(back) == ["01-06T00:00 01-06T12:00 ana", "01-07T00:00 01-07T12:00 ana"]


@given(
    days=st.lists(
        st.tuples(
            st.sampled_from(["ana", "ben", "[L1] chi", "ana & ben"]), st.integers(1, 20), st.integers(1, 6)
        ),
        max_size=8,
    ),
    then=st.lists(
        st.tuples(st.sampled_from(["ana", "ben"]), st.integers(1, 20), st.integers(1, 6)), max_size=8
    ),
    kind=st.sampled_from([OVERRIDES, SCHEDULE]),
)
def test_when_the_difference_is_written_there_is_none(days, then, kind):
    rows: list[Change] = []
    for number, events in enumerate((days, then, days)):
        texts = [
            event(who, f"202601{start:02}T000000Z", f"202601{start + length:02}T000000Z", uid=str(place))
            for place, (who, start, length) in enumerate(events)
        ]
        now = datetime(2026, 1, 3 + number, tzinfo=UTC)
        wanted = said(kind, feed(*texts), USERS, now).rows
        rows = written(rows, kind, wanted, now)
        assert difference(rows, kind.by, wanted, now + timedelta(microseconds=1)) == ([], [])
