"""Cards in chats: posted once, changed in place, shown as the incident is, and whose they are."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "each step posts a card of its own",
        "engine/posts.py",
        "    elif first is not None and first.provider_id:\n",
        '    elif first is not None and first.channel == "webhook":\n',
    ),
    Sabotage(
        "steps that begin at once post a card each",
        "engine/posts.py",
        "if first is None and channel in CHATS else None",
        "if first is not None and channel in CHATS else None",
    ),
    Sabotage(
        "a card stays as it was posted",
        "engine/threads.py",
        "            messages.append(Refresh(number))\n",
        "            pass\n",
    ),
    Sabotage(
        "a card that was sent while its incident changed is not shown anew",
        "engine/threads.py",
        '    return not entry.kind.startswith(_OF_MESSAGES) or entry.details.get("channel") in STANDING\n',
        "    return not entry.kind.startswith(_OF_MESSAGES)\n",
    ),
    Sabotage(
        "a person's own card stays as it was sent",
        "engine/posts.py",
        "        meant = record.id == page if page else record.channel in CHATS\n",
        "        meant = record.id == page if page else record.channel in CHATS and not record.page.user\n",
    ),
    Sabotage(
        "a chat that is down is not shown it later",
        "engine/posts.py",
        "    if not late:\n        return None\n",
        "    if not late or not page:\n        return None\n",
    ),
    Sabotage(
        "a card that was posted anew is looked for where it was",
        "engine/posts.py",
        "        if isinstance(outcome, Sent) and moved and record.channel in CHATS:\n",
        '        if isinstance(outcome, Sent) and moved and record.channel == "webhook":\n',
    ),
    Sabotage(
        "a card that somebody deleted in Slack is not posted anew",
        "paging/channels/slack_errors.py",
        '["message_not_found", "cant_update_message",',
        '["cant_update_message",',
    ),
    Sabotage(
        "what a chat may have taken goes again without a word",
        "paging/channels/http.py",
        "    return Later(failed.reason, None, _words(failed.detail), failed.maybe_sent)\n",
        "    return Later(failed.reason, None, _words(failed.detail), False)\n",
    ),
    Sabotage(
        "whoever deleted their own card is rung for it",
        "engine/posts.py",
        '    to = "" if record.page.user else record.page.contact\n',
        "    to = record.page.contact\n",
    ),
    Sabotage(
        "what happens is said in the channel, and not under the card",
        "paging/channels/slack.py",
        '            asked["thread_ts"] = thread\n',
        '            asked["metadata"] = thread\n',
    ),
    Sabotage(
        "nothing is said under a card",
        "engine/threads.py",
        "            if words and not said_there and not before and not record.page.user:\n",
        "            if words and said_there and not before and not record.page.user:\n",
    ),
    Sabotage(
        "a vendor that asks for a pause has refused",
        "paging/channels/http.py",
        "    if answer.status == 429:\n",
        "    if answer.status == 420:\n",
    ),
    Sabotage(
        "the names on a card are whoever was paged first",
        "engine/cards.py",
        '            return _by("Acknowledged", ports, incident, incident.acked_by, incident.ack_timeout_at)\n',
        '            who = Actor("user", (*incident.paged, "")[0], "")\n'
        '            return _by("Acknowledged", ports, incident, who, incident.ack_timeout_at)\n',
    ),
    Sabotage(
        "a card in Telegram keeps the severity that it had",
        "paging/card_words.py",
        "        safe(card.severity, _WORD),\n",
        '        "critical",\n',
    ),
)
