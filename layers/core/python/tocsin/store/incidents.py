"""What is written of an incident at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.incidents.alert import Alert, Fate
from tocsin.incidents.incident import Entry, Incident


@dataclass(frozen=True, slots=True)
class Opening:
    """One transaction: the new incident, its alert opened, its first timeline entries, the fate of its event.

    ``before`` is the alert as it was read (None: it did not exist); the write holds only while that is still so, in
    ``open``, ``incident`` and ``muted_until``. Its final figures are kept with the incident that it belonged to.
    ``payload`` is the event as it came, JSON text.
    """

    incident: Incident
    alert: Alert
    before: Alert | None
    payload: str
    entries: Sequence[Entry]
    fates: Sequence[Fate] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """One transaction: the incident at ``version`` becomes ``incident`` (whose version is one higher).

    ``closes`` are alert key hashes to close, if they still belong to this incident. ``resolved`` is the one whose
    sender resolved it, and when that came: it is noted on that alone, since of the others nobody said so. ``opens`` are
    those to open again, ``mutes`` those to mute until an instant, or not any more (None): it holds only while each of
    them is this incident's. None is closed at once.
    """

    incident: Incident
    version: int
    entries: Sequence[Entry] = ()
    fates: Sequence[Fate] = ()
    closes: Sequence[str] = ()
    resolved: tuple[str, datetime] | None = None
    opens: Sequence[str] = ()
    mutes: Mapping[str, datetime | None] = field(default_factory=dict)
