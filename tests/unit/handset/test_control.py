"""The control API, what it brings to the stack, and the clean root."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from local.handset.client import HandsetError
from tests.unit.handset.kit import ANA, INBOUND, INBOUND_MAIL, OURS, RECEIPTS, Answer, Served
from tocsin.paging import mail_answers, mail_receipts
from tocsin.paging.mail_answers import MailAnswer
from tocsin.paging.receipts import Receipt
from tocsin.paging.replies import Kind

pytestmark = pytest.mark.enable_socket


def _connect_call(served: Served) -> str:
    client = served.client("connect", "connect")
    contact = client.start_outbound_voice_contact(
        InstanceId="inst",
        ContactFlowId="flow",
        DestinationPhoneNumber=ANA,
        SourcePhoneNumber=OURS,
        Attributes={"say": "Payments are down. Press 4.", "page": "p1"},
    )
    return str(contact["ContactId"])


def _send_text(served: Served, body: str) -> str:
    client = served.client("pinpoint-sms-voice-v2", "sms-voice")
    sent = client.send_text_message(DestinationPhoneNumber=ANA, OriginationIdentity=OURS, MessageBody=body)
    return str(sent["MessageId"])


def _fetch(url: str, **more: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    class NoRedirects(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    request = urllib.request.Request(url, **more)
    try:
        with urllib.request.build_opener(NoRedirects).open(request, timeout=5) as answer:
            return answer.status, answer.headers.items(), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.items(), error.read()


def test_a_reply_is_published_as_the_two_way_payload(served: Served) -> None:
    sent = _send_text(served, "Payments are down")
    answer = served.handset.reply("ana", "1a")
    assert answer["kept_by_carrier"] is False
    assert served.aws.published(INBOUND) == [
        {
            "originationNumber": ANA,
            "destinationNumber": OURS,
            "messageKeyword": "TOCSIN",
            "messageBody": "1a",
            "inboundMessageId": answer["inbound_message_id"],
            "previousPublishedMessageId": sent,
        }
    ]


def test_stop_stays_with_the_carrier_and_shows_on_the_phone(served: Served) -> None:
    assert served.handset.reply("ana", "STOP")["kept_by_carrier"] is True
    assert served.aws.published(INBOUND) == []
    assert served.handset.phone("ana")["opted_out"] == [ANA]
    assert "START" in served.handset.messages("ana", "auto")[0]["text"]


def test_a_key_asks_the_reply_function_and_its_words_are_heard(served: Served) -> None:
    contact = _connect_call(served)
    served.handset.answer("ana")
    heard = served.handset.press("ana", "4")
    assert heard["said"] == "Incident 1042 is yours."
    [event] = served.aws.invoked()
    assert event["Details"]["Parameters"] == {"digit": "4"}
    assert event["Details"]["ContactData"]["ContactId"] == contact
    assert event["Details"]["ContactData"]["Attributes"]["page"] == "p1"


def test_a_second_key_that_the_flow_does_not_know_ends_the_call(served: Served) -> None:
    _connect_call(served)
    served.handset.answer("ana")
    assert served.handset.press("ana", "1")["call"]["status"] == "answered"
    assert served.handset.press("ana", "1")["call"]["status"] == "completed"
    assert served.aws.invoked() == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(headers=[("X-Amz-Function-Error", "Unhandled")], body=b'{"errorMessage": "boom"}'),
        Answer(body=b'{"say": {"not": "flat"}}'),
        Answer(body=b'"yours"'),
        Answer(status=404, body=b'{"Type": "User", "Message": "Function not found"}'),
    ],
)
def test_a_reply_function_that_fails_is_shown_and_the_text_comes_once_more(
    served: Served, answer: Answer
) -> None:
    served.aws.lambda_answer = answer
    _connect_call(served)
    served.handset.answer("ana")
    with pytest.raises(HandsetError) as failed:
        served.handset.press("ana", "4")
    assert failed.value.status == 502
    [call] = served.handset.messages("ana", "voice")
    said = [line["text"] for line in call["lines"] if line["who"] == "voice"]
    assert said == ["Payments are down. Press 4."] * 2
    assert served.handset.log("trouble")


def test_a_mail_and_a_text_by_sns_are_found_where_the_account_keeps_them(served: Served) -> None:
    served.aws.mails.append(
        {
            "MessageId": f"mail-{time.time_ns()}",
            "Source": "tocsin@example.com",
            "To": ["ana@example.com"],
            "CC": [],
            "BCC": [],
            "Subject": "#1042 Payments are down",
            "BodyText": "Open https://example.com/l/x",
            "BodyHtml": "<script>alert(1)</script><b>down</b>",
            "Timestamp": 1795466577.5,
            "Type": "v2.SendEmail",
        }
    )
    served.aws.texts[ANA] = [{"MessageId": f"sns-{time.time_ns()}", "Message": "The clock is silent"}]
    mail = served.handset.wait_for_message("ana", "email", timeout=5)
    assert (mail["subject"], mail["at"]) == ("#1042 Payments are down", "2026-11-23T20:42:57.500+00:00")
    assert served.handset.wait_for_message("ana", "sms", timeout=5)["text"] == "The clock is silent"
    time.sleep(0.2)
    assert len(served.handset.messages("ana")) == 2

    served.handset.open_mail(mail["id"])
    assert served.handset.messages("ana", "email")[0]["opened_at"]
    status, headers, page = _fetch(f"{served.url}/_handset/mails/{mail['id']}")
    policy = {name.lower(): value for name, value in headers}["content-security-policy"]
    assert status == 200
    assert b"<b>down</b>" in page
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


def test_after_a_reset_nothing_that_was_sent_before_comes_back(served: Served) -> None:
    served.aws.texts[ANA] = [{"MessageId": f"sns-{time.time_ns()}", "Message": "old"}]
    served.handset.wait_for_message("ana", "sms", timeout=5)
    served.handset.power("ana", False)
    state = served.handset.reset()
    assert state["texts"] == state["log"] == []
    assert all(phone["on"] for phone in state["phones"])
    time.sleep(0.2)
    assert served.handset.messages() == []


def test_the_root_passes_requests_and_answers_through_unchanged(served: Served) -> None:
    served.api.answers = lambda request: Answer(
        429,
        [("Retry-After", "7"), ("X-Twice", "a"), ("X-Twice", "b"), ("Content-Type", "text/x")],
        b"\x00\xff",
    )
    body = bytes(range(256))
    status, headers, answered = _fetch(
        f"{served.url}/v1/events/a%2Fb?x=%20y&z",
        data=body,
        headers={"X-Mine": "1", "Content-Type": "application/x-strange"},
        method="PATCH",
    )
    [request] = served.api.requests
    assert (request.method, request.path, request.body) == ("PATCH", "/v1/events/a%2Fb?x=%20y&z", body)
    sent = {name.lower(): value for name, value in request.headers}
    assert (sent["x-mine"], sent["content-type"]) == ("1", "application/x-strange")
    assert (status, answered) == (429, b"\x00\xff")
    lower = [(name.lower(), value) for name, value in headers]
    for expected in (("retry-after", "7"), ("x-twice", "a"), ("x-twice", "b"), ("content-type", "text/x")):
        assert expected in lower
    assert [name for name, _ in lower].count("date") == 1


@pytest.mark.parametrize("path", ["/v1/x", "/v2/enqueue", "/l/token"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
def test_every_method_reaches_the_stack(served: Served, path: str, method: str) -> None:
    assert _fetch(served.url + path, method=method)[0] == 200
    assert [(request.method, request.path) for request in served.api.requests] == [(method, path)]


def test_a_redirect_of_the_stack_is_an_answer_and_not_followed(served: Served) -> None:
    served.api.answers = lambda request: Answer(303, [("Location", "/l/elsewhere")])
    status, headers, _ = _fetch(f"{served.url}/l/token")
    assert status == 303
    assert ("location", "/l/elsewhere") in [(name.lower(), value) for name, value in headers]
    assert len(served.api.requests) == 1


def test_an_event_that_comes_in_is_told_once_in_a_burst_and_never_with_its_key(served: Served) -> None:
    for _ in range(3):
        _fetch(f"{served.url}/v1/events/very-secret", data=b"{}")
    lines = served.handset.log("event")
    assert [line["text"] for line in lines] == ["An event comes in"]
    assert "very-secret" not in json.dumps(served.handset.state())


def test_the_buttons_raise_a_generic_event_and_resolve_it(served: Served) -> None:
    served.api.answers = lambda request: Answer(202, [], b"{}")
    raised = served.handset.raise_incident({"title": "Payments are down"})["event"]
    served.handset.resolve()
    first, second = served.api.requests
    assert first.path == second.path == "/v1/events/demo-key"
    trigger, resolve = json.loads(first.body), json.loads(second.body)
    assert (trigger["action"], trigger["title"]) == ("trigger", "Payments are down")
    assert (resolve["action"], resolve["dedup_key"]) == ("resolve", raised["dedup_key"])
    state = served.handset.state()
    assert state["demo"]["open"] == []
    assert "demo-key" not in json.dumps(state)


def test_an_event_the_stack_does_not_take_is_shown_and_not_open(served: Served) -> None:
    served.api.answers = lambda request: Answer(404, [], b'{"error": "no such key"}')
    with pytest.raises(HandsetError) as refused:
        served.handset.raise_incident()
    assert refused.value.status == 502
    assert served.handset.state()["demo"]["open"] == []


def test_a_link_of_a_message_opens_the_stacks_page_and_its_button_posts(served: Served) -> None:
    _send_text(served, "Payments are down https://tocsin.example.com/l/abc?x=1 now")
    served.api.answers = lambda request: Answer(200, [("Content-Type", "text/html")], b"<form>")
    url = "https://tocsin.example.com/l/abc?x=1"
    assert served.handset.tap(url)["body"] == "<form>"
    served.handset.tap(url, form={"action": "acknowledge"}, user="ana")
    first, second = served.api.requests
    assert (first.method, first.path) == ("GET", "/l/abc?x=1")
    assert (second.method, second.body) == ("POST", b"action=acknowledge")


def test_a_link_that_no_message_has_cannot_be_tapped(served: Served) -> None:
    with pytest.raises(HandsetError) as refused:
        served.handset.tap("https://tocsin.example.com/l/abc")
    assert refused.value.status == 404
    assert served.api.requests == []


def test_a_link_to_elsewhere_is_told_but_not_fetched(served: Served) -> None:
    _send_text(served, "See https://runbooks.example.com/checkout")
    assert served.handset.tap("https://runbooks.example.com/checkout")["external"] is True
    assert served.handset.log("tap", "ana")
    assert served.api.requests == []


def test_the_phones_own_browser_shows_a_page_that_bans_other_sites_frames(served: Served) -> None:
    ban = "default-src 'none'; frame-ancestors 'none'; form-action 'self'"
    served.api.answers = lambda request: Answer(
        200, [("Content-Security-Policy", ban), ("X-Frame-Options", "DENY")], b"page"
    )
    status, headers, page = _fetch(f"{served.url}/_handset/phones/ana/browser/l/abc?x=1")
    lower = {name.lower(): value for name, value in headers}
    assert (status, page, served.api.requests[0].path) == (200, b"page", "/l/abc?x=1")
    assert (
        lower["content-security-policy"] == "default-src 'none'; frame-ancestors 'self'; form-action 'self'"
    )
    assert "x-frame-options" not in lower
    assert _fetch(f"{served.url}/_handset/phones/ana/browser/v1/events/x")[0] == 404


def test_watchers_get_the_whole_state_and_then_each_change(served: Served) -> None:
    with urllib.request.urlopen(f"{served.url}/_handset/events", timeout=5) as stream:
        assert stream.readline() == b"event: state\n"
        state = json.loads(stream.readline().removeprefix(b"data: "))
        assert [phone["user"] for phone in state["phones"]] == ["ana", "ben", "chi"]
        stream.readline()
        served.handset.power("ben", False)
        assert stream.readline() == b"event: change\n"
        change = json.loads(stream.readline().removeprefix(b"data: "))
    assert (change["kind"], change["item"]["user"], change["item"]["on"]) == ("phone", "ben", False)
    assert change["revision"] == state["revision"] + 1


def test_waiting_is_told_when_nothing_has_changed(served: Served) -> None:
    revision = served.handset.state()["revision"]
    assert _fetch(f"{served.url}/_handset/state?since={revision}")[0] == 204
    served.handset.power("ben", False)
    with pytest.raises(TimeoutError, match="Ben's phone is off"):
        served.handset.wait_for(lambda state: state["mails"], timeout=0.2)


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("phones/zoe/power", b'{"on": true}', 404, "nobody here is called 'zoe'"),
        ("phones/ana/power", b'{"on": "yes"}', 400, '"on"'),
        ("phones/ana/reply", b"{}", 400, '"text"'),
        ("phones/ana/reply", b"[]", 400, "JSON object"),
        ("phones/ana/reply", b"{", 400, "not JSON"),
        ("phones/ana/answer", b"{}", 409, "not ringing"),
        ("phones/ana/answer", b'{"call": "c999999"}', 404, "no call"),
        ("phones/ana/press", b'{"digit": "4"}', 409, "not on a call"),
        ("phones/ana/refuse", b'{"kind": "moon"}', 409, "no such refusal"),
        ("phones/ana/refuse", b'{"kind": "spam", "times": 0}', 409, "at least 1"),
        ("mails/m999999/open", b"{}", 404, "no mail"),
        ("resolve", b"{}", 409, "nothing was raised"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    served: Served, path: str, body: bytes, status: int, says: str
) -> None:
    answered, _, raw = _fetch(f"{served.url}/_handset/{path}", data=body)
    assert answered == status
    assert says in json.loads(raw)["error"]


def test_another_sites_page_may_not_use_the_phones(served: Served) -> None:
    answered, _, _ = _fetch(
        f"{served.url}/_handset/phones/ana/power",
        data=b'{"on": false}',
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answered == 403
    assert served.handset.phone("ana")["on"] is True


def test_the_page_loads_nothing_from_elsewhere(served: Served) -> None:
    status, headers, page = _fetch(f"{served.url}/")
    policy = {name.lower(): value for name, value in headers}["content-security-policy"]
    assert status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert b"http://" not in page.replace(b"http://www.w3.org", b"")
    for name in ("handset.js", "phone.js", "log.js", "dom.js", "handset.css", "bell.svg"):
        assert _fetch(f"{served.url}/_handset/static/{name}")[0] == 200


# answers by mail


def _mail(served: Served) -> dict[str, Any]:
    served.aws.mails.append(
        {
            "MessageId": f"{time.time_ns()}@email.amazonses.com",
            "Timestamp": time.time(),
            "Source": "tocsin@example.com",
            "To": ["ana@example.com"],
            "CC": [],
            "BCC": [],
            "Subject": "checkout: down [#1042]",
            "BodyText": "checkout: down\n#res\n",
            "BodyHtml": "",
        }
    )
    return served.handset.wait_for_message("ana", "email", text="[#1042]", timeout=5)


def test_an_answer_to_a_mail_is_published_as_a_receipt_rule_does(served: Served) -> None:
    """Read by what reads SES: the words are the person's own, and what is quoted is not."""
    mail = _mail(served)
    id = served.handset.reply_to_mail(mail["id"], "#ack\n\nAna")["message_id"]
    [event] = served.aws.published(INBOUND_MAIL)
    assert event["receipt"]["action"]["topicArn"] == INBOUND_MAIL
    found = mail_answers.read(json.dumps(event))
    assert found == MailAnswer(id, "ana@example.com", Kind.ACK, 1042)
    assert served.handset.messages("ana", "reply")[0]["subject"] == "Re: checkout: down [#1042]"
    assert [line["text"] for line in served.handset.log("mail_reply")] == ["Ana answers a mail"]


def test_a_forged_answer_is_one_that_ses_does_not_vouch_for(served: Served) -> None:
    served.handset.reply_to_mail(_mail(served)["id"], "#ack", forged=True)
    [event] = served.aws.published(INBOUND_MAIL)
    assert isinstance(mail_answers.read(json.dumps(event)), mail_answers.NotTaken)


def test_a_mail_that_bounces_is_told_to_the_stack_and_reaches_nobody(served: Served) -> None:
    served.handset.refuse("ana", "bounces", times=1)
    mail = _mail(served)
    assert mail["status"] == "bounced"
    [event] = served.handset.wait_for(lambda _: served.aws.published(RECEIPTS), timeout=5)
    found = mail_receipts.read(json.dumps(event))
    assert isinstance(found, Receipt)
    assert (found.provider_id, found.hard, found.reason) == (mail["provider_id"], True, "invalid_address")
    assert served.handset.phone("ana")["refuses"] is None


def test_a_mail_cannot_be_answered_without_words(served: Served) -> None:
    with pytest.raises(HandsetError, match="text"):
        served.handset.reply_to_mail(_mail(served)["id"], " ")
    with pytest.raises(HandsetError, match="no mail"):
        served.handset.reply_to_mail("m-none", "#ack")
