"""What the table's stream says happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def new_entries(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The kinds of the timeline entries that a batch of stream records adds, in order."""
    for record in records:
        if record.get("eventName") != "INSERT":
            continue
        image = record["dynamodb"].get("NewImage", {})
        if image.get("sk", {}).get("S", "").startswith("T#"):
            yield image["kind"]["S"]
