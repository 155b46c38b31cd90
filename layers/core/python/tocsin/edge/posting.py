"""Posts to addresses that other people wrote down, over the connections of ``tocsin.edge.outside``.

The client of webhooks and of Web Push. Redirects are not followed: their status is the answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

from tocsin.edge.outside import NotReached, Outside
from tocsin.paging.channels.foreign import address
from tocsin.paging.channels.http import TIMEOUT, HttpAnswer, HttpFailed

#: Bytes of an answer that are read: of a stranger's words only the status counts.
MOST_READ = 16_384


@dataclass(frozen=True)
class Poster(Outside):
    """``tocsin.paging.channels.http.Http``, to the open internet alone; ``deadline`` in seconds is for all of it."""

    deadline: float = TIMEOUT
    most: int = MOST_READ

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Raises HttpFailed; ``address_refused`` where the address may not be asked."""
        end = time.monotonic() + self.deadline
        try:
            parts = address(url)
        except ValueError as error:
            raise HttpFailed("address_refused", f"the address {error}", False) from None
        host = parts.hostname or ""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        given = {**(headers or {}), "User-Agent": "tocsin", "Accept-Encoding": "identity"}
        try:
            with self.ask(method, host, target, given, end, body) as answer:
                named = {name.lower(): value for name, value in answer.getheaders()}
                return HttpAnswer(answer.status, self._read(answer), named)
        except NotReached as failed:
            reason = "address_refused" if failed.why == "closed" else failed.why
            # A name may be a secret too, and what stands behind the failure may hold the whole address.
            raise HttpFailed(reason, str(failed).replace(host, "the host"), failed.maybe_sent) from None

    def _read(self, answer: HTTPResponse) -> bytes:
        """The beginning of the body. One that breaks off, or has no end, takes nothing from the status."""
        data = bytearray()
        with suppress(OSError, HTTPException, ValueError):
            while len(data) < self.most and (part := answer.read1(self.most - len(data))):
                data += part
        return bytes(data)
