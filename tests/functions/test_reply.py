"""What comes from outside people's hands and carriers' machines, well formed or not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, BEN, CHI, Deployment, Died, refusal
from tocsin.incidents.incident import State

Deploy = Callable[..., Deployment]

STRANGER = "+12025550177"
#: Nothing that a queue may hold is worth coming back ten times and waking somebody as a dead letter.
MALFORMED = [
    "",
    "not json",
    "null",
    "[]",
    '"text"',
    "{}",
    "[" * 20_000,
    '{"Message": 7}',
    '{"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe", "Token": "t"}',
    '{"Type": "UnsubscribeConfirmation", "Message": "You have chosen to leave"}',
    events.envelope("not json"),
    events.envelope({"originationNumber": None}),
    events.envelope({"originationNumber": 12025550101, "messageBody": ["ack"]}),
    events.envelope({"originationNumber": "", "messageBody": "1a", "inboundMessageId": "in-1"}),
    events.envelope({"eventType": "TEXT_DELIVERED"}),
    events.envelope({"eventType": 7, "messageId": "m"}),
    events.envelope({"eventType": "PIGEON_DELIVERED", "messageId": "m"}),
    events.envelope({"eventType": "TEXT_INVALID", "messageId": "of nobody's page", "context": 7}),
    events.envelope(events.two_way_text(STRANGER, "\ud800 ack")),
    events.envelope(events.two_way_text(STRANGER, "")),
    events.envelope(events.two_way_text(STRANGER, "9" * 100_000)),
    events.envelope(events.two_way_text(STRANGER, "ack 999999999999")),
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_answer_is_dropped_and_never_comes_back(tocsin: Deployment, body: str) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    record = events.plain_record(body)
    assert tocsin.invoke("reply", events.sqs([record])) == {"batchItemFailures": []}
    tocsin.run(1)
    assert len(tocsin.sent) == 1
    assert tocsin.get(1001).state is State.TRIGGERED
    assert not [line for line in tocsin.lines() if line["level"] == "ERROR"]


@pytest.mark.parametrize(
    "sender", ["\ud800", "x" * 5000, "+1", "12345", "BANK", "+12025550101 ", "+１２０２５５５０１０１"]
)
def test_what_no_phone_sent_is_dropped_before_anything_is_asked(tocsin: Deployment, sender: str) -> None:
    """Such a name would be no key of the table's: the message would come back until it is a dead letter."""
    tocsin.requests.clear()
    record = events.plain_record(events.envelope(events.two_way_text(sender, "STOP")))
    assert tocsin.invoke("reply", events.sqs([record])) == {"batchItemFailures": []}
    assert tocsin.requests == []


@pytest.mark.parametrize(
    "words", ["ack 1001", "1a", "ack", "HELP", "what is this?", "res #1001", "STOP", "START"]
)
def test_a_stranger_changes_nothing_and_gets_no_answer(tocsin: Deployment, words: str) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    version = tocsin.get(1001).version
    tocsin.text(STRANGER, words)
    tocsin.text(BEN, words)  # somebody of the team who was not paged
    tocsin.run(1)
    assert len(tocsin.sent) == 1
    assert tocsin.get(1001).version == version
    assert tocsin.kinds(1001) == ["opened", "step", "page_due", "page_sent"]


def test_an_answer_that_fails_comes_back_and_the_others_of_its_batch_do_not(tocsin: Deployment) -> None:
    tocsin.alert("a")
    tocsin.alert("b")
    tocsin.run(0.1)
    records = [
        events.plain_record(events.envelope(events.two_way_text(ANA, words))) for words in ("1a", "ack 1002")
    ]
    with tocsin.dying(2, "reply", refusal("ProvisionedThroughputExceededException", "GetItem")):
        answer = tocsin.invoke("reply", events.sqs(records))
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    assert [tocsin.get(number).state.value for number in (1001, 1002)] == ["triggered", "acknowledged"]
    [line] = [line for line in tocsin.lines() if line["level"] == "ERROR"]
    assert line["message_id"] == records[0]["messageId"]
    assert tocsin.invoke("reply", events.sqs(records[:1])) == {"batchItemFailures": []}
    assert tocsin.get(1001).state is State.ACKNOWLEDGED


def test_an_answer_is_taken_from_sns_with_and_without_its_envelope(tocsin: Deployment) -> None:
    tocsin.alert("a")
    tocsin.alert("b")
    tocsin.run(0.1)
    for number, wrap in ((1001, json.dumps), (1002, events.envelope)):
        record = events.plain_record(wrap(events.two_way_text(ANA, f"ack {number}")))
        tocsin.invoke("reply", events.sqs([record]))
        assert tocsin.get(number).state is State.ACKNOWLEDGED


def test_the_bare_word_goes_to_the_message_being_answered(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_TEXT_GAP="0")
    tocsin.alert("a")
    tocsin.alert("b")
    tocsin.run(0.1)
    tocsin.text(ANA, "ack")
    tocsin.run(0.1)
    assert tocsin.sent[2].text.startswith(
        "Which one? Nothing was changed. Reply 1a to ack #1001, 2a to ack #1002"
    )
    tocsin.text(ANA, "ack", answering=tocsin.sent[1].id)
    tocsin.run(0.1)
    assert [tocsin.get(number).state.value for number in (1001, 1002)] == ["triggered", "acknowledged"]


def test_somebody_else_s_code_and_number_change_nothing(tocsin: Deployment) -> None:
    tocsin.alert("a")
    tocsin.alert("b", "search")
    tocsin.run(0.1)
    tocsin.text(ANA, "ack 1002")
    tocsin.run(0.1)
    assert tocsin.sent[-1].text == "#1002 is not an incident you were paged for. Nothing was changed."
    tocsin.text(ANA, "7a")
    tocsin.run(0.1)
    assert tocsin.sent[-1].text.startswith("7 stands for no open incident, nothing was changed.")
    assert [tocsin.get(number).state.value for number in (1001, 1002)] == ["triggered"] * 2


def test_who_was_faster_is_told_to_whoever_was_not(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(5.5)
    tocsin.press(tocsin.sent[-1], "4")
    tocsin.text(ANA, "1a")
    tocsin.run(0.1)
    assert tocsin.sent[-1].text == "#1001 was already acknowledged by Ben Okafor (call)."
    assert tocsin.press(tocsin.sent[1], "4") == "Incident 1 0 0 1 was already acknowledged by Ben Okafor."


def test_a_code_is_not_given_again_soon_so_that_a_late_answer_silences_no_other_page(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_TEXT_GAP="0")
    tocsin.alert("a")
    tocsin.run(0.1)
    tocsin.text(ANA, "1r")
    tocsin.run(0.1)
    tocsin.alert("b")
    tocsin.run(0.1)
    assert "Reply 2a ack" in tocsin.sent[-1].text
    tocsin.text(ANA, "1a")
    tocsin.run(0.1)
    assert tocsin.get(1002).state is State.TRIGGERED
    tocsin.text(ANA, "2a")
    tocsin.run(0.1)
    assert tocsin.get(1002).state is State.ACKNOWLEDGED


def test_stop_is_remembered_and_shown_and_start_takes_it_back(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    for words in ("STOP", "stop", "START", "START"):
        tocsin.text(ANA, words)
        tocsin.run(0.1)
    assert len(tocsin.sent) == 1
    said = [(line.kind, line.actor.name) for line in tocsin.timeline(1001) if line.kind.startswith("opted")]
    assert said == [("opted_out", "ana"), ("opted_in", "ana")]
    assert (tocsin.counted("OptedOut"), tocsin.counted("OptedIn")) == (1, 1)


# calls


def call(attributes: dict[str, str], digit: str = "4", **changes: Any) -> dict[str, Any]:
    event = events.key_press("11111111-0000-0000-0000-000000000000", ANA, attributes, digit)
    event["Details"] |= changes
    return event


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Name": "ContactFlowEvent"},
        {"Details": None},
        {"Details": {"ContactData": []}},
        call({}),
        call({"page": "1001-c1-r1-s1-ana-1"}),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "no number"}),
        call({"page": "of nobody", "incident": "1001"}),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "7"}),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "1001"}, "7"),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "1001"}, "Timeout"),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "1001"}, "44"),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "1001"}, Parameters={}),
        call({"page": "1001-c1-r1-s1-ana-1", "incident": "1001"}, Parameters=None),
    ],
)
def test_a_call_that_cannot_be_understood_is_told_so_and_changes_nothing(
    tocsin: Deployment, event: dict[str, Any]
) -> None:
    tocsin.alert()
    tocsin.run(3.5)
    before = tocsin.items()
    answer = tocsin.invoke("reply", event)
    assert set(answer) == {"say"}
    assert answer["say"].endswith(".")
    assert tocsin.items() == before


def test_a_key_escalates_to_the_next_person(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(3.5)
    assert tocsin.press(tocsin.sent[1], "9") == "Incident 1 0 0 1 escalated."
    tocsin.run(0.1)
    assert tocsin.got()[2:] == [(3.5, "connect", "102")]


# links


@pytest.mark.parametrize(
    ("form", "encoded"),
    [
        ("", None),
        ("action=", None),
        ("action=delete", None),
        ("action=acknowledge&action=resolve", None),
        ("{}", None),
        ("x" * 10_000, None),
        ("&".join(f"f{n}=1" for n in range(50)), None),
        (b"\xff\xfe\x00", None),
        ("not base64", True),
    ],
)
def test_a_form_that_names_no_button_only_shows_the_page(
    tocsin: Deployment, form: str | bytes, encoded: bool | None
) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    link = tocsin.sent[0].link
    event = tocsin.link_event("POST", link, "action=acknowledge")
    raw = form if isinstance(form, bytes) else form.encode()
    event["body"] = form if encoded else base64.b64encode(raw).decode()
    before = tocsin.items()
    answer = tocsin.invoke("reply", event)
    assert answer["statusCode"] == 200
    assert "disk is on fire" in answer["body"]
    assert tocsin.items() == before


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 5000, "..", "%00", "é", "\ud800", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_link_is_over(tocsin: Deployment, token: str, method: str) -> None:
    event = tocsin.link_event(method, f"/l/{token}", "action=resolve" if method == "POST" else None)
    answer = tocsin.invoke("reply", event)
    assert answer["statusCode"] == 410
    assert answer["headers"]["cache-control"] == "no-store"


def test_a_link_older_than_a_week_is_over(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    tocsin.clock.advance(timedelta(days=7, minutes=-1))
    assert tocsin.look(tocsin.sent[0].link)["statusCode"] == 200
    tocsin.clock.advance(timedelta(minutes=1))
    assert tocsin.look(tocsin.sent[0].link)["statusCode"] == 410
    assert tocsin.push(tocsin.sent[0].link, "resolve")["statusCode"] == 410
    assert tocsin.get(1001).state is State.TRIGGERED


def test_a_mail_scanner_that_opens_every_link_again_and_again_wakes_and_silences_nobody(
    tocsin: Deployment,
) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    before = tocsin.items()
    for _ in range(5):
        assert tocsin.look(tocsin.sent[0].link)["statusCode"] == 200
    assert tocsin.items() == before


def test_a_link_s_page_may_be_loaded_framed_and_kept_by_nobody(tocsin: Deployment) -> None:
    tocsin.alert('<script>alert("x")</script>')
    tocsin.run(0.1)
    answer = tocsin.look(tocsin.sent[0].link)
    assert "<script>" not in answer["body"]
    assert "frame-ancestors 'none'" in answer["headers"]["content-security-policy"]
    assert answer["headers"]["referrer-policy"] == "no-referrer"


def test_a_button_pushed_twice_acts_once_and_says_so(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    link = tocsin.sent[0].link
    assert "It is yours" in tocsin.push(link, "acknowledge")["body"]
    assert "You were here before" in tocsin.push(link, "acknowledge")["body"]
    assert tocsin.kinds(1001).count("acknowledged") == 1


def test_a_reply_that_dies_tells_nobody_that_it_was_done(tocsin: Deployment) -> None:
    """A crashed function is an error to the browser and to the call, never a success."""
    tocsin.alert()
    tocsin.run(0.1)
    with tocsin.dying(1, "reply"), pytest.raises(Died):
        tocsin.push(tocsin.sent[0].link, "acknowledge")
    assert tocsin.get(1001).state is State.TRIGGERED
    assert CHI not in [one.to for one in tocsin.sent]
