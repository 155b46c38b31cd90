"""What a message looks like in Slack: Block Kit in which nobody's words are more than words.

Limits: https://docs.slack.dev/reference/block-kit (a header 150 characters, text 3,000, a field 2,000, a button's label
75, its address 3,000; 25 elements in an actions block; a block's id 255, and a new one for every edit). Markup and its
escapes: https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

from tocsin.paging.chat import button_value
from tocsin.paging.plain import cut, defang, one_line

if TYPE_CHECKING:
    from tocsin.paging.channels.base import Message
    from tocsin.paging.chat import Card

Json = dict[str, Any]

#: Begins the id of the block that our buttons stand in.
BLOCK = "tocsin-"
_HEADER, _TEXT, _FIELD, _LABEL, _LINK, _BUTTONS = 150, 3_000, 200, 75, 3_000, 20
#: Of a title that the header has no room for; of a notification, which a phone's lock screen cuts far sooner.
_TITLE, _NOTIFICATION = 1_000, 400
#: A message has at most 50 blocks, and each of these lines may take one.
_LINES = 40
_NOTHING = "(no text)"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
#: Signs that are markup in mrkdwn, each as one that looks like it. An @ as well: a mention wakes a whole channel.
_LOOKALIKES = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "_": "\N{FULLWIDTH LOW LINE}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
        "@": "\N{FULLWIDTH COMMERCIAL AT}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "\N{BULLET}": "-",
    }
)
# Colons that could be an emoji's name between them: ":fire:", ":+1::skin-tone-3:".
_EMOJI = re.compile(r":(?=[\w+'-]+:)")
_COLOURS = {
    "acknowledged": "#d9a521",
    "snoozed": "#7a5cc7",
    "resolved": "#2f9e63",
}
_LOUD, _QUIET = "#c8463a", "#d97b29"
_STYLES = {"acknowledge": "primary"}


def body(message: Message) -> Json:
    """``{"text", "blocks", "attachments"}`` of a message: its card, or its text where it has none."""
    card = message.card
    if card is None:
        return {**said(message.text), "attachments": []}
    return {
        "text": _notification(card),
        "blocks": _head(card),
        # Colour is had by an attachment alone; what stands in blocks beside it is what is read first.
        "attachments": [{"color": _colour(card), "fallback": _notification(card), "blocks": _details(card)}],
    }


def said(words: str) -> Json:
    """``{"text", "blocks"}`` of words that have no card, line by line."""
    return {"text": inert(words, _NOTIFICATION) or _NOTHING, "blocks": _said(words)}


def inert(text: str, room: int) -> str:
    """One line of mrkdwn in which nothing is a mention, a link, an emoji or formatting; of at most ``room`` characters,
    escapes included."""
    line = defang(one_line(text)).translate(_LOOKALIKES)
    return _escaped(_EMOJI.sub("\N{RATIO}", line), room)


def plain(text: str, room: int) -> Json | None:
    """A plain_text object of one line; None for a line without anything to see, which Slack takes from nobody."""
    line = _escaped(defang(one_line(text)), room)
    return {"type": "plain_text", "text": line, "emoji": False} if line else None


def _escaped(line: str, room: int) -> str:
    """The line with Slack's three escapes, cut so that none is torn and ``room`` holds in UTF-16 units as well."""
    sizes = [len(_ENTITIES.get(char, "")) or (2 if char > "\uffff" else 1) for char in line]
    if sum(sizes) <= room:
        return "".join(_ENTITIES.get(char, char) for char in line)
    left, end = room - 3, 0
    while (left := left - sizes[end]) >= 0:
        end += 1
    return "".join(_ENTITIES.get(char, char) for char in line[:end].rstrip()) + "..."


def _title(card: Card) -> str:
    return one_line(card.title) or "(no title)"


def _heading(card: Card) -> str:
    service = cut(one_line(card.service), 60)
    return f"#{card.number} {service}: {_title(card)}" if service else f"#{card.number} {_title(card)}"


def _notification(card: Card) -> str:
    """What a phone shows of it, and a screen reader says: how it stands comes first when it is no longer news."""
    state = "" if card.state == "triggered" else f"{one_line(card.state).capitalize()}: "
    return inert(f"{state}{_heading(card)}", _NOTIFICATION)


def _head(card: Card) -> list[Json]:
    heading = _heading(card)
    blocks = [{"type": "header", "text": plain(heading, _HEADER)}]
    if len(_escaped(defang(one_line(heading)), _TEXT)) > _HEADER and (whole := plain(_title(card), _TITLE)):
        blocks.append({"type": "section", "text": whole})
    return blocks


def _colour(card: Card) -> str:
    return _COLOURS.get(card.state) or (_QUIET if card.urgency == "low" else _LOUD)


def _details(card: Card) -> list[Json]:
    blocks: list[Json] = [{"type": "section", "fields": _facts(card)}]
    if line := plain(card.line, _TEXT):
        blocks.append({"type": "context", "elements": [line]})
    buttons = _buttons(card)
    if buttons:
        blocks.append(
            {"type": "actions", "block_id": f"{BLOCK}{card.number}-{card.version}", "elements": buttons}
        )
    return blocks


def _facts(card: Card) -> list[Json]:
    seconds = int(card.opened_at.timestamp())
    day = card.opened_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    # Slack shows it in the reader's own zone.
    since = f"<!date^{seconds}^{{date_short_pretty}}, {{time}}|{day}>"
    rows = [
        ("State", _word(card.state)),
        ("Severity", _word(card.severity)),
        ("Urgency", _word(card.urgency)),
        ("Since", since),
        *([("Alerts", str(card.count))] if card.count > 1 else []),
    ]
    return [{"type": "mrkdwn", "text": f"*{name}*\n{value or '-'}", "verbatim": True} for name, value in rows]


def _word(text: str) -> str:
    return inert(text[:1].upper() + text[1:], _FIELD)


def _buttons(card: Card) -> list[Json]:
    """The commands, unless it is over, and what leads elsewhere."""
    found: list[Json] = []
    for index, button in enumerate(card.buttons[:_BUTTONS] if card.state != "resolved" else ()):
        label = plain(button.label, _LABEL)
        if label is None:
            continue
        made = {
            "type": "button",
            "action_id": cut(f"{index}-{button.action}", 255),
            "text": label,
            "value": button_value(card, button),
        }
        if button.action in _STYLES:
            made["style"] = _STYLES[button.action]
        found.append(made)
    for name, words, link in (("open", "Open in Tocsin", card.link), ("runbook", "Runbook", card.runbook)):
        if re.fullmatch(r"https?://[!-~]+", link) and len(link) <= _LINK:
            found.append({"type": "button", "action_id": name, "text": plain(words, _LABEL), "url": link})
    return found


def _said(words: str) -> list[Json]:
    """The words line by line, in as many blocks as they need."""
    blocks: list[str] = []
    room = 0
    for raw in words.strip().splitlines()[:_LINES]:
        line = _escaped(defang(one_line(raw)), _TEXT)
        size = len(line.encode("utf-16-le")) // 2 + 1
        if size > room:
            blocks.append(line)
            room = _TEXT - size + 1
        else:
            blocks[-1] += f"\n{line}"
            room -= size
    return [_section(text) for text in blocks if text.strip()] or [_section(_NOTHING)]


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
