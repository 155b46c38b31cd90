"""Handoffs are told: each to each who wants to know of it, once, when they want to know; and none that never was.

What is known changes with every write, and a tick tells by what it reads. So each stretch between two writes is asked
for its own handoffs: what a tick may have told in it, and what had to be told because nothing changed meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tests.simulation.cloud import Cloud
from tests.simulation.duty import TICK, Duty
from tests.simulation.invariants.clocks import bound, slowest
from tests.simulation.kernel import SECOND, us
from tests.simulation.story import Story
from tests.simulation.teams import number_of
from tests.simulation.witness import Taken

_ID = re.compile(r"handoff-(\w+)-(\d{8}T\d{6}\.\d{6})Z-(\d+)-(?:(\w+)-(in|out)-(sms|email)-)?(.+)")
_LEADS = {"0m": 0, "15m": 15 * 60, "1h": 3600, "1d": 86_400}
#: A tick looks every minute, and back by one more than it has to.
MINUTE = us(60)
#: What fell due longer ago is told to nobody.
STALE = us(3600)
#: In the end nothing strikes any more: what was due so long before it has been told.
CALM = us(5 * 60)


class Word(NamedTuple):
    """To ``user`` (None: the schedule's channel) at ``to``, ``lead`` seconds before the handoff ``at``."""

    schedule: str
    at: datetime
    lead: int
    user: str | None
    way: str | None
    via: str
    to: str

    def __str__(self) -> str:
        lead = f" ({self.lead} s before)" if self.lead else ""
        who = f"{self.user} {self.way}" if self.user is not None else self.to
        return f"{who} on {self.schedule} at {self.at:%H:%M:%S.%f}{lead} by {self.via}"


@dataclass(frozen=True)
class Stretch:
    """From ``since`` to ``until`` (the kernel's) nothing was written."""

    since: int
    until: int
    story: Story

    @property
    def duty(self) -> Duty:
        """The revision that is current."""
        return self.story.of(len(self.story.eras) - 1)

    def words(self, low: datetime, high: datetime) -> Iterator[Word]:
        """What is to be told after ``low`` and up to ``high``, by what is known in this stretch."""
        for schedule in self.duty.era.document.get("schedules", {}):
            wanted = list(self._wanted(schedule))
            for lead in {lead for _, _, _, lead in wanted}:
                # What is to come is known of the current revision alone; what is there may be an earlier one's.
                known: Story | Duty = self.duty if lead else self.story
                ahead = timedelta(seconds=lead)
                for at in known.edges(schedule, low + ahead + TICK, high + ahead):
                    before, after = known.on_call(schedule, at - TICK), known.on_call(schedule, at)
                    for user, via, to, one in wanted:
                        if one != lead or before == after:
                            continue
                        if user is None:
                            yield Word(schedule, at, lead, None, None, via, to)
                        elif (user in before) != (user in after):
                            yield Word(schedule, at, lead, user, "in" if user in after else "out", via, to)

    def _wanted(self, schedule: str) -> Iterator[tuple[str | None, str, str, int]]:
        """Who wants to know, by which way, where, how long before: as the file says, by mail at the handoff if not."""
        document = self.duty.era.document
        for user, row in document["users"].items():
            addresses = {"email": row.get("email"), "sms": number_of(user) if "contacts" in row else None}
            for rule in row.get("notify", {}).get("handoff", ({"before": "0m", "via": "email"},)):
                if (to := addresses[rule["via"]]) is not None:
                    yield user, rule["via"], to, _LEADS[rule["before"]]
        for rule in document["schedules"][schedule].get("handoff", ()):
            yield None, "email", rule["email"], _LEADS[rule["before"]]


def stretches(cloud: Cloud) -> list[Stretch]:
    witness = cloud.witness
    times = sorted({0, *(one.at for one in witness.written), *(one.at for one in witness.applied)})
    ends = [*times[1:], cloud.kernel.now + 1]
    return [Stretch(at, end, witness.story(at)) for at, end in zip(times, ends, strict=True)]


def read(id: str) -> Word | None:
    found = _ID.fullmatch(id)
    if found is None:
        return None
    at = datetime.strptime(found[2], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    return Word(found[1], at, int(found[3]), found[4], found[5], found[6] or "email", found[7])


def handoffs_are_told(cloud: Cloud) -> Iterator[str]:
    """Each once (``no_page_twice`` sees to that), in time, to whom it concerns; and nothing else is told."""
    told: dict[Word, Taken] = {}
    for taken in cloud.witness.taken:
        if taken.page_id.startswith("handoff-"):
            word = read(taken.page_id)
            if word is None or taken.to != word.to or not _fits(word, taken.text):
                yield f"{taken.to} was told {taken.text!r} ({taken.page_id}), which is no word of a handoff"
            else:
                told.setdefault(word, taken)
    may, must = _known(cloud)
    for word, taken in told.items():
        due = _due(cloud, word)
        if word not in may:
            yield f"{word} was told at {_clock(cloud, taken.at)}, and there was no such handoff"
        elif taken.at < due - us(2 * cloud.weather.skew):
            yield f"{word} was told at {_clock(cloud, taken.at)}, {(due - taken.at) / SECOND:.1f} s early"
        elif word in must and taken.at - must[word] > _patience(cloud, must[word], taken.at):
            yield f"{word} was told {(taken.at - must[word]) / SECOND:.0f} s late"
    refused = {read(id) for id in cloud.witness.refused if id.startswith("handoff-")}
    stopped = {act.who for act in cloud.witness.acts if act.wish == "STOP"}
    for word in must.keys() - told.keys() - refused:
        off = word.via in cloud.carriers.off or (word.via == "sms" and word.user in stopped)
        off = off or (word.user is not None and word.to in cloud.unverified)
        if not off and must[word] < cloud.ended - CALM:
            yield f"{word} was never told, and was due at {_clock(cloud, must[word])}"


def _patience(cloud: Cloud, due: int, told: int) -> int:
    """A tick, and what faults may cost; whom a carrier keeps waiting waits for a lease, by another clock once more."""
    kept = sum(fault.kind in ("busy", "doubt") and due <= fault.at <= told for fault in cloud.weather.faults)
    return MINUTE + slowest(cloud) + bound(cloud, due - MINUTE, told) + kept * us(62)


def _known(cloud: Cloud) -> tuple[set[Word], dict[Word, int]]:
    """What may have been told, and what had to be: since when."""
    parts = stretches(cloud)
    struck = [fault.at for fault in cloud.weather.faults if fault.where.startswith("clock(")]
    slack = us(2 * cloud.weather.skew) + slowest(cloud)
    back = STALE if struck else 2 * MINUTE + slack
    known: list[set[Word]] = []
    for part in parts:
        low, high = (cloud.kernel.instant(at) for at in (part.since - back - slack, part.until + slack))
        known.append(set(part.words(low, high)))
    must: dict[Word, int] = {}
    for index, part in enumerate(parts):
        for word in known[index]:
            due = _due(cloud, word)
            # What a change does at once is a handoff of the moment at which it was made.
            early = us(50) if not word.lead else 0
            if not max(part.since - early, 1) <= due < part.until:
                continue
            since = max(due, part.since)
            late = MINUTE + slack + sum(us(130) for at in struck if since - MINUTE <= at <= since + STALE / 3)
            if all(
                word in known[later]
                for later in range(index, len(parts))
                if parts[later].since <= since + late
            ):
                must.setdefault(word, since)
    return set().union(*known), must


def _due(cloud: Cloud, word: Word) -> int:
    return cloud.kernel.since(word.at) - us(word.lead)


def _fits(word: Word, text: str) -> bool:
    if word.user is None:
        return text.startswith(f"{word.schedule}: ")
    begin = "You are on call for" if word.way == "in" else "Your time on call for"
    return text.startswith(f"{begin} {word.schedule} ")


def _clock(cloud: Cloud, at: int) -> str:
    return f"{cloud.kernel.instant(at):%H:%M:%S.%f}"
