"""Whatever anybody sends: a parser never fails, and what it makes fits the queue and survives it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.events.library import names, text
from tocsin.alerts import parsers
from tocsin.alerts.event import Action, AlertEvent, Parsed, Severity
from tocsin.alerts.parsers import SOURCES, UnknownSource, parse
from tocsin.alerts.parsers.common import NotUnderstood
from tocsin.alerts.shape import EVENT_MAX, KEY_MAX
from tocsin.alerts.text import NotJson, TooDeep, load

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
fuzz = settings(database=None, deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))

#: Words that open doors in some parser, so that chance gets past them.
WORDS = """
    alerts labels annotations status state startsAt endsAt fingerprint severity resolved firing title
    summary message action dedup_key details links href text url event_action trigger resolve payload
    custom_details images Type TopicArn Message Notification AlarmName NewStateValue ALARM OK AlarmArn
    Trigger Dimensions AlarmTags detail detail-type alarmData alarmArn configuration resources timestamp
    time
"""
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=12) | st.sampled_from(
    WORDS.split()
)
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**15, 10**45)
    | st.floats()
    | TEXTS
    | st.sampled_from(
        ["2026-11-23T02:00:00Z", "0001-01-01T00:00:00Z", "https://example.com", "\x00", "\ud800", "1e999"]
    )
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=12,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here] if here else []
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += paths(inner, (*here, step))
    return found


@st.composite
def spoiled(draw: st.DrawFn, source: str) -> str:
    """A real payload in which some places hold something else, or nothing."""
    value = json.loads(
        text(draw(st.sampled_from([name for name in names(source) if name.endswith(".json")])))
    )
    inner = isinstance(value, dict) and str(value.get("Message", "")).startswith("{") and draw(st.booleans())
    target = json.loads(value["Message"]) if inner else value
    for _ in range(draw(st.integers(1, 3))):
        places = paths(target)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = target
        for step in way:
            holder = holder[step]
        if draw(st.booleans()):
            holder[last] = draw(VALUES)
        else:
            del holder[last]
    if inner:
        value["Message"] = json.dumps(target)
    return json.dumps(value)


def check(source: str, body: str) -> list[Parsed]:
    """What every event promises, whatever it was made of."""
    events = parse(source, {"webhook-id": "d-1"}, body)
    for index, one in enumerate(events):
        assert isinstance(one.action, Action)
        assert isinstance(one.severity, Severity)
        assert one.title
        assert len(one.title) <= 1024
        assert one.title.isprintable() or not any(mark < " " or mark == "\x7f" for mark in one.title)
        assert one.dedup_key or source == "pagerduty"
        assert len(one.dedup_key) <= KEY_MAX
        assert one.parsed is (one.raw is None)
        assert one.occurred_at is None or one.occurred_at.utcoffset() is not None
        event = AlertEvent(f"{index:032x}", "integration", source, one.came_at or NOW, one)
        line = event.to_json()
        assert len(line) <= EVENT_MAX
        assert AlertEvent.from_json(line) == event
        json.dumps(one.as_json(), allow_nan=False, ensure_ascii=False).encode()
    return events


@pytest.mark.parametrize("source", SOURCES)
@fuzz
@given(st.data())
def test_a_parser_never_fails_on_any_json(source: str, data: st.DataObject) -> None:
    body = data.draw(VALUES.map(json.dumps) | spoiled(source), label="body")
    with suppress(NotUnderstood):
        # Not through ``parse``: that would catch what a parser lets fall.
        import_module(f"tocsin.alerts.parsers.{source}").parse(load(body))
    check(source, body)


@pytest.mark.parametrize("source", SOURCES)
@fuzz
@given(TEXTS | st.text(max_size=300))
def test_a_parser_never_fails_on_any_text(source: str, body: str) -> None:
    check(source, body)


@fuzz
@given(VALUES)
def test_what_is_not_understood_keeps_its_text(value: Any) -> None:
    body = json.dumps({"device": value})
    (event,) = check("generic", body)
    assert event.raw == body


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        '{"alerts":[' * 300 + "]}" * 300,
        '{"title": "t", "n": ' + "9" * 100_000 + "}",
        '{"title": "' + "\\u0000" * 80_000 + '"}',
        '{"title": "t", "details": "' + "\\ud800" * 80_000 + '"}',
        '{"' + "k" * 500_000 + '": 1}',
        "\x00" * 500_000,
        "\ud800" * 1000,
        " " * 1000,
        json.dumps([{}] * 100_000),
        json.dumps({"alerts": [{}] * 100_000}),
        json.dumps({"TopicArn": "a", "Type": "Notification", "Message": "x" * 400_000}),
        json.dumps({"title": "t", "dedup_key": "\x01" * 400_000}),
        json.dumps({"title": "t", "links": ["https://example.com/" + "ü" * 1000] * 100}),
    ],
)
def test_a_body_made_to_hurt_does_not(source: str, body: str) -> None:
    assert len(check(source, body)) <= parsers.MAX_EVENTS + 1


def test_envelopes_in_envelopes_come_to_an_end() -> None:
    message = "x"
    for _ in range(12):
        message = json.dumps({"TopicArn": "a", "Type": "Notification", "Message": message})
    (event,) = check("cloudwatch", message)
    assert event.raw == "x"


def test_a_parser_that_fails_all_the_same_wakes_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(payload: object) -> list[Parsed]:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("tocsin.alerts.parsers.generic.parse", broken)
    (event,) = check("generic", '{"title": "t"}')
    assert (event.action, event.parsed, event.raw) == ("trigger", False, '{"title": "t"}')
    assert "ZeroDivisionError" in event.title
    assert "a secret" not in event.title


@pytest.mark.parametrize("source", SOURCES)
def test_every_example_is_understood_or_keeps_its_text(source: str) -> None:
    for name in names(source):
        check(source, text(name))


def test_an_unknown_source_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownSource, match=r"'nagios'.*alertmanager, cloudwatch, generic, pagerduty"):
        parse("nagios", {}, "{}")


@pytest.mark.parametrize("source", ["", "..", "common", "os", "alertmanager.x"])
def test_a_source_is_no_way_to_other_modules(source: str) -> None:
    with pytest.raises(UnknownSource):
        parse(source, {}, "{}")


@fuzz
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_reading_json_raises_only_what_it_says(body: str) -> None:
    with suppress(NotJson, TooDeep):
        load(body)
