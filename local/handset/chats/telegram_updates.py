"""What Telegram's servers send to a bot's webhook: one Update each, with the secret that ``setWebhook`` was given.

Shapes: https://core.telegram.org/bots/api#update, …#callbackquery, …#message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.handset.chats.telegram_text import units
from local.handset.chats.vendor import Outgoing

_COMMAND = re.compile(r"(?<![\w/])/(\w{1,64})(?:@(\w{3,32}))?(?![\w/])", re.ASCII)


def press(
    secret: str,
    update: int,
    *,
    query: str,
    user: Mapping[str, Any],
    message: Mapping[str, Any],
    pressed: Mapping[str, Any],
) -> Outgoing:
    """``message`` is described as the Bot API has it, ``pressed`` the button as it was sent."""
    payload = {
        "update_id": update,
        "callback_query": {
            "id": query,
            "from": user,
            "message": message,
            "chat_instance": str(message["chat"]["id"] * 7919),
            "data": pressed["callback_data"],
        },
    }
    return _signed(secret, payload, f'the button "{pressed["text"]}"')


def written(secret: str, update: int, message: Mapping[str, Any]) -> Outgoing:
    found = [
        {"type": "bot_command", "offset": units(message["text"][: one.start()]), "length": units(one[0])}
        for one in _COMMAND.finditer(message["text"])
    ]
    entities = {"entities": found} if found else {}
    return _signed(secret, {"update_id": update, "message": {**message, **entities}}, "the message")


def told(message: Mapping[str, Any], bot: Mapping[str, Any]) -> bool:
    """Whether a bot in privacy mode, which is how they are made, hears of it: in private of everything, in a group of
    commands that name no other bot and of answers to itself. https://core.telegram.org/bots/features#privacy-mode"""
    if message["chat"]["type"] == "private":
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot["id"]:
        return True
    named = [found[2] for found in _COMMAND.finditer(message["text"])]
    return any(not name or name.lower() == bot["username"].lower() for name in named)


def _signed(secret: str, payload: Mapping[str, Any], what: str) -> Outgoing:
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    return Outgoing(headers, json.dumps(payload).encode(), what)
