"""Events in the shape in which AWS hands them to a function."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from tests.unit.paging.test_mail_receipts import recorded

ACCOUNT = "123456789012"
REGION = "us-east-1"


def context(name: str) -> Any:
    """What a handler gets beside its event."""
    return SimpleNamespace(
        function_name=f"tocsin-{name}",
        function_version="$LATEST",
        memory_limit_in_mb=256,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tocsin-{name}",
        aws_request_id=str(uuid4()),
        get_remaining_time_in_millis=lambda: 30_000,
    )


def http(
    method: str,
    path: str,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    parameters: Mapping[str, str] | None = None,
    route: str = "ANY /v1/events/{key}",
    stage: str = "$default",
    encoded: bool | None = None,
) -> dict[str, Any]:
    """A request of an HTTP API, payload 2.0. Bytes, and whatever is no text by its type, come in base64."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    raw = body.encode() if isinstance(body, str) else body
    if encoded is None:
        textual = sent.get("content-type", "text/plain").startswith(("text/", "application/json"))
        encoded = raw is not None and (isinstance(body, bytes) or not textual)
    raw_path = path if stage == "$default" else f"/{stage}{path}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "host": f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com",
            "user-agent": "curl/8.5.0",
            "x-amzn-trace-id": "Root=1-65f0e2aa-0123456789abcdef01234567",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "content-length": str(len(raw or b"")),
            **sent,
        },
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "a1b2c3d4e5",
            "domainName": f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": stage,
            "time": "23/Nov/2026:02:00:00 +0000",
            "timeEpoch": 1795399200000,
        },
        "isBase64Encoded": encoded,
    }
    if parameters:
        event["pathParameters"] = dict(parameters)
    if raw is not None:
        event["body"] = base64.b64encode(raw).decode() if encoded else raw.decode()
    return event


def sqs(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A batch of a queue."""
    return {"Records": list(records)}


def sqs_record(message: Mapping[str, Any], queue: str, sequence: int) -> dict[str, Any]:
    """A message as ReceiveMessage gave it, as an event source mapping hands it on.

    ``sequence`` stands for the sequence number, which rises within a FIFO queue.
    """
    attributes = dict(message["Attributes"])
    if "SequenceNumber" in attributes:
        attributes["SequenceNumber"] = f"{18_870_000_000_000_000_000 + sequence}"
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def plain_record(body: str, **attributes: str) -> dict[str, Any]:
    """A record of no queue in particular."""
    message = {
        "MessageId": str(uuid4()),
        "ReceiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "Body": body,
        "MD5OfBody": "0" * 32,
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795399200000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1795399200001",
            **attributes,
        },
    }
    return sqs_record(message, "a-queue", 1)


def envelope(message: Any, topic: str = "tocsin-answers") -> str:
    """A message as SNS delivers it to a queue."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": str(uuid4()),
            "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}",
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Timestamp": "2026-11-23T02:00:00.000Z",
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertURL": f"https://sns.{REGION}.amazonaws.com/SimpleNotificationService-EXAMPLE.pem",
            "UnsubscribeURL": f"https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=EXAMPLE",
        }
    )


def two_way_text(sender: str, body: str, answering: str = "", id: str | None = None) -> dict[str, Any]:
    """A text that came to our number, as End User Messaging tells it."""
    return {
        "originationNumber": sender,
        "destinationNumber": "+12025550100",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": body,
        "inboundMessageId": id or str(uuid4()),
        "previousPublishedMessageId": answering,
    }


def received_mail(sender: str, body: str, subject: str, *headers: str, **verdicts: str) -> dict[str, Any]:
    """A mail that came in, as a receipt rule's SNS action tells it: in base64, with everything vouched for but
    ``verdicts`` (``dmarcVerdict="FAIL"``).
    """
    event = recorded("received_sns")
    event["mail"] |= {"messageId": uuid4().hex, "source": sender}
    event["mail"]["commonHeaders"] |= {"from": [sender], "subject": subject}
    typed = ("MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8")
    lines = [f"From: {sender}", f"Subject: {subject}", *headers, *typed, "", *body.splitlines()]
    event["content"] = base64.b64encode("\r\n".join(lines).encode()).decode()
    event["receipt"] |= {name: {"status": status} for name, status in verdicts.items()}
    event["receipt"]["recipients"] = ["ack@in.example.com"]
    event["receipt"]["action"]["encoding"] = "BASE64"
    return event


def mail_event(name: str, message_id: str, to: str, page: str) -> dict[str, Any]:
    """What SES's event publishing tells of a mail of ours: ``bounce``, ``delivery``, ``complaint``."""
    event = recorded(name)
    event["mail"] |= {"messageId": message_id, "destination": [to]}
    event["mail"]["headers"] = [{"name": "X-Tocsin-Page", "value": page}]
    return event


def receipt(
    event_type: str, message_id: str, to: str, at: datetime, page: str, final: bool = True
) -> dict[str, Any]:
    """A delivery event of a configuration set's event destination."""
    millis = round(at.timestamp() * 1000)
    return {
        "eventType": event_type,
        "eventVersion": "1.0",
        "eventTimestamp": millis,
        "isFinal": final,
        "originationPhoneNumber": "+12025550100",
        "destinationPhoneNumber": to,
        "isoCountryCode": "US",
        "mcc": "310",
        "mnc": "800",
        "messageId": message_id,
        "messageRequestTimestamp": millis,
        "messageEncoding": "GSM",
        "messageType": "TRANSACTIONAL",
        "messageStatus": event_type.partition("_")[2],
        "messageStatusDescription": "As the carrier put it",
        "context": {"page": page},
        "totalMessageParts": 1,
        "totalMessagePrice": 0.00581,
        "totalCarrierFee": 0.00302,
    }


def key_press(contact_id: str, to: str, attributes: Mapping[str, str], digit: str) -> dict[str, Any]:
    """What a Connect flow hands to the function that it invokes."""
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": dict(attributes),
                "AwsRegion": REGION,
                "Channel": "VOICE",
                "ContactId": contact_id,
                "CustomerEndpoint": {"Address": to, "Type": "TELEPHONE_NUMBER"},
                "CustomerId": None,
                "Description": None,
                "InitialContactId": contact_id,
                "InitiationMethod": "API",
                "InstanceARN": f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/11111111-2222-3333-4444-555555555555",
                "LanguageCode": "en-US",
                "MediaStreams": {"Customer": {"Audio": None}},
                "Name": None,
                "PreviousContactId": contact_id,
                "Queue": None,
                "References": {},
                "SystemEndpoint": {"Address": "+12025550199", "Type": "TELEPHONE_NUMBER"},
            },
            "Parameters": {"digit": digit},
        },
    }


def minute(at: datetime) -> dict[str, Any]:
    """The schedule's tick."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/tocsin-minute"],
        "detail": "{}",
    }


def stream_record(name: str, keys: Mapping[str, Any], **images: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the table's stream: ``name`` is INSERT, MODIFY or REMOVE; ``images`` are NewImage, OldImage."""
    return {
        "eventID": uuid4().hex,
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": 1795399200.0,
            "Keys": dict(keys),
            **{image: dict(item) for image, item in images.items()},
            "SequenceNumber": "111000000000000000000001",
            "SizeBytes": 512,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/tocsin/stream/2026-11-23T00:00:00.000",
    }
