"""What an answer by mail does, for whom, and what is said back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.unit.engine.world import World
from tocsin.engine.actions import act
from tocsin.engine.commits import command
from tocsin.engine.mail import mail_came
from tocsin.engine.receipts import receipt_came
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, State
from tocsin.paging import mail_words
from tocsin.paging.channels.base import Message
from tocsin.paging.mail_answers import MailAnswer
from tocsin.paging.receipts import Receipt
from tocsin.paging.replies import Kind
from tocsin.store.pages import PageState

_ids = count(1)
BEN = Actor("user", "ben", "sms")
ANA = "ana@example.com"


@pytest.fixture
def world() -> World:
    """A world in which Ana was paged for #1001, by text."""
    world = World()
    world.alert()
    world.run(minutes=0.1)
    return world


def mail(kind: Kind, number: int | None = 1001, sender: str = ANA, **more: object) -> MailAnswer:
    return replace(MailAnswer(f"ses-{next(_ids)}", sender, kind, number), **more)  # type: ignore[arg-type]


def answered(world: World, came: MailAnswer) -> list[Message]:
    """The mails that this one is answered with."""
    before = len(world.carriers.sent)
    mail_came(world.ports, came)
    world.run(minutes=0.1)
    return [
        message
        for _, channel, message in world.carriers.sent[before:]
        if message.page_id == f"mail-{came.id}"
    ]


def said(world: World, came: MailAnswer) -> list[str]:
    return [message.text for message in answered(world, came)]


def test_an_answer_acknowledges_and_is_confirmed_in_the_incident_s_own_thread(world: World) -> None:
    [message] = answered(world, mail(Kind.ACK))
    assert world.get(1001).acked_by == Actor("user", "ana", "mail")
    assert message.text == "#1001 acknowledged. #res resolves."
    assert message.to == ANA
    assert message.incident == 1001
    assert message.reply_token == "1001"
    assert message.subject == "Re: checkout: disk is on fire [#1001]"


@pytest.mark.parametrize(
    ("kind", "more", "words", "state"),
    [
        (Kind.RESOLVE, {}, "#1001 resolved.", State.RESOLVED),
        (Kind.ESCALATE, {}, "#1001 escalated.", State.TRIGGERED),
        (
            Kind.SNOOZE,
            {"span": timedelta(minutes=30)},
            "#1001 snoozed until Mon 23 Nov 02:30 (UTC).",
            State.SNOOZED,
        ),
        (Kind.NOTE, {"text": "Disk 3 it is"}, "#1001 has your note.", State.TRIGGERED),
        (
            Kind.UNACK,
            {},
            "#1001 is not acknowledged, nothing was changed. #ack acknowledges.",
            State.TRIGGERED,
        ),
        (Kind.DECLINE, {}, "You were not asked to join #1001. Nothing was changed.", State.TRIGGERED),
    ],
)
def test_the_other_words_do_what_they_do_by_text(
    world: World, kind: Kind, more: dict[str, Any], words: str, state: State
) -> None:
    assert said(world, mail(kind, **more)) == [words]
    assert world.get(1001).state is state


def test_whoever_was_asked_to_join_accepts_by_mail(world: World) -> None:
    asking = Command("c1", Action.ASK, Actor("user", "ana", "command"), users=("ben",), text="please")
    act(world.ports, 1001, asking)
    world.run(minutes=0.1)
    assert said(world, mail(Kind.ACCEPT, sender="ben@example.com")) == ["You joined #1001."]
    assert world.get(1001).handling.responders == {"ben": "joined"}


def test_a_mail_that_comes_again_acts_once_and_is_answered_once(world: World) -> None:
    came = mail(Kind.ESCALATE)
    assert said(world, came) == ["#1001 escalated."]
    assert said(world, came) == []
    assert world.kinds(1001).count("escalated") == 1


def test_a_mail_that_came_too_late_for_an_ack_is_none_after_its_timeout(world: World) -> None:
    command(world.ports, 1001, Command("mine", Action.ACKNOWLEDGE, BEN))
    came = mail(Kind.ACK)
    assert said(world, came) == ["#1001 was already acknowledged by Ben Okafor (SMS)."]
    world.run(minutes=21)
    assert world.get(1001).state is State.TRIGGERED
    assert said(world, came) == []
    assert world.get(1001).state is State.TRIGGERED


@pytest.mark.parametrize("kind", [Kind.ACK, Kind.RESOLVE, Kind.UNKNOWN])
@pytest.mark.parametrize("sender", ["eve@example.net", "ana@example.com.evil.example", "+12025550101"])
def test_a_stranger_changes_nothing_and_gets_no_answer(world: World, kind: Kind, sender: str) -> None:
    before = world.get(1001)
    assert said(world, mail(kind, sender=sender)) == []
    assert world.get(1001) == before
    assert world.metrics.counts["ReplyIgnored"] == 1


def test_a_colleague_who_was_not_paged_changes_nothing_and_is_told_so(world: World) -> None:
    """Not whether there is such an incident, nor what it is about."""
    for number in (1001, 7777):
        [message] = answered(world, mail(Kind.RESOLVE, number, sender="chi@example.com"))
        assert message.text == f"#{number} is not an incident you were paged for. Nothing was changed."
        assert message.subject == "Re: Tocsin"
        assert message.incident is None
    assert world.get(1001).state is State.TRIGGERED


def test_an_address_is_the_same_however_the_file_writes_it() -> None:
    from tests.unit.engine.world import TEAM

    world = World(TEAM.replace("email: ana@example.com", "email: Ana.Souza@Example.com"))
    world.alert()
    world.run(minutes=0.1)
    assert said(world, mail(Kind.ACK, sender="ana.souza@example.com")) == [
        "#1001 acknowledged. #res resolves."
    ]


def test_words_without_a_command_change_nothing_and_are_told_how_to_answer(world: World) -> None:
    assert said(world, mail(Kind.UNKNOWN)) == [mail_words.NOT_UNDERSTOOD]
    assert said(world, mail(Kind.ACK, None)) == [mail_words.WHICH]
    assert world.get(1001).state is State.TRIGGERED


def test_two_machines_do_not_answer_each_other_for_ever_and_a_command_is_answered_all_the_same(
    world: World,
) -> None:
    told = [said(world, mail(Kind.UNKNOWN)) for _ in range(8)]
    assert [len(one) for one in told] == [1] * 5 + [0] * 3
    assert said(world, mail(Kind.ACK)) == ["#1001 acknowledged. #res resolves."]
    assert said(world, mail(Kind.ACK)) == []


# which incident


def test_the_address_of_a_page_names_the_incident_before_the_subject_does(world: World) -> None:
    world.alert("other")
    world.run(minutes=2)
    said(world, mail(Kind.ACK, 1001, token="1002"))
    assert [world.get(number).state.value for number in (1001, 1002)] == ["triggered", "acknowledged"]


def test_a_token_that_means_nothing_leaves_it_to_the_subject(world: World) -> None:
    assert said(world, mail(Kind.ACK, 1001, token="Zk3v-9_tQe0cW1uR8sYb2A")) == [
        "#1001 acknowledged. #res resolves."
    ]


def test_without_a_number_the_mail_that_is_answered_does(world: World) -> None:
    low = World(
        """
version: 1
users: {ana: {name: Ana Souza, email: ana@example.com, notify: {high: [{after: 0m, via: email}]}}}
policies: {p: {steps: [{page: [{user: ana}]}]}}
services: {checkout: {policy: p}}
integrations: {checkout: {service: checkout, source: generic}}
catch_all: checkout
"""
    )
    low.alert()
    low.run()
    [record] = low.store.pages(1001)
    assert record.provider_id is not None
    answering = ("of-nobody", record.provider_id)
    assert said(low, mail(Kind.ACK, None, answering=answering)) == ["#1001 acknowledged. #res resolves."]


def test_no_word_of_a_mail_of_ours_is_a_command_when_it_comes_back(world: World) -> None:
    """A program that answers with our own words, unquoted, does nothing that was not done."""
    from tests.unit.paging.mails import said as meant

    ours = [
        mail_words.PAGE,
        mail_words.ASKED,
        mail_words.REMINDED,
        mail_words.NOT_UNDERSTOOD,
        mail_words.WHICH,
    ]
    for kind in (Kind.ACK, Kind.KEEP, Kind.ESCALATE, Kind.UNACK, Kind.UNACK, Kind.NOTE):
        ours += said(world, mail(kind, text="a note"))
    assert len(ours) == 11
    for text in ours:
        assert meant(text) is Kind.UNKNOWN, text
        for at in range(40, len(text)):  # wherever a mail program breaks a line
            if text[at] == " ":
                assert meant(f"{text[:at]}\n{text[at + 1 :]}") is Kind.UNKNOWN, text[at:]


# what becomes of a mail


def test_a_page_that_bounces_for_good_moves_on_at_once() -> None:
    world = World(
        """
version: 1
users:
  ana: {name: Ana Souza, email: ana@example.com, contacts: {mobile: "+12025550101"},
        notify: {high: [{after: 0m, via: email}, {after: 9m, via: sms}]}}
policies: {p: {steps: [{page: [{user: ana}], wait: 20m}]}}
services: {checkout: {policy: p}}
integrations: {checkout: {service: checkout, source: generic}}
catch_all: checkout
"""
    )
    world.alert()
    world.run(minutes=1)
    [record] = world.store.pages(1001)
    bounce = Receipt(record.provider_id or "", "email", "bounce", True, "invalid_address", ANA)
    for _ in range(2):  # SNS delivers twice
        receipt_came(world.ports, bounce)
        world.run(minutes=0.5)
    assert [channel for _, channel, _ in world.carriers.sent] == ["email", "sms"]
    [refused] = [line for line in world.timeline(1001) if line.kind == "refused"]
    assert refused.details["reason"] == "invalid_address"
    assert world.store.pages(1001)[0].state is PageState.SENT


def test_a_snooze_beyond_its_limits_is_told_them() -> None:
    world = World()
    world.alert()
    world.run(minutes=0.1)
    [answer] = said(world, mail(Kind.UNKNOWN, span=timedelta(days=8)))
    assert answer == "A snooze is from 1 minute to 7 days long (snooze 1042 2h). Nothing was changed."
