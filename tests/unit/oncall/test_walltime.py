"""A wall time means the instants that trying every one of them finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.oncall import oracle
from tests.unit.oncall.drawing import MOMENTS
from tocsin.oncall.walltime import clock_for, instant, instant_number, wall_number


@pytest.mark.parametrize(("zone", "text"), MOMENTS)
def test_starts_and_ends_mean_the_first_and_the_last_instant(zone: str, text: str) -> None:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    now = instant_number(moment)
    clock = clock_for(zone, now, now)
    wall = oracle.shown(zone, moment) - timedelta(hours=27)
    before = (0, 0)
    for _ in range(54 * 4):
        found = (clock.first(wall_number(wall)), clock.last(wall_number(wall)))
        assert tuple(map(instant, found)) == (oracle.start_of(zone, wall), oracle.end_of(zone, wall)), wall
        assert before == (0, 0) or (before[0] <= found[0] and before[1] <= found[1])
        before = found
        wall += timedelta(minutes=15)


@pytest.mark.parametrize(("zone", "text"), MOMENTS)
def test_the_clock_shows_what_the_zone_shows(zone: str, text: str) -> None:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(days=2)
    number = instant_number(moment)
    clock = clock_for(zone, number, number + 4 * 86_400_000_000)
    for _ in range(4 * 48 + 1):
        for at in (moment - timedelta(microseconds=1), moment):
            assert clock.wall(instant_number(at)) == wall_number(oracle.shown(zone, at)), at
        moment += timedelta(minutes=30)
