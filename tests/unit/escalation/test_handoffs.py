"""Handoffs are told to who comes and who goes, and to channels: when each of them wants to know, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.escalation.covering import CoverWord, cover_words
from tocsin.escalation.handoffs import Handoff, Word, handoffs_of, words
from tocsin.escalation.model import Book
from tocsin.oncall.changes import Changes, Cover, Made, Part, Swap
from tocsin.paging.rota_texts import cover_text, for_channel, handoff_text

# The handoff of a Monday, at nine in London; the clocks have gone forward the day before.
MONDAY = datetime(2026, 3, 30, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def team(users: list[Any] | None = None, people: dict[str, Any] | None = None, **schedule: Any) -> Book:
    layer = {"users": users or ["ana", "ben"], "starts": "2026-03-02T09:00", "rotate": {"unit": "week"}}
    rows = {
        "ana": {"name": "Ana Souza", "email": "ana@example.com", "timezone": "America/Sao_Paulo"},
        "ben": {"name": "Ben Okafor", "contacts": {"m": "+442071838750"}, "timezone": "Europe/London"},
        "chi": {"email": "chi@example.com"},
    }
    return compile_config(
        small(
            users={**rows, **(people or {})},
            schedules={"primary": {"timezone": "Europe/London", "layers": [layer], **schedule}},
            policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}]}},
        )
    ).book


def told(
    book: Book, since: datetime = MONDAY - MINUTE, now: datetime = MONDAY
) -> list[tuple[str | None, str, str, bool]]:
    return [(word.user, word.via, word.to, word.comes) for word in words(book, since, now)]


def test_who_goes_and_who_comes_are_told_at_the_handoff():
    assert told(team()) == [
        ("ana", "email", "ana@example.com", True),
        ("ben", "sms", "+442071838750", False),
    ]


def test_a_handoff_belongs_to_the_minute_that_ends_with_it():
    assert told(team(), MONDAY - 2 * MINUTE, MONDAY - MINUTE) == []
    assert told(team(), MONDAY, MONDAY + MINUTE) == []


def test_who_stays_hears_nothing():
    assert [user for user, *_ in told(team([["ana", "chi"], ["ben", "chi"]]))] == ["ana", "ben"]


def test_each_hears_as_long_before_as_they_want():
    rules = [{"before": "1d", "via": "email"}, {"before": "15m", "via": "email"}]
    book = team(people={"ana": {"email": "ana@example.com", "notify": {"handoff": rules}}})
    for lead in (DAY, 15 * MINUTE):
        at = MONDAY - lead
        assert [(word.user, word.lead, word.handoff.at) for word in words(book, at - MINUTE, at)] == [
            ("ana", lead, MONDAY)
        ]
    assert [word.user for word in words(book, MONDAY - MINUTE, MONDAY)] == ["ben"]


def test_channels_hear_too():
    book = team(
        handoff=[
            {"email": "team@example.com"},
            {"before": "1h", "email": "team@example.com"},
            {"slack": "#x"},
        ]
    )
    assert (None, "email", "team@example.com", True) in told(book)
    assert told(book, MONDAY - 61 * MINUTE, MONDAY - HOUR) == [(None, "email", "team@example.com", True)]


def test_an_override_begins_and_ends_with_a_handoff():
    override = {"user": "chi", "from": "2026-03-31T10:00", "to": "2026-03-31T12:00", "for": "ana"}
    book = team(overrides=[override])
    schedule = book.schedules["primary"]
    assert handoffs_of(schedule, MONDAY, MONDAY + 2 * DAY) == [
        Handoff("primary", MONDAY + 25 * HOUR, ("ana",), ("chi",)),
        Handoff("primary", MONDAY + 27 * HOUR, ("chi",), ("ana",)),
    ]


def test_the_words_say_from_when_to_when_on_the_readers_own_clock():
    book = team()
    comes, goes = words(book, MONDAY - MINUTE, MONDAY)
    assert handoff_text(comes, book) == (
        "You are on call for primary now",
        "You are on call for primary now, since Mon 30 Mar 05:00 (-03:00), until Mon 6 Apr 05:00 (-03:00).",
    )
    assert handoff_text(goes, book) == (
        "Your time on call for primary has ended",
        "Your time on call for primary has ended at Mon 30 Mar 09:00 (+01:00). Ana Souza follows.",
    )


def test_the_words_say_how_soon_who_else_and_that_nobody_follows():
    rules = {"handoff": [{"before": "1h", "via": "email"}]}
    people = {
        "ana": {"email": "a@example.com", "notify": rules},
        "chi": {"name": "Chi", "email": "c@example.com", "notify": rules},
    }
    book = team([["ana", "chi"], "ben"], people=people)
    first, _ = words(book, MONDAY - 61 * MINUTE, MONDAY - HOUR)
    assert handoff_text(first, book)[1] == (
        "You are on call for primary in 1 hour, at Mon 30 Mar 08:00 (+00:00), until Mon 6 Apr 08:00 (+00:00)."
        " Together with Chi."
    )
    alone = team(["ana"], people=people, overrides=[], cover=[{"from": "00:00", "to": "24:00"}])
    layer = alone.schedules["primary"].layers[0]
    assert layer.users == (("ana",),)
    word = Word(
        "x", "email", "a@example.com", Handoff("primary", MONDAY, ("ana",), ()), HOUR, "ana", False, None
    )
    assert handoff_text(word, book)[1].endswith(
        "ends in 1 hour, at Mon 30 Mar 08:00 (+00:00). nobody follows."
    )
    channel = Word(
        "x",
        "email",
        "t@example.com",
        Handoff("primary", MONDAY, ("ana",), ("ben", "chi")),
        DAY,
        None,
        True,
        None,
    )
    assert handoff_text(channel, book) == (
        "primary: Ben Okafor and Chi on call in 1 day",
        "primary: Ben Okafor and Chi on call in 1 day, at Mon 30 Mar 09:00 (+01:00), after ana.",
    )


def test_names_of_people_cannot_write_a_message_of_their_own():
    book = team(people={"ana": {"name": "Ana https://evil.example.com", "email": "a@example.com"}})
    assert "evil(.)example(.)com" in handoff_text(words(book, MONDAY - MINUTE, MONDAY)[1], book)[1]
    assert len(for_channel("sms", "ã" * 900)) <= 306


MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@MANY
@given(st.lists(st.integers(1, 60 * 24 * 9), min_size=1, max_size=12))
def test_however_the_ticks_come_the_same_is_told_once(steps: list[int]) -> None:
    rules = [{"before": "1d", "via": "email"}, {"before": "1h", "via": "email"}, {"via": "email"}]
    book = team(
        people={"ana": {"email": "ana@example.com", "notify": {"handoff": rules}}},
        handoff=[{"email": "t@example.com"}],
    )
    start = MONDAY - 9 * DAY
    at = start
    pieces: list[str] = []
    for step in steps:
        pieces += [word.id for word in words(book, at, at + step * MINUTE)]
        at += step * MINUTE
    assert sorted(pieces) == sorted(word.id for word in words(book, start, at))
    assert len(set(pieces)) == len(pieces)


# ------------------------------------------------------------------------------------------------- cover

ASKED = MONDAY + 2 * HOUR  # eleven in London, seven in São Paulo
COVER = Cover(Made("c1", ASKED, "ben"), "primary", "ben", MONDAY + 8 * DAY, MONDAY + 9 * DAY)


def said(book: Book, since: datetime, now: datetime, cover: Cover = COVER) -> list[CoverWord]:
    return cover_words(book, Changes((cover,), 1), since, now)


def test_those_who_could_take_it_are_asked_in_their_working_hours_and_reminded():
    book = team()
    assert said(book, ASKED - MINUTE, ASKED + 119 * MINUTE) == []
    (first,) = said(book, ASKED - MINUTE, ASKED + 2 * HOUR)  # ana's day begins at nine
    assert (first.user, first.what, first.id) == ("ana", "asked", "cover-c1-20260330T120000-ana")
    subject, text = cover_text(first, book)
    assert subject == "Ben Okafor asks for cover on primary"
    assert "Tue 7 Apr 05:00 (-03:00) to Wed 8 Apr 05:00 (-03:00)" in text
    assert "tocsin cover take c1 --user ana" in text
    hours = (ASKED + hour * HOUR for hour in range(9 * 24))
    assert [word.id for at in hours for word in said(book, at, at + HOUR)] == [
        "cover-c1-20260330T120000-ana",
        "cover-c1-20260331T120000-ana",  # a week before
        "cover-c1-20260406T120000-ana",  # three days, two days and one day before, of which two were a weekend
        "cover-c1-expired-ben",
    ]


def test_once_it_is_taken_who_gave_it_hears_and_nobody_is_asked_any_more():
    book = team()
    part = Part("ana", COVER.start, COVER.end, ASKED + 3 * HOUR)
    taken = Cover(COVER.made, COVER.schedule, COVER.user, COVER.start, COVER.end, (part,))
    (word,) = said(book, ASKED - MINUTE, ASKED + 9 * DAY, taken)
    assert (word.user, word.what, word.via) == ("ben", "taken", "sms")
    assert cover_text(word, book)[1].startswith(
        "Ana Souza takes your time on call for primary: Tue 7 Apr 09:00 (+01:00)"
    )


def test_when_nobody_takes_it_who_gave_it_is_told_that_it_stays_theirs():
    book = team()
    (word,) = said(book, COVER.start - MINUTE, COVER.start)
    assert (word.user, word.what) == ("ben", "expired")
    assert cover_text(word, book)[1].endswith("It stays yours.")


def test_time_that_has_begun_when_it_is_given_away_is_asked_for_and_is_not_called_untaken_at_once():
    begun = Cover(Made("c1", ASKED + HOUR, "ben"), "primary", "ben", ASKED, ASKED + 9 * HOUR)
    (word,) = said(team(), ASKED, ASKED + 2 * HOUR, begun)
    assert (word.user, word.what) == ("ana", "asked")
    assert said(team(), ASKED + HOUR, ASKED + 9 * HOUR, begun) == []


def test_a_swap_is_offered_to_one_and_a_cancelled_request_to_nobody():
    book = team(["ana", "ben", "chi"])
    swap = Swap("chi", MONDAY + 10 * DAY, MONDAY + 11 * DAY)
    offered = Cover(COVER.made, "primary", "ben", COVER.start, COVER.end, (), swap)
    (word,) = said(book, ASKED - MINUTE, ASKED, offered)
    assert (word.user, cover_text(word, book)[0]) == ("chi", "Ben Okafor offers you a swap")
    gone = Cover(Made("c1", ASKED, "ben", ASKED, "ben"), "primary", "ben", COVER.start, COVER.end)
    assert said(book, ASKED - MINUTE, ASKED + 20 * DAY, gone) == []
