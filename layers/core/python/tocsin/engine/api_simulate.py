"""``tocsin simulate`` over the HTTP API: what the engine would do, asked of its planner, by what is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tocsin.config import scalars
from tocsin.config.history import era_at
from tocsin.config.problems import shown
from tocsin.engine.history import eras_of
from tocsin.engine.requests import Request, Response, Wrong, instant, takes, unknown
from tocsin.escalation.conditions import ANY, PRIORITIES, SEVERITIES, Situation
from tocsin.escalation.present import HORIZON
from tocsin.escalation.simulate import UnknownName, simulate
from tocsin.incidents.incident import Urgency
from tocsin.store.ports import Store

#: How far ``until`` may lie after ``at``.
LONGEST = timedelta(days=14)
_TAKES = frozenset(
    {
        "service",
        "at",
        "urgency",
        "severity",
        "priority",
        "label",
        "repeats",
        "turn",
        "ack_after",
        "by",
        "failing",
        "until",
    }
)
T = TypeVar("T")


def simulated(store: Store, request: Request, now: datetime) -> Response:
    """The shape of ``tocsin simulate --json``, with times in UTC. Who has push now is taken to have it then.

    Raises Wrong.
    """
    query = request.query
    takes(request, *_TAKES)
    at = instant(request, "at", now)
    until = instant(request, "until", at) if "until" in query else None
    if until is not None and not at < until <= at + LONGEST:
        raise Wrong(400, f"until must be after at, and at most {LONGEST.days} days after it")
    by = _several(query.get("by", ""))
    if by and "ack_after" not in query:
        raise Wrong(400, "by says who acknowledges: say when too, with ack_after, such as 7m")
    era = era_at(eras_of(store, at - HORIZON, (until or at) + HORIZON, store.changes().push), at)
    if era is None:
        raise Wrong(404, f"nothing was applied before {at.isoformat()}")
    if "service" not in query:
        raise Wrong(
            400, f"say of which service, such as ?service={next(iter(era.book.services), 'checkout')}"
        )
    urgency = _one_of(query, "urgency", [one.value for one in Urgency])
    situation = Situation(
        _one_of(query, "severity", SEVERITIES) or ANY.severity,
        _one_of(query, "priority", PRIORITIES) or ANY.priority,
        _labels(query.get("label", "")),
        _whole(query, "repeats", 1, ANY.repeats),
        _whole(query, "turn", 0, ANY.turn),
    )
    try:
        told = simulate(
            era.book,
            query["service"],
            at,
            urgency=urgency,
            situation=situation,
            ack_after=_read(query.get("ack_after"), "ack_after", scalars.duration),
            by=by,
            until=until,
            failing=_several(query.get("failing", "")),
        )
    except UnknownName as error:
        raise unknown(error.kind, error.name, error.known) from None
    return Response(200, told.as_json(UTC))


def _several(text: str) -> tuple[str, ...]:
    """``ana,ben``: API Gateway joins what is asked for more than once by commas."""
    return tuple(one for one in text.split(",") if one)


def _one_of(query: Mapping[str, str], name: str, choices: Sequence[str]) -> str | None:
    """One of a few words, whatever the case."""
    if name not in query:
        return None
    for one in choices:
        if one.casefold() == query[name].casefold():
            return one
    raise Wrong(400, f"{name}: {shown(query[name])} is not known: there are {', '.join(choices)}")


def _whole(query: Mapping[str, str], name: str, least: int, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise Wrong(400, f"{name}: {shown(text)} is no whole number from {least} on")
    return int(text)


def _read(text: str | None, name: str, read: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return read(text)
    except ValueError as error:
        raise Wrong(400, f"{name}: {error}") from None


def _labels(text: str) -> dict[str, str]:
    """``team=payments,env=prod``"""
    rows = [one.partition("=") for one in _several(text)]
    for name, equals, _ in rows:
        if not name or not equals:
            raise Wrong(400, "label is NAME=VALUE, such as label=team=payments")
    return {name: value for name, _, value in rows}
