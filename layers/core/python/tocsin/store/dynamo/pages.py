"""Pages, notices, and what carriers' message ids stand for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tocsin.incidents.incident import Entry
from tocsin.incidents.plan import Page
from tocsin.store.dynamo.attributes import Instant, Integer, Json
from tocsin.store.dynamo.incidents import EntryItem
from tocsin.store.dynamo.items import Item, Key, Raw, expiry, head
from tocsin.store.dynamo.table import Put, Refused, Table, Unprocessed, Update

# Every function loads this with the store: what only some of them ask for is imported when they do.
if TYPE_CHECKING:
    from tocsin.store.pages import BoundText, Message, NoticeClaim, PageRecord

MESSAGE_LIFE = timedelta(days=35)
NOTICE_LIFE = timedelta(days=7)
#: How often a claim looks who holds what it cannot have, when that is gone by then.
_LOOKS = 3


class PageItem(Item):
    """A page that was claimed at least once.

    ``in_doubt`` stands while nobody knows whether the carrier has it: from a claim until its outcome.
    ``claim`` names the latest claim.
    """

    page = Json()
    state = UnicodeAttribute()
    lease_until = Instant()
    tries = Integer(default=1)
    maybe_twice = BooleanAttribute(default=False)
    in_doubt = BooleanAttribute()
    claim = UnicodeAttribute()
    provider_id = UnicodeAttribute(null=True)
    channel = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    at = Instant(null=True)
    shown = Integer(null=True)

    def record(self) -> PageRecord:
        from tocsin.store.pages import PageRecord, PageState

        return PageRecord(
            incident=int(self.pk.removeprefix("INC#")),
            id=self.sk.removeprefix("PAGE#"),
            page=Page.from_json(self.page),
            state=PageState(self.state),
            lease_until=self.lease_until,
            tries=self.tries,
            maybe_twice=self.maybe_twice,
            provider_id=self.provider_id,
            channel=self.channel,
            reason=self.reason,
            receipt=self.receipt,
            at=self.at,
            shown=self.shown or 0,
        )


class NoticeItem(Item):
    """An answer to somebody who acted, so that it is sent once."""

    lease_until = Instant()
    claim = UnicodeAttribute()
    done_at = Instant(null=True)
    said = UnicodeAttribute(null=True)
    expires = Integer()


class TextItem(Item):
    """A text that came in, the incident that it means (0 for none), and what it was answered."""

    incident = Integer()
    others = Json(null=True)
    words = UnicodeAttribute(null=True)
    expires = Integer()


class MessageItem(Item):
    """What a carrier's message id stands for."""

    incident = Integer()
    page = UnicodeAttribute()
    user = UnicodeAttribute()
    to = UnicodeAttribute()
    expires = Integer()


def _message_item(message: Message, expires: int) -> MessageItem:
    return MessageItem(
        *head("MSG", message.provider_id),
        incident=message.incident,
        page=message.page,
        user=message.user,
        to=message.to,
        expires=expires,
    )


def page_key(number: int, id: str) -> Key:
    return f"INC#{number}", f"PAGE#{id}"


class Pages:
    """The part of the store that knows pages."""

    _table: Table

    def claim_page(
        self, number: int, page: Page, now: datetime, lease_until: datetime
    ) -> tuple[bool, PageRecord]:
        from tocsin.store.pages import PageState

        key = page_key(number, page.id(number))
        claim = uuid4().hex
        free = (
            PageItem.state.does_not_exist()
            | (PageItem.state == PageState.WAITING.value)
            | ((PageItem.state == PageState.SENDING.value) & (PageItem.lease_until <= now))
        )
        actions = [
            PageItem.page.set(PageItem.page | page.as_json()),
            PageItem.state.set(PageState.SENDING.value),
            PageItem.lease_until.set(lease_until),
            PageItem.tries.set((PageItem.tries | 0) + 1),
            # What an update reads is the item as it was: in doubt only when a lease ran out.
            PageItem.maybe_twice.set(PageItem.in_doubt | False),
            PageItem.in_doubt.set(True),
            PageItem.claim.set(claim),
        ]
        raw = self._claim(key, actions, free, claim)
        item = PageItem.from_raw_data(raw)
        return item.claim == claim, item.record()

    def _claim(self, key: Key, actions: Sequence[Action], free: Condition, claim: str) -> Raw:
        """The item after the attempt to claim it: it bears ``claim`` when that was won.

        Also when a lost answer was asked for again, and the second attempt met the first.
        """
        for _ in range(_LOOKS):
            try:
                return self._table.update(key, actions, free, returns="ALL_NEW", patient=True)
            except Refused as refused:
                found = refused.item or self._table.read(key)
                if found is not None:
                    return found
        raise Unprocessed(f"{key[0]} {key[1]} comes and goes")

    def finish_page(
        self, record: PageRecord, entries: Sequence[Entry], message: Message | None, now: datetime
    ) -> None:
        from tocsin.store.pages import PageState

        key = page_key(record.incident, record.id)
        outcome = PageItem(
            *key,
            state=record.state.value,
            maybe_twice=record.maybe_twice,
            in_doubt=record.maybe_twice,
            provider_id=record.provider_id,
            channel=record.channel,
            reason=record.reason,
            at=record.at,
            shown=record.shown or None,
        )
        mine = (PageItem.tries == record.tries) & (PageItem.state == PageState.SENDING.value)
        written = ("state", "maybe_twice", "in_doubt", "provider_id", "channel", "reason", "at", "shown")
        lines = {
            (item.pk, item.sk): item for item in (EntryItem.of(record.incident, entry) for entry in entries)
        }
        steps: list[Put | Update] = [Update(key, outcome.changes(written), mine), *map(Put, lines.values())]
        if message is not None:
            steps.append(Put(_message_item(message, expiry(now, MESSAGE_LIFE))))
        self._table.transact(steps)

    def page(self, number: int, id: str) -> PageRecord | None:
        raw = self._table.read(page_key(number, id))
        return PageItem.from_raw_data(raw).record() if raw is not None else None

    def pages(self, number: int) -> Sequence[PageRecord]:
        return tuple(
            PageItem.from_raw_data(raw).record() for raw in self._table.query(f"INC#{number}", "PAGE#")
        )

    def note_receipt(self, number: int, id: str, status: str) -> None:
        from tocsin.store.pages import READ

        unread = PageItem.receipt.does_not_exist() | (PageItem.receipt != READ)
        try:
            self._table.update(
                page_key(number, id),
                [PageItem.receipt.set(status)],
                PageItem.state.exists() & unread,
                patient=True,
            )
        except Refused:
            return

    def note_shown(
        self, number: int, id: str, version: int, now: datetime, anew: Message | None = None
    ) -> int:
        key = page_key(number, id)
        # A message that takes a gone one's place counts at the same version, too.
        limit = PageItem.shown <= version if anew is not None else PageItem.shown < version
        older = PageItem.state.exists() & (PageItem.shown.does_not_exist() | limit)
        actions: list[Action] = [PageItem.shown.set(version)]
        if anew is not None:
            self.put_message(anew, now)
            actions.append(PageItem.provider_id.set(anew.provider_id))
        try:
            self._table.update(key, actions, older, patient=True)
        except Refused as refused:
            found = refused.item or self._table.read(key)
            return max(version, PageItem.from_raw_data(found).shown or 0) if found is not None else version
        return version

    def claim_notice(self, id: str, now: datetime, lease_until: datetime) -> NoticeClaim:
        from tocsin.store.pages import NoticeClaim

        claim = uuid4().hex
        free = NoticeItem.done_at.does_not_exist() & (
            NoticeItem.lease_until.does_not_exist() | (NoticeItem.lease_until <= now)
        )
        actions = [
            NoticeItem.lease_until.set(lease_until),
            NoticeItem.claim.set(claim),
            NoticeItem.expires.set(expiry(now, NOTICE_LIFE)),
        ]
        item = NoticeItem.from_raw_data(self._claim(head("NOTICE", id), actions, free, claim))
        if item.done_at is not None:
            return NoticeClaim.DONE
        return NoticeClaim.WON if item.claim == claim else NoticeClaim.HELD

    def finish_notice(self, id: str, now: datetime, said: str = "") -> None:
        actions = [NoticeItem.done_at.set(now), NoticeItem.expires.set(expiry(now, NOTICE_LIFE))]
        self._table.update(head("NOTICE", id), [*actions, NoticeItem.said.set(said)])

    def notice_said(self, id: str) -> str | None:
        raw = self._table.read(head("NOTICE", id))
        return raw["said"]["S"] if raw is not None and "said" in raw else None

    def bind_text(
        self, id: str, incident: int | None, now: datetime, others: tuple[int, ...] = ()
    ) -> BoundText:
        from tocsin.store.pages import BoundText

        meant = TextItem.incident
        actions = [meant.set(meant | (incident or 0)), TextItem.expires.set(expiry(now, NOTICE_LIFE))]
        if others:
            actions.append(TextItem.others.set(TextItem.others | list(others)))
        raw = self._table.update(head("TEXT", id), actions, returns="ALL_NEW", patient=True)
        item = TextItem.from_raw_data(raw)
        return BoundText(item.incident or None, item.words, tuple(item.others or ()))

    def settle_text(self, id: str, words: str) -> None:
        try:
            self._table.update(
                head("TEXT", id),
                [TextItem.words.set(TextItem.words | words)],
                TextItem.incident.exists(),
                patient=True,
            )
        except Refused:
            return

    def put_message(self, message: Message, now: datetime) -> None:
        self._table.put(_message_item(message, expiry(now, MESSAGE_LIFE)))

    def message(self, provider_id: str) -> Message | None:
        from tocsin.store.pages import Message

        raw = self._table.read(head("MSG", provider_id))
        if raw is None:
            return None
        item = MessageItem.from_raw_data(raw)
        return Message(provider_id, item.incident, item.page, item.user, item.to)
