"""The carriers, at the end of the wire: real botocore clients talk to them, validated by AWS's own models."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

from botocore.awsrequest import AWSPreparedRequest, AWSResponse


@dataclass(frozen=True)
class Trouble:
    """An error in a service's own words: ``code`` is its type, ``extra`` stands beside its message."""

    code: str
    status: int = 400
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Carried:
    """A message that a carrier took. ``page`` is the page's id (or the notice's); ``request`` what it was asked."""

    at: datetime
    channel: str
    to: str
    text: str
    page: str
    id: str
    request: dict[str, Any]

    @property
    def link(self) -> str:
        """The path of the link in a text or a mail."""
        return "/l/" + self.text.split("/l/", 1)[1].split()[0]


#: Says what a carrier answers: nothing (it takes the message), an error, or an exception of the network.
Says = Callable[[str, dict[str, Any]], Trouble | Exception | None]


class Network:
    """Takes what the clients send.

    ``sent`` is what reached a carrier, ``tried`` whatever was brought to one, ``told`` what was published to topics.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.sent: list[Carried] = []
        self.tried: list[tuple[str, str]] = []
        self.told: list[dict[str, Any]] = []
        self.says: Says | None = None
        self._contacts: dict[str, str] = {}
        self._asked: dict[str, dict[str, Any]] = {}

    # End User Messaging

    def end_user_messaging(self, request: AWSPreparedRequest) -> AWSResponse:
        operation = str(_text(request.headers["X-Amz-Target"])).rpartition(".")[2]
        asked = json.loads(_text(request.body))
        channel = {"SendTextMessage": "sms", "SendVoiceMessage": "voice"}[operation]
        to = asked["DestinationPhoneNumber"]
        trouble = self._verdict(channel, to, asked)
        if trouble is not None:
            body = {"__type": trouble.code, "Message": f"no, said about {to}", **trouble.extra}
            return _answer(request, trouble.status, body, trouble.headers)
        id = str(uuid4())
        self._took(channel, to, asked["MessageBody"], asked["Context"]["page"], id, asked)
        return _answer(request, 200, {"MessageId": id})

    # Connect

    def connect(self, request: AWSPreparedRequest) -> AWSResponse:
        asked = json.loads(_text(request.body))
        to = asked["DestinationPhoneNumber"]
        trouble = self._verdict("connect", to, asked)
        if trouble is not None:
            headers = {"x-amzn-ErrorType": trouble.code, **trouble.headers}
            return _answer(request, trouble.status, {"Message": f"no, said about {to}"}, headers)
        token = asked["ClientToken"]
        if token not in self._contacts:
            self._contacts[token] = str(uuid4())
            page = asked["Attributes"]["page"]
            self._took("connect", to, asked["Attributes"]["say"], page, self._contacts[token], asked)
        return _answer(request, 200, {"ContactId": self._contacts[token]})

    # End User Messaging Social

    def social_messaging(self, request: AWSPreparedRequest) -> AWSResponse:
        asked = json.loads(_text(request.body))
        message = json.loads(base64.b64decode(asked["message"]))
        trouble = self._verdict("whatsapp", message["to"], {**asked, "DestinationPhoneNumber": message["to"]})
        if trouble is not None:
            headers = {"x-amzn-ErrorType": trouble.code, **trouble.headers}
            return _answer(request, trouble.status, {"message": f"no, said about {message['to']}"}, headers)
        id = str(uuid4())
        page = message.get("biz_opaque_callback_data", "")
        text = message["text"]["body"] if message["type"] == "text" else message["template"]["name"]
        self._took("whatsapp", message["to"], text, page, id, message)
        return _answer(request, 200, {"messageId": id})

    # SES and SNS are moto's: what they took is written down here

    def ask(self, service: str, params: dict[str, Any]) -> None:
        body = params["body"]
        self._asked[service] = json.loads(_text(body)) if isinstance(body, (bytes, str)) else dict(body)

    def mailed(self, answer: dict[str, Any]) -> None:
        asked = self._asked["sesv2"]
        mail = asked["Content"]["Simple"]
        page = mail["Headers"][0]["Value"]
        to = asked["Destination"]["ToAddresses"][0]
        self._took("email", to, mail["Body"]["Text"]["Data"], page, answer["MessageId"], asked)

    def published(self, answer: dict[str, Any]) -> None:
        asked = self._asked["sns"]
        if "PhoneNumber" in asked:
            self._took("sns_sms", asked["PhoneNumber"], asked["Message"], "", answer["MessageId"], asked)
        else:
            self.told.append(asked)

    # what there is to see

    def to(self, number: str) -> list[Carried]:
        """What a number or an address got."""
        return [one for one in self.sent if one.to == number]

    def _verdict(self, channel: str, to: str, asked: dict[str, Any]) -> Trouble | None:
        self.tried.append((channel, to))
        verdict = self.says(channel, asked) if self.says is not None else None
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    def _took(self, channel: str, to: str, text: str, page: str, id: str, asked: dict[str, Any]) -> None:
        self.sent.append(Carried(self._now(), channel, to, text, page, id, asked))


def refusing(trouble: Trouble | Exception, *tos: str, times: int | None = None) -> Says:
    """Carriers that answer so to these numbers (to all when none is named), for so many times."""
    left = [times]

    def says(channel: str, asked: dict[str, Any]) -> Trouble | Exception | None:
        if tos and asked["DestinationPhoneNumber"] not in tos:
            return None
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                return None
        return trouble

    return says


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def _answer(
    request: AWSPreparedRequest, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> AWSResponse:
    sent = {"content-type": "application/json", "x-amzn-requestid": str(uuid4()), **(headers or {})}
    return AWSResponse(request.url, status, sent, _Raw(json.dumps(body).encode()))
