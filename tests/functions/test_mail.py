"""Answers by mail, and what becomes of mails: from SNS to the incident and back to a mailbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import TEAM, Deployment
from tocsin.incidents.incident import Actor, State

ANA = "ana@example.com"
#: Ana reads mail first, and is texted long after that.
BY_MAIL = TEAM.replace(
    "high: [{after: 0m, via: sms}, {after: 3m, via: voice}]",
    "high: [{after: 0m, via: email}, {after: 4m, via: sms}]",
)
SUBJECT = "Re: checkout: disk is on fire [#1001]"


@pytest.fixture
def tocsin(deploy: Callable[..., Deployment]) -> Deployment:
    """A stack in which Ana was paged for #1001 by mail."""
    found = deploy(team=BY_MAIL)
    found.alert()
    found.run(0.1)
    return found


def answer(tocsin: Deployment, body: str, sender: str = ANA, *headers: str, **verdicts: str) -> None:
    tocsin.publish("mails", events.received_mail(sender, body, SUBJECT, *headers, **verdicts))
    tocsin.run(0.1)


def test_a_page_by_mail_can_be_answered_and_its_address_names_the_incident(tocsin: Deployment) -> None:
    [page] = tocsin.sent
    assert page.request["ReplyToAddresses"] == ["ack+1001@in.example.com"]
    assert "Or answer this mail with #ack (you have it)" in page.text


def test_without_an_address_for_answers_no_mail_asks_for_one(deploy: Callable[..., Deployment]) -> None:
    tocsin = deploy(team=BY_MAIL, TOCSIN_MAIL_REPLY_TO="")
    tocsin.alert()
    tocsin.run(0.1)
    assert "ReplyToAddresses" not in tocsin.sent[0].request
    assert "#ack" not in tocsin.sent[0].text


def test_an_answer_by_mail_acknowledges_and_is_confirmed_in_the_same_thread(tocsin: Deployment) -> None:
    answer(tocsin, "#ack\n\nOn Monday Tocsin <tocsin@example.com> wrote:\n> checkout")
    assert tocsin.get(1001).acked_by == Actor("user", "ana", "mail")
    page, confirmed = tocsin.sent
    assert (confirmed.channel, confirmed.to) == ("email", ANA)
    assert confirmed.text == "#1001 acknowledged. #res resolves."
    simple = [one.request["Content"]["Simple"] for one in (page, confirmed)]
    threads = [
        [header["Value"] for header in one["Headers"] if header["Name"] == "References"] for one in simple
    ]
    assert threads == [["<incident-1001@example.com>"]] * 2
    assert simple[1]["Subject"]["Data"] == f"Re: {simple[0]['Subject']['Data']}"
    answer(tocsin, "#res")
    assert tocsin.get(1001).state is State.RESOLVED
    assert tocsin.sent[-1].text == "#1001 resolved."


@pytest.mark.parametrize("verdict", ["spfVerdict", "dkimVerdict", "dmarcVerdict"])
@pytest.mark.parametrize("status", ["FAIL", "GRAY", "PROCESSING_FAILED"])
def test_a_mail_that_ses_does_not_vouch_for_is_logged_and_nobody_is_told(
    tocsin: Deployment, verdict: str, status: str
) -> None:
    answer(tocsin, "#ack", **{verdict: status})
    assert tocsin.get(1001).state is State.TRIGGERED
    assert len(tocsin.sent) == 1
    [line] = [line for line in tocsin.lines() if line["message"] == "a mail was not taken"]
    assert line["reason"] == f"{verdict} is {status}"
    assert ANA not in str(line)
    assert tocsin.counted("MailNotTaken") == 1


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "X-Tocsin-Page: 1001-c1-r1-s1-ana-0", "Precedence: bulk"]
)
def test_what_nobody_wrote_is_neither_taken_nor_answered(tocsin: Deployment, header: str) -> None:
    answer(tocsin, "#ack", ANA, header)
    assert tocsin.get(1001).state is State.TRIGGERED
    assert len(tocsin.sent) == 1


def test_a_stranger_gets_no_answer(tocsin: Deployment) -> None:
    answer(tocsin, "#ack", "eve@example.net")
    assert tocsin.get(1001).state is State.TRIGGERED
    assert len(tocsin.sent) == 1


def test_a_mail_that_comes_twice_acts_once(tocsin: Deployment) -> None:
    came = events.received_mail(ANA, "#esc", SUBJECT)
    for _ in range(2):
        tocsin.publish("mails", came)
        tocsin.run(0.1)
    assert tocsin.kinds(1001).count("escalated") == 1
    assert [one.text for one in tocsin.sent if one.page.startswith("mail-")] == ["#1001 escalated."]


def test_a_page_that_bounces_moves_on_to_the_next_contact_at_once(tocsin: Deployment) -> None:
    [page] = tocsin.sent
    for _ in range(2):
        tocsin.publish("receipts", events.mail_event("bounce", page.id, page.to, page.page))
        tocsin.run(0.1)
    assert [one.channel for one in tocsin.sent] == ["email", "sms"]
    refused = [line.details["reason"] for line in tocsin.timeline(1001) if line.kind == "refused"]
    assert refused == ["invalid_address"]


def test_a_mail_that_was_delivered_is_noted_and_shortens_nothing(tocsin: Deployment) -> None:
    [page] = tocsin.sent
    tocsin.publish("receipts", events.mail_event("delivery", page.id, page.to, page.page))
    tocsin.run(1)
    assert len(tocsin.sent) == 1
    record = tocsin.store.page(1001, page.page)
    assert record is not None
    assert record.receipt == "delivery"


def test_what_ses_says_when_it_is_set_up_is_no_error(tocsin: Deployment) -> None:
    for words in (
        "Successfully validated SNS topic for Amazon SES event publishing.",
        '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully subscribed"}',
        '{"mail": {}, "receipt": []}',
        '{"mail": {"messageId": "x"}, "eventType": "Rendering Failure"}',
    ):
        tocsin.publish("mails", words)
    tocsin.run(0.1)
    assert not [line for line in tocsin.lines() if line["level"] == "ERROR"]
    assert len(tocsin.sent) == 1
