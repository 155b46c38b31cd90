"""How often a phone is texted: one page a minute, and what it knows already no more often than it bears."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.text_throttle import (
    GAP,
    WINDOWS,
    Held,
    InAnother,
    Send,
    Texted,
    TooOften,
    counted,
    judge,
    trimmed,
    without,
)

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def text(minutes: float, *numbers: int) -> Texted:
    return Texted(at(minutes), tuple(f"{number}-c1-r1-s1-ana-{minutes}" for number in numbers), numbers)


def test_the_first_text_goes_at_once_and_the_next_waits_for_the_minute() -> None:
    assert judge(at(0), "p", 1001, ()) == Send()
    assert judge(at(0.5), "p", 1002, (text(0, 1001),)) == Held("texted_recently", at(1))
    assert judge(at(1), "p", 1002, (text(0, 1001),)) == Send()


def test_what_the_phone_knows_is_left_out_while_it_had_texts_enough_and_what_is_new_is_not() -> None:
    texts = tuple(text(minute, 1001) for minute in range(5))
    assert judge(at(6), "p", 1001, texts) == TooOften(at(15))
    assert judge(at(15), "p", 1001, texts) == Send()
    assert judge(at(6), "p", 1002, texts) == Send()


@pytest.mark.parametrize(("span", "most"), WINDOWS)
def test_each_window_holds_its_number(span: timedelta, most: int) -> None:
    every = span / (most + 1)
    texts = tuple(Texted(T0 + every * index, (f"1001-{index}",), (1001,)) for index in range(most))
    held = judge(T0 + every * most, "p", 1001, texts)
    assert isinstance(held, TooOften)
    assert held.until >= T0 + span


def test_without_a_gap_nothing_is_held_back() -> None:
    texts = tuple(text(minute / 60, 1001) for minute in range(20))
    assert judge(at(0.4), "p", 1001, texts, timedelta(0)) == Send()


def test_a_page_knows_the_text_that_it_leads_and_the_one_that_carries_it() -> None:
    texts = (Texted(at(0), ("a", "b"), (1001, 1002)),)
    assert judge(at(0.1), "a", 1001, texts) == Send(texts[0])
    assert judge(at(0.1), "b", 1002, texts) == InAnother("a")
    assert judge(at(0.1), "b", 1002, without("b", texts)) == Held("texted_recently", at(1))


def test_a_text_is_counted_once_however_often_its_function_dies() -> None:
    first = Texted(at(0), ("a",), (1001,))
    again = counted(at(0.5), first, counted(at(0), first, ()))
    assert again == (first,)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1001, 1004)), max_size=60))
def test_whoever_goes_by_the_verdicts_never_goes_too_often(arrivals: list[tuple[int, int]]) -> None:
    texts: tuple[Texted, ...] = ()
    sent: list[tuple[datetime, int, bool]] = []
    for index, (minutes, number) in enumerate(sorted(arrivals)):
        now = at(minutes / 2)
        verdict = judge(now, f"p{index}", number, texts)
        if isinstance(verdict, TooOften):
            assert verdict.until > now
            continue
        if isinstance(verdict, Held):
            assert verdict.until > now
            now = verdict.until
            if not isinstance(judge(now, f"p{index}", number, texts), Send):
                continue
        known = any(number in one.numbers for one in trimmed(now, texts))
        if sent and now < sent[-1][0]:
            continue
        texts = counted(now, Texted(now, (f"p{index}",), (number,)), texts)
        sent.append((now, number, known))
    for (earlier, _, _), (later_at, _, _) in pairwise(sent):
        assert later_at - earlier >= GAP
    for span, most in WINDOWS:
        for when, _, known in sent:
            inside = [one for one, _, _ in sent if when - span < one < when]
            assert not known or len(inside) < most
