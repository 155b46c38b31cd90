from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tocsin.alerts.event import Action, AlertEvent, Link, Parsed, Severity, event_id, key_hash

AT = datetime(2026, 11, 23, 2, 0, 15, 250_000, tzinfo=UTC)


def parsed(**changes: object) -> Parsed:
    fields: dict[str, object] = {
        "action": Action.TRIGGER,
        "dedup_key": "db1/disk",
        "title": "Disk full",
        "severity": Severity.CRITICAL,
        "occurred_at": AT,
        **changes,
    }
    return Parsed(**fields)  # type: ignore[arg-type]


def event(**changes: object) -> AlertEvent:
    return AlertEvent("0" * 32, "checkout", "generic", AT, parsed(**changes))


def test_an_event_survives_the_queue_whole() -> None:
    full = event(
        parsed=False,
        details={"a": [1, 2.5, None, {"b": "ü\x00"}]},
        links=(Link("https://example.com", "Log"),),
        raw="{…}",
        came_at=AT,
        delivery_id="d-1",
    )
    assert AlertEvent.from_json(full.to_json()) == full
    assert AlertEvent.from_json(event(occurred_at=None).to_json()) == event(occurred_at=None)


def test_an_event_on_the_queue_is_one_line_of_ascii() -> None:
    text = event(title="Größe 🔥\x00\ufffe").to_json()
    assert text.isascii()
    assert "\n" not in text


def test_an_event_written_by_a_newer_version_is_read() -> None:
    row = json.loads(event().to_json())
    row["colour"] = "red"
    row["parsed"]["mood"] = ["bad"]
    row["parsed"]["severity"] = "apocalyptic"
    assert AlertEvent.from_json(json.dumps(row)) == event(severity=Severity.UNKNOWN)


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"came_at": None},
        {"came_at": "2026-11-23T02:00:15"},
        {"integration": 7},
        {"parsed": []},
        {"parsed": {"action": "explode"}},
    ],
)
def test_what_is_no_event_is_refused(change: dict[str, object]) -> None:
    row = {**json.loads(event().to_json()), **change}
    with pytest.raises(ValueError, match=r"\w"):
        AlertEvent.from_json(json.dumps(row))


def test_the_parse_row_shows_what_is_known_and_leaves_out_the_rest() -> None:
    assert parsed(occurred_at=None).as_json() == {
        "action": "trigger",
        "dedup_key": "db1/disk",
        "title": "Disk full",
        "severity": "critical",
        "occurred_at": None,
        "parsed": True,
    }


def test_times_are_told_in_utc_with_a_numeric_offset() -> None:
    local = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert parsed(occurred_at=local).as_json()["occurred_at"] == "2026-11-23T02:00:15.250000+00:00"


def test_the_same_key_from_two_integrations_is_two_alerts() -> None:
    assert key_hash("a", "b") != key_hash("b", "a")
    assert key_hash("a", "") != key_hash("", "a")
    assert key_hash('a", "b', "c") != key_hash("a", 'b", "c')
    assert event().group() == key_hash("checkout", "db1/disk")


def test_a_delivery_that_is_repeated_brings_the_same_ids() -> None:
    assert event_id("d-1", 0) == event_id("d-1", 0)
    assert len({event_id("d-1", 0), event_id("d-1", 1), event_id("d-11", 0), event_id("d-2", 0)}) == 4


def test_a_delivery_without_an_id_brings_fresh_ids() -> None:
    assert event_id(None, 0) != event_id(None, 0)


@pytest.mark.parametrize(
    "id", [event_id(None, 0), event_id("x", 3), key_hash("x", "y")], ids=["random", "hashed", "key"]
)
def test_ids_fit_a_queue(id: str) -> None:
    assert len(id) == 32
    assert set(id) <= set("0123456789abcdef")
