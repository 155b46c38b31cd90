"""Calls: ringing, what is read out, and on a Connect call the keys, as the template's flow takes them.

The flow says its text and waits for a key. Silence, or a key it does not know, brings the text once more, and
then the end. ``*`` begins anew; 4, 6 and 9 go to the reply function, whose answer is said before the call
ends. Where the function fails, the text comes once more.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from local.handset.network import Channel, Network, Refusal, shown_number
from local.handset.receipts import receipt
from local.handset.records import Call, Carrier, Line, Phone
from local.handset.speech import seconds_to_say

#: Keys the flow hands to the reply function.
KEYS = frozenset("469")

_EVENTS = {"completed": "COMPLETED", "no_answer": "NO_ANSWER", "declined": "BUSY", "failed": "FAILED"}


def place(
    network: Network,
    now: datetime,
    to: str,
    says: str,
    *,
    carrier: Carrier,
    sender: str | None = None,
    ring: float | None = None,
    context: Mapping[str, str] | None = None,
    attributes: Mapping[str, str] | None = None,
    instance: str = "",
    token: str | None = None,
    dry_run: bool = False,
) -> str:
    """Ring a phone; returns the message or contact id. The same ``token`` again returns the same contact.

    Raises:
        WireError: the carrier refuses at once.
    """
    if token is not None and token in network.contacts:
        return network.contacts[token]
    phone = network.phone_of(to, "numbers")
    channel: Channel = "connect" if carrier == "connect" else "voice"
    event = network.refused(now, phone, to, channel, dry_run=dry_run)
    if channel == "voice":
        network.count_call(now, phone, to, dry_run=dry_run)
    provider_id = str(uuid.uuid4())
    if dry_run:
        return provider_id
    call = Call(
        id=network.next_id("c"),
        user=phone.person.user,
        via="voice",
        carrier=carrier,
        to=to,
        sender=shown_number(sender),
        text=says,
        at=now,
        status="ringing",
        provider_id=provider_id,
        keypad=channel == "connect",
        timer=now + timedelta(seconds=network.timing.ring if ring is None else ring),
        context=dict(context or {}),
        attributes=dict(attributes or {}),
        instance=instance,
    )
    network.calls[call.id] = call
    if token is not None:
        network.contacts[token] = provider_id
    who = phone.person.first_name
    if event:
        _end(network, now, call, "failed", f"Call to {who} failed")
    elif not phone.on:
        _end(network, now, call, "no_answer", f"Call to {who} not answered: the phone is off")
    else:
        network.changed("call", call)
        network.record(now, "ringing", phone, f"{who}'s phone rings", call.text, call.id)
    return provider_id


def answer(network: Network, now: datetime, user: str, call_id: str | None = None) -> Call:
    """Take a ringing call; its text is read out at once."""
    call = find(network, user, call_id, "ringing")
    call.status, call.answered_at = "answered", now
    phone = network.phones[user]
    network.record(now, "answered", phone, f"{phone.person.first_name} answers", about=call.id)
    if call.carrier == "sms-voice":
        network.outside.receipt(receipt(now, call, "VOICE_ANSWERED"))
    _say(network, now, call, call.text)
    return call


def decline(network: Network, now: datetime, user: str, call_id: str | None = None) -> Call:
    call = find(network, user, call_id, "ringing")
    _end(network, now, call, "declined", f"{network.phones[user].person.first_name} declines the call")
    return call


def hang_up(network: Network, now: datetime, user: str, call_id: str | None = None) -> Call:
    call = find(network, user, call_id, "answered")
    _end(network, now, call, "completed", f"{network.phones[user].person.first_name} hangs up")
    return call


def press(network: Network, now: datetime, user: str, digit: str, call_id: str | None = None) -> Call | None:
    """Press a key: the call when the reply function is to be asked, None when the flow itself knows.

    Raises:
        Refusal: no such key, no call being answered, or one that takes no keys.
    """
    if len(digit) != 1 or digit not in "0123456789*#":
        raise Refusal(f"{digit!r} is no key of a phone")
    call = find(network, user, call_id, "answered")
    if not call.keypad:
        raise Refusal("this call only reads out its text: keys work on Connect calls alone")
    call.lines.append(Line(now, "key", digit))
    phone = network.phones[user]
    network.record(now, "key", phone, f"{phone.person.first_name} presses {digit}", about=call.id)
    if call.asking or call.last_words:
        network.changed("call", call)
        return None
    if digit in KEYS:
        call.asking, call.timer = True, None
        network.changed("call", call)
        return call
    if digit == "*":
        call.again = False
        _say(network, now, call, call.text)
    else:
        _once_more(network, now, call)
    return None


def heard(network: Network, now: datetime, call: Call, says: str | None) -> None:
    """The reply function's words after a key; None when it failed."""
    call.asking = False
    if call.status != "answered" or call.id not in network.calls:
        return
    if says is None:
        call.again = True
        _say(network, now, call, call.text)
        return
    call.last_words = True
    phone = network.phones[call.user]
    network.record(now, "said", phone, f"{phone.person.first_name} hears", says, call.id)
    _say(network, now, call, says)


def contact_event(call: Call, digit: str, region: str) -> dict[str, Any]:
    """What Connect hands a Lambda function that a flow invokes (a ContactFlowEvent)."""
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": dict(call.attributes),
                "AwsRegion": region,
                "Channel": "VOICE",
                "ContactId": call.provider_id,
                "CustomerEndpoint": {"Address": call.to, "Type": "TELEPHONE_NUMBER"},
                "CustomerId": None,
                "Description": None,
                "InitialContactId": call.provider_id,
                "InitiationMethod": "API",
                "InstanceARN": f"arn:aws:connect:{region}:000000000000:instance/{call.instance}",
                "LanguageCode": "en-US",
                "MediaStreams": {"Customer": {"Audio": None}},
                "Name": None,
                "PreviousContactId": call.provider_id,
                "Queue": None,
                "References": {},
                "SystemEndpoint": {"Address": call.sender, "Type": "TELEPHONE_NUMBER"},
            },
            "Parameters": {"digit": digit},
        },
    }


def phone_is_off(network: Network, now: datetime, phone: Phone) -> None:
    """What rings is not answered, and what is being said is cut."""
    who = phone.person.first_name
    for call in [item for item in network.calls.values() if item.user == phone.person.user]:
        if call.status == "ringing":
            _end(network, now, call, "no_answer", f"Call to {who} not answered: the phone is off")
        elif call.status == "answered":
            _end(network, now, call, "completed", f"The call with {who} is cut: the phone is off")


def tick(network: Network, now: datetime) -> None:
    """Stop ringing, say it once more, hang up: whatever is due."""
    for call in list(network.calls.values()):
        if call.timer is None or now < call.timer:
            continue
        who = network.phones[call.user].person.first_name
        if call.status == "ringing":
            _end(network, now, call, "no_answer", f"{who} does not answer")
        elif call.keypad and not call.last_words:
            _once_more(network, now, call)
        else:
            _end(network, now, call, "completed", f"The call with {who} ends")


def find(network: Network, user: str, call_id: str | None, status: Literal["ringing", "answered"]) -> Call:
    """The person's latest call in that state, or the one with that id (ours or the provider's)."""
    phone = network.in_hand(user)
    mine = [call for call in network.calls.values() if call.user == user]
    if call_id is not None:
        mine = [call for call in mine if call_id in (call.id, call.provider_id)]
        if not mine:
            raise Refusal(f"{user} has no call {call_id!r}", missing=True)
    for call in reversed(mine):
        if call.status == status:
            return call
    doing = "is not ringing" if status == "ringing" else "is not on a call"
    raise Refusal(
        f"{phone.person.first_name}'s phone {doing}" + (f": it is {mine[0].status}" if call_id else "")
    )


def _once_more(network: Network, now: datetime, call: Call) -> None:
    if call.again:
        who = network.phones[call.user].person.first_name
        _end(network, now, call, "completed", f"The call with {who} ends without a key it knows")
    else:
        call.again = True
        _say(network, now, call, call.text)


def _say(network: Network, now: datetime, call: Call, text: str) -> None:
    call.lines.append(Line(now, "voice", text))
    wait = seconds_to_say(text) * network.timing.pace
    if call.keypad and not call.last_words:
        wait += network.timing.key_wait
    call.timer = now + timedelta(seconds=wait)
    network.changed("call", call)


def _end(network: Network, now: datetime, call: Call, status: str, says: str) -> None:
    call.status, call.timer, call.ended_at = status, None, now
    network.changed("call", call)
    network.record(now, status, network.phones[call.user], says, "", call.id, trouble=status != "completed")
    if call.carrier == "sms-voice":
        network.outside.receipt(receipt(now, call, f"VOICE_{_EVENTS[status]}"))
