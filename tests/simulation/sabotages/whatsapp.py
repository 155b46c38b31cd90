"""Pages by WhatsApp, what it reports of them, and what people press and write there."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "that WhatsApp sent it takes the place of its having arrived",
        "engine/receipts.py",
        "    if receipt.status != _WENT:\n",
        "    if receipt.status:\n",
    ),
    Sabotage(
        "WhatsApp's own id of a page is not kept",
        "engine/receipts.py",
        "    if receipt.also and message is not None and receipt.also != message.provider_id:\n",
        "    if receipt.hard and message is not None and receipt.also != message.provider_id:\n",
    ),
    Sabotage(
        "a page by WhatsApp whose sending was never written down is nobody's",
        "engine/receipts.py",
        "        message = _never_noted(ports, number, page, receipt.channel)\n",
        "        message = None\n",
    ),
    Sabotage(
        "a number without WhatsApp takes no texts either",
        "incidents/plan.py",
        ' + ("/whatsapp" if self.via == "whatsapp" else "")\n',
        "\n",
    ),
    Sabotage(
        "whoever answers a page by WhatsApp is known by the number that it has",
        "engine/whatsapp.py",
        "    return quoted.to if quoted is not None else came.person.id\n",
        "    return came.person.id\n",
    ),
    Sabotage(
        "a word under a page by WhatsApp is about nothing",
        "engine/whatsapp.py",
        "    return quoted.incident if quoted is not None else None\n",
        "    return None\n",
    ),
    Sabotage(
        "all that somebody writes by WhatsApp is one message",
        "engine/whatsapp.py",
        '    return f"whatsapp-{came.id}"\n',
        '    return f"whatsapp-{came.person.id}"\n',
    ),
    Sabotage(
        "whoever is asked to join is asked by WhatsApp",
        "paging/channels/whatsapp.py",
        "    return bool(card.buttons) and card.buttons[0].action == BUTTONS[0].action and card.state",
        "    return bool(card.buttons) and card.state",
    ),
    Sabotage(
        "what was written to another number of the account counts",
        "paging/channels/whatsapp_answers.py",
        "            return own[1] == said[1]\n",
        "            return bool(own[1] and said[1])\n",
    ),
    Sabotage(
        "somebody else's words count when they are forwarded",
        "paging/channels/whatsapp_answers.py",
        '    if loose.inside(message, "context").get("forwarded"):\n',
        '    if loose.inside(message, "context").get("frequently_forwarded"):\n',
    ),
    Sabotage(
        "what WhatsApp cannot deliver is no refusal",
        "paging/channels/whatsapp_answers.py",
        'if word == "failed" and code is not None',
        'if word == "undelivered" and code is not None',
    ),
    Sabotage(
        "what WhatsApp keeps back today is a refusal",
        "paging/channels/whatsapp_answers.py",
        'HARD.get(code, "") if word',
        'HARD.get(code, "message_invalid") if word',
    ),
    Sabotage(
        "a colleague who was not paged may act",
        "engine/written.py",
        "    user = by_address(ports, incident, came.kind, came.sender) if incident is not None else None\n",
        "    book = ports.store.revision(incident.revision).book if incident is not None else None\n"
        "    user = colleague(book, came.kind, came.sender) if book is not None else None\n",
    ),
)
