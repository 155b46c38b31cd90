"""PagerDuty Events API v2: https://developer.pagerduty.com/docs/events-api-v2/trigger-events

A trigger without a ``dedup_key`` is a new alert each time: its ``dedup_key`` stays empty here, and the door
makes one. The routing key is never kept.
"""

from __future__ import annotations

from tocsin.alerts.event import JSON, Action, Parsed
from tocsin.alerts.parsers.common import (
    NotUnderstood,
    first_title,
    instant_of,
    links_of,
    list_of,
    name_of,
    object_of,
    present,
    severity_of,
    text_of,
)


def parse(payload: JSON) -> list[Parsed]:
    """The one event. Raises NotUnderstood without a known action, or what that action needs."""
    row = object_of(payload)
    about = object_of(row.get("payload"))
    key = name_of(row.get("dedup_key"))
    summary = first_title(about.get("summary"))
    try:
        action = Action(text_of(row.get("event_action")))
    except ValueError:
        raise NotUnderstood(summary, key, severity_of(about.get("severity"))) from None
    if not (summary if action is Action.TRIGGER else key):
        raise NotUnderstood(summary, key, severity_of(about.get("severity")))
    whole = about.get("summary")
    links = [object_of(link) for link in list_of(row.get("links"))]
    images = [object_of(image) for image in list_of(row.get("images"))]
    return [
        Parsed(
            action=action,
            dedup_key=key,
            title=summary or key,
            severity=severity_of(about.get("severity")),
            occurred_at=instant_of(about.get("timestamp")),
            details=present(
                {
                    "summary": whole if summary != whole else None,
                    "source": about.get("source"),
                    "component": about.get("component"),
                    "group": about.get("group"),
                    "class": about.get("class"),
                    "custom_details": about.get("custom_details"),
                    "client": row.get("client"),
                }
            ),
            links=links_of(
                [(link.get("href"), link.get("text")) for link in links]
                + [(row.get("client_url"), row.get("client"))]
                + [(image.get("href") or image.get("src"), image.get("alt") or "Image") for image in images]
            ),
        )
    ]
