"""What else a history had: how often each alert came, and whose it was when; whose turn it was; who commanded what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.incidents.alert import Alert


@dataclass(frozen=True, slots=True)
class Counted:
    """From ``at`` on the alert ``key`` of ``incident`` had come ``count`` times."""

    at: int
    key: str
    incident: int
    count: int


@dataclass(slots=True)
class Order:
    """A command that somebody gave: on the surface ``via``, which is its alone. ``more`` is what the action takes.

    ``wrong``: nobody can do that. ``told`` is what they were told, once for each time that an answer came: the last one
    at ``until``.
    """

    at: int
    who: str
    via: str
    action: str
    incident: int
    more: Mapping[str, Any]
    wrong: bool
    told: list[str] = field(default_factory=list)
    tries: int = 0
    until: int = 0

    def __str__(self) -> str:
        return f"{self.via} ({self.who}: {self.action} #{self.incident} {dict(self.more)}, told {self.told})"


@dataclass(frozen=True, slots=True)
class Merge:
    """At ``at`` the alerts ``keys`` of ``source`` went over to ``target``."""

    at: int
    source: int
    target: int
    keys: frozenset[str]


@dataclass
class Tally:
    """Instants are the kernel's. ``turns`` are (policy, the number that was given with it), in their order.

    ``orders`` are the commands that were given. ``recoveries`` are the incidents that a sender's resolve ended, each
    with its alerts that were open just before.
    """

    turns: list[tuple[str, int]] = field(default_factory=list)
    counts: list[Counted] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    recoveries: list[tuple[int, list[str]]] = field(default_factory=list)

    def is_at(self, at: int, alert: Alert) -> None:
        self.counts.append(Counted(at, alert.key, alert.incident or 0, alert.count))

    def turn_of(self, number: int) -> int:
        """The place of an incident among those of its policy: 0 when nobody asked for it."""
        policy = next((policy for policy, given in self.turns if given == number), None)
        return [given for asked, given in self.turns if asked == policy].index(number) if policy else 0

    def count_of(self, number: int, key: str, when: int) -> int:
        """How often the alert had come at ``when``, as its incident knows it: 1 when it does not."""
        known = (one for one in reversed(self.counts) if (one.incident, one.key) == (number, key))
        return next((one.count for one in known if one.at <= when), 1)

    def moments(self, keys: Iterable[str]) -> Iterator[int]:
        """When any of these alerts came once more, or went over to another incident."""
        wanted = {*keys}
        return (one.at for one in self.counts if one.key in wanted)
