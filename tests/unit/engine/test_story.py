"""An incident from its first event to its end, through the use cases and in-memory ports."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.engine.world import AT, TEAM, World, busy, refuse, story
from tocsin.alerts.event import Action as Asked
from tocsin.engine.commits import command
from tocsin.engine.receipts import receipt_came
from tocsin.engine.triage import Unroutable, triage
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor, State, Urgency
from tocsin.paging.receipts import Receipt

BEN = Actor("user", "ben", "sms")


def ack(world: World, number: int, id: str = "c1") -> Answer:
    return command(world.ports, number, Command(id, Action.ACKNOWLEDGE, BEN))[0]


def test_the_people_are_woken_in_the_order_of_the_policy_and_then_the_last_resort() -> None:
    world = World()
    incident = world.alert()
    world.run(minutes=21)
    assert world.sent() == [
        (0, "sms", "101"),
        (3, "connect", "101"),
        (5, "connect", "102"),
        (7, "email", "ben"),
        (10, "sms", "101"),
        (13, "connect", "101"),
        (15, "connect", "102"),
        (17, "email", "ben"),
        (20, "sms", "103"),
    ], story(world, incident.number)
    assert world.alarms.kinds() == ["exhausted"]


def test_an_ack_ends_it_and_its_timeout_begins_it_anew() -> None:
    world = World()
    incident = world.alert()
    world.run(minutes=2)
    assert ack(world, incident.number) is Answer.DONE
    world.run(minutes=19)
    # Ben is reminded 5 minutes before, by mail: a call would wake whoever works on it.
    assert world.sent() == [(0, "sms", "101"), (17, "email", "ben")]
    world.run(minutes=2)
    assert world.sent()[2:] == [(22, "sms", "101")]
    assert world.get(incident.number).plan.cycle == 2


def test_the_second_who_acknowledges_is_told_that_somebody_has_it() -> None:
    world = World()
    incident = world.alert()
    assert ack(world, incident.number, "one") is Answer.DONE
    assert ack(world, incident.number, "one") is Answer.DONE
    assert ack(world, incident.number, "two") is Answer.ALREADY
    assert world.kinds(incident.number).count("acknowledged") == 1


def test_a_page_that_waits_in_the_queue_is_cancelled_when_somebody_acknowledged_meanwhile() -> None:
    world = World()
    incident = world.alert()
    ack(world, incident.number)
    world.run(minutes=1)
    assert world.sent() == []
    assert "page_cancelled" in world.kinds(incident.number)


def test_repeats_are_counted_exactly_and_never_touch_the_incident() -> None:
    world = World()
    events = [world.event() for _ in range(10)]
    triage(world.ports, events)
    incident = world.incident_of(events[0])
    triage(world.ports, events)
    triage(world.ports, [world.event(), *[]])
    alert, _ = world.store.alert_of(incident.number, incident.alerts[0])
    assert alert is not None
    assert alert.count == 11
    assert world.get(incident.number).version == incident.version
    fates = world.store.alert(incident.alerts[0], [one.event.id for one in events])[1]
    assert sorted(fate.kind.value for fate in fates.values()) == ["incident", *["repeat"] * 9]


def test_the_senders_resolve_closes_and_the_next_trigger_is_a_new_incident() -> None:
    world = World()
    first = world.alert()
    triage(world.ports, [world.event(action=Asked.RESOLVE)])
    assert world.get(first.number).state is State.RESOLVED
    second = world.alert()
    assert second.number != first.number
    old, _ = world.store.alert_of(first.number, first.alerts[0])
    assert old is not None
    assert old.count == 1


def test_a_trigger_that_came_before_its_senders_last_resolve_is_late() -> None:
    world = World()
    world.clock.advance(timedelta(seconds=10))
    triage(world.ports, [world.event(action=Asked.RESOLVE)])
    late = world.event(came_at=AT + timedelta(seconds=9))
    triage(world.ports, [late])
    alert, fates = world.store.alert(late.event.group(), [late.event.id])
    assert [fate.kind.value for fate in fates.values()] == ["late"]
    assert alert is None or not alert.open
    assert world.alert().state is State.TRIGGERED


def test_a_resolve_that_came_before_the_latest_trigger_closes_nothing() -> None:
    world = World()
    world.clock.advance(timedelta(seconds=10))
    incident = world.alert()
    triage(world.ports, [world.event(action=Asked.RESOLVE, came_at=AT)])
    assert world.get(incident.number).state is State.TRIGGERED


def test_that_a_person_resolved_it_never_makes_a_trigger_late() -> None:
    world = World()
    incident = world.alert()
    world.clock.advance(timedelta(seconds=10))
    command(world.ports, incident.number, Command("r", Action.RESOLVE, BEN))
    event = world.event(came_at=AT + timedelta(seconds=5))
    triage(world.ports, [event])
    assert world.incident_of(event).number != incident.number


def test_a_hard_refusal_goes_to_the_next_person_at_once() -> None:
    world = World()
    world.carriers.says = refuse("invalid_number", "101")
    incident = world.alert()
    world.run(minutes=1)
    assert world.sent() == [(0, "connect", "102")], story(world, incident.number)
    assert "step_passed" in world.kinds(incident.number)


def test_a_carrier_that_is_busy_is_asked_again_and_then_given_up() -> None:
    world = World()
    world.carriers.says = busy(2)
    world.alert()
    world.run(minutes=1)
    assert world.sent() == [(0.18, "sms", "101")]
    world = World()
    world.carriers.says = busy(4)
    world.alert()
    world.run(minutes=1)
    assert [row[1:] for row in world.sent()] == [("connect", "102")]


def test_a_round_that_reached_nobody_raises_the_alarm_and_is_tried_again() -> None:
    world = World()
    incident = world.alert(integration="empty")
    world.run(minutes=11)
    assert world.alarms.kinds() == ["nobody_reached"] * 3
    assert world.get(incident.number).plan.attempt == 2
    assert world.sent() == []


def test_one_call_per_person_in_two_minutes_and_what_is_held_back_becomes_a_text() -> None:
    world = World()
    for key in ("one", "two", "three"):
        world.alert(key)
    world.run(minutes=4)
    at_three = [row for row in world.sent() if row[0] == 3]
    assert sorted(row[1] for row in at_three) == ["connect", "sms"]
    world.run(minutes=1)
    assert ("sms", "101") in [row[1:] for row in world.sent() if row[0] == 4]


def test_too_many_pages_raise_the_alarm_and_leave_only_the_last_resort() -> None:
    world = World(page_cap=3)
    world.alert()
    world.run(minutes=80)
    assert world.alarms.kinds()[0] == "page_cap"
    assert [row[1:] for row in world.sent()] == [
        ("sms", "101"),
        ("connect", "101"),
        ("connect", "102"),
        ("sms", "103"),
        ("sms", "103"),
    ]


def test_an_incident_of_a_quiet_sender_resolves_itself() -> None:
    world = World()
    incident = world.alert(integration="quiet")
    ack(world, incident.number)
    world.run(minutes=50)
    triage(world.ports, [world.event(integration="quiet")])
    world.run(minutes=50)
    assert world.get(incident.number).state is State.ACKNOWLEDGED
    world.run(minutes=15)
    assert world.get(incident.number).state is State.RESOLVED


def test_when_arming_fails_the_pages_still_go_and_the_auditor_arms_a_clock() -> None:
    world = World()
    world.executions.failing = True
    incident = world.alert()
    assert incident.clock == ""
    world.run(minutes=0.5)
    assert world.sent() == [(0, "sms", "101")]
    world.executions.failing = False
    world.run(minutes=6)
    assert world.get(incident.number).clock
    assert (5, "connect", "102") in world.sent()
    assert "overdue" not in world.alarms.kinds()


def test_a_clock_that_never_wakes_is_found_within_two_minutes_and_raises_the_alarm() -> None:
    world = World()
    incident = world.alert()
    world.executions.take()
    world.run(minutes=8)
    assert (3, "connect", "101") not in world.sent()
    assert any(channel == "connect" and to == "101" and at <= 5 for at, channel, to in world.sent())
    assert "overdue" in world.alarms.kinds()
    assert "armed_anew" in world.kinds(incident.number)


def test_an_incident_keeps_the_revision_it_opened_with() -> None:
    world = World()
    world.alert()
    world.apply(TEAM.replace("{user: ben}", "{user: chi}"))
    world.run(minutes=6)
    assert (5, "connect", "102") in world.sent()


def test_an_event_that_no_service_takes_is_not_settled() -> None:
    world = World(TEAM.replace("catch_all: checkout", ""))
    event = world.event(integration="gone")
    with pytest.raises(Unroutable, match="set catch_all"):
        triage(world.ports, [event])
    assert world.store.alert(event.event.group(), [event.event.id])[1] == {}


def test_escalate_now_wakes_the_next_person() -> None:
    world = World()
    incident = world.alert()
    world.run(minutes=1)
    command(world.ports, incident.number, Command("e", Action.ESCALATE, BEN))
    world.run(minutes=0.1)
    assert world.sent()[-1] == (1, "connect", "102")
    assert world.get(incident.number).urgency is Urgency.HIGH


def test_a_trigger_older_than_the_senders_last_resolve_stays_late_after_the_key_opened_again() -> None:
    world = World()
    world.clock.advance(timedelta(seconds=10))
    triage(world.ports, [world.event(action=Asked.RESOLVE)])
    world.clock.advance(timedelta(seconds=10))
    incident = world.alert()
    command(world.ports, incident.number, Command("r", Action.RESOLVE, BEN))
    late = world.event(came_at=AT + timedelta(seconds=9))
    triage(world.ports, [late])
    assert world.store.alert(late.event.group(), [late.event.id])[1][late.event.id].kind.value == "late"


@pytest.mark.parametrize("known", [True, False])
def test_a_receipt_finds_its_page_also_where_nobody_heard_the_carriers_id(known: bool) -> None:
    world = World()
    number = world.alert().number
    world.run(minutes=1)
    page = f"{number}-c1-r1-s1-ana-0"
    record = world.store.page(number, page)
    assert record is not None
    id = record.provider_id if known and record.provider_id else "heard-by-nobody"
    receipt_came(world.ports, Receipt(id, "sms", "invalid", True, "invalid_number", page_id=page))
    world.run(minutes=0.1)
    assert world.sent()[-1][1:] == ("connect", "102"), story(world, number)


@pytest.mark.parametrize("page", [None, "", "1001", "x-c1", "1001-c1-r1-s1-zoe-0", "9" * 40 + "-c1"])
def test_a_receipt_of_somebody_elses_message_changes_nothing(page: str | None) -> None:
    world = World()
    number = world.alert().number
    before = world.kinds(number)
    receipt_came(world.ports, Receipt("not-ours", "sms", "invalid", True, "invalid_number", page_id=page))
    assert world.kinds(number) == before


def test_when_an_alert_was_last_seen_never_falls() -> None:
    """Its door may be slow to hand an event on: an automatic resolve must not come too early for that."""
    world = World()
    incident = world.alert(integration="quiet")
    for minutes in (10, 9):
        triage(world.ports, [world.event(integration="quiet", came_at=AT + timedelta(minutes=minutes))])
    alert, _ = world.store.alert_of(incident.number, incident.alerts[0])
    assert alert is not None
    assert (alert.count, alert.last_seen) == (3, AT + timedelta(minutes=10))
