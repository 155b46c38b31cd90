"""Readiness: what a valid configuration would still do wrong at night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tocsin.config.cover import out_of_reach
from tocsin.config.coverage import Coverage
from tocsin.config.finding import Finding
from tocsin.config.model import Config
from tocsin.config.problems import Path
from tocsin.config.scalars import spelled
from tocsin.config.supersede import superseded
from tocsin.config.waking import steps_that_wake_nobody, turns_of, wakes_nobody
from tocsin.escalation.model import FITS, Policy, Target, User
from tocsin.escalation.personal import rules_of
from tocsin.incidents.incident import Urgency
from tocsin.oncall.ranges import Range, total


def findings(config: Config, at: datetime, days: int = 14) -> list[Finding]:
    """Everything to say about the ``days`` from ``at`` (aware) on, the gravest first; messages have its offset.

    Contacts count as verified, push as absent: it exists only once registered.
    """
    coverage = Coverage(config.book, at, at + timedelta(days=days))
    return [
        *_catch_all(config),
        *_nobody(config, coverage, at, days),
        *_unreachable(config, at, days),
        *_superseded(config),
        *steps_that_wake_nobody(config.book),
        *_unused(config),
        *_left_out(config),
        *_gaps(config, coverage, at, days),
        *_fed(config),
        *_silent(config),
        *_shared(config),
    ]


def _catch_all(config: Config) -> Iterator[Finding]:
    if config.catch_all is None:
        words = "is missing: an alert that no integration claims has no service; name one (plan and apply ask for it)"
        yield Finding("no_catch_all", ("catch_all",), words)


def _nobody(config: Config, coverage: Coverage, at: datetime, days: int) -> Iterator[Finding]:
    for name, service in config.book.services.items():
        if ranges := coverage.nobody(service):
            words = f"an alert would reach nobody {_when(ranges, at, days)}"
            yield Finding("nobody_reachable", ("services", name), words)


def _gaps(config: Config, coverage: Coverage, at: datetime, days: int) -> Iterator[Finding]:
    for name in config.book.schedules:
        if ranges := coverage.gaps(name):
            yield Finding(
                "schedule_gap", ("schedules", name), f"nobody is on call {_when(ranges, at, days)}", "info"
            )


def _fed(config: Config) -> Iterator[Finding]:
    for name, schedule in config.book.schedules.items():
        if schedule.feed is not None:
            what = "is a calendar" if schedule.feed.kind == "schedule" else "has the overrides of a calendar"
            words = f"{what}, which is not read here: all that is said of it is said of its layers alone"
            yield Finding("feed_not_read", ("schedules", name, "feed"), words, "info")


def _when(ranges: list[Range], at: datetime, days: int) -> str:
    hours = total(ranges) / timedelta(hours=1)
    if ranges == [(at, at + timedelta(days=days))]:
        return f"at any time of the next {days} days"
    start, end = (f"{moment.astimezone(at.tzinfo):%a %Y-%m-%d %H:%M}" for moment in ranges[0])
    offset = ranges[0][0].astimezone(at.tzinfo).isoformat()[-6:]
    more = f", and at {len(ranges) - 1} more times" if len(ranges) > 1 else ""
    return f"from {start} to {end} ({offset}){more}: {hours:.4g} h of the next {days} days"


def _counted_on(config: Config) -> set[str]:
    """Everybody whom a team, a schedule or a policy names."""
    book = config.book
    found = {user for members in book.teams.values() for user in members}
    for schedule in book.schedules.values():
        found.update(user for layer in schedule.layers for turn in layer.users for user in turn)
        found.update(user for override in schedule.overrides for user in override.users)
        found.update(user for one in schedule.temporary for shift in one.shifts for user in shift.users)
    found.update(row.delegate for row in book.away.rows if row.delegate is not None)
    for name, policy in book.policies.items():
        found.update(target.name for _, target in _targets(name, policy) if target.kind == "user")
    return found


def _targets(name: str, policy: Policy) -> Iterator[tuple[Path, Target]]:
    for index, step in enumerate(policy.steps):
        for place, target in enumerate(step.page):
            yield ("policies", name, "steps", index, "page", place), target
    for place, target in enumerate(policy.last_resort):
        yield ("policies", name, "last_resort", place), target


def _unreachable(config: Config, at: datetime, days: int) -> Iterator[Finding]:
    counted_on = _counted_on(config)
    turns = turns_of(config.book)
    for id in (id for id in config.book.users if id in counted_on):
        user = config.book.users[id]
        silent, asleep = out_of_reach(user, at, at + timedelta(days=days))
        if silent and next(rules_of(user, Urgency.HIGH), None) is None:
            words = "is unreachable: no notification rule for high urgency has a contact that fits"
            yield Finding("unreachable", ("users", id), words)
        elif silent:
            words = (
                f"is unreachable for an alert {_when(silent, at, days)}: no notification rule for high urgency applies"
                " then; add one without during"
            )
            yield Finding("unreachable", ("users", id), words)
        if total(asleep) == timedelta(days=days):
            yield wakes_nobody(user, turns.get(id, ()))
        elif asleep:
            words = f"is reached by e-mail alone, which wakes nobody, for an alert {_when(asleep, at, days)}"
            yield Finding("only_email", ("users", id), words, "info")


def _superseded(config: Config) -> Iterator[Finding]:
    for drop in superseded(config.book):
        rule = config.book.users[drop.user].high[drop.rule]
        places = f" (and in {drop.places - 1} more places)" if drop.places > 1 else ""
        path = _rule_path(config, drop.user, "high", drop.rule)
        default = "" if len(path) > 2 else "of the default rules, "
        words = (
            f"{default}{rule.via} after {spelled(rule.after)} is never sent in step {drop.step} of policy"
            f" {drop.policy}{places}: after {spelled(drop.after)} they are paged again and their rules start anew;"
            " shorten after, or lengthen wait"
        )
        yield Finding("superseded_rule", path, words)


def _rule_path(config: Config, user: str, urgency: str, index: int) -> Path:
    row = config.document.get("users", {}).get(user)
    written = isinstance(row, dict) and urgency in row.get("notify", {})
    return ("users", user, "notify", urgency, index) if written else ("users", user)


def _unused(config: Config) -> Iterator[Finding]:
    book = config.book
    targets = {
        (target.kind, target.name)
        for name, policy in book.policies.items()
        for _, target in _targets(name, policy)
    }
    policies = {service.policy for service in book.services.values()}
    services = {integration.service for integration in config.integrations.values()} | {config.catch_all}
    people = _counted_on(config)
    if any(schedule.feed is not None for schedule in book.schedules.values()):
        # Whom a calendar names is not known here.
        people |= set(book.users)
    unused: list[tuple[str, str, str]] = [
        *(
            ("users", name, "no team, schedule or policy names them")
            for name in book.users
            if name not in people
        ),
        *(("teams", name, "no policy pages it") for name in book.teams if ("team", name) not in targets),
        *(
            ("schedules", name, "no policy pages it")
            for name in book.schedules
            if not targets & {("schedule", name), ("next", name), ("everyone", name)}
        ),
        *(("policies", name, "no service has it") for name in book.policies if name not in policies),
        *(("services", name, "no integration feeds it") for name in book.services if name not in services),
    ]
    for section, name, why in unused:
        yield Finding("unused", (section, name), f"is unused: {why}")


def _left_out(config: Config) -> Iterator[Finding]:
    for id, user in config.book.users.items():
        for urgency, rules in (("high", user.high), ("low", user.low)):
            path = _rule_path(config, id, urgency, 0)
            if len(path) == 2:
                continue
            for index, rule in enumerate(rules):
                if rule.via != "push" and user.contact_for(rule) is None:
                    kind = {"phone": "number", "email": "e-mail address"}.get(
                        FITS[rule.via], f"{rule.via} id"
                    )
                    which = f"the contact {rule.to!r} is no {kind}" if rule.to else f"there is no {kind}"
                    yield Finding(
                        "rule_left_out", (*path[:-1], index), f"is left out: {which} for {rule.via}", "info"
                    )


def _silent(config: Config) -> Iterator[Finding]:
    for name, policy in config.book.policies.items():
        if all(step.when or step.unless for step in policy.steps):
            words = "has a condition in every step: where none holds, nobody is paged and the alarm is raised"
            yield Finding("only_branches", ("policies", name, "steps"), words, "info")
        if not policy.last_resort:
            words = "has no last_resort: when its rounds are over it begins anew after 30 minutes, with nobody else"
            yield Finding("no_last_resort", ("policies", name), words, "info")


def _shared(config: Config) -> Iterator[Finding]:
    owners: dict[str, User] = {}
    for user in config.book.users.values():
        for contact in user.contacts:
            owner = owners.setdefault(contact.address, user)
            if owner is not user and contact.kind == "phone":
                words = f"is also a number of {owner.id}: a reply from it may be taken for either"
                yield Finding("shared_number", ("users", user.id, "contacts", contact.name), words, "info")
