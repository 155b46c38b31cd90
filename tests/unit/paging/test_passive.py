"""Two machines never talk to each other for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.passive import HOUR, MOST, Told, counted, left, may_tell, trimmed

NIGHT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(minutes: float) -> datetime:
    return NIGHT + timedelta(minutes=minutes)


def five() -> tuple[Told, ...]:
    told: tuple[Told, ...] = ()
    for minute in range(5):
        told = counted(after(minute), f"text {minute}", told)
    return told


def test_a_phone_that_was_told_nothing_yet_may_be_told_five_times() -> None:
    assert left(NIGHT, ()) == MOST == 5
    assert may_tell(NIGHT, "text", ())
    assert [left(after(5), five()[:at]) for at in range(6)] == [5, 4, 3, 2, 1, 0]


def test_after_five_answers_there_is_silence_until_the_first_is_an_hour_old() -> None:
    told = five()
    assert not may_tell(after(5), "text 5", told)
    assert not may_tell(after(60) - SECOND, "text 5", told)
    assert may_tell(after(60), "text 5", told)
    assert left(after(61), told) == 2
    assert left(after(64), told) == 5


def test_a_text_that_comes_again_gets_its_answer_again_and_counts_once() -> None:
    told = five()
    assert may_tell(after(10), "text 3", told)
    assert counted(after(10), "text 3", told) == told


def test_what_is_kept_of_a_phone_does_not_grow() -> None:
    told = five()
    for minute in range(5, 300):
        told = counted(after(minute), f"text {minute}", told)
    assert len(told) == MOST
    assert trimmed(after(1_000), told) == ()


def test_a_clock_that_is_behind_frees_nothing() -> None:
    assert left(after(-3), five()) == 0


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 30)), max_size=60))
def test_no_hour_ever_has_more_than_five(came: list[tuple[int, int]]) -> None:
    told: tuple[Told, ...] = ()
    answered: dict[str, datetime] = {}
    for second, text in sorted(came):
        now, id = NIGHT + second * SECOND, f"text {text} of hour {second // 3600}"
        assert left(now, told) == MOST - len(trimmed(now, told))
        if may_tell(now, id, told):
            told = counted(now, id, told)
            answered.setdefault(id, now)
    instants = sorted(answered.values())
    assert all(later - first >= HOUR for first, later in zip(instants, instants[5:], strict=False))
