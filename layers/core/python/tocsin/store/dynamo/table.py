"""Requests to the one table, through PynamoDB's connection.

PynamoDB's models describe the items; they do not send themselves. A model's own ``update`` would fetch the
whole item each time, and hide the one that a failed condition gives back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.constants import PUT_ITEM, UPDATE_ITEM
from pynamodb.exceptions import TableError, TransactWriteError, VerboseClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tocsin.store.dynamo.items import AUDIT_INDEX, Item, Key, Raw
from tocsin.store.ports import Conflict

#: DynamoDB's limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
TRANSACTION_ITEMS = 100
_BATCH_WRITES = 25

#: How often a request is sent again whose items DynamoDB left undone, or which met a transaction.
_ATTEMPTS = 6
_FIRST_PAUSE = 0.05

_KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
_INDEX_KEYS = [
    {"AttributeName": "audit", "KeyType": "HASH"},
    {"AttributeName": "audit_due", "KeyType": "RANGE"},
]


def shape(table: str) -> dict[str, Any]:
    """The table's keys and index, as DynamoDB describes them. The template declares the same."""
    return {
        "TableName": table,
        "KeySchema": _KEYS,
        "AttributeDefinitions": [
            {"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in (*_KEYS, *_INDEX_KEYS)
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": AUDIT_INDEX,
                "KeySchema": _INDEX_KEYS,
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    }


@cache
def connection() -> Connection:
    """The process's connection. Its timeouts fit into a function's: the defaults of 15 s and 30 s do not.

    The endpoint is botocore's to find: AWS_ENDPOINT_URL_DYNAMODB, then AWS_ENDPOINT_URL, then the region's.
    """
    return Connection(connect_timeout_seconds=1, read_timeout_seconds=3, max_retry_attempts=2)


def session() -> Any:
    """The process's botocore session. Clients made on it share the endpoint data that is loaded already."""
    return connection().session


class Refused(Conflict):
    """The condition of a write does not hold. ``item`` is what stands there instead, None for nothing."""

    def __init__(self, key: Key, item: Raw | None) -> None:
        super().__init__(f"{key[0]} {key[1]} is not what the write was decided on")
        self.item = item


class Contended(Conflict):
    """A transaction on the same item was under way."""

    def __init__(self, key: Key) -> None:
        super().__init__(f"{key[0]} {key[1]} is being written by a transaction")


class Cancelled(Conflict):
    """A transaction wrote nothing. ``reasons`` has DynamoDB's code for each step, None for a good one."""

    def __init__(self, reasons: Sequence[str | None], keys: Sequence[Key]) -> None:
        what = ", ".join(f"{key[0]} {key[1]}: {why}" for key, why in zip(keys, reasons, strict=False) if why)
        super().__init__(f"a transaction was cancelled ({what})")
        self.reasons = reasons


class Unprocessed(Exception):
    """DynamoDB kept leaving part of a batch undone: the table is throttled."""


# Named tuples: a frozen dataclass takes a starting function four times as long to make.
class Put(NamedTuple):
    """A step of a transaction: writes a whole item."""

    item: Item
    condition: Condition | None = None

    @property
    def key(self) -> Key:
        return self.item.pk, self.item.sk


class Update(NamedTuple):
    """A step of a transaction: changes what ``actions`` name, and makes the item when there is none."""

    key: Key
    actions: Sequence[Action]
    condition: Condition | None = None


class Table:
    def __init__(
        self, name: str, over: Connection | None = None, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.name = name
        self._connection = over if over is not None else connection()
        self._sleep = sleep
        try:
            self._connection.get_meta_table(name)
        except TableError:
            self._connection.add_meta_table(MetaTable(shape(name)))

    # one item

    def read(self, key: Key) -> Raw | None:
        """GetItem, consistent."""
        answer = self._connection.get_item(self.name, key[0], key[1], consistent_read=True)
        item: Raw | None = answer.get("Item")
        return item

    def put(self, item: Item, condition: Condition | None = None) -> None:
        """PutItem. Raises Refused."""
        self._write(PUT_ITEM, (item.pk, item.sk), self._put_arguments(item, condition))

    def update(
        self,
        key: Key,
        actions: Sequence[Action],
        condition: Condition | None = None,
        returns: str | None = None,
        patient: bool = False,
    ) -> Raw:
        """UpdateItem. Gives what ``returns`` (ALL_NEW, UPDATED_NEW) asks for. Raises Refused and Contended.

        ``patient`` waits for transactions in the way instead: for writes that do not depend on what was read.
        """
        arguments = self._update_arguments(key, actions, condition)
        if returns is not None:
            arguments["ReturnValues"] = returns
        for pause in _pauses() if patient else ():
            try:
                return self._write(UPDATE_ITEM, key, arguments)
            except Contended:
                self._sleep(pause)
        return self._write(UPDATE_ITEM, key, arguments)

    def _write(self, operation: str, key: Key, arguments: dict[str, Any]) -> Raw:
        try:
            answer = self._connection.dispatch(operation, arguments)
        except VerboseClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                # PynamoDB's error leaves the item out; botocore's, its cause, has it.
                raise Refused(key, getattr(error.__cause__, "response", {}).get("Item")) from error
            if code == "TransactionConflictException":
                raise Contended(key) from error
            raise
        attributes: Raw = answer.get("Attributes", {})
        return attributes

    def _put_arguments(self, item: Item, condition: Condition | None) -> dict[str, Any]:
        return self._connection.get_operation_kwargs(
            self.name,
            item.pk,
            item.sk,
            key="Item",
            attributes=item.serialize(),
            condition=condition,
            return_values_on_condition_failure="ALL_OLD" if condition is not None else None,
        )

    def _update_arguments(
        self, key: Key, actions: Sequence[Action], condition: Condition | None
    ) -> dict[str, Any]:
        return self._connection.get_operation_kwargs(
            self.name,
            key[0],
            key[1],
            actions=actions,
            condition=condition,
            return_values_on_condition_failure="ALL_OLD" if condition is not None else None,
        )

    # several items

    def read_many(self, keys: Iterable[Key]) -> dict[Key, Raw]:
        """BatchGetItem, consistent: one request for at most 100 keys, unless some are left undone."""
        rest: list[Any] = [{"pk": pk, "sk": sk} for pk, sk in keys]
        found: dict[Key, Raw] = {}
        for pause in (0.0, *_pauses()):
            if pause:
                self._sleep(pause)
            answer = self._connection.batch_get_item(self.name, rest, consistent_read=True)
            for item in answer.get("Responses", {}).get(self.name, ()):
                found[item["pk"]["S"], item["sk"]["S"]] = item
            rest = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if not rest:
                return found
        raise Unprocessed(f"{len(rest)} items of {self.name} could not be read after {_ATTEMPTS} attempts")

    def put_many(self, items: Iterable[Item]) -> None:
        """Writes whole items, without conditions: PutItem for one, BatchWriteItem for up to 25.

        Of two with the same key the last one stays.
        """
        rest = list({(item.pk, item.sk): item for item in items}.values())
        if len(rest) == 1:
            self.put(rest[0])
            return
        for start in range(0, len(rest), _BATCH_WRITES):
            self._put_batch([item.serialize() for item in rest[start : start + _BATCH_WRITES]])

    def _put_batch(self, rest: list[Raw]) -> None:
        for pause in (0.0, *_pauses()):
            if pause:
                self._sleep(pause)
            answer = self._connection.batch_write_item(self.name, put_items=rest)
            undone = answer.get("UnprocessedItems", {}).get(self.name, ())
            rest = [request["PutRequest"]["Item"] for request in undone]
            if not rest:
                return
        raise Unprocessed(f"{len(rest)} items of {self.name} could not be written after {_ATTEMPTS} attempts")

    def query(self, pk: str, prefix: str) -> Iterator[Raw]:
        """Query, consistent: all items of a partition whose sort key begins with ``prefix``, in its order."""
        start: Any = None
        while True:
            answer = self._connection.query(
                self.name,
                pk,
                range_key_condition=Item.sk.startswith(prefix),
                consistent_read=True,
                exclusive_start_key=start,
            )
            yield from answer["Items"]
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return

    def query_between(
        self, pk: str, low: str, high: str, *, backwards: bool = False, limit: int | None = None
    ) -> Iterator[Raw]:
        """Query, consistent: the items of a partition from one sort key to another, both included."""
        start: Any = None
        left = limit
        while left is None or left > 0:
            answer = self._connection.query(
                self.name,
                pk,
                range_key_condition=Item.sk.between(low, high),
                consistent_read=True,
                exclusive_start_key=start,
                scan_index_forward=not backwards,
                limit=left,
            )
            yield from answer["Items"]
            if left is not None:
                left -= len(answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return

    def query_index(self, hash_key: str, condition: Condition, limit: int) -> Sequence[Raw]:
        """Query of the auditor's index, eventually consistent: the earliest, at most ``limit``, one page."""
        answer = self._connection.query(
            self.name, hash_key, range_key_condition=condition, index_name=AUDIT_INDEX, limit=limit
        )
        items: Sequence[Raw] = answer["Items"]
        return items

    def transact(self, steps: Sequence[Put | Update]) -> None:
        """TransactWriteItems: all steps or none, at most 100, each on an item of its own. Raises Cancelled.

        botocore gives every call a token of its own, which its retries repeat: an answer that was lost does
        not turn into a conflict with itself.
        """
        puts = [step for step in steps if isinstance(step, Put)]
        updates = [step for step in steps if isinstance(step, Update)]
        try:
            self._connection.transact_write_items(
                condition_check_items=(),
                delete_items=(),
                put_items=[self._put_arguments(step.item, step.condition) for step in puts],
                update_items=[
                    self._update_arguments(step.key, step.actions, step.condition) for step in updates
                ],
            )
        except TransactWriteError as error:
            codes = [reason.code if reason else None for reason in error.cancellation_reasons]
            if not {"ConditionalCheckFailed", "TransactionConflict"}.isdisjoint(codes):
                of = dict(zip(map(id, (*puts, *updates)), codes, strict=False))
                raise Cancelled([of.get(id(step)) for step in steps], [step.key for step in steps]) from error
            raise


def _pauses() -> Iterator[float]:
    """Seconds to wait between attempts: doubling, with full jitter, about 1.5 s in all at the most."""
    for attempt in range(_ATTEMPTS - 1):
        yield random.uniform(0, _FIRST_PAUSE * 2**attempt)


def same(attribute: Any, value: Any) -> Condition:
    """The attribute has this value; for None: there is no such attribute."""
    condition: Condition = attribute.does_not_exist() if value is None else attribute == value
    return condition
