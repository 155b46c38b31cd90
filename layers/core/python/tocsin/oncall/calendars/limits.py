"""What a foreign feed may cost, and how it is told that something of it was left out."""

from __future__ import annotations

from dataclasses import dataclass

#: No rule that people write is longer; the length also bounds its lists of days.
RULE_LENGTH = 500
#: A rule may make this many occurrences in a day: one each quarter of an hour.
RULE_TIMES = 96
#: Deeper than any component of any RFC, so that nesting costs nothing.
DEPTH = 10
#: An event may use this share of the steps of its feed, so that one alone starves no other.
SHARE = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one feed may have or cost: its bytes; its events; the occurrences in the range asked for; the
    steps of recurrence.

    A step is an occurrence made, a day passed over on the way to the next one, or a date listed. Half a million are a
    few seconds at the very worst, and a year of a thousand repeating events.
    """

    size: int = 2_000_000
    events: int = 5_000
    occurrences: int = 10_000
    steps: int = 500_000


class FeedError(ValueError):
    """Nothing of the feed can be used; says why."""


class Unreadable(ValueError):
    """One event (or time zone) cannot be used; says why, to be read after "is left out: "."""


class Steps:
    """What is left of the steps of a feed, and of the event that is being read."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self._share = max(1, steps // SHARE)
        self._event = 0

    def begin(self) -> None:
        """The next event is read."""
        self._event = min(self._share, self._left)

    def spend(self, steps: int) -> None:
        """Take so many. Raises Unreadable when the event, or the feed, has no more."""
        self._left -= steps
        self._event -= steps
        if self._left < 0:
            raise Unreadable("the feed repeats so often or so sparsely that reading it takes too long")
        if self._event < 0:
            raise Unreadable("it repeats so often, or so sparsely, that reading it takes too long")
