"""The buttons "Raise an incident" and "Resolve": a sender of generic events with the demo key."""

from __future__ import annotations

import json
import secrets
from typing import Any

#: What a generic event says, in turn.
STORIES = (
    ("Payment success dropped to 0 %", {"region": "eu-west-1", "success_rate": "0 %", "since": "02:00"}),
    ("Checkout answers 31 % of requests with 502", {"route": "/checkout", "error_rate": "31 %"}),
    ("Card authorisations time out after 8 s", {"provider": "acquirer-2", "p99": "8.4 s"}),
)


class Demo:
    """``open`` holds the dedup keys raised here and not resolved here."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.open: list[str] = []
        self._told = 0

    def raise_event(self) -> dict[str, Any]:
        title, details = STORIES[self._told % len(STORIES)]
        self._told += 1
        return {
            "action": "trigger",
            "dedup_key": f"handset-{secrets.token_hex(4)}",
            "title": title,
            "severity": "critical",
            "details": details,
            "links": [{"href": "https://grafana.example.com/d/checkout", "text": "Checkout dashboard"}],
        }

    def resolve_events(self) -> list[dict[str, Any]]:
        return [
            {"action": "resolve", "dedup_key": key, "title": "Resolved from the handset", "severity": "info"}
            for key in self.open
        ]

    def as_json(self) -> dict[str, Any]:
        return {"ready": bool(self.key), "open": list(self.open)}


def body(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()
