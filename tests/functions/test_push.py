"""Push from end to end: a browser gives itself, and what arrives at its push service over TLS it alone can read."""

from __future__ import annotations

import json
import secrets
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from local.handset import push
from tests.functions import lambda_events as events
from tests.functions.deployment import TEAM, Deployment, aws
from tests.functions.network import Carried
from tests.functions.server import Server, certificate, taken_for_the_internet
from tests.functions.test_webhooks import headers
from tocsin.paging import webpush

Deploy = Callable[..., Deployment]
HOST = push.ORIGIN.removeprefix("https://")
PUSHED = TEAM.replace("{after: 0m, via: sms}, {after: 3m, via: voice}", "{via: push}, {after: 1m, via: sms}")
KEY = webpush.private_key(secrets.randbelow(webpush.ORDER - 1) + 1)

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def server(shown: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The push service, on this machine: taken for the open internet."""
    with taken_for_the_internet(shown, monkeypatch) as found:
        yield found


@pytest.fixture
def browser() -> push.Browser:
    return push.Browser("b1", "ana", ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16))


def set_up() -> None:
    value = json.dumps({"vapid_private_key": KEY})
    aws("ssm").put_parameter(Name="/tocsin/secrets", Value=value, Type="SecureString", Overwrite=True)


def ask(tocsin: Deployment, method: str, token: str, body: str | None = None) -> dict[str, Any]:
    given = {"content-type": "application/json", "user-agent": push.NAME} if body is not None else {}
    path, route = f"/push/{token}", f"{method} /push/{{token}}"
    event = events.http(method, path, body, given, parameters={"token": token}, route=route)
    answer: dict[str, Any] = tocsin.invoke("reply", event)
    return answer


def texts(tocsin: Deployment) -> list[Carried]:
    return [one for one in tocsin.sent if one.channel != "email"]


def switched_on(tocsin: Deployment, browser: push.Browser) -> str:
    """By the link that the command line shows: its token."""
    wish = {"action": "push", "id": "w1", "user": "ana", "by": "ops", "show": True}
    link = str(tocsin.invoke("reply", {"contacts": wish})["link"])
    assert link.startswith("https://tocsin.example/push/")
    token = link.rpartition("/")[2]
    assert webpush.public_key(KEY) in ask(tocsin, "GET", token)["body"]
    assert ask(tocsin, "POST", token, json.dumps(browser.subscription()))["statusCode"] == 200
    return token


def test_a_page_arrives_signed_and_encrypted_and_no_text_is_needed_once_it_is_acknowledged(
    deploy: Deploy, server: Server, browser: push.Browser
) -> None:
    tocsin = deploy(team=PUSHED)
    set_up()
    switched_on(tocsin, browser)
    server.answers["/b/b1"] = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
    tocsin.alert()
    tocsin.run(0.1)
    [head], [body] = server.heads, server.bodies
    assert head.startswith(f"POST /b/b1 HTTP/1.1\r\nHost: {HOST}\r\n")
    push.look_at(headers(head), tocsin.clock.now())
    said = browser.read(body)
    assert (said["number"], said["urgency"]) == (1001, "high")
    token = said["url"].rpartition("/l/")[2]
    tocsin.invoke("reply", tocsin.link_event("POST", f"/l/{token}", "action=acknowledge"))
    tocsin.run(2)
    assert texts(tocsin) == []
    assert "acknowledged" in tocsin.kinds(1001)


def test_a_browser_that_is_gone_is_forgotten_and_the_phone_texted(
    deploy: Deploy, server: Server, browser: push.Browser
) -> None:
    tocsin = deploy(team=PUSHED)
    set_up()
    token = switched_on(tocsin, browser)
    server.answers["/b/b1"] = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    tocsin.alert()
    tocsin.run(0.5)
    assert "subscription_gone" in str(tocsin.timeline(1001))
    assert len(texts(tocsin)) == 1
    assert [
        one.text.count("do not reach Chrome on Android") for one in tocsin.sent if one.channel == "email"
    ] == [0, 1]
    assert "Chrome on Android" not in ask(tocsin, "GET", token)["body"]


def test_no_browser_waits_for_the_push_service_of_another(
    deploy: Deploy, server: Server, browser: push.Browser
) -> None:
    tocsin = deploy(team=PUSHED)
    set_up()
    token = switched_on(tocsin, browser)
    together = Barrier(2, timeout=10)
    for id in ("b1", "b2"):
        other = replace(browser, id=id)
        assert ask(tocsin, "POST", token, json.dumps(other.subscription()))["statusCode"] == 200

        def answer(_: str, connection: ssl.SSLSocket) -> None:
            together.wait()
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

        server.answers[f"/b/{id}"] = answer
    tocsin.alert()
    tocsin.run(0.5)
    assert len(server.heads) == 2
    assert "page_sent" in tocsin.kinds(1001)
    assert texts(tocsin) == []


def test_what_a_browser_gave_is_told_nowhere(deploy: Deploy, server: Server, browser: push.Browser) -> None:
    tocsin = deploy(team=PUSHED)
    tocsin.set_level("DEBUG")
    set_up()
    switched_on(tocsin, browser)
    server.answers["/b/b1"] = b"HTTP/1.1 400 b1 is not right\r\nContent-Length: 0\r\n\r\n"
    tocsin.alert()
    tocsin.run(0.5)
    told = tocsin.printed.getvalue() + str(tocsin.timeline(1001))
    given = browser.subscription()
    assert "rejected" in told
    for secret in (given["endpoint"], given["keys"]["auth"], given["keys"]["p256dh"], KEY):
        assert secret not in told


def test_without_a_key_the_page_says_so_and_a_page_goes_to_the_next_contact(
    deploy: Deploy, server: Server, browser: push.Browser
) -> None:
    tocsin = deploy(team=PUSHED)
    set_up()
    token = switched_on(tocsin, browser)
    aws("ssm").delete_parameter(Name="/tocsin/secrets")
    tocsin.restart()
    assert "tocsin secret make vapid_private_key" in ask(tocsin, "GET", token)["body"]
    tocsin.alert()
    tocsin.run(0.5)
    assert server.heads == []
    assert len(texts(tocsin)) == 1
    assert "channel_off" in str(tocsin.timeline(1001))
