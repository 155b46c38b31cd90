"""How many events a key may bring: token buckets on a clock that is passed in."""

from __future__ import annotations

from collections import OrderedDict


class TokenBucket:
    """``rate_per_minute`` tokens flow in, at most ``burst`` lie ready. It starts full.

    Whoever finds a whole token is let in, and what he then turns out to bring is charged, if need be into
    debt: a batch larger than the burst is never refused for ever, the next sender waits for it.
    """

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, rate_per_minute: float, burst: float) -> None:
        if rate_per_minute <= 0 or burst < 1:
            raise ValueError("a token bucket needs a rate above 0 and a burst of at least 1")
        self._per_second = rate_per_minute / 60
        self._burst = burst
        self._tokens = burst
        self._at: float | None = None

    def take(self, now: float) -> float | None:
        """Takes one token at ``now`` (seconds of any clock); None, or the seconds until there is one."""
        if self._at is None or now > self._at:
            elapsed = 0.0 if self._at is None else now - self._at
            self._tokens = min(self._burst, self._tokens + elapsed * self._per_second)
            self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return None
        return (1 - self._tokens) / self._per_second

    def charge(self, tokens: float) -> None:
        """Takes ``tokens`` that are owed for what has been let in."""
        self._tokens -= tokens


class Buckets:
    """A bucket for every key seen lately; the one longest unused makes room, and would start full again.

    A rate of 0 or less means no limit. ``burst`` defaults to a minute's worth.
    """

    def __init__(self, rate_per_minute: float, burst: float | None = None, most: int = 1000) -> None:
        self._rate = rate_per_minute
        self._burst = max(1.0, rate_per_minute if burst is None else burst)
        self._most = most
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float) -> float | None:
        """Takes one token of ``key``'s; None, or the seconds until there is one."""
        if self._rate <= 0:
            return None
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, self._burst)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket.take(now)

    def charge(self, key: str, tokens: float) -> None:
        """Charges ``key``, if it is still known, for what it has brought."""
        if bucket := self._buckets.get(key):
            bucket.charge(tokens)
