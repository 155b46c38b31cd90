"""The protocols through which the use cases act. Whoever implements one keeps every promise written here.

All instants are aware UTC datetimes. A method that is asked to write under a condition raises ``Conflict`` when the
condition does not hold, and then has written nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

# Every function imports this: what only some of them ask for is imported by those.
if TYPE_CHECKING:
    from tocsin.config.model import Config
    from tocsin.incidents.alert import Alert, Fate
    from tocsin.incidents.incident import Entry, Incident
    from tocsin.incidents.plan import Page
    from tocsin.oncall.changes import Change, Changes
    from tocsin.paging.browsers import Browsers
    from tocsin.store.configuration import Access, Applied, KeyRecord
    from tocsin.store.feeds import FeedState
    from tocsin.store.incidents import Commit, Opening
    from tocsin.store.messages import OnPageQueue
    from tocsin.store.pages import BoundText, Message, NoticeClaim, PageRecord
    from tocsin.store.people import Calls, LinkGrant, Phone


#: How many changes are written at once: a transaction takes 100 items, and one of them says what all changes are.
AT_ONCE = 99


class Conflict(Exception):
    """Somebody else wrote first: read again and decide again."""


class NoConfiguration(Exception):
    """No configuration has been applied yet, or the revision asked for does not exist."""


class Full(Exception):
    """There is no room for more changes: the message says how to make some."""


class Store(Protocol):
    """What is remembered. Every read that a decision rests on is consistent."""

    # configuration
    def config(self) -> tuple[str, Config]:
        """The current revision's id and configuration. Raises NoConfiguration."""
        ...

    def revision(self, id: str) -> Config:
        """One revision, cached for ever. Raises NoConfiguration."""
        ...

    def current_revision(self) -> str | None:
        """The id the pointer names now, None before the first apply."""
        ...

    def apply(
        self,
        id: str,
        blob: bytes,
        expected: str | None,
        at: datetime,
        by: str,
        settled: datetime | None = None,
    ) -> None:
        """Stores a revision and points to it, if the pointer still names ``expected``. Raises Conflict.

        ``at`` must be later than that of the last apply, else Conflict: history asks which came first.

        Absences before ``settled`` are in the orders that the revision carries on.
        """
        ...

    def applies(self, start: datetime, end: datetime) -> Sequence[Applied]:
        """The revision in force at ``start``, if there was one, and those that became current before ``end``."""
        ...

    # what people change from day to day
    def in_force(self) -> tuple[str, Config, Changes]:
        """The current revision's id and configuration, and the changes, in one request. Raises NoConfiguration."""
        ...

    def changes(self) -> Changes:
        """The changes that may still matter."""
        ...

    def put_change(self, change: Change, upon: Changes, now: datetime) -> Changes:
        """Writes a change, new or altered, upon the changes as they were read; gives those that matter now.

        Raises Conflict unless the stored version is still that of ``upon``; Full.
        """
        ...

    def put_changes(self, altered: Sequence[Change], upon: Changes, now: datetime) -> Changes:
        """As ``put_change``, of several changes: all of them or none. At most ``AT_ONCE``, each with its own id."""
        ...

    def changes_since(self, at: datetime) -> Sequence[Change]:
        """Every change, ever, that is over after ``at`` only: in the order in which they were made."""
        ...

    # keys
    def key(self, hash: str) -> KeyRecord | None: ...

    def put_key(self, key: KeyRecord) -> None:
        """Raises Conflict when the hash is taken."""
        ...

    # what secrets open
    def access(self, hash: str) -> Access | None: ...

    def accesses(self) -> Sequence[Access]:
        """All of them, by when they were made."""
        ...

    def put_access(self, access: Access) -> None:
        """Writes it, new or revoked."""
        ...

    # alerts and fates
    def alert(self, key: str, events: Sequence[str] = ()) -> tuple[Alert | None, Mapping[str, Fate]]:
        """The alert and the fates that those of ``events`` already have, in one request. At most 99 events."""
        ...

    def count(self, alert: Alert, times: int, seq: str, last_seen: datetime, came_at: datetime) -> None:
        """``times`` more events of an open alert, up to ``seq``, in one write.

        ``came_at`` is the latest of the stored one and this one. Raises Conflict unless the alert is open, belongs to
        the same incident, and its ``last_seq`` is still that of ``alert``.
        """
        ...

    def note_resolve(self, key: str, integration: str, dedup_key: str, came_at: datetime) -> None:
        """Notes on a closed or unknown alert that its sender resolved it at ``came_at``, unless later is known."""
        ...

    def put_fates(self, fates: Sequence[Fate]) -> None:
        """Writes fates. Writing one again changes nothing."""
        ...

    # incidents
    def next_number(self) -> int: ...

    def next_turn(self, policy: str) -> tuple[int, int]:
        """The next number, and how many incidents of the policy asked for a turn before this one: one request."""
        ...

    def incident(self, number: int) -> Incident | None: ...

    def open_incident(self, opening: Opening, audit_at: datetime | None) -> None:
        """Opens an incident. ``audit_at`` is the auditor's key: when it may look, None for never. Raises Conflict."""
        ...

    def commit(self, commit: Commit, audit_at: datetime | None) -> None:
        """Commits a change, ``audit_at`` as above. The outbox is written whole. Raises Conflict."""
        ...

    def merge(
        self, source: Commit, target: Commit, moved: Sequence[Alert], audit_at: datetime | None
    ) -> None:
        """Both commits as one transaction, and the alerts ``moved`` (as they were read) from source to target.

        ``audit_at`` is the target's. Raises Conflict when either has changed, or an alert is not the source's any more.
        """
        ...

    def mark_sent(self, number: int, pages: Sequence[str]) -> None:
        """Takes pages out of the outbox, whatever the version. Those no longer there are no error."""
        ...

    def add_entries(self, number: int, entries: Sequence[Entry]) -> None:
        """Timeline entries of their own, beside any state change. The same id at the same instant is written once."""
        ...

    def timeline(self, number: int) -> Sequence[Entry]:
        """All entries in the order in which they happened."""
        ...

    def alert_of(self, number: int, key: str) -> tuple[Alert | None, str | None]:
        """An incident's alert with its figures (final ones when it has moved on), and its first event's JSON."""
        ...

    def overdue(self, before: datetime, limit: int) -> Sequence[int]:
        """The numbers of incidents whose audit key is before ``before``: at most ``limit``, eventually consistent."""
        ...

    # pages
    def claim_page(
        self, number: int, page: Page, now: datetime, lease_until: datetime
    ) -> tuple[bool, PageRecord]:
        """Claims a page for sending, and gives (won, the record as it now is).

        Won when nobody has it, when it is waiting, or when its lease has expired (then it may have been sent:
        ``maybe_twice``). Not won: the record says who holds it, or that it is final.
        """
        ...

    def finish_page(
        self, record: PageRecord, entries: Sequence[Entry], message: Message | None, now: datetime
    ) -> None:
        """Records the outcome of a claim, with its timeline entries and what the provider's id stands for.

        Raises Conflict when the claim (its ``tries``) is not the latest any more.
        """
        ...

    def page(self, number: int, id: str) -> PageRecord | None: ...

    def pages(self, number: int) -> Sequence[PageRecord]: ...

    def note_receipt(self, number: int, id: str, status: str) -> None:
        """Notes the carrier's word on a sent page; what was READ stays so. No error when the page is unknown."""
        ...

    def note_shown(
        self, number: int, id: str, version: int, now: datetime, anew: Message | None = None
    ) -> int:
        """Notes that a page's message shows the incident at ``version``, and gives the latest version that was noted.

        ``anew``: the message that took its place, when it was gone. No error when the page is unknown.
        """
        ...

    def claim_notice(self, id: str, now: datetime, lease_until: datetime) -> NoticeClaim:
        """Claims a notice (a confirmation) under a lease: won when nobody has it or the lease has expired."""
        ...

    def finish_notice(self, id: str, now: datetime, said: str = "") -> None:
        """``said`` is what became of it: ``sent``, or ``refused: <reason>``."""
        ...

    def notice_said(self, id: str) -> str | None:
        """What became of a notice; None while nobody knows."""
        ...

    def bind_text(
        self, id: str, incident: int | None, now: datetime, others: tuple[int, ...] = ()
    ) -> BoundText:
        """Notes which incident a text that came in means, and gives what was noted first: a text means one thing."""
        ...

    def settle_text(self, id: str, words: str) -> None:
        """Notes the answer to a bound text: it has done what it does, and does nothing when it comes again."""
        ...

    # people
    def message(self, provider_id: str) -> Message | None: ...

    def put_message(self, message: Message, now: datetime) -> None:
        """Notes what another id of a message stands for."""
        ...

    def phone(self, number: str) -> Phone: ...

    def phones(self, numbers: Sequence[str]) -> Mapping[str, Phone]:
        """Each of these, by its number: one request for 100 of them."""
        ...

    def put_phone(self, phone: Phone) -> None:
        """Writes at ``phone.version`` + 1. Raises Conflict unless the stored version is ``phone.version``."""
        ...

    def calls(self, user: str) -> Calls: ...

    def put_calls(self, calls: Calls) -> None:
        """As ``put_phone``."""
        ...

    def browsers(self, user: str) -> Browsers:
        """Where somebody has push; of a person who has not switched it on, none."""
        ...

    def put_browsers(self, browsers: Browsers, upon: Changes) -> None:
        """Writes them, and with them that ``user`` has push, or none any more.

        Raises Conflict unless ``version`` and ``upon`` are what is stored.
        """
        ...

    def mark(self, name: str) -> datetime | None:
        """Up to when something that is done again and again has been done; None before the first time."""
        ...

    def put_mark(self, name: str, at: datetime) -> None: ...

    # feeds
    def feed(self, name: str) -> FeedState:
        """What is known of a feed; of one that was never read, nothing is."""
        ...

    def put_feed(self, name: str, state: FeedState) -> None: ...

    # links
    def put_link(self, grant: LinkGrant) -> None: ...

    def link(self, token_hash: str) -> LinkGrant | None: ...


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What travels on the page queue: a committed page. The other kinds are in ``tocsin.store.messages``."""

    incident: int
    page: Page

    @property
    def group(self) -> str:
        return str(self.incident)

    @property
    def wakes_nobody(self) -> bool:
        return self.page.kind == "post"

    def as_json(self) -> dict[str, Any]:
        return {"kind": "page", "incident": self.incident, "page": self.page.as_json()}


class PageQueue(Protocol):
    """The way to ``functions/page``."""

    def put(self, messages: Sequence[OnPageQueue]) -> None:
        """Hands messages on. Raises when any was not taken; those taken before may be put again."""
        ...


class ArmingFailed(Exception):
    """No execution could be started in time."""


class Executions(Protocol):
    def start(self, name: str, incident: int, due: datetime) -> None:
        """Starts an execution that first wakes at ``due`` (whole seconds). Gives up after 2 s. Raises ArmingFailed."""
        ...


class Clock(Protocol):
    def now(self) -> datetime: ...

    def pause(self, attempt: int) -> None:
        """Waits a random moment, longer with each attempt (from 0), so that two who collided do not again."""
        ...


class Alarms(Protocol):
    """The way to people that does not lead through Tocsin: a metric with an alarm on it, and the watchdog's topic."""

    def raise_alarm(self, kind: str, message: str) -> None:
        """Never raises: what cannot be said is logged."""
        ...


class Metrics(Protocol):
    def count(self, name: str, value: int = 1) -> None: ...


class Ids(Protocol):
    def fresh(self) -> str:
        """A new name: 32 lower-case hex digits, never the same twice."""
        ...

    def token(self) -> str:
        """A new link token: at least 128 random bits in at most 22 URL-safe characters."""
        ...
