from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.events.library import text
from tocsin.alerts.event import AlertEvent
from tocsin.alerts.keys import hash_key
from tocsin.alerts.limits import Buckets
from tocsin.alerts.parsers import MAX_EVENTS, SOURCES
from tocsin.engine.ingest import BODY_LIMIT, KeyRecord, Request, Response, from_queue, receive

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
KEY = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass
class Keys:
    records: dict[str, KeyRecord]
    asked: int = 0

    def find(self, key_hash: str) -> KeyRecord | None:
        self.asked += 1
        return self.records.get(key_hash)


@dataclass
class Queue:
    """The alert queue: takes everything but those whose place is in ``refuses``."""

    refuses: set[int] = field(default_factory=set)
    taken: list[AlertEvent] = field(default_factory=list)

    def put(self, events: Sequence[AlertEvent]) -> list[str]:
        self.taken += [one for place, one in enumerate(events) if place not in self.refuses]
        return [one.id for place, one in enumerate(events) if place in self.refuses]


class Door:
    def __init__(
        self, source: str = "generic", rate: float = 0, default: tuple[str, str] = ("", "cloudwatch")
    ) -> None:
        self.keys = Keys({hash_key(KEY): KeyRecord("checkout", source)})
        self.events = Queue()
        self.buckets = Buckets(rate)
        self._default = default

    def now(self) -> datetime:
        return NOW

    def default_integration(self) -> tuple[str, str]:
        return self._default

    def post(
        self,
        body: bytes | str | None,
        path: str = f"/v1/events/{KEY}",
        method: str = "POST",
        now: datetime = NOW,
        **headers: str,
    ) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        return receive(
            Request(method, path, {"content-type": "application/json", **named}, {}, sent, now), self
        )

    def enqueue(self, body: object, **more: Any) -> Response:
        sent = body if isinstance(body, str | bytes | None) else json.dumps(body)
        return self.post(sent, path="/v2/enqueue", **more)


def error(response: Response) -> Any:
    return response.body["error"]


def pagerduty(**changes: Any) -> dict[str, Any]:
    payload = {"summary": "Disk full", "source": "db1", "severity": "critical"}
    return {"routing_key": KEY, "event_action": "trigger", "payload": payload, **changes}


# A message that is taken in


def test_an_accepted_message_is_on_the_queue_before_its_answer() -> None:
    door = Door()
    response = door.post('{"title": "Disk full", "dedup_key": "db1"}')
    (event,) = door.events.taken
    assert response.status == 202
    assert response.body == {
        "status": "accepted",
        "events": [{"id": event.id, "action": "trigger", "dedup_key": "db1"}],
    }
    assert (event.integration, event.source, event.came_at) == ("checkout", "generic", NOW)
    assert event.parsed.title == "Disk full"


def test_a_group_of_alerts_is_one_event_for_each() -> None:
    door = Door("alertmanager")
    response = door.post(text("alertmanager/mixed.json"))
    assert response.status == 202
    assert [one.parsed.action for one in door.events.taken] == ["trigger", "resolve", "resolve"]
    assert len({one.id for one in door.events.taken}) == 3


def test_a_message_without_events_is_accepted_and_queues_nothing() -> None:
    door = Door("alertmanager")
    response = door.post(text("alertmanager/empty.json"))
    assert (response.status, response.body["events"], door.events.taken) == (202, [], [])


def test_json_that_is_not_understood_is_an_incident_that_keeps_its_text() -> None:
    door = Door("alertmanager")
    assert door.post('{"surprise": [1, 2]}').status == 202
    (event,) = door.events.taken
    assert (event.parsed.parsed, event.parsed.raw) == (False, '{"surprise": [1, 2]}')


def test_json_nested_beyond_reason_is_an_incident_too() -> None:
    door = Door()
    assert door.post("[" * 50_000 + "]" * 50_000).status == 202
    assert door.events.taken[0].parsed.parsed is False


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", ""])
def test_json_is_taken_under_any_name_but_a_forms(kind: str) -> None:
    assert Door().post('{"title": "t"}', content_type=kind).status == 202


def test_a_byte_order_mark_does_no_harm() -> None:
    assert Door().post(b'\xef\xbb\xbf{"title": "t"}').status == 202


def test_a_trailing_slash_does_no_harm() -> None:
    assert Door().post('{"title": "t"}', path=f"/v1/events/{KEY}/").status == 202


def test_a_key_of_a_source_that_is_not_known_yet_still_lets_alerts_in() -> None:
    door = Door("from_the_future")
    assert door.post('{"title": "t"}').status == 202
    assert door.events.taken[0].source == "generic"


# Who sent it again, and when it came


def test_a_delivery_that_is_repeated_has_the_same_ids() -> None:
    door = Door()
    for _ in range(2):
        door.post('[{"title": "a"}, {"title": "b"}]', webhook_id="d-1")
    first, second, third, fourth = (one.id for one in door.events.taken)
    assert (first, second) == (third, fourth)
    assert first != second


def test_without_a_delivery_id_the_same_message_is_news() -> None:
    door = Door()
    for _ in range(2):
        door.post('{"title": "a"}')
    assert len({one.id for one in door.events.taken}) == 2


def test_a_sender_that_uses_one_delivery_id_for_two_messages_loses_neither() -> None:
    door = Door()
    door.post('{"title": "a"}', webhook_id="test")
    door.post('{"title": "b"}', webhook_id="test")
    assert len({one.id for one in door.events.taken}) == 2


def test_one_integration_cannot_take_the_ids_of_another() -> None:
    here, there = Door(), Door()
    there.keys.records[hash_key(KEY)] = KeyRecord("search", "generic")
    for door in (here, there):
        door.post('{"title": "a"}', webhook_id="d-1")
    assert here.events.taken[0].id != there.events.taken[0].id


def test_a_cloudwatch_alarm_came_when_its_state_changed() -> None:
    door = Door("cloudwatch")
    door.post(text("cloudwatch/sns_alarm.json"), content_type="text/plain; charset=UTF-8")
    assert door.events.taken[0].came_at == datetime(2017, 1, 12, 16, 30, 42, 236_000, tzinfo=UTC)


def test_a_stamp_from_the_future_counts_as_now() -> None:
    door = Door("cloudwatch")
    door.post(text("cloudwatch/raw_alarm.json").replace("2017-01-12", "2099-01-12"))
    assert door.events.taken[0].came_at == NOW


# What is refused


@pytest.mark.parametrize("key", ["a" * 32, "z" * 32, "x", "a" * 31 + "!", "%00", "..", "é" * 32])
def test_an_unknown_key_is_404(key: str) -> None:
    door = Door()
    response = door.post('{"title": "t"}', path=f"/v1/events/{key}")
    assert (response.status, error(response)["code"]) == (404, "unknown_key")
    assert door.events.taken == []


def test_what_cannot_be_a_key_costs_no_look_up() -> None:
    door = Door()
    door.post("{}", path="/v1/events/not-a-key")
    door.enqueue(pagerduty(routing_key="!" * 32))
    assert door.keys.asked == 0


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v1", "/v1/events", "/v1/events/", f"/v1/events/{KEY}/x", "/v3/enqueue", "/v2/enqueue/x"],
)
def test_an_unknown_path_is_404(path: str) -> None:
    response = Door().post("{}", path=path)
    assert (response.status, error(response)["code"]) == (404, "unknown_path")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [f"/v1/events/{KEY}", "/v2/enqueue", "/v1/events/unknown"])
def test_a_wrong_method_is_405_and_names_the_right_one(method: str, path: str) -> None:
    response = Door().post("{}", path=path, method=method)
    assert (response.status, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "no_body"),
        (b" \n", "no_body"),
        (None, "bad_base64"),
        (b"\xff\xfe{", "not_utf8"),
        (b"hello", "not_json"),
        (b"{'title': 't'}", "not_json"),
        (b'{"title": "t"', "not_json"),
        (b"7", "wrong_type"),
        (b'"text"', "wrong_type"),
        (b"null", "wrong_type"),
        (b"NaN", "wrong_type"),
    ],
)
@pytest.mark.parametrize("source", SOURCES)
def test_a_bad_body_is_400(body: bytes | None, code: str, source: str) -> None:
    door = Door(source)
    response = door.post(body)
    assert (response.status, error(response)["code"]) == (400, code)
    assert door.events.taken == []


def test_an_error_says_what_is_wrong_where_and_how_to_mend_it() -> None:
    response = Door().post('{"title": "t",\n "x": }')
    assert error(response) == {
        "code": "not_json",
        "message": "the body is not JSON: Expecting value",
        "where": "body, line 2, column 7",
        "hint": "send JSON; check for single quotes, trailing commas and unfilled templates",
    }


@pytest.mark.parametrize("path", [f"/v1/events/{KEY}", "/v2/enqueue"])
def test_512_kb_and_more_is_413(path: str) -> None:
    door = Door()
    just = json.dumps(pagerduty(title="t", pad=""))
    fits = just.replace('"pad": ""', '"pad": "%s"' % ("x" * (BODY_LIMIT - 1 - len(just))))
    assert len(fits) == BODY_LIMIT - 1
    assert door.post(fits, path=path).status == 202
    for size in (BODY_LIMIT, 6_000_000):
        response = door.post(fits + " " * (size - len(fits)), path=path)
        assert (response.status, error(response)["code"]) == (413, "too_large")
    assert len(door.events.taken) == 1


@pytest.mark.parametrize("path", [f"/v1/events/{KEY}", "/v2/enqueue"])
@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
        "multipart/form-data; boundary=x",
        "multipart/mixed",
    ],
)
def test_a_form_is_415(kind: str, path: str) -> None:
    response = Door().post("title=t", path=path, content_type=kind)
    assert response.status == 415
    assert "application/json" in error(response)["hint"]


def test_more_events_than_a_message_may_bring_are_refused_together() -> None:
    door = Door()
    rows = [{"title": str(number)} for number in range(MAX_EVENTS + 1)]
    assert door.post(json.dumps(rows)).status == 413
    assert door.events.taken == []
    assert door.post(json.dumps(rows[1:])).status == 202
    assert len(door.events.taken) == MAX_EVENTS


@pytest.mark.parametrize("refuses", [{0}, {1}, {0, 1, 2}])
@pytest.mark.parametrize("path", ["/v1", "/v2"])
def test_what_the_queue_did_not_take_whole_is_never_a_202(path: str, refuses: set[int]) -> None:
    door = Door()
    door.events.refuses = refuses
    if path == "/v1":
        response = door.post('[{"title": "a"}, {"title": "b"}, {"title": "c"}]')
    else:
        door.events.refuses = {0}
        response = door.enqueue(pagerduty())
    assert response.status == 503
    assert int(response.headers["retry-after"]) > 0
    assert error(response)["code"] == "queue_unavailable"


# The limit of a key


def test_a_key_over_its_limit_is_429_until_it_has_waited() -> None:
    door = Door(rate=2)
    assert [door.post('{"title": "t"}').status for _ in range(3)] == [202, 202, 429]
    response = door.post('{"title": "t"}')
    assert error(response)["code"] == "rate_limited"
    wait = int(response.headers["retry-after"])
    assert wait == 30
    assert len(door.events.taken) == 2
    assert door.post('{"title": "t"}', now=NOW + timedelta(seconds=wait)).status == 202


def test_a_limit_counts_events_not_requests() -> None:
    door = Door(rate=60)
    assert door.post(json.dumps([{"title": str(number)} for number in range(90)])).status == 202
    response = door.post('{"title": "t"}')
    assert (response.status, response.headers["retry-after"]) == (429, "31")


def test_both_doors_share_the_limit_of_a_key() -> None:
    door = Door(rate=1)
    assert door.post('{"title": "t"}').status == 202
    assert door.enqueue(pagerduty()).status == 429


def test_an_unknown_key_has_no_bucket() -> None:
    door = Door(rate=1)
    for _ in range(5):
        assert door.post("{}", path=f"/v1/events/{'a' * 32}").status == 404
    assert len(door.buckets) == 0


# PagerDuty's door


def test_pagerdutys_door_answers_as_pagerduty_does() -> None:
    door = Door("alertmanager")
    response = door.enqueue(pagerduty(dedup_key="db1/disk"))
    assert response == Response(
        202, {"status": "success", "message": "Event processed", "dedup_key": "db1/disk"}
    )
    (event,) = door.events.taken
    assert (event.integration, event.source, event.parsed.dedup_key) == ("checkout", "pagerduty", "db1/disk")


@pytest.mark.parametrize("absent", [{}, {"dedup_key": ""}, {"dedup_key": None}])
def test_a_trigger_without_a_key_gets_a_random_one_that_is_returned(absent: dict[str, Any]) -> None:
    door = Door()
    keys = [door.enqueue(pagerduty(**absent)).body["dedup_key"] for _ in range(2)]
    assert keys == [one.parsed.dedup_key for one in door.events.taken]
    assert keys[0] != keys[1]
    assert all(isinstance(key, str) and len(key) == 32 for key in keys)


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_the_key_that_was_returned_names_the_alert_afterwards(action: str) -> None:
    door = Door()
    key = door.enqueue(pagerduty()).body["dedup_key"]
    response = door.enqueue({"routing_key": KEY, "event_action": action, "dedup_key": key})
    assert response.status == 202
    first, second = door.events.taken
    assert first.group() == second.group()
    assert second.parsed.action == action


def test_pagerdutys_errors_are_pagerdutys() -> None:
    door = Door()
    assert door.enqueue(pagerduty(routing_key="short")) == Response(
        400,
        {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": ["Length of 'routing_key' is incorrect (should be 32 characters)"],
        },
    )
    unknown = door.enqueue(pagerduty(routing_key="a" * 32))
    assert (unknown.status, unknown.body["errors"]) == (400, ["Invalid routing key"])
    assert door.events.taken == []


@pytest.mark.parametrize("body", ["hello", "[]", "7", "null", '{"routing_key": 7}', "[" * 100_000])
def test_what_is_no_event_is_pagerdutys_400(body: str) -> None:
    response = Door().enqueue(body)
    assert (response.status, response.body["status"]) == (400, "invalid event")
    assert response.body["errors"]


def test_pagerdutys_429_is_pagerdutys_and_says_when() -> None:
    door = Door(rate=1)
    door.enqueue(pagerduty())
    response = door.enqueue(pagerduty())
    assert response.status == 429
    assert response.body["status"] == "throttle exceeded"
    assert response.headers["retry-after"] == "60"


@pytest.mark.parametrize(
    "name",
    [
        "trigger.json",
        "trigger_without_dedup_key.json",
        "acknowledge.json",
        "resolve.json",
        "alertmanager_resolve.json",
    ],
)
def test_what_pagerdutys_senders_send_is_taken(name: str) -> None:
    door = Door()
    assert door.enqueue({**json.loads(text(f"pagerduty/{name}")), "routing_key": KEY}).status == 202
    assert door.events.taken[0].parsed.parsed


# The door queue


def record(body: str, id: str = "m-1") -> dict[str, object]:
    return {"messageId": id, "body": body, "eventSource": "aws:sqs"}


@pytest.mark.parametrize("default", [("aws", "cloudwatch"), ("aws", "generic"), ("", "cloudwatch")])
def test_what_aws_sends_belongs_to_the_default_integration(default: tuple[str, str]) -> None:
    door = Door(default=default)
    names = ("sns_alarm.json", "eventbridge_metric_alarm.json", "sns_ok.json")
    records = [record(text(f"cloudwatch/{name}"), name) for name in names]
    assert from_queue(records, door, NOW) == []
    assert [one.parsed.action for one in door.events.taken] == ["trigger", "trigger", "resolve"]
    assert {(one.integration, one.source) for one in door.events.taken} == {(default[0], "cloudwatch")}


def test_a_record_that_is_no_json_is_a_trigger_that_keeps_its_text() -> None:
    door = Door()
    assert from_queue([record("the disk is full")], door, NOW) == []
    (event,) = door.events.taken
    assert (event.parsed.action, event.parsed.parsed, event.parsed.raw) == (
        "trigger",
        False,
        "the disk is full",
    )
    assert event.came_at == NOW


def test_a_record_that_is_delivered_twice_is_one_event() -> None:
    door = Door()
    alarm, words = record(text("cloudwatch/sns_alarm.json"), "m-1"), record("the disk is full", "m-2")
    for _ in range(2):
        from_queue([alarm, words], door, NOW)
    assert len({one.id for one in door.events.taken}) == 2


def test_a_notification_that_sns_delivers_twice_is_put_once() -> None:
    door = Door()
    same = text("cloudwatch/sns_alarm.json")
    door.events.refuses = {0}
    assert from_queue([record(same, "m-1"), record(same, "m-2")], door, NOW) == ["m-1", "m-2"]
    door.events.refuses = set()
    from_queue([record(same, "m-1"), record(same, "m-2")], door, NOW)
    assert len(door.events.taken) == 1


def test_only_what_was_not_queued_comes_again() -> None:
    door = Door()
    door.events.refuses = {1}
    records = [record(f"text {number}", f"m-{number}") for number in range(3)]
    assert from_queue(records, door, NOW) == ["m-1"]


def test_a_record_that_means_nothing_is_done_with() -> None:
    door = Door()
    assert from_queue([record(text("cloudwatch/sns_insufficient_data.json"))], door, NOW) == []
    assert from_queue([], door, NOW) == []
    assert door.events.taken == []


# Keys are secrets


def everywhere(response: Response, door: Door) -> str:
    said = json.dumps(response.body) + json.dumps(dict(response.headers))
    return said + "".join(one.to_json() for one in door.events.taken)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        f"{KEY}",
        f'{{"{KEY}": {KEY}}}',
        f'{{"title": "posted to /v1/events/{KEY}", "url": "https://example.com/v1/events/{KEY}"}}',
        f'{{"surprise": "{KEY}"}}',
        f'{{"dedup_key": "{KEY}", "title": "t"}}',
        json.dumps(pagerduty(dedup_key=KEY, client_url=f"https://example.com/{KEY}")),
        json.dumps(
            pagerduty(
                payload={"summary": KEY, "source": KEY, "severity": "info", "custom_details": {KEY: KEY}}
            )
        ),
        json.dumps(pagerduty(event_action=KEY)),
        json.dumps(pagerduty(payload=KEY)),
        json.dumps(pagerduty(routing_key=KEY + "x")),
        json.dumps({"alerts": [{"labels": {"key": KEY}}, KEY]}),
    ],
)
@pytest.mark.parametrize("path", [f"/v1/events/{KEY}", f"/v1/events/{KEY}/x", f"/{KEY}", "/v2/enqueue"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_key_is_in_no_answer_and_no_event(body: str, path: str, method: str) -> None:
    for source in SOURCES:
        door = Door(source)
        response = door.post(body, path=path, method=method)
        assert KEY not in everywhere(response, door)
        assert not any(KEY[start : start + 8] in everywhere(response, door) for start in range(25))


def test_an_unknown_key_is_not_repeated_either() -> None:
    almost = KEY[:-1] + ("a" if KEY[-1] != "a" else "b")
    door = Door()
    for response in (
        door.post("{}", path=f"/v1/events/{almost}"),
        door.enqueue(pagerduty(routing_key=almost)),
    ):
        assert almost[:8] not in json.dumps(response.body)
