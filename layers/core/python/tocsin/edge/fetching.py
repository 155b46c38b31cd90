"""Fetches calendars from addresses that other people wrote down, over the connections of ``tocsin.edge.outside``.

Where a host leads on to is looked at as the first address was. There is one deadline for all of it, redirects
included, and a most that is read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urljoin, urlsplit

from tocsin.config.feeds import feed_address
from tocsin.edge.outside import NotReached, Outside
from tocsin.engine.feed import Fetched, FetchFailed
from tocsin.oncall.calendars.limits import Limits
from tocsin.store.feeds import FeedState

#: Seconds for all of one feed.
DEADLINE = 10.0
_REDIRECTS = 3
_REDIRECTING = (301, 302, 303, 307, 308)
#: Longer names of a content are not kept: they are sent back with each question.
_NAME = 200


@dataclass(frozen=True)
class Fetcher(Outside):
    """Fetches over https, at most ``most`` bytes in ``deadline`` seconds."""

    deadline: float = DEADLINE
    most: int = Limits().size

    def __call__(self, url: str, state: FeedState) -> Fetched:
        """``engine.feed.Fetch``."""
        end = time.monotonic() + self.deadline
        for _ in range(_REDIRECTS + 1):
            host, target = _parts(url)
            try:
                with self.ask("GET", host, target, _headers(state), end) as answer:
                    found = self._read(host, answer, state)
            except NotReached as error:
                raise FetchFailed(str(error)) from error
            if isinstance(found, Fetched):
                return found
            url = urljoin(url, found)
        raise FetchFailed(f"{host} leads on more than {_REDIRECTS} times")

    def _read(self, host: str, answer: HTTPResponse, state: FeedState) -> Fetched | str:
        """The content, or where the host says it is."""
        if answer.status in _REDIRECTING:
            return answer.getheader("Location", "")
        if answer.status == 304:
            return Fetched(None, state.etag, state.last_modified)
        if answer.status != 200:
            raise FetchFailed(f"{host} answers {answer.status}")
        if answer.getheader("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise FetchFailed(f"{host} answers compressed, and was asked not to")
        declared = answer.length
        data = bytearray()
        while len(data) <= self.most and (part := answer.read1(65_536)):
            data += part
        if len(data) > self.most or (declared or 0) > self.most:
            raise FetchFailed(f"{host} has more than {self.most:,} bytes")
        if declared is not None and len(data) < declared:
            raise FetchFailed(f"{host} breaks off its answer")
        return Fetched(bytes(data), _kept(answer.getheader("ETag")), _kept(answer.getheader("Last-Modified")))


def _parts(url: str) -> tuple[str, str]:
    """Host, and what to ask it for. Raises FetchFailed: what a redirect says has to be as good as what a file does."""
    try:
        parts = urlsplit(feed_address(url))
    except ValueError as error:
        raise FetchFailed(f"an address on the way {error}") from error
    return parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(state: FeedState) -> dict[str, str]:
    asked = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {
        "User-Agent": "tocsin",
        "Accept": "text/calendar, */*;q=0.5",
        "Accept-Encoding": "identity",
        **{name: value for name, value in asked.items() if value},
    }


def _kept(name: str | None) -> str:
    """What names a content, if it can be sent back as it is."""
    fits = name is not None and len(name) <= _NAME and name.isascii() and name.isprintable()
    return name or "" if fits else ""
