"""Calendars elsewhere: what they say holds, and whatever they do, what was stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.engine.feeds import AWAY_URL, DAY, HOUR, MINUTE, URL, Team, days, team
from tests.unit.oncall.calendars.feeds import feed
from tocsin.engine import rota
from tocsin.engine.feed import ROOM
from tocsin.engine.feeds import Refreshed, refresh
from tocsin.oncall.changes import FEED, Made, OverrideMade, TemporaryMade
from tocsin.oncall.model import Shift
from tocsin.store.feeds import FeedState
from tocsin.store.memory import MemoryStore
from tocsin.store.ports import Conflict, Full

# A Monday. Of the layers it is ana who is on call, the year round.
T0 = datetime(2026, 1, 12, 12, tzinfo=UTC)
FEED_OF = {"feed": {"url": URL}}
SCHEDULE_OF = {"feed": {"url": URL, "as": "schedule"}}


@pytest.fixture
def ours() -> Team:
    found = team(T0)
    found.apply(FEED_OF)
    return found


def at(day: float) -> datetime:
    return T0 + day * DAY


# what it says holds


def test_without_a_configuration_or_a_feed_nothing_is_asked(ours):
    assert team(T0).read() == Refreshed()
    ours.apply()
    assert ours.read() == Refreshed()
    assert ours.internet.asked == []


def test_overrides_of_a_feed_hold_for_their_time(ours):
    ours.internet.pages[URL] = days(("ben", 1, 2), ("chi & dee", 3, 4), since=T0)
    assert ours.read() == Refreshed(read=1)
    assert [ours.who(at(day)) for day in (0, 1, 2, 3, 4)] == ["ana", "ben", "ana", "chi dee", "ana"]
    assert ours.state().shifts == 2


def test_a_feed_that_is_the_schedule_replaces_the_layers_and_where_it_has_nobody_nobody_is(ours):
    ours.apply(SCHEDULE_OF)
    ours.internet.pages[URL] = days(("ben", 0, 2), ("chi", 3, 100), since=T0)
    ours.read()
    assert [ours.who(at(day)) for day in (0, 1, 2, 3, 50)] == ["ben", "ben", "", "chi", "chi"]


def test_time_off_of_a_feed_hands_the_turns_on(ours):
    ours.apply(away_feed=AWAY_URL, timezone="America/Sao_Paulo")
    ours.internet.pages[AWAY_URL] = feed(
        "SUMMARY:Beach\nDTSTART;VALUE=DATE:20260114\nDTEND;VALUE=DATE:20260115"
    )
    ours.read()
    moments = ["2026-01-14T02:59", "2026-01-14T03:00", "2026-01-15T02:59", "2026-01-15T03:00"]
    assert [ours.who(datetime.fromisoformat(f"{one}+00:00")) for one in moments] == [
        "ana",
        "ben",
        "ben",
        "ana",
    ]


def test_what_people_do_by_hand_goes_before_what_a_feed_says_whenever_that_is(ours):
    ours.internet.pages[URL] = days(("ben", 1, 5), since=T0)
    ours.read()
    mine = OverrideMade(Made("mine", ours.clock.now(), "cli:dee"), "primary", ("dee",), at(2), at(3))
    rota.make(ours.ports.store, ours.clock, mine)
    ours.clock.advance(HOUR)
    ours.internet.pages[URL] = days(("chi", 1, 5), since=T0)
    ours.read()
    assert [ours.who(at(day)) for day in (1, 2, 3, 5)] == ["chi", "dee", "chi", "ana"]
    ours.apply(SCHEDULE_OF)
    fair = TemporaryMade(
        Made("t", ours.clock.now(), "cli:ana"),
        "primary",
        "fair",
        at(3),
        at(4),
        (Shift(("ana",), at(3), at(4)),),
    )
    rota.make(ours.ports.store, ours.clock, fair)
    ours.clock.advance(HOUR)
    ours.read()
    assert [ours.who(at(day)) for day in (1, 2, 3, 4, 5)] == ["chi", "dee", "ana", "chi", ""]


def test_read_again_and_again_it_writes_nothing_until_the_month_is_over(ours):
    ours.apply(SCHEDULE_OF)
    ours.internet.pages[URL] = feed(
        "SUMMARY:ben\nDTSTART:20260101T000000Z\nDTEND:20260102T000000Z\nRRULE:FREQ=DAILY"
    )
    for names in (True, False):
        ours.internet.names = names
        ours.read()
        before = ours.ports.store.changes()
        for _ in range(20):
            ours.clock.advance(6 * HOUR)
            assert ours.read() == Refreshed(read=1)
        assert ours.ports.store.changes() == before
        ours.clock.advance(25 * DAY)
        ours.read()
        assert ours.ports.store.changes() != before
    assert ours.who(ours.clock.now() + 85 * DAY) == "ben"


def test_what_has_not_changed_is_not_sent_again_unless_it_is_to_be_read_otherwise(ours):
    ours.internet.pages[URL] = days(("zoe", 1, 3), since=T0)
    ours.read()
    assert ours.state().problems == ("'zoe': left out: it names nobody that is known",)
    etag = ours.state().etag
    ours.read()
    ours.apply(FEED_OF, name="zoe")
    ours.read()
    ours.read()
    assert [asked for _, asked in ours.internet.asked] == ["", etag, "", etag]
    assert ours.who(at(1)) == "ana"
    assert ours.state().problems == ()


def test_two_runs_at_once_do_it_once(ours):
    ours.internet.pages[URL] = days(("ben", 1, 2), ("chi", 3, 4), since=T0)
    store = ours.ports.store
    put, met = store.put_changes, []

    def in_the_way(altered, upon, now):
        met.append(now)
        if len(met) == 1:
            ours.read()
        return put(altered, upon, now)

    store.put_changes = in_the_way
    ours.read()
    assert len(store.changes().rows) == 2
    assert len(met) == 2


def test_as_much_as_a_feed_may_say_is_exchanged_in_few_writes(ours):
    def events(summary: str) -> bytes:
        return feed(
            *(
                f"UID:{n}\nSUMMARY:{summary}\nDTSTART:{T0 + n * 4 * HOUR:%Y%m%dT%H%M%SZ}\nDURATION:PT3H"
                for n in range(1, 501)
            )
        )

    ours.internet.pages[URL] = events("ben")
    ours.read()
    assert len(ours.ports.store.changes().rows) == 500
    writes = ours.ports.store.requests["put_changes"]
    ours.internet.pages[URL] = events("chi")
    ours.read()
    assert ours.ports.store.requests["put_changes"] - writes == 11
    assert {ours.who(T0 + n * 4 * HOUR) for n in range(1, 501)} == {"chi"}
    assert not ours.state().failures


# the file


def test_a_feed_that_is_taken_out_takes_back_what_is_to_come_and_nothing_else(ours):
    ours.internet.pages[URL] = days(("ben", 0, 2), ("chi", 3, 4), since=T0)
    ours.read()
    ours.clock.advance(DAY)
    ours.apply()
    ours.read()
    assert [ours.who(at(day)) for day in (1, 1.5, 3)] == ["ana", "ana", "ana"]
    assert ours.was(at(0.5)) == "ben"
    assert ours.state() == FeedState()
    ours.apply(FEED_OF)
    ours.read()
    assert [ours.who(at(day)) for day in (1, 3)] == ["ben", "chi"]


def test_a_feed_that_becomes_the_schedule_or_overrides_again_is_read_anew(ours):
    ours.internet.pages[URL] = days(("ben", 1, 2), since=T0)
    for schedule, expected in ((FEED_OF, "ana ben ana"), (SCHEDULE_OF, " ben "), (FEED_OF, "ana ben ana")):
        ours.apply(schedule)
        ours.read()
        assert " ".join(ours.who(at(day)) for day in (0.5, 1, 2)) == expected
        ours.clock.advance(MINUTE)


def test_a_user_and_a_schedule_of_one_name_are_not_mixed_up():
    ours = team(T0)
    ours.apply({"feed": {"url": URL}}, away_feed=AWAY_URL)
    ours.internet.pages = {URL: days(("ben", 1, 2), since=T0), AWAY_URL: days(("x", 4, 5), since=T0)}
    ours.read()
    by = [row.made.by for row in ours.ports.store.changes().rows]
    assert sorted(by) == ["feed:schedule:primary", "feed:user:ana"]
    assert [ours.who(at(day)) for day in (1, 4)] == ["ben", "ben"]


# gone, huge, hostile, shrinking


@pytest.mark.parametrize(
    "answer",
    [
        "answers 404",
        b"<html>Sign in</html>",
        days(("chi", 1, 2), since=T0)[:-30],
        feed("SUMMARY:chi\nDTSTART:20260101T000000Z\nDURATION:PT30M\nRRULE:FREQ=HOURLY"),
        b"BEGIN:VCALENDAR\r\n" + b"\x00\xff" * 1_000_001,
    ],
    ids=["gone", "no calendar", "cut off", "endless", "huge"],
)
def test_a_feed_that_cannot_be_read_keeps_what_it_said_last(ours, answer):
    ours.internet.pages[URL] = days(("ben", 1, 3), since=T0)
    ours.read()
    good = ours.state()
    ours.internet.pages[URL] = answer
    ours.clock.advance(DAY / 2)
    for _ in range(2):
        assert ours.read() == Refreshed(failed=1)
    state = ours.state()
    assert [ours.who(at(day)) for day in (1, 2, 3)] == ["ben", "ben", "ana"]
    assert (state.failures, state.failing_since, state.last_ok) == (2, ours.clock.now(), T0)
    assert state.error
    assert "secret" not in state.error
    ours.internet.pages[URL] = days(("ben", 1, 3), since=T0)
    assert ours.read() == Refreshed(read=1)
    later = {"tried_at": ours.clock.now(), "last_ok": ours.clock.now()}
    assert ours.state() == replace(good, **later)


def test_a_feed_that_fails_for_a_day_raises_the_alarm_once_a_day_until_it_is_well(ours):
    ours.internet.pages[URL] = "answers 500"
    for _ in range(4 * 24 * 3 - 1):
        ours.read()
        ours.clock.advance(15 * MINUTE)
    assert [kind for kind, _ in ours.alarms] == ["feed", "feed"]
    assert ours.alarms[0][1] == (
        "the feed of schedule primary fails since 2026-01-12 12:00 UTC, and what it said last is kept: "
        "calendar.example.com answers 500"
    )
    ours.internet.pages[URL] = days(since=T0)
    ours.read()
    ours.internet.pages[URL] = "answers 500"
    for _ in range(4 * 23):
        ours.read()
        ours.clock.advance(15 * MINUTE)
    assert len(ours.alarms) == 2


def test_a_schedule_whose_feed_is_gone_for_good_goes_on_for_three_months_and_then_by_its_layers(ours):
    ours.apply(SCHEDULE_OF)
    ours.internet.pages[URL] = days(("ben", 0, 300), since=T0)
    ours.read()
    ours.internet.pages[URL] = "answers 410"
    ours.clock.advance(20 * DAY)
    ours.read()
    assert ours.who(datetime(2026, 4, 30, 23, 59, tzinfo=UTC)) == "ben"
    assert ours.who(datetime(2026, 5, 1, tzinfo=UTC)) == "ana"


def many(*people: str) -> bytes:
    return days(*((user, day, day + 1) for day, user in enumerate(people, start=1)), since=T0)


def test_a_feed_that_suddenly_has_nothing_is_believed_after_a_day(ours):
    ours.internet.pages[URL] = many("ben", "chi", "ben", "chi", "ben")
    ours.read()
    ours.internet.pages[URL] = many()
    assert ours.read() == Refreshed(failed=1)
    assert ours.state().error == (
        "it suddenly has nothing to come, and what it said before is kept; it is believed from 2026-01-13 12:00 UTC on"
    )
    ours.clock.advance(23 * HOUR)
    ours.internet.pages[URL] = "answers 500"
    ours.read()
    ours.internet.pages[URL] = many("zoe")
    ours.read()
    assert ours.who(at(2)) == "chi"
    assert ours.alarms == []
    ours.clock.advance(HOUR)
    assert ours.read() == Refreshed(read=1)
    assert ours.who(at(2)) == "ana"
    assert ours.alarms == [
        (
            "feed",
            "the feed of schedule primary has had nothing to come for a day: what it said before is taken back",
        )
    ]


def test_a_feed_that_had_nothing_for_an_hour_begins_anew_to_be_believed(ours):
    ours.internet.pages[URL] = many("ben", "chi", "ben", "chi", "ben")
    ours.read()
    ours.internet.pages[URL] = many()
    ours.read()
    ours.clock.advance(HOUR)
    ours.internet.pages[URL] = many("ben", "chi", "ben", "chi", "ben")
    ours.read()
    assert ours.state().empty_since is None
    ours.clock.advance(23 * HOUR)
    ours.internet.pages[URL] = many()
    assert ours.read() == Refreshed(failed=1)


def test_a_feed_of_few_shifts_or_one_of_which_all_is_over_may_have_nothing(ours):
    ours.internet.pages[URL] = many("ben", "chi", "ben", "chi")
    ours.read()
    ours.internet.pages[URL] = many()
    assert ours.read() == Refreshed(read=1)
    ours.internet.pages[URL] = many("ben", "chi", "ben", "chi", "ben")
    ours.read()
    ours.clock.advance(6 * DAY)
    ours.internet.pages[URL] = many()
    assert ours.read() == Refreshed(read=1)


def test_a_feed_that_says_something_else_each_time_leaves_room_for_people(ours):
    def events(user: str) -> bytes:
        return feed(
            *(
                f"UID:{n}\nSUMMARY:{user}\nDTSTART:{T0 + (n + 8) * 4 * HOUR:%Y%m%dT%H%M%SZ}\nDURATION:PT3H"
                for n in range(1, 501)
            )
        )

    for number in range(20):
        ours.internet.pages[URL] = events(("ben", "chi")[number % 2])
        ours.read()
        ours.clock.advance(15 * MINUTE)
    assert len(ours.ports.store.changes().rows) == ROOM
    ours.internet.pages[URL] = events("dee")
    assert ours.read() == Refreshed(failed=1)
    assert "says something else too often" in ours.state().error
    ours.clock.advance(DAY)
    assert ours.read() == Refreshed(read=1)
    assert ours.who(T0 + 500 * 4 * HOUR) == "dee"


def test_no_room_in_the_store_is_the_feeds_failure_and_keeps_what_it_said():
    class Small(MemoryStore):
        def put_changes(self, altered, upon, now):
            raise Full("too many changes are kept")

    ours = team(T0, Small())
    ours.apply(FEED_OF)
    ours.internet.pages[URL] = many("ben")
    assert ours.read() == Refreshed(failed=1)
    assert ours.state().error == "too many changes are kept"
    assert ours.state().etag == ""


def test_others_who_keep_writing_first_are_the_feeds_failure():
    class Busy(MemoryStore):
        def put_changes(self, altered, upon, now):
            raise Conflict("in the way")

    ours = team(T0, Busy())
    ours.apply(FEED_OF)
    ours.internet.pages[URL] = many("ben")
    assert ours.read() == Refreshed(failed=1)
    assert ours.state().error == "others kept writing first"


def test_what_was_half_written_is_asked_for_again_though_the_feed_goes_back_to_what_it_was(ours):
    ours.internet.pages[URL] = many("ben")
    ours.read()
    ours.internet.pages[URL] = many("chi")
    put = ours.ports.store.put_changes

    def dies(altered, upon, now):
        put(altered, upon, now)
        raise KeyboardInterrupt

    ours.ports.store.put_changes = dies
    with pytest.raises(KeyboardInterrupt):
        ours.read()
    ours.ports.store.put_changes = put
    ours.internet.pages[URL] = many("ben")
    ours.read()
    assert ours.who(at(1)) == "ben"


# one keeps none of the others waiting


def test_what_nobody_foresaw_in_one_feed_keeps_none_of_the_others_from_being_read(ours):
    ours.apply(FEED_OF, away_feed=AWAY_URL)
    ours.internet.pages = {URL: RuntimeError("secret-3f2b"), AWAY_URL: many("x")}
    with pytest.raises(ExceptionGroup, match="feed:schedule:primary"):
        ours.read()
    assert ours.state().error == "an unforeseen RuntimeError: look at the feeds function's log"
    assert ours.state("user:ana").last_ok == T0


def test_those_that_failed_come_last_and_who_waited_longest_comes_first(ours):
    ours.apply(FEED_OF, away_feed=AWAY_URL)
    ours.internet.pages = {URL: "does not answer in time", AWAY_URL: many("x")}
    ours.internet.takes = {URL: 10 * timedelta(seconds=1)}
    assert ours.read(budget=timedelta(seconds=10)) == Refreshed(failed=1, left=1)
    assert ours.read(budget=timedelta(seconds=10)) == Refreshed(read=1, failed=1)
    assert [url for url, _ in ours.internet.asked] == [URL, AWAY_URL, URL]
    ours.internet.pages[URL] = many("ben")
    ours.read()
    ours.read(budget=timedelta(0))
    ours.clock.advance(MINUTE)
    assert ours.read(budget=timedelta(seconds=10)) == Refreshed(read=2)


def test_a_feed_that_says_unchanged_unasked_fails(ours):
    from tocsin.engine.feed import Fetched

    done = refresh(ours.ports, lambda url, state: Fetched(None), ours.clock.now() + MINUTE)
    assert done == Refreshed(failed=1)
    assert ours.state().last_ok is None


# history

people = st.sampled_from(["ana", "ben", "chi & dee", "[L2] dee", "zoe"])
contents = st.one_of(
    st.lists(st.tuples(people, st.integers(-3, 12), st.integers(1, 5)), max_size=7),
    st.sampled_from(["gone", "garbage", "endless"]),
)
steps = st.lists(
    st.tuples(
        st.sampled_from([MINUTE, 15 * MINUTE, 5 * HOUR, 20 * HOUR, 3 * DAY, 26 * DAY]),
        st.sampled_from(["read", "read", "read", "apply", "hand", "cancel"]),
        contents,
        st.sampled_from([{}, FEED_OF, SCHEDULE_OF]),
        st.booleans(),
    ),
    min_size=2,
    max_size=9,
)


def content(said: list[tuple[str, int, int]] | str, now: datetime) -> bytes | str:
    if said == "gone":
        return "answers 404"
    if isinstance(said, str):
        rule = "SUMMARY:chi\nDTSTART:20260101T000000Z\nDURATION:PT30M\nRRULE:FREQ=HOURLY"
        return feed(rule) if said == "endless" else b"\x00 garbage"
    return days(*((user, start, start + length) for user, start, length in said), since=now)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_whatever_a_feed_does_who_was_on_call_stays_as_it_was(steps):
    ours = team(T0)
    ours.apply(FEED_OF)
    answered: dict[datetime, str] = {}
    for number, (wait, what, said, schedule, away) in enumerate(steps):
        until = ours.clock.now() + wait
        for part in range(8):
            then = ours.clock.now() + part * wait / 8
            answered[then + timedelta(seconds=1)] = ours.who(then + timedelta(seconds=1))
        ours.clock.set(until)
        now = ours.clock.now()
        rows = [row for row in ours.ports.store.changes().rows if not row.made.cancelled and row.end > now]
        if what == "apply":
            ours.apply(schedule, **({"away_feed": AWAY_URL} if away else {}))
        elif what == "hand":
            mine = OverrideMade(Made(f"h{number}", now, "cli:dee"), "primary", ("dee",), now, now + 2 * DAY)
            rota.make(ours.ports.store, ours.clock, mine)
        elif what == "cancel" and rows:
            rota.cancel(ours.ports.store, ours.clock, rows[-1].made.id, "cli:dee")
        ours.internet.pages = {URL: content(said, now), AWAY_URL: content(said, now)}
        ours.read()
    for then, who in answered.items():
        if then < ours.clock.now():
            assert ours.was(then) == who, then
    assert all(row.made.by.startswith((FEED, "cli:")) for row in ours.ports.store.changes().rows)
