"""Calendars elsewhere in a file: what is meant by default, and that nobody tells their addresses on."""

from __future__ import annotations

from tests.unit.config.documents import small
from tocsin.config.compile import compile_config
from tocsin.config.plan import difference
from tocsin.config.revision import pack, unpack
from tocsin.oncall.model import Feed

URL = "https://calendar.example.com/secret-3f2b.ics?key=7"


def document(feed: dict[str, str] | None = None, away: str | None = None) -> dict:
    found = small()
    if feed is not None:
        found["schedules"]["primary"]["feed"] = feed
    if away is not None:
        found["users"]["ana"]["away_feed"] = away
    return found


def test_a_feed_has_overrides_unless_it_says_otherwise():
    for given, kind in (
        ({}, "overrides"),
        ({"as": "overrides"}, "overrides"),
        ({"as": "schedule"}, "schedule"),
    ):
        config = compile_config(document({"url": URL, **given}))
        feed = config.book.schedules["primary"].feed
        assert (feed.url, feed.kind) == (URL, kind)


def test_without_a_feed_there_is_none():
    book = compile_config(small()).book
    assert book.schedules["primary"].feed is None
    assert book.users["ana"].away_feed is None


def test_a_stored_revision_has_its_feeds():
    stored, facts = unpack(pack(document({"url": URL}, URL))[1])
    book = compile_config(stored, facts=facts).book
    assert book.schedules["primary"].feed == Feed(URL)
    assert book.users["ana"].away_feed == URL


def test_a_schedule_of_a_feed_needs_no_layers():
    found = document({"url": URL, "as": "schedule"})
    del found["schedules"]["primary"]["layers"]
    assert compile_config(found).book.schedules["primary"].layers == ()


def test_a_plan_shows_the_host_of_a_feed_and_no_more():
    bare = compile_config(document())
    with_feeds = compile_config(document({"url": URL}, URL))
    moved = compile_config(document({"url": URL.replace("7", "8")}, "https://other.example/secret-9"))
    told = [one.detail for one in (*difference(bare, with_feeds), *difference(with_feeds, moved))]
    assert told == [
        "away_feed: https://calendar.example.com/… added",
        "feed: {url: https://calendar.example.com/…} added",
        "away_feed: https://calendar.example.com/… → https://other.example/…",
        "feed.url: https://calendar.example.com/… → https://calendar.example.com/…",
    ]
