"""Opsgenie's escalations, what its teams' alerts go to, and integrations."""

from __future__ import annotations

from datetime import timedelta

from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft, Step, Target
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row

_UNITS = {"minutes": 60, "hours": 3600, "days": 86_400, "seconds": 1, "weeks": 604_800}


def seconds(row: Row | None) -> int:
    """A length such as ``{"timeAmount": 5, "timeUnit": "minutes"}``; none is no time."""
    if row is None:
        return 0
    unit = row.maybe("timeUnit") or "minutes"
    if unit not in _UNITS:
        raise row.error("timeUnit", f"must be one of {', '.join(_UNITS)}")
    return row.whole("timeAmount", 0, 10**6, 0) * _UNITS[unit]


def escalation(draft: Draft, row: Row) -> None:
    """Puts an escalation into the draft as a policy. Raises CommandError."""
    id = row.text("id")
    thing = Thing("escalation", id, row.maybe("name") or id)
    rules = sorted(row.rows("rules"), key=lambda rule: seconds(rule.row("delay")))
    steps: list[Step] = []
    begun = 0
    for rule in rules:
        delay = seconds(rule.row("delay"))
        # A delay is counted from the alert; rules with one delay are one step.
        if not steps or delay != begun:
            if steps:
                steps[-1].wait = timedelta(seconds=delay - begun)
            steps.append(Step([]))
            begun = delay
        steps[-1].page += _targets(draft, thing, rule)
    first = seconds(rules[0].row("delay")) if rules else 0
    if first:
        words = f"waits {first // 60} minutes before it pages anybody; here its first step begins at once"
        draft.report.approximate(
            thing, words, "let the sender wait, if that was meant to hold back what passes"
        )
    repeat = row.row("repeat")
    times = repeat.whole("count", 0, 1000, 0) if repeat else 0
    if repeat is not None and times and steps:
        wait = repeat.whole("waitInterval", 0, 525_600, 0)
        steps[-1].wait = timedelta(minutes=wait) if wait else None
        if repeat.flag("closeAlertAfterAll", False):
            draft.report.missing(
                thing, "closes the alert when all is over: nothing does that here", "close it by hand"
            )
    draft.policy(thing, steps, times)


def _targets(draft: Draft, thing: Thing, rule: Row) -> list[Target]:
    recipient = rule.row("recipient")
    if recipient is None:
        raise rule.error("recipient", "is missing")
    kind, how = recipient.text("type"), rule.maybe("notifyType") or "default"
    called = recipient.maybe("name") or recipient.maybe("username") or recipient.maybe("id") or kind
    place = f"rule for {kind} {names.label(called, kind)!r}"
    if rule.maybe("condition") == "if-not-closed":
        draft.report.approximate(
            thing, "goes on after the ack, until the alert is closed; here an ack stops it", place=place
        )
    if how not in ("default", "all"):
        words = f"notifies {how!r} of it; here {'all its members' if kind == 'team' else 'who is on call'}"
        draft.report.approximate(thing, words, "name who is meant", place)
    if kind == "user":
        id = recipient.maybe("id") or recipient.text("username")
        return [{"user": people.stranger(draft, id, recipient.maybe("username"))}]
    section = {"schedule": "schedules", "team": "teams"}.get(kind)
    found = draft.find(section, recipient.maybe("id")) if section else None
    if section is None or found is None:
        words = "is not in the export: that step does not page it" if section else "cannot be paged here"
        draft.report.missing(
            thing, words, "export it too (a team with its members), or name somebody else", place
        )
        return []
    if kind == "team" and how == "default":
        words = "goes by the team's own routing; here it pages all its members"
        draft.report.approximate(thing, words, "name the team's schedule if that is meant", place)
    return [{kind: found}]


def routing(draft: Draft, team: Row, export: Export) -> None:
    """A team with the policy of its default routing rule, or its first escalation, is a service."""
    id = team.text("id")
    thing = Thing("routing of team", id, team.maybe("name") or id)
    rules = [*export.owned("routing_rules", id), *export.owned("routing_rules", team.maybe("name"))]
    rules += team.rows("routingRules") or team.rows("routing_rules")
    policy = None
    for rule in rules:
        notify = rule.row("notify")
        called = names.label(rule.maybe("name"), rule.maybe("id") or "rule")
        if not rule.flag("isDefault", False):
            advice = "give what it is for an integration of its own, with its own service"
            draft.report.missing(thing, "routes some alerts elsewhere: that is not mapped", advice, called)
        elif notify is not None and notify.maybe("type") == "escalation":
            policy = draft.find("policies", notify.maybe("id"))
        elif notify is not None and notify.maybe("type") == "schedule":
            schedule = draft.find("schedules", notify.maybe("id"))
            if schedule is not None:
                whole = Thing("default route of team", id, team.maybe("name") or id)
                draft.policy(whole, [Step([{"schedule": schedule}])], 0)
                policy = draft.find("policies", id)
    if policy is None and not any(rule.flag("isDefault", False) for rule in rules):
        owned = [
            found
            for one in export.rows("escalations")
            if (owner := one.row("ownerTeam")) and owner.maybe("id") == id
            if (found := draft.find("policies", one.text("id")))
        ]
        policy = owned[0] if owned else None
        if policy is not None:
            words = f"its routing rules are not in the export: its first escalation, {policy}, was taken"
            draft.report.approximate(thing, words, "see which one its default route has")
    draft.service(thing, policy, ack_timeout="never")


def integration(draft: Draft, row: Row) -> None:
    """Puts an integration into the draft, for the service of its team."""
    id, kind = row.text("id"), row.maybe("type") or ""
    thing = Thing("integration", id, row.maybe("name") or kind or id)
    service = draft.find("services", row.maybe("teamId"))
    if not row.flag("enabled", True):
        draft.report.check(thing, "is switched off in Opsgenie: left out")
    elif kind.endswith("Email") or kind == "Webhook":
        words = (
            "takes mail, which Tocsin does not take in"
            if kind != "Webhook"
            else "sends alerts on, and takes none in"
        )
        draft.report.missing(thing, words, "have the sender post to an integration of source generic instead")
    elif service is None:
        words = "belongs to no team with a policy: there is no service for it"
        draft.report.missing(thing, words, "write it by hand: {service: …, source: …}")
    elif kind == "API":
        words = "sends Opsgenie's own format: the generic parser reads what it can"
        draft.integration(thing, service, "opsgenie", words=words)
    elif kind in ("Prometheus", "Grafana", "GrafanaV2"):
        draft.integration(thing, service, "alertmanager")
    elif kind in ("CloudWatch", "CloudWatchEvents", "AmazonSns"):
        draft.integration(thing, service, "cloudwatch")
    else:
        draft.integration(thing, service, names.slug(kind))
