"""What is sent beside pages: asking somebody to join, and reminding whoever has an incident before their ack ends."""

from __future__ import annotations

from tocsin.paging import mail_words
from tocsin.paging.answers import still_on_it
from tocsin.paging.codes import keep_code
from tocsin.paging.gsm import ONE_PART, fit, septets, to_gsm
from tocsin.paging.plain import cut, defang, one_line
from tocsin.paging.texts import Facts, digits, said


def sms(facts: Facts) -> str:
    """One GSM part."""
    if facts.purpose == "reminder":
        return _reminder(facts)
    answer = (
        f"\nReply {facts.code}y to join, {facts.code}n not to"
        if facts.code is not None
        else f"\nReply accept {facts.number}, or decline {facts.number}"
    )
    if facts.ack_code is None:
        answer = f"\n{facts.link}" if to_gsm(facts.link) == facts.link and septets(facts.link) < 100 else ""
    who = fit(_safe(facts.asked_by), 30)
    tail = f"\n#{facts.number}{answer}"
    head = f"{who} asks you to join: " if who else "Asked to join: "
    about = f"{facts.words} ({facts.title})" if facts.words else f"{facts.service}: {facts.title}"
    return head + fit(_safe(about), ONE_PART - septets(head + tail)) + tail


def _reminder(facts: Facts) -> str:
    if facts.until is None:
        return f"Still on #{facts.number}?"
    if facts.ack_code is None:
        return f"Still on #{facts.number}? Say so in Tocsin, or its pages begin anew."
    return still_on_it(
        facts.number, facts.until, facts.zone, keep_code(facts.code) if facts.code is not None else None
    )


def voice(facts: Facts, keys: bool) -> str:
    """As ``texts.voice``. A reminder is never a call."""
    who = cut(said(facts.asked_by), 80) or "Somebody"
    about = cut(said(facts.words or facts.title), 300).rstrip(".")
    body = f"{who} asks you to join incident {digits(facts.number)}: {about}."
    if keys:
        return f"Tocsin. {body} Press 4 to join, 6 to decline."
    return f"Tocsin. {body} Please answer by text message, by mail, or in Tocsin. Once more. {body}"


def mail(facts: Facts, replies: bool = False) -> tuple[str, str]:
    """Subject and text. ``replies``: it can be answered by mail, and says how."""
    title = cut(defang(one_line(facts.title)), 160) or "(no title)"
    if facts.purpose == "reminder":
        until = f"{facts.until:%H:%M UTC}" if facts.until is not None else "soon"
        return (
            f"Still on it? {title} [#{facts.number}]",
            f"You have #{facts.number}, {title}.\n\nIts pages begin anew at {until} unless you say that you still do:"
            f" answer with keep {facts.number} by text message, or here:\n{facts.link}\n"
            + (f"\n{mail_words.REMINDED}\n" if replies else ""),
        )
    who = cut(defang(one_line(facts.asked_by)), 80) or "Somebody"
    words = f"\n\n{cut(defang(one_line(facts.words)), 2000)}" if facts.words else ""
    return (
        f"{who} asks you to join: {title} [#{facts.number}]",
        f"{who} asks you to join #{facts.number}: {title}{words}\n\nLook closer:\n{facts.link}\n"
        + (f"\n{mail_words.ASKED}\n" if replies else ""),
    )


def _safe(text: str) -> str:
    return defang(to_gsm(one_line(text)))
