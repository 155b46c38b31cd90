from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.events.library import names, text
from tocsin.alerts.event import Parsed
from tocsin.alerts.parsers import parse

SNS_ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Example alarm name"
EVENT_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:ServerCpuTooHigh"


def read(name: str) -> Parsed:
    (event,) = parse("cloudwatch", {}, text(f"cloudwatch/{name}"))
    return event


def changed(name: str, **changes: Any) -> list[Parsed]:
    """An SNS notification with some fields of its alarm changed; None takes a field out."""
    envelope = json.loads(text(f"cloudwatch/{name}"))
    message = {**json.loads(envelope["Message"]), **changes}
    envelope["Message"] = json.dumps({name: value for name, value in message.items() if value is not None})
    return parse("cloudwatch", {}, json.dumps(envelope))


def test_an_alarm_through_sns_triggers_under_its_arn() -> None:
    event = read("sns_alarm.json")
    at = datetime(2017, 1, 12, 16, 30, 42, 236_000, tzinfo=UTC)
    assert (event.action, event.dedup_key, event.title) == ("trigger", SNS_ARN, "Example alarm name")
    assert event.occurred_at == event.came_at == at
    assert event.delivery_id == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert (event.parsed, event.severity) == (True, "unknown")
    assert event.details["metric"] == "DeliveryErrors"
    assert event.details["dimensions"] == {"Service": "checkout"}
    assert event.details["threshold"] == 1.0
    assert event.links[0].href == (
        "https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/Example%20alarm%20name"
    )


def test_ok_resolves_the_same_alert() -> None:
    event = read("sns_ok.json")
    assert (event.action, event.dedup_key) == ("resolve", SNS_ARN)
    assert event.came_at == datetime(2017, 1, 12, 16, 40, 42, 236_000, tzinfo=UTC)


def test_an_alarm_through_eventbridge_triggers_under_its_arn() -> None:
    event = read("eventbridge_metric_alarm.json")
    assert (event.action, event.dedup_key, event.title) == ("trigger", EVENT_ARN, "ServerCpuTooHigh")
    assert event.came_at == event.occurred_at == datetime(2019, 10, 2, 17, 4, 40, 989_000, tzinfo=UTC)
    assert event.delivery_id == "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92"
    assert str(event.details["reason"]).startswith("Threshold Crossed")
    assert event.details["previous_state"] == "OK"
    assert read("eventbridge_metric_ok.json").action == "resolve"
    assert read("eventbridge_metric_ok.json").dedup_key == EVENT_ARN


def test_one_change_told_by_sns_eventbridge_and_lambda_is_one_alert_at_one_instant() -> None:
    alarm = json.loads(text("cloudwatch/eventbridge_metric_alarm.json"))
    (by_sns,) = changed(
        "sns_alarm.json",
        AlarmName="ServerCpuTooHigh",
        AlarmArn=EVENT_ARN,
        StateChangeTime=alarm["detail"]["state"]["timestamp"],
    )
    ways = [by_sns, read("eventbridge_metric_alarm.json"), read("lambda_action_alarm.json")]
    assert {(way.dedup_key, way.came_at, way.title, way.action) for way in ways} == {
        (EVENT_ARN, by_sns.came_at, "ServerCpuTooHigh", "trigger")
    }


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sns_composite_alarm.json", "Checkout unhealthy"),
        ("sns_metric_math_alarm.json", "Error rate"),
        ("sns_anomaly_alarm.json", "Orders out of band"),
        ("eventbridge_metric_math_alarm.json", "TotalNetworkTrafficTooHigh"),
        ("eventbridge_anomaly_alarm.json", "EC2 CPU Utilization Anomaly"),
        ("eventbridge_composite_alarm.json", "ServiceAggregatedAlarm"),
        ("raw_alarm.json", "Example alarm name"),
    ],
)
def test_every_kind_of_alarm_triggers(name: str, title: str) -> None:
    event = read(name)
    assert (event.action, event.title, event.parsed) == ("trigger", title, True)
    assert event.dedup_key.endswith(f":alarm:{title}")
    assert event.came_at is not None


def test_a_composite_alarm_tells_its_rule_and_its_children() -> None:
    details = read("sns_composite_alarm.json").details
    assert details["rule"] == 'ALARM("Example alarm name") OR ALARM("Slow checkout")'
    assert "triggering_children" in details


@pytest.mark.parametrize(
    "name",
    [
        "sns_insufficient_data.json",
        "eventbridge_insufficient_data.json",
        "eventbridge_configuration_change.json",
    ],
)
def test_missing_data_and_changed_settings_are_no_event(name: str) -> None:
    assert parse("cloudwatch", {}, text(f"cloudwatch/{name}")) == []


def test_a_contributor_is_an_alert_of_its_own() -> None:
    event = read("eventbridge_contributor_alarm.json")
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:DynamoDBInsightsAlarm"
    assert event.dedup_key == f"{arn}#6d442278dba546f6"
    assert event.details["contributor"] == {"TableName": "example-dynamodb-table-name"}


def test_a_muted_or_suppressed_alarm_triggers_and_says_so() -> None:
    muted = read("eventbridge_muted.json")
    assert muted.action == "trigger"
    assert muted.details["muted_by"] == "arn:aws:cloudwatch:us-east-1:1234567890:alarm-mute-rule:testMute"
    assert read("eventbridge_composite_alarm.json").details["suppressed_by"] == "WaitPeriod"


def test_an_alarm_that_does_not_name_its_arn_still_has_a_key() -> None:
    event = read("sns_alarm_without_arn.json")
    (resolve,) = changed("sns_alarm_without_arn.json", NewStateValue="OK", NewStateReason="fine")
    (other,) = changed("sns_alarm_without_arn.json", AlarmName="Another")
    assert event.parsed
    assert resolve.dedup_key == event.dedup_key != other.dedup_key


def test_a_severity_tag_is_heard() -> None:
    assert read("sns_tagged_alarm.json").severity == "critical"
    alarm = json.loads(text("cloudwatch/eventbridge_metric_alarm.json"))
    alarm["detail"]["alarmTags"] = {"tocsin:severity": "warning"}
    (event,) = parse("cloudwatch", {}, json.dumps(alarm))
    assert event.severity == "warning"


@pytest.mark.parametrize(
    ("description", "severity"),
    [
        ("Payments fail. Severity: critical. See the runbook.", "critical"),
        ("severity=high", "error"),
        ("severity [low]", "info"),
        ("severity: 3", "unknown"),
        ("A critical machine", "unknown"),
        (None, "unknown"),
        (["severity: critical"], "unknown"),
    ],
)
def test_a_severity_in_the_description_is_heard(description: object, severity: str) -> None:
    (event,) = changed("sns_alarm.json", AlarmDescription=description)
    assert event.severity == severity


def test_plain_text_through_sns_is_a_trigger_titled_by_its_first_line() -> None:
    event = read("sns_plain_text.json")
    assert (event.action, event.parsed) == ("trigger", False)
    assert event.title == "The nightly export did not finish."
    assert event.raw == "The nightly export did not finish.\nSee the log of job 17."
    assert event.delivery_id == "e0c4b6d8-1a2b-4c3d-9e4f-5a6b7c8d9e0f"


def test_other_json_through_sns_is_a_trigger_titled_by_its_subject() -> None:
    event = read("sns_other_json.json")
    assert (event.action, event.parsed, event.title) == ("trigger", False, "Nightly export")
    assert json.loads(event.raw or "")["job"] == 17


def test_the_same_text_through_sns_again_is_a_repeat() -> None:
    envelope = json.loads(text("cloudwatch/sns_plain_text.json"))
    again = {**envelope, "MessageId": "another", "Timestamp": "2026-11-24T02:00:00.000Z"}
    other = {**envelope, "Message": "Another text"}
    keys = [parse("cloudwatch", {}, json.dumps(one))[0].dedup_key for one in (envelope, again, other)]
    assert keys[0] == keys[1] != keys[2]


def test_text_without_an_envelope_is_a_trigger() -> None:
    event = read("raw_text.txt")
    assert (event.action, event.parsed, event.raw) == ("trigger", False, "disk of db1 is full\n")
    assert "disk of db1 is full" in event.title


def test_another_event_from_eventbridge_is_a_trigger_titled_by_its_kind() -> None:
    event = read("eventbridge_other.json")
    assert (event.action, event.parsed) == ("trigger", False)
    assert event.title == "EC2 Spot Instance Interruption Warning (aws.ec2)"


def test_a_topic_that_asks_to_be_confirmed_tells_somebody_where() -> None:
    event = read("sns_subscription_confirmation.json")
    assert (event.action, event.parsed, event.severity) == ("trigger", True, "info")
    assert "arn:aws:sns:eu-west-1:123456789012:tocsin-alarms" in event.title
    assert event.links[0].text == "Confirm the subscription"
    assert "Action=ConfirmSubscription" in event.links[0].href


@pytest.mark.parametrize("state", ["PANIC", "", 7, None, ["ALARM"]])
def test_an_alarm_in_an_unknown_state_is_not_taken_for_granted(state: object) -> None:
    (event,) = changed("sns_alarm.json", NewStateValue=state)
    assert (event.action, event.parsed, event.dedup_key) == ("trigger", False, SNS_ARN)


def test_a_change_without_a_certain_time_came_when_it_came() -> None:
    (event,) = changed("sns_alarm.json", StateChangeTime="2017-01-12T16:30:42")
    assert event.came_at is None
    assert event.parsed


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_the_console_link_follows_the_partition(region: str) -> None:
    partition = "aws-cn" if region.startswith("cn") else "aws-us-gov"
    (event,) = changed("sns_alarm.json", AlarmArn=f"arn:{partition}:cloudwatch:{region}:1:alarm:a/b c")
    host = "console.amazonaws.cn" if partition == "aws-cn" else "console.amazonaws-us-gov.com"
    assert event.links[0].href == f"https://{host}/cloudwatch/home?region={region}#alarmsV2:alarm/a%2Fb%20c"


@pytest.mark.parametrize("name", names("cloudwatch"))
def test_every_example_is_at_most_one_event(name: str) -> None:
    assert len(parse("cloudwatch", {}, text(name))) <= 1
