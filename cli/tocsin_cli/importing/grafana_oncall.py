"""Grafana OnCall, from the answers of its public API (``/api/v1/…``).

Final shifts do not name their schedule: they stand under its id, ``{"final_shifts": {"SCHEDULE ID": […]}}``, where the
export has more than one.

API: https://grafana.com/docs/oncall/latest/oncall-api-reference/
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.export import Export, Shape
from tocsin_cli.importing.grafana_policies import chain, integration
from tocsin_cli.importing.grafana_schedules import NAME, add_schedules
from tocsin_cli.importing.people import Person, Rule, Via
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row

__all__ = ["GENERAL", "NAME", "SHAPE", "SHIFTS", "WANTED", "fill"]

#: How to export what an import wants.
WANTED = {
    "users": "GET /api/v1/users/",
    "schedules": "GET /api/v1/schedules/",
    "on_call_shifts": "GET /api/v1/on_call_shifts/",
    "escalation_chains": "GET /api/v1/escalation_chains/",
    "escalation_policies": "GET /api/v1/escalation_policies/",
    "integrations": "GET /api/v1/integrations/",
    "personal_notification_rules": "GET /api/v1/personal_notification_rules/",
}
SHIFTS = "GET /api/v1/schedules/{id}/final_shifts?start_date=…&end_date=… of each schedule"
GENERAL = (
    "Grafana OnCall falls silent at the end of a chain; Tocsin then pages the last resort and begins anew after 30"
    " minutes, until somebody acks",
    "OnCall's API gives no telephone numbers: add contacts: to whom it should wake by text or call",
    "Grafana OnCall does not page again after an ack: services have ack_timeout: never; without it, it is 30 minutes",
    "keys are not exported: make one for each integration with tocsin key create, and give it to its sender",
)

_COLLECTIONS = (
    "users",
    "teams",
    "schedules",
    "on_call_shifts",
    "escalation_chains",
    "escalation_policies",
    "integrations",
    "routes",
    "personal_notification_rules",
    "final_shifts",
)
_VIA = {
    "notify_by_sms": "sms",
    "notify_by_phone_call": "voice",
    "notify_by_email": "email",
    "notify_by_mobile_app": "push",
    "notify_by_mobile_app_critical": "push",
}


def _kind(data: Mapping[str, Any]) -> str | None:
    if "shift_start" in data:
        return "final_shifts"
    if "id" not in data:
        return None
    for key, kind in (
        ("escalation_chain_id", "routes" if "integration_id" in data else "escalation_policies"),
        ("duration", "personal_notification_rules" if "user_id" in data else "on_call_shifts"),
        ("user_id", "personal_notification_rules"),
        ("default_route", "integrations"),
        ("username", "users"),
        ("on_call_now", "schedules"),
    ):
        if key in data:
            return kind
    return "escalation_chains" if "name" in data and "type" not in data and "email" not in data else None


SHAPE = Shape(
    names={**{name: name for name in _COLLECTIONS}, "shifts": "on_call_shifts"},
    kind=_kind,
    more=lambda data: bool(data.get("next")),
)


def fill(draft: Draft, export: Export) -> None:
    """Puts everything into the draft. Raises CommandError."""
    important = any(row.flag("important", False) for row in export.rows("escalation_policies"))
    found = []
    for row in export.rows("users"):
        if draft.find("users", row.text("id")) is None:
            person = _person(draft, row, export, important=important)
            people.add(draft, person)
            found.append(person)
    people.without_rules(draft, found)
    for row in export.rows("teams"):
        id = row.text("id")
        members = [
            draft.find("users", one.text("id")) for one in export.rows("users") if id in one.texts("teams")
        ]
        if members:
            name = draft.name("teams", Thing("team", id, row.maybe("name") or id))
            draft.sections["teams"][name] = members
    add_schedules(draft, export)
    steps: dict[str, list[Row]] = {}
    for row in export.rows("escalation_policies"):
        steps.setdefault(row.text("escalation_chain_id"), []).append(row)
    for row in export.rows("escalation_chains"):
        if draft.find("policies", row.text("id")) is None:
            thing = Thing("escalation chain", row.text("id"), row.maybe("name") or row.text("id"))
            chain(draft, thing, steps.pop(row.text("id"), []), important=important)
    for id, rows in steps.items():
        chain(draft, Thing("escalation chain", id, id), rows, important=important)
    for row in export.rows("integrations"):
        integration(draft, row, export)


def _person(draft: Draft, row: Row, export: Export, *, important: bool) -> Person:
    id = row.text("id")
    person = Person(
        Thing("user", id, row.maybe("name") or row.maybe("username") or id), timezone=row.maybe("timezone")
    )
    if (address := row.maybe("email")) is not None:
        person.email = names.email(address)
        if person.email is None:
            words = f"the e-mail address {names.label(address, '')!r} is none that Tocsin sends to"
            draft.report.missing(person.thing, words, "add it by hand")
    mine = export.owned("personal_notification_rules", id, "user_id")
    for wanted, urgency in ((False, "low" if important else "high"), (True, "high")):
        rules = [one for one in mine if one.flag("important", False) is wanted]
        if rules and wanted and not important:
            words = "has important rules, which no step of the export uses: the default ones are those for high urgency"
            draft.report.missing(person.thing, words, "compare notify:, if important steps are to come")
            continue
        _rules(draft, person, rules, urgency)
    return person


def _rules(draft: Draft, person: Person, rules: list[Row], urgency: str) -> None:
    after = timedelta(0)
    left = []
    for rule in sorted(rules, key=lambda rule: rule.whole("position", -1, 10_000, 0)):
        kind = rule.text("type")
        if kind == "wait":
            after += timedelta(seconds=rule.whole("duration", 0, 10**6, 0))
        elif kind in _VIA:
            person.rules.setdefault(urgency, []).append(Rule(after, cast(Via, _VIA[kind])))
        else:
            left.append(kind.removeprefix("notify_by_"))
    if left:
        words = f"its rules by {people.ways(left)} are left out: Tocsin has no such channel"
        draft.report.missing(person.thing, words, "see that the others are enough")
