"""What the tests of the stores write: plain examples, and strategies for anything that the types allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tocsin.incidents.alert import Alert, Fate, FateKind
from tocsin.incidents.handling import Handling
from tocsin.incidents.incident import TOCSIN, Actor, Entry, Incident, State, Urgency
from tocsin.incidents.plan import Next, Page, Plan
from tocsin.store.incidents import Commit, Opening

T0 = datetime(2026, 11, 23, 2, 0, 0, tzinfo=UTC)
ANA = Actor("user", "ana", "sms")
KEY = "5f" * 16
PAYLOAD = '{"id":"e1","title":"Payment success is 0 %"}'


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def page(user: str = "ana", rule: int = 0, **changes: Any) -> Page:
    base = Page(T0, cycle=1, round=1, step=1, user=user, rule=rule, via="sms", contact="mobile")
    return replace(base, **changes)


def outbox(number: int, *pages: Page) -> dict[str, Page]:
    return {one.id(number): one for one in pages}


def incident(number: int = 1042, **changes: Any) -> Incident:
    base = Incident(
        number=number,
        service="checkout",
        integration="checkout-prometheus",
        policy="payments",
        revision="r1",
        title="Payment success is 0 %",
        severity="critical",
        urgency=Urgency.HIGH,
        state=State.TRIGGERED,
        opened_at=T0,
        plan=Plan(next=Next.STEP, next_at=at(300), pending=(page(rule=1, at=at(60)),), live={"ana": 1}),
        version=1,
        clock=f"{number}-0a",
        due=at(60),
        outbox=outbox(number, page()),
        paged=("ana",),
        pages=1,
        alerts=(KEY,),
    )
    return replace(base, **changes)


def alert(key: str = KEY, number: int | None = 1042, **changes: Any) -> Alert:
    base = Alert(
        key=key,
        integration="checkout-prometheus",
        dedup_key="payments-down",
        open=True,
        incident=number,
        title="Payment success is 0 %",
        severity="critical",
        count=1,
        first_seen=T0,
        last_seen=T0,
        came_at=T0,
        last_seq="00000000000000000001",
    )
    return replace(base, **changes)


def entry(id: str = "000001-000", seconds: float = 0, kind: str = "opened", **details: Any) -> Entry:
    return Entry(id, at(seconds), kind, TOCSIN, details)


def fate(
    event: str = "e1", kind: FateKind = FateKind.INCIDENT, number: int | None = 1042, key: str = KEY
) -> Fate:
    return Fate(event, kind, T0, "checkout-prometheus", key, number)


def opening(number: int = 1042, key: str = KEY, before: Alert | None = None, **changes: Any) -> Opening:
    base = Opening(
        incident=incident(number, alerts=(key,)),
        alert=alert(key, number),
        before=before,
        payload=PAYLOAD,
        entries=(entry(),),
        fates=(fate(f"e{number}", number=number, key=key),),
    )
    return replace(base, **changes)


def commit(of: Incident, *entries: Entry, closes: tuple[str, ...] = (), **changes: Any) -> Commit:
    """The change of ``of`` to itself with ``changes``, one version on."""
    return Commit(replace(of, version=of.version + 1, **changes), of.version, entries, closes=closes)


# Anything that the types allow. Halves of surrogate pairs never come this far: the door replaces them.

instants = st.integers(0, 80 * 365 * 86400 * 10**6).map(lambda us: T0 + timedelta(microseconds=us))
texts = st.text(st.characters(codec="utf-8"), max_size=40)
names = st.text(
    st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=12
) | st.sampled_from(["ana", "ana.souza", "a-b", "a[0]", "a%5B", "#", ":x", "ana#1", "Zoë", "size", "in"])
numbers = st.integers(0, 10_000)
maybe_instants = st.none() | instants
actors = st.builds(Actor, texts, texts, texts)
pages = st.builds(
    Page,
    at=instants,
    cycle=numbers,
    round=numbers,
    step=numbers,
    user=names,
    rule=numbers,
    via=texts,
    contact=texts,
    attempt=numbers,
    target=numbers,
    place=numbers,
    again=numbers,
)
plans = st.builds(
    Plan,
    cycle=numbers,
    round=numbers,
    attempt=numbers,
    step=numbers,
    last_resort=st.booleans(),
    next=st.none() | st.sampled_from(Next),
    next_at=maybe_instants,
    pending=st.lists(pages, max_size=3).map(tuple),
    live=st.dictionaries(names, numbers, max_size=3),
    refused=st.lists(texts, max_size=3).map(tuple),
    reached=st.booleans(),
    raise_at=maybe_instants,
    acked=st.lists(names, max_size=2).map(tuple),
    taken_back=numbers,
)
handlings = st.builds(
    Handling,
    assigned=st.lists(names, max_size=2).map(tuple),
    responders=st.dictionaries(names, st.sampled_from(["asked", "joined", "declined"]), max_size=3),
    asks=st.lists(pages, max_size=2).map(tuple),
    requests=numbers,
    links=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    kept=numbers,
    merged_into=st.none() | numbers,
    muted_until=maybe_instants,
)
incidents = st.builds(
    Incident,
    number=st.integers(1, 10**9),
    service=texts,
    integration=texts,
    policy=texts,
    revision=texts,
    title=texts,
    severity=texts,
    urgency=st.sampled_from(Urgency),
    state=st.sampled_from(State),
    opened_at=instants,
    plan=plans,
    parsed=st.booleans(),
    version=numbers,
    changed_at=maybe_instants,
    clock=texts,
    due=maybe_instants,
    wakes=numbers,
    outbox=st.lists(pages, max_size=4).map(lambda some: {one.id(7): one for one in some}),
    paged=st.lists(names, max_size=3).map(tuple),
    pages=numbers,
    floor=st.integers(1, 100),
    capped_at=maybe_instants,
    acked_at=maybe_instants,
    acked_by=st.none() | actors,
    ack_timeout_at=maybe_instants,
    auto_resolve_at=maybe_instants,
    resolved_at=maybe_instants,
    resolved_by=st.none() | actors,
    alerts=st.lists(names, max_size=3).map(tuple),
    commands=st.lists(texts, max_size=3).map(tuple),
    handling=handlings,
)
alerts = st.builds(
    Alert,
    key=st.just(KEY),
    integration=texts,
    dedup_key=texts,
    open=st.booleans(),
    incident=st.none() | numbers,
    title=texts,
    severity=texts,
    count=numbers,
    first_seen=maybe_instants,
    last_seen=maybe_instants,
    came_at=maybe_instants,
    resolve_came_at=maybe_instants,
    last_seq=texts,
    muted_until=maybe_instants,
)
entries = st.builds(
    Entry,
    id=names,
    at=instants,
    kind=texts,
    actor=actors,
    details=st.dictionaries(
        names, st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts, max_size=4
    ),
)
fates = st.builds(
    Fate,
    event=names,
    kind=st.sampled_from(FateKind),
    at=instants,
    integration=texts,
    alert=texts,
    incident=st.none() | numbers,
    rule=st.none() | texts,
)
