"""Contacts: nobody is paged by one that nobody has verified, and everybody hears why not."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.engine.world import AT, TEAM, Died, World, refuse
from tocsin.engine import contacts, reply
from tocsin.engine.browsers import Pushing
from tocsin.engine.contact_wishes import contacts_wished
from tocsin.engine.wishes import asked
from tocsin.paging.receipts import InboundSms
from tocsin.store.messages import Notice
from tocsin.store.people import Phone

PUSHING = Pushing("https://tocsin.example", "BKey")
ANA, BEN, CHI = "+12025550101", "+12025550102", "+12025550103"


def required(team: str = TEAM) -> World:
    world = World(team)
    world.ports = replace(world.ports, verified_only=True)
    world.mortal = replace(world.mortal, verified_only=True)
    return world


def wish(world: World, action: str, user: str | None = "ana", id: str = "w1", **more: Any) -> dict[str, Any]:
    row = {"action": action, "id": id, "by": "ops", **({"user": user} if user else {}), **more}
    return asked(world.ports, {"contacts": row}, lambda: PUSHING)


def delivered(world: World) -> list[str]:
    """What came to people since the last time."""
    before = len(world.carriers.sent)
    world.run(minutes=0.1, audits=False)
    return [message.text for _, _, message in world.carriers.sent[before:]]


def code(words: str) -> str:
    found = re.search(r"\b[0-9]{6}\b", words)
    assert found, words
    return found[0]


def vouched(world: World, *users: str) -> None:
    for user in users:
        assert wish(world, "vouch", user)["vouched"]


def reasons(world: World, number: int) -> list[object]:
    return [line.details["reason"] for line in world.timeline(number) if line.kind == "page_refused"]


# pages


def test_where_verification_is_off_everybody_is_paged() -> None:
    world = World()
    world.alert()
    world.run(minutes=1)
    assert world.sent() == [(0, "sms", "101")]


def test_an_unverified_contact_is_passed_over_at_once_and_the_timeline_names_it() -> None:
    world = required()
    vouched(world, "ben")
    number = world.alert().number
    world.run(minutes=1)
    # Ana's text and her call are over one number: the second step begins at once, with Ben's call.
    assert world.sent() == [(0, "connect", "102")]
    refused = [line for line in world.timeline(number) if line.kind == "page_refused"]
    assert [(line.details["user"], line.details["contact"], line.details["reason"]) for line in refused] == [
        ("ana", "mobile", "unverified")
    ]
    assert "step_passed" in world.kinds(number)
    assert world.metrics.counts["PageUnverified"] == 1


def test_the_next_contact_of_the_same_person_is_tried_now() -> None:
    world = required(TEAM.replace("{after: 3m, via: voice}", "{after: 3m, via: email}"))
    vouched_address(world, "ana", "ana@example.com")
    number = world.alert().number
    world.run(minutes=1)
    assert world.sent() == [(0, "email", "ana")]
    assert reasons(world, number) == ["unverified"]


def vouched_address(world: World, user: str, address: str) -> None:
    config = world.store.config()[1]
    name = next(one.name for one in config.book.users[user].contacts if one.address == address)
    contacts.vouch(world.ports, config.book, user, name, "ops")


def test_where_nobody_is_verified_nobody_is_paged_and_the_alarm_is_raised() -> None:
    world = required()
    world.alert()
    world.run(minutes=1)
    assert world.sent() == []
    assert "nobody_reached" in world.alarms.kinds()


def test_a_contact_that_the_file_changes_is_unverified_again_and_the_old_one_proves_nothing() -> None:
    world = required()
    vouched(world, "ana")
    world.apply(TEAM.replace(ANA, "+12025550199"))
    world.alert()
    world.run(minutes=1)
    assert world.sent() == []
    world.apply(TEAM)
    world.alert("another")
    world.run(minutes=0.1)
    assert ("sms", "101") in {(channel, to) for _, channel, to in world.sent()}


def test_a_number_is_verified_of_the_person_who_proved_it_and_of_nobody_else() -> None:
    world = required(TEAM.replace(BEN, ANA))
    vouched(world, "ana")
    assert wish(world, "list", "ben")["contacts"][1]["verified"] is None


# codes


def test_a_code_that_came_by_text_proves_the_phone() -> None:
    world = required()
    assert wish(world, "verify", contact="mobile") == {"contact": "mobile", "notice": "verify-w1"}
    [words] = delivered(world)
    assert wish(world, "said", None, notices=["verify-w1"]) == {"said": {"verify-w1": "sent"}}
    assert wish(world, "confirm", code=code(words)) == {"verdict": "right", "contacts": ["mobile"]}
    row = wish(world, "list")["contacts"][1]
    assert (row["contact"], row["verified"]["how"], row["verified"]["by"]) == ("mobile", "code", "ops")
    assert wish(world, "verify", contact="mobile", id="w2") == {"contact": "mobile", "notice": None}


def test_a_mail_address_gets_its_code_by_mail_and_a_call_reads_it_out() -> None:
    world = required()
    wish(world, "verify")  # the first that is not verified
    wish(world, "verify", contact="mobile", voice=True, id="w2")
    mail, call = delivered(world)
    assert [channel for _, channel, _ in world.sent()] == ["email", "connect"]
    assert wish(world, "confirm", code=code(mail))["contacts"] == ["email"]
    spoken = re.findall(r"\b[0-9]\b", call)
    assert spoken[:6] == spoken[6:]
    assert wish(world, "confirm", code="".join(spoken[:6]))["contacts"] == ["mobile"]


def test_confirming_again_changes_nothing_and_says_so() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    [words] = delivered(world)
    for id, verdict in (("c1", "right"), ("c1", "right"), ("c2", "already")):
        assert wish(world, "confirm", code=code(words), id=id) == {"verdict": verdict, "contacts": ["mobile"]}
    assert wish(world, "confirm", code="999999", id="c3")["verdict"] == "already"
    assert world.metrics.counts["ContactVerified"] == 1


def test_a_code_is_for_the_contact_that_it_was_sent_to() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    [words] = delivered(world)
    assert wish(world, "confirm", "ben", code=code(words))["verdict"] == "none"
    assert wish(world, "confirm", code=code(words), contact="email")["verdict"] == "none"
    assert wish(world, "confirm", code=code(words))["contacts"] == ["mobile"]


def test_five_wrong_codes_are_the_most_and_the_right_one_is_over_then() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    [words] = delivered(world)
    other = f"{(int(code(words)) + 1) % 10**6:06d}"
    for number in range(5):
        assert wish(world, "confirm", code=other, id=f"c{number}")["verdict"] == "wrong"
    assert wish(world, "confirm", code=code(words), id="c9")["verdict"] == "too_many"


def test_a_code_is_over_after_fifteen_minutes_and_a_new_one_ends_the_old_one() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    [old] = delivered(world)
    world.clock.advance(timedelta(minutes=15))
    assert wish(world, "confirm", code=code(old))["verdict"] == "expired"
    wish(world, "verify", contact="mobile", id="w2")
    [new] = delivered(world)
    assert wish(world, "confirm", code=code(old), id="c2")["verdict"] == "wrong"
    assert wish(world, "confirm", code=code(new), id="c3")["verdict"] == "right"


def test_three_codes_an_hour_are_the_most_to_one_address_whoever_asks() -> None:
    world = required(TEAM.replace(BEN, ANA))
    for number, user in enumerate(("ana", "ben", "ana")):
        assert "notice" in wish(world, "verify", user, contact="mobile", id=f"w{number}")
    refused = wish(world, "verify", "ben", contact="mobile", id="w9")
    assert refused["error"].startswith(
        "mobile got 3 codes in an hour, which is the most: the next can be sent at"
    )
    assert len(delivered(world)) == 3
    world.clock.advance(timedelta(hours=1))
    assert "notice" in wish(world, "verify", "ben", contact="mobile", id="w10")


def test_asking_again_with_the_same_request_sends_nothing_more() -> None:
    world = required()
    first = wish(world, "verify", contact="mobile")
    assert wish(world, "verify", contact="mobile") == first
    assert len(delivered(world)) == 1


def test_whoever_wants_no_texts_is_asked_by_a_call_or_told_to_text_start() -> None:
    world = required()
    world.store.put_phone(Phone(ANA, opted_out_at=AT))
    assert "text START" in wish(world, "verify", contact="mobile")["error"]
    assert wish(world, "list")["contacts"][1]["opted_out_at"] is not None
    wish(world, "verify", contact="mobile", voice=True)
    assert delivered(world)[0].startswith("This is Tocsin. The code for ana is")


def test_vouching_is_on_record_and_a_code_that_waits_is_over() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    assert wish(world, "vouch")["vouched"] == [
        {"user": "ana", "contact": "email"},
        {"user": "ana", "contact": "mobile"},
    ]
    assert wish(world, "vouch")["vouched"] == []
    for row in wish(world, "list")["contacts"]:
        assert (row["verified"]["how"], row["verified"]["by"], row["code_until"]) == ("vouched", "ops", None)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"action": "verify", "user": "anna"}, "there is no user named 'anna'"),
        (
            {"action": "verify", "user": "ana", "contact": "home"},
            "ana has no contact named 'home'; there are: email",
        ),
        ({"action": "verify", "user": "lee"}, "lee has neither a number nor a mail address"),
        ({"action": "verify", "user": "ana", "contact": "email", "voice": True}, "cannot be called"),
        ({"action": "test", "user": "lee"}, "lee has no contacts"),
        ({"action": "verify"}, "this is no wish about contacts: it names a user"),
        ({"action": "shout", "user": "ana"}, "'shout' is no action"),
        ({}, "this is no wish about contacts"),
    ],
)
def test_what_cannot_be_done_says_why(row: dict[str, Any], words: str) -> None:
    assert (
        words in contacts_wished(required().ports, {"id": "w1", "by": "ops", **row}, lambda: PUSHING)["error"]
    )


# answers by text


def texted(world: World, body: str, id: str = "t1", sender: str = ANA) -> list[str]:
    reply.text_came(world.ports, InboundSms(id=id, sender=sender, body=body))
    return delivered(world)


def test_the_code_alone_from_the_phone_proves_it_once() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    [words] = delivered(world)
    assert texted(world, f" {code(words)[:3]} {code(words)[3:]} ") == [
        "Tocsin: verified. Pages for ana reach this phone."
    ]
    assert texted(world, code(words)) == []  # the same text once more
    row = wish(world, "list")["contacts"][1]
    assert (row["verified"]["how"], row["verified"]["by"]) == ("code", "ana")


def test_a_wrong_code_by_text_is_told_and_another_phone_proves_nothing() -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    [words] = delivered(world)
    assert texted(world, code(words), sender=BEN) == []
    other = f"{(int(code(words)) + 1) % 10**6:06d}"
    assert texted(world, other, "t2") == ["Tocsin: that is not the code."]
    assert texted(world, code(words), "t3") == ["Tocsin: verified. Pages for ana reach this phone."]


def test_a_phone_that_waits_for_a_code_still_answers_its_pages() -> None:
    world = World()
    number = world.alert().number
    world.run(minutes=0.1)
    wish(world, "verify", contact="mobile")
    delivered(world)
    assert texted(world, "1a") == [f"#{number} acknowledged. 1r resolves."]


# tests of a pager


def test_a_test_goes_by_every_contact_and_says_what_the_carrier_answered() -> None:
    world = required()
    vouched(world, "ana")
    world.carriers.says = refuse("invalid_number", ANA)
    tests = wish(world, "test", voice=True, id="x")["tests"]
    assert [(one["contact"], one["via"]) for one in tests] == [
        ("email", "email"),
        ("mobile", "sms"),
        ("mobile", "voice"),
    ]
    delivered(world)
    said = wish(world, "said", None, notices=[one["notice"] for one in tests])["said"]
    assert list(said.values()) == ["sent", "refused: invalid_number", "refused: invalid_number"]


def test_a_test_of_an_unverified_contact_sends_nothing_where_that_is_required() -> None:
    world = required()
    tests = wish(world, "test", contact="mobile")["tests"]
    assert [(one["notice"], one["why"]) for one in tests] == [(None, "unverified")]
    assert delivered(world) == []
    assert wish(World(), "test", contact="mobile")["tests"][0]["notice"] is not None


def test_whoever_is_paged_by_whatsapp_is_tested_by_it_too() -> None:
    world = vouched_by_whatsapp()
    tests = wish(world, "test")["tests"]
    assert [(one["contact"], one["via"]) for one in tests] == [
        ("email", "email"),
        ("mobile", "sms"),
        ("mobile", "whatsapp"),
    ]
    [alone] = wish(world, "test", contact="whatsapp", id="w2")["tests"]
    assert (alone["contact"], alone["via"]) == ("mobile", "whatsapp")
    delivered(world)
    sent = [message for _, channel, message in world.carriers.sent if channel == "whatsapp"]
    assert [(one.to, one.event, one.text) for one in sent] == [
        (ANA, "test", "Tocsin: a test for ana. There is no incident. Pages reach you here.")
    ] * 2


def vouched_by_whatsapp() -> World:
    world = required(
        TEAM.replace("notify: {high: [{after: 0m, via: sms}", "notify: {high: [{after: 0m, via: whatsapp}", 1)
    )
    vouched(world, "ana")
    return world


def test_whatsapp_can_be_tested_before_a_rule_asks_for_it_and_wants_a_number() -> None:
    world = World()
    assert [one["via"] for one in wish(world, "test")["tests"]] == ["email", "sms"]
    assert [one["via"] for one in wish(world, "test", contact="whatsapp")["tests"]] == ["whatsapp"]
    told = wish(
        World(TEAM.replace("lee: {name: Lee Nobody}", "lee: {name: Lee, email: lee@example.com}")),
        "test",
        "lee",
        contact="whatsapp",
    )
    assert told["error"] == "lee has no number for WhatsApp: add one to contacts in the file"


def test_a_chat_has_nothing_to_verify_and_is_paged_and_tested_all_the_same() -> None:
    world = required(
        TEAM.replace(
            "notify: {high: [{after: 0m, via: sms}, ",
            "chat: {slack: U012AB3CD}, notify: {high: [{via: slack}, ",
        )
    )
    assert wish(world, "verify", contact="slack")["error"].startswith(
        "slack is a chat, which knows its people itself"
    )
    tests = wish(world, "test", contact="slack")["tests"]
    delivered(world)
    assert wish(world, "said", None, notices=[tests[0]["notice"]])["said"] == {"test-w1-slack-slack": "sent"}
    world.alert()
    world.run(minutes=0.1)
    assert [channel for _, channel, _ in world.sent()] == ["slack", "slack"]


def test_notices_of_handoffs_go_to_verified_contacts_alone() -> None:
    world = required()
    vouched(world, "ben")
    for user, number in (("ana", ANA), ("ben", BEN)):
        world.queue.put([Notice(f"handoff-{user}", "sms", number, "You are on call.", user=user)])
    assert delivered(world) == ["You are on call."]
    assert world.store.notice_said("handoff-ana") == "refused: unverified"


def test_a_test_calls_nobody_twice_within_two_minutes() -> None:
    world = World()
    for id in ("x", "y"):
        wish(world, "test", contact="mobile", voice=True, id=id)
        delivered(world)
    said = wish(world, "said", None, notices=["test-x-mobile-voice", "test-y-mobile-voice"])["said"]
    assert list(said.values()) == ["sent", "refused: called_recently"]


# half way


DEATHS = [(at, after) for at in range(1, 6) for after in (False, True)]


@pytest.mark.parametrize(("at", "after"), DEATHS)
def test_whoever_dies_while_sending_a_code_leaves_one_that_can_be_asked_for_anew(
    at: int, after: bool
) -> None:
    world = required()
    with world.dying(at, after), suppress(Died):
        contacts.ask(world.mortal, "ana", "mobile", False, "w1")
    contacts.ask(world.ports, "ana", "mobile", False, "w2")
    assert wish(world, "confirm", code=code(delivered(world)[-1]))["verdict"] == "right"


@pytest.mark.parametrize(("at", "after"), DEATHS)
def test_whoever_dies_while_confirming_confirms_again(at: int, after: bool) -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    right = code(delivered(world)[0])
    with world.dying(at, after), suppress(Died):
        contacts.confirm(world.mortal, "ana", None, right, "ops", "c1")
    assert contacts.confirm(world.ports, "ana", None, right, "ops", "c1") == ("right", ["mobile"])


@pytest.mark.parametrize(("at", "after"), DEATHS)
def test_a_text_with_the_code_that_comes_again_is_answered_once(at: int, after: bool) -> None:
    world = required()
    wish(world, "verify", contact="mobile")
    right = code(delivered(world)[0])
    text = InboundSms(id="t1", sender=ANA, body=right)
    with world.dying(at, after), suppress(Died):
        reply.text_came(world.mortal, text)
    reply.text_came(world.ports, text)
    assert delivered(world) == ["Tocsin: verified. Pages for ana reach this phone."]
