"""What people change from day to day: made once, taken, cancelled, and never against the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.config.documents import small
from tocsin.config.history import book_with
from tocsin.config.revision import pack
from tocsin.engine import rota
from tocsin.engine.rota import Refused
from tocsin.oncall.changes import Cover, LeaveMade, Made, OverrideMade, Swap, TemporaryMade
from tocsin.oncall.model import Shift
from tocsin.oncall.who import on_call
from tocsin.store.memory import MemoryStore
from tocsin.store.ports import Conflict

# A Monday: ana has the week, ben the next, chi the one after.
T0 = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class Hands:
    """A clock that stands until it is moved."""

    at: datetime = T0

    def now(self) -> datetime:
        return self.at

    def pause(self, attempt: int) -> None:
        pass


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    layer = {
        "name": "w",
        "users": ["ana", "ben", "chi"],
        "starts": "2026-01-05T09:00",
        "rotate": {"unit": "week"},
    }
    document = small(
        users={user: {} for user in ("ana", "ben", "chi", "dee")},
        schedules={"primary": {"timezone": "UTC", "layers": [layer]}},
        policies={"shop": {"steps": [{"page": [{"schedule": "primary"}]}]}},
    )
    store.apply(*pack(document), None, T0 - DAY, "ana")
    return store


def made(id: str = "x", by: str = "ana", at: datetime = T0) -> Made:
    return Made(id, at, by)


def override(
    start: timedelta, end: timedelta, *users: str, id: str = "x", replaces: str | None = None
) -> OverrideMade:
    return OverrideMade(made(id), "primary", users or ("dee",), T0 + start, T0 + end, replaces)


def who(store: MemoryStore, at: datetime) -> str:
    _, config, changes = store.in_force()
    return " ".join(on_call(book_with(config, changes).schedules["primary"], at))


def test_an_override_is_in_force_for_its_time(store, clock):
    rota.make(store, clock, override(HOUR, 3 * HOUR))
    assert [who(store, T0 + hours * HOUR) for hours in (0, 1, 2, 3)] == ["ana", "dee", "dee", "ana"]


def test_made_again_it_is_made_once(store, clock):
    first = rota.make(store, clock, override(HOUR, 3 * HOUR))
    clock.at += 10 * DAY
    assert rota.make(store, clock, override(HOUR, 3 * HOUR)) == first


def test_asked_for_again_after_a_crash_it_counts_from_when_it_is_written(store, clock):
    asked = override(-HOUR, 3 * HOUR)
    clock.at += HOUR
    rota.make(store, clock, asked)
    assert store.changes().find("x").made.at == T0 + HOUR
    assert [who(store, T0 + minutes * HOUR / 60) for minutes in (0, 59, 60, 61)] == [
        "ana",
        "ana",
        "dee",
        "dee",
    ]


def test_cancelled_it_ends_there_and_what_came_of_it_stays(store, clock):
    rota.make(store, clock, override(HOUR, 9 * HOUR))
    clock.at = T0 + 3 * HOUR
    rota.cancel(store, clock, "x", "ben")
    rota.cancel(store, clock, "x", "chi")
    assert [who(store, T0 + hours * HOUR) for hours in (0, 1, 2, 3)] == ["ana", "dee", "dee", "ana"]
    assert store.changes().find("x").made == replace(made(), cancelled_at=clock.at, cancelled_by="ben")


def test_a_change_in_the_middle_of_its_time_counts_from_when_it_was_made(store, clock):
    early = OverrideMade(made(at=T0), "primary", ("dee",), T0 - 5 * HOUR, T0 + HOUR)
    rota.make(store, clock, early)
    assert [who(store, T0 + hours * HOUR) for hours in (-1, 0, 1)] == ["ana", "dee", "ana"]


def test_what_is_over_is_not_changed(store, clock):
    with pytest.raises(Refused, match="over already"):
        rota.make(store, clock, override(-3 * HOUR, -HOUR))
    rota.make(store, clock, override(HOUR, 2 * HOUR))
    clock.at = T0 + 2 * HOUR
    with pytest.raises(Refused, match="the past is not changed"):
        rota.cancel(store, clock, "x", "ana")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (override(2 * HOUR, HOUR), "ends before it begins"),
        (override(HOUR, 800 * DAY), "732 days are the most"),
        (replace(override(HOUR, 2 * HOUR), schedule="other"), "no schedule named 'other': there are primary"),
        (override(HOUR, 2 * HOUR, "zoe"), "no user named 'zoe'"),
        (override(HOUR, 2 * HOUR, replaces="zoe"), "no user named 'zoe'"),
        (LeaveMade(made(), "zoe", T0, T0 + DAY), "no user named 'zoe'"),
        (LeaveMade(made(), "ana", T0, T0 + DAY, "ana"), "cannot stand in for themselves"),
        (
            TemporaryMade(made(), "primary", "t", T0, T0 + DAY, (Shift(("ana",), T0, T0 + 2 * DAY),)),
            "reaches beyond it",
        ),
        (Cover(made(), "primary", "dee", T0, T0 + DAY), "dee is not on call on primary at any of that time"),
        (
            Cover(made(), "primary", "ana", T0, T0 + DAY, swap=Swap("ben", T0, T0 + DAY)),
            "ben is not on call on primary",
        ),
        (
            Cover(made(), "primary", "ana", T0, T0 + DAY, swap=Swap("ana", T0, T0 + DAY)),
            "a swap is with somebody else",
        ),
    ],
)
def test_what_cannot_be_says_why(store, clock, change, words):
    with pytest.raises(Refused, match=words):
        rota.make(store, clock, change)
    assert store.changes().rows == ()


def test_leave_hands_the_time_on_and_a_temporary_schedule_takes_it(store, clock):
    rota.make(store, clock, LeaveMade(made("leave"), "ana", T0 + DAY, T0 + 2 * DAY))
    shifts = (Shift(("dee",), T0 + 3 * DAY, T0 + 4 * DAY),)
    rota.make(store, clock, TemporaryMade(made("t"), "primary", "fair", T0 + 3 * DAY, T0 + 5 * DAY, shifts))
    days = [who(store, T0 + number * DAY + HOUR) for number in range(6)]
    assert days == ["ana", "ben", "ana", "dee", "", "ana"]


class TestCover:
    ASKED = Cover(Made("c", T0, "ana"), "primary", "ana", T0 + DAY, T0 + 3 * DAY)

    def test_until_somebody_takes_it_it_stays_with_who_asks(self, store, clock):
        rota.make(store, clock, self.ASKED)
        assert who(store, T0 + 2 * DAY) == "ana"

    def test_a_part_is_taken_and_the_rest_stays_open(self, store, clock):
        rota.make(store, clock, self.ASKED)
        rota.take(store, clock, "c", "dee", T0 + DAY, T0 + 2 * DAY)
        cover = store.changes().find("c")
        assert cover.open(T0) == [(T0 + 2 * DAY, T0 + 3 * DAY)]
        rota.take(store, clock, "c", "chi")
        assert store.changes().find("c").open(T0) == []
        hours = (23, 24, 47, 48, 71, 72)
        assert [who(store, T0 + hour * HOUR) for hour in hours] == ["ana", "dee", "dee", "chi", "chi", "ana"]

    def test_of_two_who_take_it_the_second_is_told_who_has_it(self, store, clock):
        rota.make(store, clock, self.ASKED)
        rota.take(store, clock, "c", "dee")
        with pytest.raises(Refused, match="nothing is left to take of c: dee has it"):
            rota.take(store, clock, "c", "chi")
        before = store.changes()
        assert rota.take(store, clock, "c", "dee") == before

    def test_what_is_not_open_is_not_taken(self, store, clock):
        rota.make(store, clock, self.ASKED)
        for start, end in ((T0, T0 + 2 * DAY), (T0 + 2 * DAY, T0 + 4 * DAY), (T0 + 2 * DAY, T0 + 2 * DAY)):
            with pytest.raises(Refused, match="open are"):
                rota.take(store, clock, "c", "dee", start, end)
        for user, words in (("ana", "own time"), ("zoe", "no user named")):
            with pytest.raises(Refused, match=words):
                rota.take(store, clock, "c", user)

    def test_in_the_middle_of_it_the_rest_is_taken(self, store, clock):
        rota.make(store, clock, self.ASKED)
        clock.at = T0 + 2 * DAY
        rota.take(store, clock, "c", "dee")
        assert [who(store, T0 + days * DAY - HOUR) for days in (2, 3)] == ["ana", "dee"]

    def test_cancelled_it_is_undone_from_then_on(self, store, clock):
        rota.make(store, clock, self.ASKED)
        rota.take(store, clock, "c", "dee")
        clock.at = T0 + 2 * DAY
        rota.cancel(store, clock, "c", "ana")
        assert [who(store, T0 + days * DAY - HOUR) for days in (2, 3)] == ["dee", "ana"]
        with pytest.raises(Refused, match="cancelled by ana"):
            rota.take(store, clock, "c", "chi")

    def test_a_swap_is_of_both_whole_times_and_for_one_alone(self, store, clock):
        swap = Swap("ben", T0 + 8 * DAY, T0 + 9 * DAY)
        rota.make(store, clock, replace(self.ASKED, swap=swap))
        with pytest.raises(Refused, match="offered to ben"):
            rota.take(store, clock, "c", "dee")
        rota.take(store, clock, "c", "ben", T0 + DAY, T0 + DAY + HOUR)
        assert [who(store, T0 + days * DAY + HOUR) for days in (0, 1, 2, 3)] == ["ana", "ben", "ben", "ana"]
        assert [who(store, T0 + days * DAY + HOUR) for days in (7, 8, 9)] == ["ben", "ana", "ben"]

    def test_a_swap_that_has_begun_is_not_taken_nor_offered(self, store, clock):
        swap = Swap("ben", T0 + 8 * DAY, T0 + 9 * DAY)
        rota.make(store, clock, replace(self.ASKED, swap=swap))
        clock.at = T0 + DAY
        with pytest.raises(Refused, match="has begun"):
            rota.make(store, clock, replace(self.ASKED, made=made("d"), swap=swap))
        with pytest.raises(Refused, match="has begun"):
            rota.take(store, clock, "c", "ben")


def test_who_has_left_since_is_passed_over(store, clock):
    rota.make(store, clock, override(HOUR, 3 * HOUR, "dee", "chi"))
    id, config = store.config()
    document = {**config.document, "users": {user: {} for user in ("ana", "ben", "chi")}}
    store.apply(*pack(document), id, T0, "ana")
    assert who(store, T0 + 2 * HOUR) == "chi"


def test_a_change_in_the_way_is_waited_out_and_decided_upon_again(store, clock):
    class Busy(MemoryStore):
        pass

    rota.make(store, clock, TestCover.ASKED)
    put, tries = store.put_change, []

    def in_the_way(change, upon, now):
        tries.append(change)
        if len(tries) == 1:
            put(override(HOUR, 2 * HOUR, id="other"), upon, now)
            raise Conflict("in the way")
        return put(change, upon, now)

    store.put_change = in_the_way
    rota.take(store, clock, "c", "dee")
    assert len(tries) == 2
    assert [row.made.id for row in store.changes().rows] == ["c", "other"]


def test_what_it_means_for_people_can_be_seen_before(store, clock):
    _, config, changes = store.in_force()
    rows = rota.meaning(config, changes, override(HOUR, 3 * HOUR), T0)
    assert [(row.user, row.gains, row.start - T0, row.end - T0) for row in rows] == [
        ("ana", False, HOUR, 3 * HOUR),
        ("dee", True, HOUR, 3 * HOUR),
    ]


class TestTakingAgain:
    ASKED = Cover(Made("c", T0, "ana"), "primary", "ana", T0 + DAY, T0 + 3 * DAY)

    def test_whoever_has_a_part_takes_the_next_open_one_by_default(self, store, clock):
        rota.make(store, clock, self.ASKED)
        rota.take(store, clock, "c", "dee", T0 + DAY + 6 * HOUR, T0 + DAY + 12 * HOUR)
        rota.take(store, clock, "c", "dee")
        assert store.changes().find("c").open(T0) == [(T0 + DAY + 12 * HOUR, T0 + 3 * DAY)]
        rota.take(store, clock, "c", "chi", T0 + 2 * DAY)
        assert store.changes().find("c").open(T0) == [(T0 + DAY + 12 * HOUR, T0 + 2 * DAY)]

    def test_a_take_whose_answer_got_lost_is_not_made_twice(self, store, clock):
        rota.make(store, clock, self.ASKED)
        rota.take(store, clock, "c", "chi", T0 + DAY + 6 * HOUR, T0 + DAY + 12 * HOUR)
        put = store.put_change

        def lost(change, upon, now):
            put(change, upon, now)
            store.put_change = put
            raise Conflict("the answer got lost, and the write was tried again")

        store.put_change = lost
        rota.take(store, clock, "c", "dee")
        assert [part.user for part in store.changes().find("c").parts] == ["chi", "dee"]


def test_a_year_that_was_mistyped_is_refused(store, clock):
    with pytest.raises(Refused, match="too far away"):
        rota.make(store, clock, override(600 * 366 * DAY, 600 * 366 * DAY + HOUR))
    far = Swap("ben", T0 + 8 * DAY, T0 + 9000 * DAY)
    with pytest.raises(Refused, match="too far away"):
        rota.make(store, clock, Cover(made(), "primary", "ana", T0 + DAY, T0 + 2 * DAY, swap=far))
