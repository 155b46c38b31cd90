"""What may go wrong at an effect: at the one line where a function touches what outlives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tests.simulation.kernel import Died, Process
from tests.simulation.weather import Weather
from tocsin.store.ports import Conflict

T = TypeVar("T")


class Unavailable(OSError):
    """The service did not answer, or answered that it cannot."""


class Effects:
    """Runs every effect of every function, and lets the weather strike it."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        #: How many effects there were.
        self.count = 0

    def __call__(
        self, process: Process, label: str, act: Callable[[], T], kinds: tuple[str, ...], asked: object = ""
    ) -> T:
        """``kinds`` are the faults that this effect can have; what it cannot have is not tried.

        ``asked`` is the request: a service's own words about an error may well repeat it.
        """
        if process.gone:
            raise Died
        self.count += 1
        process.effects += 1
        where = f"{process.name} at {process.effects} {label}"
        weather, kernel = self._weather, process.kernel
        fault = None if process.spared else weather.one_of(kinds, where, kernel.now)
        takes = weather.pause(where)
        if fault == "slow":
            takes += weather.stall(where)
        process.rest(takes, act)
        if fault == "crash":
            # Before or after: half of the crashes find the effect done.
            if weather.late_side(where):
                act()
            process.gone = True
            raise Died
        if fault == "error":
            raise Unavailable(f"{label}: no answer to {asked}")
        if fault == "conflict":
            raise Conflict(f"{label}: somebody else wrote first")
        answer = act()
        if fault == "lost":
            raise Unavailable(f"{label}: the answer to {asked} was lost")
        if fault == "echo":
            raise Conflict(f"{label}: written, and then its own second try came too late")
        return answer
