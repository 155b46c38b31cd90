"""Exports for tests, and what becomes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin.oncall.timeline import timeline
from tocsin_cli.import_ import Imported, make

EXPORTS = Path(__file__).parent / "exports"

#: The time of the import in tests: the exports hold shifts from 5 October 2026 on.
NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)


def load(name: str) -> Any:
    """An export, to be changed."""
    return json.loads((EXPORTS / name).read_text(encoding="utf-8"))


def imported(tmp_path: Path, source: str, *exports: Any, now: datetime = NOW) -> Imported:
    """What the command makes of exports: names of files, or what they hold."""
    files = []
    for number, export in enumerate(exports):
        if isinstance(export, str):
            files.append(str(EXPORTS / export))
            continue
        path = tmp_path / f"export{number}.json"
        path.write_text(json.dumps(export), encoding="utf-8")
        files.append(str(path))
    return make(source, files, now)


def on_call(made: Imported, schedule: str, at: str) -> list[str]:
    """Who is on call at a time with an offset."""
    start = datetime.fromisoformat(at)
    spans, _ = timeline(made.config.book.schedules[schedule], start, start + timedelta(seconds=1))
    return [user for span in spans for user in span.users]


def section(made: Imported, name: str) -> Any:
    """A part of the document, every scalar as text."""
    return made.config.document.get(name, {})


def said(made: Imported, grade: str, about: str = "") -> list[str]:
    """What the report says in a grade of objects whose name holds ``about``."""
    return [
        f"{entry.place}: {entry.words}" if entry.place else entry.words
        for entry in made.draft.report.entries
        if entry.grade == grade and about in (entry.thing.name if entry.thing else "")
    ]
