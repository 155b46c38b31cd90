"""What really happened in a history: told by the store, the queues, the carriers and the people, not by the code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.simulation.duty import Duty, Era
from tests.simulation.story import Story
from tests.simulation.tally import Tally
from tocsin.alerts.event import AlertEvent
from tocsin.config.revision import unpack
from tocsin.incidents.alert import Fate, FateKind
from tocsin.incidents.incident import Entry, Incident
from tocsin.oncall.changes_json import as_json
from tocsin.store.incidents import Commit, Opening
from tocsin.store.pages import PageRecord
from tocsin.store.ports import Conflict

if TYPE_CHECKING:
    from tests.simulation.kernel import Ended, Kernel, Process
    from tocsin.oncall import changes as rota


@dataclass(frozen=True, slots=True)
class Change:
    """An incident as it was from ``at`` on, with the lines written at that change."""

    at: int
    incident: Incident
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A carrier took a message: at ``at`` from the run ``by``, which began at ``began``."""

    at: int
    by: str
    began: int
    channel: str
    to: str
    page_id: str
    incident: int | None
    text: str


@dataclass(slots=True)
class Act:
    """Somebody acted: on which surface (sms, call, link, look, whatsapp, mail), with what, on which incident's page.

    ``meant`` says whether the words name that incident; ``told`` is what the surface itself answered, if it did.
    ``under`` is the carrier's id of the message that a word of WhatsApp, or a mail, answers; ``sender`` the number that
    it came from, where that may be another than the person's contact.
    """

    at: int
    who: str
    surface: str
    wish: str
    id: str
    incident: int
    meant: bool = True
    told: str | None = None
    under: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """From ``at`` on WhatsApp says that a page is ``status``; ``id`` is the carrier's of the message."""

    at: int
    id: str
    page: str
    status: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What came to a webhook's address at ``at``, and was answered ``status``: from the run ``by``, which began at
    ``began``. The incident ``number`` as ``body`` has it."""

    at: int
    by: str
    began: int
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    number: int
    version: int
    state: str


@dataclass(frozen=True, slots=True)
class Written:
    """A change from day to day as it was from ``at`` on: written by the run ``by`` (None: before the history began)."""

    at: int
    row: rota.Change
    by: Process | None


@dataclass(frozen=True, slots=True)
class Applied:
    """A revision became current at ``at``, by the run ``by``."""

    at: int
    era: Era
    by: Process | None


@dataclass(slots=True)
class Wish:
    """What somebody wants of the rota: to ``make`` the change ``row``, to ``cancel`` or ``take`` the one named ``id``.

    ``wrong``: it has to be refused. ``told`` is what they were told in the end: "done" or why not; None for no answer.
    ``tries`` is how often it was asked for.
    """

    at: int
    who: str
    what: str
    id: str
    row: rota.Change | None = None
    wrong: bool = False
    told: str | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered at ``at`` to who was on call on ``schedule``: each with the end of their time, in order."""

    at: int
    schedule: str
    parts: Sequence[tuple[datetime, tuple[str, ...]]]
    #: Whom a step would have found at that instant.
    now: tuple[str, ...]


@dataclass
class Witness:
    """Everything that the invariants are judged by. Instants are the kernel's."""

    kernel: Kernel
    accepted: dict[str, tuple[int, AlertEvent]] = field(default_factory=dict)
    fates: dict[str, Fate] = field(default_factory=dict)
    changes: dict[int, list[Change]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    #: The claims that were won on each page: when, and which try it was.
    claims: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    #: The outcomes that were recorded of each page: when, and what.
    outcomes: dict[str, list[tuple[int, PageRecord]]] = field(default_factory=dict)
    #: The pages that a carrier refused.
    refused: set[str] = field(default_factory=set)
    alarms: list[tuple[int, str, str]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    #: Messages to the topic of CloudWatch's alarms.
    alarm_messages: int = 0
    #: Receipts that say that a page never arrived: when they were published, of which page of which incident.
    bounced: list[tuple[int, str, int]] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    #: The ids, as answers to it have them, of what nobody may be heard for: it changes nothing and gets no answer.
    unheard: list[str] = field(default_factory=list)
    #: What must stand in no line of the log: numbers, keys, tokens.
    secrets: list[str] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    #: The applies that were told that somebody else was first: from when to when each run was at work, and its name.
    refused_applies: list[tuple[int, int, str]] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    _duties: dict[tuple[str, int], Duty] = field(default_factory=dict)
    #: What went wrong while it happened: found at once, where nothing could tell it later.
    found: list[str] = field(default_factory=list)
    log: list[tuple[int, str, str]] = field(default_factory=list)

    def say(self, who: str, words: str) -> None:
        self.log.append((self.kernel.now, who, words))

    # -- the store ----------------------------------------------------------------------------------------------

    def opened(self, opening: Opening) -> None:
        self._changed(opening.incident, opening.entries)

    def committed(self, commit: Commit) -> None:
        self._changed(commit.incident, commit.entries)

    def _changed(self, incident: Incident, entries: Sequence[Entry]) -> None:
        self.changes.setdefault(incident.number, []).append(Change(self.kernel.now, incident, entries))

    def handed_on(self, number: int, pages: Sequence[str]) -> None:
        return

    def claimed(self, record: PageRecord) -> None:
        self.claims.setdefault(record.id, []).append((self.kernel.now, record.tries))

    def recorded(self, record: PageRecord) -> None:
        self.outcomes.setdefault(record.id, []).append((self.kernel.now, record))

    def settled(self, fates: Iterable[Fate]) -> None:
        for fate in fates:
            known = self.fates.get(fate.event)
            if known is None:
                self.fates[fate.event] = fate
            elif (known.kind, known.incident, known.rule) != (fate.kind, fate.incident, fate.rule):
                self.found.append(
                    f"fates: the event {fate.event} was settled as {known.kind} of {known.incident} and then as "
                    f"{fate.kind} of {fate.incident}"
                )

    def at(self, number: int, when: int) -> Incident | None:
        """The incident as it was at ``when``."""
        changes = self.changes.get(number, ())
        return next((change.incident for change in reversed(changes) if change.at <= when), None)

    def opening(self, number: int) -> AlertEvent:
        """The event that an incident was opened by."""
        fates = self.fates.values()
        ids = (fate.event for fate in fates if (fate.kind, fate.incident) == (FateKind.INCIDENT, number))
        return self.accepted[next(ids)][1]

    def lives(self, number: int, end: int) -> Iterator[tuple[Change, int]]:
        """Each state of an incident, and until when it was that; the last one until ``end``."""
        changes = self.changes[number]
        return zip(changes, [*(change.at for change in changes[1:]), end], strict=True)

    # -- who is on call ------------------------------------------------------------------------------------------

    def changed(self, row: rota.Change, by: Process | None) -> None:
        self.written.append(Written(self.kernel.now, row, by))
        self.say(row.made.by, f"has the change {_shown(row)}")

    def became_current(self, id: str, blob: bytes, at: datetime, by: Process | None) -> None:
        document, facts = unpack(blob)
        era = Era(at, id, document, facts)
        self.applied.append(Applied(self.kernel.now, era, by))
        self.say("operator", f"the revision {id} counts from {era.at.time()}")

    def story(self, when: int) -> Story:
        """What was written down by ``when``."""
        eras = [one.era for one in self.applied if one.at <= when]
        return Story(eras, self.rows(when))

    def duty(self, revision: str, when: int) -> Duty:
        """What a revision said at ``when``, with the changes that were written by then."""
        key = revision, sum(one.at <= when for one in self.written)
        if key not in self._duties:
            era = next(one.era for one in self.applied if one.era.revision == revision)
            self._duties[key] = Duty(era, self.rows(when))
        return self._duties[key]

    def maybe_unknown(self, when: int, slowest: int) -> list[Written]:
        """The changes that a run that wrote at ``when`` may not have read: they were written just before."""
        return [one for one in self.written if when - slowest < one.at <= when]

    def rows(self, when: int) -> list[rota.Change]:
        """The changes from day to day as they were at ``when``, in the order in which they were made."""
        latest = {one.row.made.id: one.row for one in self.written if one.at <= when}
        return sorted(latest.values(), key=lambda row: (row.made.at, row.made.id))

    # -- queues, functions, alarms --------------------------------------------------------------------------------

    def queued(self, queue: str, body: str) -> None:
        if queue == "alerts":
            event = AlertEvent.from_json(body)
            self.accepted.setdefault(event.id, (self.kernel.now, event))
            parsed = event.parsed
            self.say(
                "sender",
                f"{parsed.action.value} {parsed.dedup_key} of {event.integration or 'nobody'} accepted",
            )
        elif queue == "pages":
            row = json.loads(body)
            if row["kind"] == "notice":
                self.say("engine", f"answers {row['to'][-3:]}: {row['text']}")

    def failed(self, name: str, ended: Ended) -> None:
        # Each store has its own words for a conflict.
        error = "Conflict" if isinstance(ended.error, Conflict) else repr(ended.error)
        self.say(name, "died" if ended.died else f"failed: {error}")

    def alarmed(self, subject: str, message: str) -> None:
        self.alarms.append((self.kernel.now, subject.removeprefix("Tocsin: "), message))
        self.say("watchdog", message)


def _shown(row: rota.Change) -> str:
    words = {key: value for key, value in as_json(row).items() if key not in ("id", "made_by")}
    times = {
        key: value[11:19] for key, value in words.items() if isinstance(value, str) and value[4:5] == "-"
    }
    return f"{row.made.id}: {json.dumps(words | times)}"
