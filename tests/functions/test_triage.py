"""Triage, on batches as the alert queue hands them over."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, TEAM, Deployment, aws, refusal
from tests.template import declared
from tocsin.alerts.event import Action, AlertEvent, Parsed, Severity, event_id
from tocsin.incidents.incident import State

MOST_RECEIVES = declared("AlertQueue")["Properties"]["RedrivePolicy"]["maxReceiveCount"]


def put(
    tocsin: Deployment,
    dedup_key: str,
    integration: str = "checkout",
    action: Action = Action.TRIGGER,
    body: str | None = None,
) -> None:
    """Puts an event on the alert queue, as the door does; ``body`` instead of what the door writes."""
    parsed = Parsed(action, dedup_key, f"{dedup_key} is on fire", Severity.CRITICAL, None)
    event = AlertEvent(event_id(None, 0), integration, "generic", tocsin.clock.now(), parsed)
    aws("sqs").send_message(
        QueueUrl=tocsin.queues["alerts"],
        MessageBody=event.to_json() if body is None else body,
        MessageGroupId=event.group(),
        MessageDeduplicationId=event.id,
    )


def failures(answer: dict[str, Any]) -> list[str]:
    return [row["itemIdentifier"] for row in answer["batchItemFailures"]]


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["messageId"] for record in records]


def test_a_batch_of_one_key_is_one_incident_with_an_exact_count(tocsin: Deployment) -> None:
    for _ in range(10):
        put(tocsin, "disk")
    records = tocsin.receive("alerts")
    assert len(records) == 10
    tocsin.requests.clear()
    assert tocsin.invoke("triage", events.sqs(records)) == {"batchItemFailures": []}
    assert tocsin.count_of("disk") == 10
    assert tocsin.requests.count("stepfunctions.StartExecution") == 1
    assert tocsin.requests.count("sqs.SendMessageBatch") == 1
    assert tocsin.requests.count("dynamodb.BatchWriteItem") == 1
    tocsin.run(1)
    assert len(tocsin.sent) == 1


def test_a_trigger_and_its_resolve_in_one_batch_open_and_close(tocsin: Deployment) -> None:
    put(tocsin, "disk")
    put(tocsin, "disk", action=Action.RESOLVE)
    put(tocsin, "other")
    assert tocsin.invoke("triage", events.sqs(tocsin.receive("alerts"))) == {"batchItemFailures": []}
    assert tocsin.incident_of("disk").state is State.RESOLVED
    tocsin.run(1)
    assert [one.text.splitlines()[0] for one in tocsin.sent] == ["checkout: other is on fire"]


def test_a_group_that_fails_does_not_hold_up_another(deploy: Callable[..., Deployment]) -> None:
    tocsin = deploy(TEAM.replace("catch_all: checkout", ""))
    for dedup_key, integration in (("a", "gone"), ("b", "checkout"), ("a", "gone"), ("c", "checkout")):
        put(tocsin, dedup_key, integration)
    records = tocsin.receive("alerts")
    gone = [one for one in records if '"integration":"gone"' in one["body"]]
    assert failures(tocsin.invoke("triage", events.sqs(records))) == ids(gone)
    assert len(gone) == 2
    assert tocsin.incident_of("b").number != tocsin.incident_of("c").number
    [line] = [line for line in tocsin.lines() if line["level"] == "ERROR"]
    assert line["message"] == "events could not be settled"
    assert line["group"] == gone[0]["attributes"]["MessageGroupId"]
    assert "set catch_all" in line["exception"]


def test_a_group_whose_requests_fail_comes_back_and_is_settled_then(
    deploy: Callable[..., Deployment],
) -> None:
    tocsin = deploy(TOCSIN_TEXT_GAP="0")
    for dedup_key in ("a", "b", "c"):
        put(tocsin, dedup_key)
    with tocsin.dying(
        2, "triage", refusal("ProvisionedThroughputExceededException", "BatchGetItem")
    ) as grave:
        tocsin.run(1 / 60)
    assert grave.named == "dynamodb.BatchGetItem"
    assert len(tocsin.sent) == 2
    tocsin.run(1 / 60)
    assert len(tocsin.sent) == 3
    assert [tocsin.count_of(dedup_key) for dedup_key in "abc"] == [1, 1, 1]


def test_what_fails_again_and_again_waits_longer_each_time_up_to_a_minute(
    deploy: Callable[..., Deployment],
) -> None:
    tocsin = deploy(team=None)
    put(tocsin, "disk")
    put(tocsin, "disk")
    records = tocsin.receive("alerts")
    for receives, seconds in ((1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (20, 60)):
        for record in records:
            record["attributes"]["ApproximateReceiveCount"] = str(receives)
        assert failures(tocsin.invoke("triage", events.sqs(records))) == ids(records)
        assert tocsin.put_back == {record["receiptHandle"]: seconds for record in records}


def test_events_wait_until_there_is_a_configuration_and_wake_somebody_then(
    deploy: Callable[..., Deployment],
) -> None:
    tocsin = deploy(team=None)
    put(tocsin, "disk")
    tocsin.run(1.5)
    assert tocsin.sent == []
    tocsin.apply(TEAM)
    tocsin.run(1)
    assert [one.to for one in tocsin.sent] == [ANA]


@pytest.mark.parametrize(
    "body", ["", "not json", "[]", "{}", '{"parsed": {}}', '{"id": 7, "parsed": {"action": "x"}}']
)
def test_what_is_no_event_comes_back_alone_and_the_others_are_settled(tocsin: Deployment, body: str) -> None:
    put(tocsin, "a")
    put(tocsin, "poison", body=body or " ")
    put(tocsin, "b")
    records = tocsin.receive("alerts")
    poison = [one for one in records if one["body"] == (body or " ")]
    assert failures(tocsin.invoke("triage", events.sqs(records))) == ids(poison)
    assert len(poison) == 1
    assert {tocsin.count_of("a"), tocsin.count_of("b")} == {1}


def test_what_is_no_event_does_not_keep_back_the_events_of_its_own_group(tocsin: Deployment) -> None:
    put(tocsin, "disk")
    put(tocsin, "disk", body="not json")
    put(tocsin, "disk")
    records = tocsin.receive("alerts")
    assert failures(tocsin.invoke("triage", events.sqs(records))) == [records[1]["messageId"]]
    assert tocsin.count_of("disk") == 2


def test_what_is_no_event_ends_as_a_dead_letter(tocsin: Deployment) -> None:
    put(tocsin, "poison", body="not json")
    tocsin.failing["sqs.ChangeMessageVisibility"] = refusal("ServiceUnavailable", "ChangeMessageVisibility")
    for _ in range(MOST_RECEIVES):
        records = tocsin.receive("alerts", visibility=0)
        assert failures(tocsin.invoke("triage", events.sqs(records))) == ids(records)
        assert len(records) == 1
    assert tocsin.receive("alerts", visibility=0) == []
    assert tocsin.bodies(tocsin.dead["alerts"]) == ["not json"]


def test_an_event_that_newer_code_wrote_is_read(tocsin: Deployment) -> None:
    parsed = Parsed(Action.TRIGGER, "disk", "t", Severity.CRITICAL, None)
    event = AlertEvent(event_id(None, 0), "checkout", "generic", tocsin.clock.now(), parsed)
    row = json.loads(event.to_json())
    row["mood"] = "calm"
    row["parsed"] |= {"severity": "apocalyptic", "mood": 1}
    put(tocsin, "disk", body=json.dumps(row))
    assert tocsin.invoke("triage", events.sqs(tocsin.receive("alerts"))) == {"batchItemFailures": []}
    assert tocsin.incident_of("disk").severity == "unknown"


def test_when_no_clock_can_be_started_the_page_goes_out_all_the_same(tocsin: Deployment) -> None:
    tocsin.failing["stepfunctions.StartExecution"] = refusal()
    incident = tocsin.alert()
    assert incident.clock == ""
    tocsin.run(0.5)
    assert [one.to for one in tocsin.sent] == [ANA]
    assert tocsin.counted("ArmingFailed") == 1


def test_an_opened_incident_has_one_clock_that_wakes_within_fifteen_seconds(tocsin: Deployment) -> None:
    incident = tocsin.alert()
    [execution] = tocsin.executions()
    assert execution["name"] == incident.clock
    assert execution["input"] == {"incident": str(incident.number), "due": "2026-11-23T02:00:15Z"}


def test_a_page_queue_that_takes_nothing_delays_a_page_by_no_more_than_the_clock(tocsin: Deployment) -> None:
    tocsin.failing["sqs.SendMessageBatch"] = refusal("ServiceUnavailable", "SendMessageBatch")
    put(tocsin, "disk")
    tocsin.run(0.1)
    tocsin.failing.clear()
    tocsin.run(0.2)
    assert [(one.channel, one.to) for one in tocsin.sent] == [("sms", ANA)]
    tocsin.run(2)
    assert len(tocsin.sent) == 1
    assert tocsin.count_of("disk") == 1
