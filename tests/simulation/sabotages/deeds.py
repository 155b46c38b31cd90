"""What people do in chats: whose word it is, how often it counts, and what they are told."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "what Slack did not sign counts",
        "paging/channels/slack_answers.py",
        '    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")):\n',
        "    if len(signature) != len(expected):\n",
    ),
    Sabotage(
        "what Slack signed hours ago counts",
        "paging/channels/slack_answers.py",
        "FRESH = 300\n",
        "FRESH = 300_000\n",
    ),
    Sabotage(
        "what comes to Telegram's address counts without its secret",
        "paging/channels/telegram_answers.py",
        "    if not hmac.compare_digest(given, settings.telegram_secret.encode()):\n",
        "    if not given.startswith(settings.telegram_secret.encode()):\n",
    ),
    Sabotage(
        "a token of Microsoft's counts for any address",
        "paging/channels/teams_answers.py",
        '    if not named or named.rstrip("/") != url.rstrip("/"):\n',
        "    if not named:\n",
    ),
    Sabotage(
        "a token of Microsoft's counts for ever",
        "paging/channels/teams_keys.py",
        "    if not starts - skew <= moment < ends + skew:\n",
        "    if not starts - skew <= moment:\n",
    ),
    Sabotage(
        "whoever is in a chat is the first whom it knows",
        "engine/people.py",
        "(contact.kind, contact.address) == (vendor, id) for",
        "contact.kind == vendor for",
    ),
    Sabotage(
        "a stranger's word under a card is a colleague's",
        "engine/chats.py",
        "Actor(vendor, spoke.person.shown(), vendor)",
        'Actor("user", spoke.person.shown(), vendor)',
    ),
    Sabotage(
        "a button counts once for everybody who sees it",
        "engine/chats.py",
        "    if action is Action.ESCALATE:\n",
        "    if action is not Action.ACCEPT:\n",
    ),
    Sabotage(
        "two who press Escalate mean two steps",
        "engine/chats.py",
        "    if action is Action.ESCALATE:\n",
        "    if action is Action.ACCEPT:\n",
    ),
    Sabotage(
        "a word under a card is noted as often as it is told",
        "engine/chats.py",
        'Command(f"said-{spoke.id}", ',
        'Command(f"said-{spoke.id}-{ports.clock.now()}", ',
    ),
    Sabotage(
        "a command under a card is about nothing",
        "engine/chats.py",
        "ports.store.message(asked.thread) if asked.thread else None",
        "ports.store.message(asked.thread) if not asked.thread else None",
    ),
    Sabotage(
        "a press in Telegram waits for ever",
        "edge/chats.py",
        '        if vendor == "telegram" and isinstance(one, Pressed) and one not in answered:\n',
        '        if vendor == "slack" and isinstance(one, Pressed) and one not in answered:\n',
    ),
    Sabotage(
        "a press in Teams is answered with the card, whatever came of it",
        "edge/chats.py",
        "            card = None if inline else card_under(",
        "            card = card_under(",
    ),
    Sabotage(
        "what somebody asks in Slack is answered to everybody",
        "paging/channels/slack.py",
        '"response_type": "ephemeral"',
        '"response_type": "in_channel"',
    ),
    Sabotage(
        "the token of Telegram's bot is logged where it does not answer",
        "paging/channels/telegram.py",
        '        return _Failed(Later(failed.reason, None, "", failed.maybe_sent))\n',
        "        return _Failed(Later(failed.reason, None, url, failed.maybe_sent))\n",
    ),
    Sabotage(
        "where Slack waits for an answer is logged when it is down",
        "edge/chats.py",
        '"reason": outcome.reason, "detail": outcome.detail},\n',
        '"reason": outcome.reason, "detail": str(one)},\n',
    ),
)
