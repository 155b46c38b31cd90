"""Whom an incident pages, for every instant at which it may open: the very pages of the simulator, and no instant left
out."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.escalation.drawing import MOMENTS, books, situations
from tocsin.config.outcomes import Piece, outcomes
from tocsin.escalation.conditions import Situation
from tocsin.escalation.model import Book
from tocsin.escalation.planner import RESTART_AFTER, begin, tick, urgency_at
from tocsin.escalation.simulate import simulate
from tocsin.oncall.ranges import united

TICK = timedelta(microseconds=1)

Row = tuple[datetime, int, int, str, str, str]


def simulated(book: Book, at: datetime, situation: Situation) -> list[Row]:
    """The simulator's pages, with those of the last resort."""
    told = simulate(book, "checkout", at, situation=situation)
    if runs_out(book, at, situation):
        told = simulate(book, "checkout", at, situation=situation, until=told.ends_at + RESTART_AFTER)
    return [(page.at, page.round, page.step, page.user, page.via, page.contact) for page in told.pages]


def runs_out(book: Book, at: datetime, situation: Situation) -> bool:
    """Whether the policy comes to its last resort, and not to a round that reaches nobody, or a low incident's end."""
    service = book.services["checkout"]
    urgency = urgency_at(service, at)
    plan = begin(service, urgency, at)
    while plan.due is not None:
        one = tick(plan, urgency, book.policies["p"], book, plan.due, situation)
        ends = {"exhausted", "nobody_reached", "quiet"}.intersection(one.marks)
        if ends:
            return "exhausted" in ends
        plan, urgency = one.plan, one.urgency
    raise AssertionError("a plan ends with a mark")


def told(piece: Piece, at: datetime) -> list[Row]:
    rows = []
    for paged, (time, moves) in zip(piece.outcome.pages, piece.times, strict=True):
        sent = time + (at - piece.start) if moves else time
        if not paged.held:
            assert sent == at + paged.after
        rows.append((sent, paged.round, paged.step, paged.user, paged.via, paged.contact))
    return rows


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Book, datetime, Situation]:
    at = draw(st.sampled_from(MOMENTS))
    return draw(books(at)), at, draw(situations)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenes(), st.integers(1, 36), st.lists(st.integers(0, 10_000_000), max_size=4))
def test_at_every_instant_they_are_the_pages_of_the_simulator(scene, hours, seconds) -> None:
    book, start, situation = scene
    end = start + timedelta(hours=hours)
    pieces = outcomes(book, "checkout", start, end, situation)
    assert [piece.start for piece in pieces] == [start, *(piece.end for piece in pieces[:-1])]
    assert pieces[-1].end == end
    drawn = [start + timedelta(seconds=one % (hours * 3600)) + TICK for one in seconds]
    for piece in pieces:
        within = [at for at in drawn if piece.start < at < piece.end]
        for at in (piece.start + TICK, *within, piece.end - TICK):
            if piece.start < at:
                assert piece.outcome.urgency == urgency_at(book.services["checkout"], at)
                assert told(piece, at) == simulated(book, at, situation), at


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenes(), st.integers(1, 24))
def test_looking_for_the_first_alone_finds_nobody_where_all_of_it_finds_nobody(scene, hours) -> None:
    book, start, situation = scene
    end = start + timedelta(hours=hours)

    def nobody(first: bool) -> list[tuple[datetime, datetime]]:
        pieces = outcomes(book, "checkout", start, end, situation, first=first)
        return united((piece.start, piece.end) for piece in pieces if not piece.outcome.reaches)

    alone = nobody(True)
    assert alone == nobody(False)
    for opens, closes in alone:
        for at in (opens + TICK, closes - TICK):
            assert not simulate(book, "checkout", at, situation=situation).pages
