"""What carriers send back, in their own shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.paging.test_mail_receipts import recorded
from tocsin.paging.channels.base import REASONS
from tocsin.paging.mail_answers import MailAnswer, NotTaken, Stored
from tocsin.paging.receipts import (
    HARD,
    InboundSms,
    KeyPress,
    OfWhatsApp,
    Receipt,
    Unrecognised,
    key_press,
    read,
)

# AWS End User Messaging SMS user guide, "Two-way SMS message payload".
TWO_WAY = {
    "originationNumber": "+14255550182",
    "destinationNumber": "+12125550101",
    "messageKeyword": "JOIN",
    "messageBody": "1a",
    "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
    "previousPublishedMessageId": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
# The same guide, "Example log for SMS events".
TEXT_EVENT = {
    "eventType": "TEXT_SUCCESSFUL",
    "eventVersion": "1.0",
    "eventTimestamp": 1686975103470,
    "isFinal": True,
    "originationPhoneNumber": "+12065550152",
    "destinationPhoneNumber": "+14255550156",
    "isInternationalSend": False,
    "mcc": "310",
    "mnc": "800",
    "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
    "messageRequestTimestamp": 1686975103170,
    "messageEncoding": "GSM",
    "messageType": "TRANSACTIONAL",
    "messageStatus": "SUCCESSFUL",
    "messageStatusDescription": "Message has been accepted by phone carrier",
    "context": {"page": "1042-c1-r1-s1-ana-0", "incident": "1042"},
    "totalMessageParts": 1,
    "totalMessagePrice": 0.09582,
    "totalCarrierFee": 0.0,
}
# EventBridge, "Voice Message Delivery Status Updated": neither destination nor context.
VOICE_EVENT = {
    "eventType": "VOICE_INITIATED",
    "eventVersion": "1.0",
    "eventTimestamp": 1697571373305,
    "isFinal": False,
    "originationPhoneNumber": "+18445550101",
    "isoCountryCode": "US",
    "messageId": "567be3a6-1e1f-4d6e-a5d2-example",
    "messageRequestTimestamp": 1697571372000,
    "messageStatus": "INITIATED",
}
# Amazon Connect administrator guide, the event of an invoked Lambda function.
CONNECT_EVENT = {
    "Details": {
        "ContactData": {
            "Attributes": {"say": "…", "page": "1042-c1-r1-s1-ana-1", "incident": "1042"},
            "Channel": "VOICE",
            "ContactId": "5ca32fbd-8f92-46af-92a5-6b0f970f0efe",
            "CustomerEndpoint": {"Address": "+11234567890", "Type": "TELEPHONE_NUMBER"},
            "InitialContactId": "5ca32fbd-8f92-46af-92a5-6b0f970f0efe",
            "InitiationMethod": "API",
            "InstanceARN": "arn:aws:connect:eu-central-1:123456789012:instance/9308c2a1-9bc6",
            "MediaStreams": {"Customer": {"Audio": None}},
            "PreviousContactId": "5ca32fbd-8f92-46af-92a5-6b0f970f0efe",
            "Queue": None,
            "SystemEndpoint": {"Address": "+11234567899", "Type": "TELEPHONE_NUMBER"},
        },
        "Parameters": {"digit": "4"},
    },
    "Name": "ContactFlowEvent",
}


def by_sns(payload: object, **more: object) -> str:
    envelope = {
        "Type": "Notification",
        "MessageId": "sns-message-id",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:replies",
        "Message": json.dumps(payload),
        "Timestamp": "2026-11-23T02:00:00.000Z",
    }
    return json.dumps({**envelope, **more})


def connect_event(**changed: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(json.dumps(CONNECT_EVENT))
    event["Details"]["Parameters"] = changed.pop("Parameters", {"digit": "4"})
    event["Details"]["ContactData"].update(changed)
    return event


@pytest.mark.parametrize("wrapped", [by_sns(TWO_WAY), json.dumps(TWO_WAY)])
def test_a_text_that_somebody_wrote_is_read_with_what_it_answers(wrapped: str) -> None:
    assert read(wrapped) == InboundSms(
        id="cae173d2-66b9-564c-8309-21f858e9fb84",
        sender="+14255550182",
        body="1a",
        answering="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        to="+12125550101",
        keyword="JOIN",
    )


def test_a_text_that_answers_nothing_known_is_still_read() -> None:
    inbound = read(by_sns({"originationNumber": "+14255550182", "messageBody": "ack 1042"}))
    assert inbound == InboundSms("sns-message-id", "+14255550182", "ack 1042")


def test_a_delivery_event_finds_its_page_by_the_carriers_id_and_by_our_context() -> None:
    assert read(by_sns(TEXT_EVENT)) == Receipt(
        provider_id="862a8790-60c0-4430-9b2b-658bdexample",
        channel="sms",
        status="successful",
        to="+14255550156",
        page_id="1042-c1-r1-s1-ana-0",
        at=datetime(2023, 6, 17, 4, 11, 43, 470000, tzinfo=UTC),
    )


def test_an_event_without_destination_and_context_is_read_too() -> None:
    receipt = read(json.dumps({"source": "aws.sms-voice", "detail-type": "…", "detail": VOICE_EVENT}))
    assert isinstance(receipt, Receipt)
    assert (receipt.channel, receipt.status, receipt.hard) == ("voice", "initiated", False)
    assert (receipt.to, receipt.page_id) == ("", None)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("TEXT_INVALID", "invalid_number"),
        ("TEXT_INVALID_MESSAGE", "message_invalid"),
        ("TEXT_BLOCKED", "number_blocked"),
        ("TEXT_CARRIER_BLOCKED", "number_blocked"),
        ("TEXT_SPAM", "number_blocked"),
        ("TEXT_PROTECT_BLOCKED", "country_blocked"),
    ],
)
def test_what_will_never_arrive_moves_on_to_the_next_contact(event: str, reason: str) -> None:
    receipt = read(by_sns({**TEXT_EVENT, "eventType": event}))
    assert isinstance(receipt, Receipt)
    assert (receipt.hard, receipt.reason) == (True, reason)


@pytest.mark.parametrize(
    "event",
    [
        "TEXT_PENDING",
        "TEXT_QUEUED",
        "TEXT_SUCCESSFUL",
        "TEXT_DELIVERED",
        "TEXT_UNREACHABLE",
        "TEXT_CARRIER_UNREACHABLE",
        "TEXT_UNKNOWN",
        "TEXT_TTL_EXPIRED",
        "VOICE_ANSWERED",
        "VOICE_COMPLETED",
        "VOICE_BUSY",
        "VOICE_NO_ANSWER",
        "VOICE_FAILED",
        "VOICE_TTL_EXPIRED",
        "TEXT_SOMETHING_NEW",
    ],
)
def test_a_phone_that_is_off_or_a_call_not_taken_leaves_the_plan_as_it_was_shown(event: str) -> None:
    receipt = read(by_sns({**TEXT_EVENT, "eventType": event}))
    assert isinstance(receipt, Receipt)
    assert not receipt.hard


def test_an_event_that_is_not_final_is_not_a_refusal_yet() -> None:
    receipt = read(by_sns({**TEXT_EVENT, "eventType": "TEXT_BLOCKED", "isFinal": False}))
    assert isinstance(receipt, Receipt)
    assert not receipt.hard


def test_every_hard_event_type_is_one_that_the_service_knows_and_has_words_for_people() -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")
    known = set(model.shape_for("EventType").enum)
    assert {f"TEXT_{status}" for status in HARD} <= known
    assert set(HARD.values()) <= set(REASONS)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not a JSON object"),
        ("ack", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        (by_sns("text"), "not a JSON object"),
        (by_sns({}), "neither a text nor a delivery event"),
        (by_sns(TWO_WAY, Type="SubscriptionConfirmation"), "SubscriptionConfirmation"),
        (by_sns({"originationNumber": 5, "inboundMessageId": "x"}), "without originationNumber"),
        (by_sns({"eventType": "TEXT_DELIVERED"}), "without messageId"),
        (by_sns({"eventType": "Bounce", "messageId": "x"}), "delivery event of type 'Bounce'"),
        (by_sns({"eventType": "x" * 5000, "messageId": "x"}), "..."),
    ],
)
def test_what_is_not_understood_says_why(body: str, reason: str) -> None:
    found = read(body)
    assert isinstance(found, Unrecognised)
    assert reason in found.reason
    assert len(found.reason) < 250


def test_a_key_on_a_call_is_read_with_its_page() -> None:
    assert key_press(CONNECT_EVENT) == KeyPress(
        contact_id="5ca32fbd-8f92-46af-92a5-6b0f970f0efe",
        to="+11234567890",
        digit="4",
        page_id="1042-c1-r1-s1-ana-1",
        incident=1042,
    )


@pytest.mark.parametrize("key", ["0", "9", "*", "#"])
def test_each_key_of_a_phone_is_read(key: str) -> None:
    press = key_press(connect_event(Parameters={"digit": key}))
    assert isinstance(press, KeyPress)
    assert press.digit == key


@pytest.mark.parametrize("key", ["", "Timeout", "none"])
def test_a_call_on_which_nothing_was_pressed_is_no_key(key: str) -> None:
    press = key_press(connect_event(Parameters={"digit": key}))
    assert isinstance(press, KeyPress)
    assert press.digit == ""


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (None, "ContactData"),
        ({}, "ContactData"),
        ({"Details": []}, "ContactData"),
        ({"Details": {"ContactData": "x"}}, "ContactData"),
        (connect_event(Attributes=None), "attribute page"),
        (connect_event(ContactId=""), "ContactId"),
        (connect_event(Parameters=None), "parameter digit"),
        (connect_event(Parameters={"digit": "44"}), "'44'"),
        (connect_event(Parameters={"digit": "A"}), "'A'"),
        (connect_event(Parameters={"digit": "４"}), "'４'"),
    ],
)
def test_an_event_that_is_no_key_says_why(event: object, reason: str) -> None:
    found = key_press(event)
    assert isinstance(found, Unrecognised)
    assert reason in found.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([TWO_WAY, TEXT_EVENT, VOICE_EVENT]), st.data())
@settings(deadline=None, max_examples=150)
def test_no_shape_of_a_field_breaks_the_reading(sample: dict[str, Any], data: st.DataObject) -> None:
    payload: dict[str, Any] = dict(sample)
    for key in data.draw(st.lists(st.sampled_from(sorted(payload)), max_size=4)):
        payload[key] = data.draw(json_values)
    assert isinstance(read(by_sns(payload)), (InboundSms, Receipt, Unrecognised))


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_no_shape_of_a_connect_event_breaks_the_reading(data: st.DataObject) -> None:
    keys = sorted(connect_event()["Details"]["ContactData"])
    changed = {key: data.draw(json_values) for key in data.draw(st.lists(st.sampled_from(keys), max_size=4))}
    event = connect_event(**changed, Parameters=data.draw(json_values | st.just({"digit": "6"})))
    assert isinstance(key_press(event), (KeyPress, Unrecognised))


# mails lie in the same queue


@pytest.mark.parametrize("wrap", [json.dumps, lambda event: json.dumps({"Message": json.dumps(event)})])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("received_sns", MailAnswer),
        ("received_s3", Stored),
        ("bounce", Receipt),
        ("complaint", Receipt),
        ("delivery", Receipt),
        ("delivery_delay", Receipt),
        ("reject", Receipt),
        ("send", Receipt),
    ],
)
def test_what_ses_says_is_told_from_what_phones_say(name: str, kind: type, wrap: Any) -> None:
    assert isinstance(read(wrap(recorded(name))), kind)


def test_a_mail_that_nobody_vouches_for_is_none_of_all() -> None:
    event = recorded("received_sns")
    event["receipt"]["dmarcVerdict"] = {"status": "FAIL"}
    assert read(json.dumps(event)) == NotTaken("dmarcVerdict is FAIL")


@pytest.mark.parametrize("event", [{"mail": {}}, {"mail": {}, "receipt": 7}, {"mail": {}, "eventType": "x"}])
def test_what_only_looks_like_a_mail_is_nothing(event: dict[str, Any]) -> None:
    assert isinstance(read(json.dumps(event)), (Unrecognised, NotTaken))


def test_what_whatsapp_says_is_told_from_all_else() -> None:
    event = {"whatsAppWebhookEntry": "{}", "context": {}, "messageId": "m"}
    for body in (json.dumps(event), json.dumps({"Message": json.dumps(event)})):
        assert read(body) == OfWhatsApp(body)
