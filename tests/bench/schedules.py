"""Who is on call: a year of a large schedule, and this instant, however old the schedule is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.bench.table import Budget, note, section, table
from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.model import Layer, Override, Schedule, Window
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call

PEOPLE = [f"person-{number:02}" for number in range(40)]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
OVERRIDES = 200
#: Milliseconds.
YEAR_LIMIT, NOW_LIMIT = 8.0, 0.4
#: How much more a schedule of twenty years may take than one of a year, with as many overrides.
FLAT = 1.25


def schedule(years: int, overridden: int = 1) -> Schedule:
    """Ten layers over 40 people that began ``years`` ago; 200 overrides in each of the last ``overridden`` years."""
    starts = datetime(2026 - years, 11, 2, 9)  # noqa: DTZ001  walls are naive
    hour, week, daily = 60, frozenset(range(5)), frozenset(range(7))
    office, night = Window(week, 9 * hour, 17 * hour), Window(daily, 21 * hour, 33 * hour)
    weekend = Window(frozenset({5, 6}), 0, 24 * hour)

    def layer(name: str, every: int, unit: str, *active: Window) -> Layer:
        users = tuple((PEOPLE[(len(layers) * 4 + number) % 40],) for number in range(8))
        return Layer(name, users, starts, every, unit, active or None)  # type: ignore[arg-type]

    layers: list[Layer] = []
    layers.append(layer("everybody", 1, "week"))
    layers.append(layer("months", 1, "month", weekend))
    layers.append(layer("days", 1, "day", office))
    layers.append(layer("nights", 1, "day", night))
    layers.append(layer("half-days", 12, "hour", office, weekend))
    layers.append(layer("weekends", 1, "week", weekend))
    layers.append(layer("fortnights", 2, "week", office))
    layers.append(layer("three-days", 3, "day", night))
    layers.append(layer("mornings", 1, "day", Window(week, 6 * hour, 9 * hour)))
    layers.append(layer("evenings", 1, "week", Window(week, 17 * hour, 21 * hour)))
    first = NOW.replace(tzinfo=None) - timedelta(days=365 * overridden)
    begins = [first + number * timedelta(days=365) / OVERRIDES for number in range(OVERRIDES * overridden)]
    overrides = tuple(
        Override(
            (PEOPLE[number * 7 % 40],),
            begin,
            begin + timedelta(hours=20),
            PEOPLE[number * 3 % 40] if number % 2 else None,
        )
        for number, begin in enumerate(begins)
    )
    return Schedule("large", "Europe/London", tuple(layers), overrides)


def with_leave(years: int) -> Schedule:
    """As a schedule of 20 years, whose 40 people each were away for 30 days in each of the last ``years``."""
    leaves = (
        (user, NOW - timedelta(days=365 * year + 120 * part + place))
        for year in range(years)
        for place, user in enumerate(PEOPLE)
        for part in range(3)
    )
    rows = [Away(user, begin, begin + timedelta(days=10)) for user, begin in leaves]
    return replace(schedule(20), away=Absences(rows))


def report() -> list[Budget]:
    section("Schedules")
    ages = {
        "1 year old": schedule(1),
        "20 years old": schedule(20),
        "with all overrides": schedule(20, 20),
        "with a year's leave": with_leave(1),
        "with 5 years' leave": with_leave(5),
    }
    year = {age: _best(lambda asked=one: _year(asked), 30) for age, one in ages.items()}  # type: ignore[misc]
    now = {age: _best(lambda asked=one: on_call(asked, NOW), 500) for age, one in ages.items()}  # type: ignore[misc]
    table(
        ("milliseconds", *ages),
        [
            (what, *(f"{one:.3f}" for one in took.values()))
            for what, took in (("a year of it", year), ("who is on call now", now))
        ],
    )
    spans, gaps = _year(ages["1 year old"])
    note(
        f"10 layers, 40 people, {OVERRIDES} overrides in the year asked for, which has {len(spans):,} spans and"
        f" {len(gaps):,} gaps.",
        f"With all overrides: {OVERRIDES} in each of the 20 years. With leave: 30 days of each person a year, since",
        "the last apply carried the order over. Processor time, the best of many runs; the first one of a process",
        "works out the orders.",
    )
    young, old, *_ = ages
    aged = max(took[old] / took[young] for took in (year, now))
    return [
        _held("a year of a large schedule", max(year.values()), YEAR_LIMIT),
        _held("who is on call now", max(now.values()), NOW_LIMIT),
        Budget("a schedule of 20 years, to one of 1", f"{aged:.2f} x", f"at most {FLAT} x", aged <= FLAT),
    ]


def _year(asked: Schedule) -> tuple[list[object], list[object]]:
    spans, gaps = timeline(asked, NOW - timedelta(days=365), NOW)
    return [*spans], [*gaps]


def _held(what: str, milliseconds: float, limit: float) -> Budget:
    return Budget(f"{what}, at worst", f"{milliseconds:.2f} ms", f"under {limit:g} ms", milliseconds < limit)


def _best(act: Callable[[], object], times: int) -> float:
    """Milliseconds of processor time."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time_ns()
        act()
        best = min(best, time.process_time_ns() - began)
    return best / 1e6
