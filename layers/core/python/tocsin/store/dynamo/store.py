"""The store on DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Callable

from pynamodb.connection import Connection

from tocsin.store.dynamo.alerts import Alerts
from tocsin.store.dynamo.browsers import Browsers
from tocsin.store.dynamo.configuration import Configuration
from tocsin.store.dynamo.feeds import Feeds
from tocsin.store.dynamo.incidents import Incidents
from tocsin.store.dynamo.pages import Pages
from tocsin.store.dynamo.people import People
from tocsin.store.dynamo.table import Table


class DynamoStore(Configuration, Alerts, Incidents, Pages, People, Browsers, Feeds):
    """``tocsin.store.ports.Store`` on one DynamoDB table. See ``docs/data-model.md``.

    Beside what the protocol says, whatever the connection raises comes through: throttling that outlasts the
    retries, no network, no permission.
    """

    def __init__(
        self,
        table: str,
        *,
        pointer_ttl: float = 0,
        over: Connection | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """``table`` is its name. ``over`` is the process's connection unless another is given.

        ``pointer_ttl`` is for how many seconds ``config`` takes the current revision for unchanged.
        """
        super().__init__(Table(table, over, sleep), pointer_ttl, monotonic)
