"""A mute: nobody is bothered about an incident's alerts for a while, nothing is lost, and it ends when it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.engine.world import World
from tocsin.alerts.event import Action as Asked
from tocsin.engine.actions import act
from tocsin.engine.commits import Changed
from tocsin.engine.triage import Queued, triage
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.alert import Alert, Fate, FateKind
from tocsin.incidents.incident import Actor, State
from tocsin.incidents.times import iso
from tocsin.paging.lines import told

BEN = Actor("user", "ben", "command")
SECOND, HOURS = timedelta(seconds=1), timedelta(hours=4)


class Desk(World):
    """A world in which somebody gives commands, each a new one."""

    given = 0

    def do(self, incident: int, action: Action, **more: Any) -> Changed:
        self.given += 1
        self.clock.advance(SECOND)
        return act(self.ports, incident, Command(f"wish-{self.given}", action, BEN, **more))

    def mute(self, number: int, span: timedelta | None = HOURS) -> Changed:
        return self.do(number, Action.MUTE, span=span)

    def came(self, name: str = "disk", action: Asked = Asked.TRIGGER, after: timedelta = SECOND) -> Fate:
        """What becomes of an event that comes a little later."""
        self.clock.advance(after)
        one = self.event(name, action)
        triage(self.ports, [one])
        return self.fate(one)

    def fate(self, one: Queued) -> Fate:
        return self.store.alert(one.event.group(), [one.event.id])[1][one.event.id]

    def known(self, name: str = "disk") -> Alert:
        alert, _ = self.store.alert(self.event(name).event.group())
        assert alert is not None
        return alert

    def until(self, number: int) -> datetime:
        """When the mute ends, as the latest line about it says."""
        lines = [line for line in self.store.timeline(number) if line.kind == "muted"]
        return datetime.fromisoformat(str(lines[-1].details["until"]))


@pytest.fixture
def here() -> Desk:
    return Desk()


def test_an_open_incident_is_snoozed_and_its_alert_muted_until_the_same_instant(here: Desk) -> None:
    number = here.alert().number
    assert here.mute(number).answer is Answer.DONE
    incident, until = here.get(number), here.clock.now() + HOURS
    assert (incident.state, incident.snoozed_until) == (State.SNOOZED, until)
    assert (here.known().muted_until, incident.handling.muted_until) == (until, until)
    lines = [line for line in here.store.timeline(number) if line.kind in ("snoozed", "muted")]
    assert [(line.kind, line.actor, line.details) for line in lines] == [
        (kind, BEN, {"until": iso(until)}) for kind in ("snoozed", "muted")
    ]


def test_chats_are_told_of_a_mute_and_of_its_end(here: Desk) -> None:
    number = here.alert().number
    here.mute(number)
    here.do(number, Action.UNMUTE)
    lines = [told(line, "Ben", str) for line in here.store.timeline(number) if "mute" in line.kind]
    assert lines == [
        "Ben (command) muted its alerts until 23 Nov 06:00 UTC: until then nothing opens for them",
        "Ben (command) unmuted its alerts",
    ]


def test_the_pages_of_a_muted_incident_begin_anew_when_it_is_over(here: Desk) -> None:
    number = here.alert().number
    here.mute(number, timedelta(minutes=2))
    here.run(minutes=1.5)
    assert here.get(number).state is State.SNOOZED
    here.run(minutes=1)
    assert (here.get(number).state, here.get(number).plan.cycle) == (State.TRIGGERED, 2)


def test_a_repeat_counts_as_ever_while_its_incident_is_open(here: Desk) -> None:
    number = here.alert().number
    here.mute(number)
    fate = here.came()
    assert (fate.kind, fate.incident, here.known().count) == (FateKind.REPEAT, number, 2)


def test_a_senders_resolve_passes_and_what_comes_after_it_opens_nothing(here: Desk) -> None:
    number = here.alert().number
    here.mute(number)
    assert here.came(action=Asked.RESOLVE).kind is FateKind.RESOLVED
    assert here.get(number).state is State.RESOLVED
    fate = here.came()
    assert (fate.kind, fate.incident) == (FateKind.DROPPED, number)
    assert fate.rule == f"muted:{number} until {iso(here.until(number))}"
    assert here.metrics.counts["AlertMuted"] == 1
    assert here.store.incident(number + 1) is None
    # And it resolves again: nothing is open.
    assert here.came(action=Asked.RESOLVE).rule == "no_open_alert"


def test_of_a_resolved_incident_only_the_alerts_are_muted(here: Desk) -> None:
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    assert here.mute(number).answer is Answer.DONE
    incident = here.get(number)
    assert (incident.state, incident.snoozed_until, incident.due) == (State.RESOLVED, None, None)
    assert [kind for kind in here.kinds(number) if kind in ("snoozed", "muted")] == ["muted"]
    assert here.came().kind is FateKind.DROPPED


def test_other_alerts_open_as_ever(here: Desk) -> None:
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    here.mute(number)
    assert here.came("memory").kind is FateKind.INCIDENT


def test_it_opens_again_at_the_end_of_the_mute_and_not_before(here: Desk) -> None:
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    here.mute(number)
    last = timedelta(microseconds=1)
    assert here.came(after=here.until(number) - here.clock.now() - last).kind is FateKind.DROPPED
    fate = here.came(after=last)
    assert (fate.kind, fate.incident) == (FateKind.INCIDENT, number + 1)
    assert here.known().muted_until is None


def test_unmuting_ends_it_at_once_and_wakes_no_snooze(here: Desk) -> None:
    number = here.alert().number
    here.mute(number)
    assert here.do(number, Action.UNMUTE).answer is Answer.DONE
    assert (here.get(number).state, here.known().muted_until) == (State.SNOOZED, None)
    assert here.kinds(number)[-1] == "unmuted"
    here.do(number, Action.RESOLVE)
    assert here.came().kind is FateKind.INCIDENT


def test_what_is_not_muted_or_not_any_more_cannot_be_unmuted(here: Desk) -> None:
    number = here.alert().number
    assert here.do(number, Action.UNMUTE).answer is Answer.ALREADY
    here.mute(number, timedelta(minutes=1))
    here.clock.advance(timedelta(minutes=1))
    assert here.do(number, Action.UNMUTE).answer is Answer.ALREADY
    assert "unmuted" not in here.kinds(number)


def test_the_latest_word_counts_longer_or_shorter(here: Desk) -> None:
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    for span in (HOURS, timedelta(hours=1), timedelta(days=31)):
        assert here.mute(number, span).answer is Answer.DONE
        assert here.known().muted_until == here.clock.now() + span


def test_a_mute_until_the_very_same_instant_is_so_already(here: Desk) -> None:
    number = here.alert().number
    here.mute(number, timedelta(minutes=2))
    assert here.mute(number, timedelta(minutes=2) - timedelta(seconds=1)).answer is Answer.ALREADY
    here.do(number, Action.UNACKNOWLEDGE)
    # Its alerts are muted so, and it is not quiet any more.
    assert here.mute(number, timedelta(minutes=2) - timedelta(seconds=3)).answer is Answer.DONE
    assert here.get(number).state is State.SNOOZED


@pytest.mark.parametrize("span", [None, timedelta(seconds=59), timedelta(days=31, seconds=1), -HOURS])
def test_a_mute_is_from_a_minute_to_31_days_long(here: Desk, span: timedelta | None) -> None:
    number = here.alert().number
    done = here.mute(number, span)
    assert (done.answer, done.why) == (Answer.REFUSED, "a mute is from 1 minute to 31 days long")
    assert here.known().muted_until is None


def test_reopening_ends_the_mute(here: Desk) -> None:
    number = here.alert().number
    here.mute(number)
    here.do(number, Action.RESOLVE)
    assert here.do(number, Action.REOPEN).answer is Answer.DONE
    assert (here.known().muted_until, here.get(number).handling.muted_until) == (None, None)
    here.do(number, Action.RESOLVE)
    assert here.came().kind is FateKind.INCIDENT


def test_what_was_merged_is_muted_where_its_alerts_are(here: Desk) -> None:
    source, target = here.alert().number, here.alert("memory").number
    here.do(source, Action.MERGE, number=target)
    for action in (Action.MUTE, Action.UNMUTE):
        done = here.do(source, action, span=HOURS)
        assert done.answer is Answer.REFUSED
        assert done.why == f"it is a part of #{target} now, which has its alerts"
    here.mute(target)
    here.do(target, Action.RESOLVE)
    assert [here.came(name).rule for name in ("disk", "memory")] == [
        f"muted:{target} until {iso(here.until(target))}"
    ] * 2


def test_a_merged_alert_stays_muted_and_the_larger_incident_unmutes_it(here: Desk) -> None:
    source, target = here.alert().number, here.alert("memory").number
    here.mute(source)
    until = here.until(source)
    here.do(source, Action.MERGE, number=target)
    assert here.get(target).state is State.TRIGGERED
    assert (here.until(target), here.get(target).handling.muted_until) == (until, until)
    here.do(target, Action.RESOLVE)
    assert here.came().rule == f"muted:{target} until {iso(until)}"
    assert here.do(target, Action.UNMUTE).answer is Answer.DONE
    assert here.came().kind is FateKind.INCIDENT


def test_a_merge_shortens_no_mute_of_the_larger_incident(here: Desk) -> None:
    source, target = here.alert().number, here.alert("memory").number
    here.mute(target)
    until = here.until(target)
    here.mute(source, timedelta(hours=1))
    here.do(source, Action.MERGE, number=target)
    assert here.get(target).handling.muted_until == until
    assert here.kinds(target).count("muted") == 1


def test_an_alert_that_was_over_before_a_merge_is_unmuted_where_it_stayed(here: Desk) -> None:
    one, source, target = (here.alert(name).number for name in ("disk", "memory", "load"))
    here.do(one, Action.MERGE, number=source)
    here.mute(source)
    here.came("disk", Asked.RESOLVE)
    here.do(source, Action.MERGE, number=target)
    assert str(here.came("disk").rule).startswith(f"muted:{source} ")
    assert here.do(source, Action.UNMUTE).answer is Answer.DONE
    assert here.came("disk").kind is FateKind.INCIDENT
    assert here.known("memory").muted_until is not None


def test_an_incident_whose_alert_came_to_another_one_mutes_nothing_and_says_whose_it_is(here: Desk) -> None:
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    other = here.came().incident
    done = here.mute(number)
    assert (done.answer, done.why) == (Answer.REFUSED, f"its alerts belong to #{other} now")
    assert here.known().muted_until is None


def test_a_mute_that_comes_while_an_incident_is_being_opened_holds(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert was looked up before the mute, and would be opened after it."""
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    look = here.store.alert

    def looked(key: str, events: Sequence[str] = ()) -> Any:
        found = look(key, events)
        monkeypatch.setattr(here.store, "alert", look)
        here.mute(number)
        return found

    monkeypatch.setattr(here.store, "alert", looked)
    assert here.came().kind is FateKind.DROPPED
    assert here.known().muted_until is not None


def test_an_incident_that_opened_while_it_was_muted_is_not_muted(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alerts were looked up, and one went to another incident before the mute was written."""
    number = here.alert().number
    here.do(number, Action.RESOLVE)
    look = here.store.alert

    def looked(key: str, events: Sequence[str] = ()) -> Any:
        found = look(key, events)
        monkeypatch.setattr(here.store, "alert", look)
        assert here.came().kind is FateKind.INCIDENT
        return found

    monkeypatch.setattr(here.store, "alert", looked)
    assert here.mute(number).answer is Answer.REFUSED
    assert here.known().muted_until is None


def test_a_mute_given_twice_is_done_once(here: Desk) -> None:
    number = here.alert().number
    wish = Command("once", Action.MUTE, BEN, span=HOURS)
    answers = []
    for _ in range(2):
        answers.append(act(here.ports, number, wish).answer)
        here.clock.advance(timedelta(minutes=5))
    assert answers == [Answer.DONE, Answer.DONE]
    assert here.kinds(number).count("muted") == 1


def test_many_triggers_of_a_muted_alert_are_one_write_up_to_the_first_that_is_none(here: Desk) -> None:
    number = here.alert().number
    late = here.event()
    here.mute(number)
    here.came(action=Asked.RESOLVE)
    here.clock.advance(SECOND)
    triggers = [here.event() for _ in range(4)]
    resolve = here.event(action=Asked.RESOLVE)
    here.store.requests.clear()
    triage(here.ports, [*triggers[:3], resolve, late, triggers[3]])
    fates = [here.fate(one) for one in triggers]
    assert {(fate.kind, fate.incident) for fate in fates} == {(FateKind.DROPPED, number)}
    assert (here.fate(resolve).rule, here.fate(late).kind) == ("no_open_alert", FateKind.LATE)
    assert (here.metrics.counts["AlertMuted"], here.store.requests["put_fates"]) == (4, 4)


def test_what_is_late_is_late_muted_or_not(here: Desk) -> None:
    number = here.alert().number
    here.mute(number)
    on_its_way = here.event()
    here.came(action=Asked.RESOLVE)
    triage(here.ports, [on_its_way])
    assert here.fate(on_its_way).kind is FateKind.LATE
