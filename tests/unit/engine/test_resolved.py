"""Whoever was paged hears that it is over: they and nobody else, once, never by a call, and many ends in one text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.unit.engine.world import Died, World, refuse
from tocsin.alerts.event import Action as Sent
from tocsin.engine.actions import act
from tocsin.engine.commits import command
from tocsin.engine.deliver import deliver
from tocsin.engine.resolved import tell
from tocsin.engine.triage import triage
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor
from tocsin.paging import replies
from tocsin.paging.channels.base import Later
from tocsin.paging.resolved_texts import Over, mail, sms
from tocsin.store.messages import Resolved

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, email: ana@example.com, contacts: {mobile: "+12025550101"},
        notify: {high: [{after: 0m, via: sms}, {after: 1m, via: voice}]}}
  ben: {name: Ben Okafor, email: ben@example.com, contacts: {mobile: "+12025550102"},
        notify: {high: [{after: 0m, via: voice}]}}
  chi: {name: Chi Tanaka, email: chi@example.com, notify: {high: [{after: 0m, via: email}]}}
  dee: {name: Dee Diallo, chat: {slack: U0DEE00000}, notify: {high: [{after: 0m, via: slack}]}}
  eve: {name: Eve Novak, email: eve@example.com, contacts: {mobile: "+12025550105"},
        notify: {high: [{after: 0m, via: sms}], resolved: off}}
  fay: {name: Fay Lin, email: fay@example.com, contacts: {mobile: "+12025550106"},
        notify: {high: [{after: 0m, via: sms}], resolved: email}}
policies:
  p:
    steps:
      - {page: [{user: ana}, {user: ben}, {user: chi}, {user: dee}, {user: eve}, {user: fay}], wait: 5m}
      - {page: [{user: ann}], wait: 5m}
  one: {steps: [{page: [{user: ana}], wait: 60m}, {page: [{user: ann}], wait: 5m}]}
services: {checkout: {policy: p, ack_timeout: never}, disk: {policy: one, ack_timeout: never}}
integrations: {checkout: {service: checkout, source: generic}, disk: {service: disk, source: generic}}
catch_all: checkout
""".replace(
    "policies:",
    """  ann: {name: Ann Nobody, contacts: {mobile: "+12025550109"}, notify: {high: [{after: 0m, via: sms}]}}
policies:""",
    1,
)
SENDER = Actor("integration", "checkout", "event")


@pytest.fixture
def world() -> World:
    return World(TEAM)


def hear(world: World, *numbers: int) -> None:
    """The stream tells everything of these incidents, again and again as it may."""
    tell(world.ports, [(number, line) for number in numbers for line in world.timeline(number)])


def resolve(world: World, number: int, actor: Actor = SENDER) -> None:
    command(world.ports, number, Command(f"r{number}-{world.clock.now():%M%S}", Action.RESOLVE, actor))
    hear(world, number)


def told(world: World) -> list[tuple[str, str, str]]:
    """Channel, whom, and the first words of everything that is no page."""
    return [
        (channel, message.to.split("@")[0][-3:], message.text.split("\n")[0])
        for _, channel, message in world.carriers.sent
        if message.page_id.startswith("resolved-")
    ]


def opened(world: World, key: str = "disk", integration: str = "disk") -> int:
    number = world.alert(key, integration).number
    world.run()
    return number


def test_everybody_who_was_paged_hears_of_the_end_and_nobody_else_by_the_way_of_their_page(
    world: World,
) -> None:
    number = world.alert().number
    world.run(2)
    resolve(world, number, Actor("user", "zoe", "link"))
    world.run(3)
    assert sorted(told(world)) == [
        ("email", "chi", "#1001 was resolved by zoe (link)."),
        ("email", "fay", "#1001 was resolved by zoe (link)."),
        ("slack", "000", "#1001 was resolved by zoe (link)"),
        ("sms", "101", "#1001 resolved by zoe (link)."),
        ("sms", "102", "#1001 resolved by zoe (link)."),
    ]


def test_in_a_chat_it_stands_under_the_card(world: World) -> None:
    number = opened(world, "disk", "checkout")
    resolve(world, number)
    world.run(1)
    [message] = [
        message for _, channel, message in world.carriers.sent if channel == "slack" and message.thread
    ]
    card = next(one for one in world.store.pages(number) if one.channel == "slack")
    assert message.thread == card.provider_id


def test_whoever_resolved_it_is_not_told(world: World) -> None:
    number = opened(world)
    resolve(world, number, Actor("user", "ana", "sms"))
    world.run(3)
    assert told(world) == []


def test_whoever_was_not_reached_is_not_told(world: World) -> None:
    world.carriers.says = refuse("invalid_number", "101")
    number = opened(world)
    world.carriers.says = None
    resolve(world, number)
    world.run(3)
    assert ("sms", "101", "#1001 resolved by its sender.") not in told(world)


def test_a_page_that_goes_out_while_it_ends_is_followed_by_the_end(world: World) -> None:
    number = world.alert(integration="disk").number
    world.clock.advance(timedelta(seconds=1))

    def meanwhile(channel, message):
        world.carriers.says = None
        resolve(world, number)
        return world.carriers.send(channel, message)

    world.carriers.says = meanwhile
    world.run(1)
    assert told(world) == []
    hear(world, number)
    world.run(1)
    assert told(world) == [("sms", "101", "#1001 resolved by its sender.")]


def test_a_burst_of_ends_is_one_text(world: World) -> None:
    numbers = [opened(world, f"disk{index}") for index in range(12)]
    world.run(2)
    for number in numbers:
        resolve(world, number)
        world.run(1 / 60)
    world.run(3)
    named = ", ".join(f"#{number}" for number in numbers)
    assert told(world) == [("sms", "101", f"12 incidents resolved: {named}.")]


def test_ends_lie_a_minute_apart_and_each_is_told(world: World) -> None:
    numbers = [opened(world, f"disk{index}") for index in range(6)]
    world.run(2)
    for number in numbers:
        resolve(world, number)
        world.run(0.4)
    world.run(5)
    sent = [(at, one) for at, _, one in world.carriers.sent if one.page_id.startswith("resolved-")]
    assert all(after - before >= timedelta(minutes=1) for (before, _), (after, _) in pairwise(sent))
    words = [one.text for _, one in sent]
    for number in numbers:
        assert sum(f"#{number}" in text for text in words) == 1


def test_it_is_told_once_however_often_the_stream_tells_it(world: World) -> None:
    number = opened(world)
    resolve(world, number)
    hear(world, number)
    world.run(1)
    hear(world, number)
    world.run(240)
    hear(world, number)
    world.run(5)
    assert len(told(world)) == 1


def test_what_is_open_again_at_once_is_not_called_over(world: World) -> None:
    number = opened(world)
    resolve(world, number)
    command(world.ports, number, Command("again", Action.REOPEN, Actor("user", "ben", "link")))
    world.run(3)
    assert told(world) == []


def test_what_was_opened_again_is_told_to_those_paged_since(world: World) -> None:
    number = opened(world, "disk", "checkout")
    resolve(world, number)
    world.run(2)
    first = len(told(world))
    command(world.ports, number, Command("again", Action.REOPEN, Actor("user", "zoe", "link")))
    command(world.ports, number, Command("mine", Action.ACKNOWLEDGE, Actor("user", "zoe", "link")))
    world.clock.advance(timedelta(seconds=1))
    resolve(world, number)
    world.run(3)
    assert len(told(world)) == first


def test_a_merge_is_no_end_and_whoever_was_paged_for_a_part_hears_of_the_whole(world: World) -> None:
    part, whole = opened(world), world.alert("other", "checkout").number
    command(world.ports, whole, Command("a", Action.ACKNOWLEDGE, Actor("user", "zoe", "link")))
    world.run(2)
    act(world.ports, part, Command("m", Action.MERGE, Actor("user", "zoe", "link"), number=whole))
    hear(world, part, whole)
    world.run(3)
    assert told(world) == []
    resolve(world, whole, Actor("user", "zoe", "link"))
    world.run(3)
    assert told(world) == [("sms", "101", "#1002 (with #1001) resolved by zoe (link).")]


def test_whoever_wants_no_texts_gets_none(world: World) -> None:
    number = opened(world)
    phone = world.store.phone("+12025550101")
    world.store.put_phone(replace(phone, opted_out_at=world.clock.now()))
    resolve(world, number)
    world.run(3)
    assert told(world) == []
    assert world.store.notice_said(f"resolved-{number}-1-ana") == "refused: opted_out"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_function_that_dies_half_way_loses_no_end(world: World, at: int, after: bool) -> None:
    numbers = [opened(world, f"disk{index}") for index in range(3)]
    world.run(2)
    for number in numbers:
        world_resolve(world, number)
    message = Resolved(numbers[0], 1, "ana")
    world.clock.advance(timedelta(seconds=20))
    with world.dying(at, after) as grave, suppress(Died):
        deliver(world.mortal, world.mortal_carriers, message)
    if grave.at is not None:
        pytest.skip("it has fewer effects")
    world.clock.advance(timedelta(seconds=61))
    for number in numbers:
        hear(world, number)
    world.run(5)
    words = [text for _, _, text in told(world)]
    for number in numbers:
        assert sum(f"#{number}" in text for text in words) in ((1, 2) if number == numbers[0] else (1,))


def world_resolve(world: World, number: int) -> None:
    command(world.ports, number, Command(f"r{number}", Action.RESOLVE, SENDER))


def test_what_a_dead_function_carried_is_told_by_the_others_themselves(world: World) -> None:
    numbers = [opened(world, f"disk{index}") for index in range(2)]
    world.run(2)
    world_resolve(world, numbers[0])
    hear(world, numbers[0])
    world.run(0.3)
    for number in numbers[1:]:
        world_resolve(world, number)
        hear(world, number)
    world.run(2)
    words = [text for _, _, text in told(world)]
    assert [text[:6] for text in words] == ["#1001 ", "#1002 "]


def test_what_a_text_was_to_carry_that_was_never_sent_has_a_text_of_its_own(world: World) -> None:
    numbers = [opened(world, f"disk{index}") for index in range(2)]
    world.run(2)
    for number in numbers:
        world_resolve(world, number)
    lead, carried = (Resolved(number, 1, "ana") for number in numbers)
    assert deliver(world.ports, world.carriers, carried) == 15
    world.clock.advance(timedelta(seconds=20))
    # The one that carries both is counted, and its function dies before it can claim it.
    for at in range(1, 20):
        with world.dying(at, True), suppress(Died):
            deliver(world.mortal, world.mortal_carriers, lead)
        if world.store.phone("+12025550101").resolves:
            break
    assert world.store.phone("+12025550101").resolves[0].pages == (lead.id, carried.id)
    assert deliver(world.ports, world.carriers, carried) == 60
    command(world.ports, numbers[0], Command("again", Action.REOPEN, Actor("user", "zoe", "link")))
    assert deliver(world.ports, world.carriers, lead) is None
    again = deliver(world.ports, world.carriers, carried)
    world.clock.advance(timedelta(seconds=again or 0))
    assert again is None or deliver(world.ports, world.carriers, carried) is None
    assert told(world) == [("sms", "101", "#1002 resolved by its sender.")]


@pytest.mark.parametrize("outage", [1, 2, 4, 5, 10])
def test_while_no_text_goes_each_end_waits_and_is_told_once(world: World, outage: int) -> None:
    numbers = [opened(world, f"disk{index}") for index in range(4)]
    world.run(2)
    world.carriers.says = lambda channel, message: Later("throttled")
    for number in numbers:
        resolve(world, number)
        world.run(0.02)
    world.run(outage)
    world.carriers.says = None
    world.run(10)
    named = [number for _, _, text in told(world) for number in numbers if f"#{number}" in text]
    assert sorted(named) == numbers


def test_an_end_that_nobody_could_be_told_of_is_given_up(world: World) -> None:
    number = opened(world)
    world.carriers.says = lambda channel, message: Later("throttled")
    resolve(world, number)
    world.run(20)
    world.carriers.says = None
    world.run(10)
    assert told(world) == []
    assert world.store.notice_said(f"resolved-{number}-1-ana") == "too late"


def test_what_ends_twice_in_a_moment_is_told_once(world: World) -> None:
    number = opened(world)
    resolve(world, number)
    command(world.ports, number, Command("again", Action.REOPEN, Actor("user", "zoe", "link")))
    world.run(0.1)
    resolve(world, number)
    world.run(3)
    assert told(world) == [("sms", "101", "#1001 resolved by its sender.")]


def test_whoever_wants_texts_and_has_no_number_hears_as_they_were_paged(world: World) -> None:
    world.apply(
        TEAM.replace(
            "notify: {high: [{after: 0m, via: email}]}", "notify: {resolved: sms, high: [{via: email}]}"
        )
    )
    number = opened(world, "disk", "checkout")
    resolve(world, number)
    world.run(1)
    assert ("email", "chi", "#1001 was resolved by its sender.") in told(world)


def test_the_senders_own_resolve_is_told_as_that(world: World) -> None:
    number = opened(world)
    world.clock.advance(timedelta(seconds=30))
    triage(world.ports, [world.event("disk", Sent.RESOLVE, "disk")])
    hear(world, number)
    world.run(1)
    assert told(world) == [("sms", "101", "#1001 resolved by its sender.")]


OVER = Over(1042, "checkout", "5xx rate is above 5 %", "by Ben Okafor (call)")


def test_one_end_says_whose_it_is_and_what_it_was() -> None:
    assert sms([OVER]) == "#1042 resolved by Ben Okafor (call).\ncheckout: 5xx rate is above 5 %"
    assert mail(OVER)[0] == "Resolved: checkout: 5xx rate is above 5 % [#1042]"


@pytest.mark.parametrize("count", [1, 2, 3, 10, 15, 16, 17, 18, 19, 20, 50])
def test_however_many_it_is_one_text_that_says_how_many(count: int) -> None:
    text = sms(
        [Over(10_000 + index, "s" * 200, "[url](http://x.y) " * 50, "by €" * 90) for index in range(count)]
    )
    assert len(text) <= 160
    named = text.count("#")
    if count > 1:
        assert text.startswith(f"{count} incidents resolved: #10000,")
        left = int(text.split(" and ")[1].split()[0]) if " and " in text else 0
        assert named + left == count


@pytest.mark.parametrize("overs", [[OVER], [OVER, OVER]])
def test_a_text_that_comes_back_is_no_command(overs: list[Over]) -> None:
    reply = replies.read(sms(overs))
    assert reply.kind is replies.Kind.UNKNOWN


def test_the_time_a_burst_is_gathered_is_a_part_of_the_minute(world: World) -> None:
    number = opened(world)
    resolve(world, number)
    world.run(0.2)
    assert told(world) == []
    world.run(0.1)
    assert len(told(world)) == 1
    assert timedelta(minutes=1) == world.ports.text_gap
