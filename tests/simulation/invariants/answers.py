"""People are answered, and what they are told is so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.teams import names
from tocsin.incidents.incident import Entry

_DONE = re.compile(r"#(\d+) (acknowledged|resolved|escalated)\.")
_ALREADY = re.compile(r"#(\d+) was already (acknowledged|resolved)")
_SAID = re.compile(r"Incident ([\d ]+) (acknowledged|resolved|escalated)\.")
_SAID_ALREADY = re.compile(r"Incident ([\d ]+) was already (acknowledged|resolved)")


def everybody_is_told_the_truth(cloud: Cloud) -> Iterator[str]:
    """Who is told "acknowledged" has it by the timeline; who is told "already" had somebody before."""
    whose = names()
    for taken in cloud.witness.taken:
        if taken.incident is None:
            who = whose.get(taken.to, "")
            yield from _true(cloud, who, "sms", taken.text, _DONE, _ALREADY)
    for act in cloud.witness.acts:
        if act.surface == "call":
            yield from _true(cloud, act.who, "call", act.id, _SAID, _SAID_ALREADY)


def _true(
    cloud: Cloud, who: str, via: str, told: str, done: re.Pattern[str], already: re.Pattern[str]
) -> Iterator[str]:
    if found := done.match(told):
        lines = _lines(cloud, found[1], found[2])
        if not any(line.actor.name == who and line.actor.via == via for line in lines):
            yield f"{who} was told {told!r}, and no line of the timeline says it was {who} by {via}"
    elif (found := already.match(told)) and not _lines(cloud, found[1], found[2]):
        yield f"{who} was told {told!r}, and it was not"


def _lines(cloud: Cloud, number: str, kind: str) -> list[Entry]:
    return [line for line in cloud.store.timeline(int(number.replace(" ", ""))) if line.kind == kind]


def everybody_is_answered(cloud: Cloud) -> Iterator[str]:
    """A text gets one answer, unless its sender wants none or no carrier takes it."""
    answered: dict[str, int] = {}
    for taken in cloud.witness.taken:
        if taken.incident is None:
            answered[taken.page_id] = answered.get(taken.page_id, 0) + 1
    addresses = {person: address for address, person in names().items() if address.startswith("+")}
    refused = any(fault.kind == "refused" for fault in cloud.weather.faults)
    stopped = {act.who for act in cloud.witness.acts if act.wish in ("STOP", "START")}
    for act in cloud.witness.acts:
        if act.surface != "sms" or act.who in stopped:
            continue
        count = answered.get(f"sms-{act.id}", 0)
        if count == 0 and not refused and addresses[act.who] not in cloud.carriers.dead:
            yield f"{act.who} wrote {act.wish!r} ({act.id}) and got no answer"
