"""A team's own address that follows an incident: what arrives there over TLS, signed, and what is never told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.functions.deployment import TEAM, Deployment, aws
from tests.functions.server import Server, certificate, taken_for_the_internet
from tests.functions.test_react import stream
from tests.unit.paging.test_webhook import NEW, OLD, of_docs
from tocsin.edge import posting
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor

Deploy = Callable[..., Deployment]
HOST = "hooks.example"
PATH = "/s3cr3t?key=s3cr3t"
HOOKED = TEAM.replace("page: [{user: ana}]", f'page: [{{user: ana}}, {{webhook: "https://{HOST}{PATH}"}}]')
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
DOWN = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def server(shown: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Whoever stands behind the host, on this machine: taken for the open internet."""
    with taken_for_the_internet(shown, monkeypatch) as found:
        found.answers[PATH] = TAKEN
        yield found


def put(*secrets: str) -> None:
    value = json.dumps({"webhook_secrets": " ".join(secrets)})
    aws("ssm").put_parameter(Name="/tocsin/secrets", Value=value, Type="SecureString", Overwrite=True)


def headers(head: str) -> dict[str, str]:
    rows = (line.partition(": ") for line in head.split("\r\n")[1:] if line)
    return {name.lower(): value for name, _, value in rows}


def do(tocsin: Deployment, action: Action) -> None:
    from tocsin.edge import wiring
    from tocsin.engine.commits import command

    command(wiring.ports(), 1001, Command(f"c-{action}", action, Actor("user", "ana", "sms")))
    tocsin.invoke("react", {"Records": stream(tocsin)})
    tocsin.run(0.1)


def states(server: Server) -> list[tuple[str, str]]:
    said = [json.loads(body) for body in server.bodies]
    return [(one["type"], one["data"]["incident"]["state"]) for one in said]


def test_every_change_arrives_signed_by_both_secrets_under_an_id_of_its_own(
    deploy: Deploy, server: Server
) -> None:
    tocsin = deploy(team=HOOKED, stream=True)
    put(NEW, OLD)
    tocsin.alert()
    tocsin.run(0.1)
    do(tocsin, Action.ACKNOWLEDGE)
    do(tocsin, Action.RESOLVE)
    assert states(server) == [
        ("incident.triggered", "triggered"),
        ("incident.acknowledged", "acknowledged"),
        ("incident.resolved", "resolved"),
    ]
    versions = [json.loads(body)["data"]["incident"]["version"] for body in server.bodies]
    assert versions == sorted(set(versions))
    checks = of_docs("verify", "is_from_tocsin")
    sent_at = tocsin.clock.now().timestamp()
    for head, body in zip(server.heads, server.bodies, strict=True):
        assert head.startswith(f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\n")
        for secret in (NEW, OLD):
            assert checks([secret], headers(head), body, sent_at)
    assert len({headers(head)["webhook-id"] for head in server.heads}) == 3
    assert len(tocsin.sent) == 1, "the person is paged as ever"


def test_a_receiver_that_was_down_is_sent_the_same_message_again(deploy: Deploy, server: Server) -> None:
    tocsin = deploy(team=HOOKED)
    put(NEW)
    server.answers[PATH] = DOWN
    tocsin.alert()
    tocsin.run(0.1)
    server.answers[PATH] = TAKEN
    tocsin.run(1)
    assert len(server.heads) > 1
    assert len({headers(head)["webhook-id"] for head in server.heads}) == 1
    assert len({headers(head)["webhook-timestamp"] for head in server.heads}) == len(server.heads)
    assert [kind for kind in tocsin.kinds(1001) if kind.startswith("post_")][-1] == "post_sent"


def test_the_address_is_told_nowhere(deploy: Deploy, server: Server) -> None:
    tocsin = deploy(team=HOOKED, stream=True)
    put(NEW)
    server.answers[PATH] = b"HTTP/1.1 418 s3cr3t\r\nContent-Length: 6\r\n\r\ns3cr3t"
    tocsin.alert()
    tocsin.run(0.1)
    do(tocsin, Action.RESOLVE)
    [refused] = [line for line in tocsin.timeline(1001) if line.kind == "post_refused"]
    assert (refused.details["contact"], refused.details["reason"]) == (HOST, "rejected")
    revisions = re.compile("REVISION|CONFIG")
    kept = [item for item in tocsin.items() if not revisions.search(item["pk"]["S"])]
    for where in (tocsin.logged.getvalue(), tocsin.printed.getvalue(), repr(kept), tocsin.story(1001)):
        assert "s3cr3t" not in where
        assert NEW not in where


def test_a_host_inside_is_refused_on_the_timeline_and_the_person_is_paged_all_the_same(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "Poster", partial(posting.Poster, look=lambda _: ["10.0.0.7"]))
    tocsin = deploy(team=HOOKED)
    put(NEW)
    tocsin.alert()
    tocsin.run(0.1)
    [refused] = [line for line in tocsin.timeline(1001) if line.kind == "post_refused"]
    assert refused.details["reason"] == "address_refused"
    assert len(tocsin.sent) == 1


def test_without_a_secret_nothing_is_posted(deploy: Deploy, server: Server) -> None:
    tocsin = deploy(team=HOOKED)
    tocsin.alert()
    tocsin.run(0.1)
    [refused] = [line for line in tocsin.timeline(1001) if line.kind == "post_refused"]
    assert refused.details["reason"] == "channel_off"
    assert (server.heads, len(tocsin.sent)) == ([], 1)


def test_a_library_for_standard_webhooks_takes_it(deploy: Deploy, server: Server) -> None:
    from datetime import UTC, datetime

    tocsin = deploy(team=HOOKED)
    tocsin.clock.set(datetime.now(UTC))
    put(NEW)
    tocsin.alert()
    tocsin.run(0.1)
    said = Webhook(NEW).verify(server.bodies[0], headers(server.heads[0]))
    assert said["data"]["incident"]["number"] == 1001
