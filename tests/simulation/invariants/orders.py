"""Commands: each is done once, however often it comes, and the timeline says by whom; what has to be refused is.

Each command of a history is the only one on its surface, so that the surface of a line names the command that wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import push_known_until
from tests.simulation.invariants.personal import rules_of
from tests.simulation.kernel import us
from tests.simulation.tally import Order
from tocsin.escalation.model import User
from tocsin.incidents.incident import Entry, Incident, State, Urgency
from tocsin.incidents.times import from_iso

#: The line that a command writes, or one of those.
LINES: Mapping[str, frozenset[str]] = {
    "acknowledge": frozenset({"acknowledged", "acknowledged_too"}),
    "unacknowledge": frozenset({"unacknowledged", "ack_taken_back"}),
    "keep": frozenset({"kept", "acknowledged", "acknowledged_too"}),
    "resolve": frozenset({"resolved"}),
    "reopen": frozenset({"reopened"}),
    "snooze": frozenset({"snoozed"}),
    "mute": frozenset({"muted"}),
    "unmute": frozenset({"unmuted"}),
    "escalate": frozenset({"escalated"}),
    "reassign": frozenset({"reassigned"}),
    "move": frozenset({"moved", "revision_changed"}),
    "ask": frozenset({"responders_asked"}),
    "accept": frozenset({"responder_joined"}),
    "decline": frozenset({"responder_declined"}),
    "subscribe": frozenset({"subscribed"}),
    "unsubscribe": frozenset({"unsubscribed"}),
    "merge": frozenset({"merged_into"}),
    "note": frozenset({"note"}),
    "severity": frozenset({"severity_changed"}),
    "priority": frozenset({"priority_changed"}),
    "title": frozenset({"title_changed"}),
    "link": frozenset({"linked"}),
}
_DONE = frozenset({"done", "partly"})
#: After these somebody has the incident.
_WHOSE = frozenset({"acknowledge", "keep"})


def a_command_is_done_once(cloud: Cloud) -> Iterator[str]:
    """Whoever is told that it is done finds it on the timeline, once; whoever is told otherwise does not."""
    wrote = _wrote(cloud)
    for order in cloud.witness.tally.orders:
        lines = [
            (number, line) for number, line in wrote.get(order.via, ()) if line.kind in LINES[order.action]
        ]
        if len(lines) > 1:
            yield f"{order} was done {len(lines)} times"
        if _DONE & {*order.told} and not lines:
            yield f"{order} is on no timeline"
        # Of several tries one may land after another was answered.
        if lines and order.told and order.tries == 1 and not _DONE & {*order.told}:
            yield f"{order} is on the timeline of #{lines[0][0]}"
        if "partly" in order.told and any(line.kind != "acknowledged_too" for _, line in lines):
            yield f"{order}, and nobody else had to"
        first = next((place for place, words in enumerate(order.told) if words in _DONE), None)
        # Of two at once the one that was slow may have been decided before.
        if (
            first is not None
            and {*order.told[first:]} - {order.told[first]}
            and "slow" not in cloud.weather.rates
        ):
            yield f"{order} was done, and is answered otherwise when it comes again"
        for number, line in lines:
            yield from (f"{order} {words}" for words in _as_asked(cloud, order, number, line))


def _wrote(cloud: Cloud) -> dict[str, list[tuple[int, Entry]]]:
    """The lines of each surface, and whose timeline they are on."""
    found: dict[str, list[tuple[int, Entry]]] = {}
    for number in cloud.store.numbers():
        for line in cloud.store.timeline(number):
            found.setdefault(line.actor.via, []).append((number, line))
    return found


def _as_asked(cloud: Cloud, order: Order, number: int, line: Entry) -> Iterator[str]:
    """The line says who it was, and what they asked for."""
    details, more = line.details, order.more
    if number != order.incident:
        yield f"was done to #{number}"
    if (line.actor.kind, line.actor.name) != ("user", order.who):
        yield f"was done in the name of {line.actor.name}"
    match line.kind:
        case "snoozed" | "muted":
            expected = line.at + timedelta(seconds=int(more["seconds"]))
            if from_iso(str(details["until"])) != expected:
                yield f"is quiet until {details['until']}, not until {expected}"
        case "reassigned" | "responders_asked":
            asked = [*more["users"]]
            said = str(details["users"]).split()
            if said != asked and not (line.kind == "responders_asked" and {*said} < {*asked}):
                yield f"concerns {said}"
        case "subscribed" | "unsubscribed":
            if not {*str(details["users"]).split()} <= {*more.get("users", [order.who])}:
                yield f"concerns {details['users']}"
        case "moved":
            if more["policy"] and details["policy"] != more["policy"]:
                yield f"went to {details['policy']}"
        case "revision_changed":
            yield from _stays(cloud, order, number)
        case "merged_into":
            if details["target"] != more["number"]:
                yield f"became a part of #{details['target']}"
        case "severity_changed" | "priority_changed":
            if str(details["after"]) != more["value"].upper():
                yield f"made it {details['after']}"
        case "note":
            if details["text"] != more["text"]:
                yield f"says {details['text']!r}"
        case "title_changed":
            if details["after"] != more["text"]:
                yield f"calls it {details['after']!r}"
        case "linked":
            if details["url"] != more["value"]:
                yield f"links {details['url']}"


def _stays(cloud: Cloud, order: Order, number: int) -> Iterator[str]:
    """Whoever moves an incident to the configuration of now takes nothing from anybody, and pages nobody."""
    for before, change in pairwise(cloud.witness.changes[number]):
        if any(line.actor.via == order.via for line in change.entries):
            was, now = before.incident, change.incident
            if (was.state, was.acked_by, was.urgency) != (now.state, now.acked_by, now.urgency):
                before_it = f"{was.urgency.value} and {was.state.value}"
                yield f"made it {now.urgency.value} and {now.state.value}, which was {before_it}"
            if was.ack_timeout_at != now.ack_timeout_at or was.snoozed_until != now.snoozed_until:
                yield "changed until when somebody has it"
            if any(line.kind in ("page_due", "step") for line in change.entries):
                yield "paged somebody"


def what_cannot_be_done_is_refused(cloud: Cloud) -> Iterator[str]:
    """And nothing else is."""
    for order in cloud.witness.tally.orders:
        said = {*order.told}
        if any(words.startswith("error") for words in said):
            yield f"{order} was not understood"
        if order.wrong and said - {"refused", "closed"}:
            yield f"{order}: that cannot be"
        if "refused" in said and not order.wrong and not _may_be(cloud, order):
            yield f"{order}: nothing is wrong with it"
        if said & _DONE and order.action in _WHOSE and _stranger(cloud, order, all):
            yield f"{order}: no configuration knows them"
        states = list(_states(cloud, order.incident, order))
        if "closed" in said and all(incident.open for incident in states):
            yield f"{order}: it was never over"
        if "already" in said and not any(_already(cloud, order, incident) for incident in states):
            yield f"{order}: it was never so"
        if "unknown" in said:
            yield f"{order}: there is such an incident"


def every_command_is_answered(cloud: Cloud) -> Iterator[str]:
    """Unless something struck each of its runs."""
    struck = {fault.where for fault in cloud.weather.faults}
    for order in cloud.witness.tally.orders:
        if order.told:
            continue
        if not any(where.startswith((f"reply({order.via})", f"reply({order.via}')")) for where in struck):
            yield f"{order} was never answered"


def both_sides_of_a_merge_tell_of_it(cloud: Cloud) -> Iterator[str]:
    told: Counter[tuple[int, int]] = Counter()
    heard: Counter[tuple[int, int]] = Counter()
    for number in cloud.store.numbers():
        for line in cloud.store.timeline(number):
            if line.kind == "merged_into":
                told[number, int(line.details["target"] or 0)] += 1
            elif line.kind == "merged":
                heard[int(line.details["source"] or 0), number] += 1
    if told != heard:
        yield f"of merges the sources tell {dict(told)}, and the targets {dict(heard)}"


def _states(cloud: Cloud, number: int, order: Order) -> Iterator[Incident]:
    """What an incident was while the command was under way."""
    for change, end in cloud.witness.lives(number, cloud.kernel.now + 1):
        if change.at <= order.until and end >= order.at:
            yield change.incident


def _may_be(cloud: Cloud, order: Order) -> bool:
    """Whether what was refused could be: it was not for such an incident, or not for whoever asked."""
    return any(_refused(cloud, order, incident) for incident in _states(cloud, order.incident, order))


def _refused(cloud: Cloud, order: Order, incident: Incident) -> bool:
    book = cloud.book(incident.revision)
    handling, more = incident.handling, order.more
    match order.action:
        case "acknowledge" | "keep":
            return _stranger(cloud, order, any)
        case "escalate":
            steps = len(book.policies[incident.policy].steps) + bool(handling.assigned)
            return int(more.get("step", 1)) > steps
        case "ask" if {*more["users"]} <= {*book.users}:
            return any(_out_of_reach(cloud, order, book.users[user]) for user in more["users"])
        case "reassign" if {*more["users"]} <= {*book.users}:
            # Whoever is away is reached through their delegate.
            away = bool(book.away.delegates or cloud.store.changes().rows)
            return away or all(_out_of_reach(cloud, order, book.users[user]) for user in more["users"])
        case "subscribe" if {*more.get("users", [order.who])} <= {*book.users}:
            return any(not book.users[user].contacts for user in more.get("users", [order.who]))
        case "reassign" | "ask" | "subscribe":
            return True
        case "accept" | "decline":
            return order.who not in handling.responders
        case "reopen":
            return handling.merged_into is not None
        case "mute":
            return handling.merged_into is not None or _gone_over(cloud, incident)
        case "unmute":
            return handling.merged_into is not None
        case "merge":
            # There was no other one, or that one was over.
            into = more.get("number")
            return into is None or any(not other.open for other in _states(cloud, into, order))
    return False


def _own_policy(cloud: Cloud, incident: Incident) -> str:
    return cloud.book(incident.revision).services[incident.service].policy


def _stranger(cloud: Cloud, order: Order, surely: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether neither what the incident went by, nor what was in force meanwhile, knows whoever it was: all of what was
    meanwhile, or any."""
    applied = [one for one in cloud.witness.applied if one.at <= order.until]
    last = [one for one in applied if one.at <= order.at][-1:]
    in_force = {one.era.revision for one in (*last, *(one for one in applied if one.at > order.at))}
    own = {incident.revision for incident in _states(cloud, order.incident, order)}
    return all(surely(order.who not in cloud.book(one).users for one in some) for some in (in_force, own))


def _out_of_reach(cloud: Cloud, order: Order, user: User) -> bool:
    """Whether no rule for an urgency may have applied while the command was under way: people are asked to join as at
    high urgency, and given an incident as at its own. Push may be gone once anybody's was."""
    skew = us(cloud.weather.skew)
    instants = (cloud.kernel.instant(at) for at in (order.at - skew, order.at, order.until + skew))
    urgencies = (Urgency.HIGH,) if order.action == "ask" else (Urgency.HIGH, Urgency.LOW)
    lost = "push" if order.until >= push_known_until(cloud) else None
    ways = ([rule[2] for rule in rules_of(user, urgency, at)] for at in instants for urgency in urgencies)
    return any(not {*found} - {lost} for found in ways)


def _whole(cloud: Cloud, number: int) -> int:
    """What an incident that was merged on is a part of in the end."""
    into = cloud.witness.changes[number][-1].incident.handling.merged_into
    return number if into is None else _whole(cloud, into)


def _gone_over(cloud: Cloud, incident: Incident) -> bool:
    """Whether each of its alerts came to another incident, too."""
    others = (
        changes[-1].incident.alerts
        for number, changes in cloud.witness.changes.items()
        if number != incident.number
    )
    return {*incident.alerts} <= {key for alerts in others for key in alerts}


def _already(cloud: Cloud, order: Order, incident: Incident) -> bool:
    """Whether it is as the command wants it."""
    handling, more = incident.handling, order.more
    match order.action:
        case "acknowledge":
            return incident.state is State.ACKNOWLEDGED or order.who in incident.plan.acked
        case "unacknowledge":
            return incident.state is State.TRIGGERED and order.who not in incident.plan.acked
        case "move":
            return incident.policy == (more["policy"] or _own_policy(cloud, incident))
        case "keep":
            others = incident.acked_by is not None and incident.acked_by.name != order.who
            held = others or cloud.book(incident.revision).services[incident.service].ack_timeout is None
            return (incident.state is State.ACKNOWLEDGED and held) or order.who in incident.plan.acked
        case "reopen":
            return incident.open
        case "mute":
            # The time of an incident never falls: by a clock that is behind, two mutes may be of the same instant.
            said = timedelta(seconds=int(more["seconds"]))
            return incident.changed_at is not None and handling.muted_until == incident.changed_at + said
        case "unmute":
            over = handling.muted_until
            return over is None or cloud.kernel.since(over) <= order.until + us(2 * cloud.weather.skew)
        case "ask":
            return all(handling.responders.get(user) in ("asked", "joined") for user in more["users"])
        case "merge":
            into = handling.merged_into
            return into is not None and more.get("number") in (into, _whole(cloud, into))
        case "subscribe":
            return {*more.get("users", [order.who])} <= {*handling.subscribers}
        case "unsubscribe":
            return not {*more.get("users", [order.who])} & {*handling.subscribers}
        case "accept" | "decline":
            return handling.responders.get(order.who) == (
                "joined" if order.action == "accept" else "declined"
            )
        case "severity" | "priority":
            value = incident.severity if order.action == "severity" else incident.priority
            return value == str(more["value"]).upper()
        case "title":
            return incident.title == more["text"]
        case "link":
            return any(url == more["value"] for _, url in handling.links)
    return False
