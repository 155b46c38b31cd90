"""Hypothesis strategies: schedules that live around a change of the clock, and instants near it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.model import Carried, Layer, Override, Schedule, Shift, Temporary, Unit, Window

# Zones with something odd about them, and instants about which it happens.
MOMENTS: tuple[tuple[str, str], ...] = (
    ("UTC", "2024-02-29T00:00"),
    ("Asia/Kathmandu", "2026-03-01T00:00"),
    ("Europe/London", "2026-03-29T01:00"),
    ("Europe/London", "2026-10-25T01:00"),
    ("Europe/Dublin", "2026-03-29T01:00"),
    ("Europe/Dublin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Pacific/Chatham", "2026-04-04T14:00"),
    ("Pacific/Chatham", "2026-09-26T14:00"),
    ("Antarctica/Troll", "2026-03-29T01:00"),
    ("Antarctica/Troll", "2026-10-25T01:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Pacific/Apia", "2012-03-31T14:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("America/Sao_Paulo", "2019-02-17T02:00"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Antarctica/Casey", "2020-10-03T16:01"),
    ("Antarctica/Casey", "2020-03-07T16:00"),
    ("Pacific/Kwajalein", "1993-08-21T12:00"),
    ("Pacific/Kwajalein", "1969-09-30T13:00"),
)
PEOPLE = ("ana", "ben", "chi", "dee", "eli")
_LONGEST = {"hour": 24 * 12, "day": 24 * 120, "week": 24 * 400, "month": 24 * 1200}

people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2).map(tuple)
half_hours = st.integers(0, 47).map(lambda half: half * 30)
minutes = st.one_of(half_hours, st.sampled_from((0, 60, 90, 120, 150, 180)), st.integers(0, 1439))
lengths = st.one_of(half_hours.map(lambda more: more + 30), st.sampled_from((60, 480)), st.integers(1, 1440))
days = st.frozensets(st.integers(0, 6), min_size=1)
windows = st.one_of(
    st.builds(lambda days, start, more: Window(days, start, start + more), days, minutes, lengths),
    st.builds(lambda days, start, to: Window(days, start, to + 1440 * (to <= start)), days, minutes, minutes),
)
units: st.SearchStrategy[Unit] = st.sampled_from(("hour", "day", "week", "month"))
some_windows = st.lists(windows, min_size=1, max_size=3).map(tuple)


def near(moment: datetime, hours: int) -> st.SearchStrategy[datetime]:
    """Walls or instants around a moment, mostly on half hours, often very near."""
    halves = st.one_of(st.integers(-8, 8), st.integers(-2 * hours, 2 * hours))
    return st.builds(
        lambda half, more: moment + timedelta(minutes=30 * half + more),
        halves,
        st.one_of(st.just(0), st.integers(-30, 30)),
    )


@st.composite
def layers(draw: st.DrawFn, name: str, wall: datetime) -> Layer:
    unit = draw(units)
    halves_ago = draw(st.one_of(st.integers(-48, 48), st.integers(0, 2 * _LONGEST[unit])))
    more = draw(st.sampled_from((0, 0, 0, 15, 30)))
    users = tuple(draw(st.lists(people, min_size=1, max_size=5)))
    return Layer(
        name=name,
        users=users,
        starts=wall - timedelta(minutes=30 * halves_ago + more),
        every=draw(st.one_of(st.integers(1, 3), st.integers(1, 30))),
        unit=unit,
        active=draw(st.one_of(st.none(), some_windows, some_windows)),
        advance=draw(st.sampled_from(("served", "served", "calendar"))),
        until=draw(st.one_of(st.none(), near(wall, 30))),
        carried=draw(st.one_of(st.none(), st.none(), carried(len(users)))),
    )


@st.composite
def carried(draw: st.DrawFn, size: int) -> Carried:
    return Carried(draw(st.integers(0, 4)), tuple(draw(st.permutations(range(size)))))


@st.composite
def spans(draw: st.DrawFn, wall: datetime, hours: int = 60) -> tuple[datetime, datetime]:
    """A start and an end, both walls or both instants."""
    start = draw(near(wall, hours))
    length = draw(st.one_of(half_hours.map(lambda more: more + 30), st.integers(1, 3000)))
    zone = draw(st.sampled_from((None, None, UTC)))
    return start.replace(tzinfo=zone), (start + timedelta(minutes=length)).replace(tzinfo=zone)


@st.composite
def overrides(draw: st.DrawFn, wall: datetime) -> Override:
    start, end = draw(spans(wall))
    return Override(
        users=draw(people),
        start=start,
        end=end,
        replaces=draw(st.one_of(st.none(), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))),
    )


@st.composite
def temporaries(draw: st.DrawFn, wall: datetime) -> Temporary:
    shifts = [Shift(draw(people), *draw(spans(wall))) for _ in range(draw(st.integers(0, 4)))]
    return Temporary("holidays", *draw(spans(wall)), tuple(shifts))


@st.composite
def absences(draw: st.DrawFn, moment: datetime) -> Away:
    start = draw(near(moment, draw(st.sampled_from((24, 24 * 30)))))
    length = draw(st.one_of(st.integers(1, 3000), st.integers(1, 60_000)))
    delegate = draw(st.one_of(st.none(), st.none(), st.sampled_from(PEOPLE)))
    return Away(draw(st.sampled_from(PEOPLE)), start, start + timedelta(minutes=length), delegate)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    """A schedule, and the instant of the change around which it lives."""
    zone, text = draw(st.sampled_from(MOMENTS))
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, minute=0)
    schedule = Schedule(
        name="drawn",
        timezone=zone,
        layers=tuple(draw(layers(f"layer{index}", wall)) for index in range(draw(st.integers(0, 3)))),
        overrides=tuple(draw(st.lists(overrides(wall), max_size=4))),
        temporary=tuple(draw(st.one_of(st.just([]), st.lists(temporaries(wall), max_size=2)))),
        away=Absences(draw(st.one_of(st.just([]), st.lists(absences(moment), max_size=4)))),
    )
    return schedule, moment
