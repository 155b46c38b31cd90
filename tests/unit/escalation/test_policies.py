"""What a policy can ask for beside steps and waits: turns, branches, hours, acks of all, posts, whoever is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.escalation.book import AT, book, minutes, step, to, user
from tests.unit.escalation.life import ANA, SECOND, life
from tocsin.escalation.commands import Action
from tocsin.escalation.conditions import Situation
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import Hours, Rule, When
from tocsin.escalation.simulate import Simulation, simulate
from tocsin.escalation.targets import next_on_call, people_of
from tocsin.incidents.incident import Actor, State
from tocsin.oncall.absences import Absences, Away
from tocsin.oncall.model import Layer, Override, Schedule, Window
from tocsin.paging.lines import told

BEN = Actor("user", "ben", "sms")
WORKDAYS = frozenset(range(5))
#: London office hours; AT is Monday 02:00 UTC.
OFFICE = Hours("Europe/London", (Window(WORKDAYS, 9 * 60, 17 * 60),))


def who(found: Simulation) -> list[tuple[str, float]]:
    return [(page.user, (page.at - AT) / minutes(1)) for page in found.pages]


# ------------------------------------------------------------------------------------------------------- round robin

ROBIN = replace(step("ana", "ben", "chi"), round_robin=True)


@pytest.mark.parametrize(("turn", "first"), [(0, "ana"), (1, "ben"), (2, "chi"), (3, "ana"), (10, "ben")])
def test_each_incident_is_for_the_next_one_in_turn(turn: int, first: str) -> None:
    assert who(simulate(book(ROBIN), "checkout", AT, situation=Situation(turn=turn))) == [(first, 0)]


def test_whoever_did_not_answer_is_not_the_first_to_have_it_again() -> None:
    found = simulate(book(ROBIN, repeat=2), "checkout", AT, situation=Situation(turn=1))
    assert who(found) == [("ben", 0), ("chi", 5), ("ana", 10)]


def test_a_turn_of_somebody_out_of_reach_is_the_next_ones() -> None:
    people = (user("ana"), user("ben", Rule(minutes(0), "push")), user("chi"))
    found = simulate(book(ROBIN, users=people), "checkout", AT, situation=Situation(turn=1))
    assert who(found) == [("chi", 0)]
    assert [(skip.user, skip.reason) for skip in found.skipped] == [("ben", "unreachable")]


# ---------------------------------------------------------------------------------------------------------- branches


@pytest.mark.parametrize(
    ("when", "situation", "taken"),
    [
        (When(severity=("critical", "SEV1")), Situation(severity="sev1"), True),
        (When(severity=("critical",)), Situation(severity="warning"), False),
        (When(priority=("P1", "P2")), Situation(priority="P2"), True),
        (When(priority=("P1",)), Situation(), False),
        (When(labels={"team": ("db", "web")}), Situation(labels={"team": "db"}), True),
        (When(labels={"team": ("db",)}), Situation(labels={"team": "DB"}), False),
        (When(labels={"team": ("db",), "zone": ("a",)}), Situation(labels={"team": "db"}), False),
        (When(repeated=3), Situation(repeats=3), True),
        (When(repeated=3), Situation(repeats=2), False),
        (When(hours=Hours("UTC", (Window(WORKDAYS, 60, 180),))), Situation(), True),
        (When(hours=OFFICE), Situation(), False),
        (When(), Situation(), True),
    ],
)
def test_a_step_is_taken_when_all_that_it_asks_for_holds(
    when: When, situation: Situation, taken: bool
) -> None:
    branches = book(replace(step("ana"), when=when), replace(step("ben"), unless=when))
    found = simulate(branches, "checkout", AT, situation=situation)
    assert who(found) == [("ana" if taken else "ben", 0)]
    assert [(skip.step, skip.reason) for skip in found.skipped] == [(2 if taken else 1, "condition")]


def test_a_policy_that_is_for_no_such_incident_reaches_nobody_and_says_so() -> None:
    one = life(book(replace(step("ana"), when=When(priority=("P1",)))))
    assert one.alarms == ["nobody_reached"]
    assert one.incident.due == AT + minutes(5)


def test_what_changes_meanwhile_counts_when_the_step_begins() -> None:
    one = life(book(step("ana"), replace(step("ben"), when=When(priority=("P1",)))))
    one.ask(Action.PRIORITY, value="p1")
    assert [page.user for page in one.wake()] == ["ben"]


# -------------------------------------------------------------------------------------------------------------- hours


def test_a_wait_in_hours_counts_those_hours_alone() -> None:
    found = simulate(book(replace(step("ana", wait=30), wait_hours=OFFICE), step("ben")), "checkout", AT)
    assert who(found) == [("ana", 0), ("ben", 7 * 60 + 30)]


def test_a_wait_in_hours_runs_over_the_night_and_the_weekend() -> None:
    friday = datetime(2026, 11, 27, 16, 50, tzinfo=UTC)
    found = simulate(book(replace(step("ana", wait=30), wait_hours=OFFICE), step("ben")), "checkout", friday)
    assert [page.at for page in found.pages] == [friday, datetime(2026, 11, 30, 9, 20, tzinfo=UTC)]


# --------------------------------------------------------------------------------------------------------- escalating


@pytest.mark.parametrize(
    ("resort", "words"),
    [
        (
            ("dee",),
            ["round 1, step 2", "round 2, step 1", "round 2, step 2", "the last resort", "round 1, step 1"],
        ),
        (
            (),
            [
                "round 1, step 2",
                "round 2, step 1",
                "round 2, step 2",
                "the end of its policy",
                "round 1, step 1",
            ],
        ),
    ],
)
def test_whoever_escalates_is_told_where_it_goes(resort: tuple[str, ...], words: list[str]) -> None:
    one = life(book(step("ana"), step("ben"), repeat=1, last_resort=to(*resort)))
    found = []
    for _ in words:
        one.now += minutes(1)
        one.ask(Action.ESCALATE)
        (line,) = [line for line in one.last.entries if line.kind == "escalated"]
        found.append(told(line, "Ana", str))
    assert found == [f"Ana (text) escalated it to {place}" for place in words]
    one.ask(Action.ESCALATE, step=1)
    assert (one.kinds()[0], one.last.entries[0].details) == (
        "escalated",
        {"cycle": 3, "round": 1, "step": 1},
    )


def test_beyond_the_cap_on_pages_an_escalation_goes_to_the_last_resort() -> None:
    one = life(book(step("ana", "ben"), last_resort=to("dee")), cap=1)
    one.ask(Action.ESCALATE)
    assert one.last.entries[0].details["step"] == 0
    assert [page.user for page in one.incident.outbox.values()][-1:] == ["dee"]


# ---------------------------------------------------------------------------------------------------- acks of all

ALL = replace(step("ana", "ben"), ack="all")


def test_where_all_must_acknowledge_one_ack_ends_that_ones_pages_alone() -> None:
    both = (
        user("ana", Rule(minutes(0), "sms"), Rule(minutes(2), "voice")),
        user("ben", Rule(minutes(3), "sms")),
    )
    one = life(book(ALL, users=both))
    one.ask(Action.ACKNOWLEDGE)
    assert (one.last.answer, one.incident.state) == (Answer.PARTLY, State.TRIGGERED)
    assert [(page.user, page.via) for page in one.wake()] == [("ben", "sms")]
    one.ask(Action.ACKNOWLEDGE)
    assert one.last.answer is Answer.ALREADY
    one.ask(Action.ACKNOWLEDGE, BEN)
    assert (one.last.answer, one.incident.state, one.incident.acked_by) == (
        Answer.DONE,
        State.ACKNOWLEDGED,
        BEN,
    )


def test_whoever_acknowledged_is_not_paged_by_the_next_step_and_counts_as_reached() -> None:
    one = life(book(ALL, step("ana"), step("chi")))
    one.ask(Action.ACKNOWLEDGE)
    assert one.wake() == []
    assert one.incident.plan.step == 2
    assert [page.user for page in one.wake()] == ["chi"]


def test_whoever_no_carrier_reaches_is_not_waited_for() -> None:
    one = life(book(ALL))
    one.refuse(one.opening[1])
    one.ask(Action.ACKNOWLEDGE)
    assert (one.last.answer, one.incident.state) == (Answer.DONE, State.ACKNOWLEDGED)


def test_whoever_takes_an_ack_back_is_paged_again_by_their_own_rules_and_nobody_else_is() -> None:
    both = (
        user("ana", Rule(minutes(0), "sms"), Rule(minutes(4), "voice")),
        user("ben", Rule(minutes(0), "sms"), Rule(minutes(1), "voice")),
    )
    one = life(book(ALL, step("chi"), users=(*both, user("chi"))))
    one.ask(Action.ACKNOWLEDGE, BEN)
    one.now += minutes(2)
    again = one.ask(Action.UNACKNOWLEDGE, BEN)
    assert (one.last.answer, one.kinds()) == (Answer.DONE, ["ack_taken_back", "page_due"])
    assert [(page.user, page.via, page.id(1042)) for page in again] == [
        ("ben", "sms", "1042-c1-r1-s1-ben-0-u1")
    ]
    assert (one.incident.state, one.incident.plan.acked) == (State.TRIGGERED, ())
    later = one.run(AT + minutes(5) - SECOND)
    assert [(page.user, page.via, (page.at - AT) / minutes(1)) for page in later] == [
        ("ben", "voice", 3),
        ("ana", "voice", 4),
    ]
    # Nobody has it yet, so that Ana's ack alone is not that of the incident.
    said = []
    for actor in (ANA, BEN):
        one.ask(Action.ACKNOWLEDGE, actor)
        said.append(one.last.answer)
    assert said == [Answer.PARTLY, Answer.DONE]


def test_an_ack_that_is_taken_back_twice_pages_twice() -> None:
    one = life(book(ALL))
    for time in (1, 2):
        one.ask(Action.ACKNOWLEDGE, BEN)
        (page,) = one.ask(Action.UNACKNOWLEDGE, BEN)
        assert page.id(1042) == f"1042-c1-r1-s1-ben-0-u{time}"


def test_nobody_takes_back_what_they_did_not_give() -> None:
    one = life(book(ALL))
    one.ask(Action.ACKNOWLEDGE, BEN)
    for actor in (ANA, Actor("user", "chi", "sms")):
        one.ask(Action.UNACKNOWLEDGE, actor)
        assert (one.last.answer, one.incident.plan.acked) == (Answer.ALREADY, ("ben",))


def test_keeping_what_nobody_has_is_an_ack_with_its_rules() -> None:
    one = life(book(ALL))
    one.ask(Action.KEEP, BEN)
    assert (one.last.answer, one.kinds(), one.incident.plan.acked) == (
        Answer.PARTLY,
        ["page_cancelled", "acknowledged_too"],
        ("ben",),
    )
    one.ask(Action.KEEP, BEN)
    assert one.last.answer is Answer.ALREADY
    one.ask(Action.KEEP)
    assert (one.last.answer, one.incident.state) == (Answer.DONE, State.ACKNOWLEDGED)


def test_nobody_takes_it_from_another_by_keeping_it() -> None:
    one = life(book(step("ana", "ben")))
    one.ask(Action.ACKNOWLEDGE)
    before = one.incident
    one.now += minutes(1)
    one.ask(Action.KEEP, BEN)
    assert (one.last.answer, one.incident) == (Answer.ALREADY, before)
    one.ask(Action.KEEP, Actor("user", "ana", "link"))
    assert one.kinds() == ["kept"]
    assert one.incident.ack_timeout_at == one.now + minutes(30)


def test_a_senders_ack_is_that_of_the_incident() -> None:
    one = life(book(ALL))
    one.ask(Action.ACKNOWLEDGE, Actor("integration", "pagerduty", "event"))
    assert one.incident.state is State.ACKNOWLEDGED


# -------------------------------------------------------------------------------------------------------------- posts


def test_a_channel_hears_of_each_step_that_names_it_and_wakes_nobody() -> None:
    found = simulate(book(step("ana", "#incidents"), step("#incidents"), step("ben")), "checkout", AT)
    assert who(found) == [("ana", 0), ("ben", 5)]
    assert [(post.step, post.via, post.contact, post.at) for post in found.posts] == [
        (1, "slack", "incidents", AT),
        (2, "slack", "incidents", AT + minutes(5)),
    ]
    assert [row["channel"] for row in found.as_json(UTC)["posts"]] == ["incidents", "incidents"]


def test_a_post_that_is_refused_is_told_and_changes_nothing() -> None:
    one = life(book(step("ana", "#incidents"), step("ben")))
    (post,) = [page for page in one.incident.outbox.values() if not page.user]
    before = one.incident.plan
    one.refuse(post, "no_such_channel")
    assert (one.kinds(), one.incident.plan) == (["post_refused"], before)


def test_a_post_is_made_though_somebody_was_faster() -> None:
    one = life(book(step("ana", "#incidents")))
    one.ask(Action.ACKNOWLEDGE)
    assert [page.via for page in one.incident.outbox.values()] == ["slack"]


# --------------------------------------------------------------------------------------------------- whoever is next

DAILY = Layer("daily", (("ana",), ("ben", "ana"), ("chi",)), datetime.fromisoformat("2026-11-23"), 1, "day")
PRIMARY = Schedule("primary", "UTC", (DAILY,))


@pytest.mark.parametrize(("day", "following"), [(0, ("ben",)), (1, ("chi",)), (2, ("ana",))])
def test_the_next_on_call_are_those_who_are_not_on_call_yet(day: int, following: tuple[str, ...]) -> None:
    assert next_on_call(PRIMARY, AT + timedelta(days=day)) == following


def test_nobody_is_next_where_nobody_else_ever_comes() -> None:
    alone = Schedule("alone", "UTC", (replace(DAILY, users=(("ana",),)),))
    assert next_on_call(alone, AT) == ()


def test_everyone_of_a_rotation_is_whoever_is_on_call_first_and_then_the_others_who_are_there() -> None:
    over = replace(DAILY, name="over", users=(("dee",),), until=datetime.fromisoformat("2026-11-22"))
    away = Absences([Away("chi", AT, AT + minutes(60))])
    swap = Override(("dee",), AT, AT + minutes(60), "ana")
    all_of = replace(PRIMARY, layers=(DAILY, over), away=away, overrides=(swap,))
    where = replace(book(step("ana"), schedules=(all_of,)), away=away)
    everyone = replace(to("@primary")[0], kind="everyone")
    assert [one.id for one in people_of((everyone,), where, AT)] == ["dee", "ana", "ben"]


def test_an_ack_of_a_low_incident_where_others_still_have_to_is_over_when_somebody_escalates_it() -> None:
    """Escalated, it is high, in a new cycle: it is another thing that wakes them."""
    one = life(book(ALL, step("ana", "chi"), support_hours=OFFICE))
    one.ask(Action.ACKNOWLEDGE)
    assert one.last.answer is Answer.PARTLY
    assert {page.user for page in one.ask(Action.ESCALATE, BEN)} == {"ana", "chi"}
