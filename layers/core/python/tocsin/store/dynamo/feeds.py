"""How feeds fare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.attributes import UnicodeAttribute

from tocsin.store.dynamo.attributes import Instant, Integer, Json
from tocsin.store.dynamo.items import Item, head
from tocsin.store.dynamo.table import Table

# Every function loads this with the store: what only some of them ask for is imported when they do.
if TYPE_CHECKING:
    from tocsin.store.feeds import FeedState


class FeedItem(Item):
    """How one feed fares."""

    tried_at = Instant(null=True)
    last_ok = Instant(null=True)
    etag = UnicodeAttribute(default="")
    last_modified = UnicodeAttribute(default="")
    read_as = UnicodeAttribute(default="")
    shifts = Integer(default=0)
    failures = Integer(default=0)
    failing_since = Instant(null=True)
    error = UnicodeAttribute(default="")
    alarmed_at = Instant(null=True)
    empty_since = Instant(null=True)
    problems = Json(default=list)


class Feeds:
    """The part of the store that knows feeds."""

    _table: Table

    def feed(self, name: str) -> FeedState:
        from tocsin.store.feeds import FeedState

        raw = self._table.read(head("FEED", name))
        if raw is None:
            return FeedState()
        item = FeedItem.from_raw_data(raw)
        return FeedState(
            item.tried_at,
            item.last_ok,
            item.etag,
            item.last_modified,
            item.read_as,
            item.shifts,
            item.failures,
            item.failing_since,
            item.error,
            item.alarmed_at,
            item.empty_since,
            tuple(item.problems),
        )

    def put_feed(self, name: str, state: FeedState) -> None:
        self._table.put(
            FeedItem(
                *head("FEED", name),
                tried_at=state.tried_at,
                last_ok=state.last_ok,
                etag=state.etag,
                last_modified=state.last_modified,
                read_as=state.read_as,
                shifts=state.shifts,
                failures=state.failures,
                failing_since=state.failing_since,
                error=state.error,
                alarmed_at=state.alarmed_at,
                empty_since=state.empty_since,
                problems=list(state.problems),
            )
        )
