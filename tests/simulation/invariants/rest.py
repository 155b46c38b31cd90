"""When all has come to rest, nothing is left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.kernel import us


def nothing_is_left(cloud: Cloud) -> Iterator[str]:
    for name, queue in cloud.queues.items():
        for message in queue.dead:
            yield f"the queue {name} gave up {message.id}"
        for message in queue.messages.values():
            yield f"{message.id} still lies in the queue {name}"
    for number in cloud.store.numbers():
        incident = cloud.store.incident(number)
        if incident is None:
            continue
        if incident.outbox:
            yield f"the outbox of #{number} still holds {', '.join(incident.outbox)}"
        if incident.due is not None and incident.clock not in cloud.machine.executions:
            yield f"#{number} is due at {incident.due} and its clock {incident.clock!r} is no execution"
    for name, one in cloud.machine.executions.items():
        number = int(name.split("-")[0])
        then = cloud.witness.at(number, one.woken - us(5))
        if one.over or then is None or one.woken < cloud.kernel.since(one.started) + us(70):
            continue
        now = cloud.witness.at(number, one.woken)
        if then.clock != name and now is not None and now.clock != name:
            yield f"the execution {name} woke when it was not the clock of #{number} any more, and goes on"
    if cloud.running:
        yield f"{cloud.running} runs have not ended"


def the_stream_told_every_line(cloud: Cloud) -> Iterator[str]:
    """What follows from the stream hears of each line of each timeline, once at least."""
    lines = Counter(entry.kind for number in cloud.store.numbers() for entry in cloud.store.timeline(number))
    for kind, count in lines.items():
        name = "Timeline" + "".join(word.capitalize() for word in kind.split("_"))
        if cloud.metrics.counts[name] < count:
            yield f"{count} lines of the timelines are {kind}, and {cloud.metrics.counts[name]} were counted"
