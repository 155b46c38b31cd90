"""What a revision holds beside the document: what was true when it was applied, and no file can say.

Public holidays, as they were known then: a newer list must not change who was on call. And the order in which
each layer's people stood, where that is not what the file alone would give: a turn in progress goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tocsin.oncall.model import Carried


@dataclass(frozen=True, slots=True)
class Facts:
    """``holidays``: the days by the code that the file has (``BR-SP``). ``carried``: by schedule and layer.

    ``settled`` (aware): leave noted from day to day that was over by then is in the orders carried on, and counts for
    nothing else; None where there was none.
    """

    holidays: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    carried: Mapping[str, Mapping[str, Carried]] = field(default_factory=dict)
    settled: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.holidays or self.carried or self.settled)

    def as_json(self) -> dict[str, Any]:
        """Plain data, every scalar as text."""
        return {
            "holidays": {code: [day.isoformat() for day in days] for code, days in self.holidays.items()},
            "carried": {
                schedule: {
                    layer: {"turn": str(one.turn), "order": [str(place) for place in one.order]}
                    for layer, one in layers.items()
                }
                for schedule, layers in self.carried.items()
            },
            **({"settled": self.settled.isoformat()} if self.settled is not None else {}),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Facts:
        """What ``as_json`` made."""
        return cls(
            {
                code: tuple(date.fromisoformat(day) for day in days)
                for code, days in plain.get("holidays", {}).items()
            },
            {
                schedule: {
                    layer: Carried(int(one["turn"]), tuple(int(place) for place in one["order"]))
                    for layer, one in layers.items()
                }
                for schedule, layers in plain.get("carried", {}).items()
            },
            datetime.fromisoformat(plain["settled"]) if "settled" in plain else None,
        )


NO_FACTS = Facts()
