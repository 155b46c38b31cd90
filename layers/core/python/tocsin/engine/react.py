"""What follows from what happened: so far, metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tocsin.store.ports import Metrics


def count_entries(metrics: Metrics, kinds: Iterable[str]) -> None:
    """One metric for each kind of timeline entry: ``acknowledged`` becomes ``TimelineAcknowledged``."""
    for kind, times in Counter(kinds).items():
        metrics.count("Timeline" + "".join(word.capitalize() for word in kind.split("_")), times)
