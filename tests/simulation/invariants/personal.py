"""Whom a person's own rules reach, and when: told once more from the file format's sentences."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.simulation.members import VENDORS
from tocsin.escalation.model import Rule, User
from tocsin.incidents.incident import Urgency
from tocsin.oncall.windows import in_windows

_FITS = {
    "sms": "phone",
    "voice": "phone",
    "email": "email",
    "whatsapp": "phone",
    "push": "push",
    **{chat: chat for chat in VENDORS},
}


def rules_of(user: User, urgency: Urgency, start: datetime) -> list[tuple[int, datetime, str, bool]]:
    """The rules that apply where a step begins at ``start``: index, when it is due, contact, whether it was put off.

    "``via`` takes the first fitting contact unless ``to:`` names one"; a rule for some hours applies if it is due in
    them; what is low waits for the end of the person's do-not-disturb.
    """
    found = []
    for index, rule in enumerate(user.high if urgency is Urgency.HIGH else user.low):
        fitting = [
            contact.name
            for contact in user.contacts
            if contact.kind == _FITS.get(rule.via) and rule.to in (None, contact.name)
        ]
        if not fitting or not _applies(user, rule, start + rule.after):
            continue
        due, later = start + rule.after, start + rule.after
        while urgency is Urgency.LOW and rests(user, later):
            # Windows begin and end at whole minutes.
            later = later.replace(second=0, microsecond=0) + timedelta(minutes=1)
        found.append((index, later, fitting[0], later != due))
    return found


def rests(user: User, at: datetime) -> bool:
    hours = user.do_not_disturb
    return hours is not None and in_windows(hours.active, hours.timezone, at)


def _applies(user: User, rule: Rule, at: datetime) -> bool:
    hours = user.office_hours
    if rule.during is None or hours is None:
        return True
    return in_windows(hours.active, hours.timezone, at) == (rule.during == "office_hours")
