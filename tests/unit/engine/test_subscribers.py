"""Whoever subscribes to an incident hears of what others do with it, in writing, and of its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.engine.world import World
from tocsin.engine.actions import act
from tocsin.engine.resolved import tell as tell_ends
from tocsin.engine.subscribers import tell
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, contacts: {mobile: "+12025550101"}, notify: {high: [{after: 0m, via: sms}]}}
  ben: {name: Ben Okafor, email: ben@example.com, contacts: {mobile: "+12025550102"}}
  chi: {name: Chi Tanaka, contacts: {mobile: "+12025550103"}}
  dee: {name: Dee Diallo, chat: {slack: U0DEE00000}}
  eve: {name: Eve Novak, email: eve@example.com, contacts: {mobile: "+12025550105"}, notify: {resolved: sms}}
  fay: {name: Fay Lin, email: fay@example.com, notify: {resolved: off}}
policies: {p: {steps: [{page: [{user: ana}], wait: 60m}]}}
services: {checkout: {policy: p, ack_timeout: 20m}}
integrations: {checkout: {service: checkout, source: generic}}
catch_all: checkout
"""


@pytest.fixture
def world() -> World:
    return World(TEAM)


def do(world: World, incident: int, action: Action, who: str = "ana", **more) -> Answer:
    world.clock.advance(timedelta(seconds=1))
    at = f"{world.clock.now():%H%M%S}"
    return act(
        world.ports, incident, Command(f"{action}-{who}-{at}", action, Actor("user", who, "link"), **more)
    ).answer


def hear(world: World, *numbers: int) -> None:
    lines = [(number, line) for number in numbers for line in world.timeline(number)]
    tell_ends(world.ports, lines)
    tell(world.ports, lines)
    world.run(3)


def told(world: World) -> list[tuple[str, str, str]]:
    return [
        (channel, message.to.split("@")[0][-3:], message.text.split("\n")[0])
        for _, channel, message in world.carriers.sent
        if message.page_id.startswith(("heard-", "resolved-"))
    ]


def opened(world: World, key: str = "disk") -> int:
    number = world.alert(key).number
    world.run()
    return number


def test_each_hears_by_mail_else_by_text_else_in_a_chat_or_as_they_like(world: World) -> None:
    number = opened(world)
    do(world, number, Action.SUBSCRIBE, users=("ben", "chi", "dee", "eve", "fay"))
    do(world, number, Action.PRIORITY, value="P1")
    hear(world, number)
    assert sorted(told(world)) == [
        ("email", "ben", "Ana Souza (link) made its priority P1"),
        ("email", "fay", "Ana Souza (link) made its priority P1"),
        ("slack", "000", "#1001: Ana Souza (link) made its priority P1"),
        ("sms", "103", "#1001: Ana Souza (link) made its priority P1"),
        ("sms", "105", "#1001: Ana Souza (link) made its priority P1"),
    ]


def test_a_way_that_is_not_set_up_is_none(world: World) -> None:
    world.carriers.off = frozenset({"email"})
    number = opened(world)
    do(world, number, Action.SUBSCRIBE, users=("ben", "fay"))
    do(world, number, Action.SEVERITY, value="SEV1")
    hear(world, number)
    assert [(via, to) for via, to, _ in told(world)] == [("sms", "102")]


def test_notes_are_read_and_are_no_texts_and_those_of_strangers_are_no_news(world: World) -> None:
    number = opened(world)
    do(world, number, Action.SUBSCRIBE, users=("ben", "chi", "dee"))
    do(world, number, Action.NOTE, text="the disk is full")
    act(world.ports, number, Command("said", Action.NOTE, Actor("slack", "Guest", "slack"), text="hello"))
    hear(world, number)
    assert sorted(told(world)) == [
        ("email", "ben", "Ana Souza (link) noted: the disk is full"),
        ("slack", "000", "#1001: Ana Souza (link) noted: the disk is full"),
    ]


def test_all_that_people_do_is_heard() -> None:
    world = World(
        TEAM.replace("policies: {", "policies: {q: {steps: [{page: [{user: ana}]}]}, ").replace(
            "[{page: [{user: ana}], wait: 60m}]", "[{page: [{user: ana}, {user: ben}], ack: all}]"
        )
    )
    number, part = opened(world), opened(world, "memory")
    do(world, number, Action.SUBSCRIBE, "fay")
    do(world, number, Action.ACKNOWLEDGE, "ana")
    do(world, number, Action.ASK, "ana", users=("chi", "eve"), text="look at the switch")
    do(world, number, Action.ACCEPT, "chi")
    do(world, number, Action.DECLINE, "eve")
    do(world, number, Action.ACKNOWLEDGE, "ben")
    do(world, number, Action.KEEP, "ben")
    do(world, number, Action.LINK, "ana", value="https://wiki.example.com/x", text="Wiki")
    do(world, part, Action.MERGE, "ana", number=number)
    do(world, number, Action.MOVE, "ana", policy="q")
    do(world, number, Action.MUTE, "ana", span=timedelta(hours=4))
    do(world, number, Action.UNMUTE, "ana")
    hear(world, number)
    assert [words for _, _, words in told(world)] == [
        "Ana Souza (link) acknowledged it, too; still to acknowledge: Ben Okafor",
        "Ana Souza (link) asked Chi Tanaka, Eve Novak to join: look at the switch",
        "Chi Tanaka (link) joined",
        "Eve Novak (link) declined to join",
        "Ben Okafor (link) acknowledged it, until 23 Nov 02:20 UTC",
        "Ben Okafor (link) keeps it until 23 Nov 02:20 UTC",
        "Ana Souza (link) linked Wiki: wiki(.)example(.)com/x",
        "Ana Souza (link) merged #1002 into it",
        "Ana Souza (link) moved it to the policy q: its pages begin anew",
        "Ana Souza (link) snoozed it until 23 Nov 06:00 UTC",
        "Ana Souza (link) muted its alerts until 23 Nov 06:00 UTC: until then nothing opens for them",
        "Ana Souza (link) unmuted its alerts",
    ]


def test_whoever_does_it_knows_and_what_is_told_again_is_not_sent_again(world: World) -> None:
    number = opened(world)
    assert do(world, number, Action.SUBSCRIBE, "ben") is Answer.DONE
    assert do(world, number, Action.SUBSCRIBE, "ben") is Answer.ALREADY
    do(world, number, Action.ACKNOWLEDGE, "ben")
    do(world, number, Action.SEVERITY, "ana", value="SEV1")
    for _ in range(3):
        hear(world, number)
    assert told(world) == [("email", "ben", "Ana Souza (link) changed its severity from critical to SEV1")]


def test_the_end_is_told_to_subscribers_as_to_those_who_were_paged(world: World) -> None:
    number = opened(world)
    do(world, number, Action.SUBSCRIBE, users=("ben", "fay"))
    do(world, number, Action.RESOLVE, "ben")
    hear(world, number)
    assert sorted(told(world)) == [
        ("email", "fay", "#1001 was resolved by Ben Okafor (link)."),
        ("sms", "101", "#1001 resolved by Ben Okafor (link)."),
    ]


def test_whoever_unsubscribes_hears_no_more(world: World) -> None:
    number = opened(world)
    do(world, number, Action.SUBSCRIBE, users=("ben", "chi"))
    assert do(world, number, Action.UNSUBSCRIBE, "ben") is Answer.DONE
    assert do(world, number, Action.UNSUBSCRIBE, "ben") is Answer.ALREADY
    assert do(world, number, Action.UNSUBSCRIBE, users=("chi",)) is Answer.DONE
    do(world, number, Action.NOTE, text="x")
    hear(world, number)
    assert told(world) == []


def test_a_merge_takes_subscribers_along_and_tells_them(world: World) -> None:
    part, whole = opened(world), opened(world, "other")
    do(world, part, Action.SUBSCRIBE, "ben")
    do(world, part, Action.MERGE, number=whole)
    do(world, whole, Action.NOTE, text="it is the switch")
    hear(world, part, whole)
    assert world.get(whole).handling.subscribers == ("ben",)
    assert [words for _, _, words in told(world)] == [
        "Ana Souza (link) made it a part of #1002",
        "Ana Souza (link) merged #1001 into it",
        "Ana Souza (link) noted: it is the switch",
    ]


def test_strangers_cannot_subscribe_nor_anybody_to_what_is_over(world: World) -> None:
    number = opened(world)
    assert do(world, number, Action.SUBSCRIBE, "zoe") is Answer.REFUSED
    assert do(world, number, Action.SUBSCRIBE, users=("zoe",)) is Answer.REFUSED
    do(world, number, Action.RESOLVE)
    assert do(world, number, Action.SUBSCRIBE, "ben") is Answer.CLOSED


def test_hostile_words_are_one_line_that_nobody_can_tap(world: World) -> None:
    number = opened(world)
    do(world, number, Action.SUBSCRIBE, users=("ben", "chi"))
    do(world, number, Action.TITLE, text="see http://evil.example\n\u202eack " * 400)
    hear(world, number)
    heard = {via: one for _, via, one in world.carriers.sent if one.page_id.startswith("heard-")}
    sms, mail = heard["sms"], heard["email"]
    assert len(sms.text) <= 160
    assert "\n" not in sms.text
    assert "http://evil.example" not in sms.text + mail.text
    assert "\u202e" not in mail.text
