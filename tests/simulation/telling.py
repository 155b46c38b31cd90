"""A history as a person can read it: what happened when, to whom, and why."""

from __future__ import annotations

from tests.simulation.history import Played
from tests.simulation.kernel import SECOND
from tests.simulation.witness import Change
from tocsin.incidents.incident import TOCSIN, Entry


def tell(played: Played, about: int | None = None) -> str:
    """Everything that happened, a line each; only what concerns the incident ``about`` when one is named."""
    cloud = played.cloud
    lines: list[tuple[int, str, str]] = list(cloud.witness.log)
    lines += [(fault.at, "FAULT", f"{fault.kind}: {fault.where}") for fault in cloud.weather.faults]
    for number, changes in cloud.witness.changes.items():
        lines += [(change.at, f"#{number}", _change(change)) for change in changes]
    if about is not None:
        lines = [line for line in lines if str(about) in line[1] + line[2] or line[1] in ("FAULT", "sender")]
    lines.append((cloud.ended, "", "everything comes to rest"))
    rates = ", ".join(f"{kind} {rate:g}" for kind, rate in cloud.weather.rates.items()) or "none"
    return "\n".join(
        [
            f"History {played.seed}, from {cloud.kernel.begin:%A %Y-%m-%d %H:%M} UTC.",
            f"  Kinds of fault: {rates}. Clocks differ by {cloud.weather.skew:g} s.",
            "",
            *(
                f"  {_clock(played, at)}  {who:<12} {words}"
                for at, who, words in sorted(lines, key=lambda line: line[0])
            ),
            "",
            *(f"  WRONG  {words}" for words in played.found),
        ]
    )


def _change(change: Change) -> str:
    incident = change.incident
    due = f"due {incident.due:%H:%M:%S}" if incident.due is not None else "nothing due"
    clock = f"clock …{incident.clock[-6:]}" if incident.clock else "no clock"
    said = [_entry(entry) for entry in change.entries]
    return "\n".join([f"version {incident.version}, {due}, {clock}", *(f"{'':29}{words}" for words in said)])


def _clock(played: Played, at: int) -> str:
    return f"{played.cloud.kernel.instant(at):%H:%M:%S}.{at % SECOND // 1000:03d}"


def _entry(entry: Entry) -> str:
    words = " ".join(
        f"{key}={value}"
        for key, value in entry.details.items()
        if value is not None and key not in ("title", "revision")
    )
    by = f" by {entry.actor.name}" if entry.actor != TOCSIN else ""
    return f"{entry.kind}{by}{f' ({words})' if words else ''}"
