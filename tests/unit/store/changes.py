"""What every store promises of the history of configurations, and of what people change from day to day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.store.samples import T0, at
from tocsin.config.revision import pack
from tocsin.oncall.changes import (
    NO_CHANGES,
    Changes,
    Cover,
    LeaveMade,
    Made,
    OverrideMade,
    Part,
    Swap,
    TemporaryMade,
)
from tocsin.oncall.model import Shift
from tocsin.paging.browsers import Browser, Browsers
from tocsin.store.configuration import Access, Applied
from tocsin.store.feeds import FeedState
from tocsin.store.ports import AT_ONCE, Conflict, NoConfiguration, Store

HOUR = 3600


def made(id: str, seconds: float = 0, **more) -> Made:
    return Made(id, at(seconds), "ana", **more)


OVERRIDE = OverrideMade(made("o"), "primary", ("ben", "chi"), at(HOUR), at(2 * HOUR), "ana")
LEAVE = LeaveMade(made("l", 1), "ana", at(HOUR), at(3 * HOUR))
DELEGATED = LeaveMade(made("d", 2), "ana", at(HOUR), at(4 * HOUR), "ben")
TEMPORARY = TemporaryMade(
    made("t", 3), "primary", "christmas", at(HOUR), at(5 * HOUR), (Shift(("ben",), at(HOUR), at(2 * HOUR)),)
)
COVER = Cover(
    made("c", 4), "primary", "ana", at(HOUR), at(6 * HOUR), (Part("ben", at(HOUR), at(2 * HOUR), at(9)),)
)
SWAP = Cover(
    made("s", 5), "primary", "ana", at(HOUR), at(2 * HOUR), (), Swap("ben", at(8 * HOUR), at(9 * HOUR))
)
ALL = (OVERRIDE, LEAVE, DELEGATED, TEMPORARY, COVER, SWAP)


def put(store: Store, *changes, seconds: float = 0) -> Changes:
    found = store.changes()
    for change in changes:
        found = store.put_change(change, found, at(seconds))
    return found


class DayToDay:
    def test_nothing_is_changed_at_first(self, store: Store) -> None:
        assert store.changes() == NO_CHANGES
        assert store.changes_since(at(-HOUR)) == ()
        with pytest.raises(NoConfiguration):
            store.in_force()

    def test_changes_of_all_kinds_come_back_in_the_order_in_which_they_were_made(self, store: Store) -> None:
        after = put(store, *reversed(ALL))
        assert after.rows == ALL
        assert store.changes() == after == Changes(ALL, len(ALL))

    def test_what_is_in_force_is_the_revision_and_the_changes(self, store: Store) -> None:
        id, blob = pack({"version": "1"})
        store.apply(id, blob, None, T0, "ana", settled=at(-5))
        after = put(store, OVERRIDE)
        assert after == Changes((OVERRIDE,), 1, at(-5))
        assert store.in_force() == (id, store.revision(id), after)

    def test_a_change_that_is_altered_takes_its_own_place(self, store: Store) -> None:
        put(store, OVERRIDE, LEAVE)
        gone = replace(OVERRIDE, made=replace(OVERRIDE.made, cancelled_at=at(20), cancelled_by="ben"))
        assert put(store, gone).rows == (gone, LEAVE)
        assert store.changes_since(at(0)) == (gone, LEAVE)

    def test_of_two_who_change_something_the_second_meets_a_conflict(self, store: Store) -> None:
        before = store.changes()
        store.put_change(OVERRIDE, before, T0)
        with pytest.raises(Conflict):
            store.put_change(LEAVE, before, T0)
        assert store.changes().rows == (OVERRIDE,)
        assert store.changes_since(T0) == (OVERRIDE,)

    def test_several_changes_are_written_at_once_or_not_at_all(self, store: Store) -> None:
        before = put(store, OVERRIDE)
        gone = replace(OVERRIDE, made=replace(OVERRIDE.made, cancelled_at=at(20), cancelled_by="ben"))
        after = store.put_changes((LEAVE, gone, TEMPORARY), before, at(20))
        assert after == store.changes() == Changes((gone, LEAVE, TEMPORARY), 2)
        with pytest.raises(Conflict):
            store.put_changes((DELEGATED, COVER), before, at(21))
        assert store.changes() == after
        assert store.changes_since(T0) == (gone, LEAVE, TEMPORARY)

    def test_as_many_as_a_transaction_takes_are_written_at_once(self, store: Store) -> None:
        many = [replace(LEAVE, made=made(f"{number:03d}")) for number in range(AT_ONCE + 1)]
        store.put_changes(many[1:], store.changes(), T0)
        assert len(store.changes().rows) == len(store.changes_since(T0)) == AT_ONCE
        for wrong in (many, (LEAVE, LEAVE)):
            with pytest.raises(ValueError, match="at most"):
                store.put_changes(wrong, store.changes(), T0)

    def test_what_a_feed_took_back_is_forgotten_after_a_day_and_remembered_for_ever(
        self, store: Store
    ) -> None:
        def row(id: str, by: str, kind=OVERRIDE) -> OverrideMade | LeaveMade:
            back = Made(id, T0, "feed:schedule:primary", at(20), by)
            return replace(kind, made=back, end=at(1000 * HOUR))

        by_feed = row("a", "feed:schedule:primary")
        never_away, was_away = (
            replace(row(id, "feed:user:ana", LEAVE), start=at(start))
            for id, start in (("b", HOUR), ("c", 10))
        )
        by_hand = row("d", "ana")
        put(store, by_feed, never_away, was_away, by_hand, seconds=20)
        assert len(put(store, TEMPORARY, seconds=24 * HOUR).rows) == 5
        assert put(store, TEMPORARY, seconds=24 * HOUR + 20).rows == (was_away, by_hand, TEMPORARY)
        assert len(store.changes_since(T0)) == 5

    def test_what_is_over_is_forgotten_two_hours_later_at_the_next_write_and_remembered_for_ever(
        self, store: Store
    ) -> None:
        put(store, OVERRIDE, DELEGATED, TEMPORARY, COVER, SWAP)
        assert put(store, LEAVE, seconds=7 * HOUR - 1).rows == (LEAVE, TEMPORARY, COVER, SWAP)
        assert put(store, LEAVE, seconds=7 * HOUR).rows == (LEAVE, COVER, SWAP)
        assert store.changes_since(T0) == ALL
        assert store.changes_since(at(5 * HOUR)) == (COVER, SWAP)

    def test_time_off_without_a_delegate_is_kept_until_an_apply_has_settled_it(self, store: Store) -> None:
        put(store, LEAVE)
        assert put(store, OVERRIDE, seconds=3000 * HOUR).rows == (OVERRIDE, LEAVE)
        id, blob = pack({"version": "1"})
        store.apply(id, blob, None, at(90 * HOUR), "ana", settled=at(80 * HOUR))
        # An incident that is still open may have been opened before that apply.
        assert put(store, OVERRIDE, seconds=3000 * HOUR).rows == (OVERRIDE, LEAVE)
        store.apply(id, blob, id, at(2500 * HOUR), "ana", settled=at(2400 * HOUR))
        assert put(store, OVERRIDE, seconds=3000 * HOUR).rows == (OVERRIDE,)

    def test_who_has_push_stands_with_the_changes_and_where_with_the_person(self, store: Store) -> None:
        assert store.browsers("ana") == Browsers("ana")
        one = Browser("b1", "Firefox on Linux", at(3), '{"endpoint": "https://push.example.net/1"}')
        put(store, OVERRIDE)
        store.put_browsers(Browsers("ana", (one,)), store.changes())
        assert store.browsers("ana") == Browsers("ana", (one,), 1)
        assert store.changes() == Changes((OVERRIDE,), 2, push=frozenset({"ana"}))
        two = replace(one, id="b2", name="Chrome on Android")
        store.put_browsers(Browsers("ana", (one, two), 1), store.changes())
        assert store.changes().version == 2
        put(store, LEAVE)
        assert store.changes() == Changes((OVERRIDE, LEAVE), 3, push=frozenset({"ana"}))
        store.put_browsers(Browsers("ana", (), 2, at(9)), store.changes())
        assert store.browsers("ana") == Browsers("ana", (), 3, at(9))
        assert store.changes() == Changes((OVERRIDE, LEAVE), 4)

    def test_push_is_switched_on_before_anything_was_changed(self, store: Store) -> None:
        one = Browser("b1", "Firefox on Linux", at(3), "{}")
        store.put_browsers(Browsers("ana", (one,)), store.changes())
        store.put_browsers(Browsers("ben", (one,)), store.changes())
        assert store.changes() == Changes((), 2, push=frozenset({"ana", "ben"}))

    def test_of_two_who_switch_push_the_second_meets_a_conflict(self, store: Store) -> None:
        one = Browser("b1", "Firefox on Linux", at(3), "{}")
        before = store.changes()
        store.put_browsers(Browsers("ana", (one,)), before)
        with pytest.raises(Conflict):
            store.put_browsers(Browsers("ana", (replace(one, id="b2"),)), store.changes())
        with pytest.raises(Conflict):
            store.put_browsers(Browsers("ben", (one,)), before)
        assert store.browsers("ben") == Browsers("ben")
        with pytest.raises(Conflict):
            store.put_change(LEAVE, before, at(0))

    def test_applies_are_told_in_order_with_the_one_in_force_at_the_beginning(self, store: Store) -> None:
        ids: list[str] = []
        for number in range(4):
            id, blob = pack({"version": "1", "users": {f"u{number}": {}}})
            before = ids[-1] if ids else None
            store.apply(id, blob, before, at(number * 10), f"by{number}", at(number) if number else None)
            ids.append(id)
        rows = [
            Applied(id, at(n * 10), f"by{n}", ids[n - 1] if n else None, at(n) if n else None)
            for n, id in enumerate(ids)
        ]
        assert store.applies(at(-1), at(100)) == tuple(rows)
        assert store.applies(at(-1), at(0)) == ()
        assert store.applies(at(0), at(0)) == (rows[0],)
        assert store.applies(at(9.999999), at(10)) == (rows[0],)
        assert store.applies(at(10), at(30)) == (rows[1], rows[2])
        assert store.applies(at(35), at(99)) == (rows[3],)

    def test_what_a_secret_opens_is_known_by_its_hash_and_listed(self, store: Store) -> None:
        api = Access("b" * 64, "api", "", "ci", at(1), "ana")
        calendar = Access("a" * 64, "calendar", "user:ana", "ana's phone", at(2), "ana", (3600, 900))
        assert store.accesses() == ()
        for one in (calendar, api):
            store.put_access(one)
        assert store.accesses() == (api, calendar)
        assert store.access("a" * 64) == calendar
        assert store.access("c" * 64) is None
        revoked = replace(calendar, revoked_at=at(9))
        store.put_access(revoked)
        assert store.access("a" * 64) == revoked

    def test_how_a_feed_fares_is_remembered_by_its_name(self, store: Store) -> None:
        assert store.feed("schedule:primary") == FeedState()
        fared = FeedState(
            at(1), at(2), '"e"', "Mon, 05 Jan 2026", "q", 7, 3, at(4), "why", at(5), at(6), ("one", "two")
        )
        for state in (fared, FeedState(), FeedState(tried_at=at(1))):
            store.put_feed("schedule:primary", state)
            assert store.feed("schedule:primary") == state
        assert store.feed("user:primary") == FeedState()

    def test_how_far_something_was_done_is_remembered_by_its_name(self, store: Store) -> None:
        assert store.mark("handoffs") is None
        for seconds in (5, 3):
            store.put_mark("handoffs", at(seconds))
            assert store.mark("handoffs") == at(seconds)
        assert store.mark("other") is None
