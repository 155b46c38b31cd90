"""A word to somebody, of no page: claimed, sent once, and given up when the carrier refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.engine.calling import claim_call
from tocsin.engine.handing import handed
from tocsin.engine.outcomes import LEASE
from tocsin.engine.ports import Ports
from tocsin.paging import throttle
from tocsin.paging.channels.base import TEST, Later, Message, Refused, Sent
from tocsin.paging.verification import WAYS
from tocsin.store.messages import Notice
from tocsin.store.pages import NoticeClaim

if TYPE_CHECKING:
    from tocsin.engine.carriers import Carriers


#: What became of a notice that a carrier took.
SENT = "sent"


def send_notice(ports: Ports, carriers: Carriers, notice: Notice) -> float | None:
    """None when it is done with; else in how many seconds it shall come again."""
    now = ports.clock.now()
    claim = ports.store.claim_notice(notice.id, now, now + LEASE)
    if claim is not NoticeClaim.WON:
        return None if claim is NoticeClaim.DONE else LEASE.total_seconds()
    return hand_over(ports, carriers, notice)


def hand_over(ports: Ports, carriers: Carriers, notice: Notice) -> float | None:
    """Sends what was claimed, and writes down what became of it. None when it is done with; else in how many seconds
    it shall come again."""
    channel = carriers.channel(notice.via)
    gone: tuple[str, ...] = ()
    why = "channel_off" if channel is None else _kept_back(ports, notice, channel)
    if channel is not None and why is None:
        message = Message(
            notice.id,
            notice.to,
            notice.text,
            notice.incident,
            notice.subject,
            thread=notice.thread,
            reply_token=str(notice.incident or ""),
            event=TEST if notice.tests else "",
        )
        result, gone = handed(ports, carriers, channel, message)
        if isinstance(result, Later):
            ports.metrics.count("NoticeLater")
            return LEASE.total_seconds() + 1
        ports.metrics.count("NoticeSent" if isinstance(result, Sent) else "NoticeRefused")
        why = result.reason if isinstance(result, Refused) else None
    ports.store.finish_notice(notice.id, ports.clock.now(), f"refused: {why}" if why else SENT)
    if gone:
        from tocsin.engine.browsers import forget

        forget(ports, notice.to, gone)
    return None


def _kept_back(ports: Ports, notice: Notice, channel: str) -> str | None:
    """Why a notice is not sent, None when it is. A call counts like one of a page."""
    if notice.via not in WAYS:
        return None  # a chat knows its people itself
    phone, call = ports.store.phone(notice.to), channel in ("connect", "voice")
    if phone.opted_out_at is not None and not call:
        return "opted_out"
    provable = ports.verified_only and notice.user and not notice.proves
    if provable and notice.user not in phone.verified:
        return "unverified"
    if notice.user and call:
        verdict = claim_call(ports, notice.user, notice.to, notice.id, channel)
        return None if isinstance(verdict, throttle.Call) else verdict.reason
    return None
