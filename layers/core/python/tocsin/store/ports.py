"""The protocols through which the use cases act. Whoever implements one keeps every promise written here.

All instants are aware UTC datetimes. A method that is asked to write under a condition raises ``Conflict`` when the
condition does not hold, and then has written nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from tocsin.incidents.alert import Alert, Fate
from tocsin.incidents.incident import Entry, Incident
from tocsin.incidents.plan import Page

# Every function imports this: what only some of them ask for is imported by those.
if TYPE_CHECKING:
    from tocsin.config.model import Config
    from tocsin.oncall.changes import Change, Changes
    from tocsin.paging.browsers import Browsers
    from tocsin.paging.passive import Told
    from tocsin.paging.text_throttle import Texted
    from tocsin.paging.throttle import Called
    from tocsin.paging.verification import Pending, Verified


#: How many changes are written at once: a transaction takes 100 items, and one of them says what all changes are.
AT_ONCE = 99


class Conflict(Exception):
    """Somebody else wrote first: read again and decide again."""


class NoConfiguration(Exception):
    """No configuration has been applied yet, or the revision asked for does not exist."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One transaction: the new incident, its alert opened, its first timeline entries, the fate of its event.

    ``before`` is the alert as it was read (None: it did not exist); the write holds only while that is still so, in
    ``open``, ``incident`` and ``muted_until``. Its final figures are kept with the incident that it belonged to.
    ``payload`` is the event as it came, JSON text.
    """

    incident: Incident
    alert: Alert
    before: Alert | None
    payload: str
    entries: Sequence[Entry]
    fates: Sequence[Fate] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """One transaction: the incident at ``version`` becomes ``incident`` (whose version is one higher).

    ``closes`` are alert key hashes to close, if they still belong to this incident. ``resolved`` is the one whose
    sender resolved it, and when that came: it is noted on that alone, since of the others nobody said so. ``opens`` are
    those to open again, ``mutes`` those to mute until an instant, or not any more (None): it holds only while each of
    them is this incident's. None is closed at once.
    """

    incident: Incident
    version: int
    entries: Sequence[Entry] = ()
    fates: Sequence[Fate] = ()
    closes: Sequence[str] = ()
    resolved: tuple[str, datetime] | None = None
    opens: Sequence[str] = ()
    mutes: Mapping[str, datetime | None] = field(default_factory=dict)


class PageState(StrEnum):
    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"


#: The states of a page about which nothing more will be done.
FINAL = frozenset({PageState.SENT, PageState.REFUSED, PageState.CANCELLED})


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page as the store knows it. ``lease_until`` counts while it is ``sending``; ``tries`` counts the claims.

    ``shown`` is the version of the incident that a message in a chat shows.
    """

    incident: int
    id: str
    page: Page
    state: PageState
    lease_until: datetime
    tries: int = 1
    maybe_twice: bool = False
    provider_id: str | None = None
    channel: str | None = None
    reason: str | None = None
    receipt: str | None = None
    at: datetime | None = None
    shown: int = 0


@dataclass(frozen=True, slots=True)
class BoundText:
    """What a text that came in means, None for no incident; and what it was answered, None before it was.

    ``others`` are the incidents of one that means many. No words: it gets no answer.
    """

    incident: int | None
    words: str | None = None
    others: tuple[int, ...] = ()


class NoticeClaim(StrEnum):
    WON = "won"
    HELD = "held"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Phone:
    """One number, or mail address: its short codes (code to incident), since when its owner wants no texts, and the
    latest answers that acknowledged nothing.

    ``verified`` says of whom (users' ids) it is known to be theirs; ``pending`` is the code that was sent last to prove
    it, and ``codes_sent`` are the instants at which the latest ones were.
    ``texts`` are the latest pages by text; ``waiting`` those held back, by id, with the incident. ``resolves`` and
    ``resolves_waiting`` are the same of texts that say that incidents are over.
    """

    number: str
    codes: Mapping[int, int] = field(default_factory=dict)
    opted_out_at: datetime | None = None
    version: int = 0
    told: tuple[Told, ...] = ()
    texts: tuple[Texted, ...] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)
    resolves: tuple[Texted, ...] = ()
    resolves_waiting: Mapping[str, int] = field(default_factory=dict)
    verified: Mapping[str, Verified] = field(default_factory=dict)
    pending: Pending | None = None
    codes_sent: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls to one person: the latest on any number, and those to each number in the last 24 hours."""

    user: str
    last: Called | None = None
    numbers: Mapping[str, tuple[Called, ...]] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """What a carrier's message id stands for."""

    provider_id: str
    incident: int
    page: str
    user: str
    to: str


#: Incidents are numbered from 1001.
NO_INCIDENT = 0


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """What a signed link's token allows: ``user`` acting on ``incident``, or, where that is NO_INCIDENT, switching push
    on. Only the token's hash is stored."""

    token_hash: str
    incident: int
    user: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """An integration key, known by its hash. ``revoked_at`` None while it works."""

    hash: str
    integration: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a secret opens, known by its hash: the API (``subject`` empty to read, ``act`` to change incidents, too), or
    one calendar (``subject``: ``user:ana``, ``schedule:primary``, ``team:payments``).

    ``revoked_at`` is None while it works.

    ``alarms`` are a calendar's reminders, each so many seconds before a shift.
    """

    hash: str
    kind: Literal["api", "calendar"]
    subject: str
    name: str
    created_at: datetime
    created_by: str
    alarms: tuple[int, ...] = ()
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """That a revision became current at an instant. ``before`` is the one until then, None for the first.

    Absences before ``settled`` are in the orders that it carries on.
    """

    revision: str
    at: datetime
    by: str
    before: str | None = None
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed fares. ``tried_at`` is the last attempt, ``last_ok`` the last that found it readable, or unchanged.

    ``etag`` and ``last_modified`` name the content that was taken over, for what question (``read_as``), and ``shifts``
    is how many it had to come. Since ``failing_since`` it fails, ``failures`` times so far, with ``error``; people were
    alarmed at ``alarmed_at``. Since ``empty_since`` it has suddenly nothing. ``problems`` is what could not be used.
    """

    tried_at: datetime | None = None
    last_ok: datetime | None = None
    etag: str = ""
    last_modified: str = ""
    read_as: str = ""
    shifts: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    error: str = ""
    alarmed_at: datetime | None = None
    empty_since: datetime | None = None
    problems: tuple[str, ...] = ()


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
        """Notes the carrier's word on a sent page. No error when the page is unknown."""
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
    """What travels on the page queue: a committed page."""

    incident: int
    page: Page


@dataclass(frozen=True, slots=True)
class Refresh:
    """What travels on the page queue: the incident has changed, and its messages in chats show how it was.

    ``page`` is the id of the one post that is meant, a webhook's: each waits for its receiver alone.
    """

    incident: int
    page: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What travels on the page queue: one word to somebody, of no page. ``id`` names it: it is sent once.

    ``subject`` is a mail's, and ``incident`` whose thread it belongs to; ``thread`` the message that it stands under,
    by the provider's id. ``user`` is whose contact it goes to, where that has to be verified, and calls are counted;
    ``proves``: it is what verifies it.
    """

    id: str
    via: str
    to: str
    text: str
    subject: str = ""
    thread: str = ""
    user: str = ""
    proves: bool = False
    incident: int | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What travels on the page queue: somebody who was paged for the incident shall hear that it is over.

    ``cycle`` is that in which it ended: one that is opened again ends in a later one.
    """

    incident: int
    cycle: int
    user: str

    @property
    def id(self) -> str:
        return f"resolved-{self.incident}-{self.cycle}-{self.user}"


@dataclass(frozen=True, slots=True)
class Heard:
    """What travels on the page queue: a subscriber shall hear of the line ``entry`` of the incident's timeline."""

    incident: int
    entry: str
    user: str

    @property
    def id(self) -> str:
        return f"heard-{self.incident}-{self.entry}-{self.user}"


#: What the page queue carries.
OnPageQueue = PageMessage | Notice | Refresh | Resolved | Heard


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
