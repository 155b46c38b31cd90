"""`tocsin import`: a `tocsin.yaml` from what another product's API returns, and what became of it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol, TextIO, cast
from zoneinfo import ZoneInfo

from tocsin.config.compile import Config, compile_config
from tocsin.config.load import MAX_BYTES, load_text
from tocsin.config.problems import ConfigError, shown
from tocsin_cli.errors import CommandError
from tocsin_cli.importing.compare import Compared, compared, hours
from tocsin_cli.importing.draft import Draft
from tocsin_cli.importing.export import Export, Shape, read
from tocsin_cli.importing.rendering import render
from tocsin_cli.importing.report import Report
from tocsin_cli.writing import clock, counted, length, offset, print_json

_MODULES = {
    "pagerduty": "pagerduty",
    "opsgenie": "opsgenie",
    "grafana-oncall": "grafana_oncall",
    "goalert": "goalert",
}
_THINGS = ("user", "team", "schedule", "policy", "service", "integration")
#: So many differences are shown to people; JSON has them all.
_ROWS = 200


class _Product(Protocol):
    NAME: str
    SHAPE: Shape
    GENERAL: Sequence[str]
    WANTED: Mapping[str, str]
    SHIFTS: str
    fill: Callable[[Draft, Export], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an export has become: the YAML text, its configuration, the report and the product's own shifts; ``shifts``
    is how these are exported."""

    shifts: str
    text: str
    config: Config
    draft: Draft


def run(args: Namespace) -> int:
    """0; 1 with ``--compare`` when the schedules differ. Raises CommandError, OSError."""
    if args.out is not None and not args.force and os.path.exists(args.out):
        raise CommandError(f"{args.out} exists: name another file, or overwrite it with --force")
    imported = make(args.source, args.exports, datetime.now(UTC), args.start)
    comparisons = _comparisons(imported, args.start) if args.compare else []
    if args.out is not None:
        _write(args.out, imported.text, force=args.force)
    if args.json:
        print_json(_as_json(imported, comparisons, args))
    elif args.out is None:
        sys.stdout.write(imported.text)
        sys.stdout.flush()
    _tell(imported, args.out)
    if args.compare and not args.json:
        _show(imported, comparisons, sys.stdout if args.out is not None else sys.stderr)
    return 1 if any(one.result.rows for one in comparisons) else 0


def make(source: str, files: Sequence[str], now: datetime, since: datetime | None = None) -> Imported:
    """Reads exports of a product and makes the file. Raises CommandError, OSError."""
    product = cast(_Product, import_module(f"tocsin_cli.importing.{_MODULES[source]}"))
    export = read(files, product.SHAPE)
    draft = Draft(Report(product.NAME), now, since)
    product.fill(draft, export)
    document = draft.document()
    if len(document) == 1:
        raise CommandError(f"there is nothing of {product.NAME} in {', '.join(files)} that can be mapped")
    for where in dict.fromkeys(export.partial):
        words = f"{where} is one page of several"
        draft.report.check(None, words, "export the other pages too, and import all files together")
    for collection, how in product.WANTED.items():
        if collection not in export.collections:
            draft.report.missing(None, f"the export has no {collection}", f"export them: {how}")
    for key, where in export.unread.items():
        draft.report.missing(None, f"{shown(key)} in {where} is not read", "see whether it matters")
    for words in product.GENERAL:
        draft.report.check(None, words)
    head = (
        f"Imported from {product.NAME}. tocsin check says whether it is ready, tocsin oncall who is on call."
    )
    text = render(document, draft.comments, head)
    return Imported(product.SHIFTS, text, _compiled(text, document), draft)


def _compiled(text: str, document: Mapping[str, Any]) -> Config:
    """The configuration of what is going to be written, read back as it will be."""
    if len(text.encode()) > MAX_BYTES:
        # Too large for one file, whose parts are read together all the same.
        return compile_config(document)
    try:
        loaded = load_text(text)
        return compile_config(loaded.document, loaded.where)
    except ConfigError as error:
        first = str(error).partition("\n")[0]
        raise CommandError(f"what the export says makes no valid file ({first}): please report it") from None


def _write(path: str, text: str, *, force: bool) -> None:
    try:
        with open(path, "w" if force else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise CommandError(f"{path} exists: name another file, or overwrite it with --force") from None


def _comparisons(imported: Imported, since: datetime | None) -> list[Compared]:
    schedules = imported.config.book.schedules
    found = [
        compared(schedules[name], shifts, since)
        for name, shifts in imported.draft.shifts.items()
        if name in schedules
    ]
    if not any(found):
        words = "the export holds no shifts to compare with" + ("" if since is None else " after --from")
        raise CommandError(f"{words}: export them too, {imported.shifts}")
    return [one for one in found if one is not None]


def _as_json(imported: Imported, comparisons: Sequence[Compared], args: Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"product": imported.draft.report.product, "out": args.out}
    if args.out is None:
        found["yaml"] = imported.text
    found["report"] = imported.draft.report.as_json()
    if args.compare:
        found["comparisons"] = [one.as_json() for one in comparisons]
    return found


def _tell(imported: Imported, out: str | None) -> None:
    """The report, on standard error."""
    book = imported.config.book
    numbers = (
        book.users,
        book.teams,
        book.schedules,
        book.policies,
        book.services,
        imported.config.integrations,
    )
    there = [counted(len(rows), thing) for rows, thing in zip(numbers, _THINGS, strict=True) if rows]
    report = imported.draft.report
    print(f"Imported from {report.product}: {', '.join(there)}.\n", file=sys.stderr)
    for line in report.lines():
        print(line, file=sys.stderr)
    size = len(imported.text.encode())
    if size > MAX_BYTES:
        print(
            f"The file has {size >> 10} KiB: split it into several of {MAX_BYTES >> 10} at most.\n",
            file=sys.stderr,
        )
    print(f"Next: tocsin check {out or 'tocsin.yaml'}", file=sys.stderr)


def _show(imported: Imported, comparisons: Sequence[Compared], stream: TextIO) -> None:
    report = imported.draft.report
    for one in comparisons:
        schedule, result = one.schedule, one.result
        zone = ZoneInfo(schedule.timezone)
        span = f"{clock(one.start, zone)} to {clock(one.end, zone)}"
        print(f"\n{schedule.name}, in {schedule.timezone}, {span}:", file=stream)
        print(f"{hours(result.agree)} h agree, {hours(result.differ)} h differ.", file=stream)
        if not result.rows:
            continue
        head = ("from", "", "to", "", "for", report.product, "Tocsin")
        rows = [
            (
                clock(row.start, zone),
                offset(row.start, zone),
                clock(row.end, zone),
                offset(row.end, zone),
                length(row.end - row.start),
                ", ".join(row.theirs) or "nobody",
                ", ".join(row.ours) or "nobody",
            )
            for row in result.rows[:_ROWS]
        ]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        for cells in (head, *rows):
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            print(line.rstrip(), file=stream)
        if len(result.rows) > _ROWS:
            print(f"and {len(result.rows) - _ROWS} more: --json has them all", file=stream)
    left = [
        name
        for name in imported.config.book.schedules
        if name not in {one.schedule.name for one in comparisons}
    ]
    if left:
        print(f"\nNot compared, as the export has no shifts of them: {', '.join(left)}", file=stream)
