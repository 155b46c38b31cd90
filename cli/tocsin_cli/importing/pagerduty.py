"""PagerDuty, from the answers of its REST API v2.

Schedules belong in the export one by one (``GET /schedules/{id}?since=…&until=…``): a list has neither their layers nor
their shifts. Users want ``include[]=contact_methods&include[]=notification_rules``, and services
``include[]=integrations``.

API: https://developer.pagerduty.com/api-reference/
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft, Step, Target
from tocsin_cli.importing.export import Export, Shape
from tocsin_cli.importing.pagerduty_schedules import add_schedules
from tocsin_cli.importing.pagerduty_services import add_service
from tocsin_cli.importing.people import Person, Rule, Via
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row

NAME = "PagerDuty"

_COLLECTIONS = {
    "user": "users",
    "team": "teams",
    "schedule": "schedules",
    "escalation_policy": "escalation_policies",
    "service": "services",
    "integration": "integrations",
    "override": "overrides",
    "contact_method": "contact_methods",
    "notification_rule": "notification_rules",
}
#: How to export what an import wants.
WANTED = {
    "users": "GET /users?include[]=contact_methods&include[]=notification_rules",
    "schedules": "GET /schedules/{id}?since=…&until=… of each",
    "escalation_policies": "GET /escalation_policies",
    "services": "GET /services?include[]=integrations",
}
SHIFTS = "GET /schedules/{id}?since=…&until=… of each schedule"
#: What there is to say of every import, whatever is in it.
GENERAL = (
    "PagerDuty falls silent after the last loop of a policy; Tocsin then pages the last resort and begins anew after 30"
    " minutes, until somebody acks",
    "keys are not exported: make one for each integration with tocsin key create, and give it to its sender",
)


def _kind(data: Mapping[str, Any]) -> str | None:
    kind = data.get("type")
    if isinstance(kind, str) and "id" in data:
        if kind.endswith("_inbound_integration"):
            return "integrations"
        return _COLLECTIONS.get(kind.removesuffix("_reference"))
    return "schedules" if "schedule_layers" in data else None


SHAPE = Shape(
    names={**_COLLECTIONS, **{name: name for name in _COLLECTIONS.values()}},
    kind=_kind,
    more=lambda data: data.get("more") is True,
)


def fill(draft: Draft, export: Export) -> None:
    """Puts everything into the draft. Raises CommandError."""
    found = []
    for row in export.rows("users"):
        if draft.find("users", row.text("id")) is None:
            person = _person(draft, row, export)
            people.add(draft, person)
            found.append(person)
    people.without_rules(draft, found)
    add_schedules(draft, export)
    for row in export.rows("escalation_policies"):
        if draft.find("policies", row.text("id")) is None:
            _policy(draft, row)
    for row in export.rows("services"):
        if draft.find("services", row.text("id")) is None:
            add_service(draft, row, export)
    for row in export.rows("teams"):
        words = "has no members in the export, and PagerDuty's policies do not page teams: left out"
        draft.report.check(Thing("team", row.text("id"), row.maybe("name") or row.text("id")), words)


def _person(draft: Draft, row: Row, export: Export) -> Person:
    id = row.text("id")
    person = Person(Thing("user", id, row.maybe("name") or id), timezone=row.maybe("time_zone"))
    if (address := row.maybe("email")) is not None:
        person.email = names.email(address)
        if person.email is None:
            words = f"the e-mail address {names.label(address, '')!r} is none that Tocsin sends to"
            draft.report.missing(person.thing, words, "add it by hand")
    ways: dict[str, str] = {}
    methods = [*row.rows("contact_methods"), *export.owned("contact_methods", id)]
    for method in methods:
        way = method.text("type").removesuffix("_reference").removesuffix("_contact_method")
        ways[method.text("id")] = way
        if way in ("email", "phone", "sms") and "address" in method:
            country = method.whole("country_code", 1, 1999, 0) or None
            contact = method.text("id"), method.maybe("label"), method.text("address")
            person.contact(draft, *contact, None if way == "email" else country)
    if methods and not person.contacts:
        words = "its contact methods are references without an address"
        draft.report.missing(person.thing, words, "export users with include[]=contact_methods")
    rules = [
        *row.rows("notification_rules"),
        *export.owned("notification_rules", id),
    ]
    _rules(draft, person, rules, ways)
    return person


def _rules(draft: Draft, person: Person, rules: list[Row], ways: dict[str, str]) -> None:
    left = []
    for rule in rules:
        method = rule.row("contact_method")
        if method is None or "start_delay_in_minutes" not in rule:
            continue
        way = method.text("type").removesuffix("_reference").removesuffix("_contact_method")
        via = {"email": "email", "phone": "voice", "sms": "sms", "push_notification": "push"}.get(way)
        if via is None:
            left.append(way)
            continue
        urgency = rule.maybe("urgency") or "high"
        if urgency not in ("high", "low"):
            raise rule.error("urgency", "must be high or low")
        after = timedelta(minutes=rule.whole("start_delay_in_minutes", 0, 525_600))
        person.rules.setdefault(urgency, []).append(Rule(after, cast(Via, via), method.text("id")))
    if left:
        words = f"its rules by {people.ways(left)} are left out: Tocsin has no such channel"
        draft.report.missing(person.thing, words, "see that the others are enough")
    if rules and not any(person.rules.values()) and not left:
        words = "its notification rules are references without a delay"
        draft.report.missing(person.thing, words, "export users with include[]=notification_rules")


def _policy(draft: Draft, row: Row) -> None:
    thing = Thing("escalation policy", row.text("id"), row.maybe("name") or row.text("id"))
    steps = []
    for number, rule in enumerate(row.rows("escalation_rules"), 1):
        page: list[Target] = []
        for target in rule.rows("targets"):
            id, kind = target.text("id"), target.text("type").removesuffix("_reference")
            if kind == "user":
                page.append({"user": people.stranger(draft, id, target.maybe("summary"))})
            elif (schedule := draft.find("schedules", id)) is not None:
                page.append({"schedule": schedule})
            else:
                called = names.label(target.maybe("summary"), id)
                words = f"the {kind.replace('_', ' ')} {called!r} is not in the export: that step does not page it"
                draft.report.missing(thing, words, "export it too, or name somebody else", f"rule {number}")
        how = rule.raw("escalation_rule_assignment_strategy")
        if "round_robin" in (how, how.get("type") if isinstance(how, dict) else None):
            words = "pages its targets in turn (round robin); here all of them at once"
            draft.report.approximate(
                thing, words, "make a schedule of them, with an hourly rotation", f"rule {number}"
            )
        delay = timedelta(minutes=rule.whole("escalation_delay_in_minutes", 0, 525_600, 30))
        steps.append(Step(page, delay))
    draft.policy(thing, steps, row.whole("num_loops", 0, 1000, 0))
