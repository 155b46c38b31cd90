from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.events.library import text
from tocsin.alerts.event import Link, Parsed
from tocsin.alerts.parsers import parse


def one(**fields: Any) -> Parsed:
    (event,) = parse("generic", {}, json.dumps(fields))
    return event


def test_our_own_fields_are_taken_as_they_are() -> None:
    (event,) = parse("generic", {}, text("generic/own_fields.json"))
    assert event.as_json() == {
        "action": "trigger",
        "dedup_key": "backup/db1",
        "title": "Backup of db1 failed",
        "severity": "warning",
        "occurred_at": "2026-11-23T02:00:00+00:00",
        "parsed": True,
        "details": {"host": "db1", "exit_code": 3},
        "links": [{"href": "https://logs.example.com/backup", "text": "Log"}],
    }


def test_a_resolve_needs_only_its_key() -> None:
    (event,) = parse("generic", {}, text("generic/own_fields_resolve.json"))
    assert (event.action, event.dedup_key, event.parsed) == ("resolve", "backup/db1", True)


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": "1", "summary": "2", "message": "3", "subject": "4", "name": "5", "type": "6"}, "1"),
        ({"summary": "2", "message": "3", "subject": "4", "name": "5", "type": "6"}, "2"),
        ({"message": "3", "subject": "4", "name": "5", "type": "6"}, "3"),
        ({"subject": "4", "name": "5", "type": "6"}, "4"),
        ({"name": "5", "type": "6"}, "5"),
        ({"type": "6"}, "6"),
        ({"title": "", "summary": "  ", "message": "\x00", "subject": "4"}, "4"),
        ({"title": " two\n lines "}, "two lines"),
    ],
)
def test_the_title_is_the_first_text_that_says_something(fields: dict[str, str], title: str) -> None:
    event = one(**fields)
    assert (event.title, event.parsed) == (title, True)


@pytest.mark.parametrize("field", ["action", "event_action", "status", "state", "current_state"])
@pytest.mark.parametrize(
    ("word", "action"),
    [
        *(
            (word, "resolve")
            for word in ("resolve", "resolved", "ok", "OK", "recovered", "closed", "up", " Up ")
        ),
        *((word, "acknowledge") for word in ("ack", "acknowledge", "Acknowledged")),
        *((word, "trigger") for word in ("trigger", "firing", "down", "whatever", "", None, 7)),
    ],
)
def test_a_word_of_action_or_state_decides(field: str, word: object, action: str) -> None:
    assert one(**{"title": "t", "dedup_key": "k", field: word}).action == action


def test_the_action_is_heard_before_the_state() -> None:
    assert one(title="t", action="trigger", status="ok").action == "trigger"
    assert one(title="t", action="assigned", status="ok").action == "resolve"


@pytest.mark.parametrize(
    "field",
    ["dedup_key", "dedup", "dedupe_key", "incident_key", "alert_uid", "alert_id", "alias", "fingerprint"],
)
def test_a_dedup_key_is_known_by_many_names(field: str) -> None:
    assert one(**{"title": "t", field: "db1/disk"}).dedup_key == "db1/disk"


def test_a_number_can_be_a_dedup_key() -> None:
    assert one(title="t", alert_id=17).dedup_key == "17"


def test_a_plain_id_is_no_dedup_key() -> None:
    assert one(title="disk full", id="db1").dedup_key != one(title="memory full", id="db1").dedup_key


def test_without_a_key_the_message_that_resolves_finds_the_one_that_triggered() -> None:
    (firing,) = parse("generic", {}, text("generic/status_firing.json"))
    (resolved,) = parse("generic", {}, text("generic/status_resolved.json"))
    assert (firing.action, resolved.action) == ("trigger", "resolve")
    assert firing.dedup_key == resolved.dedup_key


def test_without_a_key_the_order_of_the_fields_does_not_matter() -> None:
    assert one(title="t", host="a").dedup_key == one(host="a", title="t").dedup_key
    assert one(title="t", host="a").dedup_key != one(title="t", host="b").dedup_key


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-11-23T02:00:00Z", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        ("2026-11-23T02:00:00.5+01:00", datetime(2026, 11, 23, 1, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23 02:00:00 +0000", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (1795399200, datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (1795399200.25, datetime(2026, 11, 23, 2, 0, 0, 250_000, tzinfo=UTC)),
        ("1795399200", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        (1795399200123, datetime(2026, 11, 23, 2, 0, 0, 123_000, tzinfo=UTC)),
        (1795399200123456, datetime(2026, 11, 23, 2, 0, 0, 123_456, tzinfo=UTC)),
        (1795399200123456789, datetime(2026, 11, 23, 2, 0, 0, 123_457, tzinfo=UTC)),
        ("2026-11-23T02:00:00", None),
        ("2026-11-23", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-02T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        (0, None),
        (-1, None),
        (17, None),
        (10**40, None),
        (True, None),
        ("", None),
        (None, None),
        ([2026], None),
    ],
)
def test_a_time_is_taken_when_it_is_certain_and_is_unknown_otherwise(
    value: object, at: datetime | None
) -> None:
    for field in ("occurred_at", "timestamp", "time"):
        assert one(**{"title": "t", field: value}).occurred_at == at


def test_the_first_certain_time_counts() -> None:
    event = one(title="t", occurred_at="soon", timestamp="2026-11-23T02:00:00Z", time=0)
    assert event.occurred_at == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert event.details == {"occurred_at": "soon", "time": 0}


@pytest.mark.parametrize("word", ["apocalyptic", 3, None, ["critical"], {}])
def test_an_unknown_severity_is_unknown(word: object) -> None:
    event = one(title="t", severity=word)
    assert (event.severity, event.parsed) == ("unknown", True)


def test_a_level_is_a_severity_too() -> None:
    assert one(title="t", level="fatal").severity == "critical"
    assert one(title="t", severity="?", level="fatal").severity == "critical"


def test_nothing_that_was_sent_is_lost() -> None:
    event = one(
        title="t",
        message="m",
        host="h",
        status="odd",
        severity="odd",
        details={"a": 1},
        links=["javascript:x"],
    )
    assert event.details == {
        "message": "m",
        "host": "h",
        "status": "odd",
        "severity": "odd",
        "a": 1,
        "links": ["javascript:x"],
    }


def test_details_of_any_type_are_kept() -> None:
    assert one(title="t", details="free text").details == {"details": "free text"}
    assert one(title="t", details=[1]).details == {"details": [1]}
    assert one(title="t", host="a", details={"host": "b"}).details == {"host": "a", "details": {"host": "b"}}


def test_links_come_in_many_forms_and_each_once() -> None:
    event = one(
        title="t",
        url="https://a.example.com/x",
        runbook_url="https://r.example.com",
        links=[
            {"href": "https://l.example.com", "text": "L"},
            {"url": "https://u.example.com", "title": "U"},
            "https://a.example.com/x",
        ],
    )
    assert event.links == (
        Link("https://l.example.com", "L"),
        Link("https://u.example.com", "U"),
        Link("https://a.example.com/x", "a.example.com"),
        Link("https://r.example.com", "Runbook"),
    )
    assert event.details == {}


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "ftp://example.com",
        "https://",
        'https://example.com/"onmouseover="x',
        "https://example.com/<script>",
        "https://example.com/a b",
        "https://example.com/\n",
        "https://example.com/\x00",
        "https://example.com/" + "x" * 3000,
        "//example.com",
        None,
        7,
        {"href": {}},
    ],
)
def test_a_link_that_could_do_harm_is_not_offered(href: object) -> None:
    assert all(link.href == "https://example.com/" for link in one(title="t", links=[href], url=href).links)


def test_an_array_is_one_event_for_each_object() -> None:
    first, second = parse("generic", {}, text("generic/several.json"))
    assert (first.dedup_key, first.action) == ("a", "trigger")
    assert (second.dedup_key, second.action) == ("b", "resolve")


def test_one_odd_element_does_not_cost_the_others() -> None:
    events = parse("generic", {}, '[{"title": "t"}, 7, {}]')
    assert [(event.parsed, event.raw) for event in events] == [(True, None), (False, "7"), (False, "{}")]


def test_an_empty_array_is_no_event() -> None:
    assert parse("generic", {}, "[]") == []


@pytest.mark.parametrize(
    "body",
    [
        text("generic/nothing_recognisable.json"),
        text("generic/title_is_a_list.json"),
        "{}",
        '{"title": {"de": "voll"}}',
        '{"title": "t", "action": 7}',
        '{"title": "t", "dedup_key": ["a"]}',
        "[1, 2]",
        "7",
        '"text"',
        "null",
        "not json",
        "",
    ],
)
def test_what_cannot_be_understood_is_one_trigger_with_its_text(body: str) -> None:
    (event,) = parse("generic", {}, body)
    assert (event.action, event.parsed, event.raw) == ("trigger", False, body)
    assert event.title
    assert event.dedup_key


def test_what_cannot_be_understood_keeps_what_could_be_made_out() -> None:
    event = one(title=["x"], message="disk full", dedup_key="db1", severity="critical")
    assert (event.parsed, event.title, event.dedup_key, event.severity) == (
        False,
        "disk full",
        "db1",
        "critical",
    )


def test_what_cannot_be_understood_twice_is_a_repeat() -> None:
    assert one(readings=[1]).dedup_key == one(readings=[1]).dedup_key
    assert one(readings=[1]).dedup_key != one(readings=[2]).dedup_key


def test_a_resolve_is_heard_even_when_its_title_is_odd() -> None:
    event = one(title=["x"], status="resolved", dedup_key="db1")
    assert (event.action, event.parsed, event.dedup_key) == ("resolve", True, "db1")


def test_a_key_that_is_no_text_still_matches_its_resolve() -> None:
    trigger, resolve = (
        one(title="t", dedup_key={"a": 1, "b": 2}),
        one(status="ok", dedup_key={"b": 2, "a": 1}),
    )
    assert trigger.dedup_key == resolve.dedup_key
    assert trigger.parsed is False


@pytest.mark.parametrize("header", ["webhook-id", "x-github-delivery"])
def test_a_delivery_id_in_the_headers_is_kept(header: str) -> None:
    (event,) = parse("generic", {header: "d-1"}, '{"title": "t"}')
    assert event.delivery_id == "d-1"
