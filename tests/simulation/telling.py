"""A history as a person can read it: what happened when, to whom, and why."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.history import Played
from tests.simulation.kernel import SECOND


def tell(played: Played) -> str:
    """The whole story: the team's revision is left to `tocsin`, everything that happened is here."""
    cloud = played.cloud
    lines: list[tuple[int, str, str]] = list(cloud.witness.log)
    lines += [(fault.at, "FAULT", f"{fault.kind}: {fault.where}") for fault in cloud.weather.faults]
    for number, changes in cloud.witness.changes.items():
        for change in changes:
            due = f"{change.incident.due:%H:%M:%S}" if change.incident.due is not None else "never"
            said = "; ".join(_entry(entry.kind, entry.details, entry.actor.name) for entry in change.entries)
            lines.append(
                (
                    change.at,
                    f"#{number}",
                    f"v{change.incident.version} {said} (due {due}, clock {change.incident.clock[-6:] or 'none'})",
                )
            )
    lines.append((cloud.ended, "", "everything comes to rest"))
    told = [
        f"  {_clock(played, at)}  {who:<28} {words}"
        for at, who, words in sorted(lines, key=lambda one: one[0])
    ]
    head = [
        f"History {played.seed}, from {cloud.kernel.begin:%A %Y-%m-%d %H:%M} UTC. Faults: "
        + (", ".join(f"{kind} {rate:g}" for kind, rate in cloud.weather.rates.items()) or "none")
        + f". Skew {cloud.weather.skew:g} s.",
        *told,
        "",
        *(f"  WRONG  {words}" for words in played.found),
    ]
    return "\n".join(head)


def _clock(played: Played, at: int) -> str:
    return f"{played.cloud.kernel.instant(at):%H:%M:%S}.{at % SECOND // 1000:03d}"


def _entry(kind: str, details: object, actor: str) -> str:
    rows = dict(details) if isinstance(details, dict) else {}
    words = " ".join(
        f"{key}={value}"
        for key, value in rows.items()
        if value is not None and key not in ("title", "revision")
    )
    return f"{kind}{f' by {actor}' if actor != 'tocsin' else ''}{f' [{words}]' if words else ''}"


def summary(played: Played) -> Iterator[str]:
    for words in played.found:
        yield f"seed {played.seed}: {words}"
