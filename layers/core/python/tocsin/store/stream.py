"""What the table's stream says happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tocsin.incidents.incident import Entry
from tocsin.store.dynamo.incidents import EntryItem

Image = dict[str, Any]


def new_entries(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The kinds of the timeline entries that a batch of stream records adds, in order."""
    return (image["kind"]["S"] for image in _new_lines(records))


def new_lines(records: Iterable[dict[str, Any]]) -> Iterator[tuple[int, Entry]]:
    """Those entries whole, each with its incident's number. A line without a time or an actor is left out."""
    for image in _new_lines(records):
        if "at" in image and "actor" in image:
            yield int(image["pk"]["S"].removeprefix("INC#")), EntryItem.from_raw_data(image).entry()


def _new_lines(records: Iterable[dict[str, Any]]) -> Iterator[Image]:
    for record in records:
        if record.get("eventName") != "INSERT":
            continue
        image = record["dynamodb"].get("NewImage", {})
        if image.get("sk", {}).get("S", "").startswith("T#"):
            yield image
