"""Phones that fail are foretold, too: what each refusal brings forward, and what the engine makes of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.escalation.book import AT, BOTH, book, minutes, step, to, user
from tests.unit.escalation.drawing import MOMENTS, books, failing
from tests.unit.escalation.life import Life, life
from tests.unit.escalation.test_simulate import ends, rows, run, skips
from tocsin.escalation.commands import Action
from tocsin.escalation.model import Book, Contact, Rule
from tocsin.escalation.simulate import UnknownName, simulate
from tocsin.incidents.incident import Actor
from tocsin.incidents.plan import Page

SLOWLY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

NUMBERS = (*BOTH, Contact("home", "phone", "+12025550102"), Contact("desk", "phone", "+12025550103"))
ANA = user(
    "ana",
    Rule(minutes(0), "sms"),
    Rule(minutes(2), "voice", "home"),
    Rule(minutes(4), "email"),
    contacts=NUMBERS,
)


def test_what_fails_brings_the_next_rule_over_another_contact_forward_and_is_told() -> None:
    result = run(book(step("ana"), users=(ANA,)), failing=["ana:mobile"])
    assert rows(result) == [(0, 1, 1, 1, "ana", "voice"), (4, 1, 1, 1, "ana", "email")]
    assert skips(result) == [(0, 1, 1, "ana", "failing")]
    assert result.as_json(UTC)["skipped"] == [
        {
            "at": "2026-11-23T02:00:00+00:00",
            "cycle": 1,
            "round": 1,
            "step": 1,
            "user": "ana",
            "reason": "failing",
            "via": "sms",
            "contact": "mobile",
        }
    ]


def test_a_way_that_fails_is_that_way_alone_and_over_each_contact() -> None:
    result = run(book(step("ana"), users=(ANA,)), failing=["ana:voice"])
    assert rows(result) == [(0, 1, 1, 1, "ana", "sms"), (2, 1, 1, 1, "ana", "email")]


def test_what_cannot_be_texted_is_not_called_earlier_but_when_the_rule_says() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(3), "voice"), Rule(minutes(8), "email"))
    result = run(book(step("ana", wait=20), users=(ana,)), failing=["ana:sms"])
    assert rows(result) == [(0, 1, 1, 1, "ana", "email"), (3, 1, 1, 1, "ana", "voice")]


def test_two_that_fail_at_one_instant_bring_two_forward() -> None:
    ana = replace(ANA, high=(Rule(minutes(0), "sms"), Rule(minutes(0), "voice", "home"), *ANA.high[2:]))
    ana = replace(ana, high=(*ana.high, Rule(minutes(9), "voice", "desk")))
    result = run(book(step("ana", wait=20), users=(ana,)), failing=["ana:mobile", "ana:home"])
    assert rows(result) == [(0, 1, 1, 1, "ana", "email"), (0, 1, 1, 1, "ana", "voice")]


def test_a_step_of_which_nothing_comes_through_is_passed_at_once() -> None:
    result = run(book(step("ana"), step("ben")), failing=["ana"])
    assert rows(result) == [(0, 1, 1, 2, "ben", "sms")]
    assert ends(result) == (5, "exhausted")


def test_a_step_that_reached_somebody_else_is_waited_for() -> None:
    result = run(book(step("ana", "chi"), step("ben")), failing=["ana"])
    assert rows(result) == [(0, 1, 1, 1, "chi", "sms"), (5, 1, 1, 2, "ben", "sms")]


def test_a_round_of_which_nothing_comes_through_ends_it_or_is_tried_again() -> None:
    where = book(step("ana"), step("ben"))
    assert ends(run(where, failing=["ana", "ben"])) == (0, "exhausted")
    again = run(where, failing=["ana", "ben"], until=AT + minutes(6))
    assert [(at, user) for at, _, _, user, _ in skips(again)] == [
        *((0, "ana"), (0, "ben"), (5, "ana"), (5, "ben"))
    ]


def test_the_mail_of_a_low_incident_that_fails_passes_the_step() -> None:
    result = run(book(step("ana"), step("ben")), urgency="low", failing=["ana:email"])
    assert rows(result) == [(0, 1, 1, 2, "ben", "email")]
    assert ends(result) == (5, "low_urgency")


def test_the_last_resort_fails_like_everybody() -> None:
    where = book(step("ana"), last_resort=to("ben"))
    result = run(where, failing=["ben"], until=AT + minutes(6))
    assert (rows(result), skips(result)) == ([(0, 1, 1, 1, "ana", "sms")], [(5, 1, 0, "ben", "failing")])


def test_where_all_must_acknowledge_several_can_and_whom_nothing_reached_is_not_waited_for() -> None:
    both = book(replace(step("ana", "ben", wait=20), ack="all"))
    told = run(both, ack_after=minutes(1), by=("ben", "ana"))
    assert ends(told) == (1, "acknowledged")
    assert ends(run(both, ack_after=minutes(1), by=("ben",))) == (20, "exhausted")
    assert ends(run(both, ack_after=minutes(1), by=("ben",), failing=["ana"])) == (1, "acknowledged")


@pytest.mark.parametrize(
    ("failing", "kind", "name", "known"),
    [
        ("eve", "user", "eve", ("ana", "ben", "chi", "dee")),
        ("eve:sms", "user", "eve", ("ana", "ben", "chi", "dee")),
        ("ana:fax", "way or contact of ana", "fax", "mobile"),
        ("ana:", "way or contact of ana", "", "sms"),
    ],
)
def test_what_there_is_not_cannot_fail(
    failing: str, kind: str, name: str, known: str | tuple[str, ...]
) -> None:
    with pytest.raises(UnknownName) as error:
        run(book(step("ana")), failing=[failing])
    assert (error.value.kind, error.value.name) == (kind, name)
    assert error.value.known == known or known in error.value.known


@st.composite
def scenes(draw: st.DrawFn) -> tuple[datetime, Book, tuple[str, ...]]:
    """Somebody has four rules and more, so that what is brought forward meets what is due."""
    at = draw(st.sampled_from(MOMENTS))
    where = draw(books(at))
    pages = st.builds(
        Rule,
        after=st.integers(0, 4).map(minutes),
        via=st.sampled_from(["sms", "voice", "email"]),
        to=st.sampled_from([None, "home", "desk"]),
    )
    ana = replace(
        where.users["ana"],
        contacts=NUMBERS,
        high=draw(st.lists(pages, min_size=3, max_size=7).map(tuple)),
    )
    where = replace(where, users={**where.users, "ana": ana})
    return at, where, draw(failing(where).filter(bool))


def play(one: Life, due: list[Page], dead: tuple[str, ...], until: datetime) -> list[Page]:
    """What comes through of ``due`` and before ``until``, where the engine hears at once of whatever fails."""
    came: list[Page] = []
    unheard: list[Page] = []

    def carry(pages: list[Page]) -> None:
        for page in pages:
            if {page.user, f"{page.user}:{page.via}", f"{page.user}:{page.contact}"}.isdisjoint(dead):
                came.append(page)
            else:
                unheard.append(page)

    carry(due)
    while True:
        while unheard:
            carry(one.refuse(unheard.pop(0)))
        if one.incident.due is None or one.incident.due >= until:
            one.now = until
            return came
        carry(one.wake())


@SLOWLY
@given(scenes(), st.none() | st.integers(1, 40).map(minutes))
def test_what_is_foretold_of_failing_phones_is_what_the_engine_does_with_their_refusals(
    scene: tuple[datetime, Book, tuple[str, ...]], ack_after: timedelta | None
) -> None:
    at, where, dead = scene
    until = at + minutes(90)
    one = life(where, at=at)
    by = tuple(who for who in ("ben", "ana") if who in where.users) if ack_after is not None else ()
    came = play(one, one.opening, dead, at + ack_after if ack_after is not None else at)
    for who in by:
        one.ask(Action.ACKNOWLEDGE, Actor("user", who, "sms"))
    came += play(one, [], dead, until)
    listed = simulate(
        where, "checkout", at, severity="critical", ack_after=ack_after, by=by, until=until, failing=dead
    )
    came = [page for page in came if page.kind == "page" and page.user]
    assert Counter(came) == Counter(listed.pages)
    refused = Counter((page.at, page.user, page.via, page.contact) for page in one.pages.values())
    refused -= Counter((page.at, page.user, page.via, page.contact) for page in came)
    told = Counter(
        (skip.at, skip.user, skip.via, skip.contact) for skip in listed.skipped if skip.reason == "failing"
    )
    assert {key: count for key, count in refused.items() if key[1]} == told
