"""Prints for programs (JSON) and for people (tables, local names, weekdays)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from tocsin.escalation.model import User


def print_json(value: Mapping[str, Any]) -> None:
    """ASCII alone: it survives any terminal, pipe and locale."""
    print(json.dumps(value, indent=2))


def printable(text: str) -> str:
    """What anybody may have written, for a terminal: what would steer it, or turn the direction of writing, as its code
    (``\\x1b``, ``\\u202e``)."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in text
    )


def iso(at: datetime, zone: tzinfo) -> str:
    """``2026-01-05T09:00:00+00:00``: seconds always, the offset as a number always."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def clock(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """``Mon 2026-01-05 09:00``, with seconds when they are asked for or not 0."""
    local = at.astimezone(zone)
    to = "seconds" if seconds or local.second else "minutes"
    return f"{local:%a} {local.replace(tzinfo=None).isoformat(' ', to)}"


def offset(at: datetime, zone: tzinfo) -> str:
    """``+01:00``."""
    text = at.astimezone(zone).isoformat(timespec="seconds")
    return text[19:]


def length(span: timedelta) -> str:
    """``1h 30m``, the two largest units."""
    left = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2]) or "0s"


def person(id: str, users: Mapping[str, User]) -> str:
    """``Ana Souza (ana)``."""
    user = users.get(id)
    return id if user is None or user.name == id else f"{user.name} ({id})"


def counted(number: int, thing: str) -> str:
    """``1 policy``, ``2 policies``."""
    if number == 1:
        return f"1 {thing}"
    return f"{number} {thing[:-1]}ies" if thing.endswith("y") else f"{number} {thing}s"


def print_table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> None:
    """Columns as wide as their widest cell, two spaces apart."""
    lines = [*([head] if head else []), *rows]
    if not lines:
        return
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
