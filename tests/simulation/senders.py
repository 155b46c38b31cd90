"""Those who send: by HTTP with a key, trying again when they are not taken; and CloudWatch through its topic."""

from __future__ import annotations

import json
from typing import Any

from tests.functions import lambda_events as events
from tests.simulation.cloud import Cloud
from tests.simulation.kernel import Ended

ALARMS = "arn:aws:sns:us-east-1:123456789012:tocsin-alarms"
TRIES = 4


class Senders:
    """``keys`` by integration."""

    def __init__(self, cloud: Cloud, keys: dict[str, str]) -> None:
        self._cloud = cloud
        self._keys = keys

    def post(self, name: str, integration: str, rows: list[dict[str, Any]], tries: int = 1) -> None:
        """A message of one or more events. Without its 202 it is sent again, later and later."""
        cloud = self._cloud
        where = f"ingest({name})#{tries}"
        key = self._keys[integration]
        event = events.http(
            "POST",
            f"/v1/events/{key}",
            json.dumps(rows if len(rows) > 1 else rows[0]),
            {"content-type": "application/json"},
            parameters={"key": key},
        )

        def done(ended: Ended) -> None:
            status = ended.answer["statusCode"] if ended.well else 500
            if status == 202:
                self._check(name, ended)
            elif tries < TRIES:
                wait = cloud.dice.between(f"{where}/wait", 1, 10 * tries)
                cloud.kernel.later(wait, lambda: self.post(name, integration, rows, tries + 1))

        if cloud.weather.strikes("throttled", where, cloud.kernel.now):
            done(Ended(died=True))
        else:
            cloud.run("ingest", where, event, done)

    def _check(self, name: str, ended: Ended) -> None:
        """Once a sender has its 202, every event in it is on the queue."""
        witness = self._cloud.witness
        for row in json.loads(ended.answer["body"])["events"]:
            if row["id"] not in witness.accepted:
                witness.found.append(
                    f"accepted: {name} has its 202, but the event {row['id']} is not on the queue"
                )

    def alarm(self, name: str, alarm: str, firing: bool) -> None:
        """A CloudWatch alarm changes its state; SNS delivers at least once."""
        cloud = self._cloud
        state = "ALARM" if firing else "OK"
        message = {
            "AlarmName": alarm,
            "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{alarm}",
            "AWSAccountId": "123456789012",
            "NewStateValue": state,
            "OldStateValue": "OK" if firing else "ALARM",
            "NewStateReason": "Threshold crossed",
            "StateChangeTime": cloud.kernel.instant()
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "+0000"),
            "Region": "US East (N. Virginia)",
        }
        cloud.witness.alarm_messages += 1
        cloud.publish(f"alarm {name}", "door", message, ALARMS)
