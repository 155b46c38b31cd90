"""Incidents, their timelines, the auditor's index, and the counter of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from tocsin.incidents.alert import Alert, Fate
from tocsin.incidents.handling import Handling
from tocsin.incidents.incident import Actor, Entry, Incident, State, Urgency
from tocsin.incidents.plan import Page, Plan
from tocsin.incidents.times import iso
from tocsin.store.common import FIRST_NUMBER, in_order
from tocsin.store.dynamo.alerts import AlertCopyItem, AlertItem, FateItem, alert_key, copy_key
from tocsin.store.dynamo.attributes import Instant, Integer, Json, TextList, TextMap
from tocsin.store.dynamo.items import Item, Key, head
from tocsin.store.dynamo.table import TRANSACTION_ITEMS, Cancelled, Put, Refused, Table, Update, same

if TYPE_CHECKING:
    from tocsin.store.incidents import Commit, Opening

#: The auditor's index is spread: a partition takes 1,000 writes a second.
SHARDS = 16
#: An update expression is at most 4 KB long.
_MARKED_AT_ONCE = 100


class IncidentItem(Item):
    """An incident's head."""

    number = Integer()
    version = Integer()
    changed_at = Instant(null=True)
    service = UnicodeAttribute()
    integration = UnicodeAttribute()
    policy = UnicodeAttribute()
    revision = UnicodeAttribute()
    title = UnicodeAttribute()
    severity = UnicodeAttribute()
    urgency = UnicodeAttribute()
    state = UnicodeAttribute()
    opened_at = Instant()
    parsed = BooleanAttribute(default=True)
    plan = Json(null=True)
    clock = UnicodeAttribute(default="")
    due = Instant(null=True)
    wakes = Integer(default=0)
    outbox = TextMap(default=dict)
    paged = TextList(default=())
    pages = Integer(default=0)
    floor = Integer(default=1)
    capped_at = Instant(null=True)
    acked_at = Instant(null=True)
    acked_by = TextMap(null=True)
    ack_timeout_at = Instant(null=True)
    auto_resolve_at = Instant(null=True)
    resolved_at = Instant(null=True)
    resolved_by = TextMap(null=True)
    alerts = TextList(default=())
    commands = TextList(default=())
    priority = UnicodeAttribute(null=True)
    labels = TextMap(null=True)
    turn = Integer(null=True)
    remind_at = Instant(null=True)
    snoozed_until = Instant(null=True)
    handling = Json(null=True)
    #: The auditor's index: both are there, or neither is.
    audit = UnicodeAttribute(null=True)
    audit_due = Instant(null=True)

    @classmethod
    def of(cls, incident: Incident, audit_at: datetime | None) -> IncidentItem:
        return cls(
            *incident_key(incident.number),
            number=incident.number,
            version=incident.version,
            changed_at=incident.changed_at,
            service=incident.service,
            integration=incident.integration,
            policy=incident.policy,
            revision=incident.revision,
            title=incident.title,
            severity=incident.severity,
            urgency=incident.urgency.value,
            state=incident.state.value,
            opened_at=incident.opened_at,
            parsed=incident.parsed,
            plan=incident.plan.as_json(),
            clock=incident.clock,
            due=incident.due,
            wakes=incident.wakes,
            outbox={map_key(id): Json().serialize(page.as_json()) for id, page in incident.outbox.items()},
            paged=incident.paged,
            pages=incident.pages,
            floor=incident.floor,
            capped_at=incident.capped_at,
            acked_at=incident.acked_at,
            acked_by=_actor_map(incident.acked_by),
            ack_timeout_at=incident.ack_timeout_at,
            auto_resolve_at=incident.auto_resolve_at,
            resolved_at=incident.resolved_at,
            resolved_by=_actor_map(incident.resolved_by),
            alerts=incident.alerts,
            commands=incident.commands,
            priority=incident.priority or None,
            labels=dict(incident.labels) or None,
            turn=incident.turn or None,
            remind_at=incident.remind_at,
            snoozed_until=incident.snoozed_until,
            handling=incident.handling.as_json(),
            audit=_shard(incident.number) if audit_at is not None else None,
            audit_due=audit_at,
        )

    def incident(self) -> Incident:
        """What older code did not write yet has its default."""
        return Incident(
            number=self.number,
            version=self.version,
            changed_at=self.changed_at,
            service=self.service,
            integration=self.integration,
            policy=self.policy,
            revision=self.revision,
            title=self.title,
            severity=self.severity,
            urgency=Urgency(self.urgency),
            state=State(self.state),
            opened_at=self.opened_at,
            parsed=self.parsed,
            plan=Plan.from_json(self.plan) if self.plan else Plan(),
            clock=self.clock,
            due=self.due,
            wakes=self.wakes,
            outbox=_outbox(self.outbox),
            paged=tuple(self.paged),
            pages=self.pages,
            floor=self.floor,
            capped_at=self.capped_at,
            acked_at=self.acked_at,
            acked_by=_actor(self.acked_by),
            ack_timeout_at=self.ack_timeout_at,
            auto_resolve_at=self.auto_resolve_at,
            resolved_at=self.resolved_at,
            resolved_by=_actor(self.resolved_by),
            alerts=tuple(self.alerts),
            commands=tuple(self.commands),
            priority=self.priority or "",
            labels=dict(self.labels or {}),
            turn=self.turn or 0,
            remind_at=self.remind_at,
            snoozed_until=self.snoozed_until,
            handling=Handling.from_json(self.handling),
        )


class EntryItem(Item):
    """A line of a timeline."""

    kind = UnicodeAttribute()
    at = Instant()
    actor = TextMap()
    details = Json(null=True)

    @classmethod
    def of(cls, number: int, entry: Entry) -> EntryItem:
        return cls(
            f"INC#{number}",
            f"T#{iso(entry.at)}#{entry.id}",
            kind=entry.kind,
            at=entry.at,
            actor=_actor_map(entry.actor),
            details=dict(entry.details) or None,
        )

    def entry(self) -> Entry:
        actor = _actor(self.actor) or Actor("tocsin", "tocsin", "")
        return Entry(self.sk.split("#", 2)[2], self.at, self.kind, actor, self.details or {})


class CounterItem(Item):
    """How many numbers were given."""

    last = Integer()


def incident_key(number: int) -> Key:
    return head("INC", number)


def map_key(id: str) -> str:
    """A page id as the key of a map. PynamoDB reads brackets in a path as an index; dots do no harm."""
    return id.replace("%", "%25").replace("[", "%5B").replace("]", "%5D")


def _from_map_key(key: str) -> str:
    return key.replace("%5D", "]").replace("%5B", "[").replace("%25", "%")


def _outbox(stored: Mapping[str, str]) -> dict[str, Page]:
    """The outbox in the order of its pages: a map has none of its own."""
    pages = {_from_map_key(key): Page.from_json(Json().deserialize(text)) for key, text in stored.items()}
    return in_order(pages)


def _actor_map(actor: Actor | None) -> dict[str, str] | None:
    return {"kind": actor.kind, "name": actor.name, "via": actor.via} if actor is not None else None


def _actor(stored: Mapping[str, str] | None) -> Actor | None:
    return Actor(stored["kind"], stored["name"], stored.get("via", "")) if stored else None


def _shard(number: int) -> str:
    return f"AUDIT#{number % SHARDS}"


class Incidents:
    """The part of the store that knows incidents."""

    _table: Table

    def next_number(self) -> int:
        found = self._table.update(
            head("COUNTER", "incident"), [CounterItem.last.add(1)], returns="UPDATED_NEW"
        )
        return FIRST_NUMBER - 1 + int(found["last"]["N"])

    def next_turn(self, policy: str) -> tuple[int, int]:
        turns = Integer(attr_name=f"turns:{map_key(policy)}")
        turns.attr_path = [turns.attr_name]
        found = self._table.update(
            head("COUNTER", "incident"), [CounterItem.last.add(1), turns.add(1)], returns="UPDATED_NEW"
        )
        return FIRST_NUMBER - 1 + int(found["last"]["N"]), int(found[turns.attr_name]["N"]) - 1

    def incident(self, number: int) -> Incident | None:
        raw = self._table.read(incident_key(number))
        return IncidentItem.from_raw_data(raw).incident() if raw is not None else None

    def open_incident(self, opening: Opening, audit_at: datetime | None) -> None:
        incident, alert, before = opening.incident, opening.alert, opening.before
        copy = AlertCopyItem.of(copy_key(incident.number, alert.key), alert)
        copy.pack(opening.payload)
        unchanged = (
            AlertItem.pk.does_not_exist()
            if before is None
            else same(AlertItem.open, before.open)
            & same(AlertItem.incident, before.incident)
            & same(AlertItem.muted_until, before.muted_until)
        )
        steps: list[Put | Update] = [
            Put(IncidentItem.of(incident, audit_at), IncidentItem.pk.does_not_exist()),
            Update(alert_key(alert.key), AlertItem.of(alert_key(alert.key), alert).changes(), unchanged),
            Put(copy),
        ]
        if before is not None and before.incident is not None and before.incident != incident.number:
            old = copy_key(before.incident, before.key)
            steps.append(Update(old, AlertItem.of(old, before).changes()))
        self._transact(incident.number, steps, opening.entries, opening.fates)

    def commit(self, commit: Commit, audit_at: datetime | None) -> None:
        number = commit.incident.number
        change = Update(
            incident_key(number),
            IncidentItem.of(commit.incident, audit_at).changes(),
            IncidentItem.version == commit.version,
        )
        came = {commit.resolved[0]: commit.resolved[1]} if commit.resolved is not None else {}
        closes = [self._close(number, key, came.get(key)) for key in dict.fromkeys(commit.closes)]
        kept = [
            Update(alert_key(key), _changed_alert(commit, key), AlertItem.incident == number)
            for key in dict.fromkeys((*commit.opens, *commit.mutes))
        ]
        while True:
            try:
                return self._transact(number, [change, *closes, *kept], commit.entries, commit.fates)
            except Cancelled as cancelled:
                mine, *others = cancelled.reasons[: len(closes) + 1]
                if kept:
                    raise
                gone = [
                    close
                    for close, why in zip(closes, others, strict=True)
                    if why == "ConditionalCheckFailed"
                ]
                if (
                    mine is not None
                    or not gone
                    or any(why not in (None, "ConditionalCheckFailed") for why in others)
                ):
                    raise
                # These alerts have moved on to another incident: they are not ours to close.
                closes = [close for close in closes if close not in gone]

    def merge(
        self, source: Commit, target: Commit, moved: Sequence[Alert], audit_at: datetime | None
    ) -> None:
        heads = [
            Update(
                incident_key(commit.incident.number),
                IncidentItem.of(commit.incident, at).changes(),
                IncidentItem.version == commit.version,
            )
            for commit, at in ((source, None), (target, audit_at))
        ]
        number = source.incident.number
        alerts: list[Put | Update] = []
        for alert in moved:
            copy = copy_key(number, alert.key)
            mine = (AlertItem.incident == number) & (AlertItem.open == True)  # noqa: E712
            alerts.append(
                Update(alert_key(alert.key), [AlertItem.incident.set(target.incident.number)], mine)
            )
            alerts.append(Update(copy, AlertItem.of(copy, alert).changes()))
        lines = [
            Put(EntryItem.of(commit.incident.number, entry))
            for commit in (source, target)
            for entry in commit.entries
        ]
        self._table.transact([*heads, *alerts, *lines])

    def _close(self, number: int, key: str, resolve_came_at: datetime | None) -> Update:
        actions = [AlertItem.open.set(False)]
        if resolve_came_at is not None:
            actions.append(AlertItem.resolve_came_at.set(resolve_came_at))
        return Update(alert_key(key), actions, AlertItem.incident == number)

    def _transact(
        self, number: int, steps: Sequence[Put | Update], entries: Sequence[Entry], fates: Sequence[Fate]
    ) -> None:
        """One transaction. Entries for which it has no room come right behind it: nothing rests on them."""
        lines = _once(EntryItem.of(number, entry) for entry in entries)
        settled = _once(map(FateItem.of, fates))
        room = TRANSACTION_ITEMS - len(steps) - len(settled)
        if room < 0:
            raise ValueError(
                f"{len(steps)} changes and {len(settled)} fates are too many for one transaction"
            )
        self._table.transact([*steps, *map(Put, settled), *map(Put, lines[:room])])
        self._table.put_many(lines[room:])

    def mark_sent(self, number: int, pages: Sequence[str]) -> None:
        ids = tuple(dict.fromkeys(pages))
        for start in range(0, len(ids), _MARKED_AT_ONCE):
            paths = [Path(["outbox", map_key(id)]) for id in ids[start : start + _MARKED_AT_ONCE]]
            try:
                self._table.update(
                    incident_key(number),
                    [path.remove() for path in paths],
                    IncidentItem.outbox.exists(),
                    patient=True,
                )
            except Refused:
                return

    def add_entries(self, number: int, entries: Sequence[Entry]) -> None:
        self._table.put_many(EntryItem.of(number, entry) for entry in entries)

    def timeline(self, number: int) -> Sequence[Entry]:
        return tuple(EntryItem.from_raw_data(raw).entry() for raw in self._table.query(f"INC#{number}", "T#"))

    def overdue(self, before: datetime, limit: int) -> Sequence[int]:
        found: list[tuple[str, int]] = []
        for shard in range(SHARDS):
            for raw in self._table.query_index(_shard(shard), IncidentItem.audit_due < before, limit):
                found.append((raw["audit_due"]["S"], int(raw["pk"]["S"].removeprefix("INC#"))))
        return tuple(number for _, number in sorted(found)[:limit])


def _changed_alert(commit: Commit, key: str) -> list[Action]:
    """What a commit does to an alert that it does not close."""
    actions: list[Action] = [AlertItem.open.set(True)] if key in commit.opens else []
    if key in commit.mutes:
        until = commit.mutes[key]
        actions.append(AlertItem.muted_until.set(until) if until else AlertItem.muted_until.remove())
    return actions


def _once(items: Iterable[Any]) -> list[Item]:
    """A transaction may touch an item once only; the last writing of one stays."""
    return list({(item.pk, item.sk): item for item in items}.values())
