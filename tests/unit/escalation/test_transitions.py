"""An incident's own transitions, whatever is asked of it next: a machine that hypothesis drives, and shrinks."""

from __future__ import annotations

from datetime import timedelta

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
from tests.unit.escalation.life import ANA, NUMBER, SECOND, Life, lives
from tocsin.escalation.decide import Action, Answer, Command, commanded
from tocsin.incidents.incident import State
from tocsin.incidents.plan import Page


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
        state = self.one.incident.state
        pages = self.one.ask(action)
        already = action is Action.ACKNOWLEDGE and state is State.ACKNOWLEDGED
        assert self.one.last.answer is (Answer.ALREADY if already else Answer.DONE)
        return self._read(pages)

    @precondition(_open)
    @rule()
    def somebody_resolves(self) -> None:
        assert self.one.ask(Action.RESOLVE) == []
        self._read([])
        assert self.one.incident.due is None

    @rule(action=st.sampled_from(Action))
    def somebody_acts_when_it_is_over(self, action: Action) -> None:
        if self.one.incident.open:
            return
        wish = Command("late", action, ANA)
        decision = commanded(self.one.incident, wish, self.one.context, self.one.now)
        assert (decision.answer, decision.incident, decision.entries) == (Answer.CLOSED, None, ())

    @rule(target=due, page=consumes(due))
    def a_carrier_refuses(self, page: Page) -> object:
        stale = self.one.incident.state is not State.TRIGGERED or page.cycle < self.one.incident.floor
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
        if incident.state is State.ACKNOWLEDGED:
            assert told.acked_by == incident.acked_by
        if incident.state is State.TRIGGERED and incident.capped_at is None:
            assert told.cycle == incident.plan.cycle

    @invariant()
    def what_is_answered_is_silent(self) -> None:
        if not hasattr(self, "one") or self.one.incident.state is State.TRIGGERED:
            return
        incident = self.one.incident
        assert (incident.plan.pending, incident.outbox) == ((), {})
        assert incident.plan.cycle < incident.floor

    @invariant()
    def what_nobody_has_goes_on(self) -> None:
        if not hasattr(self, "one") or self.one.incident.state is not State.TRIGGERED:
            return
        incident = self.one.incident
        assert incident.due is not None or incident.urgency.value == "low"
        assert incident.due is None or incident.due <= self.one.now + timedelta(days=8)

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
