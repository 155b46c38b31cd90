"""Instants as text: fixed width, so that they sort as they follow one another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def iso(at: datetime) -> str:
    """``2026-11-23T02:00:00.000000+00:00``: UTC, microseconds, always 32 characters."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def from_iso(text: str) -> datetime:
    """Reads what ``iso`` wrote, and any ISO 8601 instant with an offset. Raises ValueError for one without."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return at.astimezone(UTC)


def whole_seconds_up(at: datetime) -> datetime:
    """``at`` rounded up to a whole second: Step Functions waits until whole seconds, and must not wake early."""
    if at.microsecond:
        return at.replace(microsecond=0) + timedelta(seconds=1)
    return at
