"""The HTTP API says who is on call, to whoever has a token; calendars open to whoever has their address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from tests.unit.config.documents import small
from tocsin.alerts.keys import hash_key
from tocsin.config.revision import pack
from tocsin.engine.api import answer
from tocsin.engine.requests import Request, Response
from tocsin.oncall.changes import Made, OverrideMade
from tocsin.store.configuration import Access
from tocsin.store.memory import MemoryStore

MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
NOW = MONDAY + timedelta(days=1, hours=3)
DAY = timedelta(days=1)
TOKEN, MINE, OURS, TEAM = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    layer = {"users": ["ana", "ben"], "starts": "2026-03-02T09:00", "rotate": {"unit": "week"}}
    document = small(
        users={"ana": {"name": "Ana Souza", "timezone": "America/Sao_Paulo"}, "ben": {}, "chi": {}},
        teams={"payments": ["ben", "chi"]},
        schedules={"primary": {"timezone": "Europe/London", "layers": [layer]}},
        policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}, {"page": [{"user": "chi"}]}]}},
    )
    store.apply(*pack(document), None, MONDAY - 14 * DAY, "ana")
    for key, kind, subject in (
        (TOKEN, "api", ""),
        (MINE, "calendar", "user:ana"),
        (OURS, "calendar", "schedule:primary"),
        (TEAM, "calendar", "team:payments"),
    ):
        store.put_access(Access(hash_key(key), kind, subject, "x", MONDAY, "ana", (3600,)))  # type: ignore[arg-type]
    return store


def ask(store: MemoryStore, route: str, *, key: str | None = TOKEN, now: datetime = NOW, **more) -> Response:
    headers = {"authorization": f"Bearer {key}"} if key is not None else {}
    return answer(
        store, Request(route, headers={**headers, **more.pop("headers", {})}, **more), "https://x", now
    )


def on_call(store: MemoryStore, **query: str) -> Response:
    return ask(store, "GET /v1/oncall", query=query)


def feed(store: MemoryStore, key: str, **more) -> Response:
    return ask(store, "GET /v1/calendars/{file}", key=None, path={"file": f"{key}.ics"}, **more)


def events(response: Response) -> list[Any]:
    assert isinstance(response.body, bytes)
    return list(icalendar.Calendar.from_ical(response.body).walk("VEVENT"))


def said(response: Response) -> Any:
    """The answer's JSON."""
    assert not isinstance(response.body, bytes)
    return response.body


def test_who_is_on_call_now_and_next(store):
    assert on_call(store) == Response(
        200,
        {
            "at": "2026-03-10T12:00:00+00:00",
            "schedules": [
                {
                    "schedule": "primary",
                    "now": {
                        "users": ["ben"],
                        "start": "2026-03-09T09:00:00+00:00",
                        "end": "2026-03-16T09:00:00+00:00",
                    },
                    "next": {
                        "users": ["ana"],
                        "start": "2026-03-16T09:00:00+00:00",
                        "end": "2026-03-23T09:00:00+00:00",
                    },
                }
            ],
        },
    )
    assert said(on_call(store, schedule="primary"))["schedules"] == said(on_call(store))["schedules"]


def test_of_a_service_and_of_a_person(store):
    steps = said(on_call(store, service="checkout"))["steps"]
    assert [(one["step"], one["users"]) for one in steps] == [(1, ["ben"]), (2, ["chi"])]
    mine = said(on_call(store, user="ana"))["schedules"]
    assert mine[0]["now"] is None
    assert mine[0]["next"]["start"] == "2026-03-16T06:00:00-03:00"


def test_at_another_time(store):
    body = said(on_call(store, at="2026-03-17T12:00:00+01:00"))
    assert body["schedules"][0]["now"]["users"] == ["ana"]
    assert said(on_call(store, at="2026-03-17T12:00Z"))["schedules"][0]["now"]["users"] == ["ana"]
    assert on_call(store, at="2026-02-01T12:00Z").status == 404


def test_a_schedule_over_a_range_with_its_past_and_its_changes(store):
    change = OverrideMade(Made("o", NOW, "ana"), "primary", ("chi",), NOW + DAY, NOW + 2 * DAY)
    store.put_change(change, store.changes(), NOW)
    query = {"from": "2026-03-02T00:00Z", "to": "2026-03-14T00:00Z"}
    found = ask(store, "GET /v1/schedules/{name}", path={"name": "primary"}, query=query)
    assert [(one["users"], one["source"]) for one in said(found)["spans"]] == [
        (["ana"], "layer:1"),
        (["ben"], "layer:1"),
        (["chi"], "override"),
        (["ben"], "layer:1"),
    ]
    assert len(said(found)["gaps"]) == 1


@pytest.mark.parametrize("key", [None, "", "e" * 32, "not a token", MINE])
def test_without_a_token_nothing_is_said(store, key):
    found = ask(store, "GET /v1/oncall", key=key)
    assert (found.status, found.headers) == (401, {"www-authenticate": "Bearer"})


def test_a_revoked_token_opens_nothing(store):
    store.put_access(replace(store.access(hash_key(TOKEN)), revoked_at=NOW))
    assert on_call(store).status == 401


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"schedule": "primary", "user": "ana"}, 400, "one of schedule, service and user"),
        ({"schedule": "other"}, 404, "no schedule named 'other'"),
        ({"service": "other"}, 404, "no service named"),
        ({"user": "x" * 500}, 404, "no user named"),
        ({"at": "yesterday"}, 400, "no time with an offset"),
        ({"at": "2026-03-17T12:00"}, 400, "no time with an offset"),
        ({"at": "0001-01-01T00:00Z"}, 400, "too far away"),
    ],
)
def test_what_cannot_be_answered_says_why(store, query, status, words):
    found = on_call(store, **query)
    assert found.status == status
    assert words in said(found)["error"]
    assert len(said(found)["error"]) < 200


def test_a_range_is_bounded(store):
    for query in ({"from": "2026-03-02T00:00Z", "to": "2026-03-01T00:00Z"}, {"to": "2030-03-01T00:00Z"}):
        assert ask(store, "GET /v1/schedules/{name}", path={"name": "primary"}, query=query).status == 400
    assert ask(store, "GET /v1/schedules/{name}", path={"name": "other"}).status == 404
    assert ask(store, "GET /v1/nothing").status == 404


def test_ones_own_calendar_has_ones_shifts_with_reminders(store):
    found = feed(store, MINE)
    assert (found.status, found.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    mine = events(found)
    assert all(str(one["SUMMARY"]) == "On call: primary" for one in mine)
    assert mine[1]["DTSTART"].dt == MONDAY + 7 * DAY
    assert mine[1].walk("VALARM")[0]["TRIGGER"].dt == -timedelta(hours=1)


def test_a_schedules_calendar_has_everybodys_and_a_teams_its_peoples(store):
    assert {str(one["SUMMARY"]) for one in events(feed(store, OURS))} == {
        "Ana Souza: primary",
        "ben: primary",
    }
    assert {str(one["SUMMARY"]) for one in events(feed(store, TEAM))} == {"ben: primary"}


def test_the_same_shift_keeps_its_identity_from_day_to_day_and_when_its_end_moves(store):
    before = {str(one["UID"]): one["DTSTART"].dt for one in events(feed(store, OURS))}
    later = {str(one["UID"]): one["DTSTART"].dt for one in events(feed(store, OURS, now=NOW + 3 * DAY))}
    assert {uid: at for uid, at in before.items() if uid in later} == {
        uid: at for uid, at in later.items() if uid in before
    }
    assert len(set(before) & set(later)) >= len(before) - 1
    change = OverrideMade(Made("o", NOW, "ana"), "primary", ("chi",), MONDAY + 6 * DAY, MONDAY + 7 * DAY)
    store.put_change(change, store.changes(), NOW)
    after = {str(one["UID"]): one["DTEND"].dt for one in events(feed(store, OURS))}
    moved = next(uid for uid, start in before.items() if start == MONDAY)
    assert after[moved] == MONDAY + 6 * DAY


def test_a_calendar_is_the_same_until_something_changes(store):
    first, again = feed(store, OURS), feed(store, OURS, now=NOW + timedelta(minutes=5))
    assert first == again
    tag = first.headers["etag"]
    assert feed(store, OURS, headers={"if-none-match": f'W/{tag}, "other"'}).status == 304
    change = OverrideMade(Made("o", NOW, "ana"), "primary", ("chi",), NOW + DAY, NOW + 2 * DAY)
    store.put_change(change, store.changes(), NOW)
    assert feed(store, OURS, headers={"if-none-match": tag}).status == 200


@pytest.mark.parametrize("key", ["e" * 32, TOKEN, "x", ""])
def test_an_address_that_is_none_says_no_more_than_that(store, key):
    found = feed(store, key)
    assert (found.status, found.body) == (
        404,
        {"error": "there is no calendar at this address, or not any more"},
    )


def test_a_revoked_calendar_and_one_of_somebody_who_left_are_gone(store):
    store.put_access(replace(store.access(hash_key(MINE)), revoked_at=NOW))
    assert feed(store, MINE).status == 404
    gone = Access(hash_key("f" * 32), "calendar", "user:zoe", "zoe", NOW, "ana")
    store.put_access(gone)
    assert feed(store, "f" * 32).status == 404


def test_a_shift_that_an_apply_ended_is_told_as_it_was(store):
    id, config = store.config()
    at = NOW + timedelta(hours=1)
    document = {
        **config.document,
        "schedules": {
            "primary": {
                "timezone": "UTC",
                "layers": [{"name": "new", "users": ["chi"], "starts": "2026-03-01T09:00"}],
            }
        },
    }
    store.apply(*pack(document), id, at, "ana")
    shift = said(on_call(store))["schedules"][0]["now"]
    assert (shift["users"], shift["end"]) == (["ben"], "2026-03-10T13:00:00+00:00")
    later = said(on_call(store, at="2026-03-10T14:00Z"))["schedules"][0]["now"]
    assert (later["users"], later["start"]) == (["chi"], "2026-03-10T13:00:00+00:00")
