"""Every function has a clock of its own. None of them is trusted further than it has to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.unit.engine.world import AT, World, story
from tocsin.engine.commits import command
from tocsin.engine.deliver import deliver
from tocsin.engine.ports import Ports
from tocsin.engine.wake import LOOKS, wake
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor
from tocsin.store.doubles import ManualClock

ANA = Actor("user", "ana", "sms")
SECOND = timedelta(seconds=1)


@dataclass
class Off:
    """A clock that is off by so much."""

    true: ManualClock
    by: timedelta

    def now(self) -> datetime:
        return self.true.now() + self.by

    def pause(self, attempt: int) -> None:
        return


def behind(world: World, seconds: int) -> Ports:
    return replace(world.ports, clock=Off(world.clock, -seconds * SECOND))


def test_the_timeline_keeps_the_order_of_the_changes() -> None:
    world = World()
    number = world.alert().number
    command(behind(world, 2), number, Command("a", Action.ACKNOWLEDGE, ANA))
    kinds = world.kinds(number)
    assert kinds.index("acknowledged") > kinds.index("page_due"), story(world, number)
    assert world.get(number).acked_at == AT


def test_what_is_said_of_a_page_stands_behind_the_change_that_made_it_due() -> None:
    world = World()
    number = world.alert().number
    (message,) = world.queue.take()
    assert deliver(behind(world, 2), world.carriers, message) is None
    assert world.kinds(number)[-1] == "page_sent", story(world, number)


def test_a_function_whose_clock_is_behind_does_not_send_the_state_machine_back() -> None:
    """A Wait state never ends early: what it waited for is due, whatever the function's clock says."""
    world = World()
    number = world.alert().number
    world.run(minutes=3, audits=False)
    incident = world.get(number)
    assert incident.due is not None
    world.clock.set(incident.due)
    wait = wake(behind(world, 2), number, incident.clock, AT, incident.due)
    assert wait.due is not None
    assert wait.due > incident.due
    assert "step" in world.kinds(number)[3:]


def test_a_clock_that_wakes_before_its_commit_looks_again_soon() -> None:
    world = World()
    number = world.alert().number
    dues = []
    due: datetime | None = AT
    while due is not None:
        world.clock.set(due)
        due = wake(world.ports, number, "armed-but-not-yet-committed", AT, due).due
        dues.append(due)
    assert dues == [*(AT + age for age in LOOKS), None]
