"""What wakes nobody has a queue of its own: no page waits behind a webhook that hangs."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import TEAM, Deployment, aws
from tests.functions.test_react import stream
from tocsin.edge import batches, wiring
from tocsin.engine.commits import command
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor

Deploy = Callable[..., Deployment]
CHATTY = TEAM.replace("page: [{user: ana}]", 'page: [{user: ana}, {slack: "#incidents"}]')


@pytest.fixture
def posts() -> str:
    return str(aws("sqs").create_queue(QueueName="posts")["QueueUrl"])


def kinds(url: str) -> list[str]:
    """What lies in a queue, and stays there."""
    found = aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    rows = [json.loads(message["Body"]) for message in found.get("Messages", ())]
    return sorted(row["page"].get("kind", "page") if row["kind"] == "page" else row["kind"] for row in rows)


def test_posts_and_ends_go_to_a_queue_of_their_own_and_pages_never_do(deploy: Deploy, posts: str) -> None:
    tocsin = deploy(CHATTY, stream=True, TOCSIN_POST_QUEUE_URL=posts)
    number = tocsin.alert().number
    assert kinds(tocsin.queues["pages"]) == ["page"]
    assert kinds(posts) == ["post"]
    tocsin.work("pages")
    command(wiring.ports(), number, Command("r", Action.RESOLVE, Actor("user", "ben", "link")))
    tocsin.invoke("react", {"Records": stream(tocsin)})
    assert kinds(posts) == ["post", "resolved"]
    assert kinds(tocsin.queues["pages"]) == []


def test_what_waits_is_put_back_on_the_queue_that_it_came_from(
    deploy: Deploy, posts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tocsin = deploy(CHATTY, TOCSIN_POST_QUEUE_URL=posts)
    asked: list[str] = []

    class Sqs:
        def change_message_visibility(self, **more: object) -> None:
            asked.append(str(more["QueueUrl"]))

    monkeypatch.setattr(batches, "client", lambda _: Sqs())
    for url in (posts, tocsin.queues["pages"]):
        name = url.rpartition("/")[2]
        message = {"Attributes": {}, "MessageId": "m", "ReceiptHandle": "h", "Body": "", "MD5OfBody": ""}
        batches.put_back(events.sqs_record(message, name, 1), 5)
    assert asked == [posts, tocsin.queues["pages"]]
