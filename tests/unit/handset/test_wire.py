"""The carriers' endpoints as AWS's own client sees them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.handset.kit import ANA, OURS, RECEIPTS, Served

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def sms(served: Served) -> Any:
    return served.client("pinpoint-sms-voice-v2", "sms-voice")


@pytest.fixture
def connect(served: Served) -> Any:
    return served.client("connect", "connect")


def _text(sms: Any, **more: Any) -> Any:
    request = {"DestinationPhoneNumber": ANA, "OriginationIdentity": OURS, "MessageBody": "Payments are down"}
    return sms.send_text_message(**request | more)


def _voice(sms: Any, **more: Any) -> Any:
    request = {"DestinationPhoneNumber": ANA, "OriginationIdentity": OURS, "MessageBody": "Payments are down"}
    return sms.send_voice_message(**request | more)


def _contact(connect: Any, **more: Any) -> Any:
    request = {
        "InstanceId": "inst",
        "ContactFlowId": "flow",
        "DestinationPhoneNumber": ANA,
        "SourcePhoneNumber": OURS,
        "Attributes": {"say": "Payments are down", "page": "p1"},
    }
    return connect.start_outbound_voice_contact(**request | more)


def test_a_text_is_on_the_phone_under_the_id_the_client_got(served: Served, sms: Any) -> None:
    sent = _text(
        sms,
        MessageType="TRANSACTIONAL",
        TimeToLive=300,
        ConfigurationSetName="tocsin",
        MaxPrice="0.50",
        Context={"page": "1042-c1-r1-s1-ana-0"},
    )
    [text] = served.handset.messages("ana", "sms")
    assert text["provider_id"] == sent["MessageId"]
    assert (text["text"], text["to"], text["sender"]) == ("Payments are down", ANA, OURS)
    assert text["context"] == {"page": "1042-c1-r1-s1-ana-0"}
    receipts = served.handset.wait_for(lambda state: served.aws.published(RECEIPTS), 5)
    assert [(item["eventType"], item["messageId"]) for item in receipts] == [
        ("TEXT_DELIVERED", sent["MessageId"])
    ]


def test_an_error_is_the_exception_that_the_client_knows_with_its_reason(served: Served, sms: Any) -> None:
    served.handset.reply("ana", "STOP")
    with pytest.raises(sms.exceptions.ConflictException) as refused:
        _text(sms)
    assert refused.value.response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("not_verified", "ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
        ("country_blocked", "ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
        ("spend_limit", "ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
        ("reputation", "AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION"),
    ],
)
def test_each_refusal_has_a_name_that_the_service_knows(
    served: Served, sms: Any, kind: str, code: str, reason: str
) -> None:
    served.handset.refuse("ana", kind)
    with pytest.raises(getattr(sms.exceptions, code)) as refused:
        _text(sms)
    assert refused.value.response["Reason"] == reason
    error = next(shape for shape in sms.meta.service_model.error_shapes if shape.name == code)
    assert reason in error.members["Reason"].enum


def test_a_throttled_client_tries_again_and_gets_through(served: Served, sms: Any) -> None:
    served.handset.refuse("ana", "throttled", times=1)
    assert _text(sms)["ResponseMetadata"]["RetryAttempts"] == 1
    assert len(served.handset.messages("ana", "sms")) == 1


def test_a_fault_of_the_service_is_a_500(served: Served, sms: Any) -> None:
    served.handset.refuse("ana", "internal", times=1)
    assert _text(sms)["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"MessageBody": "x" * 1601},
        {"MessageBody": "   "},
        {"MessageType": "URGENT"},
        {"DestinationPhoneNumber": "0030123"},
        {"TimeToLive": 4},
        {"TimeToLive": 259201},
        {"MaxPrice": "cheap"},
        {"Context": {str(number): "x" for number in range(6)}},
        {"Context": {"page": "x" * 801}},
        {"OriginationIdentity": "not an identity"},
    ],
)
def test_what_the_service_would_not_take_is_not_taken(
    served: Served, sms: Any, wrong: dict[str, Any]
) -> None:
    with pytest.raises(sms.exceptions.ValidationException) as refused:
        _text(sms, **wrong)
    [name] = wrong
    assert refused.value.response["Reason"] == "FIELD_VALIDATION_FAILED"
    assert refused.value.response["Fields"][0]["Name"].startswith(name)
    assert served.handset.messages() == []


def test_the_longest_text_is_taken(served: Served, sms: Any) -> None:
    _text(sms, MessageBody="x" * 1600)
    assert len(served.handset.messages("ana")[0]["text"]) == 1600


def test_a_number_that_is_not_e164_is_refused(sms: Any) -> None:
    with pytest.raises(sms.exceptions.ValidationException, match=r"E\.164"):
        _text(sms, DestinationPhoneNumber="12025550101")


def test_a_text_without_a_body_is_refused(sms: Any) -> None:
    with pytest.raises(sms.exceptions.ValidationException) as refused:
        sms.send_text_message(DestinationPhoneNumber=ANA)
    assert refused.value.response["Reason"] == "MISSING_PARAMETER"


def test_a_voice_message_rings(served: Served, sms: Any) -> None:
    sent = _voice(sms, VoiceId="MATTHEW")
    [call] = served.handset.messages("ana", "voice")
    assert (call["status"], call["provider_id"], call["keypad"]) == ("ringing", sent["MessageId"], False)


def test_ssml_is_read_out_as_words_and_must_be_well_formed(served: Served, sms: Any) -> None:
    _voice(sms, MessageBodyTextType="SSML", MessageBody="<speak>R&amp;D <break/>down</speak>")
    assert served.handset.messages("ana", "voice")[0]["text"] == "R&D down"
    with pytest.raises(sms.exceptions.ValidationException) as refused:
        _voice(sms, MessageBodyTextType="SSML", MessageBody="<speak>R&D</speak>")
    assert refused.value.response["Reason"] == "CANNOT_PARSE"


def test_a_voice_message_in_plain_text_has_3000_characters_at_most(sms: Any) -> None:
    _voice(sms, MessageBodyTextType="TEXT", MessageBody="x" * 3000)
    with pytest.raises(sms.exceptions.ValidationException):
        _voice(sms, MessageBodyTextType="TEXT", MessageBody="x" * 3001)


def test_an_unknown_voice_is_refused(sms: Any) -> None:
    with pytest.raises(sms.exceptions.ValidationException, match="enum value set"):
        _voice(sms, VoiceId="HAL")


def test_the_sixth_voice_message_of_a_day_is_refused(sms: Any) -> None:
    for _ in range(5):
        _voice(sms)
    with pytest.raises(sms.exceptions.ServiceQuotaExceededException) as refused:
        _voice(sms)
    assert refused.value.response["Reason"] == "DAILY_DESTINATION_CALL_LIMIT"


def test_the_account_is_in_production_and_has_limits(sms: Any) -> None:
    attributes = sms.describe_account_attributes()["AccountAttributes"]
    assert attributes == [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]
    limits = sms.get_paginator("describe_spend_limits").paginate(PaginationConfig={"PageSize": 1})
    assert [limit["Name"] for limit in limits.build_full_result()["SpendLimits"]] == [
        "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
        "VOICE_MESSAGE_MONTHLY_SPEND_LIMIT",
    ]
    with pytest.raises(sms.exceptions.ValidationException):
        sms.describe_spend_limits(NextToken="mine")


def test_an_operation_that_is_not_served_is_unknown(sms: Any) -> None:
    with pytest.raises(ClientError, match="UnknownOperationException"):
        sms.describe_pools()


def test_a_request_without_a_signature_is_refused(served: Served) -> None:
    headers = {"x-amz-target": "PinpointSMSVoiceV2.DescribeSpendLimits"}
    request = urllib.request.Request(f"{served.url}/_carriers/sms-voice/", b"{}", headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 403
    assert json.load(refused.value)["__type"] == "MissingAuthenticationTokenException"
    refused.value.close()


def test_a_contact_rings_once_however_often_its_token_comes(served: Served, connect: Any) -> None:
    first = _contact(connect, ClientToken="1042-c1-r1-s1-ana-1", RingTimeoutInSeconds=20)["ContactId"]
    assert _contact(connect, ClientToken="1042-c1-r1-s1-ana-1")["ContactId"] == first
    [call] = served.handset.messages("ana", "voice")
    assert (call["provider_id"], call["keypad"], call["text"]) == (first, True, "Payments are down")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"RingTimeoutInSeconds": 61}, "InvalidParameterException"),
        ({"RingTimeoutInSeconds": 14}, "InvalidParameterException"),
        ({"DestinationPhoneNumber": "2025550101"}, "InvalidParameterException"),
        ({"Attributes": {"a b": "x"}}, "InvalidParameterException"),
        ({"Attributes": {"say": "x" * 32768}}, "InvalidParameterException"),
        ({"TrafficType": "PRIVATE"}, "InvalidParameterException"),
        ({"SourcePhoneNumber": ""}, "InvalidRequestException"),
    ],
)
def test_what_connect_would_not_take_is_not_taken(
    served: Served, connect: Any, wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(getattr(connect.exceptions, code)) as refused:
        _contact(connect, **wrong)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert served.handset.messages() == []


def test_a_destination_that_connect_does_not_call_is_forbidden(served: Served, connect: Any) -> None:
    served.handset.refuse("ana", "country_blocked")
    with pytest.raises(connect.exceptions.DestinationNotAllowedException) as refused:
        _contact(connect)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_too_many_calls_by_connect_are_a_limit(served: Served, connect: Any) -> None:
    served.handset.refuse("ana", "daily_limit")
    with pytest.raises(connect.exceptions.LimitExceededException):
        _contact(connect)
