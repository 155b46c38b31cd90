"""What follows an incident by a webhook: each change posted, late receivers waited for, addresses kept to ourselves."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a webhook hears of the first version alone",
        "engine/threads.py",
        "        messages.extend(Refresh(number, record.id) for record in older if record.channel not in CHATS)\n",
        "",
    ),
    Sabotage(
        "a receiver that is down is not waited for",
        "engine/posts.py",
        "    if not late:\n        return None\n",
        "    if not late or page:\n        return None\n",
    ),
    Sabotage(
        "a webhook that was down at its step hears nothing more",
        "engine/posts.py",
        '    return record.channel == "webhook" and late\n',
        '    return record.channel == "slack" and late\n',
    ),
    Sabotage(
        "whoever refused the first post is posted every change",
        "engine/posts.py",
        '    late = record.state is PageState.REFUSED and (record.reason or "").startswith(UNAVAILABLE)\n',
        "    late = record.state is PageState.REFUSED\n",
    ),
    Sabotage(
        "each try of a webhook has an id of its own",
        "engine/posts.py",
        '    id = f"{incident.number}-webhook-{name}-v{card.version}"\n',
        '    id = f"{incident.number}-webhook-{name}-v{card.version}-{ports.clock.now()}"\n',
    ),
    Sabotage(
        "all versions of a webhook have one id",
        "engine/posts.py",
        '    id = f"{incident.number}-webhook-{name}-v{card.version}"\n',
        '    id = f"{incident.number}-webhook-{name}"\n',
    ),
    Sabotage(
        "what could not be posted is noted as posted",
        "engine/posts.py",
        '            ports.metrics.count("CardLater")\n            return False\n',
        '            ports.metrics.count("CardLater")\n',
    ),
    Sabotage(
        "a webhook is looked for in the configuration of today",
        "engine/posts.py",
        "    address = ports.store.revision(incident.revision).book.webhook(name)\n",
        "    address = ports.store.config()[1].book.webhook(name)\n",
    ),
    Sabotage(
        "a webhook is shown by its address",
        "config/webhooks.py",
        '    return Target("webhook", urlsplit(address).hostname or "", address)\n',
        '    return Target("webhook", address.removeprefix("https://"), address)\n',
    ),
    Sabotage(
        "two webhooks of one host are one",
        "config/webhooks.py",
        "    several = {host for host, found in addresses.items() if len(found) > 1}\n",
        "    several = {host for host, found in addresses.items() if len(found) > 9}\n",
    ),
    Sabotage(
        "a webhook's message is signed without its time",
        "paging/channels/webhook.py",
        '    signed = f"{name}.{at}.".encode() + body\n',
        '    signed = f"{name}.".encode() + body\n',
    ),
    Sabotage(
        "a receiver that asks to come again has refused",
        "paging/channels/http.py",
        "    if answer.status in (408, 425) or answer.status >= 500:\n",
        "    if answer.status in (408, 425):\n",
    ),
)
