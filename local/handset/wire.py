"""The carriers' endpoints, in their real wire format.

``pinpoint-sms-voice-v2`` speaks AWS JSON 1.0 (an ``X-Amz-Target`` header, errors by ``__type``), Connect and
``socialmessaging`` REST-JSON (errors by ``x-amzn-ErrorType``). Only the calls that the product makes are here.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.handset import calls, texts, whatsapp
from local.handset.network import Network
from local.handset.refusals import WireError
from local.handset.shapes import input_shape, problems
from local.handset.speech import spoken

E164 = re.compile(r"\+[1-9]\d{1,14}")
TARGET = "PinpointSMSVoiceV2."
#: SendVoiceMessage: plain text may be half as long as SSML.
VOICE_TEXT_LIMIT = 3000
#: StartOutboundVoiceContact: all attributes together.
ATTRIBUTES_LIMIT = 32768

Clock = Callable[[], datetime]


class Carriers:
    """The endpoints on one network of phones."""

    def __init__(self, network: Network, clock: Clock) -> None:
        self.network = network
        self.clock = clock
        self._operations: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "SendTextMessage": self._send_text,
            "SendVoiceMessage": self._send_voice,
            "DescribeAccountAttributes": self._account_attributes,
            "DescribeSpendLimits": self._spend_limits,
        }

    async def sms_voice(self, request: Request) -> Response:
        """POST / of ``pinpoint-sms-voice-v2``."""
        kind = "application/x-amz-json-1.0"
        try:
            _signed(request)
            operation = request.headers.get("x-amz-target", "").removeprefix(TARGET)
            if operation not in self._operations:
                raise WireError("UnknownOperationException", f"Unknown operation {operation!r}")
            asked = _json(await request.body(), "SerializationException")
            _check("pinpoint-sms-voice-v2", operation, asked)
            return _answer(200, self._operations[operation](asked), kind)
        except WireError as error:
            return _answer(
                error.status, {"__type": error.code, "Message": error.message, **error.extra}, kind
            )

    async def outbound_voice(self, request: Request) -> Response:
        """PUT /contact/outbound-voice of Connect."""
        return await self._rest(request, "InvalidRequestException", self._start_contact)

    async def send_whatsapp(self, request: Request) -> Response:
        """POST /v1/whatsapp/send of ``socialmessaging``."""
        return await self._rest(request, "ValidationException", self._send_whatsapp)

    async def _rest(
        self, request: Request, unread: str, does: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> Response:
        kind = "application/json"
        try:
            _signed(request)
            asked = _json(await request.body(), unread)
            return _answer(200, does(asked), kind)
        except WireError as error:
            headers = {"x-amzn-ErrorType": error.code}
            return _answer(error.status, {"Message": error.message, **error.extra}, kind, headers)

    # -- pinpoint-sms-voice-v2 -----------------------------------------------------------------------------

    def _send_text(self, asked: dict[str, Any]) -> dict[str, Any]:
        message_id = texts.send(
            self.network,
            self.clock(),
            _destination(asked),
            _present(asked, "MessageBody"),
            sender=asked.get("OriginationIdentity"),
            ttl=timedelta(seconds=asked["TimeToLive"]) if "TimeToLive" in asked else texts.DEFAULT_TTL,
            context=asked.get("Context"),
            message_type=asked.get("MessageType", "TRANSACTIONAL"),
            dry_run=asked.get("DryRun", False),
        )
        return {"MessageId": message_id}

    def _send_voice(self, asked: dict[str, Any]) -> dict[str, Any]:
        body = _present(asked, "MessageBody")
        if asked.get("MessageBodyTextType") == "SSML":
            try:
                says = spoken(body)
            except ValueError as error:
                raise _invalid("CANNOT_PARSE", "MessageBody", str(error)) from error
        elif len(body) > VOICE_TEXT_LIMIT:
            raise _invalid(
                "MAXIMUM_SIZE_EXCEEDED",
                "MessageBody",
                f"Plain text has at most {VOICE_TEXT_LIMIT} characters",
            )
        else:
            says = body
        message_id = calls.place(
            self.network,
            self.clock(),
            _destination(asked),
            says,
            carrier="sms-voice",
            sender=asked["OriginationIdentity"],
            context=asked.get("Context"),
            dry_run=asked.get("DryRun", False),
        )
        return {"MessageId": message_id}

    def _account_attributes(self, asked: dict[str, Any]) -> dict[str, Any]:
        return _page("AccountAttributes", [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}], asked)

    def _spend_limits(self, asked: dict[str, Any]) -> dict[str, Any]:
        limits = [
            {
                "Name": f"{kind}_MESSAGE_MONTHLY_SPEND_LIMIT",
                "EnforcedLimit": 50,
                "MaxLimit": 50,
                "Overridden": False,
            }
            for kind in ("TEXT", "VOICE")
        ]
        return _page("SpendLimits", limits, asked)

    # -- socialmessaging -----------------------------------------------------------------------------------

    def _send_whatsapp(self, asked: dict[str, Any]) -> dict[str, Any]:
        for _, message in problems(input_shape("socialmessaging", "SendWhatsAppMessage"), asked):
            raise WireError("ValidationException", message)
        return {"messageId": whatsapp.send(self.network, self.clock(), asked)}

    # -- connect -------------------------------------------------------------------------------------------

    def _start_contact(self, asked: dict[str, Any]) -> dict[str, Any]:
        for _, message in problems(
            input_shape("connect", "StartOutboundVoiceContact"), asked, patterns=False
        ):
            raise WireError("InvalidParameterException", message)
        if not asked.get("SourcePhoneNumber") and not asked.get("QueueId"):
            raise WireError("InvalidRequestException", "One of SourcePhoneNumber and QueueId is required")
        for name in ("DestinationPhoneNumber", "SourcePhoneNumber"):
            if asked.get(name) and E164.fullmatch(asked[name]) is None:
                raise WireError("InvalidParameterException", f"{name} is not an E.164 number")
        attributes: dict[str, str] = asked.get("Attributes", {})
        for name in attributes:
            if re.fullmatch(r"[A-Za-z0-9_-]+", name) is None:
                raise WireError(
                    "InvalidParameterException",
                    f"Attribute name {name!r} has more than letters, digits, - and _",
                )
        if sum(len((name + value).encode()) for name, value in attributes.items()) > ATTRIBUTES_LIMIT:
            raise WireError(
                "InvalidParameterException", f"Attributes have more than {ATTRIBUTES_LIMIT} bytes"
            )
        contact_id = calls.place(
            self.network,
            self.clock(),
            asked["DestinationPhoneNumber"],
            attributes.get("say", ""),
            carrier="connect",
            sender=asked.get("SourcePhoneNumber"),
            ring=asked.get("RingTimeoutInSeconds", 60),
            attributes=attributes,
            instance=asked["InstanceId"],
            token=asked.get("ClientToken"),
        )
        return {"ContactId": contact_id}


def _check(service: str, operation: str, asked: dict[str, Any]) -> None:
    wrong = list(problems(input_shape(service, operation), asked))
    if wrong:
        fields = [{"Name": name, "Message": message} for name, message in wrong]
        message = f"{len(wrong)} validation error(s) detected: " + "; ".join(message for _, message in wrong)
        raise WireError("ValidationException", message, Reason="FIELD_VALIDATION_FAILED", Fields=fields)


def _invalid(reason: str, name: str, message: str) -> WireError:
    fields = [{"Name": name, "Message": message}]
    return WireError("ValidationException", message, Reason=reason, Fields=fields)


def _destination(asked: Mapping[str, Any]) -> str:
    number: str = asked["DestinationPhoneNumber"]
    if E164.fullmatch(number) is None:
        raise _invalid(
            "INVALID_PARAMETER", "DestinationPhoneNumber", "DestinationPhoneNumber is not an E.164 number"
        )
    return number


def _present(asked: Mapping[str, Any], name: str) -> str:
    """A member that the model calls optional and the service does not."""
    if not asked.get(name):
        raise _invalid("MISSING_PARAMETER", name, f"{name} is required")
    return str(asked[name])


def _page(name: str, rows: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    """A page of rows; the token is the index of the next one."""
    token = asked.get("NextToken", "0")
    if not token.isdecimal() or int(token) > len(rows):
        raise _invalid("INVALID_NEXT_TOKEN", "NextToken", "NextToken is not one this operation gave out")
    start, size = int(token), asked.get("MaxResults", 100)
    more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
    return {name: rows[start : start + size], **more}


def _signed(request: Request) -> None:
    """Every AWS call carries a signature; whose it is, a carrier on loopback does not ask."""
    if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
        raise WireError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)


def _json(body: bytes, code: str) -> dict[str, Any]:
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise WireError(code, "The body is not JSON") from error
    if not isinstance(asked, dict):
        raise WireError(code, "The body is not a JSON object")
    return asked


def _answer(
    status: int, body: Mapping[str, Any], kind: str, headers: Mapping[str, str] | None = None
) -> Response:
    own = {"x-amzn-RequestId": str(uuid.uuid4()), **(headers or {})}
    return Response(json.dumps(body), status, own, media_type=kind)
