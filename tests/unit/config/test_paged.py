"""What a change means for those who are paged: every instant of the fortnight, and nothing that is as before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.config.documents import small
from tests.unit.config.test_outcomes import TICK, simulated
from tests.unit.escalation.drawing import MOMENTS, books, situations
from tocsin.config.compile import compile_config
from tocsin.config.outcomes import outcomes
from tocsin.config.paged import Paging, compared, paging
from tocsin.escalation.conditions import ANY, Situation
from tocsin.escalation.model import Book

#: A Thursday noon.
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PEOPLE = {
    name: {"contacts": {"mobile": f"+4477009001{number}"}}
    for number, name in enumerate(("ana", "ben", "chi", "dee"), 23)
}
WEEKDAYS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}]


def book(steps: list[dict[str, Any]], turns: Any = ("ana", "ben"), **sections: Any) -> Book:
    """A weekly rotation in London, and one policy of these steps for all services."""
    layer = {"name": "weekly", "users": list(turns), "starts": "2026-11-02T09:00", "rotate": {"unit": "week"}}
    whole: dict[str, Any] = {
        "users": PEOPLE,
        "schedules": {"primary": {"timezone": "Europe/London", "layers": [layer]}},
        "policies": {"shop": {"steps": steps}},
        **sections,
    }
    return compile_config(small(**whole)).book


ONCALL = {"page": [{"schedule": "primary"}]}


def changes(found: Paging) -> list[tuple[Situation, int, int, list[str], list[str]]]:
    """Situation, minutes from now, and who is paged in which step, before and after."""

    def minute(at: datetime) -> int:
        return (at - NOW) // timedelta(minutes=1)

    def people(one: Any) -> list[str]:
        return list(dict.fromkeys(f"{page.step} {page.user}" for page in one.pages))

    return [
        (change.situation, minute(row.start), minute(row.end), people(row.old), people(row.new))
        for change in found.changed
        for row in change.differences
    ]


HOUR = 60
DAY = 24 * HOUR
END = 14 * DAY
#: Mondays at nine, in minutes from now.
MONDAY, NEXT_MONDAY = 4 * DAY - 3 * HOUR, 11 * DAY - 3 * HOUR


def test_somebody_in_anothers_place_is_paged_from_their_turn_on() -> None:
    found = paging(book([ONCALL]), book([ONCALL], ["ana", "chi"]), NOW)
    # Ben's week had begun on Monday, 23 November.
    assert changes(found) == [
        (ANY, 0, MONDAY, ["1 ben"], ["1 chi"]),
        (ANY, NEXT_MONDAY, END, ["1 ben"], ["1 chi"]),
    ]


def test_a_later_step_asks_who_is_on_call_when_it_begins() -> None:
    dee = {"page": [{"user": "dee"}], "wait": "20m"}
    found = paging(book([dee, ONCALL]), book([dee, ONCALL], ["ana", "chi"]), NOW)
    before, after = ["1 dee", "2 ben"], ["1 dee", "2 chi"]
    assert changes(found) == [
        (ANY, 0, MONDAY - 20, before, after),
        (ANY, NEXT_MONDAY - 20, END, before, after),
    ]


def test_what_nobody_is_paged_by_changes_nothing() -> None:
    renamed = {**PEOPLE, "ana": {**PEOPLE["ana"], "name": "Ana de Souza"}}
    other = {"shop": {"steps": [ONCALL]}, "other": {"steps": [{"page": [{"user": "dee"}]}]}}
    for new in (book([ONCALL], users=renamed), book([ONCALL], policies=other)):
        assert not paging(book([ONCALL]), new, NOW)


def test_each_value_that_a_branch_names_is_a_situation_of_its_own() -> None:
    def branch(user: str) -> Book:
        when = {"severity": ["critical", "SEV1"], "labels": {"team": ["web"]}}
        return book([{"page": [{"user": user}], "when": when}, ONCALL])

    found = paging(branch("chi"), branch("dee"), NOW)
    assert {change.situation.severity: change.situation.labels for change in found.changed} == {
        "critical": {"team": "web"}
    }
    assert all("1 chi" in old and "1 dee" in new for _, _, _, old, new in changes(found))

    def either(user: str) -> Book:
        critical = {"severity": ["critical", "SEV1"]}
        return book([{"page": [{"user": user}], "when": critical}, ONCALL])

    found = paging(either("chi"), either("dee"), NOW)
    assert [change.situation.severity for change in found.changed] == ["critical", "SEV1"]


def test_somebody_who_joins_a_round_robin_is_seen_in_their_turn() -> None:
    def turns(*users: str) -> Book:
        return book([{"page": [{"user": user} for user in users], "round_robin": True}])

    found = paging(turns("ana", "ben"), turns("ana", "ben", "chi"), NOW)
    assert changes(found) == [(Situation(turn=2), 0, END, ["1 ana"], ["1 chi"])]


def test_support_hours_decide_how_loudly() -> None:
    hours = {"timezone": "UTC", "active": WEEKDAYS}
    steps = [{"page": [{"user": "ana"}]}]
    users = {"ana": {"email": "ana@example.com", "contacts": {"mobile": "+447700900123"}}}
    old = compile_config(small(users=users, schedules=None, policies={"shop": {"steps": steps}})).book
    new = compile_config(
        small(
            users=users,
            schedules=None,
            policies={"shop": {"steps": steps}},
            services={"checkout": {"policy": "shop", "support_hours": hours}},
        )
    ).book
    found = paging(old, new, NOW)
    first = found.changed[0].differences[0]
    assert (first.start, first.old.urgency, first.new.urgency) == (NOW + timedelta(hours=5), "high", "low")
    assert [page.via for page in first.new.pages] == ["email"]


def test_a_service_that_reaches_nobody_at_some_time_is_named_with_the_time() -> None:
    layer = {"name": "all", "users": ["ana"], "starts": "2026-11-02T09:00", "active": WEEKDAYS}
    gaps = {"primary": {"timezone": "Europe/London", "layers": [layer]}}
    found = paging(book([ONCALL]), book([ONCALL], schedules=gaps), NOW)
    (row,) = found.nobody
    assert row.service == "checkout"
    assert row.ranges[0] == (NOW + timedelta(hours=5), NOW + timedelta(hours=21))
    assert row.fresh == row.ranges
    (row,) = paging(book([ONCALL], schedules=gaps), book([ONCALL], schedules=gaps), NOW).nobody
    assert row.ranges
    assert row.fresh == ()


def test_a_branch_alone_reaches_nobody_where_it_does_not_hold() -> None:
    critical = {"severity": ["critical"]}
    new = book([{"page": [{"user": "ana"}], "when": critical}])
    (row,) = paging(book([ONCALL]), new, NOW).nobody
    assert (row.situation, row.ranges) == (ANY, ((NOW, NOW + timedelta(days=14)),))


def test_a_service_that_comes_or_goes_is_told_whole() -> None:
    old = book([ONCALL, {"page": [{"user": "dee"}]}])
    web = {"web": {"policy": "shop"}}
    found = paging(old, book([ONCALL], services=web, integrations=None, catch_all=None), NOW)
    (gone,), (come,) = found.removed, found.added
    assert (gone.service, gone.steps) == ("checkout", ((1, ("ben", "ana")), (2, ("dee",))))
    assert (come.service, come.policy, come.steps) == ("web", "shop", ((1, ("ben", "ana")),))
    assert not found.changed


def test_leave_with_a_delegate_is_seen() -> None:
    def away(*rows: dict[str, Any]) -> Book:
        people = {**PEOPLE, "dee": {**PEOPLE["dee"], "away": list(rows)}}
        steps = [{"page": [{"user": "dee"}]}]
        return compile_config(small(users=people, schedules=None, policies={"shop": {"steps": steps}})).book

    leave = {"from": "2026-11-27T09:00", "to": "2026-11-27T10:30", "delegate": "chi"}
    found = paging(away(), away(leave), NOW)
    assert changes(found) == [(ANY, 21 * HOUR, 21 * HOUR + 90, ["1 dee"], ["1 chi"])]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Book, Book, datetime, Situation]:
    """Two books with some of each other's people, schedules and policy."""
    at = draw(st.sampled_from(MOMENTS))
    one, other = draw(books(at)), draw(books(at))
    users = {**other.users, **one.users}
    schedules = draw(st.sampled_from([one.schedules, other.schedules]))
    new = replace(other, users={**one.users, **other.users}, schedules=schedules)
    return replace(one, users=users), new, at, draw(situations)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(pairs(), st.integers(1, 12), st.lists(st.integers(0, 10_000_000), min_size=3, max_size=6))
def test_whatever_is_not_told_is_as_before_and_whatever_is_told_differs(pair, hours, seconds) -> None:
    old, new, start, situation = pair
    end = start + timedelta(hours=hours)
    found = compared(
        *(outcomes(book, "checkout", start, end, situation) for book in (old, new)),
    )
    assert all(one.end <= other.start for one, other in pairwise(found))
    drawn = [start + timedelta(seconds=one % (hours * 3600)) + TICK for one in seconds]
    edges = [at for row in found for at in (row.start + TICK, row.end - TICK, row.end + TICK)]
    for at in [*drawn, *(at for at in edges if start < at < end)]:
        differs = simulated(old, at, situation) != simulated(new, at, situation)
        assert differs is any(row.start < at < row.end for row in found), at


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(pairs())
def test_what_two_books_have_in_common_hides_no_difference(pair) -> None:
    old, new, start, _ = pair
    pieces = [outcomes(book, "checkout", start, start + timedelta(days=1)) for book in (old, new)]
    plain = [change for change in paging(old, new, start, 1).changed if change.situation == ANY]
    assert [row for change in plain for row in change.differences] == compared(*pieces)
