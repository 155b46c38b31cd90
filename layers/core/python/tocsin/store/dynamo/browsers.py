"""The browsers in which people have push. Who has any stands with the changes, which every decision reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.store.common import pack_changes
from tocsin.store.dynamo.attributes import Instant, Integer, Json
from tocsin.store.dynamo.configuration import changes_written
from tocsin.store.dynamo.items import Item
from tocsin.store.dynamo.table import Table, Update, same

if TYPE_CHECKING:
    from tocsin.oncall.changes import Changes
    from tocsin.paging.browsers import Browsers as Known


class BrowsersItem(Item):
    """Those of one person, with what each gave to be pushed to."""

    version = Integer()
    rows = Json(default=list)
    links_from = Instant(null=True)


class Browsers:
    """The part of the store that knows where people have push."""

    _table: Table

    def browsers(self, user: str) -> Known:
        from tocsin.paging.browsers import Browser
        from tocsin.paging.browsers import Browsers as Known

        raw = self._table.read(_key(user))
        if raw is None:
            return Known(user)
        item = BrowsersItem.from_raw_data(raw)
        return Known(user, tuple(map(Browser.from_json, item.rows)), item.version, item.links_from)

    def put_browsers(self, browsers: Known, upon: Changes) -> None:
        from tocsin.oncall.changes import with_push

        rows = [row.as_json() for row in browsers.rows]
        item = BrowsersItem(
            *_key(browsers.user), version=browsers.version + 1, rows=rows, links_from=browsers.links_from
        )
        key, on = (item.pk, item.sk), same(BrowsersItem.version, browsers.version or None)
        after = with_push(upon, browsers.user, bool(rows))
        if after is upon:
            self._table.update(key, item.changes(), on)
            return
        self._table.transact(
            [Update(key, item.changes(), on), changes_written(after, pack_changes(after.rows), upon)]
        )


def _key(user: str) -> tuple[str, str]:
    return f"PERSON#{user}", "PUSH"
