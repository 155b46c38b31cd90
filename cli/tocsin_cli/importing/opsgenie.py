"""Opsgenie, from the answers of its REST API v2 (also that of Jira Service Management, which took it over).

Wanted are users with ``expand=contact`` and their notification rules, teams with their members and routing rules,
schedules with ``expand=rotation``, their overrides and timelines, escalations, and integrations. Lists that their
objects do not name an owner in stand under the owner's id: ``{"overrides": {"SCHEDULE ID": […]}}``.

API: https://docs.opsgenie.com/docs/api-overview, https://github.com/opsgenie/opsgenie-oas
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.export import Export, Shape
from tocsin_cli.importing.opsgenie_policies import escalation, integration, routing, seconds
from tocsin_cli.importing.opsgenie_schedules import NAME, add_schedules
from tocsin_cli.importing.people import Person, Rule, Via
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row

__all__ = ["GENERAL", "NAME", "SHAPE", "SHIFTS", "WANTED", "fill"]

#: How to export what an import wants.
WANTED = {
    "users": "GET /v2/users, and of each GET /v2/users/{id}?expand=contact and its notification-rules",
    "teams": "GET /v2/teams/{id} of each, and its routing-rules",
    "schedules": "GET /v2/schedules?expand=rotation, and the overrides of each",
    "escalations": "GET /v2/escalations",
    "integrations": "GET /v2/integrations",
}
SHIFTS = "GET /v2/schedules/{id}/timeline of each schedule"
GENERAL = (
    "Opsgenie falls silent when an escalation and its repeats are over; Tocsin then pages the last resort and begins"
    " anew after 30 minutes, until somebody acks",
    "Opsgenie does not page again after an ack: services have ack_timeout: never; without it, it is 30 minutes",
    "keys are not exported: make one for each integration with tocsin key create, and give it to its sender",
)

_SINGLE = {
    "user": "users",
    "team": "teams",
    "schedule": "schedules",
    "timeline": "timelines",
    "override": "overrides",
    "escalation": "escalations",
    "integration": "integrations",
    "service": "services",
    "contact": "contacts",
    "notification_rule": "notification_rules",
    "routing_rule": "routing_rules",
}
_CAMEL = {"notificationRules": "notification_rules", "routingRules": "routing_rules"}


def _kind(data: Mapping[str, Any]) -> str | None:
    if "finalTimeline" in data:
        return "timelines"
    if "alias" in data and "startDate" in data:
        return "overrides"
    if "id" not in data:
        return None
    for key, kind in (
        ("username", "users"),
        ("rotations", "schedules"),
        ("timezone", "schedules"),
        ("rules", "escalations"),
        ("teamId", "integrations"),
        ("members", "teams"),
    ):
        if key in data:
            return kind
    return "integrations" if "type" in data and "enabled" in data else None


def _more(data: Mapping[str, Any]) -> bool:
    paging = data.get("paging")
    return isinstance(paging, dict) and bool(paging.get("next"))


SHAPE = Shape({**_SINGLE, **_CAMEL, **{name: name for name in _SINGLE.values()}}, _kind, _more)


def fill(draft: Draft, export: Export) -> None:
    """Puts everything into the draft. Raises CommandError."""
    found = []
    for row in export.rows("users"):
        if draft.find("users", row.text("id")) is None:
            person = _person(draft, row, export)
            name = people.add(draft, person)
            draft.alias("users", row.text("username"), name)
            found.append(person)
    people.without_rules(draft, found)
    for row in export.rows("teams"):
        _team(draft, row)
    add_schedules(draft, export)
    for row in export.rows("escalations"):
        if draft.find("policies", row.text("id")) is None:
            escalation(draft, row)
    for row in export.rows("teams"):
        routing(draft, row, export)
    for row in export.rows("integrations"):
        integration(draft, row)
    for row in export.rows("services"):
        words = "is not mapped: alerts reach people by their team's routing here, not by Opsgenie's services"
        advice = "write a service with the team's policy where its alerts should be kept apart"
        draft.report.missing(
            Thing("service", row.text("id"), row.maybe("name") or row.text("id")), words, advice
        )


def _person(draft: Draft, row: Row, export: Export) -> Person:
    id, username = row.text("id"), row.text("username")
    person = Person(Thing("user", id, row.maybe("fullName") or username), timezone=row.maybe("timeZone"))
    person.email = names.email(username)
    if row.flag("blocked", False):
        draft.report.check(
            person.thing, "is blocked in Opsgenie: take them out of the schedules if they have left"
        )
    for contact in [
        *row.rows("userContacts"),
        *export.owned("contacts", id),
        *export.owned("contacts", username),
    ]:
        method, to = contact.maybe("contactMethod") or contact.maybe("method"), contact.maybe("to")
        status = contact.row("status")
        enabled = status.flag("enabled", True) if status else contact.flag("enabled", True)
        if method in ("email", "sms", "voice") and to and enabled:
            person.contact(draft, f"{method}:{to}", "mobile" if method != "email" else "mail", to)
    rules = [*export.owned("notification_rules", id), *export.owned("notification_rules", username)]
    rules += row.rows("notificationRules") or row.rows("notification_rules")
    news = [
        rule
        for rule in rules
        if rule.maybe("actionType") in ("create-alert", None) and rule.flag("enabled", True)
    ]
    if news:
        _rules(draft, person, sorted(news, key=lambda rule: rule.whole("order", 0, 10**6, 0)))
    return person


def _rules(draft: Draft, person: Person, rules: list[Row]) -> None:
    """New alerts are told by the first rule without conditions; Tocsin has one set of rules for high urgency."""
    plain = [rule for rule in rules if not _conditions(rule)]
    chosen = (plain or rules)[0]
    if len(rules) > 1 or not plain:
        called = names.label(chosen.maybe("name"), "one")
        words = f"has {len(rules)} rules for new alerts, by conditions; here {called!r} for all"
        draft.report.approximate(person.thing, words, "write notify: low for what need not wake them")
    if "timeRestriction" in chosen:
        words = "its rule for new alerts holds at some times alone; here always"
        draft.report.approximate(person.thing, words)
    repeat = chosen.row("repeat")
    if repeat is not None and repeat.flag("enabled", False):
        draft.report.approximate(
            person.thing, "its rule repeats itself; here each step of the policy begins it anew"
        )
    steps = chosen.rows("steps") or ([chosen] if "contact" in chosen else [])
    for step in steps:
        contact = step.row("contact")
        if contact is None or not step.flag("enabled", True):
            continue
        method = contact.text("method")
        via = "push" if method == "mobile" else method
        if via not in ("push", "sms", "voice", "email"):
            words = f"its step by {names.label(method, 'nothing')} is left out: Tocsin has no such channel"
            draft.report.missing(person.thing, words, "see that the others are enough")
            continue
        to = f"{method}:{contact.maybe('to')}"
        after = timedelta(seconds=seconds(step.row("sendAfter")))
        person.rules.setdefault("high", []).append(
            Rule(after, cast(Via, via), to if to in person.contacts else None)
        )


def _conditions(rule: Row) -> bool:
    criteria = rule.row("criteria")
    return criteria is not None and criteria.maybe("type") not in ("match-all", None)


def _team(draft: Draft, row: Row) -> None:
    id = row.text("id")
    thing = Thing("team", id, row.maybe("name") or id)
    members = []
    for member in row.rows("members"):
        user = member.row("user")
        if user is not None:
            who = user.maybe("id") or user.text("username")
            members.append(people.stranger(draft, who, user.maybe("username")))
    if members:
        draft.sections["teams"][draft.name("teams", thing)] = list(dict.fromkeys(members))
