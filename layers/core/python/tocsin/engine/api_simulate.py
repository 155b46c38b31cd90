"""``tocsin simulate`` over the HTTP API: what the engine would do, asked of its planner, by what is in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tocsin.config import scalars
from tocsin.config.history import era_at
from tocsin.engine.history import eras_of
from tocsin.engine.requests import Request, Response, Wrong, instant, known
from tocsin.escalation.conditions import Situation
from tocsin.escalation.present import HORIZON
from tocsin.escalation.simulate import simulate
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
        "until",
    }
)
T = TypeVar("T")


def simulated(store: Store, request: Request, now: datetime) -> Response:
    """The shape of ``tocsin simulate --json``, with times in UTC. Who has push now is taken to have it then.

    Raises Wrong.
    """
    query = request.query
    if unknown := sorted(query.keys() - _TAKES):
        raise Wrong(400, f"{unknown[0][:64]!r} is nothing to ask for: there are {', '.join(sorted(_TAKES))}")
    at = instant(request, "at", now)
    until = instant(request, "until", at) if "until" in query else None
    if until is not None and not at < until <= at + LONGEST:
        raise Wrong(400, f"until must be after at, and at most {LONGEST.days} days after it")
    if "by" in query and "ack_after" not in query:
        raise Wrong(400, "by says who acknowledges: say when too, with ack_after, such as 7m")
    era = era_at(eras_of(store, at - HORIZON, (until or at) + HORIZON, store.changes().push), at)
    if era is None:
        raise Wrong(404, f"nothing was applied before {at.isoformat()}")
    service, by = query.get("service", ""), query.get("by")
    known("service", service, era.book.services)
    if by is not None:
        known("user", by, era.book.users)
    told = simulate(
        era.book,
        service,
        at,
        urgency=_read(query.get("urgency"), "urgency", Urgency),
        situation=Situation(
            query.get("severity", "unknown"),
            query.get("priority", ""),
            _labels(query.get("label", "")),
            _read(query.get("repeats"), "repeats", int) or 1,
            _read(query.get("turn"), "turn", int) or 0,
        ),
        ack_after=_read(query.get("ack_after"), "ack_after", scalars.duration),
        by=by,
        until=until,
    )
    return Response(200, told.as_json(UTC))


def _read(text: str | None, name: str, read: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return read(text)
    except ValueError as error:
        raise Wrong(400, f"{name}: {error}") from None


def _labels(text: str) -> dict[str, str]:
    """``team=payments,env=prod``: API Gateway joins what is asked for more than once by commas."""
    found = dict(one.partition("=")[::2] for one in text.split(",") if one)
    if "" in found:
        raise Wrong(400, "label is NAME=VALUE, such as label=team=payments")
    return found
