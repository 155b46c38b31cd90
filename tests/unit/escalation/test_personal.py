"""A person's own hours: rules for office hours or for the others, and hours in which nothing low disturbs them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.escalation.book import AT, BOTH, book, minutes, step, user
from tests.unit.escalation.life import life
from tocsin.escalation.commands import Action
from tocsin.escalation.model import Book, Hours, Rule, Service, User
from tocsin.escalation.simulate import Simulation, simulate
from tocsin.incidents.incident import Actor, Urgency
from tocsin.incidents.plan import Page, Plan
from tocsin.oncall.model import Window

WORKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
#: Of a Monday in Kolkata, which is 5:30 ahead.
OFFICE = Hours("Asia/Kolkata", (Window(WORKDAYS, 9 * 60, 17 * 60),))
#: Nights and the whole weekend in UTC, as one stretch.
NIGHTS = Hours("UTC", (Window(EVERY_DAY, 22 * 60, 31 * 60), Window(frozenset({5, 6}), 0, 24 * 60)))
NINE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
SMS, MAIL = Rule(timedelta(0), "sms"), Rule(timedelta(0), "email")


def told(result: Simulation) -> list[tuple[str, str, str]]:
    return [(f"{page.at:%a %H:%M}", page.user, page.via) for page in result.pages]


def reasons(result: Simulation) -> list[tuple[str | None, str]]:
    return [(skip.user, skip.reason) for skip in result.skipped]


def ana(*high: Rule, low: tuple[Rule, ...] = (MAIL,), **more: Hours | None) -> User:
    return replace(user("ana", *high, low=low), **more)  # type: ignore[arg-type]


def office(via: str, after: float = 0, *, off: bool = False) -> Rule:
    return Rule(minutes(after), via, None, "off_hours" if off else "office_hours")  # type: ignore[arg-type]


def test_a_rule_for_office_hours_applies_from_their_first_instant_to_the_one_before_they_end() -> None:
    one = ana(office("email"), office("voice", off=True), office_hours=OFFICE)
    for at, via in (
        (NINE - minutes(1), "voice"),
        (NINE, "email"),
        (NINE + minutes(479), "email"),
        (NINE + minutes(480), "voice"),
        (NINE + timedelta(days=5), "voice"),
    ):
        assert told(simulate(book(step("ana"), users=(one,)), "checkout", at)) == [
            (f"{at:%a %H:%M}", "ana", via)
        ]


def test_a_rule_is_judged_at_the_instant_at_which_it_is_due_not_when_the_step_begins() -> None:
    one = ana(SMS, office("voice", 3, off=True), office("email", 4), office_hours=OFFICE)
    where = book(step("ana", wait=10), users=(one,))
    before = simulate(where, "checkout", NINE - minutes(4))
    assert told(before) == [
        ("Mon 03:26", "ana", "sms"),
        ("Mon 03:29", "ana", "voice"),
        ("Mon 03:30", "ana", "email"),
    ]
    assert told(simulate(where, "checkout", NINE - minutes(3))) == [
        ("Mon 03:27", "ana", "sms"),
        ("Mon 03:31", "ana", "email"),
    ]


def test_whom_no_rule_applies_to_at_that_instant_is_unreachable_and_the_next_step_begins_at_once() -> None:
    one = ana(office("sms"), office_hours=OFFICE)
    result = simulate(book(step("ana"), step("ben"), users=(one, user("ben"))), "checkout", NINE - minutes(1))
    assert reasons(result) == [("ana", "unreachable")]
    assert told(result) == [("Mon 03:29", "ben", "sms")]


def test_a_turn_of_somebody_whom_no_rule_reaches_now_is_the_next_ones() -> None:
    one = ana(office("sms"), office_hours=OFFICE)
    turns = replace(step("ana", "ben"), round_robin=True)
    result = simulate(book(turns, users=(one, user("ben"))), "checkout", NINE - minutes(1))
    assert [page.user for page in result.pages] == ["ben"]
    assert [
        page.user for page in simulate(book(turns, users=(one, user("ben"))), "checkout", NINE).pages
    ] == ["ana"]


def test_whoever_is_asked_to_join_is_asked_by_the_rules_of_the_hour() -> None:
    one = ana(office("email"), office("voice", off=True), office_hours=OFFICE)
    there = life(book(step("ben"), users=(one, user("ben"))))
    there.ask(Action.ASK, Actor("user", "ben", "sms"), users=("ana",))
    assert [page.via for page in there.incident.outbox.values() if page.kind == "ask"] == ["voice"]


def resting(low: tuple[Rule, ...] = (MAIL,), hours: Hours = NIGHTS) -> Book:
    return book(step("ana"), users=(ana(SMS, low=low, do_not_disturb=hours), user("ben")))


def test_what_is_low_waits_for_the_end_of_do_not_disturb_and_ends_after_its_wait() -> None:
    result = simulate(resting(), "checkout", AT, urgency="low")
    assert told(result) == [("Mon 07:00", "ana", "email")]
    assert result.pages[0].put_off
    assert (result.ends_at, result.why) == (AT + minutes(5 * 60 + 5), "low_urgency")


def test_what_is_high_is_never_put_off() -> None:
    assert told(simulate(resting(), "checkout", AT)) == [("Mon 02:00", "ana", "sms")]


def test_windows_that_touch_are_one_stretch_and_each_rule_waits_for_its_end() -> None:
    rules = (MAIL, Rule(minutes(120), "sms"))
    at = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)  # a Friday
    where = replace(
        resting(rules), policies={"p": replace(resting().policies["p"], steps=(step("ana", wait=600),))}
    )
    result = simulate(where, "checkout", at, urgency="low")
    assert told(result) == [("Fri 21:00", "ana", "email"), ("Mon 07:00", "ana", "sms")]


def test_only_whoever_is_not_to_be_disturbed_waits() -> None:
    where = book(
        step("ana", "ben"), step("chi"), users=(ana(do_not_disturb=NIGHTS), user("ben"), user("chi"))
    )
    result = simulate(where, "checkout", AT, urgency="low")
    assert told(result) == [("Mon 02:00", "ben", "email"), ("Mon 07:00", "ana", "email")]
    assert result.why == "low_urgency"


def test_what_would_never_be_sent_is_sent_at_once() -> None:
    always = Hours("UTC", (Window(EVERY_DAY, 0, 24 * 60),))
    assert told(simulate(resting(hours=always), "checkout", AT, urgency="low")) == [
        ("Mon 02:00", "ana", "email")
    ]


#: High from 06:00, when nobody rests in UTC but Ana.
SUPPORT = Hours("UTC", (Window(EVERY_DAY, 6 * 60, 18 * 60),))


def test_what_was_put_off_is_dropped_when_support_hours_make_it_high() -> None:
    where = resting()
    where = replace(where, services={"checkout": Service("checkout", "p", None, None, SUPPORT)})
    result = simulate(where, "checkout", AT, until=AT + minutes(9 * 60))
    assert [row for row in told(result) if row[2] == "email"] == []
    assert told(result)[0] == ("Mon 06:00", "ana", "sms")
    dropped = result.skipped[0]
    assert (dropped.user, dropped.reason, f"{dropped.at:%H:%M}") == ("ana", "superseded", "07:00")


def low_life() -> Book:
    return replace(
        resting((MAIL, Rule(minutes(1), "sms"))),
        services={"checkout": Service("checkout", "p", None, None, SUPPORT)},
    )


def test_the_timeline_says_until_when_a_page_was_put_off() -> None:
    one = life(low_life())
    assert one.incident.urgency is Urgency.LOW
    rows = [entry.details for entry in one.last.entries if entry.kind == "put_off"]
    assert [(row["user"], row["via"], row["until"]) for row in rows] == [
        ("ana", "email", "2026-11-23T07:00:00.000000+00:00"),
        ("ana", "sms", "2026-11-23T07:00:00.000000+00:00"),
    ]


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.RESOLVE])
def test_an_answer_drops_what_was_put_off(action: Action) -> None:
    one = life(low_life())
    one.ask(action)
    assert one.incident.plan.pending == ()
    assert one.pages == {}


def test_escalating_by_hand_drops_what_was_put_off_whomever_the_next_step_pages() -> None:
    policy = replace(low_life().policies["p"], steps=(step("ana"), step("ben")))
    one = life(replace(low_life(), policies={"p": policy}))
    due = one.ask(Action.ESCALATE)
    assert [(page.user, page.via) for page in due] == [("ben", "sms")]
    assert one.incident.plan.pending == ()
    skipped = [entry.details for entry in one.last.entries if entry.kind == "skipped"]
    assert [(row["user"], row["reason"]) for row in skipped] == [("ana", "superseded")] * 2


def test_a_refusal_at_night_brings_the_next_contact_forward_no_further_than_the_morning() -> None:
    rules = (MAIL, Rule(timedelta(hours=12), "sms"))
    evening = AT.replace(hour=21, minute=59)
    low = Hours("UTC", (Window(frozenset({5}), 0, 60),))
    where = replace(resting(rules), services={"checkout": Service("checkout", "p", None, None, low)})
    one = life(where, at=evening)
    (mail,) = one.pages.values()
    one.now = evening + minutes(3)
    assert one.refuse(mail, "bounced") == []
    (waiting,) = one.incident.plan.pending
    assert (waiting.via, f"{waiting.at:%a %H:%M}", waiting.put_off) == ("sms", "Tue 07:00", True)


def test_a_plan_from_before_there_was_do_not_disturb_reads_and_a_page_put_off_survives_storage() -> None:
    page = Page(AT, 1, 1, 1, "ana", 0, "email", "email")
    old = page.as_json()
    assert "put_off" not in old
    assert Page.from_json(old) == page
    late = replace(page, put_off=True)
    assert Plan.from_json(Plan(pending=(late,)).as_json()).pending == (late,)


def test_push_and_contacts_are_as_ever_whatever_the_hour() -> None:
    """A rule without a contact that fits is left out, in its hours too."""
    one = replace(ana(office("push"), office("voice", off=True), office_hours=OFFICE), contacts=BOTH)
    assert reasons(simulate(book(step("ana"), users=(one,)), "checkout", NINE))[0] == ("ana", "unreachable")
