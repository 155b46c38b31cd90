"""STOP and START: who wants no texts gets none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tocsin.engine.people import by_number
from tocsin.engine.phones import change_phone
from tocsin.engine.ports import Ports
from tocsin.incidents.incident import Actor, Entry
from tocsin.paging.receipts import InboundSms
from tocsin.store.people import Phone


def opt(ports: Ports, sms: InboundSms, out: bool) -> None:
    """STOP and START: remembered, and said on the timeline of every open incident of this phone.

    A function that died between the two comes here again and finds the phone as it shall be.
    """

    def decide(phone: Phone) -> tuple[Phone, tuple[Phone, bool]]:
        if (phone.opted_out_at is not None) == out:
            return phone, (phone, False)
        return replace(phone, opted_out_at=ports.clock.now() if out else None), (phone, True)

    phone, changed = change_phone(ports, sms.sender, decide)
    now = ports.clock.now()
    if changed:
        ports.metrics.count("OptedOut" if out else "OptedIn")
    kind = "opted_out" if out else "opted_in"
    for number, _ in open_codes(ports, phone):
        incident = ports.store.incident(number)
        user = by_number(ports, incident, sms.sender) if incident is not None else None
        actor = Actor("user", user.id if user is not None else "unknown", "sms")
        if changed or _said_last(ports, number, actor) != kind:
            ports.store.add_entries(number, [Entry(f"sms-{sms.id}", now, kind, actor, {})])


def _said_last(ports: Ports, number: int, actor: Actor) -> str:
    """Whether the timeline says that this person wants texts."""
    said = [line.kind for line in ports.store.timeline(number) if line.actor == actor]
    return next((kind for kind in reversed(said) if kind in ("opted_out", "opted_in")), "opted_in")


def open_codes(ports: Ports, phone: Phone) -> Sequence[tuple[int, int]]:
    """The open incidents this phone has codes for, as (number, code), smallest code first."""
    found = []
    for code, number in sorted(phone.codes.items()):
        incident = ports.store.incident(number)
        if incident is not None and incident.open:
            found.append((number, code))
    return found
