"""Grafana OnCall's escalation chains, and its integrations with their routes."""

from __future__ import annotations

from datetime import timedelta

from tocsin_cli.importing import names, people
from tocsin_cli.importing.draft import Draft, Step, Target
from tocsin_cli.importing.export import Export
from tocsin_cli.importing.report import Thing
from tocsin_cli.importing.rows import Row


def chain(draft: Draft, thing: Thing, rows: list[Row], *, important: bool) -> None:
    """Steps without a wait between them are one; a wait is the one before's."""
    steps: list[Step] = []
    repeat = 0
    waited = timedelta(0)
    mixed = False
    for number, row in enumerate(sorted(rows, key=lambda row: row.whole("position", -1, 10_000, 0)), 1):
        kind = row.maybe("type") or "step"
        if kind == "wait":
            wait = timedelta(seconds=row.whole("duration", 0, 10**6, 300))
            if steps:
                steps[-1].wait = (steps[-1].wait or timedelta(0)) + wait
            else:
                waited += wait
            continue
        if kind == "repeat_escalation":
            repeat = 5
            continue
        page = _page(draft, thing, row, kind, f"step {number}")
        if page:
            mixed = mixed or not row.flag("important", False)
            if not steps or steps[-1].wait is not None:
                steps.append(Step([]))
            steps[-1].page += page
    if waited and steps:
        minutes = int(waited.total_seconds()) // 60
        words = f"waits {minutes} minutes before it pages anybody; here its first step begins at once"
        draft.report.approximate(
            thing, words, "let the sender wait, if that was meant to hold back what passes"
        )
    if mixed and important and steps:
        words = "has steps that are not important, and page by the default rules; here all page by the important ones"
        draft.report.approximate(thing, words)
    if repeat:
        draft.report.approximate(thing, "repeats up to 5 times; here 5 times exactly")
    draft.policy(thing, steps, repeat)


def _page(draft: Draft, thing: Thing, row: Row, kind: str, place: str) -> list[Target]:
    if kind in ("notify_persons", "notify_person_next_each_time"):
        ids = row.texts("persons_to_notify") or row.texts("persons_to_notify_next_each_time")
        if kind == "notify_person_next_each_time" and len(ids) > 1:
            words = "pages its people in turn, another one each time; here all of them at once"
            draft.report.approximate(thing, words, "make a schedule of them, with an hourly rotation", place)
        return [{"user": people.stranger(draft, id, None)} for id in ids]
    section, key = {
        "notify_on_call_from_schedule": ("schedules", "notify_on_call_from_schedule"),
        "notify_team_members": ("teams", "team_to_notify"),
    }.get(kind, ("", ""))
    if section:
        id = row.text(key)
        found = draft.find(section, id)
        if found is not None:
            return [{section.removesuffix("s"): found}]
        called = f"{section.removesuffix('s')} {names.label(id, '')!r}"
        words = f"the {called} is not in the export: this step does not page it"
        draft.report.missing(
            thing, words, "export it too (a team with its users), or name somebody else", place
        )
        return []
    known = {
        "notify_user_group": "pages a Slack user group",
        "notify_whole_channel": "writes to a Slack channel",
        "trigger_webhook": "calls a webhook",
        "resolve": "resolves the alert",
        "notify_if_time_from_to": "waits for a time of day",
        "notify_if_num_alerts_in_window": "waits for more alerts",
        "declare_incident": "declares an incident",
    }
    what = known.get(kind, names.label(kind, "step"))
    words = f"{what}: there is no such step here, and the chain goes on without it"
    draft.report.missing(thing, words, "put people or a schedule in its place, if it mattered", place)
    return []


def integration(draft: Draft, row: Row, export: Export) -> None:
    """An integration and its default route are a service with an integration."""
    id, kind = row.text("id"), row.maybe("type") or ""
    called = row.maybe("name") or kind or id
    routes = export.owned("routes", id, "integration_id")
    for other in routes:
        if not other.flag("is_the_last_route", False):
            words = f"its route {names.label(other.maybe('routing_regex'), other.maybe('id') or '')!r} is not mapped"
            advice = "make an integration of its own, with its own service, for what goes there"
            draft.report.missing(Thing("integration", id, called), words, advice)
    last = [one for one in routes if one.flag("is_the_last_route", False)]
    default = row.row("default_route")
    route = default if default is not None else last[0] if last else None
    policy = draft.find("policies", None if route is None else route.maybe("escalation_chain_id"))
    service = draft.service(Thing("service of integration", id, called), policy, ack_timeout="never")
    if service is None:
        return
    thing = Thing("integration", id, called)
    if kind in ("alertmanager", "grafana_alerting", "legacy_alertmanager", "legacy_grafana_alerting"):
        draft.integration(thing, service, "alertmanager")
    elif kind == "amazon_sns":
        draft.integration(thing, service, "cloudwatch")
    elif kind == "inbound_email":
        words = "takes mail, which Tocsin does not take in"
        draft.report.missing(thing, words, "have the sender post to an integration of source generic instead")
    elif kind in ("direct_paging", "manual", "maintenance"):
        draft.report.missing(thing, "is OnCall's own: it has no sender", "page from the console instead")
    else:
        draft.integration(thing, service, names.slug(kind))
