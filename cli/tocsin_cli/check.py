"""`tocsin check`: is the configuration valid, and ready for the night?"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tocsin.config.check import findings
from tocsin.config.finding import Finding
from tocsin.config.model import Config
from tocsin.config.problems import Where, dotted, place_of
from tocsin_cli.reading import read
from tocsin_cli.writing import counted, print_json


def run(args: Namespace) -> int:
    """0, or 1 for findings with ``--strict``. Notes may be meant, and are no findings. Raises ConfigError."""
    at = args.at or datetime.now(UTC)
    loaded, config = read(args.files, at)
    found = findings(config, at)
    warnings = [one for one in found if one.severity == "warning"]
    notes = [one for one in found if one.severity == "info"]
    if args.json:
        print_json({"findings": rows_of(warnings, loaded.where), "notes": rows_of(notes, loaded.where)})
    else:
        print(_contents(config))
        for one in (*warnings, *notes):
            print(line_of(one, loaded.where))
        print(_summary(len(warnings), len(notes)))
    return 1 if warnings and args.strict else 0


def rows_of(found: Iterable[Finding], where: Where) -> list[dict[str, Any]]:
    """Findings as JSON has them, with the file and line (from 1) that each is about."""
    rows = []
    for one in found:
        file, line = place_of(where, one.path) or ("", 0)
        rows.append(
            {"code": one.code, "path": dotted(one.path), "message": one.message, "file": file, "line": line},
        )
    return rows


def line_of(one: Finding, where: Where) -> str:
    """``tocsin.yaml:12: warning: users.ana: is unreachable: …``"""
    file, line = place_of(where, one.path) or ("", 0)
    word = "warning" if one.severity == "warning" else "note"
    return f"{file}:{line}: {word}: {dotted(one.path)}: {one.message}"


def _contents(config: Config) -> str:
    book = config.book
    parts = (
        (book.users, "user"),
        (book.teams, "team"),
        (book.schedules, "schedule"),
        (book.policies, "policy"),
        (book.services, "service"),
        (config.integrations, "integration"),
    )
    there = [counted(len(rows), thing) for rows, thing in parts if rows]
    return f"Valid: {', '.join(there) if there else 'nothing is defined yet'}."


def _summary(warnings: int, notes: int) -> str:
    if not warnings and not notes:
        return "Ready: nothing to mend."
    also = f"; {counted(notes, 'note')} that may be meant" if notes else ""
    return f"{counted(warnings, 'finding')} to mend{also}." if warnings else f"Ready{also}."
