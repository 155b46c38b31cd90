"""All mails about one incident make one thread, and an answer finds its way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tocsin.paging.channels import email
from tocsin.paging.channels.base import ChannelSettings, Message, Sent

SETTINGS = ChannelSettings(mail_from="Tocsin <tocsin@Example.com>", mail_reply_to="ack@in.example.com")
MAIL = Message("1042-c1-r1-s1-ana-0", "ana@example.com", "text", 1042, subject="checkout: down [#1042]")
THREAD = "<incident-1042@example.com>"


class Ses:
    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def send_email(self, **asked: Any) -> dict[str, str]:
        self.asked = asked
        return {"MessageId": "m"}

    @property
    def headers(self) -> dict[str, str]:
        return {one["Name"]: one["Value"] for one in self.asked["Content"]["Simple"]["Headers"]}


def sent(message: Message = MAIL, settings: ChannelSettings = SETTINGS) -> Ses:
    ses = Ses()
    assert email.send(ses, settings, message) == Sent("m")
    return ses


def test_every_mail_about_an_incident_answers_the_same_message_so_that_they_make_one_thread() -> None:
    for message in (MAIL, replace(MAIL, page_id="another", to="ben@example.com")):
        headers = sent(message).headers
        assert headers["In-Reply-To"] == headers["References"] == THREAD
    assert sent(replace(MAIL, incident=7)).headers["References"] == "<incident-7@example.com>"


def test_no_message_id_is_given_since_ses_puts_its_own() -> None:
    assert "Message-ID" not in sent().headers


@pytest.mark.parametrize("sender", ["tocsin@example.com", "Tocsin <tocsin@example.com>"])
def test_the_thread_is_named_by_the_senders_domain(sender: str) -> None:
    assert sent(settings=replace(SETTINGS, mail_from=sender)).headers["References"] == THREAD


def test_what_is_about_no_incident_and_what_has_no_plain_domain_makes_no_thread() -> None:
    assert "References" not in sent(replace(MAIL, incident=None)).headers
    odd = replace(SETTINGS, mail_from="tocsin@münchen.example\r\nX: y")
    assert "References" not in sent(settings=odd).headers


def test_an_answer_goes_to_an_address_that_names_its_page() -> None:
    assert sent(replace(MAIL, reply_token="Zk3v-9_t")).asked["ReplyToAddresses"] == [
        "ack+Zk3v-9_t@in.example.com"
    ]
    assert sent().asked["ReplyToAddresses"] == ["ack@in.example.com"]
    assert "ReplyToAddresses" not in sent(settings=replace(SETTINGS, mail_reply_to="")).asked


@pytest.mark.parametrize("token", ["x" * 61, "a b", "a@b", "a\r\nb", "ä"])
def test_a_token_that_fits_no_address_is_left_out(token: str) -> None:
    assert email.reply_to("ack@in.example.com", token) == "ack@in.example.com"


def test_an_absence_assistant_is_told_that_nobody_wrote_it() -> None:
    assert sent().headers["Auto-Submitted"] == "auto-generated"
