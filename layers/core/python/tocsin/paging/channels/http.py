"""What the channels that speak HTTP share: one request, its answer, and what an answer means for a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tocsin.paging.channels.base import Later, Refused
from tocsin.paging.plain import cut, one_line

#: Seconds for the whole of one request: a page function has 30 for all that it does.
TIMEOUT = 8.0
#: No answer that means anything is longer.
MOST_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Header names in lower case; the body is cut at ``MOST_BYTES``."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class HttpFailed(Exception):
    """There was no answer. ``maybe_sent``: the request may have been taken before the answer was lost."""

    def __init__(self, reason: str, detail: str, maybe_sent: bool) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.maybe_sent = maybe_sent


class Http(Protocol):
    """One request and its answer, redirects not followed. It is given to ``send`` as the client."""

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Raises HttpFailed: its ``reason`` is no_connection (never there), timeout, or address_refused (for good)."""
        ...


def no_answer(failed: HttpFailed) -> Later:
    """What it means for a page that nobody answered."""
    return Later(failed.reason, None, _words(failed.detail), failed.maybe_sent)


def refusal(
    answer: HttpAnswer, reasons: Mapping[int, str] | None = None, detail: str = ""
) -> Refused | Later:
    """What an answer that is not a success means, by its status; ``reasons`` of the vendor go first."""
    words = _words(f"HTTP {answer.status}: {detail}" if detail else f"HTTP {answer.status}")
    if reasons and answer.status in reasons:
        return Refused(reasons[answer.status], words)
    if answer.status == 429:
        return Later("throttled", retry_after(answer.headers.get("retry-after", "")), words)
    if answer.status in (408, 425) or answer.status >= 500:
        return Later(
            "carrier_down", retry_after(answer.headers.get("retry-after", "")), words, maybe_sent=True
        )
    if answer.status in (401, 403):
        return Refused("access_denied", words)
    return Refused("rejected", words)


def retry_after(value: str) -> int | None:
    """Seconds of a Retry-After header; a date in it is not read."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None


def _words(text: str) -> str:
    return cut(one_line(text), 500)
