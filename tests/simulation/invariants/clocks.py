"""Whatever is due happens, at the latest by a stated bound, or an alarm says that it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import SECOND, us
from tests.simulation.weather import Fault
from tests.simulation.witness import Change

#: Seconds that a wake-up, its decision and its pages may take when nothing goes wrong at all.
BASE = 12
#: Seconds after which the auditor takes a clock for lost, and the time until it looks again.
AUDITED = 60 + 60


def bound(cloud: Cloud, begin: int, end: int) -> int:
    """Microseconds that something decided at ``begin`` may have been late until ``end``, given the faults since."""
    weather = cloud.weather
    base = BASE + 2 * weather.skew + weather.lag + 20 * weather.latency
    return us(base) + weather.cost(begin - us(40), end)


def slowest(cloud: Cloud) -> int:
    """The time from what a run reads to what it writes, at most."""
    return us(75 if "slow" in cloud.weather.rates else 5 + 20 * cloud.weather.latency)


def push_known_until(cloud: Cloud) -> int:
    """Until when whoever has push has had it since the history began, for whoever decides then."""
    changed = cloud.witness.push_changed
    return changed - slowest(cloud) if changed is not None else cloud.kernel.now + 1


def nothing_is_forgotten(cloud: Cloud) -> Iterator[str]:
    """The next thing in a plan is done no later than it is due and a bound."""
    for number, change, end in _lives(cloud):
        due = change.incident.due
        if due is None:
            continue
        at = max(cloud.kernel.since(due), change.at)
        explained = bound(cloud, change.at, end)
        if end - at > explained:
            yield (
                f"#{number} was due at {_clock(cloud, at)} and waited {(end - at) / SECOND:.0f} s; "
                f"at most {explained / SECOND:.0f} s are explained"
            )


def an_alarm_says_what_is_overdue(cloud: Cloud) -> Iterator[str]:
    """Overdue beyond the auditor's bound: there was an alarm, before the incident was armed anew."""
    alarms = _overdue(cloud)
    for number, change, end in _lives(cloud):
        heard = alarms.get(number, [])
        if any(entry.details.get("reason") == "overdue" for entry in change.entries) and not any(
            change.at - us(75) <= when <= change.at for when in heard
        ):
            yield f"#{number} was armed anew at {_clock(cloud, change.at)}, and no alarm said that it was overdue"
        if change.incident.due is None or not change.incident.clock:
            continue
        at = max(cloud.kernel.since(change.incident.due), change.at)
        late = sum(fault.where.startswith("clock(") for fault in _faults(cloud, at - us(60), end))
        patience = us(AUDITED + cloud.weather.lag + 20 * cloud.weather.latency + 130 * late) + _skew(cloud)
        if end - at > patience and not any(at <= when <= end for when in heard):
            yield f"#{number} was overdue by {(end - at) / SECOND:.0f} s from {_clock(cloud, at)}; no alarm said so"


def an_alarm_is_about_something(cloud: Cloud) -> Iterator[str]:
    """What an alarm calls overdue was so, and the auditor that said it did something about it in that very minute."""
    lives: dict[int, list[tuple[Change, int]]] = {}
    for number, change, end in _lives(cloud):
        lives.setdefault(number, []).append((change, end))
    for number, whens in _overdue(cloud).items():
        for when in whens:
            around = [
                change.incident.due for change, end in lives[number] if change.at <= when <= end + us(35)
            ]
            if not any(
                due is not None and cloud.kernel.since(due) <= when - us(60) + _skew(cloud) for due in around
            ):
                yield f"an alarm said at {_clock(cloud, when)} that #{number} was overdue, and it was not"
            struck = any(
                fault.where.startswith("clock(")
                and fault.kind not in ("conflict", "dropped tick", "duplicate")
                for fault in _faults(cloud, when - us(5), when + us(40))
            )
            if not struck and not any(
                when - us(5) <= change.at <= when + us(40) for change, _ in lives[number]
            ):
                yield f"an alarm said at {_clock(cloud, when)} that #{number} was overdue, and nobody armed it"


def _overdue(cloud: Cloud) -> dict[int, list[int]]:
    """When alarms said that an incident was overdue."""
    alarms: dict[int, list[int]] = {}
    for at, kind, words in cloud.witness.alarms:
        if kind == "overdue":
            alarms.setdefault(int(words.split("#")[1].split()[0]), []).append(at)
    return alarms


def _lives(cloud: Cloud) -> Iterator[tuple[int, Change, int]]:
    """Each state of each incident, and until when it was that."""
    for number in cloud.witness.changes:
        for change, end in cloud.witness.lives(number, cloud.ended):
            # What still changes after that is what was under way: no clock wakes any more.
            yield number, change, min(end, max(cloud.ended, change.at))


def _faults(cloud: Cloud, begin: int, end: int) -> Iterator[Fault]:
    return (fault for fault in cloud.weather.faults if begin <= fault.at <= end)


def _skew(cloud: Cloud) -> int:
    return us(2 * cloud.weather.skew)


def clocks_do_not_spin(cloud: Cloud) -> Iterator[str]:
    """An execution wakes for a reason: what is due, a change, a failed task; nobody pays for one that spins."""
    faults = len(cloud.weather.faults)
    starts = Counter(int(name.split("-")[0]) for name in cloud.machine.executions)
    for name, one in cloud.machine.executions.items():
        number = int(name.split("-")[0])
        changes = len(cloud.witness.changes.get(number, ()))
        if one.wakes > changes + faults + 4:
            yield f"the execution {name} woke {one.wakes} times for {changes} changes"
    for number, count in starts.items():
        changes = len(cloud.witness.changes.get(number, ()))
        if count > changes + faults + 3:
            yield f"#{number} had {count} executions for {changes} changes"


def _clock(cloud: Cloud, at: int) -> str:
    return f"{cloud.kernel.instant(at):%H:%M:%S}"
