"""The page behind a signed link, as it is served."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.engine.world import AT, TEAM, World
from tocsin.engine import links
from tocsin.engine.actions import act
from tocsin.engine.deliver import token_hash
from tocsin.engine.links import View
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import Actor
from tocsin.store.people import LinkGrant
from tocsin.web.links import answered, asked, found, headers, render, style


@pytest.fixture
def view() -> View:
    world = World(
        TEAM.replace("checkout: {policy: p,", 'checkout: {policy: p, runbook: "https://r.example/a?b&c",')
    )
    world.alert()
    world.run(minutes=0.1)
    token = world.carriers.sent[0][2].text.rsplit("/l/", 1)[1]
    found = links.look(world.ports, token)
    assert found is not None
    return found


def test_it_says_what_is_broken_since_when_on_the_persons_own_clock_and_where_the_runbook_is(
    view: View,
) -> None:
    page = render(replace(view, timezone="America/Sao_Paulo"))
    assert page.status == 200
    assert "disk is on fire" in page.html
    assert "22 Nov, 23:00 -03" in page.html
    assert 'href="https://r.example/a?b&amp;c"' in page.html
    assert "You are Ana Souza." in page.html


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "\0"]
)
def test_the_alerts_own_words_are_never_markup(view: View, title: str) -> None:
    html = render(replace(view, incident=replace(view.incident, title=title))).html
    assert "<script" not in html
    assert "<img" not in html
    assert ">49<" not in html


def test_only_the_pages_own_style_may_be_applied_and_nothing_may_be_loaded(view: View) -> None:
    policy = headers()["content-security-policy"]
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in policy
    inside = re.search(r"<style>(.*?)</style>", render(view).html, re.DOTALL)
    assert inside is not None
    assert inside[1] == style()
    assert headers()["referrer-policy"] == "no-referrer"
    assert headers()["cache-control"] == "no-store"


def test_a_link_that_is_over_says_so(view: View) -> None:
    page = render(None)
    assert page.status == 410
    assert "This link is over" in page.html
    assert "<form" not in page.html


def test_after_a_press_it_says_what_became_of_it(view: View) -> None:
    assert "Nobody else is being woken" not in render(view).html
    other = replace(view, answer=Answer.ALREADY, holder="Ben Okafor")
    assert "Ben Okafor was faster" in render(other).html


@pytest.mark.parametrize(
    ("body", "encoded", "action"),
    [
        ("action=acknowledge", False, Action.ACKNOWLEDGE),
        (base64.b64encode(b"action=resolve").decode(), True, Action.RESOLVE),
        ("action=acknowledge&action=resolve", False, None),
        ("action=delete", False, None),
        ("", False, None),
        ("%%%", True, None),
        ("a=1&" * 50, False, None),
    ],
)
def test_a_form_names_exactly_one_known_action(body: str, encoded: bool, action: Action | None) -> None:
    assert asked(body, encoded) == (action, None)


@pytest.mark.parametrize(
    ("seen", "version"), [("7", 7), ("", None), ("-1", None), ("٣", None), ("9" * 400, None)]
)
def test_a_form_says_which_page_it_stood_on(seen: str, version: int | None) -> None:
    assert asked(f"seen={seen}&action=resolve", False) == (Action.RESOLVE, version)


def test_a_button_says_which_page_it_stands_on(view: View) -> None:
    html = render(view).html
    assert f'name="seen" value="{view.incident.version}"' in html


def test_whoever_is_asked_to_join_says_so_on_the_page_of_their_link() -> None:
    world = World()
    number = world.alert().number
    act(world.ports, number, Command("ask", Action.ASK, Actor("user", "ana", "command"), users=("chi",)))
    world.run(minutes=0.1)
    text = next(one.text for _, _, one in world.carriers.sent if one.page_id == f"{number}-ask1-chi-0")
    assert "asks you to join" in text
    world.store.put_link(LinkGrant(token_hash("chis"), number, "chi", AT + timedelta(days=1)))
    asking = render(found(world.ports, "chis", "", False)).html
    assert re.findall(r'name="action" value="(\w+)"', asking) == ["accept", "decline"]
    joined = render(found(world.ports, "chis", "action=accept", False)).html
    assert "You joined it." in joined
    assert re.findall(r'name="action" value="(\w+)"', joined) == ["acknowledge", "resolve", "escalate"]
    assert world.get(number).handling.responders == {"chi": "joined"}


def test_an_ack_among_several_says_that_the_others_are_still_woken() -> None:
    both = "steps: [{page: [{user: ana}, {user: ben}], ack: all, wait: 5m}]"
    world = World(
        TEAM.replace("steps: [{page: [{user: ana}], wait: 5m}, {page: [{user: ben}], wait: 5m}]", both)
    )
    number = world.alert().number
    world.store.put_link(LinkGrant(token_hash("anas"), number, "ana", AT + timedelta(days=1)))
    for _ in range(2):
        seen = world.get(number).version
        page = render(found(world.ports, "anas", f"action=acknowledge&seen={seen}", False)).html
        assert "the others are still being woken" in page
        assert "faster" not in page


def test_whoever_has_it_says_later_that_they_still_do() -> None:
    world = World()
    number = world.alert().number
    world.store.put_link(LinkGrant(token_hash("anas"), number, "ana", AT + timedelta(days=1)))
    buttons = re.compile(r'name="action" value="(\w+)"')
    taken = render(found(world.ports, "anas", "action=acknowledge", False)).html
    assert buttons.findall(taken) == ["resolve", "escalate"], "a second, hasty tap presses nothing"
    world.run(minutes=10)
    assert buttons.findall(render(found(world.ports, "anas", "", False)).html)[0] == "keep"
    kept = render(found(world.ports, "anas", "action=keep", False)).html
    assert "It is yours." in kept
    assert world.get(number).ack_timeout_at == world.clock.now() + timedelta(minutes=20)


def ask(world: World, token: str, body: str = "", method: str = "POST") -> tuple[int, dict[str, str]]:
    """As a notification's button posts it: the status, and what is told."""
    event = {
        "requestContext": {"http": {"method": method}},
        "pathParameters": {"token": token},
        "headers": {"accept": "application/json"},
        "body": body,
    }
    answer = answered(world.ports, event)
    assert answer["headers"]["content-type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def test_the_button_of_a_notification_is_told_in_words_what_came_of_it() -> None:
    world = World()
    number = world.alert().number
    for user in ("ana", "ben"):
        world.store.put_link(LinkGrant(token_hash(user), number, user, AT + timedelta(days=1)))
    taken = {"said": "It is yours. Nobody else is being woken.", "state": "acknowledged"}
    assert ask(world, "ana", "action=acknowledge") == (200, taken)
    late = {"said": "Ana Souza was faster: it is already acknowledged.", "state": "acknowledged"}
    assert ask(world, "ben", "action=acknowledge") == (200, late)
    assert ask(world, "ana", "action=resolve")[1]["state"] == "resolved"
    assert ask(world, "ana", "action=resolve") == (
        410,
        {"said": "This link is over: nothing was changed.", "state": None},
    )


def test_the_link_of_a_part_says_what_that_is_a_part_of_now() -> None:
    world = World()
    part, whole = world.alert().number, world.alert("memory").number
    world.store.put_link(LinkGrant(token_hash("ana"), part, "ana", AT + timedelta(days=1)))
    act(world.ports, part, Command("m", Action.MERGE, Actor("user", "ben", "command"), number=whole))
    said = f"#{part} is a part of #{whole} now: nothing was changed."
    assert ask(world, "ana", "action=acknowledge") == (410, {"said": said, "state": None})
    event = {"requestContext": {"http": {"method": "GET"}}, "pathParameters": {"token": "ana"}}
    assert f"<h1>#{part} is a part of #{whole} now.</h1>" in answered(world.ports, event)["body"]
