"""Escalation policies, services, and the integrations that feed them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from tocsin.config import scalars
from tocsin.config.model import Integration
from tocsin.config.notes import Notes
from tocsin.config.problems import Path, shown
from tocsin.config.schedules import windows
from tocsin.config.webhooks import told_apart, webhook, webhook_address
from tocsin.escalation.conditions import PRIORITIES, SEVERITIES
from tocsin.escalation.model import (
    DEFAULT_ACK_REMINDER,
    DEFAULT_ACK_TIMEOUT,
    DEFAULT_WAIT,
    Acks,
    Hours,
    Policy,
    Service,
    Step,
    Target,
    TargetKind,
    When,
)

#: The names that an integration's ``source`` may have: those of the parsers, which cost too much to import for this.
SOURCES = ("alertmanager", "cloudwatch", "generic", "pagerduty")
MAX_REPEAT = 9
MAX_REPEATED = 1_000_000

_TARGETS = ("user", "schedule", "team", "next", "everyone", "slack", "telegram", "teams", "webhook")
_STEP = ("page", "wait", "wait_hours", "round_robin", "ack", "when", "unless")
_WHEN = ("severity", "priority", "labels", "repeated", "hours")
_ACKS = ("first", "all")
_POLICY = ("steps", "repeat", "last_resort")
_SERVICE = ("policy", "ack_timeout", "ack_reminder", "auto_resolve", "support_hours", "runbook")
_INTEGRATION = ("service", "source", "default")
_LIKE_TARGETS = "[{schedule: primary}, {user: ana}]"
_LIKE_STEP = "{page: [{schedule: primary}], wait: 5m}"
_LIKE_WHEN = "{severity: [critical, SEV1], labels: {team: [payments]}}"


@dataclass(frozen=True, slots=True)
class Known:
    """The names that are defined, whatever else is wrong with them."""

    users: Collection[str]
    teams: Collection[str]
    schedules: Collection[str]
    policies: Collection[str]
    services: Collection[str]


def policies(rows: Mapping[str, Any], known: Known, notes: Notes) -> dict[str, Policy]:
    found: dict[str, Policy] = {}
    for name, value in rows.items():
        path: Path = ("policies", name)
        row = notes.fields(value, path, _POLICY, ("steps",), like=f"{{steps: [{_LIKE_STEP}]}}")
        steps = (
            notes.items(row["steps"], (*path, "steps"), f"[{_LIKE_STEP}]", some=True)
            if "steps" in row
            else ()
        )
        last = row.get("last_resort")
        found[name] = Policy(
            name=name,
            steps=tuple(
                _step(item, (*path, "steps", index), known, notes) for index, item in enumerate(steps)
            ),
            repeat=notes.whole(row, "repeat", path, 0, 0, MAX_REPEAT),
            last_resort=()
            if last is None
            else _targets(last, (*path, "last_resort"), known, notes, some=False),
        )
    return told_apart(found)


def services(rows: Mapping[str, Any], known: Known, notes: Notes) -> dict[str, Service]:
    found: dict[str, Service] = {}
    for name, value in rows.items():
        path: Path = ("services", name)
        row = notes.fields(value, path, _SERVICE, ("policy",), like="{policy: payments}")
        policy = (
            notes.reference(row["policy"], (*path, "policy"), "policy", known.policies)
            if "policy" in row
            else None
        )
        timeout = _timeout(row, "ack_timeout", path, DEFAULT_ACK_TIMEOUT, notes)
        found[name] = Service(
            name=name,
            policy=policy or "",
            ack_timeout=timeout,
            ack_reminder=_reminder(row, path, timeout, notes),
            auto_resolve=_timeout(row, "auto_resolve", path, None, notes),
            support_hours=_hours(row, "support_hours", path, notes),
            runbook=notes.scalar(row["runbook"], (*path, "runbook"), scalars.url)
            if "runbook" in row
            else None,
        )
    return found


def integrations(rows: Mapping[str, Any], known: Known, notes: Notes) -> dict[str, Integration]:
    found: dict[str, Integration] = {}
    default: str | None = None
    for name, value in rows.items():
        path: Path = ("integrations", name)
        row = notes.fields(
            value, path, _INTEGRATION, ("service", "source"), like="{service: checkout, source: alertmanager}"
        )
        service = ""
        if "service" in row:
            service = notes.reference(row["service"], (*path, "service"), "service", known.services) or ""
        found[name] = Integration(
            name=name,
            service=service,
            source=notes.choice(row, "source", path, SOURCES, "generic"),
            default=notes.option(row, "default", path, scalars.flag, False),
        )
        if found[name].default:
            if default is not None:
                notes.add(
                    (*path, "default"), f"{shown(default)} is the default already: there is at most one"
                )
            default = default or name
    return found


def _step(value: object, path: Path, known: Known, notes: Notes) -> Step:
    row = notes.fields(value, path, _STEP, ("page",), like=_LIKE_STEP)
    return Step(
        page=_targets(row["page"], (*path, "page"), known, notes, some=True) if "page" in row else (),
        wait=notes.option(row, "wait", path, scalars.duration, DEFAULT_WAIT),
        wait_hours=_hours(row, "wait_hours", path, notes),
        round_robin=notes.option(row, "round_robin", path, scalars.flag, False),
        ack=cast(Acks, notes.choice(row, "ack", path, _ACKS, "first")),
        when=_when(row, "when", path, notes),
        unless=_when(row, "unless", path, notes),
    )


def _when(row: Mapping[str, Any], key: str, path: Path, notes: Notes) -> When | None:
    if key not in row:
        return None
    inner = (*path, key)
    said = notes.fields(row[key], inner, _WHEN, like=_LIKE_WHEN)
    if isinstance(row[key], Mapping) and not row[key]:
        notes.add(inner, f"says nothing: write a condition such as {_LIKE_WHEN}, or leave it out")
    return When(
        severity=_words(said, "severity", inner, notes, "[critical, SEV1]", SEVERITIES),
        priority=_words(said, "priority", inner, notes, "[P1, P2]", PRIORITIES),
        labels=_labels(said, inner, notes),
        repeated=notes.whole(said, "repeated", inner, 0, 0 if notes.stored else 1, MAX_REPEATED),
        hours=_hours(said, "hours", inner, notes),
    )


def _words(
    row: Mapping[str, Any], key: str, path: Path, notes: Notes, like: str, known: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Words; where only some are ``known``, whatever their case: for any other a step would never be taken."""
    if key not in row:
        return ()
    inner = (*path, key)
    folded = {word.casefold() for word in known}
    found: list[str] = []
    for index, item in enumerate(notes.items(row[key], inner, like, some=True)):
        word = notes.scalar(item, (*inner, index), scalars.label)
        if word is not None:
            found.append(word)
        if word is not None and known and word.casefold() not in folded:
            hint = notes.closest(word, known)
            notes.mind((*inner, index), f"{shown(word)} is not known{hint}: there are {', '.join(known)}")
    return tuple(found)


def _labels(row: Mapping[str, Any], path: Path, notes: Notes) -> dict[str, tuple[str, ...]]:
    if "labels" not in row:
        return {}
    inner = (*path, "labels")
    rows = notes.mapping(row["labels"], inner, "{team: [payments, web]}")
    if row["labels"] == {}:
        notes.mind(inner, "says nothing: write labels such as {team: [payments, web]}, or leave it out")
    return {name: _words(rows, name, inner, notes, "[payments, web]") for name in rows}


def _targets(value: object, path: Path, known: Known, notes: Notes, *, some: bool) -> tuple[Target, ...]:
    found: list[Target] = []
    for index, item in enumerate(notes.items(value, path, _LIKE_TARGETS, some=some)):
        inner = (*path, index)
        row = notes.fields(item, inner, _TARGETS, like="{user: ana} or {schedule: primary}")
        if isinstance(item, Mapping) and len(item) != 1:
            notes.add(inner, f"names {len(item)} keys: each target is one of {', '.join(_TARGETS)}")
        for kind in _TARGETS:
            if kind in row:
                found.append(_target(cast(TargetKind, kind), row[kind], (*inner, kind), known, notes))
    return tuple(found)


def _target(kind: TargetKind, value: object, path: Path, known: Known, notes: Notes) -> Target:
    if kind == "webhook":
        return webhook(notes.scalar(value, path, webhook_address) or "")
    return Target(kind, _named(kind, value, path, known, notes))


def _named(kind: str, value: object, path: Path, known: Known, notes: Notes) -> str:
    if kind == "slack":
        return notes.scalar(value, path, scalars.slack_channel) or ""
    if kind == "telegram":
        return notes.scalar(value, path, scalars.telegram_channel) or ""
    if kind == "teams":
        return notes.scalar(value, path, scalars.teams_channel) or ""
    if kind in ("next", "everyone"):
        kind = "schedule"
    names = {"user": known.users, "schedule": known.schedules, "team": known.teams}[kind]
    return notes.reference(value, path, kind, names) or ""


def _timeout(
    row: Mapping[str, Any], key: str, path: Path, default: timedelta | None, notes: Notes
) -> timedelta | None:
    return notes.scalar(row[key], (*path, key), scalars.timeout) if key in row else default


def _reminder(
    row: Mapping[str, Any], path: Path, timeout: timedelta | None, notes: Notes
) -> timedelta | None:
    """How long before the ack's timeout; by default 5 minutes, and none where that would be right after the ack."""
    if "ack_reminder" not in row:
        return DEFAULT_ACK_REMINDER if timeout is not None and timeout >= 3 * DEFAULT_ACK_REMINDER else None
    before = notes.scalar(row["ack_reminder"], (*path, "ack_reminder"), scalars.timeout)
    if before is not None and (timeout is None or before >= timeout):
        ends = "never ends" if timeout is None else f"is {scalars.spelled(timeout)}"
        notes.add((*path, "ack_reminder"), f"must be shorter than ack_timeout, which {ends}")
    return before


def _hours(row: Mapping[str, Any], key: str, path: Path, notes: Notes) -> Hours | None:
    if key not in row:
        return None
    path = (*path, key)
    like = '{timezone: Europe/London, active: [{days: [mon, fri], from: "09:00", to: "17:00"}]}'
    hours = notes.fields(row[key], path, ("timezone", "active"), ("timezone", "active"), like=like)
    return Hours(
        timezone=notes.option(hours, "timezone", path, scalars.timezone, "UTC"),
        active=windows(hours["active"], (*path, "active"), notes) if "active" in hours else (),
    )
