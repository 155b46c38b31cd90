"""What a policy's branches may ask of an alert."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.alerts.event import AlertEvent
from tocsin.escalation.model import Policy


def asked_labels(policy: Policy, event: AlertEvent) -> dict[str, str]:
    """The alert's labels that a branch of the policy asks for: of its details, or of the labels among them."""
    details = event.parsed.details
    named = details.get("labels")
    labels = {**details, **named} if isinstance(named, Mapping) else details
    branches = (when for step in policy.steps for when in (step.when, step.unless) if when is not None)
    asked = sorted({name for when in branches for name in when.labels})
    return {
        name: str(labels[name])[:256] for name in asked if isinstance(labels.get(name), str | int | float)
    }
