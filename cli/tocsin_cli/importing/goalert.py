"""GoAlert, from the answers of its GraphQL API.

Names are those of its schema: ``{data: {users: {nodes: […]}, rotations: …, schedules: …, escalationPolicies: …,
services: …, userOverrides: …}}``. Rotations want ``nextHandoffTimes``, which says whose turn lasts until when.

API: https://github.com/target/goalert, graphql2/schema.graphql
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft, Step, Target
from tocsin_cli.importing.export import Export, Shape
from tocsin_cli.importing.goalert_schedules import NAME, add_schedules, rotation_schedule
from tocsin_cli.importing.people import Person, Rule, Via
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row

__all__ = ["GENERAL", "NAME", "SHAPE", "SHIFTS", "WANTED", "fill"]

#: How to export what an import wants.
WANTED = {
    "users": "users { nodes { id name email contactMethods { … } notificationRules { … } } }",
    "rotations": "rotations { nodes { … activeUserIndex userIDs nextHandoffTimes(num: 1) } }",
    "schedules": "schedules { nodes { … targets { … } temporarySchedules { … } shifts(start: …, end: …) { … } } }",
    "escalationPolicies": "escalationPolicies { nodes { id name repeat steps { … } } }",
    "services": "services { nodes { id name escalationPolicyID integrationKeys { id type name } } }",
}
SHIFTS = "shifts(start: …, end: …) { userID start end } of each schedule"
GENERAL = (
    "GoAlert falls silent after the last repeat of a policy; Tocsin then pages the last resort and begins anew after 30"
    " minutes, until somebody acks",
    "GoAlert does not page again after an ack: services have ack_timeout: never; without it, it is 30 minutes",
    "keys are not exported: make one for each integration with tocsin key create, and give it to its sender",
)

_SINGLE = {
    "user": "users",
    "rotation": "rotations",
    "schedule": "schedules",
    "escalationPolicy": "escalationPolicies",
    "service": "services",
    "userOverride": "userOverrides",
}
_VIA = {
    "SMS": "sms",
    "VOICE": "voice",
    "EMAIL": "email",
    "builtin-twilio-sms": "sms",
    "builtin-twilio-voice": "voice",
    "builtin-smtp-email": "email",
}


def _kind(data: Mapping[str, Any]) -> str | None:
    if "id" not in data:
        return None
    for key, kind in (
        ("shiftLength", "rotations"),
        ("addUserID", "userOverrides"),
        ("targets", "schedules"),
        ("steps", "escalationPolicies"),
        ("escalationPolicyID", "services"),
        ("escalationPolicy", "services"),
        ("email", "users"),
    ):
        if key in data:
            return kind
    return None


def _more(data: Mapping[str, Any]) -> bool:
    page = data.get("pageInfo")
    return isinstance(page, dict) and page.get("hasNextPage") is True


SHAPE = Shape({**_SINGLE, **{name: name for name in _SINGLE.values()}}, _kind, _more)


def fill(draft: Draft, export: Export) -> None:
    """Puts everything into the draft. Raises CommandError."""
    found = []
    for row in export.rows("users"):
        if draft.find("users", row.text("id")) is None:
            person = _person(draft, row)
            people.add(draft, person)
            found.append(person)
    people.without_rules(draft, found)
    add_schedules(draft, export)
    for row in export.rows("escalationPolicies"):
        if draft.find("policies", row.text("id")) is None:
            _policy(draft, row, export)
    for row in export.rows("services"):
        if draft.find("services", row.text("id")) is None:
            _service(draft, row)


def _person(draft: Draft, row: Row) -> Person:
    id = row.text("id")
    person = Person(Thing("user", id, row.maybe("name") or id))
    if (address := row.maybe("email")) is not None:
        person.email = names.email(address)
    ways: dict[str, str] = {}
    for method in row.rows("contactMethods"):
        way, value = destination(method)
        way, value = way or method.maybe("type") or "", value or method.maybe("value")
        ways[method.text("id")] = way
        if way in _VIA and value and not method.flag("disabled", False):
            person.contact(draft, method.text("id"), method.maybe("name"), value)
    left = []
    for rule in row.rows("notificationRules"):
        of = rule.row("contactMethod")
        id = rule.maybe("contactMethodID") or ("" if of is None else of.text("id"))
        via = _VIA.get(ways.get(id, ""))
        if via is None or id not in person.contacts:
            left.append(ways.get(id, "an unknown contact").removeprefix("builtin-").lower())
            continue
        after = timedelta(minutes=rule.whole("delayMinutes", 0, 525_600))
        person.rules.setdefault("high", []).append(Rule(after, cast(Via, via), id))
    if left:
        words = f"its rules by {people.ways(left)} are left out: no such channel here, or the contact is switched off"
        draft.report.missing(person.thing, words, "see that the others are enough")
    return person


def destination(row: Row, key: str = "dest") -> tuple[str | None, str | None]:
    """The type of a destination, and the first of its arguments."""
    dest = row.row(key) if key else row
    if dest is None:
        return None, None
    args = dest.row("args")
    values = [pair.text("value") for pair in dest.rows("values")] if args is None else args.values()
    return dest.maybe("type"), values[0] if values else None


def _policy(draft: Draft, row: Row, export: Export) -> None:
    thing = Thing("escalation policy", row.text("id"), row.maybe("name") or row.text("id"))
    steps = []
    for number, step in enumerate(
        sorted(row.rows("steps"), key=lambda step: step.whole("stepNumber", 0, 1000, 0)), 1
    ):
        page: list[Target] = []
        targets = [
            (one.maybe("type") or "", one.text("id"), one.maybe("name")) for one in step.rows("targets")
        ]
        for one in () if targets else step.rows("actions"):
            kind, id = destination(one, "")
            info = one.row("displayInfo")
            targets.append(
                ((kind or "").removeprefix("builtin-"), id or "", info.maybe("text") if info else None)
            )
        for kind, id, called in targets:
            page += _target(draft, thing, export, kind, id, called, f"step {number}")
        if step.flag("multiAck", False):
            draft.report.approximate(
                thing, "goes on paging all after an ack; here an ack stops it", place=f"step {number}"
            )
        steps.append(Step(page, timedelta(minutes=step.whole("delayMinutes", 1, 525_600))))
    draft.policy(thing, steps, row.whole("repeat", 0, 1000, 0))


def _target(
    draft: Draft, thing: Thing, export: Export, kind: str, id: str, called: str | None, place: str
) -> list[Target]:
    if kind == "user":
        return [{"user": people.stranger(draft, id, called)}]
    if kind == "schedule" and (schedule := draft.find("schedules", id)) is not None:
        return [{"schedule": schedule}]
    if kind == "rotation" and (schedule := rotation_schedule(draft, export, id)) is not None:
        return [{"schedule": schedule}]
    slack = kind in ("slackChannel", "slack-channel")
    if slack and (channel := names.slack_channel(called, id)) is not None:
        return [{"slack": channel}]
    if kind in ("chanWebhook", "webhook") and (address := names.webhook(id)) is not None:
        words = "posts to a webhook in our own form, signed, and each change of the incident, too"
        draft.report.approximate(thing, words, place=place)
        return [{"webhook": address}]
    known = kind in ("schedule", "rotation")
    words = f"the {names.label(kind, 'target')} {names.label(called, id)!r} " + (
        "is not in the export: that step does not page it" if known else "is no target here"
    )
    draft.report.missing(thing, words, "export it too, or name somebody else", place)
    return []


def _service(draft: Draft, row: Row) -> None:
    thing = Thing("service", row.text("id"), row.maybe("name") or row.text("id"))
    policy = row.row("escalationPolicy")
    id = row.maybe("escalationPolicyID") or (policy.text("id") if policy else None)
    service = draft.service(thing, draft.find("policies", id), ack_timeout="never")
    if service is None:
        return
    for key in row.rows("integrationKeys"):
        kind = key.maybe("type") or ""
        one = Thing("integration key", key.text("id"), f"{thing.name} {key.maybe('name') or kind}")
        if kind == "email":
            words = "takes mail, which Tocsin does not take in"
            draft.report.missing(
                one, words, "have the sender post to an integration of source generic instead"
            )
        elif kind in ("prometheusAlertmanager", "grafana"):
            draft.integration(one, service, "alertmanager")
        elif kind == "generic":
            words = (
                "GoAlert's own fields (summary, details, action, dedup): the generic parser reads what it can"
            )
            draft.integration(one, service, "goalert", words=words)
        else:
            draft.integration(one, service, names.slug(kind))
    if row.rows("heartbeatMonitors"):
        words = "its heartbeat monitors are not mapped"
        draft.report.missing(thing, words, "have something else tell Tocsin when a sender falls silent")
