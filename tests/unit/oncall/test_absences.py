"""Who is away is passed over and first on return; with a delegate, the delegate is there. Worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.oncall import oracle
from tests.unit.oncall.drawing import PEOPLE, absences, layers
from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.model import Carried, Layer, Override, Schedule, Window
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call

MONDAY = datetime(2026, 1, 5, 9)  # noqa: DTZ001
WORKDAYS = (Window(frozenset(range(5)), 9 * 60, 17 * 60),)


def day(number: int, hour: int = 9) -> datetime:
    """An instant of January 2026; the 5th, 12th, 19th and 26th are Mondays."""
    return datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=number - 1)


def weekly(
    *away: Away, users: tuple[tuple[str, ...], ...] = (("ana",), ("ben",), ("chi",)), **more
) -> Schedule:
    layer = Layer("weekly", users, MONDAY, 1, "week", **more)
    return Schedule("s", "UTC", (layer,), away=Absences(away))


def told(schedule: Schedule, first: int, last: int) -> list[tuple[str, str]]:
    """The spans as ("5 Jan 09:00", "ana ben")."""
    spans, _ = timeline(schedule, day(first), day(last))
    return [(f"{span.start:%-d %b %H:%M}", " ".join(span.users)) for span in spans]


def test_who_is_away_for_a_whole_turn_is_passed_over_and_first_on_return():
    assert told(weekly(Away("ben", day(10), day(20))), 5, 40) == [
        ("5 Jan 09:00", "ana"),
        ("12 Jan 09:00", "chi"),  # ben is away
        ("19 Jan 09:00", "ana"),  # ben returns on the 20th
        ("20 Jan 09:00", "ben"),
        ("26 Jan 09:00", "ana"),  # ben has had the turn of the 19th; ana has been last since the 12th
        ("2 Feb 09:00", "chi"),
    ]


def test_who_returns_serves_the_next_turn_and_the_order_goes_on():
    assert told(weekly(Away("ben", day(10), day(19))), 5, 54) == [
        ("5 Jan 09:00", "ana"),
        ("12 Jan 09:00", "chi"),
        ("19 Jan 09:00", "ben"),  # first on return
        ("26 Jan 09:00", "ana"),
        ("2 Feb 09:00", "chi"),
        ("9 Feb 09:00", "ben"),
        ("16 Feb 09:00", "ana"),
    ]


def test_a_day_off_is_served_by_the_next_one_and_changes_no_turn():
    assert told(weekly(Away("ana", day(7, 0), day(8, 0))), 5, 33) == [
        ("5 Jan 09:00", "ana"),
        ("7 Jan 00:00", "ben"),
        ("8 Jan 00:00", "ana"),
        ("12 Jan 09:00", "ben"),
        ("19 Jan 09:00", "chi"),
        ("26 Jan 09:00", "ana"),
    ]


def test_who_serves_most_of_a_turn_has_had_it():
    # Ana is there for two days of her week, ben for five: it was his, and she is first in the next.
    assert told(weekly(Away("ana", day(7), day(12))), 5, 33) == [
        ("5 Jan 09:00", "ana"),
        ("7 Jan 09:00", "ben"),
        ("12 Jan 09:00", "ana"),
        ("19 Jan 09:00", "chi"),
        ("26 Jan 09:00", "ben"),
    ]


def test_halves_are_the_turn_of_who_is_further_ahead():
    half = timedelta(days=3, hours=12)
    assert told(weekly(Away("ana", day(5) + half, day(12))), 12, 26) == [
        ("12 Jan 09:00", "ben"),
        ("19 Jan 09:00", "chi"),
    ]
    more = Away("ana", day(5) + half - timedelta(seconds=1), day(12))
    assert told(weekly(more), 12, 26) == [("12 Jan 09:00", "ana"), ("19 Jan 09:00", "chi")]


def test_only_active_time_decides_who_served_most():
    # Away from Monday evening to Saturday: four of five working days.
    away = Away("ana", day(5, 17), day(10, 0))
    assert told(weekly(away, active=WORKDAYS), 12, 13) == [("12 Jan 09:00", "ana")]
    # Away at the weekend: no working time is lost.
    assert told(weekly(Away("ana", day(9, 17), day(12)), active=WORKDAYS), 12, 13) == [
        ("12 Jan 09:00", "ben")
    ]


def test_of_people_on_call_together_those_stay_who_are_there():
    pair = weekly(Away("ana", day(6), day(7)), users=(("ana", "ben"), ("chi",)))
    assert told(pair, 5, 13) == [
        ("5 Jan 09:00", "ana ben"),
        ("6 Jan 09:00", "ben"),
        ("7 Jan 09:00", "ana ben"),
        ("12 Jan 09:00", "chi"),
    ]
    both = weekly(
        Away("ana", day(5), day(12)), Away("ben", day(5), day(12)), users=(("ana", "ben"), ("chi",))
    )
    assert told(both, 5, 19) == [("5 Jan 09:00", "chi"), ("12 Jan 09:00", "ana ben")]


def test_with_everybody_away_nobody_is_on_call_and_nobody_moves_up():
    everybody = [Away(user, day(12), day(19)) for user in ("ana", "ben", "chi")]
    assert told(weekly(*everybody), 5, 33) == [
        ("5 Jan 09:00", "ana"),
        ("19 Jan 09:00", "ben"),
        ("26 Jan 09:00", "chi"),
    ]


def test_a_layer_below_is_there_when_everybody_is_away():
    away = Absences([Away("ana", day(6), day(7))])
    below, above = (
        Layer("below", (("dee",),), MONDAY, 1, "week"),
        Layer("above", (("ana",),), MONDAY, 1, "week"),
    )
    schedule = Schedule("s", "UTC", (below, above), away=away)
    assert told(schedule, 5, 8) == [("5 Jan 09:00", "ana"), ("6 Jan 09:00", "dee"), ("7 Jan 09:00", "ana")]


def test_an_override_names_whom_it_names_away_or_not():
    schedule = weekly(Away("ben", day(5), day(12)))
    override = Override(("ben",), day(6), day(7), "ana")
    assert on_call(Schedule("s", "UTC", schedule.layers, (override,), away=schedule.away), day(6, 12)) == (
        "ben",
    )


def test_a_delegate_is_there_instead_and_the_turn_counts_as_ones_own():
    assert told(weekly(Away("ana", day(5), day(12), "dee")), 5, 27) == [
        ("5 Jan 09:00", "dee"),
        ("12 Jan 09:00", "ben"),
        ("19 Jan 09:00", "chi"),
        ("26 Jan 09:00", "ana"),
    ]
    spans, _ = timeline(weekly(Away("ana", day(6), day(7), "dee")), day(5), day(8))
    assert [span.source for span in spans] == ["layer:weekly", "delegate", "layer:weekly"]


def test_a_delegate_stands_in_after_overrides_too():
    schedule = weekly(Away("dee", day(6), day(8), "eli"))
    override = Override(("dee",), day(5), day(7), "ana")
    assert told(Schedule("s", "UTC", schedule.layers, (override,), away=schedule.away), 5, 8) == [
        ("5 Jan 09:00", "dee"),
        ("6 Jan 09:00", "eli"),
        ("7 Jan 09:00", "ana"),
    ]


def test_a_delegates_delegate_stands_in_and_a_circle_is_nobodys():
    chain = weekly(Away("ana", day(5), day(12), "ben"), Away("ben", day(6), day(7), "chi"))
    assert told(chain, 5, 8) == [("5 Jan 09:00", "ben"), ("6 Jan 09:00", "chi"), ("7 Jan 09:00", "ben")]
    circle = weekly(Away("ana", day(5), day(12), "ben"), Away("ben", day(6), day(7), "ana"))
    assert told(circle, 5, 8) == [("5 Jan 09:00", "ben"), ("6 Jan 09:00", "ana"), ("7 Jan 09:00", "ben")]


def test_an_order_that_is_carried_over_goes_on_from_its_turn():
    schedule = weekly(carried=Carried(1, (2, 0, 1)))
    assert told(schedule, 12, 34) == [
        ("12 Jan 09:00", "chi"),
        ("19 Jan 09:00", "ana"),
        ("26 Jan 09:00", "ben"),
        ("2 Feb 09:00", "chi"),
    ]


def test_what_was_before_an_order_was_carried_over_does_not_move_it():
    away = Away("chi", day(5), day(9))
    assert told(weekly(away, carried=Carried(1, (2, 0, 1))), 12, 26) == [
        ("12 Jan 09:00", "chi"),
        ("19 Jan 09:00", "ana"),
    ]


# ------------------------------------------------------------------------------------------------- drawn

MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@st.composite
def absent(draw: st.DrawFn) -> Schedule:
    """A layer of people who are often away."""
    wall = datetime(2026, 3, 28)  # noqa: DTZ001
    layer = draw(layers("layer", wall))
    moment = wall.replace(tzinfo=UTC)
    away = draw(st.lists(absences(moment), min_size=1, max_size=8))
    return Schedule("drawn", "Europe/London", (layer,), away=Absences(away))


@MANY
@given(absent(), st.lists(st.integers(-2000, 2000), min_size=1, max_size=6))
def test_with_people_away_the_answer_is_what_the_oracle_says(schedule: Schedule, hours: list[int]) -> None:
    for number in hours:
        at = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=number)
        assert on_call(schedule, at) == oracle.answer(schedule, at)[0], at
    begin = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=min(hours))
    for part in timeline(schedule, begin, begin + timedelta(days=20))[0]:
        assert oracle.answer(schedule, part.start)[0] == part.users
        assert oracle.answer(schedule, part.end - timedelta(microseconds=1))[0] == part.users


@MANY
@given(absent())
def test_what_is_asked_first_changes_no_answer(schedule: Schedule) -> None:
    instants = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=13 * number) for number in range(80)]
    fresh = [
        on_call(Schedule("drawn", schedule.timezone, schedule.layers, away=Absences(schedule.away.rows)), at)
        for at in instants
    ]
    backwards = [on_call(schedule, at) for at in reversed(instants)]
    assert fresh == backwards[::-1] == [on_call(schedule, at) for at in instants]


@MANY
@given(
    st.lists(
        st.tuples(st.sampled_from(PEOPLE[:2]), st.integers(0, 100), st.integers(1, 30)),
        min_size=1,
        max_size=6,
    )
)
def test_whoever_is_always_there_shares_evenly_and_waits_no_longer_than_the_rotation(
    away: list[tuple[str, int, int]],
) -> None:
    rows = [Away(user, day(5 + start), day(5 + start + length)) for user, start, length in away]
    schedule = weekly(*rows, users=tuple((user,) for user in PEOPLE))
    had = [
        {user for span in timeline(schedule, day(5 + 7 * week), day(12 + 7 * week))[0] for user in span.users}
        for week in range(40)
    ]
    always = set(PEOPLE[2:])
    for user in always:
        weeks = [week for week, users in enumerate(had) if user in users]
        assert all(later - earlier <= len(PEOPLE) for earlier, later in pairwise([-1, *weeks, 40]))
    whole = [users for users in had if len(users) == 1]
    turns = [sum(users == {user} for users in whole) for user in sorted(always)]
    assert max(turns) - min(turns) <= 1 + sum(len(users) > 1 for users in had)
