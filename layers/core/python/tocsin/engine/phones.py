"""How what is known of a phone, or of a mail address, changes: read, decide, write; and decide anew when others wrote
first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.store.pages import NoticeClaim
from tocsin.store.people import Phone
from tocsin.store.ports import Clock, Conflict, Store

T = TypeVar("T")


class Hands(Protocol):
    """What it takes: all of ``Ports``, or a command line's own."""

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...


def change_phone(
    hands: Hands, number: str, decide: Callable[[Phone], tuple[Phone, T]], known: Phone | None = None
) -> T:
    """Writes the phone as ``decide`` makes it, and gives the rest of its answer. One that stays as it was is not
    written.

    ``known``: the phone as it was read a moment ago, to be decided on first. Raises TooBusy, and what ``decide`` does.
    """
    for attempt in range(ATTEMPTS):
        phone = known if known is not None and not attempt else hands.store.phone(number)
        changed, answer = decide(phone)
        if changed == phone:
            return answer
        try:
            hands.store.put_phone(changed)
        except Conflict:
            hands.clock.pause(attempt)
            continue
        return answer
    raise TooBusy(f"what is known of a phone was changed by others {ATTEMPTS} times in a row")


def may_tell(ports: Ports, number: str, id: str, about: str = "") -> bool:
    """Whether this phone gets an answer that acknowledges nothing, to the message ``id``: counted before it is sent.

    ``about`` is the incident and the person whom it tells who has that, after their ack: they are told once, however
    many answers there were before. Raises TooBusy.
    """
    from tocsin.paging import passive  # most of those who know phones answer nobody

    def decide(phone: Phone) -> tuple[Phone, bool]:
        now = ports.clock.now()
        if not passive.may_tell(now, id, phone.told):
            return phone, False
        return replace(phone, told=passive.counted(now, id, phone.told)), True

    may = change_phone(ports, number, decide) or (bool(about) and _first(ports, id, about))
    if not may:
        ports.metrics.count("AnswerHeldBack")
    return may


def _first(ports: Ports, id: str, about: str) -> bool:
    """Whether this message's answer is the one beyond the others. One that comes again gets it again."""
    name, now = f"who-{about}", ports.clock.now()
    # The lease is over at once: what dies before it is written down is tried again.
    if ports.store.claim_notice(name, now, now) is NoticeClaim.WON:
        ports.store.finish_notice(name, now, id)
        return True
    return ports.store.notice_said(name) == id
