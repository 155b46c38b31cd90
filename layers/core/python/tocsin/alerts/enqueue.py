"""PagerDuty's Events API v2 seen from its senders: what it refuses, and in which words it answers.

Requests and answers: https://developer.pagerduty.com/docs/events-api-v2/trigger-events. It differs where
PagerDuty would let an alert fall for its form alone: a summary over 1,024 characters is cut (the whole is in
the details), a
``dedup_key`` over 255 is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.alerts.event import JSON
from tocsin.alerts.keys import LENGTH

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "warning", "error", "info")

#: The one error for a routing key that is well formed and unknown.
UNKNOWN_KEY = "Invalid routing key"


def problems(event: JSON) -> list[str]:
    """What is wrong with an event, in PagerDuty's words; empty when nothing. Values are never repeated."""
    if not isinstance(event, dict):
        return ["Event must be a JSON object"]
    found = _text(event, "routing_key", "routing_key")
    key = event.get("routing_key")
    if not found and isinstance(key, str) and len(key) != LENGTH:
        found.append(f"Length of 'routing_key' is incorrect (should be {LENGTH} characters)")
    found += _one_of(event, "event_action", "event_action", ACTIONS)
    if event.get("dedup_key") is not None or event.get("event_action") in ("acknowledge", "resolve"):
        found += _text(event, "dedup_key", "dedup_key", blank=event.get("event_action") == "trigger")
    if event.get("event_action") == "trigger":
        payload = event.get("payload")
        if not isinstance(payload, dict):
            return [
                *found,
                "'payload' is missing or blank" if payload is None else "'payload' must be an object",
            ]
        found += _text(payload, "summary", "payload.summary")
        found += _text(payload, "source", "payload.source")
        found += _one_of(payload, "severity", "payload.severity", SEVERITIES)
    return found


def accepted(dedup_key: str) -> dict[str, JSON]:
    """The body of the 202."""
    return {"status": "success", "message": "Event processed", "dedup_key": dedup_key}


def invalid(errors: Sequence[str]) -> dict[str, JSON]:
    """The body of the 400."""
    return {"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}


def throttled(seconds: int) -> dict[str, JSON]:
    """The body of the 429."""
    return {
        "status": "throttle exceeded",
        "message": "Request Limit Exceeded",
        "errors": [f"This key sends more events than its limit allows; send again in {seconds} s"],
    }


def _text(row: dict[str, JSON], name: str, path: str, blank: bool = False) -> list[str]:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        return [f"'{path}' must be a string"]
    return [] if blank or (value and not value.isspace()) else [f"'{path}' is missing or blank"]


def _one_of(row: dict[str, JSON], name: str, path: str, words: Sequence[str]) -> list[str]:
    missing = _text(row, name, path)
    if missing or row[name] in words:
        return missing
    *most, last = (f"'{word}'" for word in words)
    return [f"'{path}' is invalid (must be one of the following: {', '.join(most)} or {last})"]
