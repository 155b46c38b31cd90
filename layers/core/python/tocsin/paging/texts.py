"""What a page says, by text message, by voice and by mail. Written for somebody who was asleep a moment ago:

what is broken first, then the number to say and type, then what to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tocsin.paging.gsm import ONE_PART, fit, septets, to_gsm
from tocsin.paging.plain import cut, defang, one_line

#: Below this there is no use in naming the incident beside the link: the link is left out then.
_LEAST_HEAD = 16
_SAID_TITLE, _SAID_SERVICE = 300, 100
_MAIL_TITLE, _MAIL_SUBJECT = 2000, 200


Purpose = Literal["page", "ask", "reminder"]

#: Septets of a text that names several incidents: two parts, which a phone shows as one.
_TOGETHER = 2 * 153


@dataclass(frozen=True, slots=True)
class Other:
    """Another incident that the same text is about; ``code`` where this phone can answer."""

    number: int
    service: str
    title: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page may say of an incident, as it stands when the page is sent.

    ``severity``, ``urgency`` and ``state`` are the words of their enums; ``count`` is how often the alert
    came; ``opened_at`` is aware; ``acked_by`` a person's name. ``link`` is the person's own signed link (""
    when there is none). ``ack_code`` and ``resolve_code`` ("1a", "1r") only where this phone can answer.

    ``code`` is this phone's code for it. ``purpose``: a page, asking to join (``asked_by`` whom, in their ``words``),
    or a reminder before the ack ends at ``until``, told on the clock of ``zone``. ``others`` are in the same text.
    """

    number: int
    service: str
    title: str
    severity: str
    urgency: str
    count: int
    state: str
    opened_at: datetime
    link: str
    acked_by: str | None = None
    ack_code: str | None = None
    resolve_code: str | None = None
    purpose: Purpose = "page"
    code: int | None = None
    asked_by: str = ""
    words: str = ""
    until: datetime | None = None
    zone: str = "UTC"
    others: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's parts; the subject is one line of at most 200 characters."""

    subject: str
    text: str
    html: str


def sms(facts: Facts) -> str:
    """The page as exactly one GSM part.

    The number, the reply codes and the link stand whole; the title, then the service, give way. A link of
    more than about 110 characters is left out, since half of it would help nobody. Several incidents are a line each,
    in two parts at most.
    """
    if facts.others:
        return _together(facts)
    answers = ((facts.ack_code, "ack"), (facts.resolve_code, "resolve"))
    codes = [f"{code} {what}" for code, what in answers if code]
    reply = f"\nReply {', '.join(codes)}" if codes else ""
    number = f"\n#{facts.number}"
    link = _own_link(facts.link)
    tail = f"{reply}\n{link}" if link else reply
    if link and (to_gsm(link) != link or septets(number + tail) > ONE_PART - _LEAST_HEAD):
        tail = reply
    room = ONE_PART - septets(number + tail)
    service, title = _safe_gsm(facts.service), _safe_gsm(facts.title) or "(no title)"
    head = _service_and_title(service, title, room)
    whole = head.startswith(service) and head.endswith(title)
    for more in _extras(facts) if whole else []:
        if septets(head + number + more + tail) <= ONE_PART:
            number += more
    return head + number + tail


def _together(facts: Facts) -> str:
    """``5 incidents:``, and how to answer: a line for as many as have room."""
    all_of_them = (Other(facts.number, facts.service, facts.title, facts.code), *facts.others)
    codes = facts.code is not None
    tail = f"\nReply aa to ack all, {facts.ack_code} to ack #{facts.number}" if codes else ""
    text = f"{len(all_of_them)} incidents:"
    for at, one in enumerate(all_of_them):
        left = len(all_of_them) - at
        more = f"\nand {left - 1} more" if left > 1 else ""
        head = f"\n{one.code} " if one.code is not None else "\n"
        head += f"#{one.number} "
        room = min(60, _TOGETHER - septets(text + head + more + tail))
        if room < _LEAST_HEAD:
            return f"{text}\nand {left} more{tail}"
        title = _safe_gsm(one.title) or "(no title)"
        text += head + _service_and_title(_safe_gsm(one.service), title, room)
    return text + tail


def _service_and_title(service: str, title: str, room: int) -> str:
    if not service:
        return fit(title, room)
    needed = septets(title)
    service = fit(service, max(room // 3, room - 2 - needed))
    return f"{service}: {fit(title, room - 2 - septets(service))}"


def _extras(facts: Facts) -> list[str]:
    """What is nice to know: said only where nothing else gives way for it."""
    severity = to_gsm(facts.severity)
    return [
        *([f" {severity}"] if severity and severity != "unknown" else []),
        *([f", {facts.count} times"] if facts.count > 1 else []),
    ]


def _safe_gsm(text: str) -> str:
    return defang(to_gsm(text))


def _own_link(link: str) -> str:
    return link if re.fullmatch(r"https?://[!-~]+", link) else ""


def voice(facts: Facts, keys: bool) -> str:
    """The page as plain words to be read out, at most 3,000 characters; no markup of any kind survives.

    ``keys``: the call takes keys (Amazon Connect). Without them it is said twice, as nothing can be pressed
    to repeat it.
    """
    service, title = (
        cut(said(facts.service), _SAID_SERVICE),
        cut(said(facts.title), _SAID_TITLE) or "An alert without a title",
    )
    severity = said(facts.severity)
    body = f"{service}: {title.rstrip('.')}. " if service else f"{title.rstrip('.')}. "
    body += f"Incident {digits(facts.number)}"
    body += f", {severity}." if severity and severity != "unknown" else "."
    if keys:
        return f"Tocsin. {body} Press 4 to acknowledge, 6 to resolve, 9 to escalate, star to repeat."
    return (
        f"Tocsin. {body} This call takes no keys. Please acknowledge by text message, by mail, or in Tocsin. "
        f"Once more. {body}"
    )


def digits(number: int) -> str:
    """A number digit by digit, as it is typed: ``1 0 4 2``."""
    return " ".join(str(number))


_SPOKEN_LINK = re.compile(r"\b(?:https?:/+|www\.)\S*", re.IGNORECASE)
_TAG = re.compile(r"""<(/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+=(?:"[^"<>]*"|'[^'<>]*'))*)\s*(/?)>""")
_MARKUP = frozenset(
    [
        "a",
        "audio",
        "b",
        "big",
        "br",
        "code",
        "div",
        "em",
        "emphasis",
        "font",
        "h1",
        "h2",
        "h3",
        "i",
        "img",
        "li",
        "mark",
        "p",
        "pre",
        "prosody",
        "s",
        "say-as",
        "script",
        "small",
        "span",
        "speak",
        "strong",
        "style",
        "sub",
        "table",
        "td",
        "tr",
        "u",
        "ul",
        "voice",
        "w",
    ]
)
_SIGNS = str.maketrans(
    {"%": " percent ", "&": " and ", "<": " less than ", ">": " greater than ", "#": " number ", "@": " at "}
    | dict.fromkeys('$_{}[]()\\^|~`*="', " ")
)


def said(text: str) -> str:
    """Somebody's words as a voice can say them: no markup, no links, signs in words, Latin letters only."""
    line = one_line(text)
    if not line.isascii():
        from anyascii import anyascii

        line = "".join(
            char if char.isascii() or (char < "\u0250" and char.isalpha()) else _emoji_word(anyascii(char))
            for char in line
        )
    line = _SPOKEN_LINK.sub("a link ", _TAG.sub(_without_tag, line))
    return " ".join(defang(line, dot=" dot ").translate(_SIGNS).split())


def _emoji_word(latin: str) -> str:
    return f" {latin[1:-1]} " if len(latin) > 2 and latin[0] == latin[-1] == ":" else latin


def _without_tag(tag: re.Match[str]) -> str:
    """Nothing for a tag of HTML or SSML; the word of what only looks like one (``over <threshold>``)."""
    closing, name, attributes, empty = tag.groups()
    return " " if closing or attributes or empty or name.lower() in _MARKUP else f" {name} "


def email(facts: Facts, replies: bool = False) -> Mail:
    """The page as a mail; its only link is ours, and the alert's own words cannot become one.

    ``replies``: it can be answered by mail, and says how.
    """
    from html import escape

    from tocsin.paging import mail_words

    title = cut(defang(one_line(facts.title)), _MAIL_TITLE) or "(no title)"
    service = cut(defang(one_line(facts.service)), _MAIL_SUBJECT)
    head = f"{service}: {title}" if service else title
    state = one_line(facts.state)
    if facts.acked_by:
        state += f" by {cut(defang(one_line(facts.acked_by)), 100)}"
    since = facts.opened_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    rows = [
        ("Incident", f"#{facts.number}, {state}"),
        ("Severity", f"{one_line(facts.severity)}, {one_line(facts.urgency)} urgency"),
        ("Since", since + (f", {facts.count} times" if facts.count > 1 else "")),
    ]
    link = _own_link(facts.link)
    text = "\n".join([head, "", *(f"{name}: {value}" for name, value in rows)])
    text += f"\n\nAcknowledge, resolve or look closer:\n{link}\n" if link else "\n"
    text += f"\n{mail_words.PAGE}\n" if replies else ""
    table = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;opacity:.7">{escape(name)}</td><td>{escape(value)}</td></tr>'
        for name, value in rows
    )
    button = (
        f'<p><a href="{escape(link)}" style="display:inline-block;padding:14px 22px;border-radius:8px;'
        'background:#b3261e;color:#fff;text-decoration:none;font-weight:600">Acknowledge or resolve</a></p>'
        if link
        else ""
    )
    how = f'<p style="opacity:.7">{escape(mail_words.PAGE)}</p>' if replies else ""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"></head>'
        '<body style="font:16px/1.5 system-ui,sans-serif;margin:16px">'
        f'<h1 style="font-size:20px;overflow-wrap:anywhere">{escape(head)}</h1>'
        f"{button}<table>{table}</table>{how}</body></html>"
    )
    return Mail(mail_words.subject(facts.number, facts.service, facts.title), text, html)
