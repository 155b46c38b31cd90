"""Several incidents on one phone: the first text at once, the rest together, and nothing lost in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.engine.test_texts import texted
from tests.unit.engine.world import AT, Died, World, refuse, story
from tocsin.engine.calling import claim_call
from tocsin.engine.commits import command
from tocsin.engine.deliver import deliver
from tocsin.engine.receipts import receipt_came
from tocsin.engine.reply import text_came
from tocsin.engine.texting import Turn, turn
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, State
from tocsin.incidents.plan import Page
from tocsin.paging.channels.base import Later, Message, Outcome, Refused, Sent
from tocsin.paging.receipts import InboundSms, Receipt
from tocsin.paging.text_throttle import Texted
from tocsin.store.pages import Message as Sending
from tocsin.store.pages import PageState
from tocsin.store.people import Phone
from tocsin.store.ports import PageMessage

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, contacts: {mobile: "+12025550101"}, notify: {high: [{after: 0m, via: sms}]}}
  ben: {name: Ben Okafor, contacts: {mobile: "+12025550102"}, notify: {high: [{after: 0m, via: sms}]}}
policies:
  p: {steps: [{page: [{user: ana}], wait: 5m}, {page: [{user: ben}], wait: 5m}], repeat: 9}
services: {checkout: {policy: p, ack_timeout: never}}
integrations: {checkout: {service: checkout, source: generic}}
catch_all: checkout
"""
ANA = "+12025550101"


@pytest.fixture
def world() -> World:
    return World(TEAM)


def texts(world: World, to: str = ANA) -> list[tuple[float, str]]:
    return [
        ((at - AT).total_seconds() / 60, message.text)
        for at, channel, message in world.carriers.sent
        if channel == "sms" and message.to == to
    ]


def storm(world: World, count: int) -> None:
    for index in range(count):
        world.alert(f"disk{index}")
    world.run()


def states(world: World, *numbers: int) -> list[PageState]:
    return [record.state for number in numbers for record in world.store.pages(number)]


def test_of_several_at_once_the_first_is_texted_now_and_the_rest_together_a_minute_later(
    world: World,
) -> None:
    storm(world, 5)
    world.run(1)
    [(first, one), (second, rest)] = texts(world)
    assert (first, second) == (0, 1)
    assert "disk0 is on fire" in one
    assert rest.startswith("4 incidents:\n2 #1002 checkout: disk1 is on fire\n3 #1003 ")
    assert rest.endswith("\nReply aa to ack all, 2a to ack #1002")
    world.run(0.2)
    assert states(world, 1001, 1002, 1003, 1004, 1005) == [PageState.SENT] * 5
    carried = [line.details["carried_by"] for line in world.timeline(1004) if line.kind == "page_sent"]
    assert carried == ["1002-c1-r1-s1-ana-0"]


def test_what_waits_is_said_on_the_timeline_with_its_time(world: World) -> None:
    storm(world, 2)
    [waits] = [line.details for line in world.timeline(1002) if line.kind == "page_waiting"]
    assert waits["reason"] == "texted_recently"
    assert waits["until"] == "2026-11-23T02:01:00.000000+00:00"


def test_a_hundred_incidents_are_a_text_a_minute_and_each_is_told(world: World) -> None:
    storm(world, 45)
    world.run(4.5)
    found = texts(world)
    assert [at for at, _ in found] == [0, 1, 2, 3]
    assert "20 incidents:" in found[1][1]
    told = [entry.numbers for entry in world.store.phone(ANA).texts]
    assert sorted({number for numbers in told for number in numbers}) == list(range(1001, 1046))
    assert all(len(message) <= 306 for _, message in found)


def test_what_was_taken_while_it_waited_is_not_told(world: World) -> None:
    storm(world, 3)
    command(world.ports, 1002, Command("a", Action.ACKNOWLEDGE, Actor("user", "ben", "link")))
    world.run(1)
    assert "#1003" in texts(world)[1][1]
    assert "#1002" not in texts(world)[1][1]
    assert states(world, 1002) == [PageState.CANCELLED]


def test_one_answer_acknowledges_all_that_a_text_names(world: World) -> None:
    storm(world, 4)
    world.run(1)
    assert texted(world, "aa") == ["4 acknowledged: #1001, #1002, #1003, #1004."]


def test_a_bare_ack_that_answers_a_text_of_several_is_asked_which(world: World) -> None:
    storm(world, 3)
    world.run(1)
    provider = next(
        record.provider_id for record in world.store.pages(1002) if record.state is PageState.SENT
    )
    text_came(world.ports, InboundSms("t1", ANA, "", "ack", provider or ""))
    assert {world.get(number).state for number in (1001, 1002, 1003)} == {State.TRIGGERED}


def test_what_a_text_should_have_carried_goes_by_itself_when_that_one_was_refused(world: World) -> None:
    storm(world, 3)

    def says(channel: str, message: Message) -> Outcome:
        return (
            refuse()(channel, message) if message.page_id.startswith("1002") else Sent(f"m{message.page_id}")
        )

    world.carriers.says = says
    world.run(3)
    assert states(world, 1002, 1003)[0] is PageState.REFUSED
    assert "1003-c1-r1-s1-ana-0" in [message.page_id for _, _, message in world.carriers.sent], story(
        world, 1003
    )


def test_what_a_text_carries_waits_while_the_carrier_cannot(world: World) -> None:
    storm(world, 2)
    left = [2]

    def says(channel: str, message: Message) -> Outcome:
        left[0] -= 1
        return Later("throttled") if left[0] >= 0 else Sent(f"m{message.page_id}")

    world.carriers.says = says
    world.run(2)
    assert states(world, 1002) == [PageState.SENT]


def test_a_receipt_that_a_text_of_several_never_arrived_moves_all_of_them_on(world: World) -> None:
    storm(world, 3)
    world.run(1.2)
    lead = next(record for record in world.store.pages(1002) if record.page.user == "ana")
    receipt_came(world.ports, Receipt(lead.provider_id or "", "sms", "invalid", True, "invalid_number"))
    world.run(0.1)
    for number in (1002, 1003):
        assert "ben" in world.get(number).paged, story(world, number)
    assert "ben" not in world.get(1001).paged


def test_a_page_that_became_a_call_while_it_waited_is_not_refused_with_the_text(world: World) -> None:
    storm(world, 3)
    pages = {number: world.store.pages(number)[0].page for number in (1002, 1003)}
    ids = tuple(page.id(number) for number, page in pages.items())
    phone = world.store.phone(ANA)
    world.store.put_phone(replace(phone, texts=(Texted(AT, ids, (1002, 1003)),), waiting={}))
    for number, channel in ((1002, "sms"), (1003, "connect")):
        _, claimed = world.store.claim_page(number, pages[number], AT, AT)
        sent = replace(claimed, state=PageState.SENT, channel=channel, provider_id=f"m-{number}")
        told = Sending(f"m-{number}", number, claimed.id, "ana", ANA)
        world.store.finish_page(sent, (), told, AT)
    receipt_came(world.ports, Receipt("m-1002", "sms", "invalid", True, "invalid_number"))
    assert "refused" in world.kinds(1002)
    assert "refused" not in world.kinds(1003)


def test_what_was_under_way_when_the_report_came_goes_by_itself(world: World) -> None:
    storm(world, 3)
    lead = world.store.pages(1002)[0]

    def says(channel: str, message: Message) -> Outcome:
        if message.page_id == lead.id:
            world.store.note_receipt(1002, lead.id, "blocked")
        return Sent(f"m-{message.page_id}")

    world.carriers.says = says
    world.run(3)
    assert "1003-c1-r1-s1-ana-0" in [message.page_id for _, _, message in world.carriers.sent], story(
        world, 1003
    )


def test_what_the_phone_knows_is_not_repeated_too_often_and_what_is_new_is(world: World) -> None:
    world.alert()
    phone = world.store.phone(ANA)
    before = tuple(
        Texted(AT - timedelta(minutes=14 - index), (f"1001-x{index}",), (1001,)) for index in range(5)
    )
    world.store.put_phone(replace(phone, texts=before))
    world.run(0.1)
    assert [line.details["reason"] for line in world.timeline(1001) if line.kind == "page_cancelled"] == [
        "texted_often"
    ]
    world.alert("new")
    world.run(0.1)
    assert "#1002" in texts(world)[-1][1]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_function_that_dies_in_between_loses_no_incident(world: World, at: int, after: bool) -> None:
    storm(world, 4)
    assert world.queue.take() == []
    world.clock.set(AT + timedelta(minutes=1))
    record = world.store.pages(1002)[0]
    with world.dying(at, after), suppress(Died):
        deliver(world.mortal, world.mortal_carriers, PageMessage(1002, record.page))
    world.run(3)
    deliver(world.ports, world.carriers, PageMessage(1002, record.page))
    world.run(3)
    told = "\n".join(message for _, message in texts(world))
    for number in (1001, 1002, 1003, 1004):
        assert f"#{number}" in told, story(world, number)


def test_what_a_text_should_have_carried_goes_by_itself_when_that_one_became_a_call(world: World) -> None:
    """A call that is held back becomes a text; once the carrier can, there may be room for a call again."""
    lead, other = world.alert("disk0"), world.alert("disk1")
    pages = {
        one.number: Page(AT, 1, 1, 1, "ana", 0, via, "mobile")
        for one, via in ((lead, "voice"), (other, "sms"))
    }
    ids = tuple(page.id(number) for number, page in pages.items())
    world.store.put_phone(Phone(ANA, texts=(Texted(AT, ids, (lead.number, other.number)),)))
    _, called = world.store.claim_page(lead.number, pages[lead.number], AT, AT + timedelta(seconds=60))
    world.store.finish_page(replace(called, state=PageState.SENT, channel="connect"), (), None, AT)
    _, record = world.store.claim_page(other.number, pages[other.number], AT, AT + timedelta(seconds=60))
    world.clock.advance(timedelta(minutes=1))
    assert isinstance(turn(world.ports, world.store.phone(ANA), other, record, replies=True), Turn)


def test_a_text_that_may_have_arrived_keeps_its_minute_also_when_it_counts_as_refused(world: World) -> None:
    """The carrier's answers were lost, and in the end the next contact is tried: the text may be there all the same."""
    world.carriers.says = lambda channel, message: Later("timeout", maybe_sent=True)
    world.alert()
    world.run(1)
    assert states(world, 1001)[0] is PageState.REFUSED
    assert [text.numbers for text in world.store.phone(ANA).texts] == [(1001,)]
    answers: Iterator[Outcome] = iter([Later("timeout", maybe_sent=True), Refused("number_blocked")])
    doubtful = World(TEAM)
    doubtful.carriers.says = lambda channel, message: next(answers, Sent("ben's"))
    doubtful.alert()
    doubtful.run(1)
    assert [text.numbers for text in doubtful.store.phone(ANA).texts] == [(1001,)]
    sure = World(TEAM)
    sure.carriers.says = lambda channel, message: Later("throttled")
    sure.alert()
    sure.run(1)
    assert sure.store.phone(ANA).texts == ()


CALLED = TEAM.replace(
    'ana: {name: Ana Souza, contacts: {mobile: "+12025550101"}, notify: {high: [{after: 0m, via: sms}]}}',
    'ana: {name: Ana Souza, contacts: {mobile: "+12025550101"},'
    " notify: {high: [{after: 0m, via: sms}, {after: 10s, via: voice}]}}",
)


def lately_told(world: World, count: int) -> None:
    """The phone had so many texts in the last minutes, all about another incident."""
    ids = [f"900-c1-r1-s1-ana-{n}" for n in range(count)]
    ago = [AT - timedelta(minutes=2 + n) for n in reversed(range(count))]
    world.store.put_phone(
        Phone(ANA, texts=tuple(Texted(at, (id,), (900,)) for at, id in zip(ago, ids, strict=True)))
    )


def called_just_now(world: World) -> None:
    claim_call(world.ports, "ana", ANA, "900-c1-r1-s1-ana-9", "connect")


def test_what_never_reached_the_phone_is_not_left_out_as_told_too_often() -> None:
    """Its text waits for the carrier, its call becomes a text: the phone has heard of it from neither."""
    world = World(CALLED)
    lately_told(world, 5)
    called_just_now(world)
    down = [True]
    world.carriers.says = lambda channel, message: (
        Later("carrier_down") if down[0] else Sent(f"m-{message.page_id}")
    )
    world.alert()
    world.run(0.6)
    down[0] = False
    world.run(3)
    assert PageState.CANCELLED not in states(world, 1001), story(world, 1001)
    assert any(message.incident == 1001 for _, _, message in world.carriers.sent)


def test_a_call_that_is_held_back_from_a_number_that_takes_no_texts_is_made_after_the_two_minutes() -> None:
    world = World(CALLED.replace("wait: 5m}, {page: [{user: ben}]", "wait: 9m}, {page: [{user: ben}]"))
    world.store.put_phone(Phone(ANA, opted_out_at=AT))
    called_just_now(world)
    world.alert()
    world.run(3)
    assert [(round(at), channel) for at, channel, _ in sent_to(world, ANA)] == [(2, "connect")]
    [waits] = [line.details for line in world.timeline(1001) if line.kind == "page_waiting"]
    assert waits["reason"] == "call_waits"
    assert waits["until"] == "2026-11-23T02:02:00.000000+00:00"


def test_so_is_one_whose_text_the_carrier_refuses_and_one_where_no_texts_are_sent_at_all() -> None:
    for off, says in ((frozenset({"sms"}), None), (frozenset[str](), refuse_texts)):
        world = World(CALLED.replace("wait: 5m}, {page: [{user: ben}]", "wait: 9m}, {page: [{user: ben}]"))
        world.carriers.off, world.carriers.says = off, says
        called_just_now(world)
        world.alert()
        world.run(3)
        assert [(round(at), channel) for at, channel, _ in sent_to(world, ANA)] == [(2, "connect")]


def test_whoever_takes_it_meanwhile_is_not_called() -> None:
    world = World(CALLED.replace("wait: 5m}, {page: [{user: ben}]", "wait: 9m}, {page: [{user: ben}]"))
    world.store.put_phone(Phone(ANA, opted_out_at=AT))
    called_just_now(world)
    world.alert()
    world.run(1)
    command(world.ports, 1001, Command("a", Action.ACKNOWLEDGE, Actor("user", "ben", "link")))
    world.run(3)
    assert sent_to(world, ANA) == []


def test_what_only_the_carrier_knows_of_a_stop_is_known_from_its_refusal_until_it_takes_a_text_again() -> (
    None
):
    world = World(TEAM)
    world.carriers.says = refuse("opted_out", ANA)
    world.alert()
    world.run(0.1)
    phone = world.store.phone(ANA)
    assert (phone.opted_out_at, phone.stopped_at, phone.silent_since) == (None, AT, AT)
    world.carriers.says = None
    world.alert("another")
    world.run(0.1)
    assert world.store.phone(ANA).silent_since is None
    assert "#1002" in texts(world)[-1][1]


def refuse_texts(channel: str, message: Message) -> Outcome:
    return Refused("carrier_blocked") if channel == "sms" else Sent(f"ok-{message.page_id}")


def sent_to(world: World, to: str) -> list[tuple[float, str, Message]]:
    return [
        ((at - AT).total_seconds() / 60, channel, message)
        for at, channel, message in world.carriers.sent
        if message.to == to
    ]
