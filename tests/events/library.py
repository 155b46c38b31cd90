"""The payload library: what senders really send, by the name ``<source>/<file>``."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def text(name: str) -> str:
    """A payload as it would stand in a request's body."""
    return (HERE / name).read_text(encoding="utf-8")


def names(source: str) -> list[str]:
    """The names of a source's payloads, sorted."""
    return sorted(f"{source}/{path.name}" for path in (HERE / source).iterdir())
