"""What an answer by WhatsApp does, for whom, and what is said back."""

from __future__ import annotations

from itertools import count

import pytest

from tests.unit.engine.world import Died, World
from tocsin.engine.actions import act
from tocsin.engine.whatsapp import whatsapp_came
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, State
from tocsin.paging.channels import whatsapp
from tocsin.paging.channels.base import ChannelSettings, Message, Outcome, Sent
from tocsin.paging.chat import Asked, Ignored, Person, Pressed, Spoke
from tocsin.paging.receipts import Receipt
from tocsin.store.pages import PageState

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, contacts: {mobile: "+12025550101"},
        notify: {high: [{after: 0m, via: whatsapp}, {after: 9m, via: sms}]}}
  ben: {name: Ben Okafor, contacts: {mobile: "+12025550102"}, notify: {high: [{after: 0m, via: sms}]}}
policies: {p: {steps: [{page: [{user: ana}], wait: 20m}, {page: [{user: ben}], wait: 20m}]}}
services: {checkout: {policy: p, ack_timeout: 20m}}
integrations: {checkout: {service: checkout, source: generic}}
catch_all: checkout
"""
ANA = Person("whatsapp", "+12025550101", "Ana")
BEN = Person("whatsapp", "+12025550102", "Ben")
EVE = Person("whatsapp", "+12025550177", "Ana Souza")
_ids = count(1)


@pytest.fixture
def world() -> World:
    """A world in which Ana was paged for #1001, by WhatsApp."""
    world = World(TEAM)
    world.alert()
    world.run()
    return world


def said(world: World, came: Pressed | Asked | Spoke) -> list[Message]:
    """The messages that this one is answered with."""
    before = len(world.carriers.sent)
    whatsapp_came(world.ports, came)
    world.run(minutes=0.1)
    return [one for _, channel, one in world.carriers.sent[before:] if channel == "whatsapp"]


def words(world: World, came: Pressed | Asked | Spoke) -> list[str]:
    return [message.text for message in said(world, came)]


def pressed(action: str, person: Person = ANA, number: int = 1001, message: str = "") -> Pressed:
    return Pressed(f"wamid.{next(_ids)}", person, action, number, 1, message)


def asked(text: str, person: Person = ANA) -> Asked:
    return Asked(f"wamid.{next(_ids)}", person, text, person.id)


def test_a_page_by_whatsapp_is_a_card_to_the_person_s_number(world: World) -> None:
    [(_, channel, message)] = world.carriers.sent
    assert (channel, message.to) == ("whatsapp", ANA.id)
    assert message.card is not None
    assert message.card.number == 1001


def test_a_button_acknowledges_and_is_answered_under_the_press(world: World) -> None:
    press = pressed("acknowledge")
    [message] = said(world, press)
    assert world.get(1001).acked_by == Actor("user", "ana", "whatsapp")
    assert message.text == "#1001 acknowledged. res 1001 resolves."
    assert (message.to, message.thread) == (ANA.id, press.id)
    assert said(world, press) == [], "the same press is answered once"


@pytest.mark.parametrize(
    ("text", "answer", "state"),
    [
        ("ack 1001", "#1001 acknowledged. res 1001 resolves.", State.ACKNOWLEDGED),
        ("RES #1001", "#1001 resolved.", State.RESOLVED),
        ("snooze 1001 30m", "#1001 snoozed until Mon 23 Nov 02:30 (UTC).", State.SNOOZED),
        ("1001 note Disk 3", "#1001 has your note.", State.TRIGGERED),
        (
            "ack",
            "Which one? Nothing was changed. Press a button of the page, or write ack 1042, res 1042.",
            State.TRIGGERED,
        ),
        (
            "on it",
            "Not understood, nothing was changed. Press a button of the page, or write ack 1042, res 1042.",
            State.TRIGGERED,
        ),
        (
            "ack all",
            "Not understood, nothing was changed. Press a button of the page, or write ack 1042, res 1042.",
            State.TRIGGERED,
        ),
        ("ack 7777", "#7777 is not an incident you were paged for. Nothing was changed.", State.TRIGGERED),
    ],
)
def test_the_words_of_texts_do_the_same_here(world: World, text: str, answer: str, state: State) -> None:
    assert words(world, asked(text)) == [answer]
    assert world.get(1001).state is state


def arrived(world: World, id: str = "wamid.PAGE") -> None:
    """WhatsApp's own id of the page comes with its first receipt, and with every other."""
    [record] = world.store.pages(1001)
    receipt = Receipt(record.provider_id or "", "whatsapp", "sent", also=id, page_id=record.id)
    for _ in range(2):
        whatsapp_came(world.ports, receipt)


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent")])
def test_that_it_arrived_is_noted_in_whatever_order_the_reports_come(
    world: World, order: tuple[str, ...]
) -> None:
    [record] = world.store.pages(1001)
    for status in order:
        whatsapp_came(
            world.ports, Receipt(record.provider_id or "", "whatsapp", status, also="w", page_id=record.id)
        )
    assert world.store.pages(1001)[0].receipt == "delivered"


@pytest.mark.parametrize("said", ["what nobody wrote down", "wamid.PAGE"])
def test_a_page_whose_id_was_never_written_down_is_known_by_its_receipt(world: World, said: str) -> None:
    """The function died when the vendor had taken it; or AWS says WhatsApp's own id alone."""
    [record] = world.store.pages(1001)
    elsewhere = Person("whatsapp", "+120295550101", "Ana")
    assert words(world, pressed("acknowledge", elsewhere, message="wamid.PAGE")) == []
    went = Receipt(said, "whatsapp", "sent", to=elsewhere.id, page_id=record.id, also="wamid.PAGE")
    whatsapp_came(world.ports, went)
    press = pressed("acknowledge", elsewhere, message="wamid.PAGE")
    assert words(world, press) == ["#1001 acknowledged. res 1001 resolves."]
    assert world.get(1001).acked_by == Actor("user", "ana", "whatsapp")


def test_a_receipt_that_names_a_page_by_text_makes_no_word_its_answer(world: World) -> None:
    world.run(minutes=10)
    text = next(record for record in world.store.pages(1001) if record.page.via == "sms")
    whatsapp_came(world.ports, Receipt("a", "whatsapp", "sent", page_id=text.id, also="wamid.PAGE"))
    assert world.store.message("wamid.PAGE") is None


def test_whoever_was_paged_is_answered_also_when_the_configuration_of_now_does_not_know_them(
    world: World,
) -> None:
    arrived(world)
    world.apply(TEAM.replace("+12025550101", "+12025550109"))
    assert len(words(world, Spoke("wamid.WHAT", ANA, "what?", "wamid.PAGE"))) == 1


def test_a_bare_word_under_the_page_means_its_incident(world: World) -> None:
    arrived(world)
    assert words(world, Spoke("wamid.BEN", BEN, "ack", "wamid.OTHER")) == [
        "Which one? Nothing was changed. Press a button of the page, or write ack 1042, res 1042."
    ], "under a message that is no page"
    assert words(world, Spoke("wamid.ACK", ANA, "ack", "wamid.PAGE")) == [
        "#1001 acknowledged. res 1001 resolves."
    ]


@pytest.mark.parametrize(
    ("contact", "own"),
    [
        ("+5511955550100", "+551155550100"),  # Brazil: without the ninth digit
        ("+525555550100", "+5215555550100"),  # Mexico: with the 1 of mobile phones
        ("+541155550100", "+5491155550100"),  # Argentina: with the 9 of mobile phones
    ],
)
def test_whoever_has_another_number_at_whatsapp_answers_under_the_page(contact: str, own: str) -> None:
    """The answer goes to the number that wrote."""
    world = World(TEAM.replace(ANA.id, contact))
    world.alert()
    world.run()
    arrived(world)
    ana = Person("whatsapp", own, "Ana")
    [message] = said(world, pressed("acknowledge", ana, message="wamid.PAGE"))
    assert world.get(1001).acked_by == Actor("user", "ana", "whatsapp")
    assert (message.to, message.text) == (own, "#1001 acknowledged. res 1001 resolves.")
    [message] = said(world, Spoke("wamid.RES", ana, "res", "wamid.PAGE"))
    assert world.get(1001).resolved_by == Actor("user", "ana", "whatsapp")
    assert (message.to, message.text) == (own, "#1001 resolved.")


def test_what_stands_under_nothing_is_of_the_number_as_it_is_written() -> None:
    world = World(TEAM.replace(ANA.id, "+5511955550100"))
    world.alert()
    world.run()
    arrived(world)
    ana = Person("whatsapp", "+551155550100", "Ana")
    for came in (asked("ack 1001", ana), Spoke("wamid.ACK", ana, "ack 1001", "wamid.OTHER")):
        assert said(world, came) == []
    assert world.get(1001).state is State.TRIGGERED


def test_who_was_sent_a_message_that_did_not_go_by_whatsapp_is_nobody_here(world: World) -> None:
    world.run(minutes=9)
    [text] = [record for record in world.store.pages(1001) if record.channel == "sms"]
    assert text.provider_id
    assert said(world, pressed("resolve", EVE, message=text.provider_id)) == []
    assert said(world, Spoke("wamid.EVE", EVE, "res", text.provider_id)) == []
    assert world.get(1001).state is State.TRIGGERED


def test_a_stranger_changes_nothing_and_gets_no_answer(world: World) -> None:
    before = world.get(1001)
    for came in (pressed("acknowledge", EVE), asked("ack 1001", EVE), asked("hello", EVE)):
        assert said(world, came) == []
    assert world.get(1001) == before


def test_a_colleague_who_was_not_paged_changes_nothing_and_is_told_so(world: World) -> None:
    assert words(world, pressed("resolve", BEN)) == [
        "#1001 is not an incident you were paged for. Nothing was changed."
    ]
    assert world.get(1001).state is State.TRIGGERED


def test_a_button_that_no_page_has_does_nothing(world: World) -> None:
    [answer] = words(world, pressed("merge"))
    assert answer.startswith("Not understood, nothing was changed.")


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_a_button_of_a_test_is_told_that_it_was_one(world: World, action: str) -> None:
    before = world.get(1001)
    [answer] = words(world, pressed(action, number=0))
    assert answer == "That was a test: pages reach you here, and there is nothing to acknowledge."
    assert world.get(1001) == before


def test_two_machines_do_not_answer_each_other_for_ever(world: World) -> None:
    assert [len(said(world, asked("I am away"))) for _ in range(7)] == [1] * 5 + [0] * 2


def test_what_is_nothing_to_act_on_is_counted(world: World) -> None:
    whatsapp_came(world.ports, Ignored("a picture"))
    assert world.metrics.counts["ReplyIgnored"] == 1


def test_a_page_that_never_arrives_moves_on_at_once(world: World) -> None:
    [record] = world.store.pages(1001)
    failed = Receipt(
        record.provider_id or "",
        "whatsapp",
        "failed",
        True,
        "no_such_person",
        ANA.id,
        record.id,
        also="wamid.P",
    )
    for _ in range(2):
        whatsapp_came(world.ports, failed)
        world.run(minutes=0.1)
    sent = [(channel, message.to) for _, channel, message in world.carriers.sent]
    assert sent == [("whatsapp", ANA.id), ("sms", ANA.id)], "the number takes texts all the same"
    assert world.store.pages(1001)[0].state is PageState.SENT


def test_whoever_is_asked_to_join_is_texted_at_once_with_the_asker_s_words() -> None:
    """WhatsApp's template has no buttons to join or decline, and no words of ours."""
    team = TEAM.replace(
        "high: [{after: 0m, via: sms}]", "high: [{after: 0m, via: whatsapp}, {after: 9m, via: sms}]"
    )
    world = World(team)
    world.alert()
    world.run()
    settings = ChannelSettings(whatsapp_phone_number_id="phone-number-id-1", whatsapp_template="tocsin_page")

    def says(channel: str, message: Message) -> Outcome:
        return whatsapp.send(None, settings, message) if channel == "whatsapp" else Sent("m-text")

    world.carriers.says = says
    asking = Command("ask", Action.ASK, Actor("user", "ana", "api"), users=("ben",), text="you know the disk")
    act(world.ports, 1001, asking)
    world.run(minutes=0.1)
    [_, (_, channel, text)] = world.carriers.sent
    assert (channel, text.to) == ("sms", BEN.id)
    assert "Ana Souza asks you to join" in text.text
    assert "you know the disk" in text.text
    [line] = [one for one in world.timeline(1001) if one.kind == "refused"]
    assert (line.details["user"], line.details["reason"]) == ("ben", "window_closed")


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_dies_half_way_is_done_once_when_it_comes_again(after: bool) -> None:
    for at in range(1, 20):
        world = World(TEAM)
        world.alert()
        world.run()
        press = pressed("acknowledge")
        died = False
        with world.dying(at, after):
            try:
                whatsapp_came(world.mortal, press)
            except Died:
                died = True
        if died:
            whatsapp_came(world.ports, press)
        world.run(minutes=1)
        assert world.kinds(1001).count("acknowledged") == 1
        told = [one.text for _, _, one in world.carriers.sent if one.page_id.startswith("whatsapp-")]
        assert told == ["#1001 acknowledged. res 1001 resolves."]
        if not died:
            assert at > 6
            return
    raise AssertionError("it never came to its end")
