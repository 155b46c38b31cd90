"""The simulator says what the slow, obvious walk says: on random books, with acks, low urgency and support hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.escalation import oracle
from tests.unit.escalation.book import minutes
from tests.unit.escalation.drawing import MOMENTS, books, failing, situations
from tocsin.escalation.conditions import Situation
from tocsin.escalation.model import Book
from tocsin.escalation.simulate import Simulation, simulate

SLOWLY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@dataclass(frozen=True)
class Question:
    """One call of the simulator."""

    book: Book
    at: datetime
    urgency: str | None
    ack_after: timedelta | None
    until: datetime | None
    by: tuple[str, ...]
    situation: Situation
    failing: tuple[str, ...]


def acks(people: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Who acknowledge: nobody who is named, or up to three, one after the other."""
    return st.just(()) | st.lists(st.sampled_from(people), unique=True, max_size=3).map(tuple)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    at = draw(st.sampled_from(MOMENTS))
    book = draw(books(at))
    return Question(
        book,
        at,
        draw(st.sampled_from([None, None, "high", "low"])),
        draw(st.one_of(st.none(), st.integers(0, 40).map(minutes))),
        draw(st.one_of(st.none(), st.integers(0, 150).map(lambda count: at + minutes(count)))),
        draw(acks(tuple(book.users))),
        draw(situations),
        draw(failing(book)),
    )


def page_rows(result: Simulation) -> list[oracle.PageRow]:
    return [
        oracle.PageRow(p.at, p.step, p.target, p.rule, p.cycle, p.round, p.user, p.via, p.contact)
        for p in result.pages
    ]


def skip_rows(result: Simulation) -> list[oracle.SkipRow]:
    return [
        oracle.SkipRow(s.at, s.cycle, s.round, s.step, s.user, s.reason, s.via, s.contact)
        for s in result.skipped
    ]


@SLOWLY
@given(questions())
def test_the_simulation_is_what_the_oracle_says(q: Question) -> None:
    asked = {
        "urgency": q.urgency,
        "ack_after": q.ack_after,
        "until": q.until,
        "by": q.by,
        "situation": q.situation,
        "failing": q.failing,
    }
    expected = oracle.simulate(q.book, "checkout", q.at, **asked)  # type: ignore[arg-type]
    result = simulate(q.book, "checkout", q.at, **asked)  # type: ignore[arg-type]
    pages, skips = page_rows(result), skip_rows(result)
    assert Counter(pages) == Counter(expected.pages)
    assert [page[:4] for page in pages] == [page[:4] for page in expected.pages]  # time, step, target, rule
    assert Counter(skips) == Counter(expected.skipped)
    assert [skip.at for skip in skips] == [skip.at for skip in expected.skipped]
    assert (result.ends_at, result.why) == expected.ends
