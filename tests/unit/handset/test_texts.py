"""What a carrier does with a text, and with the answer to one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.handset import power, texts
from local.handset.network import Refusal
from local.handset.refusals import WireError
from tests.unit.handset.kit import ANA, CHI, OURS, Night


def test_a_text_to_a_phone_that_is_on_arrives_at_once_and_is_receipted(night: Night) -> None:
    sent = texts.send(night.network, night.now, ANA, "Payments are down", sender=OURS, context={"page": "p1"})
    [text] = night.network.texts.values()
    assert (text.user, text.text, text.status, text.delivered_at) == (
        "ana",
        "Payments are down",
        "delivered",
        night.now,
    )
    [receipt] = night.outside.receipts
    assert receipt["eventType"] == "TEXT_DELIVERED"
    assert receipt["messageId"] == text.provider_id == sent
    assert receipt["destinationPhoneNumber"] == ANA
    assert receipt["originationPhoneNumber"] == OURS
    assert receipt["context"] == {"page": "p1"}
    assert receipt["eventTimestamp"] == round(night.now.timestamp() * 1000)


def test_texts_to_a_phone_that_is_off_wait_and_arrive_in_order_when_it_is_on_again(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    for word in ("one", "two"):
        texts.send(night.network, night.later(5), ANA, word)
    assert [text.status for text in night.network.texts.values()] == ["queued", "queued"]
    assert night.outside.receipts == []
    on = night.later(60)
    power.turn(night.network, on, "ana", True)
    assert [(text.status, text.delivered_at) for text in night.network.texts.values()] == [
        ("delivered", on)
    ] * 2
    assert night.outside.events() == ["TEXT_DELIVERED"] * 2
    told = [entry.detail for entry in night.network.log if entry.kind == "text"]
    assert told == ["one", "two"]


def test_a_text_whose_time_is_over_expires_and_never_arrives(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    texts.send(night.network, night.now, ANA, "late", ttl=timedelta(seconds=300))
    power.tick(night.network, night.later(299))
    assert night.outside.events() == []
    power.tick(night.network, night.later(1))
    power.turn(night.network, night.later(1), "ana", True)
    [text] = night.network.texts.values()
    assert (text.status, text.delivered_at) == ("expired", None)
    assert night.outside.events() == ["TEXT_TTL_EXPIRED"]


def test_a_phone_turned_on_after_the_time_of_a_text_does_not_get_it(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    texts.send(night.network, night.now, ANA, "late", ttl=timedelta(seconds=300))
    power.turn(night.network, night.later(300), "ana", True)
    assert night.outside.events() == ["TEXT_TTL_EXPIRED"]


def test_a_refusal_at_once_is_an_error_and_leaves_no_text(night: Night) -> None:
    night.network.refuse(night.now, "ana", "spend_limit")
    with pytest.raises(WireError) as refused:
        texts.send(night.network, night.now, ANA, "x")
    assert refused.value.code == "ServiceQuotaExceededException"
    assert refused.value.extra == {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}
    assert night.network.texts == {}
    told = night.network.log[-1]
    assert (told.kind, told.trouble) == ("refused", True)
    assert told.error == "ServiceQuotaExceededException MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"


def test_a_refusal_by_the_carrier_comes_later_as_a_receipt(night: Night) -> None:
    night.network.refuse(night.now, "ana", "carrier_blocked")
    sent = texts.send(night.network, night.now, ANA, "x")
    [receipt] = night.outside.receipts
    assert (receipt["eventType"], receipt["messageId"]) == ("TEXT_CARRIER_BLOCKED", sent)
    assert receipt["isFinal"] is True
    assert [text.status for text in night.network.texts.values()] == ["blocked"]


def test_a_refusal_for_some_sends_is_over_by_itself(night: Night) -> None:
    night.network.refuse(night.now, "ana", "throttled", times=2)
    for _ in range(2):
        with pytest.raises(WireError, match="Rate exceeded"):
            texts.send(night.network, night.now, ANA, "x")
    texts.send(night.network, night.now, ANA, "x")
    assert night.outside.events() == ["TEXT_DELIVERED"]
    assert night.network.phones["ana"].refuses is None


def test_a_refusal_concerns_one_person_alone(night: Night) -> None:
    night.network.refuse(night.now, "ana", "internal")
    texts.send(night.network, night.now, CHI, "x")
    assert night.outside.events() == ["TEXT_DELIVERED"]


def test_an_unknown_kind_of_refusal_is_named_with_those_there_are(night: Night) -> None:
    with pytest.raises(Refusal, match="carrier_blocked"):
        night.network.refuse(night.now, "ana", "moon")


def test_a_reply_answers_the_latest_text_on_the_phone(night: Night) -> None:
    texts.send(night.network, night.now, ANA, "first", sender=OURS)
    latest = texts.send(night.network, night.later(1), ANA, "second", sender=OURS)
    payload = texts.reply(night.network, night.later(1), "ana", "ack")
    assert payload is not None
    assert payload == {
        "originationNumber": ANA,
        "destinationNumber": OURS,
        "messageKeyword": "TOCSIN",
        "messageBody": "ack",
        "inboundMessageId": payload["inboundMessageId"],
        "previousPublishedMessageId": latest,
    }


def test_a_reply_can_answer_a_chosen_text_or_none(night: Night) -> None:
    first = texts.send(night.network, night.now, ANA, "first")
    texts.send(night.network, night.later(1), ANA, "second")
    chosen = texts.reply(night.network, night.now, "ana", "ack", answering=first)
    alone = texts.reply(night.network, night.now, "ana", "ack 1042", answering="")
    assert chosen is not None
    assert alone is not None
    assert chosen["previousPublishedMessageId"] == first
    assert alone["previousPublishedMessageId"] == ""


def test_a_text_that_never_arrived_cannot_be_answered(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    sent = texts.send(night.network, night.now, ANA, "x", ttl=timedelta(seconds=5))
    power.turn(night.network, night.later(9), "ana", True)
    with pytest.raises(Refusal, match="no text"):
        texts.reply(night.network, night.now, "ana", "ack", answering=sent)


def test_nobody_writes_on_a_phone_that_is_off(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    with pytest.raises(Refusal, match="Ana's phone is off"):
        texts.reply(night.network, night.now, "ana", "ack")


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop ", "stop please", "Unsubscribe", "quit", "END"])
def test_opting_out_is_the_carriers_affair_and_holds_back_every_text(night: Night, word: str) -> None:
    texts.send(night.network, night.now, ANA, "x")
    assert texts.reply(night.network, night.now, "ana", word) is None
    answer = list(night.network.texts.values())[-1]
    assert (answer.via, answer.status) == ("auto", "delivered")
    with pytest.raises(WireError) as refused:
        texts.send(night.network, night.now, ANA, "x")
    assert refused.value.code == "ConflictException"
    assert refused.value.extra == {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}


def test_start_opts_in_again(night: Night) -> None:
    texts.reply(night.network, night.now, "ana", "STOP")
    assert texts.reply(night.network, night.now, "ana", "start") is None
    texts.send(night.network, night.now, ANA, "back")
    assert night.outside.events() == ["TEXT_DELIVERED"]


def test_a_word_that_only_contains_an_opt_out_word_is_passed_on(night: Night) -> None:
    payload = texts.reply(night.network, night.now, "ana", "end of it, I quit")
    assert payload is not None
    assert payload["messageBody"] == "end of it, I quit"


def test_a_text_by_sns_to_somebody_opted_out_is_lost_without_a_word(night: Night) -> None:
    texts.reply(night.network, night.now, "ana", "STOP")
    texts.send(night.network, night.now, ANA, "x", carrier="sns", provider_id="m1")
    sent = list(night.network.texts.values())[-1]
    assert (sent.status, sent.provider_id) == ("blocked", "m1")
    assert night.outside.receipts == []


def test_a_text_by_sns_arrives_without_a_receipt(night: Night) -> None:
    texts.send(night.network, night.now, ANA, "x", carrier="sns", provider_id="m1")
    assert [text.status for text in night.network.texts.values()] == ["delivered"]
    assert night.outside.receipts == []


def test_a_dry_run_sends_nothing_but_is_refused_alike(night: Night) -> None:
    assert texts.send(night.network, night.now, ANA, "x", dry_run=True)
    assert night.network.texts == {}
    night.network.refuse(night.now, "ana", "not_verified", times=1)
    with pytest.raises(WireError):
        texts.send(night.network, night.now, ANA, "x", dry_run=True)
    assert night.network.phones["ana"].refuses == "not_verified"


def test_a_number_of_nobody_gets_a_phone_of_its_own(night: Night) -> None:
    texts.send(night.network, night.now, "+442079460000", "x")
    phone = night.network.phones["+442079460000"]
    assert (phone.known, phone.person.numbers) == (False, ("+442079460000",))
    assert ("phone", phone) in night.outside.changes


@pytest.mark.parametrize(
    ("body", "parts", "encoding"),
    [("a" * 160, 1, "GSM"), ("a" * 161, 2, "GSM"), ("\U0001f525" * 71, 2, "Unicode")],
)
def test_a_receipt_counts_parts_as_carriers_do(night: Night, body: str, parts: int, encoding: str) -> None:
    texts.send(night.network, night.now, ANA, body)
    [receipt] = night.outside.receipts
    assert (receipt["totalMessageParts"], receipt["messageEncoding"]) == (parts, encoding)
