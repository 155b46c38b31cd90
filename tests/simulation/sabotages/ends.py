"""Ends: who hears of them, by what, how often."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "nobody hears of an end",
        "engine/resolved.py",
        "    if found:\n        ports.pages.put(found)\n",
        "    if not found:\n        ports.pages.put(found)\n",
    ),
    Sabotage(
        "whoever is paged while it ends does not hear of it",
        "engine/resolved.py",
        '_MATTER = frozenset({"resolved", "page_sent"})\n',
        '_MATTER = frozenset({"resolved"})\n',
    ),
    Sabotage(
        "whoever resolved it is told so",
        "engine/resolved.py",
        '    return [user for user in users if by is None or (by.kind, by.name) != ("user", user)]\n',
        "    return list(users)\n",
    ),
    Sabotage(
        "whom no page reached hears of the end",
        "engine/resolved.py",
        "        if record.state is PageState.SENT\n        and record.page.user\n",
        "        if record.page.user\n",
    ),
    Sabotage(
        "a merge is an end",
        "engine/resolved.py",
        "    if incident.state is not State.RESOLVED or incident.handling.merged_into is not None:\n",
        "    if incident.state is not State.RESOLVED:\n",
    ),
    Sabotage(
        "whoever was paged for a part hears nothing of the whole",
        "engine/resolved.py",
        "            found.extend(_paged(ports, part))\n",
        "            found.extend([])\n",
    ),
    Sabotage(
        "whoever wants to hear of no end hears of it",
        "engine/resolved.py",
        '    if user is None or (user.resolved == "off" and not subscribed):\n',
        "    if user is None:\n",
    ),
    Sabotage(
        "nobody is asked how they want to hear of an end",
        "engine/resolved.py",
        "        if wanted is not None:\n            return wanted\n",
        "        if wanted is None:\n            return wanted\n",
    ),
    Sabotage(
        "an end is told by a call",
        "engine/resolved.py",
        '    order: tuple[Via, ...] = ("sms", "email") if paged else ("email", "sms")\n',
        '    order: tuple[Via, ...] = ("voice", "email") if paged else ("email", "sms")\n',
    ),
    Sabotage(
        "whoever was only called does not hear of the end",
        "engine/resolved.py",
        '    order: tuple[Via, ...] = ("sms", "email") if paged else ("email", "sms")\n',
        '    order: tuple[Via, ...] = ("slack",) if paged else ("email", "sms")\n',
    ),
    Sabotage(
        "each end is a text of its own",
        "engine/resolved.py",
        "        if now < due:\n",
        "        if now < due and now < ready:\n",
    ),
    Sabotage(
        "a text about several ends names one",
        "engine/resolved.py",
        "        numbers = tuple(dict.fromkeys((message.incident, *phone.resolves_waiting.values())))\n",
        "        numbers = (message.incident,)\n",
    ),
    Sabotage(
        "an end that another one's text has told is told again",
        "engine/resolved.py",
        "            if said == SENT:\n                return phone, ()\n",
        "            if said == SENT:\n                return phone, (message.incident,)\n",
    ),
    Sabotage(
        "subscribers hear of nothing",
        "engine/subscribers.py",
        "        if incident is not None:\n            messages.extend(\n",
        "        if incident is None:\n            messages.extend(\n",
    ),
    Sabotage(
        "whoever did it hears that they did",
        "engine/subscribers.py",
        '                if (entry.actor.kind, entry.actor.name) != ("user", user)\n',
        '                if (entry.actor.kind, entry.actor.name) != ("nobody", user)\n',
    ),
    Sabotage(
        "a line is told to a subscriber as often as the stream tells it",
        "engine/subscribers.py",
        "    if claim is not NoticeClaim.WON:\n",
        "    if claim is NoticeClaim.HELD:\n",
    ),
    Sabotage(
        "whoever unsubscribed still hears",
        "escalation/joining.py",
        "    left = tuple(user for user in handling.subscribers if user not in gone)\n",
        "    left = handling.subscribers\n",
    ),
    Sabotage(
        "a merge leaves the subscribers behind",
        "escalation/record.py",
        "    subscribers = tuple(dict.fromkeys((*target.handling.subscribers, *source.handling.subscribers)))\n",
        "    subscribers = target.handling.subscribers\n",
    ),
    Sabotage(
        "subscribers do not hear of the end",
        "engine/resolved.py",
        "    users |= dict.fromkeys(incident.handling.subscribers)\n",
        "",
    ),
)
