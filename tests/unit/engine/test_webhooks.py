"""An incident that a webhook follows: posted once at its step, then every change, until it is over."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

import pytest

from tests.unit.engine.world import Died, World
from tocsin.engine.actions import act
from tocsin.engine.commits import command
from tocsin.engine.deliver import deliver
from tocsin.engine.threads import follow
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, Incident
from tocsin.paging.channels.base import Later, Message, Outcome, Refused, Sent
from tocsin.paging.channels.webhook import message_id
from tocsin.store.messages import Refresh
from tocsin.store.ports import PageMessage

URL = "https://hooks.example.com/s3cr3t"
TEAM = """
version: 1
users:
  ana: {name: Ana Souza, contacts: {mobile: "+12025550101"}, notify: {high: [{after: 0m, via: sms}]}}
policies:
  p:
    steps:
      - {page: [{webhook: "https://hooks.example.com/s3cr3t"}, {slack: "#incidents"}, {user: ana}], wait: 5m}
      - {page: [{webhook: "https://hooks.example.com/s3cr3t"}, {user: ana}], wait: 30m}
services:
  checkout: {policy: p, ack_timeout: 60m}
integrations:
  checkout: {service: checkout, source: generic}
catch_all: checkout
"""
ANA = Actor("user", "ana", "sms")


class Receiver:
    """Carriers that remember what was posted: (id of the message, version, state)."""

    def __init__(self, world: World) -> None:
        self.posted: list[tuple[str, int, str]] = []
        self.tried: list[Message] = []
        self.answers: Outcome | None = None
        world.carriers.says = self.says

    def says(self, channel: str, message: Message) -> Outcome:
        if channel != "webhook":
            return Sent(message.edits or f"{channel}-{message.page_id}")
        assert message.to == URL
        self.tried.append(message)
        if self.answers is not None:
            return self.answers
        assert message.card is not None
        self.posted.append((message_id(message.page_id), message.card.version, message.card.state))
        return Sent(message_id(message.page_id))

    def states(self) -> list[str]:
        return [state for _, _, state in self.posted]


@pytest.fixture
def world() -> World:
    return World(TEAM)


@pytest.fixture
def receiver(world: World) -> Receiver:
    return Receiver(world)


def opened(world: World) -> Incident:
    number = world.alert().number
    world.run()
    return world.get(number)


def hear(world: World, number: int, minutes: float = 0) -> None:
    """What the stream makes of the whole timeline, delivered."""
    follow(world.ports, [(number, line) for line in world.timeline(number)])
    world.run(minutes)


def do(world: World, number: int, action: Action, id: str = "") -> None:
    command(world.ports, number, Command(id or f"c-{action}", action, ANA))


def test_a_receiver_follows_the_incident_version_by_version(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    assert receiver.states() == ["triggered"]
    for action in (Action.ACKNOWLEDGE, Action.UNACKNOWLEDGE, Action.RESOLVE, Action.REOPEN):
        do(world, number, action)
        hear(world, number)
    states = [state for state, _ in groupby(receiver.states())]
    assert states == ["triggered", "acknowledged", "triggered", "resolved", "triggered"]
    versions = [version for _, version, _ in receiver.posted]
    assert versions == sorted(versions)
    assert versions[-1] == world.get(number).version
    assert len({id for id, _, _ in receiver.posted}) == len(set(versions)), (
        "each version has an id of its own"
    )
    first = receiver.posted[0][0]
    assert next(one for one in world.store.pages(number) if one.channel == "webhook").provider_id == first


def test_what_the_stream_tells_twice_is_posted_once(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    do(world, number, Action.ACKNOWLEDGE)
    for _ in range(3):
        hear(world, number)
    assert receiver.states() == ["triggered", "acknowledged"]


def test_changes_at_once_are_one_post_of_the_latest(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    do(world, number, Action.ACKNOWLEDGE)
    do(world, number, Action.RESOLVE)
    hear(world, number)
    assert receiver.states() == ["triggered", "resolved"]


def test_a_version_that_is_posted_again_has_the_same_id(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    do(world, number, Action.ACKNOWLEDGE)
    record = next(one for one in world.store.pages(number) if one.channel == "webhook")
    receiver.answers = Later("timeout", maybe_sent=True)
    assert deliver(world.ports, world.carriers, Refresh(number, record.id)) is not None
    receiver.answers = None
    assert deliver(world.ports, world.carriers, Refresh(number, record.id), 2) is None
    assert len({message.page_id for message in receiver.tried[-2:]}) == 1


def test_a_later_step_that_names_it_again_posts_what_there_is_and_it_stands_once(
    world: World, receiver: Receiver
) -> None:
    number = opened(world).number
    world.run(5)
    hear(world, number)
    by_version: dict[int, set[str]] = {}
    for id, version, _ in receiver.posted:
        by_version.setdefault(version, set()).add(id)
    assert all(len(ids) == 1 for ids in by_version.values()), "a version is one message, whoever sends it"
    before = len(receiver.posted)
    do(world, number, Action.RESOLVE)
    hear(world, number)
    assert receiver.states()[before:] == ["resolved"]


def test_nothing_but_its_host_is_told_of_it(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    do(world, number, Action.RESOLVE)
    hear(world, number)
    told = [str(line) for line in world.timeline(number)]
    told += [str(record) for record in world.store.pages(number)]
    told += [message.page_id for message in receiver.tried]
    assert "s3cr3t" not in " ".join(told)
    [due] = [
        line
        for line in world.timeline(number)
        if line.kind == "post_due" and line.details["via"] == "webhook"
    ]
    assert due.details["channel"] == "hooks.example.com"
    [sent] = [
        line
        for line in world.timeline(number)
        if line.kind == "post_sent" and line.details["via"] == "webhook"
    ]
    assert sent.details["contact"] == "hooks.example.com"


def test_it_reaches_nobody_and_holds_nobody_up(world: World, receiver: Receiver) -> None:
    receiver.answers = Refused("address_refused")
    incident = opened(world)
    assert ("sms", "101") in [(channel, to) for _, channel, to in world.sent()]
    refused = [line for line in world.timeline(incident.number) if line.kind == "post_refused"]
    assert [line.details["reason"] for line in refused] == ["address_refused"]
    assert incident.paged == ("ana",)


def test_a_receiver_that_refuses_one_change_hears_of_the_next(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    receiver.answers = Refused("rejected")
    do(world, number, Action.ACKNOWLEDGE)
    hear(world, number)
    receiver.answers = None
    hear(world, number)
    assert receiver.states() == ["triggered"]
    do(world, number, Action.RESOLVE)
    hear(world, number)
    assert receiver.states() == ["triggered", "resolved"]


def test_a_receiver_that_is_down_when_the_step_begins_hears_of_it_when_it_is_back(
    world: World, receiver: Receiver
) -> None:
    receiver.answers = Later("carrier_down")
    number = opened(world).number
    world.run(1)
    assert [line.details["reason"] for line in world.timeline(number) if line.kind == "post_refused"] == [
        "carrier_unavailable: carrier_down"
    ]
    receiver.answers = None
    hear(world, number)
    assert receiver.states() == ["triggered"]
    do(world, number, Action.RESOLVE)
    hear(world, number)
    assert receiver.states() == ["triggered", "resolved"]


def test_a_receiver_that_is_down_is_waited_for_longer_each_time_and_given_up(
    world: World, receiver: Receiver
) -> None:
    number = opened(world).number
    record = next(one for one in world.store.pages(number) if one.channel == "webhook")
    do(world, number, Action.ACKNOWLEDGE)
    receiver.answers = Later("carrier_down")
    waits = [
        deliver(world.ports, world.carriers, Refresh(number, record.id), tries) for tries in range(1, 10)
    ]
    assert waits == [20, 40, 80, 160, 320, 640, 900, 900, None]
    assert "WebhookGivenUp" in world.metrics.counts
    receiver.answers = None
    do(world, number, Action.RESOLVE)
    hear(world, number)
    assert receiver.states() == ["triggered", "resolved"], "the next change is posted all the same"


def test_a_webhook_that_hangs_holds_up_no_chat(world: World, receiver: Receiver) -> None:
    number = opened(world).number
    do(world, number, Action.ACKNOWLEDGE)
    world.queue.take()
    follow(world.ports, [(number, line) for line in world.timeline(number)])
    record = next(one for one in world.store.pages(number) if one.channel == "webhook")
    refreshes = [one for one in world.queue.take() if isinstance(one, Refresh)]
    assert refreshes == [Refresh(number), Refresh(number, record.id)]
    receiver.answers = Later("timeout")
    assert deliver(world.ports, world.carriers, refreshes[0]) is None


def test_a_webhook_whose_secrets_are_not_set_is_off(world: World, receiver: Receiver) -> None:
    world.carriers.off = frozenset({"webhook"})
    number = opened(world).number
    refused = [line for line in world.timeline(number) if line.kind == "post_refused"]
    assert [line.details["reason"] for line in refused] == ["channel_off"]
    assert receiver.tried == []


def test_an_incident_that_moved_to_a_configuration_without_the_webhook_is_posted_no_more(
    world: World, receiver: Receiver
) -> None:
    number = opened(world).number
    world.apply(TEAM.replace('{webhook: "https://hooks.example.com/s3cr3t"}, ', ""))
    act(world.ports, number, Command("c-move", Action.MOVE, ANA))
    hear(world, number)
    assert receiver.states() == ["triggered"]
    assert world.metrics.counts["CardRefused"] == 1


def test_who_dies_between_the_post_and_its_record_posts_the_same_message_once_more(
    world: World, receiver: Receiver
) -> None:
    number = world.alert().number
    [post] = [one for one in world.queue.take() if isinstance(one, PageMessage) and one.page.via == "webhook"]
    first = world.carriers.says
    assert first is not None

    def dies(channel: str, message: Message) -> Outcome:
        first(channel, message)
        raise Died

    world.carriers.says = dies
    with pytest.raises(Died):
        deliver(world.ports, world.carriers, post)
    world.carriers.says = first
    world.clock.set(world.clock.now() + timedelta(seconds=61))
    assert deliver(world.ports, world.carriers, post) is None
    assert len(receiver.posted) == 2
    assert len({id for id, _, _ in receiver.posted}) == 1
    assert "post_sent" in world.kinds(number)
