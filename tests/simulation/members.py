"""Who is who in chats, which channels there are, and which of the teams of chance use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from tests.simulation.dice import Dice

#: The channels that steps post to, by vendor: of Slack by name, of Telegram by number or name, of Teams with and
#: without threads.
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "slack": ("#incidents", "#ops-night"),
    "telegram": ("-1001234567890", "@tocsin_incidents"),
    "teams": ("19:0123456789abcdef@thread.tacv2", "19:fedcba9876543210@thread.v2"),
}
VENDORS = tuple(CHANNELS)


def member_of(vendor: str, person: str) -> str:
    """The id by which the vendor knows somebody."""
    number = int.from_bytes(person.encode(), "big")
    if vendor == "slack":
        return f"U0{person.upper():0<8}"
    return str(number) if vendor == "telegram" else f"11111111-2222-3333-4444-{number:012x}"


@cache
def members(people: Sequence[str]) -> Mapping[str, str]:
    """Whose each of these ids is."""
    return {member_of(vendor, person): person for person in people for vendor in VENDORS}


def chatty(dice: Dice, document: dict[str, Any]) -> dict[str, Any]:
    """The team's file. In some teams people are in chats as well, are paged there by some of their rules, and some
    steps post to a channel.
    """
    if dice.roll("chats") >= 0.16:
        return document
    vendors = dice.sample("chats/vendors", VENDORS, dice.pick("chats/count", (1, 1, 2)))
    for person, row in document["users"].items():
        known = [vendor for vendor in vendors if dice.roll(f"{person}/in {vendor}") < 0.85]
        if not known:
            continue
        row["chat"] = {vendor: member_of(vendor, person) for vendor in known}
        for urgency in ("high", "low"):
            for index, rule in enumerate(row.get("notify", {}).get(urgency, ())):
                if dice.roll(f"{person}/{urgency}/{index}/in a chat") < 0.35:
                    rule["via"] = dice.pick(f"{person}/{urgency}/{index}/chat", known)
    for name, policy in document["policies"].items():
        for index, step in enumerate(policy["steps"]):
            if dice.roll(f"{name}/{index}/posts") < 0.6:
                vendor = dice.pick(f"{name}/{index}/vendor", vendors)
                step["page"].append({vendor: dice.pick(f"{name}/{index}/channel", CHANNELS[vendor])})
    return document
