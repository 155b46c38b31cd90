"""Real senders, as their users set them up: Alertmanager, PagerDuty's own client, CloudWatch."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.stack import free_port
from tests.events import library
from tests.stack.conftest import Tocsin
from tocsin.alerts.event import Action
from tocsin.alerts.parsers import parse

ALERTMANAGER = shutil.which("prometheus-alertmanager")


@pytest.fixture
def alertmanager(tocsin: Tocsin, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A real Alertmanager that sends to the stack by the receiver the test asks for; gives its address."""
    if ALERTMANAGER is None:
        pytest.skip("prometheus-alertmanager is not installed")
    port = free_port()
    config = tmp_path / "alertmanager.yml"
    config.write_text(
        json.dumps(
            {
                "route": {
                    "receiver": "tocsin",
                    "group_wait": "0s",
                    "group_interval": "1s",
                    "group_by": ["alertname"],
                },
                "receivers": [{"name": "tocsin", **request.param(tocsin)}],
            }
        )
    )
    process = subprocess.Popen(
        [
            ALERTMANAGER,
            f"--config.file={config}",
            f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until_ready(f"{address}/-/ready")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _until_ready(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")


def _post_alert(address: str, name: str, ends: datetime) -> None:
    """As Prometheus does."""
    alert = {
        "labels": {"alertname": name, "severity": "critical", "instance": "db1"},
        "annotations": {"summary": f"{name}: the disk is full"},
        "startsAt": (datetime.now(UTC) - timedelta(seconds=5)).isoformat(),
        "endsAt": ends.isoformat(),
    }
    request = urllib.request.Request(
        f"{address}/api/v2/alerts",
        json.dumps([alert]).encode(),
        {"content-type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200


def by_webhook(tocsin: Tocsin) -> dict[str, Any]:
    url = f"{tocsin.stack.address}/v1/events/{tocsin.key('prometheus')}"
    return {"webhook_configs": [{"url": url, "send_resolved": True}]}


def by_pagerduty(tocsin: Tocsin) -> dict[str, Any]:
    row = {
        "routing_key": tocsin.key("pagerduty"),
        "url": f"{tocsin.stack.address}/v2/enqueue",
        "description": "{{ .CommonAnnotations.summary }}",
        "severity": "{{ .CommonLabels.severity }}",
        "send_resolved": True,
    }
    return {"pagerduty_configs": [row]}


@pytest.mark.parametrize("alertmanager", [by_webhook, by_pagerduty], indirect=True)
def test_a_real_alertmanager_raises_and_resolves_an_incident(
    tocsin: Tocsin, alertmanager: str, name: str
) -> None:
    _post_alert(alertmanager, name, datetime.now(UTC) + timedelta(hours=1))
    mail = tocsin.handset.wait_for_message("ops", "email", text=name)
    number = int(mail["subject"].rsplit("#", 1)[1].rstrip("]"))
    incident = tocsin.store.incident(number)
    assert incident.severity == "critical"
    assert f"{name}: the disk is full" in incident.title
    _post_alert(alertmanager, name, datetime.now(UTC) - timedelta(seconds=1))
    over = tocsin.until(number, "resolved", 40)
    assert over.resolved_by.kind == "integration"


def test_pagerdutys_own_client_raises_acknowledges_and_resolves(tocsin: Tocsin, name: str) -> None:
    import httpx2
    import pagerduty

    class WithoutTls(httpx2.HTTPTransport):
        """The client insists on https; on loopback a plain connection stands in for the one with TLS."""

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            request.url = request.url.copy_with(scheme="http")
            return super().handle_request(request)

    address = tocsin.stack.address.replace("http://", "https://")
    client = pagerduty.EventsApiV2Client(tocsin.key("pagerduty"), base_url=address, transport=WithoutTls())
    dedup = client.trigger(f"{name} by the client", "db1", severity="error")
    incident = tocsin.incident_of(dedup, "pagerduty")
    assert (incident.title, incident.severity) == (f"{name} by the client", "error")
    client.acknowledge(dedup)
    tocsin.until(incident.number, "acknowledged")
    client.resolve(dedup)
    tocsin.until(incident.number, "resolved")


@pytest.mark.parametrize("example", library.names("cloudwatch"))
def test_awss_documented_examples_become_incidents(tocsin: Tocsin, example: str) -> None:
    text = library.text(example)
    expected = [one for one in parse("cloudwatch", {}, text) if one.action is Action.TRIGGER]
    tocsin.stack.client("sqs").send_message(QueueUrl=tocsin.stack.outputs["DoorQueueUrl"], MessageBody=text)
    for one in expected:
        assert tocsin.incident_of(one.dedup_key, "cloudwatch", 40).number


def test_an_alarm_by_the_topic_raises_and_its_ok_resolves(tocsin: Tocsin) -> None:
    sns = tocsin.stack.client("sns")
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Disk"
    alarm: dict[str, Any] = {
        "AlarmName": "Disk",
        "AlarmDescription": "The disk of db1 is full",
        "AWSAccountId": "123456789012",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 datapoint (99.0) was greater than the threshold (90.0).",
        "StateChangeTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": arn,
        "OldStateValue": "OK",
        "Trigger": {"MetricName": "disk_used_percent", "Namespace": "CWAgent", "Threshold": 90.0},
    }
    topic = tocsin.stack.outputs["AlarmTopicArn"]
    sns.publish(TopicArn=topic, Message=json.dumps(alarm), Subject='ALARM: "Disk" in EU (Ireland)')
    incident = tocsin.incident_of(arn, "cloudwatch", 40)
    assert "Disk" in incident.title
    sns.publish(TopicArn=topic, Message=json.dumps(alarm), Subject="the same once more")
    alarm |= {
        "NewStateValue": "OK",
        "OldStateValue": "ALARM",
        "StateChangeTime": (datetime.now(UTC) + timedelta(milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%f")[
            :-3
        ]
        + "+0000",
    }
    sns.publish(TopicArn=topic, Message=json.dumps(alarm))
    tocsin.until(incident.number, "resolved", 40)


def test_an_alarm_by_eventbridges_shape_is_the_same_alert(tocsin: Tocsin, name: str) -> None:
    arn = f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    event = {
        "version": "0",
        "id": f"event-of-{name}",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": at,
        "region": "eu-west-1",
        "resources": [arn],
        "detail": {
            "alarmName": name,
            "state": {"value": "ALARM", "reason": "Threshold Crossed", "timestamp": at},
            "previousState": {"value": "OK", "timestamp": at},
            "configuration": {"metrics": []},
        },
    }
    sqs = tocsin.stack.client("sqs")
    for _ in range(2):
        sqs.send_message(QueueUrl=tocsin.stack.outputs["DoorQueueUrl"], MessageBody=json.dumps(event))
    incident = tocsin.incident_of(arn, "cloudwatch", 40)
    time.sleep(2)
    alert, _ = tocsin.store.alert_of(incident.number, incident.alerts[0])
    assert alert.count == 1, "one event, delivered twice"
