"""One incident from its opening on: commits what is decided, hands its pages on, and remembers them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.unit.escalation.book import AT, minutes
from tests.unit.escalation.drawing import MOMENTS, books
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.decide import opened, refused, woken
from tocsin.escalation.drafts import Context, Decision, assigned_policy
from tocsin.escalation.model import Book
from tocsin.escalation.obey import commanded
from tocsin.incidents.incident import TOCSIN, Actor, Incident, State, Urgency
from tocsin.incidents.plan import Page, Plan

ANA = Actor("user", "ana", "sms")
NUMBER = 1042
SECOND = timedelta(seconds=1)

#: The step in progress: cycle, round, attempt and step, of which 0 is the last resort.
Place = tuple[int, int, int, int]
#: What happens, how late, and a number that chooses among what it may happen to.
Story = list[tuple[str, timedelta, int]]


def place_of(plan: Plan) -> Place:
    return plan.cycle, plan.round, plan.attempt, 0 if plan.last_resort else plan.step


def step_of(page: Page) -> Place:
    return page.cycle, page.round, page.attempt, page.step


def contact_of(page: Page) -> tuple[str, str]:
    return page.user, page.contact


@dataclass
class Life:
    context: Context
    now: datetime
    incident: Incident = field(init=False)
    #: Every page that ever was due, by id, in order; and those of them since the last ack.
    pages: dict[str, Page] = field(default_factory=dict)
    unanswered: list[Page] = field(default_factory=list)
    #: The pages that a carrier refused, and the step that was in progress when it did.
    refusals: dict[str, Place] = field(default_factory=dict)
    last: Decision = field(init=False)
    alarms: list[str] = field(default_factory=list)
    commands: int = 0

    def __post_init__(self) -> None:
        self.incident = Incident(
            number=NUMBER,
            service="checkout",
            integration="checkout-prometheus",
            policy="p",
            revision="r1",
            title="It burns",
            severity="critical",
            urgency=Urgency.HIGH,
            state=State.TRIGGERED,
            opened_at=self.now,
        )
        self.opening = self.commit(opened(self.incident, self.around, self.now, TOCSIN))

    def commit(self, decision: Decision) -> list[Page]:
        """The pages that this decision made due, none of which may ever have been due before."""
        self.last = decision
        self.alarms += [kind for kind, _ in decision.alarms]
        if decision.incident is None:
            return []
        due: list[Page] = []
        for entry in decision.entries:
            if entry.kind == "page_due":
                id = str(entry.details["page"])
                assert id not in self.pages
                self.pages[id] = decision.incident.outbox[id]
                due.append(self.pages[id])
        self.incident = replace(decision.incident, version=self.incident.version + 1)
        held = self.incident.state in (State.ACKNOWLEDGED, State.SNOOZED)
        self.unanswered = [] if held else [*self.unanswered, *due]
        return due

    def kinds(self) -> list[str]:
        """The kinds of the timeline's lines that the last decision wrote."""
        return [entry.kind for entry in self.last.entries]

    def hand_on(self) -> None:
        self.incident = replace(self.incident, outbox={})

    def wake(self, late: timedelta = timedelta(0)) -> list[Page]:
        """Wakes when due, or so much later."""
        assert self.incident.due is not None
        self.now = max(self.now, self.incident.due + late)
        return self.commit(woken(self.incident, self.around, self.now, None))

    def run(self, until: datetime, late: timedelta = timedelta(0)) -> list[Page]:
        """Wakes whenever due, or so much later, before `until`; then it is `until`."""
        pages: list[Page] = []
        while self.incident.due is not None and self.incident.due < until:
            pages += self.wake(late)
        self.now = until
        return pages

    def ask(self, action: Action, by: Actor = ANA, **more: Any) -> list[Page]:
        self.commands += 1
        command = Command(f"command-{self.commands}", action, by, **more)
        return self.commit(commanded(self.incident, command, self.around, self.now))

    @property
    def around(self) -> Context:
        """The context as the incident is now."""
        policy = assigned_policy(self.context.policy, self.incident.handling.assigned)
        situation = replace(
            self.context.situation, severity=self.incident.severity, priority=self.incident.priority
        )
        return replace(self.context, policy=policy, situation=situation)

    def refuse(self, page: Page, reason: str = "opted_out") -> list[Page]:
        self.commands += 1
        self.refusals[page.id(NUMBER)] = self.place
        id = f"refusal-{self.commands}"
        return self.commit(refused(self.incident, page, id, reason, self.around, self.now))

    @property
    def place(self) -> Place:
        return place_of(self.incident.plan)


def life(where: Book, cap: int | None = None, at: datetime = AT) -> Life:
    return Life(Context(where.services["checkout"], where.policies["p"], where, cap), at)


def tell(one: Life, story: Story, check: Callable[[str], None] = lambda doing: None) -> None:
    """Lets everything in the story happen that still can, and checks after each."""
    for doing, late, choice in story:
        refusable = [id for id in one.pages if id not in one.refusals][-4:]
        due = one.incident.due
        if doing == "wake" and due is not None:
            one.wake(late)
        elif doing == "wait" and due is not None:
            one.now = max(one.now, min(one.now + choice * SECOND, due - SECOND))
        elif doing == "hand on":
            one.hand_on()
        elif doing == "escalate":
            one.ask(Action.ESCALATE)
        elif doing == "ack":
            one.ask(Action.ACKNOWLEDGE)
        elif doing == "refuse" and refusable:
            one.refuse(one.pages[refusable[choice % len(refusable)]])
        else:
            continue
        check(doing)


#: Most incidents have no cap on their pages, some soon meet it.
page_caps = st.sampled_from([None, None, 5, 12])


@st.composite
def lives(draw: st.DrawFn, caps: st.SearchStrategy[int | None] = page_caps) -> Life:
    at = draw(st.sampled_from(MOMENTS)) + draw(st.sampled_from([0, 0, 250])) * timedelta(milliseconds=1)
    where = draw(books(at))
    patience = draw(st.sampled_from([None, None, minutes(90)]))
    service = replace(where.services["checkout"], auto_resolve=patience)
    return life(replace(where, services={"checkout": service}), draw(caps), at)


#: Mostly time goes by, often carriers refuse, now and then somebody does something.
_DOINGS = ["wake"] * 12 + ["refuse"] * 6 + ["escalate"] * 2 + ["ack", "hand on", "wait"]
stories: st.SearchStrategy[Story] = st.lists(
    st.tuples(
        st.sampled_from(_DOINGS),
        st.sampled_from([0, 0, 0, 0, 1, 70, 400]).map(lambda seconds: seconds * SECOND),
        st.integers(0, 99),
    ),
    min_size=5,
    max_size=60,
)
