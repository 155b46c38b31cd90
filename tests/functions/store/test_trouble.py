"""What the store does when DynamoDB is slow, busy or half done, and what it leaves alone in the items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import CancellationReason, TransactWriteError, VerboseClientError

from tests.unit.store.samples import KEY, T0, alert, at, commit, entry, fate, incident, opening, outbox, page
from tocsin.incidents.incident import State
from tocsin.store.dynamo import DynamoStore
from tocsin.store.dynamo.table import Unprocessed, connection
from tocsin.store.pages import Message, NoticeClaim, PageState
from tocsin.store.people import Calls, LinkGrant, Phone
from tocsin.store.ports import Conflict

Failure = Callable[[str, dict[str, Any]], None]


class Troubled(Connection):
    """A connection that meets with trouble: ``before`` and ``after`` each request it may raise, or change things."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Failure] = []
        self.after: list[Failure] = []
        self.sent: list[str] = []

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        if self.before:
            self.before.pop(0)(operation_name, operation_kwargs)
        self.sent.append(operation_name)
        answer = super().dispatch(operation_name, operation_kwargs)
        if self.after:
            self.after.pop(0)(operation_name, answer)
        return answer


def fails(code: str, *reasons: str | None) -> Failure:
    def fail(operation: str, _: dict[str, Any]) -> None:
        raise VerboseClientError(
            {"Error": {"Code": code, "Message": "The conditional request failed, or so it seems"}},
            operation,
            cancellation_reasons=[CancellationReason(code=why) if why else None for why in reasons],
        )

    return fail


def passes(_: str, __: dict[str, Any]) -> None:
    return None


@pytest.fixture
def trouble(aws: None) -> Troubled:
    return Troubled()


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def store(table: str, trouble: Troubled, naps: list[float]) -> DynamoStore:
    return DynamoStore(table, over=trouble, sleep=naps.append)


def raw(store: DynamoStore, pk: str, sk: str = "HEAD") -> dict[str, Any]:
    answer = connection().client.get_item(TableName=store._table.name, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    item: dict[str, Any] = answer["Item"]
    return item


def touch(store: DynamoStore, pk: str, sk: str = "HEAD") -> None:
    """What newer code may have added to an item."""
    connection().client.update_item(
        TableName=store._table.name,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression="SET mood = :mood",
        ExpressionAttributeValues={":mood": {"S": "calm"}},
    )


# codes, never messages


def test_a_transaction_in_the_way_of_a_decision_is_a_conflict(store: DynamoStore, trouble: Troubled) -> None:
    store.open_incident(opening(), None)
    trouble.before = [fails("TransactionConflictException")]
    with pytest.raises(Conflict):
        store.count(alert(), 1, "00000000000000000002", T0, T0)
    trouble.before = [fails("TransactionCanceledException", "TransactionConflict", None)]
    with pytest.raises(Conflict):
        store.commit(commit(incident()), None)
    assert store.incident(1042) == incident()


def test_a_transaction_on_an_alert_to_be_closed_is_a_conflict_and_not_taken_for_one_that_moved_on(
    store: DynamoStore, trouble: Troubled
) -> None:
    store.open_incident(opening(), None)
    change = commit(incident(), closes=(KEY, "another"), state=State.RESOLVED)
    trouble.before = [
        fails("TransactionCanceledException", None, "TransactionConflict", "ConditionalCheckFailed"),
    ]
    trouble.sent.clear()
    with pytest.raises(Conflict):
        store.commit(change, None)
    assert trouble.sent == []
    assert store.alert(KEY)[0] == alert()


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ProvisionedThroughputExceededException", "AccessDeniedException"]
)
def test_what_is_no_conflict_comes_through(store: DynamoStore, trouble: Troubled, code: str) -> None:
    store.open_incident(opening(), None)
    uses: list[Callable[[], object]] = [
        lambda: store.count(alert(), 1, "00000000000000000002", T0, T0),
        lambda: store.claim_page(1042, page(), T0, at(60)),
        lambda: store.put_phone(Phone("+55")),
        lambda: store.mark_sent(1042, ["p"]),
    ]
    for use in uses:
        trouble.before = [fails(code)]
        with pytest.raises(ClientError):
            use()
    trouble.before = [fails(code)]
    with pytest.raises(TransactWriteError):
        store.commit(commit(incident()), None)


def test_a_throttled_transaction_is_no_conflict(store: DynamoStore, trouble: Troubled) -> None:
    trouble.before = [fails("TransactionCanceledException", None, "ThrottlingError")]
    with pytest.raises(TransactWriteError):
        store.open_incident(opening(), None)


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.mark_sent(1042, tuple(incident().outbox)),
        lambda store: store.note_resolve(KEY, "i", "d", T0),
        lambda store: store.claim_page(1042, page("ben"), T0, at(60)),
        lambda store: store.note_receipt(1042, "p", "DELIVERED"),
    ],
)
def test_what_does_not_depend_on_what_was_read_waits_for_the_transaction_in_its_way(
    store: DynamoStore, trouble: Troubled, naps: list[float], use: Callable[[DynamoStore], object]
) -> None:
    store.open_incident(opening(), None)
    trouble.before = [fails("TransactionConflictException")] * 3
    use(store)
    assert len(naps) == 3
    assert trouble.before == []


def test_a_transaction_that_never_ends_is_given_up(
    store: DynamoStore, trouble: Troubled, naps: list[float]
) -> None:
    store.open_incident(opening(), None)
    trouble.before = [fails("TransactionConflictException")] * 6
    with pytest.raises(Conflict):
        store.mark_sent(1042, tuple(incident().outbox))
    assert sum(naps) < 2


# half done


def test_what_a_batch_left_unread_is_read_then(
    store: DynamoStore, trouble: Troubled, naps: list[float]
) -> None:
    store.open_incident(opening(), None)
    store.put_fates([fate("e1"), fate("e2")])

    def withhold(_: str, answer: dict[str, Any]) -> None:
        [(table, items)] = answer["Responses"].items()
        held = items.pop()
        answer["UnprocessedKeys"] = {
            table: {"Keys": [{"pk": held["pk"], "sk": held["sk"]}], "ConsistentRead": True}
        }

    trouble.sent.clear()
    trouble.after = [withhold, withhold]
    found, fates = store.alert(KEY, ["e1", "e2"])
    assert found == alert()
    assert set(fates) == {"e1", "e2"}
    assert trouble.sent == ["BatchGetItem"] * 3
    assert len(naps) == 2


def test_what_a_batch_left_unwritten_is_written_then(
    store: DynamoStore, trouble: Troubled, naps: list[float]
) -> None:
    def withhold(_: str, arguments: dict[str, Any]) -> None:
        [(table, written)] = arguments["RequestItems"].items()
        held.append({table: [written.pop()]})

    def admit(_: str, answer: dict[str, Any]) -> None:
        answer["UnprocessedItems"] = held.pop()

    held: list[dict[str, Any]] = []
    trouble.before, trouble.after = [withhold], [admit]
    store.put_fates([fate("e1"), fate("e2"), fate("e3")])
    assert set(store.alert(KEY, ["e1", "e2", "e3"])[1]) == {"e1", "e2", "e3"}
    assert len(naps) == 1


def test_a_batch_that_stays_undone_is_an_error(
    store: DynamoStore, trouble: Troubled, naps: list[float]
) -> None:
    def withhold(_: str, answer: dict[str, Any]) -> None:
        answer["Responses"] = {}
        answer["UnprocessedKeys"] = {store._table.name: {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}]}}

    trouble.after = [withhold] * 6
    with pytest.raises(Unprocessed):
        store.alert(KEY, ["e1"])

    def refuse(_: str, answer: dict[str, Any]) -> None:
        answer["UnprocessedItems"] = {
            store._table.name: [{"PutRequest": {"Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}}}]
        }

    trouble.after = [refuse] * 6
    with pytest.raises(Unprocessed):
        store.put_fates([fate("e1"), fate("e2")])
    assert sum(naps) < 4


def test_a_timeline_longer_than_a_page_of_answers_is_whole(store: DynamoStore) -> None:
    lines = tuple(entry(f"{n:03d}", n, "page_refused", reason="x" * 100_000) for n in range(25))
    store.add_entries(7, lines)
    assert store.timeline(7) == lines


# answers that got lost


def sends_again(connection: Troubled) -> Failure:
    """The answer to a write got lost, and the client sent it again: what botocore does by itself."""

    def again(operation: str, arguments: dict[str, Any]) -> None:
        Connection.dispatch(connection, operation, dict(arguments))

    return again


def test_a_claim_whose_answer_got_lost_is_still_won(store: DynamoStore, trouble: Troubled) -> None:
    trouble.before = [sends_again(trouble)]
    won, record = store.claim_page(1042, page(), T0, at(60))
    assert won
    assert (record.tries, record.maybe_twice) == (1, False)
    assert store.claim_page(1042, page(), at(1), at(61))[0] is False
    trouble.before = [sends_again(trouble)]
    assert store.claim_notice("n1", T0, at(60)) is NoticeClaim.WON
    assert store.claim_notice("n1", at(1), at(61)) is NoticeClaim.HELD


def test_a_claim_that_is_not_told_who_holds_the_page_looks(store: DynamoStore, trouble: Troubled) -> None:
    _, mine = store.claim_page(1042, page(), T0, at(60))
    trouble.before = [fails("ConditionalCheckFailedException")]
    assert store.claim_page(1042, page(), at(1), at(61)) == (False, mine)


# what newer code wrote


def test_a_change_of_an_incident_leaves_alone_what_it_does_not_know(store: DynamoStore) -> None:
    store.open_incident(opening(), at(60))
    touch(store, "INC#1042")
    store.commit(commit(incident(), wakes=1, due=None), None)
    store.mark_sent(1042, tuple(incident().outbox))
    item = raw(store, "INC#1042")
    assert item["mood"] == {"S": "calm"}
    assert item["outbox"] == {"M": {}}
    assert not {"due", "audit", "audit_due"} & set(item)


def test_whatever_happens_to_an_alert_leaves_alone_what_it_does_not_know(store: DynamoStore) -> None:
    store.open_incident(opening(), None)
    touch(store, f"ALERT#{KEY}")
    touch(store, "INC#1042", f"ALERT#{KEY}")
    store.count(alert(), 1, "00000000000000000002", T0, T0)
    store.commit(commit(incident(), closes=(KEY,), state=State.RESOLVED), None)
    store.note_resolve(KEY, "i", "d", at(9))
    before, _ = store.alert(KEY)
    store.open_incident(opening(1043, before=before), None)
    assert raw(store, f"ALERT#{KEY}")["mood"] == {"S": "calm"}
    copy = raw(store, "INC#1042", f"ALERT#{KEY}")
    assert copy["mood"] == {"S": "calm"}
    assert copy["count"] == {"N": "2"}


def test_a_page_a_phone_and_calls_keep_what_is_not_known(store: DynamoStore) -> None:
    _, record = store.claim_page(1042, page(), T0, at(60))
    store.put_phone(Phone("+55", {1: 7}))
    store.put_calls(Calls("ana"))
    keys = [("INC#1042", f"PAGE#{record.id}"), ("PHONE#+55", "HEAD"), ("PERSON#ana", "CALLS")]
    for key in keys:
        touch(store, *key)
    store.finish_page(replace(record, state=PageState.WAITING), (), None, at(1))
    store.claim_page(1042, page(), at(2), at(62))
    store.note_receipt(1042, record.id, "DELIVERED")
    store.put_phone(Phone("+55", {}, version=1))
    store.put_calls(Calls("ana", version=1))
    assert [raw(store, *key)["mood"] for key in keys] == [{"S": "calm"}] * 3


# what is in the items


def test_an_incident_that_nothing_will_happen_to_is_not_in_the_auditors_index(store: DynamoStore) -> None:
    store.open_incident(opening(), None)
    assert not {"audit", "audit_due"} & set(raw(store, "INC#1042"))
    store.commit(commit(incident()), at(9))
    item = raw(store, "INC#1042")
    assert item["audit"] == {"S": "AUDIT#2"}
    assert item["audit_due"] == {"S": "2026-11-23T02:00:09.000000+00:00"}


def test_the_pages_of_the_outbox_are_a_map_by_their_ids(store: DynamoStore) -> None:
    pages = outbox(1042, page("ana.souza"), page("b[0]"))
    store.open_incident(opening(incident=incident(outbox=pages)), None)
    found = raw(store, "INC#1042")["outbox"]["M"]
    assert set(found) == {"1042-c1-r1-s1-ana.souza-0", "1042-c1-r1-s1-b%5B0%5D-0"}


def test_what_is_needed_for_a_while_only_says_when_it_may_go(store: DynamoStore) -> None:
    start = int(T0.timestamp())
    store.put_fates([fate("e1")])
    _, record = store.claim_page(1042, page(), T0, at(60))
    store.finish_page(
        replace(record, state=PageState.SENT), (), Message("m1", 1042, record.id, "ana", "+55"), T0
    )
    store.claim_notice("n1", T0, at(60))
    store.finish_notice("n2", T0)
    store.put_link(LinkGrant("l1", 1042, "ana", at(100.5)))
    day = 86400
    assert raw(store, "EVENT#e1", "FATE")["expires"] == {"N": str(start + 35 * day)}
    assert raw(store, "MSG#m1")["expires"] == {"N": str(start + 35 * day)}
    assert raw(store, "NOTICE#n1")["expires"] == {"N": str(start + 7 * day)}
    assert raw(store, "NOTICE#n2")["expires"] == {"N": str(start + 7 * day)}
    assert raw(store, "LINK#l1")["expires"] == {"N": str(start + 101)}


def test_incidents_and_alerts_never_expire(store: DynamoStore) -> None:
    store.open_incident(opening(), None)
    store.commit(commit(incident(), entry("000002-000", 9), closes=(KEY,), state=State.RESOLVED), None)
    items = connection().client.query(
        TableName=store._table.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "INC#1042"}},
    )["Items"]
    assert len(items) == 4
    assert not [item for item in (*items, raw(store, f"ALERT#{KEY}")) if "expires" in item]


def test_a_long_payload_is_kept_small(store: DynamoStore) -> None:
    store.open_incident(opening(payload='{"text":"' + "All work and no play. " * 5000 + '"}'), None)
    copy = raw(store, "INC#1042", f"ALERT#{KEY}")
    assert "payload" not in copy
    assert len(copy["payload_z"]["B"]) < 2000


def test_every_apply_is_remembered_with_its_author(store: DynamoStore) -> None:
    store.apply("r1", b"one", None, T0, "ana")
    store.apply("r2", b"two", "r1", at(1), "ben")
    stamp = "2026-11-23T02:00:01.000000+00:00"
    assert raw(store, "CONFIG", f"APPLIED#{stamp}#r2") == {
        "pk": {"S": "CONFIG"},
        "sk": {"S": f"APPLIED#{stamp}#r2"},
        "revision": {"S": "r2"},
        "before": {"S": "r1"},
        "at": {"S": stamp},
        "by": {"S": "ben"},
    }


def test_a_change_of_too_many_things_at_once_is_refused_before_it_is_sent(
    store: DynamoStore, trouble: Troubled
) -> None:
    store.open_incident(opening(), None)
    trouble.sent.clear()
    with pytest.raises(ValueError, match="too many"):
        store.commit(commit(incident(), closes=tuple(f"k{n}" for n in range(100))), None)
    assert trouble.sent == []
