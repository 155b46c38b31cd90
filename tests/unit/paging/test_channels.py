"""Each carrier's request, held against AWS's own service models, and what each of its errors means."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from tocsin.paging import channels
from tocsin.paging.channels.base import REASONS, ChannelSettings, Later, Message, Refused, Sent
from tocsin.paging.channels.errors import END_USER_MESSAGING, verdict
from tocsin.paging.gsm import septets
from tocsin.paging.texts import Facts

EVERYTHING = ChannelSettings(
    sms_identity="pool-0123456789abcdef0123456789abcdef",
    sms_configuration_set="tocsin",
    sns_sms=True,
    voice_identity="+12065550100",
    connect_instance_id="9308c2a1-9bc6-4cea-8290-6c0b4a6d38fa",
    connect_flow_id="846ec553-a005-41c0-8341-000000000000",
    connect_number="+12065550101",
    mail_from="Tocsin <tocsin@example.com>",
    mail_configuration_set="tocsin-mail",
)
PAGE = "1042-c1-r1-s1-ana-0"
TEXT = Message(PAGE, "+5511955550100", "checkout: down\n#1042", 1042)
MAIL = Message(PAGE, "ana@example.com", "text", 1042, subject="checkout: down [#1042]", html="<p>down</p>")
FACTS = Facts(
    number=1042,
    service="checkout",
    title="down",
    severity="critical",
    urgency="high",
    count=1,
    state="triggered",
    opened_at=datetime(2026, 11, 23, 2, tzinfo=UTC),
    link="https://tocsin.example.com/l/AbCdEf",
    ack_code="1a",
    resolve_code="1r",
)


@cache
def session() -> botocore.session.Session:
    return botocore.session.Session()


def client(name: str) -> Any:
    return session().create_client(
        channels.channel(name).SERVICE,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )


def send(
    name: str, aws: Any, message: Message, settings: ChannelSettings = EVERYTHING
) -> Sent | Refused | Later:
    return channels.channel(name).send(aws, settings, message)


def fits(shape: Any, value: Any, path: str = "") -> None:
    """The value keeps the model's lengths, patterns and enums, of which botocore checks only the least."""
    if shape.type_name == "structure":
        for key, part in value.items():
            fits(shape.members[key], part, f"{path}.{key}")
    elif shape.type_name == "list":
        for part in value:
            fits(shape.member, part, path)
    elif shape.type_name == "map":
        for key, part in value.items():
            fits(shape.key, key, f"{path} key")
            fits(shape.value, part, f"{path}.{key}")
    else:
        size = len(value) if isinstance(value, (str, bytes)) else value
        limits = shape.metadata
        assert limits.get("min", size) <= size <= limits.get("max", size), (
            f"{path}: {value!r} against {limits}"
        )
        assert value in (limits.get("enum") or [value]), f"{path}: {value!r} against {limits}"
        pattern = limits.get("pattern")
        # Connect's model escapes its pattern for numbers twice, so that nothing could match it.
        if pattern and not pattern.startswith("\\\\"):
            assert re.search(rf"^(?:{pattern})$", value), f"{path}: {value!r} against {pattern}"


def checked(aws: Any) -> Any:
    """The client, whose requests are all held against the service's model."""

    def check(params: dict[str, Any], model: Any, **_: Any) -> None:
        fits(model.input_shape, params)

    aws.meta.events.register("before-parameter-build.*.*", check)
    return aws


def sends(name: str, message: Message, operation: str, answer: Mapping[str, str], request: object) -> None:
    """The channel makes exactly this request, which the service's own model accepts."""
    aws = checked(client(name))
    with Stubber(aws) as stub:
        stub.add_response(operation, dict(answer), request)
        assert send(name, aws, message) == Sent(next(iter(answer.values())))
        stub.assert_no_pending_responses()


def test_a_text_is_transactional_short_lived_and_carries_its_page() -> None:
    sends(
        "sms",
        TEXT,
        "send_text_message",
        {"MessageId": "m-1"},
        {
            "DestinationPhoneNumber": "+5511955550100",
            "OriginationIdentity": "pool-0123456789abcdef0123456789abcdef",
            "MessageBody": "checkout: down\n#1042",
            "MessageType": "TRANSACTIONAL",
            "TimeToLive": 300,
            "Context": {"page": PAGE, "incident": "1042"},
            "ConfigurationSetName": "tocsin",
        },
    )


def test_a_call_by_end_user_messaging_is_plain_text_and_short_lived() -> None:
    sends(
        "voice",
        TEXT,
        "send_voice_message",
        {"MessageId": "m-2"},
        {
            "DestinationPhoneNumber": "+5511955550100",
            "OriginationIdentity": "+12065550100",
            "MessageBody": "checkout: down\n#1042",
            "MessageBodyTextType": "TEXT",
            "TimeToLive": 300,
            "Context": {"page": PAGE, "incident": "1042"},
            "ConfigurationSetName": "tocsin",
        },
    )


def test_a_call_by_connect_rings_once_however_often_the_page_is_sent() -> None:
    sends(
        "connect",
        replace(TEXT, ring=30),
        "start_outbound_voice_contact",
        {"ContactId": "c-1"},
        {
            "InstanceId": "9308c2a1-9bc6-4cea-8290-6c0b4a6d38fa",
            "ContactFlowId": "846ec553-a005-41c0-8341-000000000000",
            "SourcePhoneNumber": "+12065550101",
            "DestinationPhoneNumber": "+5511955550100",
            "Attributes": {"say": "checkout: down\n#1042", "page": PAGE, "incident": "1042"},
            "ClientToken": PAGE,
            "RingTimeoutInSeconds": 30,
        },
    )


def test_a_mail_carries_its_page_in_a_header_of_its_own() -> None:
    sends(
        "email",
        MAIL,
        "send_email",
        {"MessageId": "m-3"},
        {
            "FromEmailAddress": "Tocsin <tocsin@example.com>",
            "Destination": {"ToAddresses": ["ana@example.com"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "checkout: down [#1042]", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "text", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>down</p>", "Charset": "UTF-8"},
                    },
                    "Headers": [
                        {"Name": "X-Tocsin-Page", "Value": PAGE},
                        {"Name": "Auto-Submitted", "Value": "auto-generated"},
                        {"Name": "In-Reply-To", "Value": "<incident-1042@example.com>"},
                        {"Name": "References", "Value": "<incident-1042@example.com>"},
                    ],
                }
            },
            "ConfigurationSetName": "tocsin-mail",
        },
    )


def test_a_text_by_sns_is_transactional() -> None:
    sends(
        "sns_sms",
        TEXT,
        "publish",
        {"MessageId": "m-4"},
        {
            "PhoneNumber": "+5511955550100",
            "Message": "checkout: down\n#1042",
            "MessageAttributes": {
                "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}
            },
        },
    )


class Calls:
    """A client that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def __getattr__(self, operation: str) -> Callable[..., dict[str, str]]:
        def call(**request: Any) -> dict[str, str]:
            self.asked = request
            return {"MessageId": "m", "ContactId": "c"}

        return call


@pytest.mark.parametrize("ring", [None, 0, 14, 61, 600])
def test_a_ring_time_that_connect_does_not_know_is_not_sent(ring: int | None) -> None:
    calls = Calls()
    assert send("connect", calls, replace(TEXT, ring=ring)) == Sent("c")
    assert "RingTimeoutInSeconds" not in calls.asked


def test_what_is_not_set_up_is_not_sent_and_a_price_limit_is() -> None:
    bare = replace(EVERYTHING, sms_configuration_set="", mail_configuration_set="")
    for name, message in (("sms", TEXT), ("voice", TEXT), ("email", MAIL)):
        calls = Calls()
        send(name, calls, message, bare)
        assert "ConfigurationSetName" not in calls.asked
    priced = replace(EVERYTHING, sms_max_price="0.05", voice_max_price="0.20")
    calls = Calls()
    send("sms", calls, TEXT, priced)
    assert calls.asked["MaxPrice"] == "0.05"
    send("voice", calls, TEXT, priced)
    assert calls.asked["MaxPricePerMinute"] == "0.20"
    send("voice", calls, TEXT, replace(priced, protect_configuration="protect-1"))
    assert calls.asked["ProtectConfigurationId"] == "protect-1"
    send("sns_sms", calls, TEXT, priced)
    assert calls.asked["MessageAttributes"]["AWS.SNS.SMS.MaxPrice"]["StringValue"] == "0.05"


def test_any_name_of_a_person_makes_an_id_that_each_carrier_takes() -> None:
    odd = "1042-c1-r1-s1-josé  souza\r\nBcc: x" + "é" * 900 + "-0"
    for name, message, operation, answer in (
        ("sms", TEXT, "send_text_message", {"MessageId": "m"}),
        ("connect", TEXT, "start_outbound_voice_contact", {"ContactId": "c"}),
        ("email", MAIL, "send_email", {"MessageId": "m"}),
    ):
        aws = checked(client(name))
        with Stubber(aws) as stub:
            stub.add_response(operation, answer)
            assert isinstance(send(name, aws, replace(message, page_id=odd)), Sent)
    calls = Calls()
    send("email", calls, replace(MAIL, page_id=odd))
    value = calls.asked["Content"]["Simple"]["Headers"][0]["Value"]
    assert value.isascii()
    assert value.isprintable()
    assert len(value) <= 900
    send("connect", calls, replace(TEXT, page_id=odd))
    first = calls.asked["ClientToken"]
    send("connect", calls, replace(TEXT, page_id=odd))
    assert calls.asked["ClientToken"] == first
    assert first.isascii()
    assert len(first) <= 500


@pytest.mark.parametrize(
    "to", ["", "5511955550100", "+0123", "+1", "+1" * 20, "+1 206 555", "+1206555a100", "ana@example.com"]
)
@pytest.mark.parametrize("name", ["sms", "voice", "connect", "sns_sms"])
def test_what_is_no_number_is_refused_before_a_carrier_is_asked(name: str, to: str) -> None:
    outcome = send(name, None, replace(TEXT, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "invalid_number"


@pytest.mark.parametrize(
    "to",
    ["", "ana", "ana@", "a@b, c@d", "a@b;c@d", "Ana <a@b>", "a@b\r\nBcc: c@d", "a b@c", "+5511955550100"],
)
def test_a_mail_reaches_one_address_or_none(to: str) -> None:
    outcome = send("email", None, replace(MAIL, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "invalid_address"


REFUSALS = [
    ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", 400, "opted_out"),
    ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", 400, "not_verified"),
    ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", 400, "country_blocked"),
    (
        "ConflictException",
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        400,
        "number_blocked",
    ),
    ("ConflictException", "EVENT_DESTINATION_MISMATCH", 400, "rejected"),
    ("ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", 402, "daily_call_limit"),
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", 402, "spend_limit"),
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE", 402, "spend_limit"),
    ("ServiceQuotaExceededException", "TAGS_PER_RESOURCE", 402, "limit_reached"),
    ("ValidationException", "PRICE_OVER_THRESHOLD", 400, "price_over_limit"),
    ("ValidationException", "VOICE_CAPABILITY_NOT_AVAILABLE", 400, "identity_not_ready"),
    ("ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", 400, "identity_not_ready"),
    ("ValidationException", "DESTINATION_COUNTRY_BLOCKED", 400, "country_blocked"),
    ("ValidationException", "OTHER", 400, "rejected"),
    ("AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION", 400, "no_reputation"),
    ("AccessDeniedException", "ACCOUNT_DISABLED", 400, "account_disabled"),
    ("AccessDeniedException", None, 400, "access_denied"),
    ("ResourceNotFoundException", None, 400, "identity_not_ready"),
    ("UnrecognizedClientException", None, 400, "access_denied"),
    ("SomethingNewException", None, 400, "rejected"),
]


@pytest.mark.parametrize("name", ["sms", "voice"])
@pytest.mark.parametrize(("code", "reason", "status", "ours"), REFUSALS)
def test_what_end_user_messaging_refuses_moves_on_and_keeps_the_carriers_words(
    name: str, code: str, reason: str | None, status: int, ours: str
) -> None:
    aws = client(name)
    operation = {"sms": "send_text_message", "voice": "send_voice_message"}[name]
    with Stubber(aws) as stub:
        stub.add_client_error(
            operation,
            code,
            "The carrier's words.",
            status,
            modeled_fields={"Reason": reason} if reason else None,
        )
        outcome = send(name, aws, TEXT)
    named = f"{code} ({reason})" if reason else code
    assert outcome == Refused(ours, f"{named}: The carrier's words.")
    assert ours in REASONS


OTHER_REFUSALS = [
    ("connect", "start_outbound_voice_contact", "DestinationNotAllowedException", 403, "country_blocked"),
    (
        "connect",
        "start_outbound_voice_contact",
        "OutboundContactNotPermittedException",
        403,
        "number_blocked",
    ),
    ("connect", "start_outbound_voice_contact", "ResourceNotFoundException", 404, "identity_not_ready"),
    ("connect", "start_outbound_voice_contact", "InvalidParameterException", 400, "rejected"),
    ("connect", "start_outbound_voice_contact", "InvalidRequestException", 400, "rejected"),
    ("connect", "start_outbound_voice_contact", "AccessDeniedException", 403, "access_denied"),
    ("email", "send_email", "MessageRejected", 400, "rejected"),
    ("email", "send_email", "MailFromDomainNotVerifiedException", 400, "identity_not_ready"),
    ("email", "send_email", "NotFoundException", 404, "identity_not_ready"),
    ("email", "send_email", "AccountSuspendedException", 400, "account_disabled"),
    ("email", "send_email", "SendingPausedException", 400, "account_disabled"),
    ("email", "send_email", "LimitExceededException", 400, "limit_reached"),
    ("email", "send_email", "BadRequestException", 400, "rejected"),
    ("sns_sms", "publish", "InvalidParameter", 400, "invalid_number"),
    ("sns_sms", "publish", "AuthorizationError", 403, "access_denied"),
]


@pytest.mark.parametrize(("name", "operation", "code", "status", "ours"), OTHER_REFUSALS)
def test_what_another_carrier_refuses_moves_on_too(
    name: str, operation: str, code: str, status: int, ours: str
) -> None:
    aws = client(name)
    with Stubber(aws) as stub:
        stub.add_client_error(operation, code, "No.", status)
        assert send(name, aws, MAIL if name == "email" else TEXT) == Refused(ours, f"{code}: No.")
    assert ours in REASONS


LATER = [
    ("sms", "send_text_message", "ThrottlingException", 400, Later("throttled")),
    ("sms", "send_text_message", "InternalServerException", 500, Later("carrier_down", maybe_sent=True)),
    ("voice", "send_voice_message", "503", 503, Later("carrier_down", maybe_sent=True)),
    ("connect", "start_outbound_voice_contact", "LimitExceededException", 429, Later("throttled")),
    ("connect", "start_outbound_voice_contact", "TooManyRequestsException", 429, Later("throttled")),
    (
        "connect",
        "start_outbound_voice_contact",
        "InternalServiceException",
        500,
        Later("carrier_down", maybe_sent=True),
    ),
    ("email", "send_email", "TooManyRequestsException", 429, Later("throttled")),
    ("sns_sms", "publish", "Throttling", 400, Later("throttled")),
    ("sns_sms", "publish", "InternalError", 500, Later("carrier_down", maybe_sent=True)),
    ("sns_sms", "publish", "ExpiredTokenException", 403, Later("no_credentials")),
    ("sms", "send_text_message", "RequestTimeout", 400, Later("timeout", maybe_sent=True)),
]


@pytest.mark.parametrize(("name", "operation", "code", "status", "expected"), LATER)
def test_a_carrier_that_is_busy_or_down_is_asked_again(
    name: str, operation: str, code: str, status: int, expected: Later
) -> None:
    aws = client(name)
    with Stubber(aws) as stub:
        stub.add_client_error(operation, code, "Wait.", status)
        outcome = send(name, aws, MAIL if name == "email" else TEXT)
    assert outcome == replace(expected, detail=f"{code}: Wait.")
    assert expected.reason in REASONS


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (EndpointConnectionError(endpoint_url="https://x"), ("no_connection", False)),
        (ConnectTimeoutError(endpoint_url="https://x"), ("no_connection", False)),
        (ReadTimeoutError(endpoint_url="https://x"), ("timeout", True)),
        (ConnectionClosedError(endpoint_url="https://x"), ("carrier_down", True)),
        (NoCredentialsError(), ("no_credentials", False)),
        (ConnectionRefusedError("refused"), ("no_connection", False)),
        (ConnectionResetError("reset"), ("carrier_down", True)),
        (TimeoutError("late"), ("timeout", True)),
    ],
)
def test_a_carrier_that_does_not_answer_is_asked_again_and_may_have_sent(
    raised: Exception, expected: tuple[str, bool]
) -> None:
    outcome = verdict(raised, {})
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_sent) == expected
    assert type(raised).__name__ in outcome.detail
    assert outcome.reason in REASONS


@pytest.mark.parametrize(
    "raised", [TypeError("ours"), KeyError("ours"), FileNotFoundError("ours"), ValueError("ours")]
)
def test_a_defect_of_ours_is_never_taken_for_a_carriers_answer(raised: Exception) -> None:
    class Broken:
        def send_text_message(self, **_: Any) -> None:
            raise raised

    with pytest.raises(type(raised), match="ours"):
        send("sms", Broken(), TEXT)


def test_a_request_that_botocore_itself_rejects_moves_on() -> None:
    outcome = send("voice", client("voice"), replace(TEXT, text=""))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "rejected"
    assert "Parameter validation failed" in outcome.detail


def on_the_wire(aws: Any, status: int, body: str, headers: Mapping[str, str]) -> list[dict[str, Any]]:
    """Answer the client's HTTP requests with these bytes; the bodies it sent are collected."""
    asked: list[dict[str, Any]] = []

    class Raw(io.BytesIO):
        def stream(self, **_: Any) -> list[bytes]:
            return [self.read()]

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        asked.append(json.loads(request.body))
        return AWSResponse(request.url, status, dict(headers), Raw(body.encode()))

    aws.meta.events.register("before-send.*", answer)
    return asked


def test_the_reason_is_found_where_the_wire_has_it() -> None:
    aws = client("sms")
    body = {
        "__type": "com.amazonaws.smsvoice#ConflictException",
        "Message": "Destination phone number opted out",
        "Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT",
    }
    asked = on_the_wire(aws, 400, json.dumps(body), {"Content-Type": "application/x-amz-json-1.0"})
    assert send("sms", aws, TEXT) == Refused(
        "opted_out",
        "ConflictException (DESTINATION_PHONE_NUMBER_OPTED_OUT): Destination phone number opted out",
    )
    assert asked[0]["DestinationPhoneNumber"] == "+5511955550100"


def test_a_number_that_the_carrier_finds_invalid_is_told_by_the_field_it_names() -> None:
    aws = client("sms")
    body = {
        "__type": "ValidationException",
        "Message": "1 validation error",
        "Reason": "FIELD_VALIDATION_FAILED",
        "Fields": [{"Name": "DestinationPhoneNumber", "Message": "not a phone number"}],
    }
    on_the_wire(aws, 400, json.dumps(body), {})
    outcome = send("sms", aws, TEXT)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "invalid_number"


def test_a_page_of_html_from_something_in_between_is_a_carrier_that_is_down() -> None:
    aws = client("sms")
    on_the_wire(aws, 502, "<html>Bad Gateway</html>", {"Retry-After": "7"})
    outcome = send("sms", aws, TEXT)
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.after_seconds, outcome.maybe_sent) == ("carrier_down", 7, True)


def test_a_carriers_words_cannot_flood_a_timeline() -> None:
    class Error(Exception):
        response: Mapping[str, Any] = {"Error": {"Code": "X", "Message": "a\nb\0" * 10_000}}

    outcome = verdict(Error(), {})
    assert 400 < len(outcome.detail) <= 500
    assert outcome.detail.isprintable()


def test_every_code_and_reason_that_is_mapped_exists_in_the_service() -> None:
    model = session().get_service_model("pinpoint-sms-voice-v2")
    for name, reason in END_USER_MESSAGING.items():
        code, _, why = name.partition("/")
        shape = model.shape_for(code)
        assert not why or why in shape.members["Reason"].enum
        assert reason in REASONS


ON = {
    "sms_identity": "+12065550100",
    "sns_sms": True,
    "voice_identity": "+12065550100",
    "mail_from": "t@example.com",
}
CONNECT = {"connect_instance_id": "i", "connect_flow_id": "f", "connect_number": "+12065550101"}


@pytest.mark.parametrize(
    ("via", "fields", "chosen"),
    [
        ("sms", ON, "sms"),
        ("sms", {"sns_sms": True}, "sns_sms"),
        ("sms", {"voice_identity": "+12065550100"}, None),
        ("voice", ON | CONNECT, "connect"),
        ("voice", CONNECT, "connect"),
        ("voice", ON, "voice"),
        ("voice", ON | CONNECT | {"connect_flow_id": ""}, "voice"),
        ("voice", CONNECT | {"connect_number": ""}, None),
        ("voice", {"sms_identity": "+12065550100"}, None),
        ("email", ON, "email"),
        ("email", CONNECT, None),
        ("push", ON | CONNECT, None),
        ("push", ON | {"vapid_private_key": "x"}, None),
        ("push", {"vapid_private_key": "x", "vapid_subject": "mailto:ops@example.com"}, "push"),
        ("webhook", ON | CONNECT, None),
        ("webhook", {"webhook_secrets": ("whsec_x",)}, "webhook"),
        ("slack", ON | CONNECT, None),
        ("telegram", ON | CONNECT, None),
        ("telegram", {"telegram_token": "1:x"}, "telegram"),
        ("teams", {"teams_app_id": "x"}, None),
        ("teams", {"teams_app_id": "x", "teams_app_password": "y"}, "teams"),
        ("whatsapp", {"whatsapp_phone_number_id": "phone-number-id-1"}, None),
        ("whatsapp", {"whatsapp_phone_number_id": "phone-number-id-1", "whatsapp_template": "t"}, "whatsapp"),
    ],
)
def test_a_rule_goes_by_the_best_channel_that_is_set_up_or_is_refused(
    via: str, fields: dict[str, Any], chosen: str | None
) -> None:
    found = channels.choose(via, ChannelSettings(**fields))
    if chosen is None:
        assert isinstance(found, Refused)
        assert found.reason == "channel_off"
        assert via in found.detail
    else:
        assert found == chosen


def test_a_channel_is_only_loaded_when_it_is_used() -> None:
    code = (
        "import sys, tocsin.paging.channels as c\n"
        "here = 'tocsin.paging.channels.'\n"
        "loaded = lambda: sorted(m.removeprefix(here) for m in sys.modules if m.startswith(here))\n"
        "assert loaded() == ['base'], loaded()\n"
        "c.channel('sms')\n"
        "assert loaded() == ['base', 'errors', 'sms'], loaded()\n"
        "assert not {'botocore', 'boto3', 'anyascii', 'tocsin.paging.texts'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_every_channel_has_what_a_channel_needs_and_an_unknown_one_is_an_error() -> None:
    for name in channels.NAMES:
        module = channels.channel(name)
        assert module.SERVICE in (*session().get_available_services(), "http", "outside", "teams")
        assert callable(module.send)
    with pytest.raises(LookupError, match="unknown channel 'pigeon'"):
        channels.channel("pigeon")


def compose(name: str, settings: ChannelSettings = EVERYTHING) -> Message:
    return channels.compose(name, settings, page_id=PAGE, to="+5511955550100", facts=FACTS, ring=30)


def test_only_a_text_that_can_be_answered_names_reply_codes() -> None:
    assert "Reply 1a ack, 1r resolve" in compose("sms").text
    assert "Reply" not in compose("sns_sms").text
    assert "Reply" not in compose("sms", replace(EVERYTHING, sms_identity="TOCSIN")).text
    arn = "arn:aws:sms-voice:eu-west-1:123456789012:"
    assert "Reply" not in compose("sms", replace(EVERYTHING, sms_identity=f"{arn}sender-id/TOCSIN/DE")).text
    assert "Reply 1a" in compose("sms", replace(EVERYTHING, sms_identity=f"{arn}phone-number/phone-1")).text
    assert "Reply 1a" in compose("sms", replace(EVERYTHING, sms_identity="+12065550100")).text
    assert "Reply 1a" in compose("sms", replace(EVERYTHING, sms_identity="12345")).text


BY_PREFIX = replace(
    EVERYTHING,
    sms_identity_by_prefix=(
        ("+55", "arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-br"),
        ("+5511", "TOCSIN"),
    ),
    protect_configuration="protect-1",
)


@pytest.mark.parametrize(
    ("to", "identity"),
    [
        ("+5521955550100", "arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-br"),
        ("+5511955550100", "TOCSIN"),
        ("+12065550100", EVERYTHING.sms_identity),
    ],
)
def test_a_country_is_texted_from_its_own_identity(to: str, identity: str) -> None:
    calls = Calls()
    channels.channel("sms").send(calls, BY_PREFIX, replace(TEXT, to=to))
    assert calls.asked["OriginationIdentity"] == identity
    assert calls.asked["ProtectConfigurationId"] == "protect-1"


def test_whether_a_text_can_be_answered_is_up_to_where_it_comes_from() -> None:
    assert channels.takes_replies("sms", BY_PREFIX, "+5521955550100")
    assert not channels.takes_replies("sms", BY_PREFIX, "+5511955550100")
    assert "Reply" not in compose("sms", BY_PREFIX).text


def test_only_a_call_with_keys_says_which() -> None:
    assert "Press 4" in compose("connect").text
    assert compose("connect").ring == 30
    assert "Press" not in compose("voice").text


def test_each_channel_takes_what_is_composed_for_it() -> None:
    for name, operation, answer in (
        ("sms", "send_text_message", {"MessageId": "m"}),
        ("sns_sms", "publish", {"MessageId": "m"}),
        ("voice", "send_voice_message", {"MessageId": "m"}),
        ("connect", "start_outbound_voice_contact", {"ContactId": "m"}),
        ("email", "send_email", {"MessageId": "m"}),
    ):
        aws = checked(client(name))
        message = compose(name)
        with Stubber(aws) as stub:
            stub.add_response(operation, answer)
            to = "ana@example.com" if name == "email" else message.to
            assert send(name, aws, replace(message, to=to)) == Sent("m")
    assert septets(compose("sms").text) <= 160
    for name in ("push", "webhook"):
        composed = compose(name)
        assert composed.card is not None
        assert (composed.card.title, composed.card.link) == (FACTS.title, FACTS.link)
