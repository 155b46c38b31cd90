"""Mutes: nothing opens while one is in force, whatever else comes passes, and the end is when it was said to be.

What was muted when is told from the timelines, the openings and the merges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import slowest
from tests.simulation.kernel import us
from tocsin.alerts.event import Action, AlertEvent
from tocsin.incidents.alert import Fate, FateKind
from tocsin.incidents.incident import Entry, State
from tocsin.incidents.times import from_iso

#: What the rule of a muted alert begins with, and of what asked for something where nothing is open.
_MUTED, _NOT_OPEN = "muted:", "no_open_alert"


@dataclass(frozen=True, slots=True)
class Standing:
    """From ``at`` on the alert was ``incident``'s, open or not, and muted ``until``."""

    at: int
    incident: int
    open: bool
    until: datetime | None


@dataclass
class Told:
    """How each alert stood from when on. ``wrong`` are openings while one was muted."""

    cloud: Cloud
    stood: dict[str, list[Standing]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def own(self, number: int) -> Iterator[str]:
        return (key for key, stood in self.stood.items() if stood[-1].incident == number)

    def change(self, at: int, key: str, **new: Any) -> None:
        self.stood[key].append(replace(self.stood[key][-1], at=at, **new))

    def opens(self, at: int, number: int, key: str) -> None:
        before = self.stood.setdefault(key, [])
        until = before[-1].until if before else None
        if until is not None and self.cloud.kernel.since(until) > at + us(2 * self.cloud.weather.skew):
            self.wrong.append(f"#{number} opened, and its alert {key[:6]} was muted until {until}")
        before.append(Standing(at, number, True, None))

    def says(self, at: int, number: int, entry: Entry, merged: bool, keys: dict[str, str]) -> None:
        """What a line means for the alerts. ``merged``: it stands beside one of a merge, which is told by itself."""
        for key in [*self.own(number)]:
            match entry.kind:
                case "muted" if not merged:
                    self.change(at, key, until=from_iso(str(entry.details["until"])))
                case "unmuted":
                    self.change(at, key, until=None)
                case "reopened":
                    self.change(at, key, until=None, open=True)
                case "resolved":
                    self.change(at, key, open=False)
                case "alert_resolved" if keys.get(key) == entry.details["dedup_key"]:
                    self.change(at, key, open=False)


def _told(cloud: Cloud) -> Told:
    told = Told(cloud)
    events = [event for _, event in cloud.witness.accepted.values()]
    keys = {event.group(): event.parsed.dedup_key[:256] for event in events}
    # At one instant an alert goes over before its old incident ends, and whatever ends a mute comes before an opening.
    steps: list[tuple[int, int, int]] = []
    for place, merge in enumerate(cloud.witness.tally.merges):
        steps.append((merge.at, 0, place))
    lines = [
        (number, place, change)
        for number, changes in cloud.witness.changes.items()
        for place, change in enumerate(changes)
    ]
    for index, (_, place, change) in enumerate(lines):
        steps.append((change.at, 2 if place == 0 else 1, index))
    for at, what, index in sorted(steps):
        if what == 0:
            merge = cloud.witness.tally.merges[index]
            for key in merge.keys:
                told.change(at, key, incident=merge.target)
            continue
        number, _, change = lines[index]
        if what == 2:
            told.opens(at, number, change.incident.alerts[0])
        merged = any(line.kind == "merged" for line in change.entries)
        for line in change.entries:
            told.says(at, number, line, merged, keys)
    return told


def what_is_dropped_was_muted_or_not_open(cloud: Cloud) -> Iterator[str]:
    """A trigger is dropped by a mute that was in force just then and is named; what else is dropped asked for something
    of an alert that was not open."""
    told = _told(cloud)
    for id, fate in cloud.witness.fates.items():
        event = cloud.witness.accepted[id][1] if id in cloud.witness.accepted else None
        if event is None or fate.kind is not FateKind.DROPPED:
            continue
        around = [*_around(cloud, told, event.group(), fate)]
        rule = str(fate.rule)
        if rule.startswith(_MUTED):
            yield from _by_a_mute(event, fate, around)
        elif rule != _NOT_OPEN or event.parsed.action is Action.TRIGGER:
            yield f"the event {id} ({event.parsed.action.value}) is dropped by {rule}"
        elif all(one.open for one in around):
            yield f"the event {id} ({event.parsed.action.value}) is dropped, and the alert was open"


def _by_a_mute(event: AlertEvent, fate: Fate, around: list[Standing]) -> Iterator[str]:
    what = f"the event {fate.event} ({event.parsed.action.value})"
    if event.parsed.action is not Action.TRIGGER:
        yield f"{what} is dropped by {fate.rule}: only triggers are"
    rules = {
        f"{_MUTED}{one.incident} until {one.until.isoformat(timespec='microseconds')}"
        for one in around
        if one.until
    }
    if fate.rule not in rules:
        yield f"{what} is dropped by {fate.rule}, and the alert was muted so: {rules or 'not at all'}"
    if fate.incident not in {one.incident for one in around}:
        yield f"{what} is dropped for #{fate.incident}, which did not have its alert"


def _around(cloud: Cloud, told: Told, key: str, fate: Fate) -> Iterator[Standing]:
    """How the alert stood when its fate was decided, or just before or after: muted only if the mute was not over."""
    at, skew = cloud.kernel.since(fate.at), us(2 * cloud.weather.skew + 1)
    first, last = at - slowest(cloud) - skew, at + slowest(cloud) + skew
    stood = [Standing(0, 0, False, None), *told.stood.get(key, ())]
    for place, one in enumerate(stood):
        end = stood[place + 1].at if place + 1 < len(stood) else last
        if one.at <= last and end >= first:
            over = one.until is not None and cloud.kernel.since(one.until) < first
            yield Standing(one.at, one.incident, one.open, None if over else one.until)


def what_is_muted_opens_nothing(cloud: Cloud) -> Iterator[str]:
    yield from _told(cloud).wrong


def each_alert_is_muted_as_the_timelines_say(cloud: Cloud) -> Iterator[str]:
    """In the end each alert is muted until when the timeline of its incident says: no merge and no repeat changes that,
    and neither an opening nor a reopening leaves anything of it. Its incident knows of it: there it is unmuted."""
    for key, stood in _told(cloud).stood.items():
        alert, _ = cloud.store.alert(key)
        muted = alert.muted_until if alert is not None else None
        if muted != stood[-1].until:
            yield f"the alert {key[:6]} is muted until {muted}; by the timelines, until {stood[-1].until}"
        incident = cloud.store.incident(stood[-1].incident)
        known = incident.handling.muted_until if incident is not None else None
        if muted is not None and cloud.kernel.since(muted) > cloud.ended and (known is None or known < muted):
            yield f"#{stood[-1].incident} is muted until {known}, and its alert {key[:6]} until {muted}"


def an_open_incident_is_muted_asleep(cloud: Cloud) -> Iterator[str]:
    """Until the same instant; of a resolved one nothing but the alerts is muted."""
    for number, changes in cloud.witness.changes.items():
        for change in changes:
            kinds = {line.kind: line for line in change.entries}
            if "muted" not in kinds or "merged" in kinds:
                continue
            until = from_iso(str(kinds["muted"].details["until"]))
            incident = change.incident
            asleep = until if incident.open else None
            if (incident.snoozed_until if incident.state is State.SNOOZED else None) != asleep:
                yield f"#{number} is muted until {until}, {incident.state.value} until {incident.snoozed_until}"
