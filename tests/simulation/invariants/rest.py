"""When all has come to rest, nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.cloud import Cloud


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
    if cloud.running:
        yield f"{cloud.running} runs have not ended"
