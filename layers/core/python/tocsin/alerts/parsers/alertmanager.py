"""Prometheus Alertmanager's webhook, version 4, and those who send the same (Grafana, Mimir, Loki, vmalert).

One event per alert; the dedup key is its fingerprint, or a hash of its labels where there is none.
Alertmanager sends a group again every ``repeat_interval`` with both firing and resolved alerts in it, and may
send an empty group.

Format: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from itertools import islice

from tocsin.alerts.event import JSON, Action, Parsed
from tocsin.alerts.parsers import MAX_EVENTS
from tocsin.alerts.parsers.common import (
    NotUnderstood,
    first_title,
    hash_of,
    instant_of,
    links_of,
    name_of,
    not_understood,
    object_of,
    present,
    severity_of,
    text_of,
)
from tocsin.alerts.text import dump, one_line


def parse(payload: JSON) -> list[Parsed]:
    """One event per entry of ``alerts``. Raises NotUnderstood for what is no notification."""
    if not isinstance(payload, dict) or not isinstance(alerts := payload.get("alerts"), list):
        raise NotUnderstood
    common: dict[str, JSON] = {
        "receiver": one_line(text_of(payload.get("receiver")), 200),
        "truncated_alerts": payload.get("truncatedAlerts") or None,
    }
    return [_event(alert, common, payload.get("externalURL")) for alert in islice(alerts, MAX_EVENTS + 1)]


def _event(alert: JSON, common: dict[str, JSON], home: JSON) -> Parsed:
    row = object_of(alert)
    labels, annotations = object_of(row.get("labels")), object_of(row.get("annotations"))
    key = name_of(row.get("fingerprint")) or (hash_of(labels) if labels else "")
    if not key:
        return not_understood(dump(alert), alert)
    resolved = text_of(row.get("status")).strip().lower() == "resolved"
    return Parsed(
        action=Action.RESOLVE if resolved else Action.TRIGGER,
        dedup_key=key,
        title=first_title(
            annotations.get("summary"),
            labels.get("alertname"),
            annotations.get("title"),
            annotations.get("message"),
            annotations.get("description"),
        )
        or f"Alert {one_line(dump(labels) if labels else key, 200)}",
        severity=severity_of(labels.get("severity")),
        occurred_at=instant_of(row.get("endsAt" if resolved else "startsAt")),
        details=present(
            {
                "labels": labels,
                "annotations": annotations,
                "values": row.get("values"),
                "value_string": row.get("valueString"),
                **common,
            }
        ),
        links=links_of(
            [
                (annotations.get("runbook_url"), "Runbook"),
                (annotations.get("runbook"), "Runbook"),
                (annotations.get("dashboard_url"), "Dashboard"),
                (annotations.get("dashboard"), "Dashboard"),
                (row.get("dashboardURL"), "Dashboard"),
                (row.get("panelURL"), "Panel"),
                (row.get("imageURL"), "Image"),
                (row.get("generatorURL"), "Source"),
                (row.get("silenceURL"), "Silence"),
                (home, "Alertmanager"),
            ]
        ),
    )
