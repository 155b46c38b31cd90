"""An accepted alert is never lost, and never counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound
from tests.simulation.kernel import SECOND, us
from tests.simulation.tally import Merge
from tocsin.alerts.event import Action, AlertEvent
from tocsin.incidents.alert import Fate, FateKind


def _fates(cloud: Cloud) -> dict[str, Fate]:
    return dict(cloud.store.settled(event for _, event in cloud.witness.accepted.values()))


def each_accepted_event_has_one_fate(cloud: Cloud) -> Iterator[str]:
    """Accepted events are the sum of their fates. That none changes is seen by the witness at once."""
    fates, accepted = _fates(cloud), cloud.witness.accepted
    for id, (_, event) in accepted.items():
        if id not in fates:
            yield f"the event {id} ({event.parsed.action.value} {event.parsed.dedup_key}) has no fate"
    for id in cloud.witness.fates:
        if id not in accepted:
            yield f"the fate of {id} belongs to no accepted event"
    opened = Counter(fate.incident for fate in fates.values() if fate.kind is FateKind.INCIDENT)
    for number in cloud.store.numbers():
        if opened[number] != 1:
            yield f"#{number} was opened by {opened[number]} events"


_SETTLED = {
    Action.TRIGGER: {FateKind.INCIDENT, FateKind.REPEAT, FateKind.LATE, FateKind.DROPPED},
    Action.RESOLVE: {FateKind.RESOLVED, FateKind.LATE, FateKind.DROPPED},
    Action.ACKNOWLEDGE: {FateKind.ACKNOWLEDGED, FateKind.DROPPED},
}
_LINES = {
    FateKind.RESOLVED: {"resolved", "alert_resolved"},
    FateKind.ACKNOWLEDGED: {"acknowledged", "resolved"},
}


def what_a_sender_asked_for_happened(cloud: Cloud) -> Iterator[str]:
    """A fate fits what its event asked for, and the incident shows it; nothing happened that no event asked for."""
    asked: Counter[tuple[int | None, str]] = Counter()
    for id, fate in _fates(cloud).items():
        event = cloud.witness.accepted[id][1]
        asked[fate.incident, event.parsed.action.value] += 1
        if fate.kind not in _SETTLED[event.parsed.action]:
            yield f"the event {id} asked to {event.parsed.action.value} and is {fate.kind.value}"
        lines = _LINES.get(fate.kind)
        if (
            lines
            and fate.incident
            and not lines & {line.kind for line in cloud.store.timeline(fate.incident)}
        ):
            yield f"the event {id} is {fate.kind.value}, and #{fate.incident} is not"
    for number in cloud.store.numbers():
        for kind, action in (("resolved", "resolve"), ("acknowledged", "acknowledge")):
            done = sum(
                line.kind == kind and line.actor.kind == "integration"
                for line in cloud.store.timeline(number)
            )
            if done > asked[number, action]:
                yield f"#{number} was {kind} {done} times by its sender, who asked {asked[number, action]} times"


def each_event_finds_its_service(cloud: Cloud) -> Iterator[str]:
    """The service of its integration in the revision that the incident opened with, else the one that catches all."""
    for number, changes in cloud.witness.changes.items():
        incident = changes[0].incident
        config = cloud.store.revision(incident.revision)
        known = config.integrations.get(incident.integration)
        service = known.service if known is not None else config.catch_all
        if incident.service != service or incident.policy != config.book.services[service or ""].policy:
            yield f"#{number} of {incident.integration} is {incident.service}'s, not {service}'s"


def quiet_incidents_resolve_themselves(cloud: Cloud) -> Iterator[str]:
    """After the service's patience without an event, and not before. Of one that was moved or reopened others tell."""
    came: dict[int, list[int]] = {}
    for id, fate in _fates(cloud).items():
        if fate.kind in (FateKind.INCIDENT, FateKind.REPEAT):
            at = cloud.kernel.since(cloud.witness.accepted[id][1].came_at)
            for number in {fate.incident or 0, *_heirs(cloud, fate.incident or 0, fate.alert)}:
                came.setdefault(number, []).append(at)
    for number, changes in cloud.witness.changes.items():
        if any(
            line.kind in ("moved", "revision_changed", "reopened")
            for change in changes
            for line in change.entries
        ):
            continue
        first = changes[0].incident
        patience = cloud.book(first.revision).services[first.service].auto_resolve
        ended = next((change for change in changes if not change.incident.open), None)
        alone = ended is not None and any(
            one.details.get("reason") == "no_event_for_auto_resolve"
            for one in ended.entries
            if one.kind == "resolved"
        )
        if patience is None:
            if alone:
                yield f"#{number} resolved itself, and its service never does"
            continue
        # It looks for the first time so long after it opened, which may be later than its event came.
        quiet = max(*came[number], changes[0].at) + us(patience.total_seconds())
        end = ended.at if ended is not None else cloud.ended
        # That clocks are punctual is another check's: what delays this one may have struck long before.
        if end - quiet > bound(cloud, changes[0].at, end):
            yield f"#{number} had no event for {patience} and stayed open for {(end - quiet) / SECOND:.0f} s more"
        before = [at for at in came[number] if at <= end - us(60)]
        slack = us(2 * cloud.weather.skew + 1)
        if alone and before and end < max(before) + us(patience.total_seconds()) - slack:
            yield f"#{number} resolved itself too early"


def each_alarm_comes_through_the_door(cloud: Cloud) -> Iterator[str]:
    """What SNS has handed to the door's queue becomes an accepted event, and one only."""
    came = sum(1 for _, event in cloud.witness.accepted.values() if event.source == "cloudwatch")
    if came != cloud.witness.alarm_messages:
        yield f"{cloud.witness.alarm_messages} alarms of CloudWatch became {came} events"


def _heirs(cloud: Cloud, number: int, key: str) -> Iterator[int]:
    """The incidents to which an alert of ``number`` went over, one after another."""
    for merge in cloud.witness.tally.merges:
        if merge.source == number and key in merge.keys:
            number = merge.target
            yield number


def counts_are_exact(cloud: Cloud) -> Iterator[str]:
    """An alert's count is how many events became its incident, or a repeat of it; a merged one brings its count along.

    Of two alerts with one key that came to one incident one after the other, only the latter is seen.
    """
    counted = Counter(
        (fate.incident, fate.alert)
        for fate in _fates(cloud).values()
        if fate.kind in (FateKind.INCIDENT, FateKind.REPEAT)
    )
    for number in cloud.store.numbers():
        incident = cloud.store.incident(number)
        for key in incident.alerts if incident is not None else ():
            came = [
                merge for merge in cloud.witness.tally.merges if merge.target == number and key in merge.keys
            ]
            alert, payload = cloud.store.alert_of(number, key)
            count = alert.count if alert is not None else 0
            events = counted[number, key] + sum(_brought(cloud, merge, key, counted) for merge in came)
            several = _alerts_of_the_key(cloud, number, key) > 1
            heirs = {*_heirs(cloud, number, key)}
            if heirs:
                # A repeat that came just as it went over is counted here, or there.
                right = 0 < count <= events + sum(counted[heir, key] for heir in heirs)
            else:
                right = count <= events if several else count == events
            if not right:
                yield f"the alert {key[:6]} of #{number} counts {count}, but {events} events went into it"
            if not payload and not came:
                yield f"#{number} does not know the event that opened it"


def _brought(cloud: Cloud, merge: Merge, key: str, counted: Mapping[tuple[int | None, str], int]) -> int:
    """How many events an alert had when it went over: those of its incident, and those that it brought there."""
    before = [
        one
        for one in cloud.witness.tally.merges
        if one.target == merge.source and key in one.keys and one.at <= merge.at
    ]
    return counted[merge.source, key] + sum(_brought(cloud, one, key, counted) for one in before)


def _alerts_of_the_key(cloud: Cloud, number: int, key: str, until: int | None = None) -> int:
    """How many alerts with this key the incident had by ``until``: its own, and those that came with others."""
    came = [
        merge
        for merge in cloud.witness.tally.merges
        if merge.target == number and key in merge.keys and (until is None or merge.at <= until)
    ]
    own = key in cloud.witness.changes[number][0].incident.alerts
    return own + sum(_alerts_of_the_key(cloud, merge.source, key, merge.at) for merge in came)


def alerts_are_open_while_their_incidents_are(cloud: Cloud) -> Iterator[str]:
    """Each of an open incident's alerts is open, unless its sender said that it is over, or it came to another one
    before this one was reopened.
    """
    held = Counter()  # type: ignore[var-annotated]
    for number in cloud.store.numbers():
        incident = cloud.store.incident(number)
        if incident is None or not incident.open:
            continue
        kinds = {line.kind for line in cloud.store.timeline(number)}
        for key in incident.alerts:
            alert, _ = cloud.store.alert(key)
            here = alert is not None and alert.open and alert.incident == number
            held[key] += here
            gone = alert is not None and alert.incident != number and "reopened" in kinds
            if not here and not gone and "alert_resolved" not in kinds:
                yield f"#{number} is open, but its alert {key[:6]} is not open for it"
    for alert in cloud.store.alerts({event.group(): None for _, event in cloud.witness.accepted.values()}):
        if alert.open and held[alert.key] != 1:
            yield f"the alert {alert.key[:6]} is open in {held[alert.key]} open incidents"


def what_its_sender_resolved_is_over(cloud: Cloud) -> Iterator[str]:
    """An alert whose latest event is a resolve that counted is open no more, unless somebody reopened its incident."""
    latest: dict[str, AlertEvent] = {}
    for _, event in sorted(cloud.witness.accepted.values(), key=lambda one: one[0]):
        latest[event.group()] = event
    fates = _fates(cloud)
    for alert in cloud.store.alerts(dict.fromkeys(latest)):
        event = latest[alert.key]
        fate = fates.get(event.id)
        if not alert.open or fate is None or fate.kind is not FateKind.RESOLVED:
            continue
        numbers = {fate.incident, *_heirs(cloud, fate.incident or 0, alert.key)}
        if not any(line.kind == "reopened" for number in numbers for line in cloud.store.timeline(number)):
            yield f"the sender of {alert.key[:6]} resolved it last, and it is open for #{alert.incident}"


def nothing_is_late_without_a_resolve(cloud: Cloud) -> Iterator[str]:
    """A trigger is late only when its sender resolved its key after it came; a resolve, when a trigger came after."""
    came = [
        (event.group(), event.parsed.action, event.came_at) for _, event in cloud.witness.accepted.values()
    ]
    for id, fate in _fates(cloud).items():
        if fate.kind is not FateKind.LATE or id not in cloud.witness.accepted:
            continue
        _, event = cloud.witness.accepted[id]
        other = Action.RESOLVE if event.parsed.action is Action.TRIGGER else Action.TRIGGER
        if not any(key == event.group() and what is other and at > event.came_at for key, what, at in came):
            yield f"the event {id} is late, but nothing came after it that could make it so"
