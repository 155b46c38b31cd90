"""What a text from a phone does, command by command."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.engine.world import AT, TEAM, World
from tocsin.engine import phones, reply
from tocsin.engine.actions import act
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, State
from tocsin.paging.receipts import InboundSms


def paged() -> World:
    """A world in which Ana was paged for #1001, which her phone knows by the code 1."""
    world = World()
    world.alert()
    world.run(minutes=0.1)
    return world


def texted(world: World, body: str, sender: str = "+12025550101") -> list[str]:
    """The answers that a text gets."""
    before = len(world.carriers.sent)
    reply.text_came(world.ports, InboundSms(id=f"in-{before}-{body}", sender=sender, body=body))
    world.run(minutes=0.1)
    return [
        message.text for _, _, message in world.carriers.sent[before:] if message.page_id.startswith("sms-")
    ]


def test_a_text_can_escalate() -> None:
    world = World()
    number = world.alert().number
    world.run(minutes=0.1)
    assert texted(world, "1e") == [f"#{number} escalated."]
    assert "escalated" in world.kinds(number)


def test_a_text_keeps_what_its_sender_has_until_the_new_timeout() -> None:
    world = paged()
    assert texted(world, "1a") == ["#1001 acknowledged. 1r resolves."]
    world.run(minutes=10)
    # 02:00 and ten minutes, and 20 minutes more.
    assert texted(world, "1k") == ["#1001 is still yours until Mon 23 Nov 02:30 (UTC)."]
    assert world.get(1001).ack_timeout_at == AT + timedelta(minutes=30, seconds=12)


def test_whoever_keeps_what_nobody_has_takes_it() -> None:
    world = paged()
    assert texted(world, "keep") == ["#1001 acknowledged. 1r resolves."]
    assert texted(world, "1k") == ["#1001 is still yours until Mon 23 Nov 02:20 (UTC)."]
    world.run(minutes=21)
    assert texted(world, "1k") == ["#1001 acknowledged. 1r resolves."]


def test_a_text_snoozes_for_as_long_as_it_says_and_then_the_pages_begin_anew() -> None:
    world = paged()
    assert texted(world, "1s 30m") == ["#1001 snoozed until Mon 23 Nov 02:30 (UTC)."]
    assert world.get(1001).state is State.SNOOZED
    world.run(minutes=31)
    assert (world.get(1001).state, world.get(1001).plan.cycle) == (State.TRIGGERED, 2)
    assert "1001-c2-r1-s1-ana-0" in [message.page_id for _, _, message in world.carriers.sent]


def test_a_text_gives_an_ack_back() -> None:
    world = paged()
    assert texted(world, "1u") == ["#1001 is not acknowledged, nothing was changed. 1a acknowledges."]
    texted(world, "1a")
    assert texted(world, "unack") == ["#1001 unacknowledged: its pages go on."]
    assert world.get(1001).plan.cycle == 2


def test_a_note_by_text_is_a_line_of_the_timeline() -> None:
    world = paged()
    assert texted(world, "1 note The disk is full, #7 is clean?") == ["#1001 has your note."]
    (note,) = [entry for entry in world.store.timeline(1001) if entry.kind == "note"]
    assert (note.details["text"], note.actor.name) == ("The disk is full, #7 is clean?", "ana")


def test_one_text_acknowledges_everything_and_says_what() -> None:
    world = paged()
    world.alert("memory")
    world.run(minutes=1)
    texted(world, "2a")
    world.alert("network")
    world.run(minutes=1)
    assert texted(world, "ack all") == ["2 acknowledged: #1001, #1003. 1 more was already."]
    assert {world.get(number).state for number in (1001, 1002, 1003)} == {State.ACKNOWLEDGED}
    assert texted(world, "aa") == ["Nothing to acknowledge. 3 were already."]


def test_an_ack_of_everything_that_comes_again_means_what_it_meant() -> None:
    world = paged()
    first = InboundSms(id="all", sender="+12025550101", body="aa")
    reply.text_came(world.ports, first)
    world.alert("memory")
    world.run(minutes=0.1)
    reply.text_came(world.ports, first)
    assert world.get(1002).state is State.TRIGGERED


def test_whoever_is_asked_to_join_answers_by_text_and_is_asked_no_more() -> None:
    world = paged()
    assert texted(world, "accept") == ["You were not asked to join #1001. Nothing was changed."]
    act(world.ports, 1001, Command("ask", Action.ASK, Actor("user", "ana", "api"), users=("chi",)))
    world.run(minutes=0.1)
    asked = next(one for _, _, one in world.carriers.sent if one.to == "+12025550103")
    assert asked.page_id == "1001-ask1-chi-0"
    assert texted(world, "1y", "+12025550103") == ["You joined #1001."]
    assert texted(world, "accept", "+12025550103") == ["You had already joined #1001."]
    assert world.get(1001).handling.responders == {"chi": "joined"}
    assert world.get(1001).state is State.TRIGGERED


def test_answers_that_acknowledge_nothing_end_after_five_in_an_hour_and_acks_never_do() -> None:
    world = paged()
    said = [texted(world, f"what is this {number}") for number in range(7)]
    assert [len(one) for one in said] == [1, 1, 1, 1, 1, 0, 0]
    assert texted(world, "1a") == ["#1001 acknowledged. 1r resolves."]
    assert texted(world, "ack 7777") == []
    world.run(minutes=61)
    assert len(texted(world, "help")) == 1


def test_before_the_ack_times_out_whoever_has_it_is_asked_whether_they_still_do() -> None:
    world = World(TEAM.replace("ack_timeout: 20m", "ack_timeout: 20m, ack_reminder: 5m"))
    world.alert()
    world.run(minutes=0.1)
    texted(world, "1a")
    world.run(minutes=15.5)
    assert [message.text for _, _, message in world.carriers.sent][-1] == (
        "Still on #1001? Reply 1k, or it pages again Mon 23 Nov 02:20 (UTC)."
    )
    texted(world, "1k")
    world.run(minutes=10)
    assert world.get(1001).state is State.ACKNOWLEDGED


def test_whoever_takes_it_out_of_a_snooze_is_reminded_again_also_after_a_reminder_before_it() -> None:
    world = World(TEAM.replace("ack_timeout: 20m", "ack_timeout: 20m, ack_reminder: 5m"))
    world.alert()
    world.run(minutes=0.1)
    texted(world, "1a")
    world.run(minutes=16)
    texted(world, "1s")
    texted(world, "1k")
    world.run(minutes=16)
    reminders = [message.page_id for _, _, message in world.carriers.sent if "remind" in message.page_id]
    assert reminders == ["1001-c1-remind0-ana", "1001-c1-remind1-ana"]


def test_a_reminder_that_nobody_answers_is_followed_by_pages() -> None:
    world = World(TEAM.replace("ack_timeout: 20m", "ack_timeout: 20m, ack_reminder: 5m"))
    world.alert()
    world.run(minutes=0.1)
    texted(world, "1a")
    world.run(minutes=21)
    assert [message.page_id for _, _, message in world.carriers.sent][-2:] == [
        "1001-c1-remind0-ana",
        "1001-c2-r1-s1-ana-0",
    ]


def test_whoever_keeps_what_another_has_is_told_whose_it_is() -> None:
    world = paged()
    act(world.ports, 1001, Command("ack", Action.ACKNOWLEDGE, Actor("user", "ben", "call")))
    before = world.get(1001)
    assert texted(world, "1k") == ["#1001 was already acknowledged by Ben Okafor (call)."]
    assert world.get(1001) == before


#: Ana and Ben both have to acknowledge what is checkout's; what is quiet's is Ana's alone.
BOTH = TEAM.replace("[{user: ana}], wait: 5m}", "[{user: ana}, {user: ben}], wait: 5m, ack: all}")
BOTH = BOTH.replace("quiet: {policy: p", "quiet: {policy: anas").replace(
    "policies:\n", "policies:\n  anas: {steps: [{page: [{user: ana}]}]}\n"
)


def test_an_ack_of_all_says_whose_acks_are_missing() -> None:
    world = World(BOTH)
    world.alert()
    world.alert(integration="quiet")
    world.run(minutes=1.2)
    noted = "Your ack of #1001 is noted, still to acknowledge: Ben Okafor."
    assert texted(world, "aa") == [f"1 acknowledged: #1002. {noted}"]
    assert texted(world, "aa") == [f"{noted} 1 more was already."]
    act(world.ports, 1001, Command("ben", Action.ACKNOWLEDGE, Actor("user", "ben", "call")))
    assert texted(world, "aa") == ["Nothing to acknowledge. 2 were already."]


def test_a_text_takes_back_an_ack_where_others_have_to_acknowledge_too() -> None:
    world = World(BOTH)
    number = world.alert().number
    world.run(minutes=0.1)
    assert texted(world, "1u") == ["#1001 is not acknowledged, nothing was changed. 1a acknowledges."]
    texted(world, "1a")
    assert texted(world, "1u") == ["#1001 unacknowledged: its pages go on."]
    assert texted(world, "1u") == ["#1001 is not acknowledged, nothing was changed. 1a acknowledges."]
    assert world.kinds(number).count("ack_taken_back") == 1
    assert [page.id for page in world.store.pages(number) if page.page.user == "ana"] == [
        "1001-c1-r1-s1-ana-0",
        "1001-c1-r1-s1-ana-0-u1",
    ]


def test_keeping_where_all_must_acknowledge_is_an_ack_that_waits_for_the_others() -> None:
    world = World(BOTH)
    world.alert()
    world.run(minutes=0.1)
    waiting = ["#1001: your ack is noted. Still to acknowledge: Ben Okafor."]
    assert texted(world, "1k") == waiting
    assert texted(world, "keep 1001") == waiting
    assert world.get(1001).state is State.TRIGGERED


def test_whoever_acknowledges_second_is_told_who_has_it_however_much_they_were_told_before() -> None:
    world = paged()
    act(world.ports, 1001, Command("ben", Action.ACKNOWLEDGE, Actor("user", "ben", "call")))
    for _ in range(5):
        assert texted(world, "what is it") != []
    assert texted(world, "what is it") == []
    assert texted(world, "1a") == ["#1001 was already acknowledged by Ben Okafor (call)."]
    # Once for each incident and person: two machines do not talk to each other for long.
    assert texted(world, "1a") == []
    world.alert("memory")
    world.run(minutes=1.5)
    act(world.ports, 1002, Command("ben", Action.ACKNOWLEDGE, Actor("user", "ben", "call")))
    assert texted(world, "ack 1002") == ["#1002 was already acknowledged by Ben Okafor (call)."]


def test_that_one_answer_comes_again_with_its_text_and_with_no_other() -> None:
    world = paged()
    act(world.ports, 1001, Command("ben", Action.ACKNOWLEDGE, Actor("user", "ben", "call")))
    for _ in range(5):
        texted(world, "what is it")
    may = [phones.may_tell(world.ports, "+12025550101", id, "1001-ana") for id in ("t", "t", "u")]
    assert may == [True, True, False]


def test_a_snooze_beyond_its_limits_is_told_them() -> None:
    world = paged()
    limits = "A snooze is from 1 minute to 7 days long (snooze 1042 2h). Nothing was changed."
    for body in ("snooze 1001 8d", "1s 0m", "snooze for 9 days"):
        assert texted(world, body) == [limits]
    assert world.get(1001).state is State.TRIGGERED
