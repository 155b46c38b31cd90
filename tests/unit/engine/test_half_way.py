"""Every use case dies between any two of its effects and runs again: nothing is lost, nothing is doubled.

The one stated exception: a function that dies between the carrier's answer and its record sends that page once more,
marked ``maybe_twice``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.engine.world import Died, World, refuse, story
from tocsin.alerts.event import Action as Asked
from tocsin.engine import links, mail, reply
from tocsin.engine.actions import act
from tocsin.engine.commits import command
from tocsin.engine.deliver import deliver
from tocsin.engine.triage import triage
from tocsin.engine.wake import wake
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, State
from tocsin.paging.mail_answers import MailAnswer
from tocsin.paging.receipts import InboundSms
from tocsin.paging.replies import Kind
from tocsin.store.ports import Conflict, PageMessage

BEN = Actor("user", "ben", "sms")


def deaths(act: Callable[[World], Callable[[], object]], check: Callable[[World, bool], None]) -> int:
    """Plays ``act`` in a fresh world for every effect it has, dying before it, and after it; then again, alive.

    ``act`` prepares the world and gives what dies. ``check`` sees the world when everything has come to rest, and
    whether the death came right after a carrier's answer.
    """
    died = 0
    for after in (False, True):
        for at in range(1, 100):
            world = World()
            doomed = act(world)
            sent = len(world.carriers.sent)
            with world.dying(at, after):
                try:
                    doomed()
                except Died:
                    died += 1
                else:
                    break
            handed_over = len(world.carriers.sent) > sent
            world.run(minutes=1.2)
            doomed()
            world.run(minutes=1.2)
            check(world, handed_over)
    return died


def pages(world: World) -> Counter[str]:
    """How often each page reached a carrier."""
    return Counter(message.page_id for _, _, message in world.carriers.sent)


def test_opening_an_incident() -> None:
    def act(world: World) -> Callable[[], object]:
        event = world.event()
        return lambda: triage(world.mortal, [event])

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        alert, _payload = world.store.alert_of(incident.number, incident.alerts[0])
        assert alert is not None
        assert alert.count == 1
        assert pages(world) == {f"{incident.number}-c1-r1-s1-ana-0": 1}, story(world, incident.number)
        assert world.kinds(incident.number).count("opened") == 1

    assert deaths(act, check) >= 10


def test_counting_repeats() -> None:
    def act(world: World) -> Callable[[], object]:
        world.alert()
        events = [world.event() for _ in range(5)]
        return lambda: triage(world.mortal, events)

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        alert, _payload = world.store.alert_of(incident.number, incident.alerts[0])
        assert alert is not None
        assert alert.count == 6

    assert deaths(act, check) >= 6


def test_an_event_that_was_counted_before_a_crash_took_its_fate_opens_no_other_incident() -> None:
    world = World()
    incident = world.alert()
    event = world.event()
    with world.dying(3, after=False), pytest.raises(Died):
        triage(world.mortal, [event])
    counted, _ = world.store.alert_of(incident.number, incident.alerts[0])
    assert counted is not None
    assert (counted.count, world.store.alert(incident.alerts[0], [event.event.id])[1]) == (2, {})
    command(world.ports, incident.number, Command("over", Action.RESOLVE, BEN))
    triage(world.ports, [event])
    fate = world.store.alert(incident.alerts[0], [event.event.id])[1][event.event.id]
    assert (fate.kind.value, fate.incident) == ("repeat", incident.number)
    assert world.incident_of(event).number == incident.number


def test_the_senders_resolve() -> None:
    def act(world: World) -> Callable[[], object]:
        world.alert()
        world.clock.advance(timedelta(seconds=1))
        event = world.event(action=Asked.RESOLVE, id="ended")
        return lambda: triage(world.mortal, [event])

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        assert incident.state is State.RESOLVED
        assert world.kinds(incident.number).count("resolved") == 1
        fate = world.store.alert(incident.alerts[0], ["ended"])[1]["ended"]
        assert fate.kind.value == "resolved"

    assert deaths(act, check) >= 4


#: Commands, what the timeline calls it, and the pages that come of it at once.
COMMANDS = [
    (Command("wish", Action.ACKNOWLEDGE, BEN), "acknowledged", []),
    (Command("wish", Action.RESOLVE, BEN), "resolved", []),
    (Command("wish", Action.ESCALATE, BEN), "escalated", ["c1-r1-s2-ben-0"]),
    (Command("wish", Action.ESCALATE, BEN, step=1), "escalated", ["c2-r1-s1-ana-0"]),
    (Command("wish", Action.SNOOZE, BEN, span=timedelta(minutes=30)), "snoozed", []),
    (Command("wish", Action.MUTE, BEN, span=timedelta(hours=4)), "muted", []),
    (Command("wish", Action.KEEP, BEN), "acknowledged", []),
    (Command("wish", Action.REASSIGN, BEN, users=("chi",)), "reassigned", ["c2-r1-s1-chi-0"]),
    (Command("wish", Action.MOVE, BEN, policy="other"), "moved", ["c2-r1-s1-chi-0"]),
    (Command("wish", Action.ASK, BEN, users=("chi",)), "responders_asked", ["ask1-chi-0"]),
    (Command("wish", Action.NOTE, BEN, text="the disk is full"), "note", []),
    (Command("wish", Action.SEVERITY, BEN, value="SEV2"), "severity_changed", []),
    (Command("wish", Action.LINK, BEN, value="https://wiki.example.com/x"), "linked", []),
]


@pytest.mark.parametrize(("wish", "word", "more"), COMMANDS)
def test_a_command(wish: Command, word: str, more: list[str]) -> None:
    def begin(world: World) -> Callable[[], object]:
        number = world.alert().number
        world.run(minutes=0.3)
        return lambda: act(world.mortal, number, wish)

    def check(world: World, _: bool) -> None:
        number = world.incident_of(world.event()).number
        assert world.kinds(number).count(word) == 1
        assert set(pages(world).values()) == {1}, story(world, number)
        at_once = {page for page in pages(world) if page.endswith("-0")}
        assert at_once == {f"{number}-{page}" for page in ("c1-r1-s1-ana-0", *more)}

    assert deaths(begin, check) >= 4


def test_an_incident_that_is_reopened_has_its_alert_again() -> None:
    def begin(world: World) -> Callable[[], object]:
        number = world.alert().number
        act(world.ports, number, Command("over", Action.RESOLVE, BEN))
        return lambda: act(world.mortal, number, Command("wish", Action.REOPEN, BEN))

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        assert world.kinds(incident.number).count("reopened") == 1
        triage(world.ports, [world.event()])
        alert = world.store.alert(incident.alerts[0])[0]
        assert alert is not None
        assert (alert.open, alert.incident, alert.count) == (True, incident.number, 2)
        assert incident.state is State.TRIGGERED

    assert deaths(begin, check) >= 4


@pytest.mark.parametrize("action", [Action.MUTE, Action.UNMUTE])
def test_what_is_over_is_muted_or_unmuted_with_its_alert(action: Action) -> None:
    mute = Command("before", Action.MUTE, BEN, span=timedelta(hours=1))

    def begin(world: World) -> Callable[[], object]:
        number = world.alert().number
        act(world.ports, number, Command("over", Action.RESOLVE, BEN))
        if action is Action.UNMUTE:
            act(world.ports, number, mute)
        return lambda: act(world.mortal, number, Command("wish", action, BEN, span=timedelta(hours=4)))

    def check(world: World, _: bool) -> None:
        incident = world.get(1001)
        alert, _payload = world.store.alert_of(1001, incident.alerts[0])
        assert alert is not None
        assert alert.muted_until == incident.handling.muted_until
        assert alert.muted(world.clock.now()) is (action is Action.MUTE)
        assert world.kinds(1001).count("muted" if action is Action.MUTE else "unmuted") == 1

    assert deaths(begin, check) >= 3


def test_an_event_of_a_muted_alert() -> None:
    def begin(world: World) -> Callable[[], object]:
        number = world.alert().number
        act(world.ports, number, Command("mute", Action.MUTE, BEN, span=timedelta(hours=4)))
        act(world.ports, number, Command("over", Action.RESOLVE, BEN))
        event = world.event(id="again")
        return lambda: triage(world.mortal, [event])

    def check(world: World, _: bool) -> None:
        incident = world.get(1001)
        fate = world.store.alert(incident.alerts[0], ["again"])[1]["again"]
        assert (fate.kind.value, fate.incident) == ("dropped", 1001)
        assert world.store.incident(1002) is None

    assert deaths(begin, check) >= 2


def test_merging_moves_the_alerts_and_ends_the_source() -> None:
    def begin(world: World) -> Callable[[], object]:
        source, target = world.alert().number, world.alert("memory").number
        return lambda: act(world.mortal, source, Command("wish", Action.MERGE, BEN, number=target))

    def check(world: World, _: bool) -> None:
        source, target = world.get(1001), world.get(1002)
        assert (source.state, source.handling.merged_into) == (State.RESOLVED, 1002)
        assert len(target.alerts) == 2
        assert (world.kinds(1001).count("merged_into"), world.kinds(1002).count("merged")) == (1, 1)
        triage(world.ports, [world.event()])
        assert world.incident_of(world.event()).number == 1002
        act(world.ports, 1002, Command("over", Action.RESOLVE, BEN))
        alerts = [world.store.alert(key)[0] for key in target.alerts]
        assert [alert.open for alert in alerts if alert is not None] == [False, False]

    assert deaths(begin, check) >= 3


def test_a_wake_up_that_begins_a_step() -> None:
    def act(world: World) -> Callable[[], object]:
        number = world.alert().number
        world.run(minutes=4.9, audits=False)
        clock, born = world.get(number).clock, world.clock.now() - timedelta(minutes=5)
        world.clock.advance(timedelta(seconds=10))
        due = world.clock.now()
        return lambda: wake(world.mortal, number, clock, born, due)

    def check(world: World, _: bool) -> None:
        number = world.incident_of(world.event()).number
        assert pages(world)[f"{number}-c1-r1-s2-ben-0"] == 1, story(world, number)
        assert set(pages(world).values()) == {1}

    assert deaths(act, check) >= 4


def test_a_page_is_sent_once_or_marked() -> None:
    def act(world: World) -> Callable[[], object]:
        number = world.alert().number
        message = world.queue.take()[0]
        assert isinstance(message, PageMessage)

        def doomed() -> None:
            again = deliver(world.mortal, world.mortal_carriers, message)
            if again is not None:
                world._later(world.clock.now() + timedelta(seconds=again), doomed)

        assert number
        return doomed

    def check(world: World, handed_over: bool) -> None:
        number = world.incident_of(world.event()).number
        page = f"{number}-c1-r1-s1-ana-0"
        record = world.store.page(number, page)
        assert record is not None
        assert record.state.value == "sent"
        assert pages(world)[page] == 1 or (pages(world)[page] == 2 and handed_over and record.maybe_twice)
        assert world.kinds(number).count("page_sent") == 1

    assert deaths(act, check) >= 8


def test_the_outcome_of_a_page_survives_transactions_in_its_way() -> None:
    world = World()
    number = world.alert().number
    (message,) = world.queue.take()
    finish = world.store.finish_page
    met: list[object] = []

    def contended(*arguments: Any) -> None:
        if len(met) < 3:
            met.append(arguments)
            raise Conflict("a receipt is being noted on the same item")
        finish(*arguments)

    world.store.finish_page = contended  # type: ignore[method-assign,assignment]
    assert deliver(world.ports, world.carriers, message) is None
    record = world.store.page(number, f"{number}-c1-r1-s1-ana-0")
    assert record is not None
    assert (record.state.value, len(world.carriers.sent)) == ("sent", 1)
    assert "page_sent" in world.kinds(number)
    assert not world.metrics.counts["PageOutcomeLost"]


def test_a_page_that_is_refused_wakes_the_next_person_once() -> None:
    def act(world: World) -> Callable[[], object]:
        world.alert()
        message = world.queue.take()[0]
        world.carriers.says = refuse("invalid_number", "101")

        def doomed() -> None:
            again = deliver(world.mortal, world.mortal_carriers, message)
            if again is not None:
                world._later(world.clock.now() + timedelta(seconds=again), doomed)

        return doomed

    def check(world: World, _: bool) -> None:
        number = world.incident_of(world.event()).number
        assert pages(world)[f"{number}-c1-r1-s2-ben-0"] == 1, story(world, number)
        assert set(pages(world).values()) == {1}
        assert world.kinds(number).count("refused") == 1

    assert deaths(act, check) >= 8


def test_a_reply_by_text() -> None:
    def act(world: World) -> Callable[[], object]:
        world.alert()
        world.run(minutes=1)
        sms = InboundSms(id="in-1", sender="+12025550101", body="1a")
        return lambda: reply.text_came(world.mortal, sms)

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        assert incident.acked_by == Actor("user", "ana", "sms")
        told = [message.text for _, _, message in world.carriers.sent if message.page_id == "sms-in-1"]
        assert told == [f"#{incident.number} acknowledged. 1r resolves."]

    assert deaths(act, check) >= 6


def test_a_reply_by_mail() -> None:
    def act(world: World) -> Callable[[], object]:
        world.alert()
        world.run(minutes=1)
        came = MailAnswer("ses-1", "ana@example.com", Kind.ACK, 1001)
        return lambda: mail.mail_came(world.mortal, came)

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        assert incident.acked_by == Actor("user", "ana", "mail")
        told = [message.text for _, _, message in world.carriers.sent if message.page_id == "mail-ses-1"]
        assert told == [f"#{incident.number} acknowledged. #res resolves."]

    assert deaths(act, check) >= 6


def test_a_press_on_a_link() -> None:
    def act(world: World) -> Callable[[], object]:
        world.alert()
        world.run(minutes=1)
        token = world.carriers.sent[0][2].text.rsplit("/l/", 1)[1]
        return lambda: links.press(world.mortal, token, Action.ACKNOWLEDGE)

    def check(world: World, _: bool) -> None:
        incident = world.incident_of(world.event())
        assert incident.acked_by == Actor("user", "ana", "link")
        assert world.kinds(incident.number).count("acknowledged") == 1

    assert deaths(act, check) >= 5


def test_a_page_that_is_posted_again_does_nothing_twice() -> None:
    """Also when the first answer was lost, and what it did has made the page an old one."""

    def act(world: World) -> Callable[[], object]:
        number = world.alert().number
        world.run(minutes=1)
        command(world.ports, number, Command("mine", Action.ACKNOWLEDGE, BEN))
        token = world.carriers.sent[0][2].text.rsplit("/l/", 1)[1]
        page = links.look(world.ports, token)
        assert page is not None
        return lambda: links.press(world.mortal, token, Action.ESCALATE, page.incident.version)

    def check(world: World, _: bool) -> None:
        number = world.incident_of(world.event()).number
        assert world.kinds(number).count("escalated") == 1, story(world, number)

    assert deaths(act, check) >= 5


def test_a_text_that_comes_again_means_what_it_meant_the_first_time() -> None:
    world = World()
    first, second = world.alert("one"), world.alert("two")
    world.run(minutes=0.1)
    command(world.ports, second.number, Command("mine", Action.RESOLVE, BEN))
    sms = InboundSms(id="in-1", sender="+12025550101", body="res")
    reply.text_came(world.ports, sms)
    assert world.get(first.number).state is State.RESOLVED
    third = world.alert("three")
    world.run(minutes=0.1)
    reply.text_came(world.ports, sms)
    assert world.get(third.number).state is State.TRIGGERED


def test_who_was_called_and_never_texted_may_answer_by_the_number() -> None:
    world = World()
    number = world.alert().number
    world.run(minutes=5.5)
    assert world.sent()[-1][1:] == ("connect", "102")
    for sender, state in (("+12025550199", State.TRIGGERED), ("+12025550102", State.ACKNOWLEDGED)):
        reply.text_came(world.ports, InboundSms(id=f"in-{sender}", sender=sender, body=f"ack {number}"))
        world.run(minutes=0.1)
        assert world.get(number).state is state
    assert [message.to for _, _, message in world.carriers.sent if message.page_id.startswith("sms-")] == [
        "+12025550102"
    ]


def test_a_text_that_came_too_late_for_an_ack_is_none_after_its_timeout() -> None:
    """Its carrier delivers it twice, the second time when the incident looks for somebody again."""
    world = World()
    number = world.alert().number
    world.run(minutes=0.1)
    command(world.ports, number, Command("mine", Action.ACKNOWLEDGE, BEN))
    sms = InboundSms(id="in-1", sender="+12025550101", body="1a")
    reply.text_came(world.ports, sms)
    world.run(minutes=21)
    assert world.get(number).state is State.TRIGGERED
    reply.text_came(world.ports, sms)
    world.run(minutes=0.1)
    assert world.get(number).state is State.TRIGGERED
    told = [message.text for _, _, message in world.carriers.sent if message.page_id == "sms-in-1"]
    assert told == [f"#{number} was already acknowledged by Ben Okafor (SMS)."]
