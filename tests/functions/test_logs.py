"""What the functions write down for operators: enough to mend what is broken, and nothing that opens a door.

Phone numbers, keys and link tokens are in no line at INFO or above, whatever goes wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, BEN, Deployment, refusal
from tests.functions.network import Trouble, refusing

Deploy = Callable[..., Deployment]

#: A number whole, or with so few of its digits hidden that it could be called.
NUMBER = re.compile(r"\+?1?2025550\d{3}")


def written(tocsin: Deployment) -> str:
    """All that went to the log: its lines and the embedded metrics."""
    return tocsin.logged.getvalue() + tocsin.printed.getvalue()


def secrets(tocsin: Deployment) -> list[str]:
    return [one.text.split("/l/")[1].split()[0] for one in tocsin.sent if "/l/" in one.text]


def story(tocsin: Deployment, key: str) -> str:
    """An incident with everything that people, carriers and senders do in it. Gives what the functions raised."""
    raised: list[str] = []

    def quietly(act: Callable[[], Any]) -> None:
        try:
            act()
        except Exception as error:
            raised.append(repr(error))

    tocsin.network.says = refusing(Trouble("DestinationNotAllowedException", 403), BEN)
    quietly(lambda: tocsin.post(key, {"title": f"call {ANA} now", "dedup_key": "disk"}))
    quietly(lambda: tocsin.post(key, "{"))
    tocsin.run(5.2, ticks=True)
    for words in ("what?", "7a", "STOP", "START", "ack"):
        tocsin.text(ANA, words)
    tocsin.text("+12025550177", "ack 1001")
    tocsin.run(0.5)
    first = tocsin.sent[0]
    tocsin.publish("receipts", events.receipt("TEXT_INVALID", first.id, first.to, first.at, first.page))
    quietly(lambda: tocsin.look(first.link))
    quietly(lambda: tocsin.push(first.link, "resolve"))
    tocsin.run(1.5, ticks=True)
    return "\n".join(raised)


def test_a_life_with_everything_in_it_leaves_no_secret_in_the_log(tocsin: Deployment) -> None:
    key = tocsin.key("checkout")
    story(tocsin, key)
    assert "a message was refused" in written(tocsin)
    assert len(secrets(tocsin)) >= 2
    found = written(tocsin)
    assert not NUMBER.search(found)
    assert not [secret for secret in (key, *secrets(tocsin)) if secret in found]


@pytest.mark.parametrize(
    "request_name",
    [
        "dynamodb.GetItem",
        "dynamodb.UpdateItem",
        "dynamodb.PutItem",
        "dynamodb.BatchGetItem",
        "dynamodb.TransactWriteItems",
        "sqs.SendMessageBatch",
        "stepfunctions.StartExecution",
        "pinpoint-sms-voice-v2.SendTextMessage",
        "connect.StartOutboundVoiceContact",
    ],
)
def test_whatever_request_fails_no_secret_is_in_the_log(tocsin: Deployment, request_name: str) -> None:
    key = tocsin.key("checkout")
    tocsin.alert("before")
    tocsin.run(0.1)
    operation = request_name.partition(".")[2]
    tocsin.failing[request_name] = refusal("ValidationException", operation)
    # What a function raises, Lambda writes down.
    found = story(tocsin, key) + written(tocsin)
    assert found
    assert not NUMBER.search(found)
    assert not [secret for secret in (key, *secrets(tocsin)) if secret in found]


@pytest.mark.parametrize("function", ["page", "reply"])
@pytest.mark.parametrize(
    "message",
    [
        events.two_way_text(ANA, "1a"),
        {"kind": "notice", "id": "n", "via": "pigeon", "to": ANA, "text": "t"},
        {"kind": "notice", "to": ANA, "text": "/l/abcdefghijklmnopqrstuv"},
        {"kind": "page", "incident": ANA, "page": {"user": ANA, "contact": ANA}},
        {"eventType": f"TEXT_{ANA}", "messageId": ANA},
        {ANA: ANA},
    ],
    ids=range(6),
)
def test_a_message_that_cannot_be_read_is_not_repeated_in_the_log(
    tocsin: Deployment, function: str, message: dict[str, Any]
) -> None:
    for body in (json.dumps(message), events.envelope(message), json.dumps(message)[:-1]):
        tocsin.invoke(function, events.sqs([events.plain_record(body)]))
    assert not NUMBER.search(written(tocsin))


def test_every_line_is_json_with_the_request_it_belongs_to(tocsin: Deployment) -> None:
    tocsin.failing["stepfunctions.StartExecution"] = refusal()
    tocsin.alert()
    tocsin.run(1.1)
    tocsin.failing.clear()
    tocsin.invoke("clock", events.minute(tocsin.clock.now()))
    lines = tocsin.lines()
    assert {line["message"] for line in lines} == {
        "an execution could not be started",
        "incidents armed anew",
    }
    assert {line["service"] for line in lines} == {"tocsin"}
    assert all(line["function_request_id"] for line in lines)


def test_what_a_carrier_said_of_a_page_that_it_refused_can_be_read(tocsin: Deployment) -> None:
    trouble = Trouble("ValidationException", extra={"Reason": "INVALID_PARAMETER"})
    tocsin.network.says = refusing(trouble, ANA)
    tocsin.alert()
    tocsin.run(0.1)
    [line] = [line for line in tocsin.lines() if line["message"] == "a carrier did not take a message"]
    assert line["page"] == "1001-c1-r1-s1-ana-0"
    assert "ValidationException (INVALID_PARAMETER)" in line["detail"]
    assert not NUMBER.search(written(tocsin))
