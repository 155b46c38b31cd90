"""PagerDuty's services, their support hours and integrations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tocsin.config import scalars
from tocsin_cli.importing import names, weeks
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.pagerduty_schedules import clock
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row


def add_service(draft: Draft, row: Row, export: Export) -> None:
    """Puts a service and its integrations into the draft. Raises CommandError."""
    id = row.text("id")
    thing = Thing("service", id, row.maybe("name") or id)
    policy = row.row("escalation_policy")
    more: dict[str, Any] = {}
    if row.has("acknowledgement_timeout"):
        more["ack_timeout"] = _timeout(row, "acknowledgement_timeout")
    if row.whole("auto_resolve_timeout", 0, 10**9, 0):
        more["auto_resolve"] = _timeout(row, "auto_resolve_timeout")
    _urgency(draft, thing, row, more)
    service = draft.service(thing, draft.find("policies", policy.text("id")) if policy else None, **more)
    if service is None:
        return
    if "auto_resolve" in more:
        words = (
            "auto_resolve counts from the last event of the alert; PagerDuty's from the incident's beginning"
        )
        draft.report.approximate(thing, words)
    if row.maybe("status") in ("disabled", "maintenance"):
        words = f"is {row.text('status')} in PagerDuty; here it pages"
        draft.report.approximate(thing, words, "take its integrations out until it should")
    own = [
        one
        for one in export.rows("integrations")
        if (of := one.row("service")) is not None and of.maybe("id") == id
    ]
    integrations = [*row.rows("integrations"), *own]
    for integration in integrations:
        if draft.find("integrations", integration.text("id")) is None:
            _integration(draft, integration, service, thing)


def _timeout(row: Row, key: str) -> str:
    seconds = row.whole(key, 0, 10**9, 0)
    return scalars.spelled(min(timedelta(seconds=seconds), scalars.MAX_DURATION)) if seconds else "never"


def _urgency(draft: Draft, thing: Thing, row: Row, more: dict[str, Any]) -> None:
    rule, support = row.row("incident_urgency_rule"), row.row("support_hours")
    if rule is None:
        return
    during, outside = rule.row("during_support_hours"), rule.row("outside_support_hours")
    inside = (during.maybe("urgency") if during else None, outside.maybe("urgency") if outside else None)
    advice = "urgency is high unless a rule or its support hours say otherwise"
    if rule.maybe("type") != "use_support_hours":
        if rule.maybe("urgency") not in ("high", None):
            words = f"its incidents are of {names.label(rule.maybe('urgency'), 'no')} urgency; here of high urgency"
            draft.report.approximate(thing, words, advice)
    elif inside != ("high", "low") or support is None:
        words = f"the urgency is {inside[0]} in its support hours and {inside[1]} outside; here always high"
        draft.report.approximate(thing, words, advice)
    else:
        hours = _support_hours(draft, thing, support)
        if hours is None:
            return
        more["support_hours"] = hours
        raised = any(action.maybe("to_urgency") == "high" for action in row.rows("scheduled_actions"))
        if not raised:
            words = "what is open when support hours begin becomes high here; in PagerDuty it stays low"
            draft.report.approximate(thing, words)


def _support_hours(draft: Draft, thing: Thing, support: Row) -> dict[str, Any] | None:
    zone = names.zone(support.text("time_zone"))
    begin, end = (clock(support, key) // 60 for key in ("start_time", "end_time"))
    days = []
    for index, day in enumerate(support.items("days_of_week")):
        if isinstance(day, bool) or not isinstance(day, int) or not 1 <= day <= 7:
            raise support.error(f"days_of_week[{index}]", "must be from 1 to 7")
        days.append(day - 1)
    if zone is None or not days:
        words = "its support hours have no day, or a zone that is not in the IANA database: here always high"
        draft.report.approximate(thing, words, "write support_hours: by hand")
        return None
    minutes = (end - begin) % weeks.DAY or weeks.DAY
    return {"timezone": zone, "active": weeks.windows(weeks.daily(days, begin, minutes))}


def _integration(draft: Draft, row: Row, service: str, of: Thing) -> None:
    kind = row.text("type").removesuffix("_reference").removesuffix("_inbound_integration")
    called = row.maybe("name") or row.maybe("summary") or kind
    vendor = row.row("vendor")
    thing = Thing("integration", row.text("id"), f"{of.name} {called}")
    if kind == "generic_email":
        words = "takes mail, which Tocsin does not take in"
        draft.report.missing(thing, words, "have the sender post to an integration of source generic instead")
    elif kind == "aws_cloudwatch":
        draft.integration(thing, service, "cloudwatch")
    elif kind.startswith(("events_api_v2", "generic_events_api")):
        draft.integration(thing, service, "pagerduty")
        if kind.startswith("generic_events_api"):
            words = "Events API v1 senders have to send v2: change their address and format"
            draft.report.approximate(thing, words, "see docs of the sender: most can do both")
    else:
        maker = names.label(vendor.maybe("summary") if vendor else None, kind)
        draft.integration(thing, service, *names.slug(maker).split("-")[:1])
