"""Push: whoever switched it on is paged in all of their browsers, and hears when one is reached no more."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.engine.test_contacts import PUSHING, required, wish
from tests.unit.engine.test_resolved import resolve
from tests.unit.engine.world import AT, TEAM, Died, World, story
from tocsin.engine import browsers, contacts, links
from tocsin.engine.actions import act
from tocsin.engine.contact_wishes import contacts_wished
from tocsin.engine.deliver import deliver
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, State
from tocsin.paging import webpush
from tocsin.paging.browsers import MOST, Browser, TooMany, id_of
from tocsin.paging.channels.base import Later, Message, Outcome, Refused, Sent
from tocsin.store.pages import PageState
from tocsin.store.ports import PageMessage

PUSHED = TEAM.replace("{after: 0m, via: sms}, {after: 3m, via: voice}", "{via: push}, {after: 1m, via: sms}")
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile"
    " Safari/537.36"
)
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


def subscription(name: str = "phone") -> str:
    point = b"\4" + name.encode().ljust(64, b".")
    return json.dumps(
        {
            "endpoint": f"https://push.example.net/send/{name}",
            "keys": {"p256dh": webpush.to_base64(point), "auth": webpush.to_base64(b"0123456789abcdef")},
        }
    )


def having_push(team: str = PUSHED, *names: str) -> World:
    world = World(team)
    for name in names or ("phone",):
        switch_on(world, name)
    world.queue.take()  # that it is on now
    return world


def switch_on(world: World, name: str = "phone", agent: str = PHONE, **more: Any) -> Browser:
    return browsers.switch_on(more.get("ports", world.ports), "ana", subscription(name), agent, "BKey")


def pushed(world: World) -> list[str]:
    """The endpoints' ends, of what was pushed."""
    return [
        json.loads(message.to)["endpoint"].rpartition("/")[2]
        for _, channel, message in world.carriers.sent
        if channel == "push"
    ]


def says(**answers: Outcome) -> Any:
    """A push service that answers so for endpoints that end so; all else is taken."""

    def answer(channel: str, message: Message) -> Outcome:
        if channel != "push":
            return Sent(f"ok-{message.page_id}")
        return answers.get(json.loads(message.to)["endpoint"].rpartition("/")[2], Sent(message.page_id))

    return answer


# who is paged


def test_whoever_has_not_switched_it_on_is_paged_by_their_other_rules() -> None:
    world = World(PUSHED)
    world.alert()
    world.run(minutes=2)
    assert world.sent() == [(1, "sms", "101")]


def test_whoever_has_is_pushed_to_first_and_texted_as_their_rules_say() -> None:
    world = having_push()
    world.alert()
    world.run(minutes=2)
    assert [(minute, channel) for minute, channel, _ in world.sent()] == [(0, "push"), (1, "sms")]
    [record, _] = sorted(world.store.pages(1001), key=lambda one: one.at or AT)
    assert (record.state, record.channel, record.page.contact) == (PageState.SENT, "push", "push")


def test_an_incident_that_is_open_already_pages_the_browser_that_is_switched_on_now() -> None:
    world = World(PUSHED)
    world.alert()
    world.run(minutes=4)
    switch_on(world)
    world.run(minutes=8)
    assert pushed(world) == ["phone"], story(world, 1001)


def test_what_is_pushed_leads_to_the_page_that_acknowledges() -> None:
    world = having_push()
    world.alert()
    world.run(minutes=0.1)
    [(_, _, message)] = world.carriers.sent
    assert message.card is not None
    token = message.card.link.rpartition("/")[2]
    seen = links.press(world.ports, token, Action.ACKNOWLEDGE)
    assert seen is not None
    assert seen.incident.state is State.ACKNOWLEDGED
    assert "phone" not in story(world, 1001)
    assert "push.example" not in story(world, 1001)


def test_a_page_goes_to_each_of_ones_browsers() -> None:
    world = having_push(PUSHED, "phone", "laptop")
    world.alert()
    world.run(minutes=0.5)
    assert sorted(pushed(world)) == ["laptop", "phone"]


def test_one_browser_that_is_reached_is_enough() -> None:
    world = having_push(PUSHED, "phone", "laptop")
    world.carriers.says = says(laptop=Later("carrier_down"))
    world.alert()
    world.run(minutes=0.5)
    assert pushed(world) == ["phone"]


def test_a_push_service_that_is_down_is_asked_again_and_then_the_next_contact_is_tried() -> None:
    world = having_push()
    world.carriers.says = says(phone=Later("carrier_down"))
    world.alert()
    world.run(minutes=0.9)
    assert [(round(minute, 1), channel) for minute, channel, _ in world.sent()] == [(0.5, "sms")]


def test_a_browser_that_is_gone_is_forgotten_and_the_next_contact_is_tried_at_once() -> None:
    world = having_push()
    world.carriers.says = says(phone=Refused("subscription_gone"))
    world.alert()
    world.run(minutes=0.5)
    assert [minute for minute, channel, _ in world.sent() if channel == "sms"] == [0]
    assert world.store.browsers("ana").rows == ()
    assert world.store.changes().push == frozenset()
    world.carriers.sent.clear()
    world.alert("other")
    world.run(minutes=0.5)
    assert world.sent() == []  # as for somebody who never had push: the text comes after a minute


def test_its_person_hears_of_it_once() -> None:
    world = having_push()
    world.carriers.says = says(phone=Refused("subscription_gone"))
    world.alert()
    world.run(minutes=3)
    mails = [message for _, channel, message in world.carriers.sent if channel == "email"]
    assert [mail.subject for mail in mails] == ["Tocsin: push is off in Chrome on Android"]
    assert "tocsin contact push ana" in mails[0].text


def test_of_two_browsers_the_one_that_is_gone_takes_nothing_from_the_other() -> None:
    world = having_push(PUSHED, "phone", "laptop")
    world.carriers.says = says(phone=Refused("subscription_gone"))
    world.alert()
    world.run(minutes=0.5)
    assert pushed(world) == ["laptop"]
    assert [one.id for one in world.store.browsers("ana").rows] == [
        id_of("https://push.example.net/send/laptop")
    ]


def ended(world: World) -> list[tuple[str, str, int | None]]:
    """How the end was told: the channel, the words, and the incident whose notification it takes the place of."""
    resolve(world, 1001)
    world.run(minutes=2)
    return [
        (channel, message.text, message.incident)
        for _, channel, message in world.carriers.sent
        if message.page_id.startswith("resolved-") and "ana" in message.page_id
    ]


def test_whoever_was_paged_by_push_hears_there_that_it_is_over() -> None:
    world = having_push()
    world.alert()
    world.run(minutes=0.1)
    [(channel, text, incident)] = ended(world)
    assert (channel, incident) == ("push", 1001)
    assert text.startswith("#1001 was resolved")


def test_whoever_has_push_no_more_when_it_ends_hears_of_it_where_they_were_paged_besides() -> None:
    world = having_push()
    world.alert()
    world.run(minutes=1.5)
    wish(world, "push", off=True)
    assert [channel for channel, *_ in ended(world)] == ["sms"]


def test_whoever_wants_ends_by_push_hears_of_them_there_once_they_have_it() -> None:
    team = TEAM.replace("low: [{after: 0m, via: email}]}", "resolved: push}", 1)
    with_push = having_push(team)
    with_push.alert()
    with_push.run(minutes=0.1)
    assert [channel for channel, *_ in ended(with_push)] == ["push"]
    without = World(team)
    without.alert()
    without.run(minutes=0.1)
    assert [channel for channel, *_ in ended(without)] == ["sms"]


def test_before_an_ack_ends_a_browser_asks_whether_it_is_still_theirs() -> None:
    team = PUSHED.replace("ack_timeout: 20m", "ack_timeout: 20m, ack_reminder: 5m").replace(
        "{via: push}, {after: 1m, via: sms}", "{via: push}"
    )
    world = having_push(team)
    world.alert()
    world.run(minutes=0.1)
    [(_, _, page)] = world.carriers.sent
    assert page.card is not None
    token = page.card.link.rpartition("/")[2]
    links.press(world.ports, token, Action.ACKNOWLEDGE)
    world.run(minutes=15.5)
    _, channel, reminder = world.carriers.sent[-1]
    assert (channel, reminder.event) == ("push", "reminder")
    assert reminder.text == "Still on #1001? Otherwise it pages again Mon 23 Nov 02:20 (UTC)."
    links.press(world.ports, token, Action.KEEP)
    world.run(minutes=10)
    assert world.get(1001).state is State.ACKNOWLEDGED


# where it is switched on


def test_a_link_is_sent_by_mail_and_shows_whose_it_is() -> None:
    world = World(PUSHED)
    assert wish(world, "push") == {"contact": "email", "notice": "push-w1"}
    world.run(minutes=0.1)
    [(_, channel, mail)] = world.carriers.sent
    assert channel == "email"
    token = mail.text.partition("https://tocsin.example/push/")[2].split()[0]
    found = browsers.look(world.ports, token)
    assert found is not None
    assert (found.user, found.name, found.browsers.rows) == ("ana", "Ana Souza", ())


def test_the_link_is_over_after_a_day_and_opens_no_incident() -> None:
    world = World(PUSHED)
    token = wish(world, "push", show=True)["link"].rpartition("/")[2]
    assert links.look(world.ports, token) is None
    assert links.press(world.ports, token, Action.ACKNOWLEDGE) is None
    world.clock.set(AT + timedelta(hours=24, seconds=1))
    assert browsers.look(world.ports, token) is None


def test_an_incidents_link_switches_nothing_on() -> None:
    world = having_push()
    world.alert()
    world.run(minutes=0.1)
    [(_, _, message)] = world.carriers.sent
    assert message.card is not None
    assert browsers.look(world.ports, message.card.link.rpartition("/")[2]) is None


def test_where_contacts_are_verified_a_link_goes_to_none_that_is_not() -> None:
    world = required(PUSHED)
    assert "tocsin contact verify ana" in wish(world, "push")["error"]
    wish(world, "vouch", contact="mobile", id="w2")
    assert wish(world, "push", id="w3")["contact"] == "mobile"
    world.run(minutes=0.1)
    assert [channel for _, channel, _ in world.carriers.sent] == ["sms"]


@pytest.mark.parametrize(
    ("pushing", "words"),
    [
        (replace(PUSHING, key=""), "tocsin secret make vapid_private_key"),
        (replace(PUSHING, public_url="http://tocsin.example"), "https"),
        (replace(PUSHING, public_url="http://localhost.example"), "https"),
    ],
)
def test_without_a_key_or_https_it_says_what_to_do(pushing: browsers.Pushing, words: str) -> None:
    world = World(PUSHED)
    with pytest.raises(contacts.Refused, match=words):
        browsers.new_link(world.ports, pushing, "ana")


def test_on_ones_own_machine_a_browser_asks_for_no_https() -> None:
    world = World(PUSHED)
    here = replace(PUSHING, public_url="http://127.0.0.1:8080")
    assert browsers.new_link(world.ports, here, "ana").startswith("http://127.0.0.1:8080/push/")


def test_a_browser_is_known_by_what_it_is() -> None:
    world = having_push(PUSHED, "phone")
    switch_on(world, "laptop", LAPTOP)
    rows = wish(world, "list")["contacts"]
    assert [(row["contact"], row["address"]) for row in rows if row["kind"] == "push"] == [
        ("push", "Chrome on Android"),
        ("push", "Firefox on Linux"),
    ]
    assert "push.example" not in json.dumps(rows)


def test_switched_on_twice_it_is_one_browser_and_with_new_keys_too() -> None:
    world = having_push()
    before = world.store.browsers("ana")
    world.clock.set(AT + timedelta(hours=1))
    switch_on(world, agent=LAPTOP.replace("Firefox", "Opera"))
    renewed = subscription().replace(webpush.to_base64(b"0123456789abcdef"), webpush.to_base64(b"f" * 16))
    browsers.switch_on(world.ports, "ana", renewed, PHONE, "BKey")
    [row] = world.store.browsers("ana").rows
    assert row.id == before.rows[0].id
    assert webpush.subscription(row.subscription).auth == b"f" * 16


def test_with_ten_browsers_another_one_is_refused_and_throws_none_of_them_out() -> None:
    world = having_push(PUSHED, *(f"b{place}" for place in range(MOST)))
    with pytest.raises(TooMany, match="switch one of them off"):
        switch_on(world, "eleventh")
    assert len(world.store.browsers("ana").rows) == MOST
    assert world.queue.take() == []
    switch_on(world, "b3")  # one of the ten


def test_its_person_hears_of_every_new_browser_and_of_none_twice() -> None:
    world = World(PUSHED)
    for _ in range(2):
        switch_on(world)
    world.run(minutes=0.1)
    [(_, channel, mail)] = world.carriers.sent
    assert (channel, mail.subject) == ("email", "Tocsin: push is on in Chrome on Android")
    assert "tocsin contact push ana --off" in mail.text


def test_whoever_has_no_mail_hears_of_it_by_text() -> None:
    world = World(PUSHED.replace("email: ana@example.com, ", ""))
    switch_on(world)
    world.run(minutes=0.1)
    [(_, channel, text)] = world.carriers.sent
    assert (channel, text.text) == (
        "sms",
        "Tocsin: Pages of ana come to Chrome on Android from now on.",
    )


def test_a_lost_phones_link_is_over_with_its_push() -> None:
    world = having_push()
    token = wish(world, "push", show=True)["link"].rpartition("/")[2]
    world.clock.set(AT + timedelta(seconds=5))
    wish(world, "push", off=True)
    assert browsers.look(world.ports, token) is None
    world.clock.set(AT + timedelta(seconds=10))
    later = wish(world, "push", show=True)["link"].rpartition("/")[2]
    assert browsers.look(world.ports, later) is not None


def test_push_is_switched_off_also_where_its_key_cannot_be_read() -> None:
    world = having_push()

    def broken() -> browsers.Pushing:
        raise ValueError("the key is none")

    row = {"action": "push", "id": "w1", "user": "ana", "by": "ops", "off": True}
    assert contacts_wished(world.ports, row, broken) == {"off": ["Chrome on Android"]}


def test_whoever_dies_while_pushing_pages_nobody_again_once_that_is_written_and_the_loss_is_told() -> None:
    told = []
    for after in (False, True):
        for at in range(1, 16):
            world = having_push(PUSHED, "phone", "laptop")
            world.carriers.says = says(laptop=Refused("subscription_gone"))
            world.alert()
            [message] = [one for one in world.queue.take() if isinstance(one, PageMessage)]
            with world.dying(at, after), suppress(Died):
                deliver(world.mortal, world.mortal_carriers, message)
            written = [one.state for one in world.store.pages(1001)] == [PageState.SENT]
            before = len(pushed(world))
            world.clock.set(world.clock.now() + timedelta(seconds=90))
            deliver(world.ports, world.carriers, message)
            if written:
                assert len(pushed(world)) == before
            act(world.ports, 1001, Command("r", Action.RESOLVE, Actor("user", "ben", "command")))
            world.alert("other")
            world.run(minutes=0.5)
            mails = [one for _, channel, one in world.carriers.sent if channel == "email"]
            told.append([one.subject for one in mails if "push is off" in one.subject])
            assert [row.id for row in world.store.browsers("ana").rows] == [
                id_of("https://push.example.net/send/phone")
            ]
    assert told == [["Tocsin: push is off in Chrome on Android"]] * len(told)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "{}",
        "x" * 5_000,
        subscription().replace("push.example.net", "127.0.0.1"),
        subscription().replace("push.example.net", "metadata.internal"),
        subscription().replace("https", "http"),
    ],
)
def test_what_is_no_subscription_of_the_open_internet_is_not_kept(given: str) -> None:
    world = World(PUSHED)
    with pytest.raises(ValueError) as told:
        browsers.switch_on(world.ports, "ana", given, PHONE, "BKey")
    assert "send/phone" not in str(told.value)
    assert world.store.browsers("ana").rows == ()


def test_push_is_switched_off_in_all_browsers_of_whoever_lost_a_phone() -> None:
    world = having_push(PUSHED, "phone", "laptop")
    assert wish(world, "push", off=True) == {"off": ["Chrome on Android", "Chrome on Android"]}
    assert wish(world, "push", off=True) == {"off": []}
    world.alert()
    world.run(minutes=2)
    assert [channel for _, channel, _ in world.sent()] == ["sms"]


def test_a_pager_test_goes_to_the_browsers_too() -> None:
    world = having_push()
    tests = wish(world, "test")["tests"]
    assert [(row["contact"], row["via"]) for row in tests][-1] == ("push", "push")
    world.run(minutes=0.1)
    assert pushed(world) == ["phone"]


def test_whoever_is_not_in_the_file_any_more_is_pushed_to_no_more() -> None:
    world = having_push()
    token = wish(world, "push", show=True)["link"].rpartition("/")[2]
    world.clock.set(AT + timedelta(seconds=5))
    world.apply(PUSHED.replace("ana:", "amy:").replace("user: ana", "user: amy"))
    assert browsers.look(world.ports, token) is None
    world.alert()
    world.run(minutes=0.5)
    assert pushed(world) == []


@pytest.mark.parametrize("after", [False, True])
def test_whoever_dies_while_switching_on_switches_on_again(after: bool) -> None:
    for at in range(1, 6):
        world = World(PUSHED)
        with world.dying(at, after), suppress(Died):
            switch_on(world, ports=world.mortal)
        switch_on(world)
        assert len(world.store.browsers("ana").rows) == 1
        assert world.store.changes().push == {"ana"}
