"""How often a phone is texted: one page a minute, and what it knows already no more often than it bears."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.paging.text_throttle import (
    GAP,
    MOST,
    WINDOWS,
    Held,
    Texted,
    TooOften,
    counted,
    judge,
    text_with,
    trimmed,
    without,
)

T0 = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def text(minutes: float, *numbers: int) -> Texted:
    return Texted(at(minutes), tuple(f"{number}-c1-r1-s1-ana-{minutes}" for number in numbers), numbers)


def test_the_first_text_goes_at_once_and_the_next_waits_for_the_minute() -> None:
    assert judge(at(0), 1001, ()) is None
    assert judge(at(0.5), 1002, (text(0, 1001),)) == Held("texted_recently", at(1))
    assert judge(at(1), 1002, (text(0, 1001),)) is None


def test_what_the_phone_knows_is_left_out_while_it_had_texts_enough_and_what_is_new_is_not() -> None:
    texts = tuple(text(minute, 1001) for minute in range(5))
    assert judge(at(6), 1001, texts) == TooOften(at(15))
    assert judge(at(15), 1001, texts) is None
    assert judge(at(6), 1002, texts) is None


@pytest.mark.parametrize(("span", "most"), WINDOWS)
def test_each_window_holds_its_number(span: timedelta, most: int) -> None:
    every = span / (most + 1)
    texts = tuple(Texted(T0 + every * index, (f"1001-{index}",), (1001,)) for index in range(most))
    held = judge(T0 + every * most, 1001, texts)
    assert isinstance(held, TooOften)
    assert held.until >= T0 + span


def test_without_a_gap_nothing_is_held_back() -> None:
    texts = tuple(text(minute / 60, 1001) for minute in range(20))
    assert judge(at(0.4), 1001, texts, timedelta(0)) is None


def test_a_page_knows_the_text_that_it_leads_or_that_carries_it() -> None:
    texts = (Texted(at(0), ("a", "b"), (1001, 1002)),)
    assert text_with("a", texts) == text_with("b", texts) == texts[0]
    assert text_with("c", texts) is None
    left = without("b", texts)
    assert text_with("b", left) is None
    assert text_with("a", left) == Texted(at(0), ("a",), (1001, 1002))
    assert judge(at(0.1), 1002, left) == Held("texted_recently", at(1))
    assert without("a", left) == ()


def test_what_is_counted_is_kept_for_three_hours_and_no_more_than_is_asked_for() -> None:
    texts: tuple[Texted, ...] = ()
    for minute in range(60):
        texts = counted(text(minute, 1001), texts)
    assert (len(texts), texts[-1].at, texts[0].at) == (MOST, at(59), at(60 - MOST))
    assert counted(text(240, 1002), texts) == (text(240, 1002),)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1001, 1004)), max_size=60))
def test_whoever_goes_by_the_verdicts_never_goes_too_often(arrivals: list[tuple[int, int]]) -> None:
    texts: tuple[Texted, ...] = ()
    sent: list[tuple[datetime, int, bool]] = []
    for index, (minutes, number) in enumerate(sorted(arrivals)):
        now = at(minutes / 2)
        verdict = judge(now, number, texts)
        if isinstance(verdict, TooOften):
            assert verdict.until > now
            continue
        if isinstance(verdict, Held):
            assert verdict.until > now
            now = verdict.until
            if judge(now, number, texts) is not None:
                continue
        known = any(number in one.numbers for one in trimmed(now, texts))
        if sent and now < sent[-1][0]:
            continue
        texts = counted(Texted(now, (f"p{index}",), (number,)), texts)
        sent.append((now, number, known))
    for (earlier, _, _), (later_at, _, _) in pairwise(sent):
        assert later_at - earlier >= GAP
    for span, most in WINDOWS:
        for when, _, known in sent:
            inside = [one for one, _, _ in sent if when - span < one < when]
            assert not known or len(inside) < most
