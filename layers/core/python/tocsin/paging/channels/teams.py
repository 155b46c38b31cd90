"""Microsoft Teams by the Bot Connector (learn.microsoft.com, azure/bot-service/rest-api)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tocsin.paging import loose
from tocsin.paging.channels.base import ChannelSettings, Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.http import HttpAnswer, HttpFailed, refusal, retry_after
from tocsin.paging.channels.teams_answers import read
from tocsin.paging.channels.teams_cards import CARD, WORDS, activity, of_incident
from tocsin.paging.channels.teams_keys import GUID, Connector
from tocsin.paging.channels.teams_places import ID, OURS, Place, place, under
from tocsin.paging.chat import Asked, Card, NoKeys, Pressed, Spoke
from tocsin.paging.plain import cut, one_line

__all__ = ["SERVICE", "Connector", "NoKeys", "answer", "read", "send", "tell"]

SERVICE = "teams"


def send(client: Connector, settings: ChannelSettings, message: Message) -> Outcome:
    """The card, or the text as one, to the conversation in ``message.to``: "<service url> <conversation id>", the id
    alone, or the id that Microsoft Entra knows a person by.

    The provider's id is "<conversation>/<activity>". ``edits`` is changed in place; where it is gone, the message is
    sent anew, unless ``to`` is empty. Under ``thread`` it stands in channels alone: other conversations have no
    threads. Raises ValueError for a message without ``at``.
    """
    if message.at is None:
        raise ValueError("a message to Teams needs the time of its sending")
    earlier = OURS.fullmatch(message.edits)
    where = place(message.to or (earlier[1] if earlier else ""), settings)
    if where is None:
        return Refused("no_such_channel", "a conversation of Teams is its service url, a blank and its id")
    body = activity(message)
    if earlier:
        path = _activity(earlier[1], earlier[2])
        got = _call(client, settings, message.at, "PUT", where.service, path, body, _gone(earlier[1]))
        if not isinstance(got, _Failed):
            return Sent(message.edits)
        if not got.gone or not message.to:
            return got.outcome
    if GUID.fullmatch(where.conversation):
        alone = _alone(client, settings, message.at, where)
        if not isinstance(alone, Place):
            return alone
        where = alone
    return _post(client, settings, message.at, under(where, message.thread), body)


def tell(
    client: Connector, settings: ChannelSettings, came: Pressed | Asked | Spoke, words: str, at: datetime
) -> Outcome:
    """A word where it was asked for: all there can read it. A press is answered inline instead (``answer``)."""
    where = place(came.channel if isinstance(came, Spoke) else came.reply_to, settings)
    if where is None:
        return Refused("no_such_channel", "nothing that could be answered")
    if isinstance(came, Spoke):
        where = under(where, came.thread)
    return _post(client, settings, at, where, activity(Message("", str(where), words)))


def answer(words: str, card: Card | None = None) -> bytes:
    """The body of the HTTP 200 (application/json) that answers a press: the card as it is now, or a word to the one who
    pressed. (Teams wants it within 10 seconds or so.)
    """
    if card is not None:
        said: dict[str, Any] = {"statusCode": 200, "type": CARD, "value": of_incident(card)}
    else:
        said = {
            "statusCode": 200,
            "type": WORDS,
            "value": cut(one_line(words), 300) or "Nothing was changed.",
        }
    return json.dumps(said, separators=(",", ":")).encode()


# ----------------------------------------------------------------------------------------------- what is answered


@dataclass(frozen=True, slots=True)
class _Failed:
    outcome: Refused | Later
    gone: bool = False


def _post(
    client: Connector, settings: ChannelSettings, at: datetime, where: Place, body: Mapping[str, Any]
) -> Outcome:
    path, gone = _activity(where.conversation), _gone(where.conversation)
    got = _call(client, settings, at, "POST", where.service, path, body, gone)
    if isinstance(got, _Failed):
        return got.outcome
    return Sent(f"{where.conversation}/{loose.text(got, 'id', 400)}")


def _alone(client: Connector, settings: ChannelSettings, at: datetime, who: Place) -> Place | Refused | Later:
    """The conversation of the bot and one person, which is made when it is first asked for, and always the same."""
    if not GUID.fullmatch(settings.teams_tenant):
        return Refused(
            "channel_off", "a person is found in a tenant: teams_tenant is not set to its id (a GUID)"
        )
    of = (who.service, settings.teams_app_id, settings.teams_tenant, who.conversation)
    if of not in client.alone:
        body = {
            "bot": {"id": f"28:{settings.teams_app_id}"},
            "isGroup": False,
            "members": [{"id": who.conversation}],
            "tenantId": settings.teams_tenant,
            "channelData": {"tenant": {"id": settings.teams_tenant}},
        }
        got = _call(client, settings, at, "POST", who.service, "", body, "no_such_person")
        if isinstance(got, _Failed):
            return got.outcome
        name = loose.text(got, "id", 400)
        if not re.fullmatch(ID, name):
            return Later("carrier_down", None, "an answer that holds no conversation")
        client.alone[of] = name
    return Place(who.service, client.alone[of])


def _activity(conversation: str, message: str = "") -> str:
    path = f"/{quote(conversation, safe='')}/activities"
    return f"{path}/{quote(message, safe='')}" if message else path


def _gone(conversation: str) -> str:
    """What 403 and 404 mean there: they are about the conversation, gone, blocked, or without the bot."""
    return "no_such_channel" if conversation.startswith("19:") else "no_such_person"


def _call(
    client: Connector,
    settings: ChannelSettings,
    at: datetime,
    method: str,
    service: str,
    path: str,
    body: Mapping[str, Any],
    gone: str,
) -> Mapping[str, Any] | _Failed:
    """What the Connector answers to ``path`` of its conversations: an object or {}. ``gone``: what 403 and 404 mean."""
    url = f"{service}/v3/conversations{path}"
    data = json.dumps(body, separators=(",", ":")).encode()
    got = HttpAnswer(401)
    for _ in range(2):
        token = client.token(settings, at)
        if not isinstance(token, str):
            return _Failed(token)
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        try:
            got = client.http.request(method, url, data, headers)
        except HttpFailed as failed:
            if failed.reason == "address_refused":
                return _Failed(Refused(failed.reason))
            return _Failed(Later(failed.reason, None, "", failed.maybe_sent))
        if got.status != 401:
            break
        # The token was taken back before its time: once more, with a new one.
        client.forget_token()
    return loose.parse(got.body) if got.ok else _failed(got, gone)


#: Microsoft's words for what went wrong, in lower case ("Status codes" of "Send and receive messages with a bot").
_CODES = {
    "botnotregistered": "access_denied",
    "invalidbotapihost": "access_denied",
    "unauthorized": "access_denied",
    "messagesizetoobig": "message_invalid",
    "badargument": "message_invalid",
    "badsyntax": "message_invalid",
    "bad argument": "message_invalid",
}
_STATUSES = {413: "message_invalid", 401: "access_denied"}


def _failed(answer: HttpAnswer, gone: str) -> _Failed:
    error = loose.inside(loose.parse(answer.body), "error")
    code, words = loose.text(error, "code", 100), loose.text(error, "message", 300)
    detail = f"{code}: {words}" if words else code
    if answer.status == 412:
        # Two changes of one message at a time: this one was not made.
        wait = retry_after(answer.headers.get("retry-after", ""))
        return _Failed(Later("carrier_down", wait, one_line(f"HTTP 412: {detail}")))
    reason = _CODES.get(code.lower()) or _STATUSES.get(answer.status)
    if reason is None and answer.status in (403, 404):
        reason = gone
    reasons = {answer.status: reason} if reason and answer.status < 500 and answer.status != 429 else {}
    return _Failed(refusal(answer, reasons, detail), gone=answer.status == 404)
