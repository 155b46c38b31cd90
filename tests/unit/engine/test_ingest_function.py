"""The thin handler: what AWS hands over becomes a request, and the answer becomes what AWS wants."""

from __future__ import annotations

import base64
import importlib.util
import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.events.library import text
from tocsin.alerts.event import AlertEvent
from tocsin.alerts.keys import hash_key
from tocsin.alerts.limits import Buckets
from tocsin.engine.ingest import KeyRecord

APP = Path(__file__).parents[3] / "functions" / "ingest" / "app.py"
KEY = "abcdefghijklmnopqrstuvwxyz234567"


class Door:
    """The ports, and what was put."""

    def __init__(self) -> None:
        self.put: list[AlertEvent] = []
        self.failing = False
        record = KeyRecord("checkout", "generic")
        self.keys = SimpleNamespace(find=lambda hash: record if hash == hash_key(KEY) else None)
        self.events = SimpleNamespace(put=self._put)
        self.buckets = Buckets(0)

    def _put(self, events: list[AlertEvent]) -> list[str]:
        self.put += events
        return [one.id for one in events] if self.failing else []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 2, tzinfo=UTC)

    def default_integration(self) -> tuple[str, str]:
        return "", "cloudwatch"


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def app(door: Door, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    edge, wiring, log, batches = (
        ModuleType("tocsin.edge"),
        ModuleType("tocsin.edge.wiring"),
        ModuleType("tocsin.edge.log"),
        ModuleType("tocsin.edge.batches"),
    )
    wiring.ingest_ports = lambda: door  # type: ignore[attr-defined]
    log.logger = lambda: logging.getLogger("door")  # type: ignore[attr-defined]
    batches.again_soon = lambda records: [record["messageId"] for record in records]  # type: ignore[attr-defined]
    batches.failures = lambda ids: {"batchItemFailures": [{"itemIdentifier": id} for id in ids]}  # type: ignore[attr-defined]
    edge.wiring, edge.log = wiring, log  # type: ignore[attr-defined]
    for module in (edge, wiring, log, batches):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    spec = importlib.util.spec_from_file_location("ingest_app", APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def http(
    body: str | None,
    path: str = f"/v1/events/{KEY}",
    method: str = "POST",
    encoded: bool = False,
    stage: str = "$default",
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "ANY /v1/events/{key}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"http": {"method": method, "path": path}, "stage": stage},
        "body": body,
        "isBase64Encoded": encoded,
    }


def test_a_request_is_answered_in_json(app: ModuleType, door: Door) -> None:
    answer = app.handler(http('{"title": "t", "dedup_key": "k"}'), None)
    assert answer["statusCode"] == 202
    assert answer["headers"]["content-type"] == "application/json"
    assert json.loads(answer["body"])["events"][0]["dedup_key"] == "k"
    assert len(door.put) == 1


def test_a_body_in_base64_is_decoded(app: ModuleType, door: Door) -> None:
    body = base64.b64encode('{"title": "Größe"}'.encode()).decode()
    assert app.handler(http(body, encoded=True), None)["statusCode"] == 202
    assert door.put[0].parsed.title == "Größe"


@pytest.mark.parametrize("body", ["***", "a", "é"])
def test_broken_base64_is_the_senders_error(app: ModuleType, body: str) -> None:
    answer = app.handler(http(body, encoded=True), None)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["error"]["code"] == "bad_base64"


@pytest.mark.parametrize("body", [None, ""])
def test_no_body_is_the_senders_error(app: ModuleType, body: str | None) -> None:
    assert app.handler(http(body), None)["statusCode"] == 400


@pytest.mark.parametrize("prefix", ["/prod", "/_aws/execute-api/abc/$default", "/hooks/tocsin"])
def test_a_stage_or_a_base_path_before_ours_does_no_harm(app: ModuleType, prefix: str) -> None:
    assert app.handler(http('{"title": "t"}', path=f"{prefix}/v1/events/{KEY}"), None)["statusCode"] == 202


def test_a_wrong_method_is_told_in_a_header(app: ModuleType) -> None:
    answer = app.handler(http(None, method="GET"), None)
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "POST")


def test_the_door_queue_is_taken_in(app: ModuleType, door: Door) -> None:
    records = [{"messageId": "m-1", "body": text("cloudwatch/sns_alarm.json")}]
    assert app.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert door.put[0].parsed.title == "Example alarm name"


def test_a_record_that_was_not_queued_is_given_back(app: ModuleType, door: Door) -> None:
    door.failing = True
    records = [{"messageId": "m-1", "body": "text"}]
    assert app.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


@pytest.mark.parametrize(
    "event",
    [
        http("{"),
        http(KEY),
        http("{}", path=f"/v1/events/{KEY}/x"),
        http("{}", path=f"/v1/events/{KEY}", method="GET"),
        http(json.dumps({"routing_key": KEY, "event_action": "odd"}), path="/v2/enqueue"),
    ],
)
def test_no_log_line_holds_a_key(
    app: ModuleType, event: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert app.handler(event, None)["statusCode"] >= 400
    assert caplog.records
    assert not any(KEY[:8] in repr(vars(line)) for line in caplog.records)
