"""DynamoDB's capacity units, by the sizes of items.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]


def size(item: Item | None) -> int:
    """An item's bytes as DynamoDB counts them, 0 for none."""
    return sum(len(name.encode()) + _value(value) for name, value in (item or {}).items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.strip("-").replace(".", "")) // 2 + 2
        case "B":
            return len(content)
        case "M":
            return 3 + sum(len(name.encode()) + _value(inner) + 1 for name, inner in content.items())
        case "L":
            return 3 + sum(_value(inner) + 1 for inner in content)
        case _:
            return 1


def reading(items: Sequence[Item | None], consistent: bool, together: bool = False) -> float:
    """Units of reading items, each by itself or, as a query does, ``together``; half when not ``consistent``."""
    sizes = [sum(map(size, items))] if together else list(map(size, items))
    whole = sum(max(1, math.ceil(one / 4096)) for one in sizes)
    return whole if consistent else whole / 2


def writing(before: Item | None, after: Item | None, index: Sequence[str], transaction: bool) -> float:
    """Units of a write, by the larger of both items; ``index`` are the keys of the one index, which is sparse."""
    whole = max(1, math.ceil(max(size(before), size(after)) / 1024)) * (2 if transaction else 1)
    was, now = _entry(before, index), _entry(after, index)
    return whole + ((was is not None) + (now is not None) if was != now else 0)


def _entry(item: Item | None, index: Sequence[str]) -> list[Any] | None:
    if item is None or any(name not in item for name in index):
        return None
    return [item[name] for name in index]


def written(operation: str, asked: Mapping[str, Any]) -> Iterator[Item]:
    """The keys of the items that a request writes."""
    if operation == "TransactWriteItems":
        steps = asked["TransactItems"]
    elif operation == "BatchWriteItem":
        steps = [step for requests in asked["RequestItems"].values() for step in requests]
    else:
        steps = [{operation: asked}]
    for step in steps:
        ((_, body),) = step.items()
        found = body.get("Key") or body["Item"]
        yield {name: found[name] for name in ("pk", "sk")}
