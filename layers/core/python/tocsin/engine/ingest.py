"""The door: a message is authenticated, parsed and put on the alert queue before it is answered.

The answers are part of the interface. An error says what is wrong, where, and how to mend it:
``{"error": {"code", "message", "where", "hint"}}``. Bad input is a 4xx and puts nothing on the queue; what
the queue did not take is a 503, never a 202. Valid JSON that its parser does not understand is accepted: it
becomes an incident that keeps the text. A key is never repeated, neither in an answer nor in an event.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from tocsin.alerts import enqueue
from tocsin.alerts.event import JSON, AlertEvent, Parsed, event_id
from tocsin.alerts.keys import hash_key, well_formed
from tocsin.alerts.limits import Buckets
from tocsin.alerts.parsers import MAX_EVENTS, SOURCES, parse, parse_loaded
from tocsin.alerts.text import NotJson, TooDeep, load

#: Bodies of this many bytes and more are refused, as by PagerDuty (512 KB); Alertmanager cuts at 512,000.
BODY_LIMIT = 512 * 1024
#: Seconds after which a sender should try again when the queue did not take its events.
RETRY_AFTER = 5

_EVENTS = "/v1/events/"
_ENQUEUE = "/v2/enqueue"
_FORMS = ("application/x-www-form-urlencoded", "multipart/")
_HIDDEN_KEY = "[integration key]"
_EXAMPLE = 'send a JSON object, for example {"title": "Disk full on db1"}'


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. Header names are lower-case; ``body`` is None when it was no valid base64."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; ``body`` is to be sent as JSON."""

    status: int
    body: Mapping[str, JSON]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What a working key stands for. ``source`` names the parser of its integration."""

    integration: str
    source: str


class Keys(Protocol):
    def find(self, key_hash: str) -> KeyRecord | None:
        """The integration of the key with this hash; None when there is none, or it was revoked."""
        ...


class Events(Protocol):
    def put(self, events: Sequence[AlertEvent]) -> list[str]:
        """Puts events on the alert queue, in their order, and gives the ids of those that it did not take."""
        ...


class IngestPorts(Protocol):
    """Everything the door acts through. ``buckets`` live as long as the process."""

    @property
    def keys(self) -> Keys: ...

    @property
    def events(self) -> Events: ...

    @property
    def buckets(self) -> Buckets: ...

    def now(self) -> datetime: ...

    def default_integration(self) -> tuple[str, str]:
        """The name and source of the integration marked ``default``, else ``("", "cloudwatch")``."""
        ...


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        where: str,
        hint: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        error: dict[str, JSON] = {"code": code, "message": message, "where": where, "hint": hint}
        self.response = Response(status, {"error": error}, headers or {})


def receive(request: Request, ports: IngestPorts) -> Response:
    """Answers one request: 202, 4xx for what the sender must mend, 503 when the queue did not take it all.

    Raises only what the ports raise.
    """
    path = request.path.rstrip("/")
    key = path.removeprefix(_EVENTS)
    try:
        if path == _ENQUEUE:
            _only_post(request, _ENQUEUE)
            return _enqueue(request, ports)
        if path.startswith(_EVENTS) and "/" not in key:
            _only_post(request, f"{_EVENTS}{{key}}")
            return _events(request, ports, key)
    except Refused as refused:
        return refused.response
    # The path is not repeated: it may hold a key.
    hint = f"send events to POST {_EVENTS}{{key}}, or in PagerDuty's format to POST {_ENQUEUE}"
    return Refused(404, "unknown_path", "there is nothing at this path", "path", hint).response


def from_queue(records: Sequence[Mapping[str, object]], ports: IngestPorts, now: datetime) -> list[str]:
    """Takes in the door queue's records (from SNS and EventBridge); gives the ids of those to redeliver.

    They carry no key and belong to the default integration; what AWS sends is read as ``cloudwatch`` whatever
    that integration's own source is. A record without an id of its sender's is known by its own, so that one
    delivered twice is one event.
    """
    integration, _ = ports.default_integration()
    events: dict[str, AlertEvent] = {}
    records_of: dict[str, set[str]] = {}
    for record in records:
        message_id = str(record["messageId"])
        parsed = parse("cloudwatch", {}, str(record["body"]))
        for event in _stamped(parsed, integration, "cloudwatch", now, ["queue"], message_id):
            events.setdefault(event.id, event)
            records_of.setdefault(event.id, set()).add(message_id)
    failed = ports.events.put(list(events.values())) if events else []
    return sorted({message_id for id in failed for message_id in records_of.get(id, ())})


def _events(request: Request, ports: IngestPorts, key: str) -> Response:
    record = ports.keys.find(hash_key(key)) if well_formed(key) else None
    if record is None:
        hint = "check the URL; `tocsin key create` makes a new key, an old one cannot be shown again"
        raise Refused(404, "unknown_key", "no integration has this key", "path", hint)
    wait = ports.buckets.take(hash_key(key), request.now.timestamp())
    if wait is not None:
        seconds = max(1, math.ceil(wait))
        hint = f"send again in {seconds} s, or raise the stack's RatePerKey"
        raise Refused(429, "rate_limited", "this key sends too much", "key", hint, _retry_after(seconds))
    text = _text(request).replace(key, _HIDDEN_KEY)
    # A source that this version does not know is an operator's mistake, not a reason to lose an alert.
    source = record.source if record.source in SOURCES else "generic"
    try:
        payload = load(text)
    except NotJson as error:
        raise _not_json(error) from None
    except TooDeep:
        parsed = parse(source, request.headers, text)
    else:
        if not isinstance(payload, (dict, list)):
            raise Refused(400, "wrong_type", "the body is neither an object nor an array", "body", _EXAMPLE)
        parsed = parse_loaded(source, request.headers, payload, text)
    if len(parsed) > MAX_EVENTS:
        hint = "send fewer alerts at once (Alertmanager: max_alerts, or a finer group_by)"
        raise Refused(413, "too_many_events", f"more than {MAX_EVENTS} events in one message", "body", hint)
    events = _stamped(parsed, record.integration, source, request.now, [_digest(text)])
    _put(ports, events)
    ports.buckets.charge(hash_key(key), max(0, len(events) - 1))
    rows: list[JSON] = [
        {"id": one.id, "action": one.parsed.action.value, "dedup_key": one.parsed.dedup_key} for one in events
    ]
    return Response(202, {"status": "accepted", "events": rows})


def _enqueue(request: Request, ports: IngestPorts) -> Response:
    text = _text(request)
    try:
        event = load(text)
        errors = enqueue.problems(event)
    except (NotJson, TooDeep) as error:
        event, errors = None, [f"Event is not valid JSON: {error}"]
    if errors or not isinstance(event, dict):
        return Response(400, enqueue.invalid(errors))
    key = str(event["routing_key"])
    record = ports.keys.find(hash_key(key)) if well_formed(key) else None
    if record is None:
        return Response(400, enqueue.invalid([enqueue.UNKNOWN_KEY]))
    wait = ports.buckets.take(hash_key(key), request.now.timestamp())
    if wait is not None:
        seconds = max(1, math.ceil(wait))
        return Response(429, enqueue.throttled(seconds), _retry_after(seconds))
    text = text.replace(key, _HIDDEN_KEY)
    parsed = parse("pagerduty", request.headers, text)
    events = _stamped(parsed, record.integration, "pagerduty", request.now, [_digest(text)])
    _put(ports, events)
    return Response(202, enqueue.accepted(events[0].parsed.dedup_key))


def _only_post(request: Request, route: str) -> None:
    if request.method.upper() != "POST":
        raise Refused(
            405, "wrong_method", "only POST is taken here", "method", f"send POST {route}", {"allow": "POST"}
        )


def _text(request: Request) -> str:
    """The body as text. Raises Refused when there is none that could be JSON."""
    kind = request.headers.get("content-type", "").strip().lower()
    if kind.startswith(_FORMS):
        hint = "send JSON and say so (curl: -H 'Content-Type: application/json')"
        raise Refused(415, "form_body", "forms are not taken", "header Content-Type", hint)
    if request.body is None:
        hint = "send the JSON itself, or have the sender encode it rightly"
        raise Refused(400, "bad_base64", "the body is not valid base64", "body", hint)
    if len(request.body) >= BODY_LIMIT:
        hint = f"send less than {BODY_LIMIT // 1024} KB; leave out long details, or send fewer alerts at once"
        raise Refused(413, "too_large", f"the body has {len(request.body)} bytes", "body", hint)
    try:
        text = request.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"body, byte {error.start + 1}"
        raise Refused(400, "not_utf8", "the body is not UTF-8", where, "send JSON in UTF-8") from None
    if not text.strip():
        raise Refused(400, "no_body", "there is no body", "body", _EXAMPLE)
    return text


def _not_json(error: NotJson) -> Refused:
    where = f"body, line {error.line}, column {error.column}"
    hint = "send JSON; check for single quotes, trailing commas and unfilled templates"
    return Refused(400, "not_json", f"the body is not JSON: {error.reason}", where, hint)


def _stamped(
    parsed: Sequence[Parsed],
    integration: str,
    source: str,
    now: datetime,
    scope: list[str],
    otherwise: str | None = None,
) -> list[AlertEvent]:
    """Events with their ids and the door's stamp.

    A sender's delivery id counts only within its integration and its ``scope`` (over HTTP the message
    itself): whoever uses an id twice for two messages loses neither. A sender's stamp from the future counts
    as now, else one bad resolve would make all that follows late.
    """
    events = []
    for index, one in enumerate(parsed):
        sent_id = one.delivery_id or otherwise
        delivery = None if sent_id is None else json.dumps([integration, sent_id, *scope])
        events.append(
            AlertEvent(
                id=event_id(delivery, index),
                integration=integration,
                source=source,
                came_at=now if one.came_at is None else min(one.came_at, now),
                parsed=one if one.dedup_key else replace(one, dedup_key=uuid4().hex),
            )
        )
    return events


def _put(ports: IngestPorts, events: Sequence[AlertEvent]) -> None:
    failed = ports.events.put(events) if events else []
    if failed:
        message = f"{len(failed)} of {len(events)} events could not be queued"
        hint = f"send the whole message again in {RETRY_AFTER} s: what was queued twice counts as a repeat"
        raise Refused(503, "queue_unavailable", message, "alert queue", hint, _retry_after(RETRY_AFTER))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _retry_after(seconds: int) -> dict[str, str]:
    return {"retry-after": str(seconds)}
