"""Turning a phone on and off, and letting time pass: where texts, calls and mails meet."""

from __future__ import annotations

from datetime import datetime

from local.handset import calls, mails, texts
from local.handset.network import Network
from local.handset.records import Phone


def turn(network: Network, now: datetime, user: str, on: bool) -> Phone:
    """On: what waited arrives, oldest first. Off: what rings is not answered, what is being said is cut."""
    phone = network.phone(user)
    if phone.on == on:
        return phone
    phone.on = on
    network.changed("phone", phone)
    network.record(now, "power", phone, f"{phone.person.first_name}'s phone is {'on' if on else 'off'}")
    if on:
        texts.phone_is_on(network, now, phone)
        mails.phone_is_on(network, now, phone)
    else:
        calls.phone_is_off(network, now, phone)
    return phone


def tick(network: Network, now: datetime) -> None:
    """Do whatever is due by now."""
    texts.tick(network, now)
    calls.tick(network, now)
