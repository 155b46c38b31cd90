"""What each use of the store costs, in requests to DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.functions.conftest import table_properties
from tests.unit.store.samples import KEY, T0, alert, at, commit, entry, fate, incident, opening, outbox, page
from tocsin.config.revision import pack
from tocsin.incidents.alert import FateKind
from tocsin.incidents.incident import State
from tocsin.store.configuration import KeyRecord
from tocsin.store.dynamo import DynamoStore
from tocsin.store.dynamo.table import connection, shape
from tocsin.store.pages import Message, PageState
from tocsin.store.people import Calls, LinkGrant, Phone
from tocsin.store.ports import NoConfiguration

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
ID, BLOB = pack({"version": "1"})


@pytest.fixture
def spent(requests: list[str]) -> Callable[[], list[str]]:
    """The requests since it was last called."""

    def since() -> list[str]:
        taken = list(requests)
        requests.clear()
        return taken

    return since


@pytest.fixture
def bodies(aws: None) -> Iterator[list[dict[str, Any]]]:
    """The requests' bodies."""
    seen: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        seen.append(json.loads(params["body"]))

    events = connection().client.meta.events
    events.register("before-call.dynamodb", note)
    yield seen
    events.unregister("before-call.dynamodb", note)


def test_the_store_and_the_template_mean_the_same_table() -> None:
    properties, meant = table_properties(), shape("tocsin")
    for word in ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"):
        assert properties[word] == meant[word]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


@pytest.mark.parametrize(("repeats", "how"), [(1, "PutItem"), (2, "BatchWriteItem"), (10, "BatchWriteItem")])
def test_repeats_cost_a_read_and_two_writes(
    store: DynamoStore, spent: Callable[[], list[str]], repeats: int, how: str
) -> None:
    store.open_incident(opening(), None)
    spent()
    events = [f"r{n}" for n in range(repeats)]
    found, _ = store.alert(KEY, events)
    assert found is not None
    store.count(found, repeats, "00000000000000000099", at(9), at(9))
    store.put_fates([fate(event, FateKind.REPEAT) for event in events])
    made = spent()
    assert made == ["BatchGetItem", "UpdateItem", how]
    assert len(WRITES.intersection(made)) == 2


def test_an_event_of_a_muted_alert_costs_a_read_and_a_write(
    store: DynamoStore, spent: Callable[[], list[str]]
) -> None:
    store.open_incident(opening(), None)
    spent()
    store.commit(replace(commit(incident()), mutes={KEY: at(60)}), None)
    assert spent() == ["TransactWriteItems"]
    found, _ = store.alert(KEY, ["e2"])
    assert found is not None
    assert found.muted_until == at(60)
    store.put_fates([fate("e2", FateKind.DROPPED)])
    assert spent() == ["BatchGetItem", "PutItem"]


def test_a_new_incident_costs_five_requests_and_a_sixth_when_its_revision_is_new(
    table: str, spent: Callable[[], list[str]]
) -> None:
    DynamoStore(table).apply(ID, BLOB, None, T0, "ana")
    store = DynamoStore(table)
    for number, reads in ((1, ["GetItem", "Query"]), (2, ["GetItem"])):
        spent()
        key = f"{number:032x}"
        store.alert(key, [f"e{number}"])
        store.config()
        assert store.next_number() == 1000 + number
        store.open_incident(opening(number, key=key), at(60))
        store.mark_sent(number, tuple(incident(number).outbox))
        made = spent()
        assert made == ["BatchGetItem", *reads, "UpdateItem", "TransactWriteItems", "UpdateItem"]
        assert len(made) <= 6


def test_opening_again_is_one_transaction_too(store: DynamoStore, spent: Callable[[], list[str]]) -> None:
    store.open_incident(opening(), None)
    store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
    spent()
    store.open_incident(opening(1043, before=alert(open=False)), None)
    assert spent() == ["TransactWriteItems"]


def test_a_commit_is_one_transaction(store: DynamoStore, spent: Callable[[], list[str]]) -> None:
    store.open_incident(opening(), None)
    spent()
    change = commit(incident(), *(entry(f"{n:03d}") for n in range(90)), closes=(KEY,), state=State.RESOLVED)
    store.commit(replace(change, fates=(fate("e2"),)), None)
    assert spent() == ["TransactWriteItems"]


def test_closing_what_has_moved_on_costs_a_second_transaction(
    store: DynamoStore, spent: Callable[[], list[str]]
) -> None:
    store.open_incident(opening(), None)
    spent()
    store.commit(commit(incident(), closes=(KEY, "another"), state=State.RESOLVED), None)
    assert spent() == ["TransactWriteItems", "TransactWriteItems"]


def test_a_page_costs_one_request_to_claim_and_one_to_finish(
    store: DynamoStore, spent: Callable[[], list[str]]
) -> None:
    _, record = store.claim_page(1042, page(), T0, at(60))
    assert store.claim_page(1042, page(), T0, at(60))[0] is False
    message = Message("m1", 1042, record.id, "ana", "+55")
    store.finish_page(replace(record, state=PageState.SENT), (entry(),), message, at(1))
    store.note_receipt(1042, record.id, "DELIVERED")
    assert spent() == ["UpdateItem", "UpdateItem", "TransactWriteItems", "UpdateItem"]


def test_an_answer_costs_one_request_to_claim_and_one_to_finish(
    store: DynamoStore, spent: Callable[[], list[str]]
) -> None:
    store.claim_notice("n1", T0, at(60))
    store.claim_notice("n1", T0, at(60))
    store.finish_notice("n1", T0)
    assert spent() == ["UpdateItem", "UpdateItem", "UpdateItem"]


@pytest.mark.parametrize(
    ("use", "kind"),
    [
        (lambda store: store.incident(1), "GetItem"),
        (lambda store: store.key("k"), "GetItem"),
        (lambda store: store.message("m"), "GetItem"),
        (lambda store: store.phone("+55"), "GetItem"),
        (lambda store: store.calls("ana"), "GetItem"),
        (lambda store: store.link("l"), "GetItem"),
        (lambda store: store.page(1, "p"), "GetItem"),
        (lambda store: store.pages(1), "Query"),
        (lambda store: store.timeline(1), "Query"),
        (lambda store: store.alert_of(1, KEY), "BatchGetItem"),
        (lambda store: store.alert(KEY), "BatchGetItem"),
        (lambda store: store.note_resolve(KEY, "i", "d", T0), "UpdateItem"),
        (lambda store: store.put_phone(Phone("+55")), "UpdateItem"),
        (lambda store: store.put_calls(Calls("ana")), "UpdateItem"),
        (lambda store: store.put_link(LinkGrant("l", 1, "ana", T0)), "PutItem"),
        (lambda store: store.put_key(KeyRecord("k", "i", T0)), "PutItem"),
        (lambda store: store.add_entries(1, [entry()]), "PutItem"),
        (lambda store: store.add_entries(1, [entry("a"), entry("b")]), "BatchWriteItem"),
        (lambda store: store.apply(ID, BLOB, None, T0, "ana"), "TransactWriteItems"),
    ],
)
def test_everything_else_costs_one_request(
    store: DynamoStore, spent: Callable[[], list[str]], use: Callable[[DynamoStore], object], kind: str
) -> None:
    spent()
    use(store)
    assert spent() == [kind]


def test_nothing_to_say_costs_nothing(store: DynamoStore, spent: Callable[[], list[str]]) -> None:
    spent()
    store.put_fates([])
    store.add_entries(1042, [])
    store.mark_sent(1042, [])
    assert spent() == []


def test_the_auditor_asks_each_shard_once(store: DynamoStore, spent: Callable[[], list[str]]) -> None:
    spent()
    store.overdue(T0, 10)
    assert spent() == ["Query"] * 16


def test_a_large_outbox_is_marked_a_hundred_pages_at_a_time(
    store: DynamoStore, spent: Callable[[], list[str]]
) -> None:
    pages = outbox(1042, *(page(f"user-{n}") for n in range(250)))
    store.open_incident(opening(incident=incident(outbox=pages)), None)
    spent()
    store.mark_sent(1042, tuple(pages))
    assert spent() == ["UpdateItem"] * 3


def test_every_read_that_a_decision_rests_on_is_consistent(
    store: DynamoStore, bodies: list[dict[str, Any]]
) -> None:
    store.incident(1)
    store.key("k")
    store.page(1, "p")
    store.timeline(1)
    store.phone("+55")
    with pytest.raises(NoConfiguration):
        store.config()
    assert all(body["ConsistentRead"] is True for body in bodies)
    bodies.clear()
    store.alert(KEY, ["e1"])
    assert bodies[0]["RequestItems"][store._table.name]["ConsistentRead"] is True


def test_a_transaction_that_is_sent_again_is_known_by_its_token(
    store: DynamoStore, bodies: list[dict[str, Any]]
) -> None:
    bodies.clear()
    store.open_incident(opening(), None)
    store.commit(commit(incident()), None)
    tokens = [body["ClientRequestToken"] for body in bodies]
    assert len(set(tokens)) == 2
    assert all(len(token) == 36 for token in tokens)


def test_the_pointer_is_read_anew_each_time_unless_told_otherwise(
    table: str, spent: Callable[[], list[str]]
) -> None:
    now = 0.0
    store = DynamoStore(table, pointer_ttl=30, monotonic=lambda: now)
    other = DynamoStore(table)
    store.apply(ID, BLOB, None, T0, "ana")
    next_id, next_blob = pack({"version": "1", "users": {"ana": {"name": "Ana"}}})
    assert (store.config()[0], other.config()[0]) == (ID, ID)
    other.apply(next_id, next_blob, ID, at(1), "ben")
    spent()
    assert other.config()[0] == next_id
    assert spent() == ["GetItem", "Query"]
    now = 29.9
    assert store.config()[0] == ID
    assert store.current_revision() == next_id
    assert spent() == ["GetItem"]
    now = 30.0
    assert store.config()[0] == next_id
    store.apply(ID, BLOB, next_id, at(2), "ana")
    assert store.config()[0] == ID


def test_a_revision_larger_than_an_item_is_kept_in_parts(store: DynamoStore) -> None:
    blob = bytes(range(256)) * 3000
    store.apply("big", blob, None, T0, "ana")
    assert store._blob("big") == blob
    assert store._blob("bi") is None
    assert store._blob("bigger") is None
