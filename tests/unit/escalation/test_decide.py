"""What commands, refusals and the passing of time make of an incident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.escalation.book import AT, BOTH, book, minutes, step, to, user
from tests.unit.escalation.life import ANA, NUMBER, Life, life
from tocsin.escalation.commands import AFTERWARDS, Action, Command
from tocsin.escalation.decide import refused
from tocsin.escalation.drafts import Answer
from tocsin.escalation.model import Contact, Hours, Rule
from tocsin.escalation.obey import commanded
from tocsin.incidents.incident import State, Urgency
from tocsin.incidents.plan import Next, Page
from tocsin.oncall.model import Window

HOME = Contact("home", "phone", "+12025550102")
#: 02:10 to 02:20: AT is 02:00.
HOURS = Hours("UTC", (Window(frozenset(range(7)), 130, 140),))


def shown(pages: list[Page]) -> list[tuple[int, str, str, str]]:
    return [(page.step, page.user, page.via, page.contact) for page in pages]


def details(one: Life, kind: str) -> list[dict[str, object]]:
    return [dict(entry.details) for entry in one.last.entries if entry.kind == kind]


# --------------------------------------------------------------------------------------------------- ack and resolve


def test_an_ack_stops_everything() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(2), "voice"))
    one = life(book(step("ana"), step("ben"), users=(ana, user("ben")), ack_timeout=None))
    one.ask(Action.ACKNOWLEDGE)
    assert one.last.answer is Answer.DONE
    assert one.incident.state is State.ACKNOWLEDGED
    assert (one.incident.acked_at, one.incident.acked_by) == (AT, ANA)
    assert (one.incident.plan.pending, one.incident.due) == ((), None)


def test_an_ack_cancels_the_pages_not_handed_on_yet() -> None:
    one = life(book(step("ana", "ben")))
    one.ask(Action.ACKNOWLEDGE)
    assert one.incident.outbox == {}
    assert [row["user"] for row in details(one, "page_cancelled")] == ["ana", "ben"]


def test_pages_of_the_cycle_that_was_acked_are_below_the_floor() -> None:
    one = life(book(step("ana"), ack_timeout=minutes(20)))
    one.ask(Action.ACKNOWLEDGE)
    assert one.incident.floor == 2
    assert [page.cycle for page in one.wake()] == [2]


def test_a_second_ack_is_already_and_changes_nothing() -> None:
    one = life(book(step("ana")))
    one.ask(Action.ACKNOWLEDGE)
    one.now += minutes(3)
    one.ask(Action.ACKNOWLEDGE)
    assert (one.last.answer, one.last.incident, one.last.entries) == (Answer.ALREADY, None, ())


def test_an_ack_times_out_into_a_new_cycle_from_the_first_step() -> None:
    one = life(book(step("ana", wait=5), step("ben"), ack_timeout=minutes(20)))
    one.run(AT + minutes(6))
    one.ask(Action.ACKNOWLEDGE)
    assert one.incident.due == AT + minutes(26)
    assert shown(one.wake()) == [(1, "ana", "sms", "mobile")]
    assert one.place == (2, 1, 0, 1)
    assert (one.incident.state, one.incident.acked_at) == (State.TRIGGERED, None)


@pytest.mark.parametrize("action", sorted(set(Action) - AFTERWARDS))
def test_whatever_is_asked_of_a_resolved_incident_it_is_closed(action: Action) -> None:
    one = life(book(step("ana")))
    one.ask(Action.RESOLVE)
    assert one.last.answer is Answer.DONE
    assert (one.incident.state, one.incident.due, one.incident.outbox) == (State.RESOLVED, None, {})
    one.ask(action)
    assert (one.last.answer, one.last.incident, one.last.entries) == (Answer.CLOSED, None, ())


def test_an_acknowledged_incident_can_be_resolved() -> None:
    one = life(book(step("ana")))
    one.ask(Action.ACKNOWLEDGE)
    one.ask(Action.RESOLVE)
    assert (one.incident.state, one.incident.resolved_by, one.incident.due) == (State.RESOLVED, ANA, None)


def test_a_command_is_remembered_by_its_id() -> None:
    one = life(book(step("ana")))
    one.ask(Action.ESCALATE)
    one.ask(Action.ACKNOWLEDGE)
    assert one.incident.commands == ("command-1", "command-2")


def test_nothing_is_heard_of_the_sender_for_long_enough_and_it_resolves_by_itself() -> None:
    one = life(book(step("ana", wait=5), step("ben"), auto_resolve=minutes(7)))
    assert [page.user for page in one.run(AT + minutes(60))] == ["ben"]
    assert (one.incident.state, one.incident.resolved_at) == (State.RESOLVED, AT + minutes(7))
    assert details(one, "resolved") == [{"reason": "no_event_for_auto_resolve"}]


# ---------------------------------------------------------------------------------------------------------- escalate


def test_escalate_begins_the_next_step_at_once() -> None:
    one = life(book(step("ana", wait=5), step("ben", wait=10), step("chi")))
    one.now += minutes(2)
    assert shown(one.ask(Action.ESCALATE)) == [(2, "ben", "sms", "mobile")]
    assert one.incident.due == AT + minutes(12)
    assert shown(one.wake()) == [(3, "chi", "sms", "mobile")]


def test_escalate_leaves_running_the_rules_of_those_it_does_not_target() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(3), "voice"))
    one = life(book(step("ana"), step("ben"), users=(ana, user("ben"))))
    one.ask(Action.ESCALATE)
    assert shown(one.run(AT + minutes(4))) == [(1, "ana", "voice", "mobile")]


def test_escalate_in_the_last_step_begins_the_next_round() -> None:
    one = life(book(step("ana"), repeat=1))
    one.ask(Action.ESCALATE)
    assert one.place == (1, 2, 0, 1)


def test_escalate_in_the_last_round_pages_the_last_resort_and_after_that_begins_anew() -> None:
    one = life(book(step("ana"), last_resort=to("dee")))
    assert shown(one.ask(Action.ESCALATE)) == [(0, "dee", "sms", "mobile")]
    assert one.alarms == ["exhausted"]
    assert shown(one.ask(Action.ESCALATE)) == [(1, "ana", "sms", "mobile")]
    assert one.place == (2, 1, 0, 1)


def test_escalate_gives_up_an_ack_and_goes_on_in_a_new_cycle() -> None:
    one = life(book(step("ana"), step("ben"), ack_timeout=minutes(20)))
    one.ask(Action.ACKNOWLEDGE)
    assert shown(one.ask(Action.ESCALATE)) == [(2, "ben", "sms", "mobile")]
    assert one.place == (2, 1, 0, 2)
    assert (one.incident.state, one.incident.ack_timeout_at) == (State.TRIGGERED, None)


def test_escalate_makes_a_low_incident_high_for_good() -> None:
    one = life(book(step("ana"), step("ben", wait=15), step("chi"), support_hours=HOURS))
    assert shown(one.opening) == [(1, "ana", "email", "email")]
    assert shown(one.ask(Action.ESCALATE)) == [(2, "ben", "sms", "mobile")]
    assert one.incident.urgency is Urgency.HIGH
    assert one.incident.due == AT + minutes(15)  # nothing begins anew when the hours do
    assert one.incident.plan.cycle == 2, "low to high is a new cycle"


def test_escalate_passes_a_step_that_reaches_nobody() -> None:
    one = life(book(step("ana"), step("#incidents"), step("ben")))
    assert shown(one.ask(Action.ESCALATE)) == [(3, "ben", "sms", "mobile")]


def test_escalate_while_nobody_can_be_reached_begins_anew_at_once() -> None:
    one = life(book(step("#incidents"), repeat=2))
    one.ask(Action.ESCALATE)
    assert one.place == (2, 1, 0, 1)
    assert one.incident.due == AT + minutes(5)


def test_escalate_from_an_ack_in_the_last_step_goes_on_as_if_it_had_reached_somebody() -> None:
    one = life(book(step("ana"), last_resort=to("dee")))
    one.ask(Action.ACKNOWLEDGE)
    assert shown(one.ask(Action.ESCALATE)) == [(0, "dee", "sms", "mobile")]


# ----------------------------------------------------------------------------------------------------- support hours


def test_when_support_hours_begin_what_is_unacked_becomes_high_from_the_first_step() -> None:
    one = life(book(step("ana"), step("ben"), support_hours=HOURS))
    pages = one.run(AT + minutes(11))
    assert shown(pages) == [(1, "ana", "sms", "mobile")]
    assert (one.incident.urgency, one.place) == (Urgency.HIGH, (2, 1, 0, 1))


@pytest.mark.parametrize(("timeout", "via"), [(7, "email"), (8, "sms"), (15, "sms"), (18, "email")])
def test_an_ack_that_times_out_inside_the_hours_makes_it_high_and_outside_not(timeout: int, via: str) -> None:
    where = book(step("ana"), support_hours=HOURS, ack_timeout=minutes(timeout))
    one = life(where)
    one.now += minutes(2)
    one.ask(Action.ACKNOWLEDGE)
    assert shown(one.wake()) == [(1, "ana", via, "mobile" if via == "sms" else "email")]
    assert [row["urgency"] for row in details(one, "raised")] == ["high"] * (via == "sms")


def test_what_the_hours_passed_by_during_an_ack_becomes_high_when_they_begin_again() -> None:
    one = life(book(step("ana"), support_hours=HOURS))
    one.ask(Action.ACKNOWLEDGE)
    assert shown(one.wake()) == [(1, "ana", "email", "email")]  # 02:30, the hours are over
    assert shown(one.run(AT + timedelta(days=1, minutes=11))) == [(1, "ana", "sms", "mobile")]
    assert one.incident.urgency is Urgency.HIGH


def test_after_the_cap_on_pages_an_ack_that_times_out_inside_the_hours_makes_it_high_as_ever() -> None:
    one = life(book(step("ana"), support_hours=HOURS, ack_timeout=minutes(12)), cap=0)
    assert one.incident.capped_at is not None
    one.ask(Action.ACKNOWLEDGE)
    one.wake()
    assert one.incident.urgency is Urgency.HIGH


def test_the_timeline_tells_what_one_wake_up_did_in_the_order_in_which_it_happened() -> None:
    """The ack is over just before the support hours begin: the first step is still a low incident's."""
    half = timedelta(seconds=0.5)
    one = life(book(step("ana"), step("ben"), support_hours=HOURS, ack_timeout=minutes(5)))
    one.now = AT + minutes(5) - half
    one.ask(Action.ACKNOWLEDGE)
    one.wake()
    told = [
        (entry.kind, entry.details.get("cycle"))
        for entry in one.last.entries
        if entry.kind in ("step", "raised")
    ]
    assert told == [("step", 2), ("raised", 3), ("step", 3)]


# ---------------------------------------------------------------------------------------------------------- refusals


def test_after_a_refusal_the_next_rule_over_another_contact_is_due_now_and_is_not_sent_again() -> None:
    rules = (
        Rule(minutes(0), "sms", "mobile"),
        Rule(minutes(1), "voice", "mobile"),
        Rule(minutes(3), "voice", "home"),
        Rule(minutes(4), "email"),
    )
    one = life(book(step("ana", wait=10), users=(user("ana", *rules, contacts=(*BOTH, HOME)),)))
    one.now += minutes(0.5)
    assert shown(one.refuse(one.opening[0])) == [(1, "ana", "voice", "home")]
    assert shown(one.run(AT + minutes(10))) == [
        (1, "ana", "voice", "mobile"),
        (1, "ana", "email", "email"),
    ]


def test_a_refusal_does_not_bring_forward_a_contact_that_was_refused_before() -> None:
    rules = (
        Rule(minutes(0), "sms", "mobile"),
        Rule(minutes(0), "sms", "home"),
        Rule(minutes(2), "voice", "mobile"),
        Rule(minutes(3), "email"),
    )
    one = life(book(step("ana", wait=10), users=(user("ana", *rules, contacts=(*BOTH, HOME)),)))
    mobile, home = one.opening
    assert shown(one.refuse(mobile)) == [(1, "ana", "email", "email")]
    assert one.refuse(home) == []
    assert shown(one.run(AT + minutes(10))) == [(1, "ana", "voice", "mobile")]


def test_a_contact_that_was_refused_in_an_earlier_step_is_tried_again() -> None:
    rules = (Rule(minutes(0), "email"), Rule(minutes(4), "sms"))
    one = life(book(step("ana", wait=5), step("ana", wait=5), users=(user("ana", *rules),)))
    (text,) = one.wake()
    one.refuse(text)
    (mail,) = one.run(AT + minutes(6))
    assert shown(one.refuse(mail)) == [(2, "ana", "sms", "mobile")]


def test_when_no_rule_is_left_and_the_step_reached_nobody_it_is_passed_at_once() -> None:
    one = life(book(step("ana", wait=5), step("ben", wait=7)))
    one.now += minutes(1)
    assert shown(one.refuse(one.opening[0])) == [(2, "ben", "sms", "mobile")]
    assert details(one, "step_passed") == [{"round": 1, "step": 1, "reason": "refused"}]
    assert one.incident.due == AT + minutes(8)


def test_a_step_that_reached_somebody_else_keeps_its_wait() -> None:
    one = life(book(step("ana", "ben", wait=5), step("chi")))
    assert one.refuse(one.opening[0]) == []
    assert one.incident.due == AT + minutes(5)
    assert shown(one.refuse(one.opening[1])) == [(2, "chi", "sms", "mobile")]


def test_a_step_that_will_still_reach_somebody_keeps_its_wait() -> None:
    late = user("ben", Rule(minutes(2), "sms"))
    one = life(book(step("ana", "ben", wait=5), step("chi"), users=(user("ana"), late, user("chi"))))
    assert one.refuse(one.opening[0]) == []
    assert shown(one.wake()) == [(1, "ben", "sms", "mobile")]


def test_a_step_is_passed_although_somebody_of_an_earlier_one_still_has_a_rule_pending() -> None:
    ana = user("ana", Rule(minutes(0), "sms"), Rule(minutes(12), "email"))
    where = book(step("ana", wait=5), step("ben"), step("chi"), users=(ana, user("ben"), user("chi")))
    one = life(where)
    (ben,) = one.wake()
    assert shown(one.refuse(ben)) == [(3, "chi", "sms", "mobile")]


def test_a_round_of_refusals_raises_the_alarm_and_is_tried_again_with_pages_of_its_own() -> None:
    one = life(book(step("ana"), step("ben"), repeat=1))
    assert shown(ben := one.refuse(one.opening[0])) == [(2, "ben", "sms", "mobile")]
    assert one.refuse(ben[0]) == []
    assert one.alarms == ["nobody_reached"]
    assert one.incident.due == AT + minutes(5)
    assert [page.id(NUMBER) for page in one.wake()] == [f"{NUMBER}-c1-r1-s1-ana-0-t1"]


def test_the_round_after_one_that_was_tried_again_counts_its_tries_anew() -> None:
    one = life(book(step("ana"), repeat=1))
    one.refuse(one.opening[0])
    pages = one.run(AT + minutes(11))
    assert [page.id(NUMBER) for page in pages] == [f"{NUMBER}-c1-r1-s1-ana-0-t1", f"{NUMBER}-c1-r2-s1-ana-0"]


def test_a_low_incident_whose_mail_is_refused_goes_to_the_next_step_even_after_the_wait() -> None:
    one = life(book(step("ana", wait=5), step("ben"), support_hours=HOURS))
    one.run(AT + minutes(8))
    assert shown(one.refuse(one.opening[0])) == [(2, "ben", "email", "email")]


def test_the_refusal_of_a_page_from_an_earlier_step_does_not_pass_the_step_in_progress() -> None:
    one = life(book(step("ana", wait=5), step("ben", wait=5)))
    one.run(AT + minutes(6))
    assert one.refuse(one.opening[0]) == []
    assert one.incident.due == AT + minutes(10)


def test_a_late_refusal_does_not_pass_a_step_whose_own_pages_are_still_to_come() -> None:
    rules = (Rule(minutes(1), "sms"), Rule(minutes(3), "voice"))
    one = life(
        book(step("ana", wait=5), step("ana", wait=9), step("ben"), users=(user("ana", *rules), user("ben")))
    )
    text, _ = one.run(AT + minutes(5.5))
    assert one.refuse(text) == []
    assert one.incident.plan.next_at == AT + minutes(14)


def test_a_refusal_after_the_ack_is_nothing() -> None:
    one = life(book(step("ana"), step("ben"), ack_timeout=minutes(20)))
    one.ask(Action.ACKNOWLEDGE)
    one.refuse(one.opening[0])
    assert (one.last.answer, one.last.incident) == (Answer.CLOSED, None)
    one.wake()  # the ack is over: the page that was refused is of a cycle before it
    one.refuse(one.opening[0])
    assert (one.last.answer, one.last.incident) == (Answer.CLOSED, None)


def test_a_refused_last_resort_waits_for_the_restart() -> None:
    one = life(book(step("ana"), last_resort=to("dee")))
    dee = one.wake()
    assert shown(dee) == [(0, "dee", "sms", "mobile")]
    assert one.refuse(dee[0]) == []
    assert one.incident.due == AT + minutes(35)


# ------------------------------------------------------------------------------------------------------ the page cap


def test_at_the_cap_the_alarm_is_raised_once_and_the_rest_is_held_back() -> None:
    one = life(book(step("ana", "ben", "chi"), step("ana"), repeat=5), cap=2)
    assert [page.user for page in one.opening] == ["ana", "ben"]
    assert [row["user"] for row in details(one, "held_back")] == ["chi"]
    assert one.alarms == ["page_cap"]
    one.run(AT + minutes(29))
    assert one.alarms == ["page_cap"]
    assert len(one.pages) == 2


def test_past_the_cap_the_last_resort_is_paged_every_30_minutes() -> None:
    one = life(book(step("ana", "ben"), last_resort=to("dee")), cap=1)
    pages = one.run(AT + minutes(91))
    assert [(page.at - AT, page.step, page.user) for page in pages] == [
        (minutes(30), 0, "dee"),
        (minutes(60), 0, "dee"),
        (minutes(90), 0, "dee"),
    ]
    assert len({page.id(NUMBER) for page in pages}) == 3


def test_past_the_cap_a_refusal_still_rings_the_persons_next_contact() -> None:
    dee = user("dee", Rule(minutes(0), "sms"), Rule(minutes(9), "email"))
    where = book(step("ana", "ben"), users=(user("ana"), user("ben"), dee), last_resort=to("dee"))
    one = life(where, cap=1)
    assert shown(one.refuse(one.wake()[0])) == [(0, "dee", "email", "email")]


def test_past_the_cap_an_escalation_pages_the_last_resort() -> None:
    one = life(book(step("ana", "ben"), last_resort=to("dee")), cap=1)
    assert shown(one.ask(Action.ESCALATE)) == [(0, "dee", "sms", "mobile")]


def test_the_ack_ends_the_cap() -> None:
    one = life(book(step("ana", "ben"), repeat=1, ack_timeout=minutes(20)), cap=2)
    one.run(AT + minutes(6))
    assert (one.incident.capped_at, len(one.pages)) == (AT + minutes(5), 2)
    one.ask(Action.ACKNOWLEDGE)
    assert (one.incident.capped_at, one.incident.pages) == (None, 0)
    assert [page.user for page in one.wake()] == ["ana", "ben"]


# -------------------------------------------------------------------------------------------------------------- due


def test_due_is_rounded_up_to_a_whole_second() -> None:
    one = life(book(step("ana", wait=5)), at=AT + timedelta(microseconds=1))
    assert one.incident.plan.next_at == AT + minutes(5) + timedelta(microseconds=1)
    assert one.incident.due == AT + minutes(5) + timedelta(seconds=1)


def test_a_step_that_begins_late_has_its_wait_in_full() -> None:
    one = life(book(step("ana", wait=5), step("ben", wait=10)))
    one.wake(late=minutes(3))
    assert one.incident.due == AT + minutes(18)


def test_nothing_is_due_when_nothing_will_happen_by_itself() -> None:
    one = life(book(step("ana"), support_hours=Hours("UTC", ())))
    one.run(AT + minutes(6))
    assert (one.incident.urgency, one.incident.due) == (Urgency.LOW, None)
    assert one.incident.plan.next is None


def test_a_retry_is_due_while_nobody_can_be_reached() -> None:
    one = life(book(step("#incidents")))
    assert (one.incident.plan.next, one.incident.due) == (Next.RETRY, AT + minutes(5))


def test_decisions_are_pure() -> None:
    one = life(book(step("ana"), step("ben")))
    before = one.incident
    command = Command("c", Action.ESCALATE, ANA)
    assert commanded(before, command, one.context, AT) == commanded(before, command, one.context, AT)
    page = one.opening[0]
    assert refused(before, page, "r", "x", one.context, AT) == refused(
        before, page, "r", "x", one.context, AT
    )
    assert one.incident == before
