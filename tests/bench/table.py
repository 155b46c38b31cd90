"""Tables for a terminal, and the budgets that stand at their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """One promise: what is held against which limit, both as people read them."""

    what: str
    measured: str
    limit: str
    kept: bool


def section(title: str) -> None:
    print(f"\n\n{title}\n{'=' * len(title)}", flush=True)


def note(*lines: str) -> None:
    print("\n" + "\n".join(f"  {line}" for line in lines), flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1, ruled: int = 0) -> None:
    """Prints rows under a head. The first ``left`` columns are words; the others are numbers, set to the right.

    The last ``ruled`` rows are sums: a line stands above them.
    """
    body = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in [list(head), *body]) for column in range(len(head))]
    line = "  " + "  ".join("-" * width for width in widths)
    print()
    for index, row in enumerate([list(head), *body]):
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        if index == 1 or (ruled and index == len(body) - ruled + 1):
            print(line)
        print(("  " + "  ".join(cells)).rstrip())


def budgets(found: Sequence[Budget]) -> None:
    table(
        ("budget", "limit", "measured", ""),
        [(one.what, one.limit, one.measured, "kept" if one.kept else "BROKEN") for one in found],
    )


def count(number: float) -> str:
    """A number of requests or units: whole where it is whole, a dot for none."""
    if not number:
        return "·"
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"
