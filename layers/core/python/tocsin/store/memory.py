"""The in-memory twin of the DynamoDB store: it passes the same contract tests, and the simulation runs on it.

One thread at a time. What it is given it keeps as it was: maps are copied on their way in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.config.model import Config
from tocsin.incidents.alert import Alert, Fate
from tocsin.incidents.incident import Entry, Incident
from tocsin.incidents.plan import Page
from tocsin.oncall.changes import NO_CHANGES, Change, Changes, over, with_each, with_push
from tocsin.paging.browsers import Browsers
from tocsin.store.common import FIRST_NUMBER, Revisions, asked, at_once, in_order, kept, nothing_applied
from tocsin.store.configuration import Access, Applied, KeyRecord
from tocsin.store.feeds import FeedState
from tocsin.store.incidents import Commit, Opening
from tocsin.store.pages import READ, BoundText, Message, NoticeClaim, PageRecord, PageState
from tocsin.store.people import Calls, LinkGrant, Phone
from tocsin.store.ports import Conflict


class MemoryStore:
    """``tocsin.store.ports.Store`` in this process. ``requests`` counts the calls of each method."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self._pointer: str | None = None
        self._blobs: dict[str, bytes] = {}
        self._revisions = Revisions(self._blobs.get)
        self._applied: list[Applied] = []
        self._changes = NO_CHANGES
        self._all_changes: dict[str, Change] = {}
        self._keys: dict[str, KeyRecord] = {}
        self._accesses: dict[str, Access] = {}
        self._alerts: dict[str, Alert] = {}
        self._copies: dict[tuple[int, str], tuple[Alert, str | None]] = {}
        self._fates: dict[str, Fate] = {}
        self._number = 0
        self._turns: Counter[str] = Counter()
        self._incidents: dict[int, Incident] = {}
        self._audit: dict[int, datetime] = {}
        self._entries: dict[int, dict[tuple[datetime, str], Entry]] = {}
        self._pages: dict[int, dict[str, PageRecord]] = {}
        self._notices: dict[str, datetime | None] = {}
        self._became: dict[str, str] = {}
        self._texts: dict[str, BoundText] = {}
        self._messages: dict[str, Message] = {}
        self._phones: dict[str, Phone] = {}
        self._calls: dict[str, Calls] = {}
        self._browsers: dict[str, Browsers] = {}
        self._marks: dict[str, datetime] = {}
        self._feeds: dict[str, FeedState] = {}
        self._links: dict[str, LinkGrant] = {}

    # configuration and keys

    def config(self) -> tuple[str, Config]:
        self.requests["config"] += 1
        if self._pointer is None:
            raise nothing_applied()
        return self._pointer, self._revisions.get(self._pointer)

    def revision(self, id: str) -> Config:
        self.requests["revision"] += 1
        return self._revisions.get(id)

    def current_revision(self) -> str | None:
        self.requests["current_revision"] += 1
        return self._pointer

    def apply(
        self,
        id: str,
        blob: bytes,
        expected: str | None,
        at: datetime,
        by: str,
        settled: datetime | None = None,
    ) -> None:
        self.requests["apply"] += 1
        if self._pointer != expected:
            raise Conflict(f"the current revision is {self._pointer}, not {expected}")
        if self._applied and self._applied[-1].at >= at:
            raise Conflict(
                f"the current revision counts from {self._applied[-1].at}, which is not before {at}"
            )
        self._blobs[id] = blob
        self._pointer = id
        self._applied.append(Applied(id, at, by, expected, settled))
        self._changes = replace(self._changes, settled=settled)

    def applies(self, start: datetime, end: datetime) -> Sequence[Applied]:
        self.requests["applies"] += 1
        known = sorted(self._applied, key=lambda one: (one.at, one.revision))
        before = [one for one in known if one.at <= start]
        return (*before[-1:], *(one for one in known if start < one.at < end))

    # what people change from day to day

    def in_force(self) -> tuple[str, Config, Changes]:
        self.requests["in_force"] += 1
        if self._pointer is None:
            raise nothing_applied()
        return self._pointer, self._revisions.get(self._pointer), self._changes

    def changes(self) -> Changes:
        self.requests["changes"] += 1
        return self._changes

    def put_change(self, change: Change, upon: Changes, now: datetime) -> Changes:
        self.requests["put_change"] += 1
        return self._put_changes((change,), upon, now)

    def put_changes(self, altered: Sequence[Change], upon: Changes, now: datetime) -> Changes:
        self.requests["put_changes"] += 1
        return self._put_changes(at_once(altered), upon, now)

    def _put_changes(self, altered: Sequence[Change], upon: Changes, now: datetime) -> Changes:
        if self._changes.version != upon.version:
            raise Conflict(f"the changes are at version {self._changes.version}, not {upon.version}")
        self._all_changes.update((change.made.id, change) for change in altered)
        self._changes = with_each(self._changes, altered, now)
        return self._changes

    def changes_since(self, at: datetime) -> Sequence[Change]:
        self.requests["changes_since"] += 1
        found = (change for change in self._all_changes.values() if over(change) > at)
        return tuple(sorted(found, key=lambda change: (change.made.at, change.made.id)))

    def key(self, hash: str) -> KeyRecord | None:
        self.requests["key"] += 1
        return self._keys.get(hash)

    def put_key(self, key: KeyRecord) -> None:
        self.requests["put_key"] += 1
        if key.hash in self._keys:
            raise Conflict(f"the key hash {key.hash} is taken")
        self._keys[key.hash] = key

    # what secrets open

    def access(self, hash: str) -> Access | None:
        self.requests["access"] += 1
        return self._accesses.get(hash)

    def accesses(self) -> Sequence[Access]:
        self.requests["accesses"] += 1
        return tuple(sorted(self._accesses.values(), key=lambda one: (one.created_at, one.hash)))

    def put_access(self, access: Access) -> None:
        self.requests["put_access"] += 1
        self._accesses[access.hash] = access

    # alerts and fates

    def alert(self, key: str, events: Sequence[str] = ()) -> tuple[Alert | None, Mapping[str, Fate]]:
        self.requests["alert"] += 1
        return self._alerts.get(key), {
            event: self._fates[event] for event in asked(events) if event in self._fates
        }

    def count(self, alert: Alert, times: int, seq: str, last_seen: datetime, came_at: datetime) -> None:
        self.requests["count"] += 1
        stored = self._alerts.get(alert.key)
        known = stored is not None and stored.open and stored.incident == alert.incident
        if stored is None or not known or stored.last_seq != alert.last_seq:
            raise Conflict(f"the alert {alert.key} is not what the count was decided on")
        self._alerts[alert.key] = replace(
            stored,
            count=stored.count + times,
            last_seq=seq,
            last_seen=last_seen,
            came_at=came_at if stored.came_at is None else max(stored.came_at, came_at),
        )

    def note_resolve(self, key: str, integration: str, dedup_key: str, came_at: datetime) -> None:
        self.requests["note_resolve"] += 1
        stored = self._alerts.get(key) or Alert(key, integration, dedup_key, open=False)
        if stored.open or (stored.resolve_came_at is not None and stored.resolve_came_at >= came_at):
            return
        self._alerts[key] = replace(stored, resolve_came_at=came_at)

    def put_fates(self, fates: Sequence[Fate]) -> None:
        self.requests["put_fates"] += 1
        self._fates.update((fate.event, fate) for fate in fates)

    def alert_of(self, number: int, key: str) -> tuple[Alert | None, str | None]:
        self.requests["alert_of"] += 1
        copy, payload = self._copies.get((number, key), (None, None))
        current = self._alerts.get(key)
        return current if current is not None and current.incident == number else copy, payload

    # incidents

    def next_number(self) -> int:
        self.requests["next_number"] += 1
        self._number += 1
        return FIRST_NUMBER - 1 + self._number

    def next_turn(self, policy: str) -> tuple[int, int]:
        self.requests["next_turn"] += 1
        self._number += 1
        turn = self._turns[policy]
        self._turns[policy] += 1
        return FIRST_NUMBER - 1 + self._number, turn

    def incident(self, number: int) -> Incident | None:
        self.requests["incident"] += 1
        return self._incidents.get(number)

    def open_incident(self, opening: Opening, audit_at: datetime | None) -> None:
        self.requests["open_incident"] += 1
        incident, alert, before = opening.incident, kept(opening.alert), opening.before
        stored = self._alerts.get(alert.key)
        if incident.number in self._incidents:
            raise Conflict(f"incident {incident.number} exists")
        if _standing(stored) != _standing(before):
            raise Conflict(f"the alert {alert.key} is not what the opening was decided on")
        if before is not None and before.incident is not None:
            old = before.incident, before.key
            self._copies[old] = kept(before), self._copies.get(old, (None, None))[1]
        self._copies[incident.number, alert.key] = alert, opening.payload
        self._alerts[alert.key] = alert
        self._write(incident, opening.entries, opening.fates, audit_at)

    def commit(self, commit: Commit, audit_at: datetime | None) -> None:
        self.requests["commit"] += 1
        number = commit.incident.number
        stored = self._incidents.get(number)
        if stored is None or stored.version != commit.version:
            raise Conflict(f"incident {number} is not at version {commit.version}")
        for key in (*commit.opens, *commit.mutes):
            alert = self._alerts.get(key)
            if alert is None or alert.incident != number:
                raise Conflict(f"the alert {key} is not incident {number}'s any more")
        came = {commit.resolved[0]: commit.resolved[1]} if commit.resolved is not None else {}
        for key in commit.closes:
            alert = self._alerts.get(key)
            if alert is not None and alert.incident == number:
                self._alerts[key] = replace(
                    alert, open=False, resolve_came_at=came.get(key, alert.resolve_came_at)
                )
        for key in commit.opens:
            self._alerts[key] = replace(self._alerts[key], open=True)
        for key, until in commit.mutes.items():
            self._alerts[key] = replace(self._alerts[key], muted_until=until)
        self._write(commit.incident, commit.entries, commit.fates, audit_at)

    def merge(
        self, source: Commit, target: Commit, moved: Sequence[Alert], audit_at: datetime | None
    ) -> None:
        self.requests["merge"] += 1
        for commit in (source, target):
            stored = self._incidents.get(commit.incident.number)
            if stored is None or stored.version != commit.version:
                raise Conflict(f"incident {commit.incident.number} is not at version {commit.version}")
        for alert in moved:
            known = self._alerts.get(alert.key)
            if known is None or (known.incident, known.open) != (source.incident.number, True):
                raise Conflict(f"the alert {alert.key} is not incident {source.incident.number}'s any more")
        for alert in moved:
            copy = source.incident.number, alert.key
            self._copies[copy] = kept(alert), self._copies.get(copy, (None, None))[1]
            self._alerts[alert.key] = replace(self._alerts[alert.key], incident=target.incident.number)
        self._write(source.incident, source.entries, source.fates, None)
        self._write(target.incident, target.entries, target.fates, audit_at)

    def _write(
        self, incident: Incident, entries: Sequence[Entry], fates: Sequence[Fate], audit_at: datetime | None
    ) -> None:
        self._incidents[incident.number] = _copied(incident)
        if audit_at is None:
            self._audit.pop(incident.number, None)
        else:
            self._audit[incident.number] = audit_at
        self._add(incident.number, entries)
        self._fates.update((fate.event, fate) for fate in fates)

    def mark_sent(self, number: int, pages: Sequence[str]) -> None:
        if not pages:
            return
        self.requests["mark_sent"] += 1
        incident = self._incidents.get(number)
        if incident is not None:
            outbox = {id: page for id, page in incident.outbox.items() if id not in pages}
            self._incidents[number] = replace(incident, outbox=outbox)

    def add_entries(self, number: int, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        self.requests["add_entries"] += 1
        self._add(number, entries)

    def _add(self, number: int, entries: Sequence[Entry]) -> None:
        lines = self._entries.setdefault(number, {})
        for entry in entries:
            lines[entry.at, entry.id] = replace(entry, details=dict(entry.details))

    def timeline(self, number: int) -> Sequence[Entry]:
        self.requests["timeline"] += 1
        return tuple(entry for _, entry in sorted(self._entries.get(number, {}).items()))

    def overdue(self, before: datetime, limit: int) -> Sequence[int]:
        self.requests["overdue"] += 1
        late = sorted((at, number) for number, at in self._audit.items() if at < before)
        return tuple(number for _, number in late[:limit])

    # pages

    def claim_page(
        self, number: int, page: Page, now: datetime, lease_until: datetime
    ) -> tuple[bool, PageRecord]:
        self.requests["claim_page"] += 1
        id = page.id(number)
        pages = self._pages.setdefault(number, {})
        stored = pages.get(id)
        if stored is None:
            pages[id] = PageRecord(number, id, page, PageState.SENDING, lease_until)
            return True, pages[id]
        expired = stored.state is PageState.SENDING and stored.lease_until <= now
        if not expired and stored.state is not PageState.WAITING:
            return False, stored
        pages[id] = replace(
            stored,
            state=PageState.SENDING,
            lease_until=lease_until,
            tries=stored.tries + 1,
            maybe_twice=expired or stored.maybe_twice,
        )
        return True, pages[id]

    def finish_page(
        self, record: PageRecord, entries: Sequence[Entry], message: Message | None, now: datetime
    ) -> None:
        self.requests["finish_page"] += 1
        stored = self._pages.get(record.incident, {}).get(record.id)
        if stored is None or stored.tries != record.tries or stored.state is not PageState.SENDING:
            raise Conflict(f"the claim {record.tries} on the page {record.id} is not the latest any more")
        self._pages[record.incident][record.id] = replace(
            stored,
            state=record.state,
            maybe_twice=record.maybe_twice,
            provider_id=record.provider_id,
            channel=record.channel,
            reason=record.reason,
            at=record.at,
            shown=record.shown,
        )
        self._add(record.incident, entries)
        if message is not None:
            self._messages[message.provider_id] = message

    def page(self, number: int, id: str) -> PageRecord | None:
        self.requests["page"] += 1
        return self._pages.get(number, {}).get(id)

    def pages(self, number: int) -> Sequence[PageRecord]:
        self.requests["pages"] += 1
        return tuple(record for _, record in sorted(self._pages.get(number, {}).items()))

    def note_receipt(self, number: int, id: str, status: str) -> None:
        self.requests["note_receipt"] += 1
        stored = self._pages.get(number, {}).get(id)
        if stored is not None and stored.receipt != READ:
            self._pages[number][id] = replace(stored, receipt=status)

    def note_shown(
        self, number: int, id: str, version: int, now: datetime, anew: Message | None = None
    ) -> int:
        self.requests["note_shown"] += 1
        stored = self._pages.get(number, {}).get(id)
        if stored is None:
            return version
        if anew is not None:
            self._messages[anew.provider_id] = anew
        if stored.shown < version or (anew is not None and stored.shown == version):
            place = anew.provider_id if anew is not None else stored.provider_id
            self._pages[number][id] = replace(stored, shown=version, provider_id=place)
        return max(stored.shown, version)

    def claim_notice(self, id: str, now: datetime, lease_until: datetime) -> NoticeClaim:
        self.requests["claim_notice"] += 1
        if id in self._notices:
            lease = self._notices[id]
            if lease is None:
                return NoticeClaim.DONE
            if lease > now:
                return NoticeClaim.HELD
        self._notices[id] = lease_until
        return NoticeClaim.WON

    def finish_notice(self, id: str, now: datetime, said: str = "") -> None:
        self.requests["finish_notice"] += 1
        self._notices[id] = None
        self._became[id] = said

    def notice_said(self, id: str) -> str | None:
        self.requests["notice_said"] += 1
        return self._became.get(id)

    def bind_text(
        self, id: str, incident: int | None, now: datetime, others: tuple[int, ...] = ()
    ) -> BoundText:
        self.requests["bind_text"] += 1
        return self._texts.setdefault(id, BoundText(incident, None, others))

    def settle_text(self, id: str, words: str) -> None:
        self.requests["settle_text"] += 1
        bound = self._texts.get(id)
        if bound is not None and bound.words is None:
            self._texts[id] = replace(bound, words=words)

    def message(self, provider_id: str) -> Message | None:
        self.requests["message"] += 1
        return self._messages.get(provider_id)

    def put_message(self, message: Message, now: datetime) -> None:
        self.requests["put_message"] += 1
        self._messages[message.provider_id] = message

    # people

    def phone(self, number: str) -> Phone:
        self.requests["phone"] += 1
        return self._phones.get(number) or Phone(number)

    def phones(self, numbers: Sequence[str]) -> Mapping[str, Phone]:
        self.requests["phones"] += 1
        return {number: self._phones.get(number) or Phone(number) for number in numbers}

    def put_phone(self, phone: Phone) -> None:
        self.requests["put_phone"] += 1
        stored = self._phones.get(phone.number)
        if (stored.version if stored is not None else 0) != phone.version:
            raise Conflict(f"the phone {phone.number} is not at version {phone.version}")
        self._phones[phone.number] = replace(
            phone, codes=dict(phone.codes), verified=dict(phone.verified), version=phone.version + 1
        )

    def calls(self, user: str) -> Calls:
        self.requests["calls"] += 1
        return self._calls.get(user) or Calls(user)

    def put_calls(self, calls: Calls) -> None:
        self.requests["put_calls"] += 1
        stored = self._calls.get(calls.user)
        if (stored.version if stored is not None else 0) != calls.version:
            raise Conflict(f"the calls to {calls.user} are not at version {calls.version}")
        self._calls[calls.user] = replace(calls, numbers=dict(calls.numbers), version=calls.version + 1)

    def browsers(self, user: str) -> Browsers:
        self.requests["browsers"] += 1
        return self._browsers.get(user) or Browsers(user)

    def put_browsers(self, browsers: Browsers, upon: Changes) -> None:
        self.requests["put_browsers"] += 1
        stored = self._browsers.get(browsers.user)
        if (stored.version if stored is not None else 0) != browsers.version:
            raise Conflict(f"the browsers of {browsers.user} are not at version {browsers.version}")
        after = with_push(upon, browsers.user, bool(browsers.rows))
        if after is not upon:
            if self._changes.version != upon.version:
                raise Conflict(f"the changes are at version {self._changes.version}, not {upon.version}")
            self._changes = after
        self._browsers[browsers.user] = replace(browsers, version=browsers.version + 1)

    def mark(self, name: str) -> datetime | None:
        self.requests["mark"] += 1
        return self._marks.get(name)

    def put_mark(self, name: str, at: datetime) -> None:
        self.requests["put_mark"] += 1
        self._marks[name] = at

    def feed(self, name: str) -> FeedState:
        self.requests["feed"] += 1
        return self._feeds.get(name, FeedState())

    def put_feed(self, name: str, state: FeedState) -> None:
        self.requests["put_feed"] += 1
        self._feeds[name] = state

    def put_link(self, grant: LinkGrant) -> None:
        self.requests["put_link"] += 1
        self._links[grant.token_hash] = grant

    def link(self, token_hash: str) -> LinkGrant | None:
        self.requests["link"] += 1
        return self._links.get(token_hash)


def _standing(alert: Alert | None) -> tuple[bool, int | None, datetime | None] | None:
    return (alert.open, alert.incident, alert.muted_until) if alert is not None else None


def _copied(incident: Incident) -> Incident:
    plan = replace(incident.plan, live=dict(incident.plan.live))
    return replace(incident, outbox=in_order(incident.outbox), plan=plan)
