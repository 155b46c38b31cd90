"""The HTTP API, read-only: who is on call, schedules over a range, and calendars behind secret addresses.

A request comes as plain data and an answer goes as plain data; the function translates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.alerts.keys import hash_key, well_formed
from tocsin.config.history import era_at, look_over, timeline_of
from tocsin.engine.history import eras_of
from tocsin.escalation.model import Book
from tocsin.escalation.present import (
    HORIZON,
    of_person,
    of_service,
    person_json,
    present,
    schedule_json,
    service_json,
)
from tocsin.incidents.times import from_iso
from tocsin.oncall.model import Schedule
from tocsin.store.ports import Access, Store

#: The longest range of one request.
LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Request:
    """``route`` as the API has it (``GET /v1/oncall``), ``path`` and ``query`` its parameters, header names lower."""

    route: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """``body`` is JSON, or a calendar's bytes; ``headers`` beside those that every answer has."""

    status: int
    body: Mapping[str, Any] | bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Wrong(Exception):
    """A request that cannot be answered: the status, and what is wrong with it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def answer(store: Store, request: Request, realm: str, now: datetime) -> Response:
    """The answer to a request. Never raises for what a request may hold."""
    try:
        if request.route == "GET /v1/calendars/{file}":
            return _calendar(store, request, realm, now)
        known: Mapping[str, Callable[[Store, Request, datetime], Response]] = {
            "GET /v1/oncall": _on_call,
            "GET /v1/schedules/{name}": _schedule,
        }
        if request.route not in known:
            raise Wrong(404, "there is no such address")
        _authorise(store, request)
        return known[request.route](store, request, now)
    except Wrong as wrong:
        more = {"www-authenticate": "Bearer"} if wrong.status == 401 else {}
        return Response(wrong.status, {"error": str(wrong)}, more)


def _authorise(store: Store, request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not well_formed(key.strip()):
        raise Wrong(401, "send a token: Authorization: Bearer TOKEN (tocsin token create makes one)")
    if _access(store, key.strip(), "api") is None:
        raise Wrong(401, "this token is not known, or was revoked")


def _access(store: Store, key: str, kind: str) -> Access | None:
    found = store.access(hash_key(key)) if well_formed(key) else None
    return found if found is not None and found.kind == kind and found.revoked_at is None else None


def _on_call(store: Store, request: Request, now: datetime) -> Response:
    at = _instant(request, "at", now)
    eras = eras_of(store, at - HORIZON, at + HORIZON)
    era = era_at(eras, at)
    if era is None:
        raise Wrong(404, f"nothing was applied before {at.isoformat()}")
    book, look = era.book, look_over(eras)
    asked = [name for name in ("schedule", "service", "user") if name in request.query]
    if len(asked) > 1:
        raise Wrong(400, "ask for one of schedule, service and user")
    told = at.isoformat(timespec="seconds")
    if not asked:
        rows = [schedule_json(present(one, at, look), book) for one in book.schedules.values()]
        return Response(200, {"at": told, "schedules": rows})
    name = request.query[asked[0]]
    if asked == ["service"]:
        _known("service", name, book.services)
        return Response(
            200, {"at": told, "service": name, "steps": service_json(of_service(book, name, at, look), book)}
        )
    if asked == ["user"]:
        _known("user", name, book.users)
        zone = ZoneInfo(book.users[name].timezone)
        return Response(
            200, {"at": told, "user": name, "schedules": person_json(of_person(book, name, at, look), zone)}
        )
    _known("schedule", name, book.schedules)
    return Response(
        200, {"at": told, "schedules": [schedule_json(present(book.schedules[name], at, look), book)]}
    )


def _schedule(store: Store, request: Request, now: datetime) -> Response:
    name = request.path.get("name", "")
    start = _instant(request, "from", now)
    end = _instant(request, "to", start + timedelta(days=7))
    if not start < end <= start + LONGEST:
        raise Wrong(400, f"from must be before to, and at most {LONGEST.days} days before it")
    eras = eras_of(store, start, end)
    schedule = _latest(name, [era.book for era in eras])
    zone = ZoneInfo(schedule.timezone)
    spans, gaps = timeline_of(eras, name, start, end)

    def text(at: datetime) -> str:
        return at.astimezone(zone).isoformat(timespec="seconds")

    return Response(
        200,
        {
            "schedule": name,
            "spans": [
                {
                    "start": text(one.start),
                    "end": text(one.end),
                    "users": list(one.users),
                    "source": one.source,
                }
                for one in spans
            ],
            "gaps": [{"start": text(one.start), "end": text(one.end)} for one in gaps],
        },
    )


def _latest(name: str, books: list[Book]) -> Schedule:
    for book in reversed(books):
        if name in book.schedules:
            return book.schedules[name]
    raise Wrong(404, f"there is no schedule named {name[:64]!r}")


def _calendar(store: Store, request: Request, realm: str, now: datetime) -> Response:
    from tocsin.engine.calendars import calendar  # the library that writes it takes a tenth of a second

    key = request.path.get("file", "").removesuffix(".ics")
    access = _access(store, key, "calendar")
    found = calendar(store, access, realm, now) if access is not None else None
    if found is None:
        raise Wrong(404, "there is no calendar at this address, or not any more")
    tag = f'"{hashlib.sha256(found.data).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, max-age=300"}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(304, b"", headers)
    disposition = f'inline; filename="{found.name}"'
    return Response(
        200,
        found.data,
        {**headers, "content-type": "text/calendar; charset=utf-8", "content-disposition": disposition},
    )


def _instant(request: Request, name: str, default: datetime) -> datetime:
    text = request.query.get(name)
    if text is None:
        return default
    try:
        # A plus in an address is a blank unless it is written as %2B.
        at = from_iso(text.replace(" ", "+").replace("Z", "+00:00").replace("z", "+00:00"))
    except (ValueError, OverflowError):
        raise Wrong(400, f"{name} is no time with an offset: write it as 2026-01-05T09:00Z") from None
    if not 1970 <= at.astimezone(UTC).year <= 9000:
        raise Wrong(400, f"{name} is too far away")
    return at


def _known(kind: str, name: str, names: Mapping[str, Any]) -> None:
    if name not in names:
        raise Wrong(404, f"there is no {kind} named {name[:64]!r}")
