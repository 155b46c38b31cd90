"""The HTTP API, read-only: who is on call, schedules over a range, incidents, what would happen, and calendars."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.config.history import era_at, look_over, timeline_of
from tocsin.engine.history import eras_of
from tocsin.engine.requests import (
    Request,
    Response,
    Wrong,
    access,
    authorised,
    instant,
    known,
    refused,
    takes,
    unknown,
)
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
from tocsin.oncall.model import Schedule
from tocsin.store.ports import Store

#: The longest range of one request.
LONGEST = timedelta(days=400)


def answer(store: Store, request: Request, realm: str, now: datetime) -> Response:
    """The answer to a request. Never raises for what a request may hold."""
    try:
        if request.route == "GET /v1/calendars/{file}":
            return _calendar(store, request, realm, now)
        if request.route not in _ANSWERS:
            raise Wrong(404, "there is no such address")
        authorised(store, request)
        return _ANSWERS[request.route](store, request, now)
    except Wrong as wrong:
        return refused(wrong)


def _on_call(store: Store, request: Request, now: datetime) -> Response:
    takes(request, "at", "schedule", "service", "user")
    at = instant(request, "at", now)
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
        known("service", name, book.services)
        return Response(
            200, {"at": told, "service": name, "steps": service_json(of_service(book, name, at, look), book)}
        )
    if asked == ["user"]:
        known("user", name, book.users)
        zone = ZoneInfo(book.users[name].timezone)
        return Response(
            200, {"at": told, "user": name, "schedules": person_json(of_person(book, name, at, look), zone)}
        )
    known("schedule", name, book.schedules)
    return Response(
        200, {"at": told, "schedules": [schedule_json(present(book.schedules[name], at, look), book)]}
    )


def _schedule(store: Store, request: Request, now: datetime) -> Response:
    takes(request, "from", "to")
    name = request.path.get("name", "")
    start = instant(request, "from", now)
    end = instant(request, "to", start + timedelta(days=7))
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
    raise unknown("schedule", name, {one for book in books for one in book.schedules})


def _calendar(store: Store, request: Request, realm: str, now: datetime) -> Response:
    from tocsin.engine.calendars import calendar  # the library that writes it takes a tenth of a second

    key = request.path.get("file", "").removesuffix(".ics")
    opened = access(store, key, "calendar")
    found = calendar(store, opened, realm, now) if opened is not None else None
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


def _incidents(store: Store, request: Request, now: datetime) -> Response:
    from tocsin.engine.api_incidents import open_incidents

    return open_incidents(store, request, now)


def _incident(store: Store, request: Request, now: datetime) -> Response:
    from tocsin.engine.api_incidents import one_incident

    return one_incident(store, request, now)


def _simulate(store: Store, request: Request, now: datetime) -> Response:
    from tocsin.engine.api_simulate import simulated

    return simulated(store, request, now)


_ANSWERS: Mapping[str, Callable[[Store, Request, datetime], Response]] = {
    "GET /v1/oncall": _on_call,
    "GET /v1/schedules/{name}": _schedule,
    "GET /v1/incidents": _incidents,
    "GET /v1/incidents/{number}": _incident,
    "GET /v1/simulate": _simulate,
}
