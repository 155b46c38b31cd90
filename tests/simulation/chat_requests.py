"""What the vendors of chats send to us, signed as each of them signs: presses, commands, and words under a message.

By the handset's own builders (``local/handset/chats``), which stand for the vendors there, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from local.handset.chats import slack_requests, teams_activities, telegram_updates
from local.handset.chats.records import Channel, Message
from local.handset.chats.teams_tenant import Keys
from local.handset.chats.vendor import Outgoing
from tests.functions import lambda_events as events
from tests.simulation.chats import APP, SECRETS, TENANT
from tests.simulation.members import CHANNELS

#: Whose signature is no vendor's: by another secret, of long ago, or for somebody else's address.
FORGERIES = ("secret", "stale", "address")
_BOT = int(SECRETS["telegram_token"].partition(":")[0])
#: Whose keys vouch for what Teams sends.
MICROSOFT = "Microsoft"
_SERVICE = "https://smba.trafficmanager.net"
#: A request this old is believed by nobody; Telegram says no time.
_STALE = timedelta(hours=3)


@cache
def keys(of: str) -> Keys:
    return Keys(APP)


@dataclass(frozen=True, slots=True)
class Doing:
    """Somebody does something where the message ``place`` stands: ``member`` is the vendor's id of them, ``person``
    what the vendor calls them. ``serial`` names it for ever; ``forged`` is one of FORGERIES, or empty.
    """

    vendor: str
    place: str
    to: str
    member: str
    person: str
    serial: int
    at: datetime
    forged: str = ""

    @property
    def conversation(self) -> str:
        return self.place.rpartition("/")[0]

    @property
    def alone(self) -> bool:
        """Whether it is a conversation with one person."""
        return self.to not in CHANNELS[self.vendor]

    def secret(self, name: str) -> str:
        return SECRETS[name] + ("x" if self.forged in ("secret", "address") else "")

    def signed_at(self) -> datetime:
        return self.at - _STALE if self.forged == "stale" else self.at

    def channel(self) -> Channel:
        return Channel(self.conversation, self.vendor, "#somewhere", self.person if self.alone else None)

    def message(self, name: str = "", thread: str = "") -> Message:
        own = name or self.place.rpartition("/")[2]
        return Message(own, self.vendor, self.conversation, own, None, (), self.at, thread)


def press(doing: Doing, value: str) -> dict[str, Any]:
    """The button that carries ``value`` back."""
    if doing.vendor == "slack":
        outgoing = slack_requests.button(
            doing.secret("slack_signing_secret"),
            doing.signed_at(),
            member=(doing.member, doing.person),
            channel=doing.channel(),
            message=doing.message(),
            body={},
            pressed={"type": "button", "value": value},
            block={"block_id": "tocsin"},
            attachment=0,
            serial=doing.serial,
            response_url=response_url(doing),
        )
    elif doing.vendor == "telegram":
        outgoing = telegram_updates.press(
            doing.secret("telegram_secret"),
            doing.serial,
            query=query_of(doing),
            user=_user(doing),
            message=_described(doing, doing.place.rpartition("/")[2]),
            pressed={"text": "As it stood there", "callback_data": value},
        )
    else:
        action = {"type": "Action.Execute", "verb": value.partition(":")[0], "data": {"value": value}}
        activity = teams_activities.press(_tenant(doing), doing.at, _phone(doing), doing.message(), action)
        outgoing = _by_microsoft(doing, {**activity, "id": f"f:{doing.serial}"})
    return _event(doing, outgoing)


def command(doing: Doing, words: str, under: bool) -> dict[str, Any]:
    """A command, as it is written there; ``under`` the message, where the vendor knows commands there."""
    if doing.vendor == "slack":
        outgoing = slack_requests.command(
            doing.secret("slack_signing_secret"),
            doing.signed_at(),
            member=(doing.member, doing.person),
            user=doing.person,
            channel=doing.channel(),
            command="/tocsin",
            text=words,
            serial=doing.serial,
            response_url=response_url(doing),
        )
        return _event(doing, outgoing)
    if doing.vendor == "telegram":
        return _written(doing, f"/{words}", under)
    return _event(doing, _said_in_teams(doing, words, under, called=not doing.alone))


def word(doing: Doing, words: str) -> dict[str, Any]:
    """Something that is said under the message, to everybody there."""
    if doing.vendor == "slack":
        root = doing.place.rpartition("/")[2]
        outgoing = slack_requests.reply(
            doing.secret("slack_signing_secret"),
            doing.signed_at(),
            member=doing.member,
            channel=doing.channel(),
            parent=doing.message(),
            message=doing.message(f"1795399300.{doing.serial:06d}", thread=root),
            text=words,
            serial=doing.serial,
        )
        return _event(doing, outgoing)
    if doing.vendor == "telegram":
        return _written(doing, words, under=True)
    return _event(doing, _said_in_teams(doing, words, under=True, called=False))


def response_url(doing: Doing) -> str:
    """Where Slack is answered: whoever has it may write there."""
    return f"https://hooks.slack.com/actions/T0HANDSET/{doing.serial}/an5wer{doing.serial}"


def query_of(doing: Doing) -> str:
    return f"4711{doing.serial}"


def _user(doing: Doing) -> dict[str, Any]:
    return {"id": int(doing.member), "is_bot": False, "first_name": doing.person}


def _described(doing: Doing, name: str) -> dict[str, Any]:
    """A message of the bot's, as Telegram describes it."""
    chat = {"id": int(doing.conversation), "type": "private" if doing.alone else "supergroup"}
    bot = {"id": _BOT, "is_bot": True, "first_name": "Tocsin"}
    return {"message_id": int(name), "from": bot, "chat": chat, "date": 1795399200, "text": "A card"}


def _written(doing: Doing, text: str, under: bool) -> dict[str, Any]:
    message = _described(doing, str(doing.serial)) | {"from": _user(doing), "text": text}
    if under:
        message["reply_to_message"] = _described(doing, doing.place.rpartition("/")[2])
    return _event(doing, telegram_updates.written(doing.secret("telegram_secret"), doing.serial, message))


def _said_in_teams(doing: Doing, words: str, under: bool, *, called: bool) -> Outgoing:
    root = doing.place.rpartition("/")[2] if under and not doing.alone else ""
    written = doing.message(str(doing.serial), thread=root)
    activity = teams_activities.written(
        _tenant(doing), doing.at, _phone(doing), written, words, called=called
    )
    return _by_microsoft(doing, activity)


def _tenant(doing: Doing) -> Any:
    rooms = SimpleNamespace(channels={("teams", doing.conversation): doing.channel()})
    return SimpleNamespace(rooms=rooms, app=APP, id=TENANT, base=_SERVICE, member=lambda phone: doing.member)


def _phone(doing: Doing) -> Any:
    return SimpleNamespace(person=SimpleNamespace(user=doing.person, name=doing.person))


def _by_microsoft(doing: Doing, activity: dict[str, Any]) -> Outgoing:
    service = activity["serviceUrl"] if doing.forged != "address" else "https://smba.example.com/teams/"
    signer = keys("somebody else" if doing.forged == "secret" else MICROSOFT)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "authorization": signer.authorization(doing.signed_at(), service),
    }
    return Outgoing(headers, json.dumps(activity).encode(), "an activity")


def _event(doing: Doing, outgoing: Outgoing) -> dict[str, Any]:
    path = f"/v1/{doing.vendor}"
    return events.http("POST", path, outgoing.body, outgoing.headers, route=f"POST {path}")


def again(doing: Doing, serial: int, at: datetime) -> Doing:
    """The same once more, by a finger that is not sure."""
    return replace(doing, serial=serial, at=at)
