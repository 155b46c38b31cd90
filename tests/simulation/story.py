"""Several revisions one after another, and who is on call by them: each instant asked of the one in force then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.simulation.duty import Duty, Era
from tocsin.oncall.changes import Change


@dataclass(frozen=True)
class Story:
    """Several revisions one after another, each from when it counts, with all changes that are known."""

    eras: Sequence[Era]
    rows: Sequence[Change] = ()
    _duties: dict[int, Duty] = field(default_factory=dict, compare=False)

    def at(self, at: datetime) -> Duty | None:
        """What was in force at an instant."""
        index = next((index for index in reversed(range(len(self.eras))) if self.eras[index].at <= at), None)
        return self.of(index) if index is not None else None

    def of(self, index: int) -> Duty:
        if index not in self._duties:
            self._duties[index] = Duty(self.eras[index], self.rows)
        return self._duties[index]

    def on_call(self, schedule: str, at: datetime) -> tuple[str, ...]:
        duty = self.at(at)
        return duty.on_call(schedule, at) if duty is not None else ()

    def edges(self, schedule: str, low: datetime, high: datetime) -> list[datetime]:
        """Those in [low, high], each as the revision in force then says."""
        found = {era.at for era in self.eras if low <= era.at <= high}
        ends = [*(era.at for era in self.eras[1:]), high]
        for index, end in enumerate(ends):
            found.update(self.of(index).edges(schedule, max(low, self.eras[index].at), min(end, high)))
        return sorted(found)
