"""The door, on real queues and a real table."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.events.library import text
from tests.functions import lambda_events as events
from tests.functions.deployment import Deployment, aws, refusal
from tocsin.alerts.keys import hash_key, new_key
from tocsin.store.configuration import KeyRecord

ALERT = {"title": "Disk full on db1", "dedup_key": "disk"}
JSON = {"content-type": "application/json"}


def queued(tocsin: Deployment) -> list[dict[str, Any]]:
    """The events on the alert queue."""
    return [json.loads(body) for body in tocsin.bodies(tocsin.queues["alerts"])]


def error(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer["body"])["error"]
    return found


def not_taking(*bodies: str) -> Callable[[dict[str, Any]], None]:
    """SQS takes a batch, but for the entries with these ids."""

    def spoil(parsed: dict[str, Any]) -> None:
        failed = [row for row in parsed["Successful"] if row["Id"] in bodies]
        parsed["Successful"] = [row for row in parsed["Successful"] if row not in failed]
        parsed["Failed"] = [
            {"Id": row["Id"], "SenderFault": False, "Code": "InternalError", "Message": "Try again"}
            for row in failed
        ]

    return spoil


# HTTP


def test_a_body_in_base64_and_one_in_plain_text_are_the_same_event(tocsin: Deployment) -> None:
    key = tocsin.key("checkout")
    for body in (json.dumps(ALERT), json.dumps(ALERT).encode()):
        request = events.http("POST", f"/v1/events/{key}", body, JSON, parameters={"key": key})
        assert request["isBase64Encoded"] is isinstance(body, bytes)
        assert tocsin.invoke("ingest", request)["statusCode"] == 202
    tocsin.work("alerts")
    assert tocsin.count_of("disk") == 2


def test_a_stage_before_the_path_does_no_harm(tocsin: Deployment) -> None:
    answer = tocsin.post(tocsin.key("checkout"), ALERT, stage="prod")
    assert answer["statusCode"] == 202
    assert len(queued(tocsin)) == 1


def test_a_form_is_refused_and_stores_nothing(tocsin: Deployment) -> None:
    answer = tocsin.post(
        tocsin.key("checkout"), "title=t", {"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer["statusCode"] == 415
    assert error(answer)["code"] == "form_body"
    assert queued(tocsin) == []


@pytest.mark.parametrize("path", ["/v1/events/{key}", "/v2/enqueue"])
@pytest.mark.parametrize("trouble", ["gone", "refuses", "partly"])
def test_what_the_queue_does_not_take_is_a_503_and_never_a_202(
    tocsin: Deployment, path: str, trouble: str
) -> None:
    if trouble == "gone":
        aws("sqs").delete_queue(QueueUrl=tocsin.queues["alerts"])
    elif trouble == "refuses":
        tocsin.failing["sqs.SendMessageBatch"] = refusal("ServiceUnavailable", "SendMessageBatch")
    else:
        tocsin.spoilt["sqs.SendMessageBatch"] = [not_taking("0")]
    key = tocsin.key("pagerduty")
    body = json.loads(text("pagerduty/trigger.json")) | {"routing_key": key}
    answer = tocsin.invoke("ingest", events.http("POST", path.format(key=key), json.dumps(body), JSON))
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "5"
    assert error(answer)["code"] == "queue_unavailable"


def test_a_group_of_alerts_of_which_one_was_not_taken_is_a_503(tocsin: Deployment) -> None:
    tocsin.spoilt["sqs.SendMessageBatch"] = [not_taking("1")]
    answer = tocsin.post(tocsin.key("prometheus"), text("alertmanager/mixed.json"))
    assert answer["statusCode"] == 503
    tocsin.spoilt.clear()
    answer = tocsin.post(tocsin.key("prometheus"), text("alertmanager/mixed.json"))
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"])["events"]


def test_a_message_with_more_events_than_a_request_takes_is_queued_whole(tocsin: Deployment) -> None:
    rows = [{"title": f"t{n}", "dedup_key": f"k{n}"} for n in range(12)]
    assert tocsin.post(tocsin.key("checkout"), rows)["statusCode"] == 202
    assert tocsin.requests.count("sqs.SendMessageBatch") == 2
    assert len(tocsin.receive("alerts")) + len(tocsin.receive("alerts")) == 12


def test_a_message_with_more_text_than_a_request_takes_is_queued_whole(tocsin: Deployment) -> None:
    rows = [{"title": f"t{n}", "dedup_key": f"k{n}", "log": "é" * 39_000} for n in range(6)]
    body = json.dumps(rows, ensure_ascii=False)
    assert tocsin.post(tocsin.key("checkout"), body)["statusCode"] == 202
    assert tocsin.requests.count("sqs.SendMessageBatch") == 2
    assert len(tocsin.receive("alerts")) == 6


def test_a_warm_door_asks_nobody_but_the_queue(tocsin: Deployment) -> None:
    key = tocsin.key("checkout")
    tocsin.post(key, ALERT)
    tocsin.requests.clear()
    tocsin.post(key, ALERT)
    assert tocsin.requests == ["sqs.SendMessageBatch"]


def test_a_key_over_its_limit_is_told_when_to_come_again(deploy: Callable[..., Deployment]) -> None:
    tocsin = deploy(TOCSIN_RATE_PER_KEY="2")
    key, other = tocsin.key("checkout"), tocsin.key("checkout")
    assert [tocsin.post(key, ALERT)["statusCode"] for _ in range(3)] == [202, 202, 429]
    assert tocsin.post(key, ALERT)["headers"]["retry-after"] == "30"
    assert tocsin.post(other, ALERT)["statusCode"] == 202


def test_an_unknown_and_a_revoked_key_are_a_404(tocsin: Deployment) -> None:
    revoked = new_key()
    tocsin.store.put_key(KeyRecord(hash_key(revoked), "checkout", tocsin.clock.now(), tocsin.clock.now()))
    for key in (new_key(), revoked):
        answer = tocsin.post(key, ALERT)
        assert (answer["statusCode"], error(answer)["code"]) == (404, "unknown_key")
    assert queued(tocsin) == []


def test_events_are_taken_before_anything_was_ever_applied(deploy: Callable[..., Deployment]) -> None:
    """They wait on the queue until somebody says whom to wake."""
    tocsin = deploy(team=None)
    assert tocsin.post(tocsin.key("checkout"), ALERT)["statusCode"] == 202
    record = events.plain_record(text("cloudwatch/sns_alarm.json"))
    assert tocsin.invoke("ingest", events.sqs([record])) == {"batchItemFailures": []}
    assert len(queued(tocsin)) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/events/{key}", None, 405),
        ("POST", "/v1/events/{key}", None, 400),
        ("POST", "/v1/events/{key}", "{", 400),
        ("POST", "/v1/events/{key}", '"{key}"', 400),
        ("POST", "/v1/events/{key}/more", "{}", 404),
        ("POST", "/v1/other/{key}", "{}", 404),
        ("POST", "/v1/events/{key}", "x" * 524_288, 413),
        ("POST", "/v2/enqueue", '{"routing_key": "{key}"}', 400),
        ("POST", "/v2/enqueue", '{"routing_key": ["{key}"], "event_action": "{key}"}', 400),
        ("DELETE", "/v2/enqueue", None, 405),
        ("POST", "/v1/events/{key}", '{"title": "{key}", "dedup_key": "disk"}', 202),
        ("POST", "/v1/events/{key}", '{"title": ["{key}"]}', 202),
    ],
)
def test_no_key_is_in_any_line_of_the_log_however_much_is_logged(
    tocsin: Deployment,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    method: str,
    path: str,
    body: str | None,
    status: int,
) -> None:
    key = tocsin.key("checkout")
    tocsin.set_level("DEBUG")
    request = events.http(
        method, path.replace("{key}", key), body.replace("{key}", key) if body is not None else None, JSON
    )
    caplog.set_level(logging.DEBUG)
    answer = tocsin.invoke("ingest", request)
    assert answer["statusCode"] == status
    lines = [line.getMessage() + repr(vars(line)) for line in caplog.records]
    written = "\n".join([*lines, *capfd.readouterr(), tocsin.logged.getvalue(), tocsin.printed.getvalue()])
    assert lines
    assert tocsin.logged.getvalue() or status == 202
    assert key not in written
    assert base64.b64encode(key.encode()).decode()[:40] not in written
    assert key not in answer["body"]


def test_no_key_is_in_the_log_when_the_table_cannot_be_asked(
    tocsin: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    key = tocsin.key("checkout")
    caplog.set_level(logging.DEBUG)
    tocsin.failing["dynamodb.GetItem"] = refusal("ProvisionedThroughputExceededException", "GetItem")
    with pytest.raises(Exception, match="GetItem") as trouble:
        tocsin.post(key, ALERT)
    said = repr(trouble.value) + caplog.text + tocsin.logged.getvalue() + tocsin.printed.getvalue()
    assert key not in said


# the door queue


def test_only_the_record_that_was_not_queued_comes_back(tocsin: Deployment) -> None:
    tocsin.spoilt["sqs.SendMessageBatch"] = [not_taking("1")]
    alarms = [
        json.dumps(json.loads(text("cloudwatch/raw_alarm.json")) | {"AlarmArn": f"arn:{n}"}) for n in range(3)
    ]
    records = [events.plain_record(events.envelope(alarm)) for alarm in alarms]
    answer = tocsin.invoke("ingest", events.sqs(records))
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[1]["messageId"]}]}
    [line] = [line for line in tocsin.lines() if line["level"] == "ERROR"]
    assert line["records"] == [records[1]["messageId"]]


def test_when_the_queue_is_away_every_record_of_the_door_comes_back_soon(tocsin: Deployment) -> None:
    tocsin.failing["sqs.SendMessageBatch"] = refusal("ServiceUnavailable", "SendMessageBatch")
    records = [
        events.plain_record(text(f"cloudwatch/{name}.json"))
        for name in ("sns_alarm", "eventbridge_metric_alarm")
    ]
    answer = tocsin.invoke("ingest", events.sqs(records))
    assert {row["itemIdentifier"] for row in answer["batchItemFailures"]} == {
        one["messageId"] for one in records
    }
    assert tocsin.put_back == {one["receiptHandle"]: 2 for one in records}


def test_what_cannot_be_read_at_the_door_queue_is_an_alert_that_keeps_it(tocsin: Deployment) -> None:
    records = [events.plain_record(body) for body in ("not json", "[1, 2]", '{"what": "is this"}')]
    assert tocsin.invoke("ingest", events.sqs(records)) == {"batchItemFailures": []}
    assert [row["parsed"]["parsed"] for row in queued(tocsin)] == [False] * 3


def test_alarms_belong_to_the_integration_that_is_marked_default(tocsin: Deployment) -> None:
    record = events.plain_record(text("cloudwatch/sns_alarm.json"))
    tocsin.invoke("ingest", events.sqs([record]))
    assert [row["integration"] for row in queued(tocsin)] == ["aws"]
