"""WhatsApp by AWS End User Messaging Social (``send_whatsapp_message``), which hands Meta's own JSON on.

Meta: WhatsApp Business Platform, Cloud API, "Messages" (developers.facebook.com). Within 24 hours of what somebody
wrote last they can be written to freely; before and after that only by a template that Meta has approved. Nothing that
was sent can be changed. There is no idempotency token: the page's claim is ours.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tocsin.paging.card_words import cut_units, facts, happened, headline, mark, safe
from tocsin.paging.channels.base import TEST, ChannelSettings, Message, Outcome, Refused, bad_number
from tocsin.paging.channels.errors import deliver
from tocsin.paging.channels.whatsapp_answers import read
from tocsin.paging.chat import Asked, Button, Card, Pressed, Spoke, button_value
from tocsin.paging.plain import one_line

__all__ = ["SERVICE", "read", "send", "tell", "template"]

SERVICE = "socialmessaging"
#: UTF-16 code units: of a text; of what stands over buttons; of a button.
LONGEST, OVER_BUTTONS, LABEL = 4_096, 1_024, 20
MOST_BUTTONS = 3
#: The template's buttons, in its order: a command's word and what stands on it.
BUTTONS = (Button("acknowledge", "Acknowledge"), Button("resolve", "Resolve"))
#: The number of what a test's buttons stand under: incidents count from 1.
NO_INCIDENT = "0"
_SERVICE, _TITLE, _SEVERITY, _LINK = 100, 500, 40, 500
_CALLBACK = 512
#: How WhatsApp's own ids of messages begin.
_THEIRS = "wamid."

#: The template's parameters: an incident's number, its service, its title and its severity.
Words = tuple[str, str, str, str]

_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")
_REASONS = {
    "ResourceNotFoundException": "identity_not_ready",
    "InvalidParametersException": "message_invalid",
    "ValidationException": "message_invalid",
    "AccessDeniedByMetaException": "access_denied",
}
#: What WhatsApp makes bold, struck out, monospaced and slanted, and what looks the same. Words_with_these keep theirs.
_LOOK = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_SLANT = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
#: A list or a quotation, at the beginning of a line.
_LIST = re.compile(r"(?=[>+\-•]|[0-9]{1,3}[.)])")
_JOINER = "\u2060"


def template(settings: ChannelSettings) -> dict[str, Any]:
    """The template as Meta has to approve it once: the definition for ``create_whatsapp_message_template``."""
    body = (
        "Incident {{1}} on {{2}}: {{3}}\nSeverity: {{4}}. Please acknowledge it, or resolve it if it is over."
    )
    sample = ["1042", "checkout", "Disk is full", "critical"]
    buttons = [{"type": "QUICK_REPLY", "text": button.label} for button in BUTTONS]
    return {
        "name": settings.whatsapp_template,
        "language": settings.whatsapp_language,
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": body, "example": {"body_text": [sample]}},
            {"type": "BUTTONS", "buttons": buttons},
        ],
    }


def send(client: Any, settings: ChannelSettings, message: Message, *, inside: bool = False) -> Outcome:
    """The card, or the text, to the number in ``message.to``. ``inside``: the person wrote within the last 24 hours, as
    whoever is answered did.

    Outside of that, a card to acknowledge goes by the template, whose words and buttons are a page's, and so does a
    test of whether pages come (``event``); nothing else goes. ``edits`` is not looked at: a message stays what it is.
    ``thread`` is quoted where it is a message of WhatsApp ("wamid.…") and inside.
    """
    if refused := bad_number(message.to):
        return refused
    if inside or (message.card is None and message.thread.startswith(_THEIRS)):
        return _deliver(client, settings, message, _free(message))
    if message.card is not None and _is_page(message.card):
        shown = _of_card(message.card)
    elif message.card is None and message.event == TEST:
        shown = _tested(message.text)
    else:
        return Refused(
            "window_closed", "the template is a page's: no notice, end, reminder or asking to join goes by it"
        )
    if not settings.whatsapp_template or not settings.whatsapp_language:
        return Refused("channel_off", "no template of WhatsApp is set up")
    return _deliver(client, settings, message, _by_template(settings, *shown))


def tell(client: Any, settings: ChannelSettings, came: Pressed | Asked | Spoke, words: str) -> Outcome:
    """A word to whoever pressed or wrote: they did so a moment ago, so it goes as a text, which quotes them."""
    to = came.person.id
    if refused := bad_number(to):
        return refused
    return _deliver(client, settings, Message("", to, words), _free(Message("", to, words, thread=came.id)))


def _deliver(client: Any, settings: ChannelSettings, message: Message, content: dict[str, Any]) -> Outcome:
    if not settings.whatsapp_phone_number_id:
        return Refused("channel_off", "no number of WhatsApp is set up")
    if not _VERSION.fullmatch(settings.whatsapp_api_version):
        return Refused("channel_off", "the version of Meta's API is none, such as v20.0")
    whole = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": message.to, **content}
    if page := _plain(message.page_id)[:_CALLBACK]:
        # Meta gives it back with every status, so that a receipt finds its page.
        whole["biz_opaque_callback_data"] = page
    request = {
        "originationPhoneNumberId": settings.whatsapp_phone_number_id,
        "message": json.dumps(whole, separators=(",", ":")).encode(),
        "metaApiVersion": settings.whatsapp_api_version,
    }
    return deliver(client.send_whatsapp_message, request, "messageId", _REASONS)


# ----------------------------------------------------------------------------------------------- what is shown


def _is_page(card: Card) -> bool:
    """Whether the template says what the card does. Whoever is asked to join, or reminded, could not answer by it."""
    return bool(card.buttons) and card.buttons[0].action == BUTTONS[0].action and card.state != "resolved"


def _of_card(card: Card) -> tuple[Words, tuple[str, ...]]:
    """A parameter is never empty and has no line breaks, or Meta refuses it."""
    words = (
        str(card.number),
        _plain(safe(card.service, _SERVICE)) or "-",
        cut_units(_plain(safe(card.title, _TITLE)), _TITLE) or "(no title)",
        _plain(safe(card.severity, _SEVERITY)) or "-",
    )
    return words, tuple(button_value(card, button) for button in BUTTONS)


def _tested(text: str) -> tuple[Words, tuple[str, ...]]:
    """The page's words say that there is no incident; whoever presses hears the same."""
    words = (NO_INCIDENT, "Tocsin", cut_units(_plain(text), _TITLE) or "a test", "none, this is a test")
    return words, tuple(f"{button.action}:{NO_INCIDENT}:0" for button in BUTTONS)


def _by_template(settings: ChannelSettings, words: Words, values: tuple[str, ...]) -> dict[str, Any]:
    components: list[dict[str, Any]] = [
        {"type": "body", "parameters": [{"type": "text", "text": text} for text in words]}
    ]
    for at, value in enumerate(values):
        payload = {"type": "payload", "payload": value}
        components.append(
            {"type": "button", "sub_type": "quick_reply", "index": str(at), "parameters": [payload]}
        )
    named = {"name": settings.whatsapp_template, "language": {"code": settings.whatsapp_language}}
    return {"type": "template", "template": {**named, "components": components}}


def _free(message: Message) -> dict[str, Any]:
    quoted = {"context": {"message_id": message.thread}} if message.thread.startswith(_THEIRS) else {}
    card = message.card
    if card is None:
        return {"type": "text", "text": _body(_lines(message.text)), **quoted}
    text = _incident(card)
    buttons = _buttons(card)
    if not buttons:
        return {"type": "text", "text": _body(text), **quoted}
    shown = {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
    return {"type": "interactive", "interactive": shown, **quoted}


def _body(text: str) -> dict[str, Any]:
    return {"preview_url": False, "body": cut_units(text, LONGEST) or "(no text)"}


def _incident(card: Card) -> str:
    """The card in at most 1,024 units; the link stands whole, or not at all where it is long."""
    lines = (f"{mark(card)} {_plain(headline(card))}", _plain(facts(card)), _start(_plain(happened(card))))
    link = card.link if re.fullmatch(r"https://[!-~]+", card.link) and len(card.link) <= _LINK else ""
    text = "\n".join(line for line in lines if line)
    return (
        f"{cut_units(text, OVER_BUTTONS - len(link) - 1)}\n{link}" if link else cut_units(text, OVER_BUTTONS)
    )


def _buttons(card: Card) -> list[dict[str, Any]]:
    """Up to three: no two of them may have the same words."""
    made: dict[str, dict[str, Any]] = {}
    for button in card.buttons:
        title = cut_units(safe(button.label, LABEL), LABEL) or button.action[:LABEL]
        made.setdefault(title, {"type": "reply", "reply": {"id": button_value(card, button), "title": title}})
    return list(made.values())[:MOST_BUTTONS]


def _plain(text: str) -> str:
    """One line in which WhatsApp finds nothing to make bold, slanted, struck out or monospaced."""
    return _SLANT.sub("ˍ", one_line(text).translate(_LOOK))


def _start(line: str) -> str:
    return _LIST.sub(_JOINER, line, count=1) if _LIST.match(line) else line


def _lines(text: str) -> str:
    """Lines of our own, whose links stay as they are."""
    made = []
    for raw in text.splitlines():
        words = one_line(raw).split(" ")
        made.append(" ".join(word if word.startswith("https://") else _plain(word) for word in words))
    return "\n".join(_start(line) for line in made).strip()
