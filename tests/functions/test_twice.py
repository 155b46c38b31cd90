"""AWS delivers every event at least once. The second time changes nothing that anybody could notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, BEN, Deployment, refusal
from tests.functions.network import Trouble, refusing

Story = Callable[[Deployment], None]

ALARM = {
    "AlarmName": "disk",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:disk",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": "2026-11-23T01:59:59.000+0000",
    "OldStateValue": "OK",
}


def told(tocsin: Deployment) -> dict[str, Any]:
    """All that people and senders could notice of it."""
    return {
        "sent": [(one.at, one.channel, one.to, one.text.split("/l/")[0]) for one in tocsin.sent],
        "alarms": tocsin.alarms(),
        "alerts": [
            (item["pk"], item["count"], item["open"])
            for item in tocsin.items()
            if item["pk"]["S"].startswith("ALERT#")
        ],
        "timelines": [
            (line.at, line.kind, line.actor, dict(line.details))
            for number in range(1001, 1005)
            for line in tocsin.timeline(number)
        ],
    }


def taken_by_text(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.run(1)
    tocsin.text(ANA, "1a", id="in-1")
    tocsin.run(1)
    tocsin.text(ANA, "res 1001", id="in-2")
    tocsin.text("+12025550177", "res 1001", id="in-3")
    tocsin.run(1)


def taken_by_key(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.run(5.5)
    call = tocsin.sent[-1]
    tocsin.press(call, "9")
    tocsin.run(1)
    tocsin.press(call, "4")
    tocsin.run(1)
    tocsin.press(call, "6")


def taken_by_link(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.run(1)
    link = tocsin.sent[0].link
    tocsin.push(link, "acknowledge")
    tocsin.run(22)
    tocsin.push(link, "resolve")


def nobody_answers(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.run(21)


def the_sender_resolves(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.publish("alarms", {**ALARM, "StateChangeTime": "2026-11-23T01:59:59.500+0000"})
    tocsin.run(1)
    tocsin.publish(
        "alarms", {**ALARM, "NewStateValue": "OK", "StateChangeTime": "2026-11-23T02:00:30.000+0000"}
    )
    tocsin.run(1)


def a_text_never_arrives(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.run(1)
    page = tocsin.sent[0]
    event = events.receipt("TEXT_CARRIER_BLOCKED", page.id, page.to, page.at, page.page)
    tocsin.publish("receipts", event)
    tocsin.run(1)


def a_carrier_refuses(tocsin: Deployment) -> None:
    tocsin.network.says = refusing(Trouble("DestinationNotAllowedException", 403), BEN)
    tocsin.publish("alarms", ALARM)
    tocsin.run(9)


def somebody_wants_no_texts(tocsin: Deployment) -> None:
    tocsin.publish("alarms", ALARM)
    tocsin.run(1)
    tocsin.text(ANA, "STOP", id="in-1")
    tocsin.run(1)
    tocsin.text(ANA, "START", id="in-2")
    tocsin.run(1)


def the_minute_ticks(tocsin: Deployment) -> None:
    """The auditor finds an incident that was never armed."""
    tocsin.failing["stepfunctions.StartExecution"] = refusal()
    tocsin.publish("alarms", ALARM)
    tocsin.run(1)
    tocsin.failing.clear()
    tocsin.run(6, ticks=True)


STORIES: list[Story] = [
    taken_by_text,
    taken_by_key,
    taken_by_link,
    nobody_answers,
    the_sender_resolves,
    a_text_never_arrives,
    a_carrier_refuses,
    somebody_wants_no_texts,
    the_minute_ticks,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_when_every_function_runs_twice_for_every_event_the_story_is_the_same(
    deploy: Callable[..., Deployment], story: Story
) -> None:
    tocsin = deploy()
    story(tocsin)
    once = told(tocsin)
    assert once["sent"]
    tocsin = deploy()
    tocsin.times = 2
    story(tocsin)
    assert told(tocsin) == once, tocsin.story(1001)


def test_a_message_that_its_sender_delivers_twice_is_one_event(tocsin: Deployment) -> None:
    tocsin.times = 2
    key = tocsin.key("checkout")
    answer = tocsin.post(key, {"title": "t", "dedup_key": "disk"}, {"webhook-id": "msg_1"})
    assert answer["statusCode"] == 202
    tocsin.run(1)
    assert tocsin.count_of("disk") == 1
    assert len(tocsin.sent) == 1


def test_a_stream_that_is_read_twice_changes_nothing(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.requests.clear()
    item = {"pk": {"S": "INC#1001"}, "sk": {"S": "T#x"}, "kind": {"S": "opened"}}
    tocsin.times = 2
    record = events.stream_record("INSERT", {"pk": item["pk"], "sk": item["sk"]}, NewImage=item)
    tocsin.invoke("react", {"Records": [record]})
    assert tocsin.requests == []
