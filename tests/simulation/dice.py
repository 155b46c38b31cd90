"""Chance that a seed decides, one name at a time.

Each question has a name of its own, and its answer depends on the seed and that name alone. So a history stays what it
is when one thing is taken out of it, and can be shrunk to the few things that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_WHOLE = float(2**64)


class Dice:
    """The chance of one history. ``without`` names what must not happen in it."""

    def __init__(self, seed: int, without: frozenset[str] = frozenset()) -> None:
        self.seed = seed
        self.without = without
        #: Everything that happened by chance, by name, in order: what a history can be shrunk by.
        self.happened: dict[str, None] = {}
        self._key = seed.to_bytes(8, "big", signed=True)

    def roll(self, name: str) -> float:
        """In [0, 1)."""
        digest = blake2b(name.encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big") / _WHOLE

    def happens(self, name: str, chance: float) -> bool:
        """Whether something that can be taken out of the history happens."""
        return self.roll(name) < chance and self.allowed(name)

    def allowed(self, name: str) -> bool:
        """Notes that ``name`` happens, unless this history is told without it."""
        if name in self.without:
            return False
        self.happened[name] = None
        return True

    def pick(self, name: str, among: Sequence[T]) -> T:
        return among[int(self.roll(name) * len(among))]

    def between(self, name: str, low: float, high: float) -> float:
        return low + (high - low) * self.roll(name)

    def whole(self, name: str, low: int, high: int) -> int:
        """``low`` and ``high`` included."""
        return low + int(self.roll(name) * (high - low + 1))

    def sample(self, name: str, among: Sequence[T], count: int) -> list[T]:
        """``count`` different ones, in an order of chance."""
        order = sorted(range(len(among)), key=lambda index: self.roll(f"{name}/{index}"))
        return [among[index] for index in order[:count]]
