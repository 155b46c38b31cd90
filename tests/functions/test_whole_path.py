"""From a sender's request to a sleeping person's phone and back, through every handler and every queue between them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.events.library import text
from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, AT, BEN, PUBLIC_URL, Deployment
from tocsin.incidents.incident import Actor, State
from tocsin.paging.gsm import ONE_PART, septets

ALERT = {"title": "Payment success is 0 %", "dedup_key": "payments", "severity": "critical"}


def test_an_alert_by_http_becomes_one_text_that_says_what_is_broken_and_how_to_answer(
    tocsin: Deployment,
) -> None:
    answer = tocsin.post(tocsin.key("checkout"), ALERT)
    assert answer["statusCode"] == 202
    tocsin.run()
    [sent] = tocsin.sent
    incident = tocsin.incident_of("payments")
    assert (sent.channel, sent.to) == ("sms", ANA)
    first, second, third, fourth = sent.text.splitlines()
    assert first == "checkout: Payment success is 0 %"
    assert second == f"#{incident.number} critical"
    assert third == "Reply 1a ack, 1r resolve"
    assert fourth.startswith(f"{PUBLIC_URL}/l/")
    assert septets(sent.text) <= ONE_PART
    assert sent.request["MessageType"] == "TRANSACTIONAL"
    assert sent.request["OriginationIdentity"].endswith(":phone-number/phone-1")


def test_from_the_door_to_the_carrier_it_takes_three_functions_and_two_queues(tocsin: Deployment) -> None:
    tocsin.post(tocsin.key("checkout"), ALERT)
    tocsin.work("alerts")
    tocsin.work("pages")
    assert len(tocsin.sent) == 1


@pytest.mark.parametrize("words", ["ack {number}", "1a", "ACK", "#{number} ack"])
def test_a_text_acknowledges_and_another_one_resolves(tocsin: Deployment, words: str) -> None:
    number = tocsin.alert().number
    tocsin.run(1)
    page = tocsin.sent[0]
    tocsin.text(ANA, words.format(number=number), answering=page.id)
    tocsin.run(1)
    assert tocsin.get(number).acked_by == Actor("user", "ana", "sms")
    assert [one.text for one in tocsin.sent[1:]] == [f"#{number} acknowledged. 1r resolves."]
    tocsin.run(10)
    assert len(tocsin.sent) == 2, tocsin.story(number)
    tocsin.text(ANA, "1r")
    tocsin.run(1)
    assert tocsin.get(number).state is State.RESOLVED
    assert tocsin.sent[2].text == f"#{number} resolved."
    told = [(line.kind, line.actor.name, line.actor.via) for line in tocsin.timeline(number)]
    assert ("acknowledged", "ana", "sms") in told
    assert ("resolved", "ana", "sms") in told


def test_a_key_on_a_call_acknowledges_and_another_one_resolves(tocsin: Deployment) -> None:
    number = tocsin.alert().number
    tocsin.run(3.5)
    call = tocsin.sent[1]
    assert (call.channel, call.to) == ("connect", ANA)
    assert "Press 4 to acknowledge" in call.text
    assert " ".join(str(number)) in call.text
    assert tocsin.press(call, "4") == f"Incident {' '.join(str(number))} acknowledged."
    assert tocsin.get(number).acked_by == Actor("user", "ana", "call")
    assert tocsin.press(call, "6") == f"Incident {' '.join(str(number))} resolved."
    told = [(line.kind, line.actor.name, line.actor.via) for line in tocsin.timeline(number)]
    assert ("acknowledged", "ana", "call") in told
    assert ("resolved", "ana", "call") in told
    tocsin.run(20)
    assert len(tocsin.sent) == 2


def test_looking_at_a_link_shows_and_only_its_button_acts(tocsin: Deployment) -> None:
    number = tocsin.alert().number
    tocsin.run(0.1)
    link = tocsin.sent[0].link
    before = tocsin.items()
    page = tocsin.look(link)
    assert page["statusCode"] == 200
    assert page["headers"]["content-type"] == "text/html; charset=utf-8"
    assert "disk is on fire" in page["body"]
    assert tocsin.items() == before
    pressed = tocsin.link_event("POST", link, "action=acknowledge")
    assert pressed["isBase64Encoded"]
    assert tocsin.invoke("reply", pressed)["statusCode"] == 200
    assert tocsin.get(number).acked_by == Actor("user", "ana", "link")
    assert tocsin.push(link, "resolve")["statusCode"] == 200
    assert tocsin.get(number).resolved_by == Actor("user", "ana", "link")
    assert tocsin.look(link)["statusCode"] == 410
    assert tocsin.push(link, "escalate")["statusCode"] == 410
    assert tocsin.kinds(number).count("resolved") == 1


def test_the_second_is_called_when_the_first_does_not_answer_takes_it_by_key_and_a_fix_ends_it(
    tocsin: Deployment,
) -> None:
    key = tocsin.key("checkout")
    tocsin.post(key, ALERT)
    tocsin.run(5.5, ticks=True)
    number = tocsin.incident_of("payments").number
    assert tocsin.got() == [(0, "sms", "101"), (3, "connect", "101"), (5, "connect", "102")]
    call = tocsin.sent[-1]
    tocsin.press(call, "4")
    tocsin.run(2, ticks=True)
    tocsin.post(key, {**ALERT, "action": "resolve"})
    tocsin.run(30, ticks=True)
    assert len(tocsin.sent) == 3
    lines = [
        (line.kind, line.actor.name, line.actor.via)
        for line in tocsin.timeline(number)
        if line.kind in ("opened", "acknowledged", "resolved", "step", "page_sent")
    ]
    assert lines == [
        ("opened", "checkout", "event"),
        ("step", "tocsin", "clock"),
        ("page_sent", "tocsin", "clock"),
        ("page_sent", "tocsin", "clock"),
        ("step", "tocsin", "clock"),
        ("page_sent", "tocsin", "clock"),
        ("acknowledged", "ben", "call"),
        ("resolved", "checkout", "event"),
    ], tocsin.story(number)
    assert tocsin.alarms() == []


def test_an_ack_that_times_out_wakes_people_again(tocsin: Deployment) -> None:
    number = tocsin.alert().number
    tocsin.run(1)
    tocsin.text(ANA, "1a")
    tocsin.run(21)
    told = [(one.at - AT, one.text.splitlines()[0]) for one in tocsin.sent]
    ends = AT + timedelta(minutes=21)
    assert told == [
        (timedelta(0), "checkout: disk is on fire"),
        (timedelta(minutes=1), f"#{number} acknowledged. 1r resolves."),
        (
            timedelta(minutes=16),
            f"Still on #{number}? Reply 1k, or it pages again {ends:%a %-d %b %H:%M} (UTC).",
        ),
        (timedelta(minutes=21), "checkout: disk is on fire"),
    ]


def test_an_alarm_by_the_topic_wakes_and_its_ok_ends_it(tocsin: Deployment) -> None:
    alarm = json.loads(json.loads(text("cloudwatch/sns_alarm.json"))["Message"])
    tocsin.publish("alarms", alarm)
    tocsin.run(0.5)
    incident = tocsin.incident_of(alarm["AlarmArn"], "aws")
    assert [one.text.splitlines()[0] for one in tocsin.sent] == ["checkout: Example alarm name"]
    tocsin.publish(
        "alarms", {**alarm, "NewStateValue": "OK", "StateChangeTime": "2017-01-12T16:35:42.236+0000"}
    )
    tocsin.run(20)
    assert tocsin.get(incident.number).state is State.RESOLVED
    assert len(tocsin.sent) == 1


def test_an_alarm_by_eventbridge_wakes(tocsin: Deployment) -> None:
    record = events.plain_record(text("cloudwatch/eventbridge_metric_alarm.json"))
    assert tocsin.invoke("ingest", events.sqs([record])) == {"batchItemFailures": []}
    tocsin.run(0.5)
    assert len(tocsin.sent) == 1


def test_pagerdutys_senders_reach_the_same_people(tocsin: Deployment) -> None:
    key = tocsin.key("pagerduty")
    for name, state in (
        ("trigger", State.TRIGGERED),
        ("acknowledge", State.ACKNOWLEDGED),
        ("resolve", State.RESOLVED),
    ):
        event = json.loads(text(f"pagerduty/{name}.json")) | {"routing_key": key, "dedup_key": "pd-1"}
        request = events.http("POST", "/v2/enqueue", json.dumps(event), {"content-type": "application/json"})
        answer = tocsin.invoke("ingest", request)
        assert answer["statusCode"] == 202
        assert json.loads(answer["body"]) == {
            "status": "success",
            "message": "Event processed",
            "dedup_key": "pd-1",
        }
        tocsin.run(0.5)
        assert tocsin.incident_of("pd-1", "pagerduty").state is state
    assert [one.to for one in tocsin.sent] == [ANA]


def test_mail_reaches_whoever_wants_it(tocsin: Deployment) -> None:
    number = tocsin.alert("slow", integration="search").number
    tocsin.run(2.5)
    assert [(one.channel, one.to) for one in tocsin.sent] == [("connect", BEN), ("email", "ben@example.com")]
    mail = tocsin.sent[1]
    assert mail.request["Content"]["Simple"]["Subject"]["Data"] == f"search: slow is on fire [#{number}]"
    assert tocsin.look(mail.link)["statusCode"] == 200


def test_an_alert_that_reaches_nobody_raises_the_alarm_that_leads_around_tocsin(tocsin: Deployment) -> None:
    number = tocsin.alert("disk", integration="empty").number
    tocsin.run(6)
    assert tocsin.sent == []
    assert tocsin.alarms() == ["Tocsin: nobody_reached"] * 2
    assert f"#{number}" in tocsin.network.told[0]["Message"]
    assert tocsin.counted("NobodyReached") == 2
