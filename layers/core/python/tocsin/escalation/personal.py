"""A person's own rules: which of them apply at an instant, by their office hours and do-not-disturb."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tocsin.escalation.model import Rule, User
from tocsin.incidents.incident import Urgency
from tocsin.oncall.windows import hours_end, in_windows


@dataclass(frozen=True, slots=True)
class DueRule:
    """The rule at ``index`` of the person's list reaches ``contact`` at ``at``; ``put_off``: not before, for they are
    not to be disturbed when it would be due."""

    index: int
    rule: Rule
    contact: str
    at: datetime
    put_off: bool = False


def rules_of(user: User | None, urgency: Urgency) -> Iterator[tuple[int, Rule, str]]:
    """The person's rules for the urgency that have a contact, whatever the hour: index, rule, the contact's name."""
    if user is None:
        return
    for index, rule in enumerate(user.high if urgency is Urgency.HIGH else user.low):
        contact = user.contact_for(rule)
        if contact is not None:
            yield index, rule, contact.name


def due_rules(user: User | None, urgency: Urgency, start: datetime) -> Iterator[DueRule]:
    """The rules that apply where a step begins at ``start``, in the order of the list.

    A rule with ``during`` applies if the instant at which it is due lies inside, or outside, of the office hours.
    """
    if user is None:
        return
    for index, rule, contact in rules_of(user, urgency):
        due = start + rule.after
        if _applies(rule, user, due):
            at = not_disturbing(user, urgency, due)
            yield DueRule(index, rule, contact, at, at != due)


def not_disturbing(user: User | None, urgency: Urgency, at: datetime) -> datetime:
    """When a page due at ``at`` may be sent: at once, or at low urgency when the person may be disturbed again."""
    quiet = user.do_not_disturb if user is not None else None
    if quiet is None or urgency is Urgency.HIGH:
        return at
    return hours_end(quiet.active, quiet.timezone, at) or at


def _applies(rule: Rule, user: User, due: datetime) -> bool:
    if rule.during is None or user.office_hours is None:
        return True
    inside = in_windows(user.office_hours.active, user.office_hours.timezone, due)
    return inside == (rule.during == "office_hours")
