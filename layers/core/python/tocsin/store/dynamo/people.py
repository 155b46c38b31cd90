"""Phones, calls and signed links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import UnicodeAttribute

from tocsin.incidents.times import from_iso, iso
from tocsin.store.dynamo.attributes import Instant, Integer, IntegerMap, Json
from tocsin.store.dynamo.items import Item, Key, expiry, head
from tocsin.store.dynamo.table import Table, same
from tocsin.store.ports import Calls, LinkGrant, Phone

if TYPE_CHECKING:
    from tocsin.paging.throttle import Called


class PhoneItem(Item):
    """One number: its short codes, and since when its owner wants no texts."""

    version = Integer()
    codes = IntegerMap(default=dict)
    opted_out_at = Instant(null=True)
    told = Json(null=True)
    texts = Json(null=True)
    waiting = Json(null=True)


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
        raw = self._table.read(head("PHONE", number))
        if raw is None:
            return Phone(number)
        item = PhoneItem.from_raw_data(raw)
        from tocsin.paging.passive import Told
        from tocsin.paging.text_throttle import Texted

        told = tuple(Told(from_iso(at), id) for at, id in item.told or ())
        texts = tuple(
            Texted(from_iso(at), tuple(pages), tuple(numbers)) for at, pages, numbers in item.texts or ()
        )
        return Phone(
            number, item.codes, item.opted_out_at, item.version, told, texts, dict(item.waiting or {})
        )

    def put_phone(self, phone: Phone) -> None:
        item = PhoneItem(
            *head("PHONE", phone.number),
            version=phone.version + 1,
            codes=phone.codes,
            opted_out_at=phone.opted_out_at,
            told=[[iso(one.at), one.text_id] for one in phone.told] or None,
            texts=[[iso(one.at), list(one.pages), list(one.numbers)] for one in phone.texts] or None,
            waiting=dict(phone.waiting) or None,
        )
        self._table.update((item.pk, item.sk), item.changes(), same(PhoneItem.version, phone.version or None))

    def calls(self, user: str) -> Calls:
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
        raw = self._table.read(head("LINK", token_hash))
        if raw is None:
            return None
        item = LinkItem.from_raw_data(raw)
        return LinkGrant(token_hash, item.incident, item.user, item.expires_at)


def _row(call: Called) -> dict[str, str]:
    return {"at": iso(call.at), "page": call.page_id}


def _called(row: Mapping[str, Any]) -> Called:
    from tocsin.paging.throttle import Called  # only calls are counted

    return Called(from_iso(row["at"]), row["page"])
