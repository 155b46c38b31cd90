"""The other ports in memory: queues, executions, time, names, alarms, metrics, all under somebody's hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tocsin.incidents.plan import Page
from tocsin.store.messages import OnPageQueue
from tocsin.store.ports import ArmingFailed, PageMessage


@dataclass(slots=True)
class MemoryPageQueue:
    """Keeps what was put, in order. While ``failing``, it takes nothing."""

    messages: list[OnPageQueue] = field(default_factory=list)
    failing: bool = False

    def put(self, messages: Sequence[OnPageQueue]) -> None:
        if self.failing:
            raise OSError("the page queue takes nothing: this test says so")
        self.messages.extend(messages)

    def take(self) -> list[OnPageQueue]:
        """Everything that was put since the last time."""
        taken, self.messages = self.messages, []
        return taken

    def pages(self) -> list[Page]:
        """The pages among what lies there."""
        return [message.page for message in self.messages if isinstance(message, PageMessage)]


@dataclass(frozen=True, slots=True)
class Started:
    """An execution that was started."""

    name: str
    incident: int
    due: datetime


@dataclass(slots=True)
class MemoryExecutions:
    """Keeps what was started, in order. While ``failing``, nothing can be."""

    started: list[Started] = field(default_factory=list)
    failing: bool = False

    def start(self, name: str, incident: int, due: datetime) -> None:
        if self.failing:
            raise ArmingFailed("no execution can be started: this test says so")
        self.started.append(Started(name, incident, due))

    def take(self) -> list[Started]:
        """Everything that was started since the last time."""
        taken, self.started = self.started, []
        return taken


class ManualClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, at: datetime) -> None:
        """``at`` is aware."""
        if at.tzinfo is None:
            raise ValueError("the clock needs an aware instant")
        self._at = at

    def now(self) -> datetime:
        return self._at

    def pause(self, attempt: int) -> None:
        """Time stands still for whoever waits to try again."""

    def advance(self, by: timedelta) -> datetime:
        """Moves on by ``by`` and gives the new time."""
        return self.set(self._at + by)

    def set(self, at: datetime) -> datetime:
        """Moves on to ``at``. Time does not run backwards."""
        if at < self._at:
            raise ValueError(f"it is {self._at} already: the clock cannot go back to {at}")
        self._at = at
        return at


class CountingIds:
    """Names that count, so that a run can be repeated and read."""

    def __init__(self) -> None:
        self._given = 0

    def fresh(self) -> str:
        self._given += 1
        return f"{self._given:032x}"

    def token(self) -> str:
        self._given += 1
        return f"{self._given:022d}"


@dataclass(slots=True)
class MemoryAlarms:
    """Keeps the alarms, as (kind, message)."""

    raised: list[tuple[str, str]] = field(default_factory=list)

    def raise_alarm(self, kind: str, message: str) -> None:
        self.raised.append((kind, message))

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.raised]


@dataclass(slots=True)
class MemoryMetrics:
    """Adds up what is counted."""

    counts: Counter[str] = field(default_factory=Counter)

    def count(self, name: str, value: int = 1) -> None:
        self.counts[name] += value
