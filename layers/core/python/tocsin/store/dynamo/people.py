"""Phones, calls and signed links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import UnicodeAttribute

from tocsin.incidents.times import from_iso, iso
from tocsin.store.dynamo.attributes import Instant, Integer, IntegerMap, Json
from tocsin.store.dynamo.items import Item, Key, Raw, expiry, head
from tocsin.store.dynamo.table import Table, same

# Every function loads this with the store: what only some of them ask for is imported when they do.
if TYPE_CHECKING:
    from tocsin.paging.text_throttle import Texted
    from tocsin.paging.throttle import Called
    from tocsin.store.people import Calls, LinkGrant, Phone

#: BatchGetItem takes so many keys.
_AT_ONCE = 100


class PhoneItem(Item):
    """One number or address: its short codes, since when its owner wants no texts, and whose it is known to be."""

    version = Integer()
    codes = IntegerMap(default=dict)
    opted_out_at = Instant(null=True)
    told = Json(null=True)
    texts = Json(null=True)
    waiting = Json(null=True)
    resolves = Json(null=True)
    resolves_waiting = Json(null=True)
    verified = Json(null=True)
    pending = Json(null=True)
    codes_sent = Json(null=True)
    stopped_at = Instant(null=True)

    def phone(self) -> Phone:
        from tocsin.paging.passive import Told
        from tocsin.store.people import Phone

        phone = Phone(
            self.pk.removeprefix("PHONE#"),
            self.codes,
            self.opted_out_at,
            self.version,
            tuple(Told(from_iso(at), id) for at, id in self.told or ()),
            tuple(map(_texted, self.texts or ())),
            dict(self.waiting or {}),
            tuple(map(_texted, self.resolves or ())),
            dict(self.resolves_waiting or {}),
            stopped_at=self.stopped_at,
        )
        if not (self.verified or self.pending or self.codes_sent):
            return phone
        from tocsin.paging.verification import Pending, Verified

        return replace(
            phone,
            verified={user: Verified.from_json(row) for user, row in (self.verified or {}).items()},
            pending=Pending.from_json(self.pending) if self.pending else None,
            codes_sent=tuple(map(from_iso, self.codes_sent or ())),
        )


class CallsItem(Item):
    """The calls to one person."""

    version = Integer()
    last = Json(null=True)
    numbers = Json(default=dict)


class MarkItem(Item):
    """Up to when something that is done again and again has been done."""

    at = Instant()


class LinkItem(Item):
    """What a signed link allows."""

    incident = Integer()
    user = UnicodeAttribute()
    expires_at = Instant()
    expires = Integer()


def _calls_key(user: str) -> Key:
    return f"PERSON#{user}", "CALLS"


class People:
    """The part of the store that knows people's numbers and links."""

    _table: Table

    def phone(self, number: str) -> Phone:
        from tocsin.store.people import Phone

        raw = self._table.read(head("PHONE", number))
        return PhoneItem.from_raw_data(raw).phone() if raw is not None else Phone(number)

    def phones(self, numbers: Sequence[str]) -> Mapping[str, Phone]:
        from tocsin.store.people import Phone

        known = list(dict.fromkeys(numbers))
        found: dict[Key, Raw] = {}
        for start in range(0, len(known), _AT_ONCE):
            found |= self._table.read_many(
                [head("PHONE", number) for number in known[start : start + _AT_ONCE]]
            )
        return {
            number: PhoneItem.from_raw_data(found[key]).phone() if key in found else Phone(number)
            for number, key in ((number, head("PHONE", number)) for number in known)
        }

    def put_phone(self, phone: Phone) -> None:
        item = PhoneItem(
            *head("PHONE", phone.number),
            version=phone.version + 1,
            codes=phone.codes,
            opted_out_at=phone.opted_out_at,
            told=[[iso(one.at), one.text_id] for one in phone.told] or None,
            texts=list(map(_text_row, phone.texts)) or None,
            waiting=dict(phone.waiting) or None,
            resolves=list(map(_text_row, phone.resolves)) or None,
            resolves_waiting=dict(phone.resolves_waiting) or None,
            verified={user: one.as_json() for user, one in phone.verified.items()} or None,
            pending=phone.pending.as_json() if phone.pending is not None else None,
            codes_sent=[iso(at) for at in phone.codes_sent] or None,
            stopped_at=phone.stopped_at,
        )
        self._table.update((item.pk, item.sk), item.changes(), same(PhoneItem.version, phone.version or None))

    def calls(self, user: str) -> Calls:
        from tocsin.store.people import Calls

        raw = self._table.read(_calls_key(user))
        if raw is None:
            return Calls(user)
        item = CallsItem.from_raw_data(raw)
        numbers = {number: tuple(map(_called, rows)) for number, rows in item.numbers.items()}
        return Calls(user, _called(item.last) if item.last else None, numbers, item.version)

    def put_calls(self, calls: Calls) -> None:
        item = CallsItem(
            *_calls_key(calls.user),
            version=calls.version + 1,
            last=_row(calls.last) if calls.last is not None else None,
            numbers={number: [_row(call) for call in made] for number, made in calls.numbers.items()},
        )
        self._table.update((item.pk, item.sk), item.changes(), same(CallsItem.version, calls.version or None))

    def mark(self, name: str) -> datetime | None:
        raw = self._table.read(head("MARK", name))
        return MarkItem.from_raw_data(raw).at if raw is not None else None

    def put_mark(self, name: str, at: datetime) -> None:
        self._table.put(MarkItem(*head("MARK", name), at=at))

    def put_link(self, grant: LinkGrant) -> None:
        self._table.put(
            LinkItem(
                *head("LINK", grant.token_hash),
                incident=grant.incident,
                user=grant.user,
                expires_at=grant.expires_at,
                expires=expiry(grant.expires_at),
            )
        )

    def link(self, token_hash: str) -> LinkGrant | None:
        from tocsin.store.people import LinkGrant

        raw = self._table.read(head("LINK", token_hash))
        if raw is None:
            return None
        item = LinkItem.from_raw_data(raw)
        return LinkGrant(token_hash, item.incident, item.user, item.expires_at)


def _text_row(text: Texted) -> list[Any]:
    return [iso(text.at), list(text.pages), list(text.numbers)]


def _texted(row: Sequence[Any]) -> Texted:
    from tocsin.paging.text_throttle import Texted  # only texts are counted

    at, pages, numbers = row
    return Texted(from_iso(at), tuple(pages), tuple(numbers))


def _row(call: Called) -> dict[str, str]:
    return {"at": iso(call.at), "page": call.page_id}


def _called(row: Mapping[str, Any]) -> Called:
    from tocsin.paging.throttle import Called  # only calls are counted

    return Called(from_iso(row["at"]), row["page"])
