"""An incident as an Adaptive Card of Teams (adaptivecards.io, version 1.5).

A TextBlock and a fact read Markdown; a TextRun of a RichTextBlock shows its text as it stands. So whatever somebody
wrote stands in TextRuns, also where there is no card: a text alone would be read as Markdown.
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.paging.card_words import facts, happened, headline, links, mark, safe
from tocsin.paging.channels.base import Message
from tocsin.paging.chat import Card, button_value
from tocsin.paging.plain import cut, one_line

CARD = "application/vnd.microsoft.card.adaptive"
WORDS = "application/vnd.microsoft.activity.message"
#: Teams shows six actions of a card.
_MOST_ACTIONS, _MOST_BUTTONS = 6, 4
_LABEL, _SUMMARY, _LINES, _LINE = 40, 200, 40, 1_000
_STYLES = {"acknowledged": "warning", "snoozed": "accent", "resolved": "good"}
#: {{DATE(…)}} and {{TIME(…)}} are filled in by the client.
_MACRO = re.compile(r"\{(?=\{)")


def activity(message: Message) -> dict[str, Any]:
    """The activity to send or to put in the place of an earlier one. New ones ring where they are somebody's own."""
    card = message.card
    shown = of_words(message.text) if card is None else of_incident(card)
    summary = one_line(message.text) if card is None else f"#{card.number} {headline(card)}"
    body: dict[str, Any] = {
        "type": "message",
        "summary": cut(summary, _SUMMARY) or "Tocsin",
        "attachments": [{"contentType": CARD, "content": shown}],
    }
    if not message.edits:
        body["channelData"] = {"notification": {"alert": True}}
    return body


def of_incident(card: Card) -> dict[str, Any]:
    """The card's JSON. Its buttons are Action.Execute with the verb of the action and ``{"value": …}`` as data."""
    style = _STYLES.get(card.state) or ("warning" if card.urgency == "low" else "attention")
    head = _text(f"{mark(card)} {headline(card)}", size="medium", weight="bolder")
    rows = [
        {"type": "Container", "style": style, "bleed": True, "items": [head]},
        _text(facts(card), isSubtle=True),
    ]
    if line := happened(card):
        rows.append(_text(line))
    actions: list[dict[str, Any]] = [
        {
            "type": "Action.Execute",
            "title": safe(button.label, _LABEL) or button.action,
            "verb": button.action,
            "data": {"value": button_value(card, button)},
        }
        for button in card.buttons[:_MOST_BUTTONS]
    ]
    actions += [{"type": "Action.OpenUrl", "title": label, "url": link} for label, link in links(card)]
    return _card(rows, actions[:_MOST_ACTIONS])


def of_words(text: str) -> dict[str, Any]:
    """A card that holds lines and nothing else."""
    lines = [line for line in (one_line(raw) for raw in text.splitlines()) if line][:_LINES]
    return _card([_text(cut(line, _LINE)) for line in lines or ["(no text)"]], [])


def _card(rows: list[dict[str, Any]], actions: list[dict[str, Any]]) -> dict[str, Any]:
    card: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": rows,
    }
    return {**card, "actions": actions} if actions else card


def _text(text: str, **how: Any) -> dict[str, Any]:
    plain = _MACRO.sub("{\u2060", text)
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": plain, **how}]}
