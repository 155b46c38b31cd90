"""Who is paged, when and how: every sentence of the escalation rules, with answers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.unit.escalation.book import AT, BOTH, book, minutes, step, to, user
from tocsin.escalation.model import Book, Contact, Hours, Rule
from tocsin.escalation.simulate import Simulation, UnknownName, simulate
from tocsin.oncall.model import Layer, Schedule, Window


def rows(result: Simulation) -> list[tuple[float, int, int, int, str, str]]:
    """(minutes after, cycle, round, step, user, via) of each page."""
    return [
        ((page.at - result.at).total_seconds() / 60, page.cycle, page.round, page.step, page.user, page.via)
        for page in result.pages
    ]


def skips(result: Simulation) -> list[tuple[float, int, int, str | None, str]]:
    """(minutes after, round, step, user, reason) of each skip."""
    return [
        ((skip.at - result.at).total_seconds() / 60, skip.round, skip.step, skip.user, skip.reason)
        for skip in result.skipped
    ]


def ends(result: Simulation) -> tuple[float, str]:
    return (result.ends_at - result.at).total_seconds() / 60, result.why


def run(where: Book, **kwargs: Any) -> Simulation:
    return simulate(where, "checkout", AT, **kwargs)


def test_steps_follow_one_another_and_the_last_wait_is_waited() -> None:
    result = run(book(step("ana", wait=5), step("ben", wait=10)))
    assert rows(result) == [(0, 1, 1, 1, "ana", "sms"), (5, 1, 1, 2, "ben", "sms")]
    assert ends(result) == (15, "exhausted")


def test_repeat_n_is_n_plus_one_rounds() -> None:
    result = run(book(step("ana"), repeat=2))
    assert [(at, round_) for at, _, round_, *_ in rows(result)] == [(0, 1), (5, 2), (10, 3)]
    assert ends(result) == (15, "exhausted")


def test_a_persons_rules_run_on_whatever_step_has_begun_since() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(7), "voice"))
    result = run(book(step("ana", wait=5), step("ben", wait=5), users=(ana, user("ben"))))
    assert rows(result) == [
        (0, 1, 1, 1, "ana", "sms"),
        (5, 1, 1, 2, "ben", "sms"),
        (7, 1, 1, 1, "ana", "voice"),
    ]


def test_a_later_step_that_targets_the_same_person_drops_what_is_pending_and_starts_anew() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(7), "voice"))
    result = run(book(step("ana", wait=5), step("ana", wait=8), users=(ana,)))
    assert rows(result) == [
        (0, 1, 1, 1, "ana", "sms"),
        (5, 1, 1, 2, "ana", "sms"),
        (12, 1, 1, 2, "ana", "voice"),
    ]
    assert skips(result) == [(7, 1, 1, "ana", "superseded")]


def test_a_rule_due_exactly_when_a_step_targets_the_same_person_is_superseded() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(5), "voice"))
    result = run(book(step("ana", wait=5), step("ana", wait=5), users=(ana,)))
    assert rows(result) == [(0, 1, 1, 1, "ana", "sms"), (5, 1, 1, 2, "ana", "sms")]
    assert skips(result) == [(5, 1, 1, "ana", "superseded")]
    assert ends(result) == (10, "exhausted")


def test_a_rule_due_exactly_when_a_step_targets_somebody_else_is_sent() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(5), "voice"))
    result = run(book(step("ana", wait=5), step("ben", wait=5), users=(ana, user("ben"))))
    assert rows(result) == [
        (0, 1, 1, 1, "ana", "sms"),
        (5, 1, 1, 1, "ana", "voice"),
        (5, 1, 1, 2, "ben", "sms"),
    ]


def test_nothing_is_sent_at_the_very_end() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(5), "voice"), Rule(minutes(9), "email"))
    result = run(book(step("ana", wait=5), users=(ana,)))
    assert rows(result) == [(0, 1, 1, 1, "ana", "sms")]
    assert skips(result) == []


def test_the_ack_comes_before_everything_else_of_its_instant() -> None:
    where = book(step("ana", wait=5), step("ben", wait=5))
    result = run(where, ack_after=minutes(5), by=("ben",))
    assert rows(result) == [(0, 1, 1, 1, "ana", "sms")]
    assert ends(result) == (5, "acknowledged")
    at_once = run(where, ack_after=minutes(0))
    assert rows(at_once) == []
    assert ends(at_once) == (0, "acknowledged")


def test_an_ack_after_the_end_changes_nothing() -> None:
    assert ends(run(book(step("ana", wait=5)), ack_after=minutes(6))) == (5, "exhausted")
    assert ends(run(book(step("ana", wait=5)), ack_after=minutes(5))) == (5, "acknowledged")


def test_a_person_targeted_twice_in_a_step_counts_once() -> None:
    where = book(step("ana", "%all", "ana"), teams={"all": ("ben", "ana")})
    assert rows(run(where)) == [(0, 1, 1, 1, "ana", "sms"), (0, 1, 1, 1, "ben", "sms")]


def test_a_step_with_nobody_on_call_is_passed_at_once() -> None:
    empty = Schedule("primary", "UTC", ())
    result = run(book(step("@primary", "#incidents"), step("ben"), schedules=(empty,)))
    assert rows(result) == [(0, 1, 1, 2, "ben", "sms")]
    assert skips(result) == [(0, 1, 1, None, "nobody_on_call")]
    assert ends(result) == (5, "exhausted")


def test_people_without_a_rule_left_are_unreachable_each_once() -> None:
    dumb = (user("ana", Rule(minutes(0), "push")), user("ben", contacts=()), user("chi"))
    result = run(book(step("ana", "ben", "ana"), step("chi"), users=dumb))
    assert rows(result) == [(0, 1, 1, 2, "chi", "sms")]
    assert skips(result) == [(0, 1, 1, "ana", "unreachable"), (0, 1, 1, "ben", "unreachable")]


def test_the_first_round_that_reaches_nobody_ends_it() -> None:
    result = run(book(step("ana"), repeat=3, users=(user("ana", contacts=()),)))
    assert rows(result) == []
    assert ends(result) == (0, "exhausted")


def test_a_round_that_reached_nobody_is_tried_again_every_five_minutes_as_the_same_round() -> None:
    where = book(step("@primary"), schedules=(_from(AT + minutes(7)),))
    result = run(where, until=AT + minutes(12))
    assert [skip[:2] for skip in skips(result)] == [(0, 1), (5, 1)]
    assert rows(result) == [(10, 1, 1, 1, "ana", "sms")]
    assert ends(result) == (12, "until")


def _from(at: datetime) -> Schedule:
    layer = Layer("only", (("ana",),), at.replace(tzinfo=None), 1, "week", None)
    return Schedule("primary", "UTC", (layer,))


def test_a_later_round_that_reaches_nobody_is_tried_again_too() -> None:
    brief = replace(_from(AT).layers[0], until=(AT + minutes(4)).replace(tzinfo=None))
    where = book(step("@primary"), schedules=(Schedule("primary", "UTC", (brief,)),), repeat=2)
    assert ends(run(where)) == (5, "exhausted")
    result = run(where, until=AT + minutes(16))
    assert rows(result) == [(0, 1, 1, 1, "ana", "sms")]
    assert [skip[:2] for skip in skips(result)] == [(5, 2), (10, 2), (15, 2)]


def test_who_is_on_call_is_asked_when_the_step_begins() -> None:
    where = book(step("ben", wait=5), step("@primary"), schedules=(_from(AT + minutes(5)),))
    assert rows(run(where))[-1] == (5, 1, 1, 2, "ana", "sms")


def test_the_last_resort_and_the_restart_are_listed_with_until() -> None:
    where = book(step("ana", wait=5), repeat=1, last_resort=to("dee"))
    assert ends(run(where)) == (10, "exhausted")
    result = run(where, until=AT + minutes(46))
    assert rows(result) == [
        (0, 1, 1, 1, "ana", "sms"),
        (5, 1, 2, 1, "ana", "sms"),
        (10, 1, 2, 0, "dee", "sms"),
        (40, 2, 1, 1, "ana", "sms"),
        (45, 2, 2, 1, "ana", "sms"),
    ]
    assert ends(result) == (46, "until")


def test_what_happens_exactly_at_until_is_not_listed() -> None:
    assert rows(run(book(step("ana", wait=5), step("ben")), until=AT + minutes(5))) == [
        (0, 1, 1, 1, "ana", "sms")
    ]


def test_an_ack_exactly_at_until_is_not_listed_either() -> None:
    where = book(step("ana"), ack_timeout=None)
    assert ends(run(where, ack_after=minutes(3), until=AT + minutes(3))) == (3, "until")


def test_the_ack_timeout_begins_a_new_cycle() -> None:
    where = book(step("ana", wait=5), step("ben", wait=5), ack_timeout=minutes(20))
    result = run(where, ack_after=minutes(2), until=AT + minutes(28))
    assert rows(result) == [
        (0, 1, 1, 1, "ana", "sms"),
        (22, 2, 1, 1, "ana", "sms"),
        (27, 2, 1, 2, "ben", "sms"),
    ]
    never = run(book(step("ana"), ack_timeout=None), ack_after=minutes(2), until=AT + minutes(28))
    assert ends(never) == (2, "acknowledged")


def test_low_urgency_pages_the_first_step_that_reaches_anybody_by_the_low_rules() -> None:
    dumb = user("ana", low=())
    result = run(
        book(step("ana"), step("ben", wait=3), step("chi"), users=(dumb, user("ben"))), urgency="low"
    )
    assert rows(result) == [(0, 1, 1, 2, "ben", "email")]
    assert skips(result) == [(0, 1, 1, "ana", "unreachable")]
    assert ends(result) == (3, "low_urgency")


HOURS = Hours("UTC", (Window(frozenset({0, 1, 2, 3, 4}), 9 * 60, 17 * 60),))


def test_inside_support_hours_an_incident_is_high_and_outside_low() -> None:
    where = book(step("ana"), support_hours=HOURS)
    assert rows(run(where)) == [(0, 1, 1, 1, "ana", "email")]
    inside = simulate(where, "checkout", AT.replace(hour=10))
    assert rows(inside) == [(0, 1, 1, 1, "ana", "sms")]
    assert rows(run(where, urgency="high")) == [(0, 1, 1, 1, "ana", "sms")]


def test_when_support_hours_begin_it_becomes_high_and_escalates_from_the_first_step() -> None:
    where = book(step("ana", wait=10), step("ben", wait=10), support_hours=HOURS)
    result = simulate(where, "checkout", AT.replace(hour=8, minute=55))
    assert rows(result) == [
        (0, 1, 1, 1, "ana", "email"),
        (5, 2, 1, 1, "ana", "sms"),
        (15, 2, 1, 2, "ben", "sms"),
    ]
    assert ends(result) == (25, "exhausted")


def test_when_support_hours_begin_as_the_low_step_is_over_it_becomes_high_and_goes_on() -> None:
    where = book(step("ana", wait=5), support_hours=HOURS)
    result = simulate(where, "checkout", AT.replace(hour=8, minute=55))
    assert rows(result) == [(0, 1, 1, 1, "ana", "email"), (5, 2, 1, 1, "ana", "sms")]
    assert ends(result) == (10, "exhausted")


def test_a_low_rule_runs_on_after_support_hours_begin_unless_its_person_is_targeted_again() -> None:
    late = tuple(user(id, low=(Rule(minutes(7), "email"),)) for id in ("ana", "ben"))
    where = book(step("@primary"), users=late, support_hours=HOURS, schedules=(_swap(AT.replace(hour=9)),))
    result = simulate(where, "checkout", AT.replace(hour=8, minute=55))
    assert rows(result) == [(5, 2, 1, 1, "ben", "sms"), (7, 1, 1, 1, "ana", "email")]


def _swap(at: datetime) -> Schedule:
    """Ana until `at`, then Ben."""
    wall = at.replace(tzinfo=None)
    return Schedule("primary", "UTC", (Layer("only", (("ana",), ("ben",)), wall - minutes(60), 1, "hour"),))


def test_support_hours_that_came_and_went_during_the_ack_do_not_make_it_high() -> None:
    where = book(step("ana"), support_hours=HOURS, ack_timeout=minutes(9 * 60))
    result = simulate(
        where, "checkout", AT.replace(hour=8, minute=55), ack_after=minutes(1), until=AT + minutes(1440)
    )
    assert rows(result) == [(0, 1, 1, 1, "ana", "email"), (541, 2, 1, 1, "ana", "email")]


def test_a_rule_without_a_fitting_contact_is_left_out() -> None:
    only_mail = user("ana", Rule(minutes(0), "sms"), Rule(minutes(1), "email"), contacts=BOTH[:1])
    assert rows(run(book(step("ana"), users=(only_mail,)))) == [(1, 1, 1, 1, "ana", "email")]


def test_via_takes_the_first_fitting_contact_unless_to_names_one() -> None:
    contacts = (*BOTH, Contact("home", "phone", "+12025550102"))
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(1), "voice", "home"), contacts=contacts)
    assert [page.contact for page in run(book(step("ana"), users=(ana,))).pages] == ["mobile", "home"]


def test_the_json_has_the_offset_of_the_question_and_no_z() -> None:
    at = datetime(2026, 11, 23, 3, 0, tzinfo=timezone(timedelta(hours=1)))
    row = simulate(book(step("ana")), "checkout", at).as_json(at.tzinfo or UTC)
    assert row["at"] == "2026-11-23T03:00:00+01:00"
    assert row["pages"] == [
        {
            "at": "2026-11-23T03:00:00+01:00",
            "after_seconds": 0,
            "cycle": 1,
            "round": 1,
            "step": 1,
            "user": "ana",
            "via": "sms",
            "contact": "mobile",
        }
    ]
    assert row["ends"] == {"at": "2026-11-23T03:05:00+01:00", "why": "exhausted"}
    assert "user" not in simulate(book(step("#x")), "checkout", at).as_json(UTC)["skipped"][0]


def test_unknown_names_are_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="no service named 'chekout'"):
        simulate(book(step("ana")), "chekout", AT)
    with pytest.raises(UnknownName) as caught:
        run(book(step("ana")), ack_after=minutes(1), by=("zoe",))
    assert caught.value.known == ("ana", "ben", "chi", "dee")
