"""Changes as plain data and back: the shape in which they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tocsin.oncall.changes import Change, Cover, LeaveMade, Made, OverrideMade, Part, Swap, TemporaryMade
from tocsin.oncall.model import Shift

_KINDS: Mapping[type, str] = {
    OverrideMade: "override",
    LeaveMade: "away",
    TemporaryMade: "temporary",
    Cover: "cover",
}


def kind_of(change: Change) -> str:
    """``override``, ``away``, ``temporary`` or ``cover``."""
    return _KINDS[type(change)]


def as_json(change: Change) -> dict[str, Any]:
    """Plain data; times as text in UTC; what is not there is left out."""
    made = change.made
    row: dict[str, Any] = {
        "kind": kind_of(change),
        "id": made.id,
        "made_at": _text(made.at),
        "made_by": made.by,
        "start": _text(change.start),
        "end": _text(change.end),
    }
    if made.cancelled_at is not None:
        row |= {"cancelled_at": _text(made.cancelled_at), "cancelled_by": made.cancelled_by}
    if isinstance(change, LeaveMade):
        return row | {"user": change.user, **({"delegate": change.delegate} if change.delegate else {})}
    row["schedule"] = change.schedule
    if isinstance(change, OverrideMade):
        return row | {"users": list(change.users), **({"for": change.replaces} if change.replaces else {})}
    if isinstance(change, TemporaryMade):
        shifts = [{"users": list(one.users), **_span(one)} for one in change.shifts]
        return row | {"name": change.name, "shifts": shifts}
    row |= {"user": change.user}
    if change.parts:
        row["parts"] = [{"user": one.user, **_span(one), "at": _text(one.at)} for one in change.parts]
    if change.swap is not None:
        row["swap"] = {"user": change.swap.user, **_span(change.swap)}
    return row


def from_json(row: Mapping[str, Any]) -> Change:
    """What ``as_json`` made. Raises KeyError or ValueError for anything else."""
    cancelled = row.get("cancelled_at")
    made = Made(
        row["id"],
        _instant(row["made_at"]),
        row["made_by"],
        _instant(cancelled) if cancelled else None,
        row.get("cancelled_by"),
    )
    start, end = _instant(row["start"]), _instant(row["end"])
    match row["kind"]:
        case "override":
            return OverrideMade(made, row["schedule"], tuple(row["users"]), start, end, row.get("for"))
        case "away":
            return LeaveMade(made, row["user"], start, end, row.get("delegate"))
        case "temporary":
            shifts = tuple(
                Shift(tuple(one["users"]), _instant(one["start"]), _instant(one["end"]))
                for one in row["shifts"]
            )
            return TemporaryMade(made, row["schedule"], row["name"], start, end, shifts)
        case "cover":
            parts = tuple(
                Part(one["user"], _instant(one["start"]), _instant(one["end"]), _instant(one["at"]))
                for one in row.get("parts", ())
            )
            back = row.get("swap")
            swap = Swap(back["user"], _instant(back["start"]), _instant(back["end"])) if back else None
            return Cover(made, row["schedule"], row["user"], start, end, parts, swap)
        case kind:
            raise ValueError(f"{kind!r} is no kind of change")


def _span(one: Shift | Part | Swap) -> dict[str, str]:
    return {"start": _text(one.start), "end": _text(one.end)}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
