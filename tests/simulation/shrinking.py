"""A history with what does not matter taken out of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.simulation.history import Played, play


def shrink(played: Played, seconds: float = 60, say: Callable[[str], None] = lambda words: None) -> Played:
    """The same history with as little in it as still goes wrong in the same way. It takes at most so long.

    Large parts are left out first, then smaller ones, down to single faults, messages and answers.
    """
    wrong = played.found[0].partition(":")[0]
    ends = time.monotonic() + seconds
    best, without = played, frozenset[str]()
    size = max(1, len(played.happened) // 2)
    while time.monotonic() < ends:
        smaller = _without_some(best, without, size, wrong, ends)
        if smaller is not None:
            best, without = smaller
            say(f"{len(best.happened)} things in it")
        elif size == 1:
            break
        size = max(1, min(size // 2, len(best.happened) // 2)) if smaller is None else size
    return best


def _without_some(
    best: Played, without: frozenset[str], size: int, wrong: str, ends: float
) -> tuple[Played, frozenset[str]] | None:
    """The first that still goes wrong of those that lack ``size`` things more."""
    happened = best.happened
    for start in range(0, len(happened), size):
        if time.monotonic() > ends:
            return None
        tried = without | set(happened[start : start + size])
        smaller = play(best.seed, tried)
        # In place of what is left out, something else may happen.
        still = any(words.startswith(f"{wrong}:") for words in smaller.found)
        if still and len(smaller.happened) <= len(happened):
            return smaller, tried
    return None
