from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.events.library import text
from tocsin.alerts.event import Parsed
from tocsin.alerts.parsers import MAX_EVENTS, parse


def read(name: str) -> list[Parsed]:
    return parse("alertmanager", {}, text(f"alertmanager/{name}"))


def one(**alert: Any) -> Parsed:
    (event,) = parse("alertmanager", {}, json.dumps({"version": "4", "alerts": [alert]}))
    return event


def test_a_firing_alert_triggers_under_its_fingerprint() -> None:
    (event,) = read("firing.json")
    assert event.as_json() == {
        "action": "trigger",
        "dedup_key": "3a9f1c0b5d7e2468",
        "title": "Checkout fails on web-1:8080",
        "severity": "critical",
        "occurred_at": "2026-11-23T02:00:15.123456+00:00",
        "parsed": True,
        "details": {
            "labels": {
                "alertname": "CheckoutErrors",
                "instance": "web-1:8080",
                "job": "checkout",
                "severity": "critical",
                "team": "payments",
            },
            "annotations": {
                "summary": "Checkout fails on web-1:8080",
                "description": "More than 5 % of payments fail.",
                "runbook_url": "https://runbooks.example.com/checkout-errors",
            },
            "receiver": "tocsin",
        },
        "links": [
            {"href": "https://runbooks.example.com/checkout-errors", "text": "Runbook"},
            {
                "href": "http://prometheus.example.com:9090/graph?g0.expr=rate%28errors%5B5m%5D%29+%3E+0.05&g0.tab=1",
                "text": "Source",
            },
            {"href": "http://alertmanager.example.com:9093", "text": "Alertmanager"},
        ],
    }


def test_a_resolved_alert_resolves_at_its_end() -> None:
    (event,) = read("resolved.json")
    assert (event.action, event.dedup_key) == ("resolve", "3a9f1c0b5d7e2468")
    assert event.occurred_at == datetime(2026, 11, 23, 2, 7, 45, 500_000, tzinfo=UTC)


def test_a_mixed_group_triggers_some_and_resolves_others_in_its_order() -> None:
    assert [(event.action, event.dedup_key) for event in read("mixed.json")] == [
        ("trigger", "91c05e77aa01bb42"),
        ("resolve", "3a9f1c0b5d7e2468"),
        ("resolve", "5500d1e2f3a4b5c6"),
    ]


def test_an_end_at_the_zero_time_is_an_unknown_time() -> None:
    assert read("mixed.json")[2].occurred_at is None


def test_an_empty_group_is_no_event() -> None:
    assert read("empty.json") == []


def test_without_a_fingerprint_the_labels_name_the_alert() -> None:
    (event,) = read("no_fingerprint.json")
    again = one(status="resolved", labels=dict(reversed(event.details["labels"].items())))
    other = one(labels={"alertname": "CheckoutErrors"})
    assert again.dedup_key == event.dedup_key
    assert other.dedup_key != event.dedup_key


def test_grafana_is_understood_with_its_links_and_values() -> None:
    (event,) = read("grafana.json")
    assert (event.title, event.severity) == ("p99 over 2 s", "warning")
    assert event.occurred_at == datetime(2026, 11, 23, 1, 1, tzinfo=UTC)
    assert event.details["values"] == {"A": 2.31}
    assert [link.text for link in event.links] == ["Dashboard", "Panel", "Source", "Silence", "Alertmanager"]


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        *((word, "critical") for word in ("critical", "CRITICAL", " page ", "fatal")),
        *((word, "error") for word in ("error", "high", "Major")),
        *((word, "warning") for word in ("warning", "warn", "medium", "minor")),
        *((word, "info") for word in ("info", "low", "none")),
        *((word, "unknown") for word in ("apocalyptic", "", None, 1, ["critical"])),
    ],
)
def test_the_severity_label_is_translated(word: object, severity: str) -> None:
    assert one(labels={"alertname": "A", "severity": word}).severity == severity


@pytest.mark.parametrize(
    ("alert", "title"),
    [
        ({"labels": {"alertname": "A"}, "annotations": {"summary": "S\n s"}}, "S s"),
        ({"labels": {"alertname": "A"}, "annotations": {"description": "D"}}, "A"),
        ({"labels": {"job": "j"}, "annotations": {"description": "D"}}, "D"),
        ({"labels": {"alertname": "A"}, "annotations": {"summary": ["no", "text"]}}, "A"),
        ({"labels": {"job": "j"}}, 'Alert {"job":"j"}'),
        ({"fingerprint": "f"}, "Alert f"),
    ],
)
def test_the_title_is_the_summary_or_the_next_best(alert: dict[str, Any], title: str) -> None:
    assert one(**alert).title == title


def test_one_odd_entry_does_not_cost_the_others() -> None:
    events = parse("alertmanager", {}, '{"alerts": [{}, 7, {"labels": {"alertname": "A"}}, {"labels": []}]}')
    assert [event.parsed for event in events] == [False, False, True, False]
    assert [event.raw for event in events] == ["{}", "7", None, '{"labels":[]}']


@pytest.mark.parametrize("body", ['{"alerts": {}}', "{}", "[]", '{"alerts": "x"}', "3"])
def test_what_is_no_notification_is_one_trigger_with_its_text(body: str) -> None:
    (event,) = parse("alertmanager", {}, body)
    assert (event.action, event.parsed, event.raw) == ("trigger", False, body)


def test_a_link_that_is_no_web_address_is_not_offered() -> None:
    event = one(
        labels={"a": "b"}, generatorURL="javascript:alert(1)", annotations={"runbook_url": "see wiki"}
    )
    assert event.links == ()


def test_a_flood_in_one_message_is_one_event_over_the_limit() -> None:
    body = json.dumps({"alerts": [{"labels": {"a": str(index)}} for index in range(MAX_EVENTS + 50)]})
    assert len(parse("alertmanager", {}, body)) == MAX_EVENTS + 1


def test_alerts_that_the_sender_left_out_are_told() -> None:
    body = {"alerts": [{"labels": {"a": "b"}}], "truncatedAlerts": 12}
    (event,) = parse("alertmanager", {}, json.dumps(body))
    assert event.details["truncated_alerts"] == 12
