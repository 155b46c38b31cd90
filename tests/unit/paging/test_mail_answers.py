"""Who answers a mail of ours takes the incident, and nobody else does."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging.mails import RECEIVED, TOKEN, answer, came, event, mail, not_taken
from tests.unit.paging.test_mail_receipts import ID, recorded
from tocsin.paging.mail_answers import MailAnswer, NotTaken, Stored, read
from tocsin.paging.replies import Kind

# how it comes


def test_an_answer_names_who_wrote_it_and_what_it_answers() -> None:
    expected = MailAnswer(RECEIVED, "ana@example.com", Kind.ACK, 1042, TOKEN, (ID,))
    assert answer() == expected
    whole = json.dumps(event())
    assert read(json.dumps({"Type": "Notification", "MessageId": "m", "Message": whole})) == expected


def test_a_mail_that_is_stored_is_fetched_and_read_again() -> None:
    body = json.dumps(recorded("received_s3"))
    assert read(body) == Stored("tocsin-mail", RECEIVED)
    assert read(body, event()["content"].encode()) == answer()


def test_a_lambda_action_has_the_same_event_and_no_content() -> None:
    body = json.dumps(recorded("received_lambda"))
    assert read(body) == NotTaken("the event has no content")
    assert read(body, event()["content"].encode()) == answer()


def test_content_may_be_in_base64() -> None:
    action = {"type": "SNS", "topicArn": "arn", "encoding": "BASE64"}
    content = base64.b64encode(event()["content"].encode()).decode()
    assert answer(content, action=action) == answer()
    assert not_taken("a", action=action)


# who wrote it


@pytest.mark.parametrize("status", ["FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED", "pass", "", None, 7])
@pytest.mark.parametrize("verdict", ["spfVerdict", "dkimVerdict", "dmarcVerdict"])
def test_only_a_sender_whom_all_three_checks_vouch_for_is_taken(verdict: str, status: object) -> None:
    assert verdict in not_taken(**{verdict: {"status": status}})  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", ["spfVerdict", "dkimVerdict", "dmarcVerdict"])
def test_a_check_that_was_not_made_vouches_for_nobody(verdict: str) -> None:
    found = event()
    del found["receipt"][verdict]
    assert isinstance(read(json.dumps(found)), NotTaken)


@pytest.mark.parametrize("verdict", ["spamVerdict", "virusVerdict"])
def test_spam_and_viruses_are_not_taken_and_a_check_in_doubt_is_no_reason(verdict: str) -> None:
    assert verdict in not_taken(**{verdict: {"status": "FAIL"}})  # type: ignore[arg-type]
    assert isinstance(came(**{verdict: {"status": "GRAY"}}), MailAnswer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sender",
    [
        [],
        ["From: ana@example.com", "From: eve@example.com"],
        ["From: ana@example.com, eve@example.com"],
        ["From: ana@example.com <eve@example.com>"],
        ["From: Team: ana@example.com, eve@example.com;"],
        ["From: Ana Souza"],
        ["From: "],
        ["From: <>"],
        ["From: eve@example.com"],
        ["From: =?utf-8?q?ana=40example=2Ecom?= <eve@example.com>"],
        ["From: ana@exämple.com"],
        ["From: ana@example.com", "from: eve@example.com"],
        ["From: ana@example.com\r\n ,eve@example.com"],
        ["From: " + "a" * 2_000 + "@example.com"],
        ["From: ana@@example.com"],
    ],
)
def test_from_is_one_address_or_the_mail_is_not_taken(sender: list[str]) -> None:
    assert not_taken(mail(*sender, instead="From")) == "not from exactly one address"


def test_an_address_is_the_same_however_it_is_written() -> None:
    for sender in (
        "ANA@Example.com",
        '"Souza, Ana" <Ana@example.com>',
        "=?utf-8?q?=C3=81na?= <ana@EXAMPLE.com>",
    ):
        assert answer(mail(f"From: {sender}", instead="From")).sender == "ana@example.com"


def test_the_mail_and_ses_have_to_name_the_same_sender() -> None:
    found = event()
    found["mail"]["commonHeaders"]["from"] = ["ana@example.com", "eve@example.com"]
    assert isinstance(read(json.dumps(found)), NotTaken)
    del found["mail"]["commonHeaders"]
    assert isinstance(read(json.dumps(found)), MailAnswer)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=y",
        "Auto-submitted: Auto-Replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: away",
        "Precedence: bulk",
        "Precedence: Auto_Reply",
        "Precedence: list",
        "Return-Path: <>",
        "X-Tocsin-Page: 1042-c1",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
    ],
)
def test_what_nobody_wrote_is_not_taken(header: str) -> None:
    assert not_taken(mail(header))


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: no", "Precedence: normal", "X-Auto-Response-Suppress: All"]
)
def test_what_people_send_may_have_such_headers_too(header: str) -> None:
    assert isinstance(came(mail(header)), MailAnswer)


@pytest.mark.parametrize("source", ["", "<>", None])
def test_a_bounce_is_not_taken(source: str | None) -> None:
    found = event()
    found["mail"]["source"] = source
    assert isinstance(read(json.dumps(found)), NotTaken)


def test_a_snooze_says_how_long_and_a_note_keeps_its_words() -> None:
    assert answer(mail(body="#snooze 90m")).span == timedelta(minutes=90)
    outside = answer(mail(body="#snooze 8d"))
    assert (outside.kind, outside.span) == (Kind.UNKNOWN, timedelta(days=8))
    note = answer(mail(body="#7 note Disk 3 of EU-1"))
    assert (note.number, note.text) == (7, "Disk 3 of EU-1")


# which incident


def test_the_token_is_that_of_the_address_where_it_came_in() -> None:
    assert answer(recipients=["ack@in.example.com"]).token == ""
    assert answer(recipients=["other@in.example.com", "ack+AbC@in.example.com"]).token == "AbC"
    for odd in ("ack+a b@x", "ack+" + "x" * 61 + "@in.example.com", "ack+@x", "ack+a+b@x", 7, None):
        assert answer(recipients=[odd]).token == ""


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: checkout: disk full [#1042]", 1042),
        ("AW: [#7] checkout: disk full [#1042]", 1042),
        ("=?utf-8?b?UmU6IHPDo28gWyMxMDQyXQ==?=", 1042),
        ("Re: checkout: a very long title indeed\r\n [#1042]", 1042),
        ("Re: checkout #1042", None),
        ("[#0]", None),
        ("[#" + "9" * 13 + "]", None),
        ("[#\N{ARABIC-INDIC DIGIT ONE}]", None),
        ("=?nonsense?b?!!!?=", None),
        ("", None),
    ],
)
def test_the_subject_names_the_incident_with_its_last_number(subject: str, number: int | None) -> None:
    assert answer(mail(f"Subject: {subject}", instead="Subject")).number == number


def test_without_a_subject_the_thread_does() -> None:
    thread = "References: <other@example.com>\r\n <incident-1042@example.com> <abc@eu-west-1.amazonses.com>"
    found = answer(
        mail("Subject: hello", thread, f"In-Reply-To: <{ID}@email.amazonses.com>", instead="Subject")
    )
    assert (found.number, found.answering) == (1042, (ID,))


def test_a_number_in_the_command_goes_before_all_else() -> None:
    for words in ("#ack 7", "#7 ack", "#acknowledge #7", "#esc 7", "#resolve 7"):
        found = answer(mail(body=words))
        assert (found.number, found.token) == (7, "")


# whatever comes


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"Message": "[1]"}',
        '{"Records": [{"ses": 7}]}',
        '{"Records": [7, 8]}',
    ],
)
def test_what_is_no_event_is_not_taken(body: str) -> None:
    assert isinstance(read(body), NotTaken)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    _json, st.sampled_from(["mail", "receipt", "content"]), st.sampled_from(["", "action", "commonHeaders"])
)
def test_no_event_that_somebody_makes_up_is_an_exception(value: object, key: str, inner: str) -> None:
    found = event()
    if inner and isinstance(found[key], dict):
        found[key][inner] = value
    else:
        found[key] = value
    assert isinstance(read(json.dumps(found)), (MailAnswer, NotTaken, Stored))
    assert isinstance(read(json.dumps(value)), NotTaken)
