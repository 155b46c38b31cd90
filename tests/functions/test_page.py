"""The page function: what a carrier's answer does to a page and to its message on the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, BEN, TEAM, Deployment, Died, refusal
from tests.functions.network import Trouble, refusing
from tests.template import declared
from tocsin.incidents.incident import Actor
from tocsin.paging.throttle import Called
from tocsin.paging.verification import Verified
from tocsin.store.people import Calls, Phone

Deploy = Callable[..., Deployment]

THROTTLED = Trouble("ThrottlingException", 400)
OPTED_OUT = Trouble("ConflictException", extra={"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"})
NOT_ALLOWED = Trouble("DestinationNotAllowedException", 403)
FIRST = "1001-c1-r1-s1-ana-0"

#: Ana has a second way to be reached.
TWO_WAYS = TEAM.replace("{after: 3m, via: voice}", "{after: 3m, via: email}")


def reasons(tocsin: Deployment, kind: str) -> list[object]:
    return [line.details["reason"] for line in tocsin.timeline(1001) if line.kind == kind]


# put back


def test_a_carrier_that_is_busy_is_asked_again_by_the_message_s_visibility(tocsin: Deployment) -> None:
    tocsin.network.says = refusing(THROTTLED, ANA, times=2)
    tocsin.alert()
    [record] = tocsin.receive("pages")
    for seconds in (3, 8):
        answer = tocsin.invoke("page", events.sqs([record]))
        assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
        assert tocsin.put_back == {record["receiptHandle"]: seconds}
    assert tocsin.requests.count("sqs.ChangeMessageVisibility") == 2
    assert tocsin.requests.count("sqs.SendMessageBatch") == 2
    assert tocsin.invoke("page", events.sqs([record])) == {"batchItemFailures": []}
    assert [one.page for one in tocsin.sent] == [FIRST]


def test_it_waits_as_long_as_the_carrier_says_but_not_for_ever(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_TEXT_GAP="0")
    for after, seconds in (("5", 5), ("3600", 20)):
        tocsin.network.says = refusing(Trouble("ThrottlingException", headers={"retry-after": after}), ANA)
        tocsin.alert(f"disk-{after}")
        [record] = tocsin.receive("pages")
        tocsin.invoke("page", events.sqs([record]))
        assert tocsin.put_back[record["receiptHandle"]] == seconds


def test_a_carrier_that_stays_busy_is_given_up_and_the_next_person_is_woken(tocsin: Deployment) -> None:
    tocsin.network.says = refusing(THROTTLED, ANA)
    tocsin.alert()
    tocsin.run(1)
    assert tocsin.got() == [(0.52, "connect", "102")], tocsin.story(1001)
    assert reasons(tocsin, "page_refused") == ["carrier_unavailable: throttled"]


def test_a_message_whose_visibility_cannot_be_changed_comes_back_by_the_queue_s_own(
    tocsin: Deployment,
) -> None:
    tocsin.network.says = refusing(THROTTLED, ANA, times=1)
    tocsin.failing["sqs.ChangeMessageVisibility"] = refusal("ServiceUnavailable", "ChangeMessageVisibility")
    tocsin.alert()
    tocsin.run(1.1)
    assert tocsin.got() == [(1, "sms", "101")]


def test_a_page_that_another_function_is_sending_waits_for_its_lease(tocsin: Deployment) -> None:
    tocsin.alert()
    [record] = tocsin.receive("pages")
    with tocsin.dying(1, "page"), pytest.raises(Died):
        tocsin.invoke("page", events.sqs([record]))
    answer = tocsin.invoke("page", events.sqs([record]))
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert tocsin.put_back == {record["receiptHandle"]: 60}
    assert tocsin.sent == []


def test_a_text_whose_answer_got_lost_is_sent_again_and_marked(tocsin: Deployment) -> None:
    tocsin.network.says = refusing(ReadTimeoutError(endpoint_url="https://texts"), ANA, times=1)
    tocsin.alert()
    tocsin.run(0.5)
    assert tocsin.got() == [(0.05, "sms", "101")]
    [line] = [line for line in tocsin.timeline(1001) if line.kind == "page_sent"]
    assert line.details["maybe_twice"] is True


def test_a_text_that_never_left_is_not_marked(tocsin: Deployment) -> None:
    tocsin.network.says = refusing(ConnectTimeoutError(endpoint_url="https://texts"), ANA, times=1)
    tocsin.alert()
    tocsin.run(0.5)
    [line] = [line for line in tocsin.timeline(1001) if line.kind == "page_sent"]
    assert "maybe_twice" not in line.details


# refused


def test_what_a_carrier_refuses_goes_to_the_person_s_next_contact_at_once(deploy: Deploy) -> None:
    tocsin = deploy(TWO_WAYS)
    tocsin.network.says = refusing(OPTED_OUT, ANA)
    tocsin.alert()
    [record] = tocsin.receive("pages")
    assert tocsin.invoke("page", events.sqs([record])) == {"batchItemFailures": []}
    [queued] = tocsin.receive("pages")
    page = json.loads(queued["body"])["page"]
    assert (page["user"], page["via"], page["contact"]) == ("ana", "email", "email")
    tocsin.invoke("page", events.sqs([queued]))
    assert tocsin.got() == [(0, "email", "ana")]
    assert reasons(tocsin, "page_refused") == ["opted_out"]


def test_when_nothing_is_left_the_next_step_begins_at_once(tocsin: Deployment) -> None:
    tocsin.network.says = refusing(OPTED_OUT, ANA)
    tocsin.alert()
    tocsin.run(0.1)
    assert tocsin.got() == [(0, "connect", "102")]
    assert "step_passed" in tocsin.kinds(1001)


def test_a_phone_that_wants_no_texts_is_not_even_tried(tocsin: Deployment) -> None:
    tocsin.text(ANA, "STOP")
    tocsin.run()
    tocsin.alert()
    tocsin.run(0.1)
    assert tocsin.network.tried == [("connect", BEN)]
    assert reasons(tocsin, "page_refused") == ["opted_out"]
    tocsin.text(ANA, "START")
    tocsin.run()
    tocsin.alert("other")
    tocsin.run(0.1)
    assert tocsin.network.tried[1:] == [("sms", ANA)]


def test_a_receipt_that_says_never_goes_to_the_next_person_at_once(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    page = tocsin.sent[0]
    tocsin.publish("receipts", events.receipt("TEXT_BLOCKED", page.id, ANA, page.at, page.page))
    tocsin.run(0.1)
    assert tocsin.got()[1:] == [(0.1, "connect", "102")]
    record = tocsin.store.page(1001, FIRST)
    assert record.receipt == "blocked"


def test_a_receipt_of_success_is_noted_and_shortens_nothing(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)
    page = tocsin.sent[0]
    tocsin.publish("receipts", events.receipt("TEXT_DELIVERED", page.id, ANA, page.at, page.page))
    tocsin.run(2)
    assert len(tocsin.sent) == 1
    assert tocsin.store.page(1001, FIRST).receipt == "delivered"


def test_a_channel_that_is_off_is_passed_by(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_SMS_IDENTITY="")
    tocsin.alert()
    tocsin.run(0.1)
    assert tocsin.got() == [(0, "connect", "102")]
    assert reasons(tocsin, "page_refused") == ["channel_off"]


def test_when_no_channel_is_on_the_watchdog_hears_of_it(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_SMS_IDENTITY="", TOCSIN_CONNECT_NUMBER="", TOCSIN_MAIL_FROM="")
    tocsin.alert()
    tocsin.run(0.5)
    assert tocsin.sent == []
    assert tocsin.alarms() == ["Tocsin: nobody_reached"]


def test_texts_go_by_sns_without_codes_when_only_that_is_on(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_SMS_IDENTITY="", TOCSIN_SNS_SMS="on")
    tocsin.alert()
    tocsin.run(0.1)
    [sent] = tocsin.sent
    assert (sent.channel, sent.to) == ("sns_sms", ANA)
    assert "Reply" not in sent.text
    assert tocsin.look(sent.link)["statusCode"] == 200


def test_calls_go_by_end_user_messaging_without_keys_when_connect_is_off(deploy: Deploy) -> None:
    identity = "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-2"
    tocsin = deploy(TOCSIN_CONNECT_INSTANCE_ID="", TOCSIN_VOICE_IDENTITY=identity)
    tocsin.alert("x", "search")
    tocsin.run(0.1)
    [sent] = tocsin.sent
    assert (sent.channel, sent.to) == ("voice", BEN)
    assert sent.request["OriginationIdentity"] == identity
    assert "takes no keys" in sent.text


# calls


def test_a_second_call_within_two_minutes_becomes_a_text_to_the_same_number(tocsin: Deployment) -> None:
    for dedup_key in ("a", "b", "c"):
        tocsin.alert(dedup_key, "search")
    tocsin.run(0.1)
    assert [(one.channel, one.to) for one in tocsin.sent] == [("connect", BEN), ("sms", BEN)]
    # The third is a text as well, and the phone has a turn a minute.
    tocsin.run(1)
    assert [(one.channel, one.to) for one in tocsin.sent] == [("connect", BEN), ("sms", BEN), ("sms", BEN)]
    held = [line.details.get("held_back") for number in (1002, 1003) for line in tocsin.timeline(number)]
    assert held.count("called_recently") == 2
    assert "Reply 2a ack, 2r resolve" in tocsin.sent[2].text


def test_a_number_that_was_called_as_often_as_it_may_be_is_called_no_more_today(deploy: Deploy) -> None:
    tocsin = deploy(TOCSIN_CONNECT_INSTANCE_ID="", TOCSIN_VOICE_IDENTITY="+12025550111")
    before = tuple(Called(tocsin.clock.now() - timedelta(hours=hours), f"p{hours}") for hours in range(1, 6))
    tocsin.store.put_calls(Calls("ben", before[0], {BEN: before}))
    tocsin.alert("disk", "search")
    tocsin.run(0.1)
    assert tocsin.got() == [(0, "email", "ben")]
    assert reasons(tocsin, "page_refused") == ["daily_call_limit"]


# cancelled


def test_a_page_that_still_lies_in_the_queue_when_somebody_acknowledges_is_not_sent(
    tocsin: Deployment,
) -> None:
    tocsin.alert()
    tocsin.run(3.5)
    call = tocsin.sent[1]
    tocsin.press(call, "9")
    waiting = tocsin.receive("pages")
    assert [json.loads(one["body"])["page"]["user"] for one in waiting] == ["ben"]
    tocsin.press(call, "4")
    assert tocsin.invoke("page", events.sqs(waiting)) == {"batchItemFailures": []}
    assert len(tocsin.sent) == 2
    assert reasons(tocsin, "page_cancelled") == ["acknowledged"]
    assert tocsin.get(1001).acked_by == Actor("user", "ana", "call")


def test_a_page_of_an_incident_that_is_not_there_is_dropped(tocsin: Deployment) -> None:
    tocsin.alert()
    [record] = tocsin.receive("pages")
    body = json.loads(record["body"]) | {"incident": 7}
    record = events.plain_record(json.dumps(body))
    assert tocsin.invoke("page", events.sqs([record])) == {"batchItemFailures": []}
    assert tocsin.network.tried == []


# messages that are none


@pytest.mark.parametrize(
    "body", ["", "not json", "{}", "[]", '{"kind": "page", "incident": 1}', '{"kind": "notice"}']
)
def test_what_is_no_page_comes_back_alone_until_it_is_a_dead_letter(tocsin: Deployment, body: str) -> None:
    tocsin.alert()
    [good] = tocsin.receive("pages")
    bad = events.plain_record(body)
    answer = tocsin.invoke("page", events.sqs([bad, good]))
    assert answer == {"batchItemFailures": [{"itemIdentifier": bad["messageId"]}]}
    assert [one.page for one in tocsin.sent] == [FIRST]
    [line] = [line for line in tocsin.lines() if line["level"] == "ERROR"]
    assert line["message_id"] == bad["messageId"]
    assert declared("PageQueue")["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 40


# contacts that have to be verified


def test_an_unverified_contact_is_passed_over_by_the_deployed_function(deploy: Deploy) -> None:
    tocsin = deploy(TWO_WAYS, TOCSIN_CONTACT_VERIFICATION="required")
    word = Verified(tocsin.clock.now(), "vouched", "ops")
    tocsin.store.put_phone(Phone("ana@example.com", verified={"ana": word}))
    tocsin.alert()
    tocsin.run(minutes=0.5)
    assert [(one.channel, one.to) for one in tocsin.sent] == [("email", "ana@example.com")]
    assert reasons(tocsin, "page_refused") == ["unverified"]


@pytest.mark.parametrize(("via", "more"), [("sms", 0), ("voice", 1), ("email", 1)])
def test_whether_a_contact_is_verified_costs_a_text_no_request_and_others_one(
    deploy: Deploy, via: str, more: int
) -> None:
    team = TEAM.replace("{after: 0m, via: sms}, {after: 3m, via: voice}", f"{{after: 0m, via: {via}}}")
    made: list[int] = []
    for verification in ("off", "required"):
        tocsin = deploy(team, TOCSIN_CONTACT_VERIFICATION=verification)
        word = Verified(tocsin.clock.now(), "vouched", "ops")
        for address in (ANA, "ana@example.com"):
            tocsin.store.put_phone(Phone(address, verified={"ana": word}))
        tocsin.alert()
        [record] = tocsin.receive("pages")
        tocsin.requests.clear()
        tocsin.invoke("page", events.sqs([record]))
        assert [one.page for one in tocsin.sent] == [FIRST]
        made.append(len(tocsin.requests))
    assert made[1] == made[0] + more


def test_a_text_comes_from_its_countrys_identity_and_costs_no_more_than_is_allowed(deploy: Deploy) -> None:
    own = f"arn:aws:sms-voice:{events.REGION}:{events.ACCOUNT}:phone-number/phone-2"
    tocsin = deploy(
        TOCSIN_SMS_IDENTITY_BY_PREFIX=f"+44=arn:aws:sms-voice:x:1:pool/gb,{ANA[:5]}={own}",
        TOCSIN_SMS_MAX_PRICE="0.05",
        TOCSIN_PROTECT_CONFIGURATION="protect-1",
    )
    tocsin.alert()
    tocsin.run(0.1)
    [text] = tocsin.sent
    wanted = {"OriginationIdentity": own, "MaxPrice": "0.05", "ProtectConfigurationId": "protect-1"}
    assert {name: text.request.get(name) for name in wanted} == wanted
