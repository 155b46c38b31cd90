"""Policies through the engine: whose turn it is, what a branch finds in an alert, and what becomes of posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.engine.world import AT, TEAM, World
from tocsin.alerts.event import Action as Asked
from tocsin.engine.actions import act
from tocsin.engine.keys import key_pressed
from tocsin.engine.triage import triage
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor, State, Urgency
from tocsin.incidents.plan import Page
from tocsin.paging.receipts import KeyPress

ANA, BEN = Actor("user", "ana", "command"), Actor("user", "ben", "command")
STEPS = "steps: [{page: [{user: ana}], wait: 5m}, {page: [{user: ben}], wait: 5m}]"


def world(steps: str) -> World:
    assert STEPS in TEAM
    return World(TEAM.replace(STEPS, f"steps: {steps}"))


def people(here: World, number: int) -> list[str]:
    """Whom the steps of an incident found so far, in order."""
    return [str(line.details["people"]) for line in here.store.timeline(number) if line.kind == "step"]


def test_incidents_go_round_and_no_turn_is_taken_twice() -> None:
    here = world("[{page: [{user: ana}, {user: ben}, {user: chi}], round_robin: true}]")
    numbers = [here.alert(f"disk-{place}").number for place in range(4)]
    assert [people(here, number) for number in numbers] == [["ana"], ["ben"], ["chi"], ["ana"]]


def test_a_branch_finds_the_labels_of_the_alert_that_opened_the_incident() -> None:
    steps = "[{page: [{user: chi}], when: {labels: {team: [db]}}}, {page: [{user: ana}], wait: 5m}]"
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"team": "db"}, ["chi"]),
        ({"labels": {"team": "db", "x": "y"}}, ["chi"]),
        ({"team": ["db"]}, ["ana"]),
        ({}, ["ana"]),
    ]
    for details, found in cases:
        here = world(steps)
        event = here.event()
        parsed = replace(event.event.parsed, details=details)
        triage(here.ports, [replace(event, event=replace(event.event, parsed=parsed))])
        number = here.incident_of(event).number
        assert people(here, number) == found
        assert set(here.get(number).labels) <= {"team"}


def test_a_branch_on_repeats_counts_those_that_came_before_the_step() -> None:
    here = world("[{page: [{user: ana}], wait: 1m}, {page: [{user: ben}], when: {repeated: 3}}]")
    number = here.alert().number
    triage(here.ports, [here.event(), here.event()])
    here.run(minutes=1.2)
    assert people(here, number) == ["ana", "ben"]


def test_a_post_to_a_chat_that_is_not_connected_is_told_once_and_nothing_else_comes_of_it() -> None:
    here = world('[{page: [{user: ana}, {slack: "#ops"}], wait: 5m}]')
    here.carriers.off = frozenset({"slack"})
    number = here.alert().number
    here.run(minutes=1)
    lines = [line for line in here.store.timeline(number) if line.kind.startswith("post_")]
    assert [line.kind for line in lines] == ["post_due", "post_refused"]
    assert (lines[1].details["reason"], lines[0].details["channel"]) == ("channel_off", "#ops")
    assert here.get(number).plan.step == 1


def test_an_ack_where_others_still_have_to_is_answered_so_however_often_it_comes() -> None:
    """Whoever hears "acknowledged" goes to sleep, and here nobody has it yet."""
    here = world("[{page: [{user: ana}, {user: ben}], wait: 5m, ack: all}]")
    number = here.alert().number
    wish = Command("ack-1", Action.ACKNOWLEDGE, BEN)
    assert [act(here.ports, number, wish).answer for _ in range(2)] == [Answer.PARTLY, Answer.PARTLY]
    lines = [line.kind for line in here.store.timeline(number) if line.kind.startswith("acknowledged")]
    assert (lines, here.get(number).state) == (["acknowledged_too"], State.TRIGGERED)
    # Once all have, what came before is still told as it was.
    assert act(here.ports, number, Command("ack-2", Action.ACKNOWLEDGE, ANA)).answer is Answer.DONE
    assert act(here.ports, number, wish).answer is Answer.PARTLY


def test_an_open_incident_is_moved_to_the_configuration_of_now_and_goes_on_from_where_it_stands() -> None:
    here = World()
    number = here.alert().number
    here.apply(TEAM.replace("[{user: ben}]", "[{user: chi}]"))
    before = here.get(number).revision
    done = act(here.ports, number, Command("move", Action.MOVE, BEN))
    assert done.answer is Answer.DONE
    assert here.get(number).revision != before
    assert people(here, number) == ["ana"]
    here.run(minutes=6)
    assert people(here, number) == ["ana", "chi"]


def test_a_move_to_where_it_is_changes_nothing() -> None:
    here = World()
    number = here.alert().number
    act(here.ports, number, Command("ack", Action.ACKNOWLEDGE, ANA))
    before = here.get(number)
    for policy in ("", "p"):
        done = act(here.ports, number, Command(f"move {policy}", Action.MOVE, BEN, policy=policy))
        why = "it goes by the policy 'p' of the configuration of now already"
        assert (done.answer, done.why) == (Answer.ALREADY, why)
    assert here.get(number) == before


@pytest.mark.parametrize("held", [Action.ACKNOWLEDGE, Action.SNOOZE])
def test_whoever_has_it_has_it_still_in_the_configuration_of_now(held: Action) -> None:
    here = World()
    number = here.alert().number
    act(here.ports, number, Command("mine", held, ANA))
    before = here.get(number)
    here.apply(TEAM.replace("ack_timeout: 20m", "ack_timeout: 1h"))
    act(here.ports, number, Command("move", Action.MOVE, BEN))
    after = here.get(number)
    assert after.revision != before.revision
    assert (after.state, after.acked_by, after.due) == (before.state, ANA, before.due)
    assert people(here, number) == ["ana"]


def test_whoever_it_was_given_to_keeps_it_in_the_configuration_of_now() -> None:
    here = World()
    number = here.alert().number
    act(here.ports, number, Command("give", Action.REASSIGN, BEN, users=("chi",)))
    here.apply(TEAM.replace("[{user: ana}]", "[{user: ben}]"))
    act(here.ports, number, Command("move", Action.MOVE, BEN))
    here.run(minutes=6)
    assert people(here, number) == ["ana", "chi", "ben"]


#: Support hours that begin at four in the morning, at this time of the year: two hours after the alert.
HOURS = 'support_hours: {timezone: UTC, active: [{days: [mon], from: "04:00", to: "17:00"}]}'
LOW = TEAM.replace("{policy: p, ack_timeout: 20m}", f"{{policy: p, ack_timeout: 20m, {HOURS}}}")


@pytest.mark.parametrize(
    "wish",
    [
        Command("it", Action.REASSIGN, BEN, users=("ana",)),
        Command("it", Action.MOVE, BEN, policy="other"),
        Command("it", Action.MOVE, BEN),
    ],
    ids=["reassign", "another policy", "the configuration of now"],
)
def test_what_is_low_stays_low_until_support_hours_begin(wish: Command) -> None:
    here = World(LOW)
    number = here.alert().number
    act(here.ports, number, Command("ack", Action.ACKNOWLEDGE, ANA))
    here.apply(LOW.replace("{user: ben}], wait: 5m", "{user: ben}], wait: 6m"))
    if wish.action is not Action.MOVE or wish.policy:
        act(here.ports, number, wish)
        assert here.get(number).state is State.TRIGGERED
    else:
        act(here.ports, number, Command("back", Action.UNACKNOWLEDGE, ANA))
        act(here.ports, number, wish)
    here.run(minutes=119)
    assert here.get(number).urgency is Urgency.LOW
    assert {via for _, via, _ in here.carriers.sent} <= {"email"}
    here.run(minutes=3)
    assert here.get(number).urgency is Urgency.HIGH
    assert {"sms"} <= {via for _, via, _ in here.carriers.sent}


def test_support_hours_that_began_during_an_ack_count_for_whoever_it_is_given_to() -> None:
    here = World(LOW.replace("ack_timeout: 20m", "ack_timeout: 5h"))
    number = here.alert().number
    act(here.ports, number, Command("ack", Action.ACKNOWLEDGE, ANA))
    here.run(minutes=150)
    act(here.ports, number, Command("it", Action.REASSIGN, BEN, users=("chi",)))
    assert here.get(number).urgency is Urgency.HIGH
    assert here.kinds(number)[-4:] == ["reassigned", "raised", "step", "page_due"]


def test_an_incident_that_is_moved_is_asked_for_the_labels_of_its_new_policy() -> None:
    here = World()
    event = here.event()
    parsed = replace(event.event.parsed, details={"team": "db"})
    triage(here.ports, [replace(event, event=replace(event.event, parsed=parsed))])
    number = here.incident_of(event).number
    when = (
        "[{page: [{user: ana}]}, {page: [{user: chi}], when: {labels: {team: [db]}}}, {page: [{user: ben}]}]"
    )
    here.apply(TEAM.replace(STEPS, f"steps: {when}"))
    act(here.ports, number, Command("move", Action.MOVE, BEN))
    here.run(minutes=6)
    assert people(here, number)[-1:] == ["chi"]
    assert here.get(number).labels == {"team": "db"}


def test_a_policy_that_there_is_not_and_a_merge_with_nothing_are_refused_in_words() -> None:
    here = World()
    number = here.alert().number
    wishes = {
        Command(
            "a", Action.MOVE, BEN, policy="nope"
        ): "there is no policy 'nope'; there are nobody, other, p",
        Command("b", Action.MERGE, BEN, number=7777): "there is no incident #7777 that it could be a part of",
        Command("c", Action.MERGE, BEN, number=number): "name another incident that it shall be a part of",
        Command(
            "d", Action.REASSIGN, BEN, users=("zoe",)
        ): "there is no user 'zoe' in the incident's revision; there are ana, ben, chi, lee",
        Command("e", Action.ESCALATE, BEN, step=3): "its policy has steps 1 to 2",
    }
    for wish, why in wishes.items():
        done = act(here.ports, number, wish)
        assert (done.answer, done.why) == (Answer.REFUSED, why)
    assert here.get(number).state is State.TRIGGERED


def test_whoever_it_was_given_to_is_step_1_and_the_policys_own_steps_follow() -> None:
    here = World()
    number = here.alert().number
    act(here.ports, number, Command("give", Action.REASSIGN, BEN, users=("chi",)))
    done = act(here.ports, number, Command("to 4", Action.ESCALATE, BEN, step=4))
    why = "it has steps 1 to 3: step 1 is chi, whom it was given to, and its policy follows"
    assert (done.answer, done.why) == (Answer.REFUSED, why)
    act(here.ports, number, Command("to 2", Action.ESCALATE, BEN, step=2))
    act(here.ports, number, Command("to 1", Action.ESCALATE, BEN, step=1))
    assert people(here, number) == ["ana", "chi", "ana", "chi"]


def test_of_two_alerts_merged_the_first_to_recover_does_not_end_the_incident() -> None:
    here = World()
    source, target = here.alert().number, here.alert("memory").number
    act(here.ports, source, Command("one", Action.MERGE, BEN, number=target))
    here.clock.advance(timedelta(seconds=1))
    triage(here.ports, [here.event(action=Asked.RESOLVE)])
    assert here.get(target).state is State.TRIGGERED
    assert here.kinds(target).count("alert_resolved") == 1
    here.clock.advance(timedelta(seconds=1))
    triage(here.ports, [here.event("memory", action=Asked.RESOLVE)])
    assert here.get(target).state is State.RESOLVED


def test_of_two_alerts_merged_the_last_to_recover_makes_no_trigger_of_the_other_late() -> None:
    """It came to the door before that resolve, of another key, and is settled after it: it is news all the same."""
    here = World()
    source, target = here.alert().number, here.alert("memory").number
    act(here.ports, source, Command("one", Action.MERGE, BEN, number=target))
    here.clock.advance(timedelta(seconds=1))
    triage(here.ports, [here.event(action=Asked.RESOLVE)])
    here.clock.advance(timedelta(seconds=1))
    on_its_way = here.event()
    here.clock.advance(timedelta(seconds=1))
    triage(here.ports, [here.event("memory", action=Asked.RESOLVE)])
    triage(here.ports, [on_its_way])
    again = here.incident_of(on_its_way)
    assert (again.number, again.state) == (1003, State.TRIGGERED)


def test_whoever_an_incident_was_given_to_is_followed_by_its_policy() -> None:
    here = World()
    number = here.alert().number
    act(here.ports, number, Command("give", Action.REASSIGN, BEN, users=("chi",)))
    here.run(minutes=11)
    assert people(here, number) == ["ana", "chi", "ana", "ben"]


def test_a_key_pressed_at_the_next_call_says_that_the_others_are_still_called() -> None:
    here = world("[{page: [{user: ana}, {user: ben}], wait: 5m, ack: all}]")
    number = here.alert().number
    plan = here.get(number).plan
    page = Page(AT, plan.cycle, plan.round, plan.step, "ben", 0, "voice", "mobile")
    here.store.claim_page(number, page, AT, AT)
    said = [
        key_pressed(here.ports, KeyPress(f"call-{call}", "", "4", page.id(number), number))
        for call in range(2)
    ]
    assert len({*said}) == 1
    assert "The others are still being called." in said[0]


@pytest.mark.parametrize("action", [Asked.RESOLVE, Asked.ACKNOWLEDGE])
def test_what_a_sender_says_while_its_incident_is_merged_counts_for_the_other(
    action: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert was looked up as the source's, and is the target's by the time the answer would be written."""
    here = World()
    source, target = here.alert("disk").number, here.alert("memory").number
    told = here.event("disk", action)
    look, merge = here.store.alert, Command("one", Action.MERGE, BEN, number=target)

    def looked(key: str, events: Sequence[str] = ()) -> Any:
        found = look(key, events)
        monkeypatch.setattr(here.store, "alert", look)
        act(here.ports, source, merge)
        return found

    monkeypatch.setattr(here.store, "alert", looked)
    triage(here.ports, [told])
    alert, fates = here.store.alert(told.event.group(), [told.event.id])
    assert fates[told.event.id].incident == target
    assert alert is not None
    # The other alert of the target goes on.
    resolved = action is Asked.RESOLVE
    assert (alert.open, alert.incident) == (not resolved, target)
    assert here.kinds(target).count("alert_resolved" if resolved else "acknowledged") == 1


def test_an_incident_whose_alert_came_to_another_one_is_reopened_without_it() -> None:
    here = World()
    number = here.alert().number
    act(here.ports, number, Command("over", Action.RESOLVE, BEN))
    here.clock.advance(timedelta(seconds=1))
    other = here.alert().number
    done = act(here.ports, number, Command("again", Action.REOPEN, BEN))
    assert (done.answer, here.get(number).state) == (Answer.DONE, State.TRIGGERED)
    assert here.incident_of(here.event()).number == other
