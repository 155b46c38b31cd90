"""An incident's own transitions, whatever is asked of it next: a machine that hypothesis drives, and shrinks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tests.simulation.invariants.timelines import Replay
from tests.unit.escalation.book import minutes
from tests.unit.escalation.life import ANA, NUMBER, SECOND, Life, lives
from tocsin.escalation.commands import AFTERWARDS, Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.escalation.obey import commanded
from tocsin.incidents.incident import Actor, State
from tocsin.incidents.plan import Page

people = st.lists(st.sampled_from(["ana", "ben", "chi"]), min_size=1, max_size=2).map(tuple)
actors = st.sampled_from([Actor("user", name, "sms") for name in ("ana", "ben", "chi")])
#: What can be asked of an open incident beside the three things that a page offers.
wishes: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {
            "action": st.sampled_from([Action.UNACKNOWLEDGE, Action.KEEP, Action.ACCEPT, Action.DECLINE]),
            "by": actors,
        }
    ),
    st.fixed_dictionaries({"action": st.just(Action.ACKNOWLEDGE), "by": actors}),
    st.fixed_dictionaries(
        {"action": st.just(Action.SNOOZE), "span": st.sampled_from([None, minutes(0.5), minutes(5)])}
    ),
    st.fixed_dictionaries({"action": st.just(Action.MUTE), "span": st.sampled_from([None, minutes(5)])}),
    st.fixed_dictionaries({"action": st.just(Action.UNMUTE)}),
    st.fixed_dictionaries({"action": st.just(Action.ESCALATE), "step": st.integers(0, 5)}),
    st.fixed_dictionaries({"action": st.sampled_from([Action.REASSIGN, Action.ASK]), "users": people}),
    st.fixed_dictionaries({"action": st.just(Action.MOVE)}),
    st.fixed_dictionaries({"action": st.sampled_from([Action.NOTE, Action.TITLE]), "text": st.text()}),
    st.fixed_dictionaries(
        {
            "action": st.sampled_from([Action.SEVERITY, Action.PRIORITY, Action.LINK]),
            "value": st.sampled_from(["SEV1", "sev2", "P1", "P9", "https://wiki.example.com/x"]),
        }
    ),
)


class Incidents(RuleBasedStateMachine):
    """``due`` are the pages that were handed to a carrier and not yet refused."""

    due = Bundle("due")
    one: Life
    told: Replay

    @initialize(target=due, one=lives())
    def opens(self, one: Life) -> object:
        self.one, self.told = one, Replay()
        return self._read(one.opening)

    def _read(self, pages: list[Page]) -> object:
        for entry in self.one.last.entries:
            self.told.read(entry)
        return multiple(*pages)

    def _open(self) -> bool:
        return self.one.incident.open

    def _due(self) -> bool:
        return self.one.incident.due is not None

    @precondition(_due)
    @rule(target=due, late=st.sampled_from([0, 0, 0, 1, 29, 31, 400]))
    def wakes(self, late: int) -> object:
        return self._read(self.one.wake(late * SECOND))

    @precondition(_due)
    @rule(seconds=st.integers(1, 600))
    def time_passes(self, seconds: int) -> None:
        due = self.one.incident.due
        assert due is not None
        self.one.now = max(self.one.now, min(self.one.now + seconds * SECOND, due - SECOND))

    @precondition(_open)
    @rule(target=due, action=st.sampled_from([Action.ACKNOWLEDGE, Action.ESCALATE, Action.ESCALATE]))
    def somebody_acts(self, action: Action) -> object:
        state, acked = self.one.incident.state, self.one.incident.plan.acked
        pages = self.one.ask(action)
        plan = self.one.incident.plan
        already = action is Action.ACKNOWLEDGE and (state is State.ACKNOWLEDGED or ANA.name in acked)
        partly = action is Action.ACKNOWLEDGE and not already and ANA.name in plan.acked
        expected = Answer.ALREADY if already else Answer.PARTLY if partly else Answer.DONE
        assert self.one.last.answer is expected
        return self._read(pages)

    @precondition(_open)
    @rule()
    def somebody_resolves(self) -> None:
        assert self.one.ask(Action.RESOLVE) == []
        self._read([])
        assert self.one.incident.due is None

    @precondition(_open)
    @rule(target=due, wish=wishes)
    def somebody_does_more(self, wish: dict[str, Any]) -> object:
        before = self.one.incident
        pages = self.one.ask(**wish)
        assert self.one.last.answer in (Answer.DONE, Answer.PARTLY, Answer.ALREADY, Answer.REFUSED)
        assert (self.one.last.incident is None) == (self.one.last.answer in (Answer.ALREADY, Answer.REFUSED))
        assert self.one.last.why or self.one.last.answer is Answer.DONE
        assert self.one.last.incident is not None or self.one.incident is before
        return self._read(pages)

    @rule(target=due)
    def somebody_reopens(self) -> object:
        if self.one.incident.open:
            return multiple()
        pages = self.one.ask(Action.REOPEN)
        assert self.one.last.answer is Answer.DONE
        return self._read(pages)

    @rule(action=st.sampled_from([Action.MUTE, Action.UNMUTE]))
    def somebody_mutes_what_is_over(self, action: Action) -> None:
        if self.one.incident.open:
            return
        assert self.one.ask(action, span=minutes(5)) == []
        self._read([])
        assert (self.one.incident.state, self.one.incident.due) == (State.RESOLVED, None)

    @rule(action=st.sampled_from(sorted(set(Action) - AFTERWARDS)))
    def somebody_acts_when_it_is_over(self, action: Action) -> None:
        if self.one.incident.open:
            return
        wish = Command("late", action, ANA)
        decision = commanded(self.one.incident, wish, self.one.context, self.one.now)
        assert (decision.answer, decision.incident, decision.entries) == (Answer.CLOSED, None, ())

    @rule(target=due, page=consumes(due))
    def a_carrier_refuses(self, page: Page) -> object:
        incident = self.one.incident
        stale = not incident.open or (
            page.kind == "page" and (incident.state is not State.TRIGGERED or page.cycle < incident.floor)
        )
        before = self.one.incident
        pages = self.one.refuse(page)
        if stale:
            assert self.one.incident is before
            return multiple()
        return self._read(pages)

    @rule()
    def the_outbox_is_handed_on(self) -> None:
        self.one.hand_on()

    @invariant()
    def the_timeline_tells_the_state(self) -> None:
        if not hasattr(self, "one"):
            return
        incident, told = self.one.incident, self.told
        assert (told.state, told.urgency) == (incident.state, incident.urgency)
        assert (sorted(told.paged), told.pages) == (sorted(incident.paged), incident.pages)
        assert told.muted_until == incident.handling.muted_until
        if incident.state in (State.ACKNOWLEDGED, State.SNOOZED):
            assert told.acked_by == incident.acked_by
        if incident.state is State.TRIGGERED and incident.capped_at is None:
            assert told.cycle == incident.plan.cycle

    @invariant()
    def what_is_answered_is_silent(self) -> None:
        if not hasattr(self, "one") or self.one.incident.state is State.TRIGGERED:
            return
        incident = self.one.incident
        assert incident.plan.pending == ()
        assert not [page for page in incident.outbox.values() if page.kind == "page"]
        assert incident.plan.cycle < incident.floor

    @invariant()
    def what_nobody_has_goes_on(self) -> None:
        if not hasattr(self, "one") or self.one.incident.state is not State.TRIGGERED:
            return
        incident = self.one.incident
        assert incident.due is not None or incident.urgency.value == "low"
        # A wait of a working hour may take weeks where a week has minutes of them.
        slow = any(step.wait_hours is not None for step in self.one.context.policy.steps)
        assert incident.due is None or slow or incident.due <= self.one.now + timedelta(days=8)

    @invariant()
    def its_time_never_falls(self) -> None:
        if not hasattr(self, "one"):
            return
        changed_at = self.one.incident.changed_at
        assert changed_at is not None
        assert changed_at <= self.one.now
        assert all(page.id(NUMBER) == id for id, page in self.one.incident.outbox.items())


TestIncidents = Incidents.TestCase
TestIncidents.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
