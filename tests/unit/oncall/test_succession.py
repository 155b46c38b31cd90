"""A changed layer goes on: no turn in progress is cut short, nobody loses their place. Worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.oncall.drawing import absences, layers
from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.model import Layer, Schedule, Window
from tocsin.oncall.succession import succession
from tocsin.oncall.timeline import timeline
from tocsin.oncall.who import on_call

MONDAY = datetime(2026, 1, 5, 9)  # noqa: DTZ001
WEEK = timedelta(days=7)
# A Thursday in the third week: with three people, of the third.
NOW = datetime(2026, 1, 22, 12, tzinfo=UTC)


def schedule(users: str, *away: Away, **more) -> Schedule:
    """``"a b cd"``: a has the first turn, b the second, c and d together the third."""
    groups = tuple(tuple(group) for group in users.split())
    layer = Layer("weekly", groups, **{"starts": MONDAY, "every": 1, "unit": "week", **more})
    return Schedule("s", "UTC", (layer,), away=Absences(away))


def going_on(old: Schedule, new: Schedule, at: datetime = NOW) -> Schedule:
    carried = succession(old, new, at)
    return replace(new, layers=tuple(replace(layer, carried=carried.get(layer.name)) for layer in new.layers))


def turns(schedule: Schedule, start: datetime = NOW, number: int = 5) -> str:
    """Who has the turn at ``start`` and the turns after it, on their Thursdays."""
    return " ".join("".join(on_call(schedule, start + week * WEEK)) or "-" for week in range(number))


@pytest.mark.parametrize(
    ("old", "new", "then"),
    [
        ("a b c", "a b c", "c a b c a"),  # nothing changes
        ("a b c", "a b c d", "c d a b c"),  # d comes after c
        ("a b c", "d a b c", "c d a b c"),  # the same list, around
        ("a b c", "a d b c", "c a d b c"),  # d comes after a
        ("a b c d", "a b c", "c a b c a"),  # d leaves
        ("a b c d", "b c d", "c d b c d"),  # a leaves
        ("a b c", "a b", "a b a b a"),  # c leaves in the middle of the turn: the next one takes over
        ("a b c", "a b e", "e a b e a"),  # e takes the place of c, the turn in progress with it
        ("a b c", "a e c", "c a e c a"),  # e takes the place of b
        ("a b c", "x y z", "z x y z x"),  # three for three
        ("a b c", "x", "x x x x x"),
        ("a b c", "c b a", "c b a c b"),  # another order: followed from whoever has the turn
        ("a b c", "b a d c", "c b a d c"),
        ("a b c", "b c a", "c a b c a"),  # the same order, around
        ("a b cd", "a b ce", "ce a b ce a"),  # one of a pair is replaced
        ("a b a c", "a b a c d", "a c d a b"),  # somebody may stand in the list twice
        ("a b c", "a bc", "bc a bc a bc"),  # c keeps the turn, in other company
        ("a b c", "a cb", "bc a bc a bc"),
        ("a b a c", "a b c d", "a c d b a"),
        ("a b cd", "x y z c", "c x y z c"),  # c keeps the turn, though z stands where cd stood
        ("ab c", "d b a", "b a d b a"),
    ],
)
def test_a_changed_list_goes_on_from_whoever_has_the_turn(old, new, then):
    assert turns(going_on(schedule(old), schedule(new))) == then


def test_handoffs_on_another_day_cut_no_turn_short_and_keep_the_order():
    tuesday = schedule("a b c", starts=MONDAY + timedelta(days=1))
    daily = schedule("a b c", unit="day")
    assert turns(going_on(schedule("a b c"), tuesday)) == "c a b c a"
    spans, gaps = timeline(going_on(schedule("a b c"), tuesday), NOW, NOW + WEEK)
    assert [(span.users, span.end) for span in spans] == [
        (("c",), datetime(2026, 1, 27, 9, tzinfo=UTC)),
        (("a",), NOW + WEEK),
    ]
    assert not gaps
    spans, _ = timeline(going_on(schedule("a b c"), daily), NOW, NOW + timedelta(days=2))
    assert [(span.users, f"{span.start:%a %H}") for span in spans] == [
        (("c",), "Thu 12"),
        (("a",), "Fri 09"),
        (("b",), "Sat 09"),
    ]


def test_a_start_in_the_future_is_a_new_beginning():
    later = schedule("a b c", starts=datetime(2026, 2, 2, 9))  # noqa: DTZ001
    assert turns(going_on(schedule("a b c"), later)) == "- - a b c"


def test_a_layer_of_another_name_begins_as_the_file_says():
    old, new = schedule("a b c"), schedule("a b c d")
    new = replace(new, layers=(replace(new.layers[0], name="another"),))
    assert succession(old, new, NOW) == {}


def test_nothing_is_carried_over_where_the_file_says_the_same():
    assert succession(schedule("a b c"), schedule("a b c"), NOW) == {}
    assert succession(schedule("a b c"), schedule("a b e"), NOW) == {}
    assert succession(schedule("a b c"), schedule("a b c d"), datetime(2026, 1, 6, tzinfo=UTC)) == {}


def test_who_was_passed_over_is_still_first_on_return_after_a_change():
    # b is away in the week of the 12th, c has it; b would be first in the week of the 19th, and is away again.
    away = Away("b", datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 1, 26, tzinfo=UTC))
    old = schedule("a b c d", away)
    assert turns(old, NOW, 4) == "d b a c"
    # A week later the absence is over, and taken out of the file: the order stays.
    later = NOW + WEEK
    assert turns(going_on(old, schedule("a b c d"), later), later, 4) == "b a c d"
    assert turns(going_on(old, schedule("a b c d e"), later), later, 5) == "b a c d e"


def test_a_rotation_of_working_days_goes_on_after_the_weekend():
    hours = (Window(frozenset(range(5)), 9 * 60, 17 * 60),)
    old, new = (schedule(users, unit="day", active=hours) for users in ("a b c", "a b c d"))
    saturday = datetime(2026, 1, 10, 12, tzinfo=UTC)  # b had Friday
    spans, _ = timeline(going_on(old, new, saturday), saturday, saturday + WEEK)
    assert "".join(user for span in spans for user in span.users) == "cdabc"


MANY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
WALL = datetime(2026, 3, 28)  # noqa: DTZ001


@st.composite
def lives(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    away = draw(st.lists(absences(WALL.replace(tzinfo=UTC)), max_size=4))
    at = WALL.replace(tzinfo=UTC) + timedelta(hours=draw(st.integers(-900, 900)))
    return Schedule("drawn", "Europe/London", (draw(layers("layer", WALL)),), away=Absences(away)), at


@MANY
@given(lives())
def test_applying_the_same_again_changes_nothing_for_ever(life: tuple[Schedule, datetime]) -> None:
    old, at = life
    plain = replace(old, layers=tuple(replace(layer, carried=None) for layer in old.layers))
    new = going_on(old, plain, at)
    if on_call(old, at) or new.layers[0].carried or not old.layers[0].carried:
        assert timeline(new, at, at + timedelta(days=60)) == timeline(old, at, at + timedelta(days=60))


@MANY
@given(lives(), st.permutations(("ana", "ben", "chi", "dee", "eli", "flo")), st.integers(1, 6))
def test_whoever_is_on_call_and_stays_keeps_the_turn(
    life: tuple[Schedule, datetime], people, size: int
) -> None:
    old, at = life
    singles = tuple(dict.fromkeys((user,) for group in old.layers[0].users for user in group))
    old = replace(old, layers=(replace(old.layers[0], users=singles, carried=None),))
    new = replace(old, layers=(replace(old.layers[0], users=tuple((user,) for user in people[:size])),))
    here = on_call(old, at)
    if here and here[0] in people[:size]:
        assert on_call(going_on(old, new, at), at) == here
