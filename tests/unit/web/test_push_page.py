"""The page on which somebody switches push on, as it is served, and what it loads."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from tests.unit.engine.test_browsers import PHONE, PUSHED, subscription
from tests.unit.engine.test_contacts import PUSHING
from tests.unit.engine.world import World
from tocsin.engine import browsers
from tocsin.web import push

KEY = "BPublicKey"


class Site:
    """The page of Ana's link."""

    def __init__(self, team: str = PUSHED, key: str = KEY) -> None:
        self.world = World(team)
        self.key = key
        self.token = browsers.new_link(self.world.ports, PUSHING, "ana").rpartition("/")[2]

    def get(self, name: str | None = None, **query: str) -> dict[str, Any]:
        return self.ask("GET", name, query=query)

    def post(self, body: str, kind: str = "application/x-www-form-urlencoded", **more: Any) -> dict[str, Any]:
        return self.ask("POST", None, body, kind, **more)

    def ask(
        self,
        method: str,
        name: str | None,
        body: str = "",
        kind: str = "",
        query: dict[str, str] | None = None,
        encoded: bool = False,
    ) -> dict[str, Any]:
        event = {
            "requestContext": {"http": {"method": method}, "requestId": "r1"},
            "pathParameters": {"token": name or self.token},
            "queryStringParameters": query or None,
            "headers": {"content-type": kind, "user-agent": PHONE},
            "body": base64.b64encode(body.encode()).decode() if encoded else body,
            "isBase64Encoded": encoded,
        }
        return push.answered(self.world.ports, event, lambda: self.key)

    def switch_on(self, name: str = "phone") -> dict[str, Any]:
        return self.post(subscription(name), "application/json")


def test_it_says_whose_pages_come_here_and_gives_the_browser_the_key() -> None:
    page = Site().get()
    assert page["statusCode"] == 200
    assert "You are Ana Souza." in page["body"]
    assert f'data-key="{KEY}"' in page["body"]
    assert "Where push is on" not in page["body"]


@pytest.mark.parametrize("encoded", [False, True])
def test_the_browser_gives_its_subscription_and_stands_on_the_page(encoded: bool) -> None:
    site = Site()
    answer = site.post(subscription(), "application/json", encoded=encoded)
    assert answer["statusCode"] == 200
    id = json.loads(answer["body"])["id"]
    page = site.get()["body"]
    assert f'data-id="{id}"' in page
    assert "Chrome on Android" in page
    assert "push.example" not in page + answer["body"]
    assert site.world.store.changes().push == {"ana"}


def test_what_is_no_subscription_is_refused_in_words_that_repeat_nothing() -> None:
    site = Site()
    for body in ("{}", "s3cr3t", subscription().replace("push.example.net", "10.0.0.1")):
        answer = site.post(body, "application/json")
        assert answer["statusCode"] == 400
        assert "s3cr3t" not in answer["body"]
        assert "send" not in answer["body"]
    assert site.post("\udcff", "application/json")["statusCode"] == 400
    assert site.world.store.browsers("ana").rows == ()


def test_it_is_switched_off_there_one_by_one() -> None:
    site = Site()
    ids = [json.loads(site.switch_on(name)["body"])["id"] for name in ("phone", "laptop")]
    assert "Push is off there now." in site.post(f"action=off-{ids[0]}")["body"]
    assert "was switched off before" in site.post(f"action=off-{ids[0]}")["body"]
    assert [row.id for row in site.world.store.browsers("ana").rows] == [ids[1]]


def test_a_test_is_pushed_to_each_once_a_minute_however_often_it_is_asked_for() -> None:
    site = Site()
    site.switch_on("phone")
    site.switch_on("laptop")
    site.world.queue.take()
    for _ in range(20):
        assert "A test is on its way" in site.post("action=test")["body"]
    site.world.run(minutes=0.1)
    assert [message.subject for _, _, message in site.world.carriers.sent] == ["Tocsin: a test"] * 2
    site.world.run(minutes=1)
    site.post("action=test")
    site.world.run(minutes=0.1)
    assert len(site.world.carriers.sent) == 4


def test_the_eleventh_browser_is_told_to_switch_one_off() -> None:
    site = Site()
    for place in range(10):
        assert site.switch_on(f"b{place}")["statusCode"] == 200
    answer = site.switch_on("b10")
    assert answer["statusCode"] == 409
    assert "switch one of them off" in json.loads(answer["body"])["error"]


@pytest.mark.parametrize("body", ["", "action=", "action=delete", "action=off-", "a=1&" * 50, "%%%"])
def test_a_form_of_nothing_known_does_nothing(body: str) -> None:
    site = Site()
    site.switch_on()
    assert site.post(body)["statusCode"] == 200
    assert len(site.world.store.browsers("ana").rows) == 1


@pytest.mark.parametrize("token", ["", "x", "x" * 22, "é", "x" * 500, "../l/x"])
def test_a_link_that_is_none_shows_nobody(token: str) -> None:
    site = Site()
    for method in ("GET", "POST"):
        page = site.ask(method, token or " ", subscription(), "application/json")
        assert page["statusCode"] == 410
        assert "Ana" not in page["body"]
    assert site.world.store.browsers("ana").rows == ()


def test_without_a_key_it_says_who_sets_it_up() -> None:
    page = Site(key="").get()
    assert "tocsin secret make vapid_private_key" in page["body"]
    assert "<script" not in page["body"]


def test_a_persons_name_is_no_markup() -> None:
    page = Site(PUSHED.replace("Ana Souza", "<script>alert(1)</script>")).get()
    assert "<script>alert" not in page["body"]


def test_nothing_is_loaded_but_from_its_own_site_and_nothing_runs_that_stands_in_the_page() -> None:
    policy = Site().get()["headers"]["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    for part in ("script-src", "worker-src", "manifest-src", "img-src", "connect-src"):
        assert f"{part} 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy


def test_what_it_loads_is_there() -> None:
    site = Site()
    for name in re.findall(r'(?:src|href)="([\w.]+)"', site.get()["body"]):
        answer = site.get(name)
        assert answer["statusCode"] == 200, name
    icon = base64.b64decode(site.get("icon.png")["body"])
    assert icon.startswith(b"\x89PNG")
    assert site.get("worker.js")["headers"]["content-type"].startswith("text/javascript")


def test_on_a_home_screen_it_opens_with_its_link() -> None:
    site = Site()
    manifest = json.loads(site.get("manifest.json", token=site.token)["body"])
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (site.token, ".", "standalone")
    for hostile in ("https://evil.example", "../l/x", "//evil.example", "javascript:alert(1)"):
        assert json.loads(site.get("manifest.json", token=hostile)["body"])["start_url"] == "."
