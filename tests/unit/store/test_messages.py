"""What travels on the page queue beside pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tocsin.incidents.plan import Kind, Page
from tocsin.store.messages import Heard, Notice, OnPageQueue, Refresh, Resolved, from_json
from tocsin.store.ports import PageMessage

AT = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
NOTICE = Notice("n-1", "sms", "+5511955550100", "text")

OTHERS: list[Refresh | Notice | Resolved | Heard] = [
    Refresh(1042),
    Refresh(1042, "1042-c1-r1-s1-post"),
    NOTICE,
    Notice("n-2", "email", "ana@example.com", "text", "subject", "thread", "ana", True, 1042),
    Resolved(1042, 2, "ana"),
    Heard(1042, "000004-001", "ben"),
    Notice("n-3", "whatsapp", "+5511955550100", "text", user="ana", tests=True),
]


def page(kind: Kind = "page") -> PageMessage:
    return PageMessage(1042, Page(AT, 1, 1, 1, "ana", 0, "sms", "mobile", kind=kind))


@pytest.mark.parametrize("message", OTHERS, ids=repr)
def test_a_message_arrives_as_it_was_sent(message: Refresh | Notice | Resolved | Heard) -> None:
    assert from_json(json.loads(json.dumps(message.as_json()))) == message


def test_no_two_kinds_of_message_are_taken_for_each_other() -> None:
    messages: list[OnPageQueue] = [page(), *OTHERS]
    kinds = {str(message.as_json()["kind"]) for message in messages}
    assert kinds == {"page", "refresh", "notice", "resolved", "heard"}


@pytest.mark.parametrize("message", [page(), page("reminder"), NOTICE], ids=repr)
def test_what_somebody_waits_for_travels_with_the_pages(message: OnPageQueue) -> None:
    assert not message.wakes_nobody


@pytest.mark.parametrize(
    "message",
    [page("post"), Refresh(1042), Resolved(1042, 2, "ana"), Heard(1042, "000004-001", "ben")],
    ids=repr,
)
def test_what_wakes_nobody_holds_up_no_page(message: OnPageQueue) -> None:
    assert message.wakes_nobody


def test_each_incident_has_its_own_turn_and_so_have_notices() -> None:
    messages: list[OnPageQueue] = [page(), page("post"), *OTHERS]
    groups = [message.group for message in messages]
    assert groups == ["1042", "1042", "1042", "1042", "notices", "notices", "1042", "1042", "notices"]
