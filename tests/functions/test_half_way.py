"""Every function dies after each of its requests to AWS, and AWS delivers the event again: nothing is lost or doubled.

To die after a request is to die before the next one, and to die before the first is not to have begun. The one stated
exception: a page function that dies between the carrier's answer and its record sends that page once more, marked
``maybe_twice``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest

from tests.functions import lambda_events as events
from tests.functions.deployment import ANA, BEN, Deployment, Died, refusal
from tests.functions.network import Trouble, refusing
from tests.functions.test_twice import ALARM
from tocsin.incidents.incident import Actor, State

Deploy = Callable[..., Deployment]
#: The requests after which a carrier has the message and nobody has written it down.
CARRIERS = ("pinpoint-sms-voice-v2.SendTextMessage", "connect.StartOutboundVoiceContact", "sesv2.SendEmail")


def deaths(
    deploy: Deploy,
    function: str,
    act: Callable[[Deployment], object],
    check: Callable[[Deployment, str], None],
    *,
    before: Callable[[Deployment], object] = lambda _: None,
    first: int = 1,
    fault: Exception | None = None,
) -> int:
    """Plays ``act`` in a new deployment for each request that ``function`` makes in it, dying after that one.

    ``before`` prepares what nobody dies in; from ``first`` on the requests count. ``check`` sees the deployment when
    all has come to rest, and after which request the function died. With a ``fault`` each request fails with it in
    turn, and nobody dies. Gives how often.
    """
    for at in count(first):
        tocsin = deploy()
        before(tocsin)
        with tocsin.dying(at, function, fault) as grave:
            act(tocsin)
        if not grave.named:
            return at - first
        check(tocsin, grave.named)
    raise AssertionError


def pages(tocsin: Deployment) -> Counter[str]:
    """How often each page reached a carrier."""
    return Counter(one.page for one in tocsin.sent)


def until_done(act: Callable[[], object]) -> None:
    """What a sender, a browser or a person does when there is no answer: the same once more."""
    for _ in range(2):
        try:
            act()
        except Died:
            continue
        return
    raise AssertionError("it died twice")


# the door


def test_ingest_dies_and_the_sender_sends_again(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        key = tocsin.key("checkout")
        until_done(lambda: tocsin.post(key, {"title": "t", "dedup_key": "disk"}))
        tocsin.run(1.2)

    def check(tocsin: Deployment, after: str) -> None:
        assert pages(tocsin) == {"1001-c1-r1-s1-ana-0": 1}
        # Without an id of its sender's a message that was taken before the answer got lost counts as a repeat.
        assert tocsin.count_of("disk") == (2 if after == "sqs.SendMessageBatch" else 1)

    assert deaths(deploy, "ingest", act, check) == 4


def test_ingest_dies_and_the_door_queue_delivers_again(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        tocsin.publish("alarms", ALARM)
        tocsin.run(2.2)

    def check(tocsin: Deployment, _: str) -> None:
        assert pages(tocsin) == {"1001-c1-r1-s1-ana-0": 1}
        assert tocsin.count_of(ALARM["AlarmArn"], "aws") == 1

    assert deaths(deploy, "ingest", act, check) == 3


# triage


def test_triage_dies_while_it_opens_an_incident(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        tocsin.publish("alarms", ALARM)
        tocsin.run(2.2)

    def check(tocsin: Deployment, _: str) -> None:
        incident = tocsin.incident_of(ALARM["AlarmArn"], "aws")
        assert tocsin.count_of(ALARM["AlarmArn"], "aws") == 1
        assert pages(tocsin) == {f"{incident.number}-c1-r1-s1-ana-0": 1}, tocsin.story(incident.number)
        assert tocsin.kinds(incident.number).count("opened") == 1
        assert tocsin.store.overdue(tocsin.clock.now(), 10) == ()

    assert deaths(deploy, "triage", act, check) >= 7


def test_triage_dies_while_it_counts_repeats(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        key = tocsin.key("checkout")
        for _ in range(4):
            tocsin.post(key, {"title": "t", "dedup_key": "disk"})
        tocsin.run(1.2)

    def check(tocsin: Deployment, _: str) -> None:
        assert tocsin.count_of("disk") == 5
        assert len(tocsin.sent) == 1
        fates = [item["kind"]["S"] for item in tocsin.items() if item["sk"]["S"] == "FATE"]
        assert sorted(fates) == ["incident", *["repeat"] * 4]

    assert deaths(deploy, "triage", act, check, before=lambda tocsin: tocsin.alert()) >= 3


def test_triage_dies_while_the_sender_resolves(deploy: Deploy) -> None:
    def before(tocsin: Deployment) -> None:
        tocsin.alert()
        tocsin.run(0.5)

    def act(tocsin: Deployment) -> None:
        tocsin.post(tocsin.key("checkout"), {"dedup_key": "disk", "action": "resolve"})
        tocsin.run(6)

    def check(tocsin: Deployment, _: str) -> None:
        incident = tocsin.incident_of("disk")
        assert incident.state is State.RESOLVED
        assert tocsin.kinds(incident.number).count("resolved") == 1
        assert len(tocsin.sent) == 1
        fates = [item["kind"]["S"] for item in tocsin.items() if item["sk"]["S"] == "FATE"]
        assert sorted(fates) == ["incident", "resolved"]

    assert deaths(deploy, "triage", act, check, before=before) >= 3


# the clock of an incident


def test_escalate_dies_while_it_begins_a_step(deploy: Deploy) -> None:
    def before(tocsin: Deployment) -> None:
        tocsin.alert()
        tocsin.run(4.9)

    def act(tocsin: Deployment) -> None:
        tocsin.run(1)

    def check(tocsin: Deployment, _: str) -> None:
        assert set(pages(tocsin).values()) == {1}
        assert [one.to for one in tocsin.sent] == [ANA, ANA, BEN], tocsin.story(1001)
        assert tocsin.kinds(1001).count("step") == 2

    assert deaths(deploy, "escalate", act, check, before=before) >= 4


# pages


def sent_once_or_marked(tocsin: Deployment, page: str, after: str) -> None:
    record = tocsin.store.page(1001, page)
    assert record is not None
    assert record.state.value == "sent"
    handed_over = after in CARRIERS
    assert pages(tocsin)[page] == (2 if handed_over else 1), tocsin.story(1001)
    assert not handed_over or record.maybe_twice
    said = [line.details for line in tocsin.timeline(1001) if line.kind == "page_sent"]
    assert [line["page"] for line in said].count(page) == 1
    assert not handed_over or said[0]["maybe_twice"] is True


def test_page_dies_while_it_sends_a_text(deploy: Deploy) -> None:
    def check(tocsin: Deployment, after: str) -> None:
        sent_once_or_marked(tocsin, "1001-c1-r1-s1-ana-0", after)

    done = deaths(deploy, "page", lambda tocsin: tocsin.run(2.2), check, before=lambda tocsin: tocsin.alert())
    assert done >= 8


def test_a_request_of_page_fails_and_the_text_is_sent(deploy: Deploy) -> None:
    def check(tocsin: Deployment, at: str) -> None:
        # What was sent and could not be written down is sent again; what the carrier refused was not sent.
        written_down = at != "dynamodb.TransactWriteItems"
        sent_once_or_marked(tocsin, "1001-c1-r1-s1-ana-0", "" if written_down else CARRIERS[0])

    done = deaths(
        deploy,
        "page",
        lambda tocsin: tocsin.run(2.2),
        check,
        before=lambda tocsin: tocsin.alert(),
        fault=refusal("ThrottlingException", "SomeRequest"),
    )
    assert done >= 8


def test_page_dies_while_it_calls_and_connect_rings_once(deploy: Deploy) -> None:
    def check(tocsin: Deployment, _: str) -> None:
        assert pages(tocsin)["1001-c1-r1-s1-ben-0"] == 1
        assert tocsin.store.page(1001, "1001-c1-r1-s1-ben-0").state.value == "sent"

    done = deaths(
        deploy,
        "page",
        lambda tocsin: tocsin.run(1.9),
        check,
        before=lambda tocsin: tocsin.alert("x", "search"),
    )
    assert done >= 7


def test_page_dies_while_it_is_refused_and_the_next_person_is_woken_once(deploy: Deploy) -> None:
    def before(tocsin: Deployment) -> None:
        tocsin.network.says = refusing(
            Trouble("ValidationException", extra={"Reason": "COUNTRY_NOT_ENABLED"}), ANA
        )
        tocsin.alert()

    def check(tocsin: Deployment, _: str) -> None:
        assert pages(tocsin)["1001-c1-r1-s2-ben-0"] == 1, tocsin.story(1001)
        assert set(pages(tocsin).values()) == {1}
        assert tocsin.kinds(1001).count("refused") == 1
        assert tocsin.kinds(1001).count("page_refused") == 1

    assert deaths(deploy, "page", lambda tocsin: tocsin.run(1.2), check, before=before) >= 13


# answers


def answered(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.5)


def test_reply_dies_while_somebody_acknowledges_by_text(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        tocsin.text(ANA, "1a", id="in-1")
        tocsin.run(2)

    def check(tocsin: Deployment, _: str) -> None:
        assert tocsin.get(1001).acked_by == Actor("user", "ana", "sms")
        assert tocsin.kinds(1001).count("acknowledged") == 1
        assert [one.text for one in tocsin.sent[1:]] == ["#1001 acknowledged. 1r resolves."]

    assert deaths(deploy, "reply", act, check, before=answered) >= 6


def test_page_dies_while_it_confirms_an_answer(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        tocsin.text(ANA, "1a", id="in-1")
        tocsin.run(3)

    def check(tocsin: Deployment, after: str) -> None:
        assert len(tocsin.sent[1:]) == (2 if after in CARRIERS else 1)

    assert deaths(deploy, "page", act, check, before=answered) >= 3


@pytest.mark.parametrize(("word", "kind"), [("STOP", "opted_out"), ("START", "opted_in")])
def test_reply_dies_while_somebody_opts_out_or_in(deploy: Deploy, word: str, kind: str) -> None:
    def before(tocsin: Deployment) -> None:
        answered(tocsin)
        if word == "START":
            tocsin.text(ANA, "STOP", id="in-0")
            tocsin.run()

    def act(tocsin: Deployment) -> None:
        tocsin.text(ANA, word, id="in-1")
        tocsin.run(1.2)

    def check(tocsin: Deployment, _: str) -> None:
        assert (tocsin.store.phone(ANA).opted_out_at is None) is (word == "START")
        assert tocsin.kinds(1001).count(kind) == 1, tocsin.story(1001)

    assert deaths(deploy, "reply", act, check, before=before) >= 3


def test_reply_dies_over_a_receipt_that_says_that_a_text_never_arrives(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        page = tocsin.sent[0]
        event = events.receipt("TEXT_INVALID", page.id, page.to, page.at, page.page)
        tocsin.publish("receipts", event)
        tocsin.run(1.2)

    def check(tocsin: Deployment, _: str) -> None:
        assert [one.to for one in tocsin.sent] == [ANA, BEN], tocsin.story(1001)
        assert tocsin.kinds(1001).count("refused") == 1

    assert deaths(deploy, "reply", act, check, before=answered) >= 8


def test_reply_dies_while_a_key_is_pressed(deploy: Deploy) -> None:
    def before(tocsin: Deployment) -> None:
        tocsin.alert()
        tocsin.run(3.5)

    def act(tocsin: Deployment) -> None:
        # The flow says its text again, and the person presses again.
        until_done(lambda: tocsin.press(tocsin.sent[1], "9"))
        tocsin.run(1.2)

    def check(tocsin: Deployment, _: str) -> None:
        assert tocsin.kinds(1001).count("escalated") == 1
        assert [one.to for one in tocsin.sent] == [ANA, ANA, BEN], tocsin.story(1001)

    assert deaths(deploy, "reply", act, check, before=before) >= 6


def test_reply_dies_while_a_button_is_pushed(deploy: Deploy) -> None:
    def act(tocsin: Deployment) -> None:
        until_done(lambda: tocsin.push(tocsin.sent[0].link, "acknowledge"))
        tocsin.run(6)

    def check(tocsin: Deployment, _: str) -> None:
        assert tocsin.get(1001).acked_by == Actor("user", "ana", "link")
        assert tocsin.kinds(1001).count("acknowledged") == 1
        assert len(tocsin.sent) == 1

    assert deaths(deploy, "reply", act, check, before=answered) >= 5


# the auditor

#: The auditor asks each part of its index before it changes anything.
SHARDS = 16


def tick(tocsin: Deployment) -> None:
    until_done(lambda: tocsin.invoke("clock", events.minute(tocsin.clock.now())))


def test_clock_dies_while_it_arms_an_incident_that_has_no_clock(deploy: Deploy) -> None:
    def before(tocsin: Deployment) -> None:
        tocsin.failing["stepfunctions.StartExecution"] = refusal()
        tocsin.alert()
        tocsin.failing.clear()
        tocsin.run(1.1)

    def check(tocsin: Deployment, _: str) -> None:
        assert tocsin.kinds(1001).count("armed_anew") == 1
        tocsin.run(5)
        assert [one.to for one in tocsin.sent] == [ANA, ANA, BEN], tocsin.story(1001)

    assert deaths(deploy, "clock", tick, check, before=before, first=SHARDS) >= 4


def test_clock_dies_while_it_saves_an_incident_whose_clock_was_lost(deploy: Deploy) -> None:
    def before(tocsin: Deployment) -> None:
        tocsin.alert()
        tocsin.run()
        tocsin.forget_executions()
        tocsin.run(5)

    def check(tocsin: Deployment, _: str) -> None:
        assert tocsin.kinds(1001).count("armed_anew") == 1
        assert set(tocsin.alarms()) == {"Tocsin: overdue"}
        tocsin.run(1)
        assert [one.to for one in tocsin.sent] == [ANA, ANA, BEN], tocsin.story(1001)

    assert deaths(deploy, "clock", tick, check, before=before, first=SHARDS) >= 5
