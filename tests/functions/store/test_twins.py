"""Both stores through the same random lives: whatever one says, the other says too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.unit.store.samples import T0, alert, at, commit, entry, fate, incident, opening, outbox, page
from tocsin.incidents.alert import FateKind
from tocsin.incidents.incident import State
from tocsin.paging.throttle import Called
from tocsin.store.dynamo import DynamoStore
from tocsin.store.memory import MemoryStore
from tocsin.store.pages import Message, PageState
from tocsin.store.people import Calls, Phone
from tocsin.store.ports import Conflict, Store

NUMBERS = (1, 2, 17)
KEYS = ("aa", "bb")
USERS = ("ana", "b.c")

numbers = st.sampled_from(NUMBERS)
keys = st.sampled_from(KEYS)
users = st.sampled_from(USERS)
seconds = st.integers(0, 5)
audits = st.none() | seconds.map(at)


class Twins(RuleBasedStateMachine):
    """``new`` gives an empty DynamoDB store."""

    new: Callable[[], DynamoStore]

    def __init__(self) -> None:
        super().__init__()
        self.stores: tuple[Store, Store] = (MemoryStore(), type(self).new())

    def both(self, use: Callable[[Store], Any]) -> Any:
        """What both give, or that both refuse."""
        one, other = (self._outcome(use, store) for store in self.stores)
        assert one == other
        return one

    @staticmethod
    def _outcome(use: Callable[[Store], Any], store: Store) -> Any:
        try:
            return use(store)
        except Conflict:
            return Conflict

    @rule(number=numbers, key=keys, audit_at=audits, stale=st.booleans())
    def opens(self, number: int, key: str, audit_at: Any, stale: bool) -> None:
        before, _ = self.both(lambda store: store.alert(key))
        one = opening(number, key, before=None if stale else before)
        self.both(lambda store: store.open_incident(one, audit_at))

    @rule(
        number=numbers,
        closes=st.lists(keys, max_size=2),
        back=st.integers(0, 1),
        audit_at=audits,
        users=st.sets(users),
    )
    def changes(self, number: int, closes: list[str], back: int, audit_at: Any, users: set[str]) -> None:
        found = self.both(lambda store: store.incident(number)) or incident(number)
        change = commit(
            replace(found, version=found.version - back),
            entry(f"{found.version:06d}", found.version),
            closes=tuple(closes),
            state=State.RESOLVED if closes else State.TRIGGERED,
            outbox=outbox(number, *map(page, sorted(users))),
            due=audit_at,
        )
        resolved = (sorted(closes)[0], audit_at) if closes and audit_at is not None else None
        self.both(lambda store: store.commit(replace(change, resolved=resolved), audit_at))

    @rule(
        number=numbers,
        mutes=st.dictionaries(keys, st.none() | seconds.map(at), max_size=2),
        opens=st.booleans(),
    )
    def mutes(self, number: int, mutes: dict[str, Any], opens: bool) -> None:
        found = self.both(lambda store: store.incident(number)) or incident(number)
        change = replace(commit(found), mutes=mutes, opens=tuple(mutes) if opens else ())
        self.both(lambda store: store.commit(change, None))

    @rule(key=keys, times=st.integers(1, 3), seq=st.integers(1, 4), came=seconds, number=st.none() | numbers)
    def counts(self, key: str, times: int, seq: int, came: int, number: int | None) -> None:
        found, _ = self.both(lambda store: store.alert(key))
        seen = alert(key, number) if found is None or number is not None else found
        self.both(lambda store: store.count(seen, times, f"{seq:020d}", at(came), at(came)))

    @rule(key=keys, came=seconds)
    def resolves(self, key: str, came: int) -> None:
        self.both(lambda store: store.note_resolve(key, "integration", "dedup", at(came)))

    @rule(events=st.lists(st.integers(0, 3), max_size=3, unique=True), kind=st.sampled_from(FateKind))
    def settles(self, events: list[int], kind: FateKind) -> None:
        self.both(lambda store: store.put_fates([fate(f"e{n}", kind) for n in events]))

    @rule(number=numbers, users=st.lists(users, max_size=3))
    def sends(self, number: int, users: list[str]) -> None:
        self.both(lambda store: store.mark_sent(number, [page(user).id(number) for user in users]))

    @rule(number=numbers, user=users, now=seconds, lease=st.integers(1, 3))
    def claims(self, number: int, user: str, now: int, lease: int) -> None:
        self.both(
            lambda store: store.claim_page(number, page(user), at(now), at(now) + timedelta(seconds=lease))
        )

    @rule(
        number=numbers, user=users, state=st.sampled_from(PageState), doubt=st.booleans(), late=st.booleans()
    )
    def finishes(self, number: int, user: str, state: PageState, doubt: bool, late: bool) -> None:
        id = page(user).id(number)
        record = self.both(lambda store: store.page(number, id))
        if record is None or state is PageState.SENDING:
            return
        done = replace(record, state=state, maybe_twice=doubt, tries=record.tries - late, at=T0, reason="r")
        message = Message(id, number, id, user, "+55")
        self.both(lambda store: store.finish_page(done, [entry(f"{id}-{done.tries}", 9)], message, T0))

    @rule(number=numbers, user=users)
    def receives(self, number: int, user: str) -> None:
        self.both(lambda store: store.note_receipt(number, page(user).id(number), "DELIVERED"))

    @rule(now=seconds, lease=st.integers(1, 3), done=st.booleans())
    def notices(self, now: int, lease: int, done: bool) -> None:
        self.both(lambda store: store.claim_notice("n", at(now), at(now + lease)))
        if done:
            self.both(lambda store: store.finish_notice("n", at(now)))

    @rule(version=st.integers(0, 3), code=st.integers(1, 3), out=st.booleans())
    def phones(self, version: int, code: int, out: bool) -> None:
        self.both(lambda store: store.put_phone(Phone("+55", {code: 7}, T0 if out else None, version)))
        called = Called(T0, f"p{code}")
        self.both(
            lambda store: store.put_calls(Calls("ana", called if out else None, {"+55": (called,)}, version))
        )

    def teardown(self) -> None:
        """In the end both know the same."""
        events = [f"e{n}" for n in range(4)]
        for key in KEYS:
            self.both(lambda store, key=key: store.alert(key, events))  # type: ignore[misc]
        for number in NUMBERS:
            self.both(lambda store, n=number: (store.incident(n), store.timeline(n), store.pages(n)))  # type: ignore[misc]
            self.both(lambda store, n=number: [store.alert_of(n, key) for key in KEYS])  # type: ignore[misc]
        self.both(lambda store: (store.overdue(at(3), 2), store.phone("+55"), store.calls("ana")))


@pytest.mark.usefixtures("aws")
def test_the_twin_in_memory_and_the_store_on_dynamodb_cannot_be_told_apart(
    new_table: Callable[[], str],
) -> None:
    class Here(Twins):
        new = staticmethod(lambda: DynamoStore(new_table()))

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
