"""What the HTTP API is asked and answers, as plain data; and who may ask. The functions translate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from tocsin.alerts.keys import hash_key, well_formed
from tocsin.config.problems import closest, listed, shown
from tocsin.incidents.times import from_iso
from tocsin.store.configuration import Access
from tocsin.store.ports import Store

#: What the subject of a token is that may change incidents, too.
ACTS = "act"


@dataclass(frozen=True, slots=True)
class Request:
    """``route`` as the API has it (``GET /v1/oncall``), ``path`` and ``query`` its parameters, header names lower."""

    route: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


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


def refused(wrong: Wrong) -> Response:
    """The answer to a request that is wrong."""
    more = {"www-authenticate": "Bearer"} if wrong.status == 401 else {}
    return Response(wrong.status, {"error": str(wrong)}, more)


def authorised(store: Store, request: Request) -> Access:
    """The token that a request came with. Raises Wrong."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not well_formed(key.strip()):
        raise Wrong(401, "send a token: Authorization: Bearer TOKEN (tocsin token create makes one)")
    found = access(store, key.strip(), "api")
    if found is None:
        raise Wrong(401, "this token is not known, or was revoked")
    return found


def access(store: Store, key: str, kind: Literal["api", "calendar"]) -> Access | None:
    """What a secret opens, None when it opens nothing."""
    found = store.access(hash_key(key)) if well_formed(key) else None
    return found if found is not None and found.kind == kind and found.revoked_at is None else None


def instant(request: Request, name: str, default: datetime) -> datetime:
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


def takes(request: Request, *names: str) -> None:
    """Raises Wrong if something else is asked for: nobody shall take an answer for what they did not ask."""
    for name in sorted(request.query.keys() - set(names)):
        there = f": there are {', '.join(sorted(names))}" if names else ""
        raise Wrong(400, f"{shown(name)} is nothing to ask for{closest(name[:64], names)}{there}")


def known(kind: str, name: str, names: Mapping[str, Any]) -> None:
    """Raises Wrong, with the names that there are."""
    if name not in names:
        raise unknown(kind, name, names)


def unknown(kind: str, name: str, names: Iterable[str]) -> Wrong:
    """What is wrong with a name that stands for nothing."""
    there = sorted(names)
    return Wrong(
        404, f"there is no {kind} named {shown(name)}{closest(name[:64], there)}; there are: {listed(there)}"
    )
