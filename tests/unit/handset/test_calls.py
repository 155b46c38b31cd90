"""Ringing, reading out, and the keys of a Connect call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.handset import calls, power, texts
from local.handset.network import Refusal
from local.handset.records import Call
from local.handset.refusals import WireError
from tests.unit.handset.kit import ANA, OURS, Night

SAY = "Tocsin. Incident 1 0 4 2. Press 4 to acknowledge."


def _voice(night: Night) -> Call:
    calls.place(night.network, night.now, ANA, SAY, carrier="sms-voice", sender=OURS, context={"page": "p1"})
    return list(night.network.calls.values())[-1]


def _connect(night: Night, token: str | None = None) -> Call:
    calls.place(
        night.network,
        night.now,
        ANA,
        SAY,
        carrier="connect",
        sender=OURS,
        ring=60,
        attributes={"say": SAY, "page": "p1"},
        instance="inst",
        token=token,
    )
    return list(night.network.calls.values())[-1]


def _said(call: Call) -> list[str]:
    return [line.text for line in call.lines if line.who == "voice"]


def _let_pass(night: Night, seconds: float) -> None:
    """Time goes by in tenths, as it does in the app."""
    for _ in range(round(seconds * 10)):
        power.tick(night.network, night.later(0.1))


def test_a_phone_rings_until_it_is_not_answered(night: Night) -> None:
    call = _voice(night)
    assert call.status == "ringing"
    _let_pass(night, 29)
    assert call.status == "ringing"
    _let_pass(night, 2)
    assert call.status == "no_answer"
    assert night.outside.events() == ["VOICE_NO_ANSWER"]


def test_a_connect_call_rings_as_long_as_it_was_told_to(night: Night) -> None:
    call = _connect(night)
    _let_pass(night, 59)
    assert call.status == "ringing"
    _let_pass(night, 2)
    assert call.status == "no_answer"


def test_an_answered_call_is_read_out_and_then_ends(night: Night) -> None:
    call = _voice(night)
    calls.answer(night.network, night.later(4), "ana")
    assert (call.status, _said(call)) == ("answered", [SAY])
    _let_pass(night, 10)
    assert call.status == "completed"
    answered, completed = night.outside.receipts
    assert (answered["eventType"], answered["isFinal"]) == ("VOICE_ANSWERED", False)
    assert (completed["eventType"], completed["isFinal"]) == ("VOICE_COMPLETED", True)
    assert completed["messageId"] == call.provider_id
    assert completed["context"] == {"page": "p1"}
    assert completed["callDurationInSeconds"] > 0


def test_a_declined_call_is_busy_to_the_carrier(night: Night) -> None:
    call = _voice(night)
    calls.decline(night.network, night.later(1), "ana")
    assert call.status == "declined"
    assert night.outside.events() == ["VOICE_BUSY"]


def test_a_phone_that_is_off_does_not_answer(night: Night) -> None:
    power.turn(night.network, night.now, "ana", False)
    assert _voice(night).status == "no_answer"
    assert night.outside.events() == ["VOICE_NO_ANSWER"]


def test_turning_the_phone_off_ends_what_rings_and_what_is_said(night: Night) -> None:
    talking = _voice(night)
    calls.answer(night.network, night.now, "ana")
    ringing = _voice(night)
    power.turn(night.network, night.now, "ana", False)
    assert (talking.status, ringing.status) == ("completed", "no_answer")


def test_a_call_of_end_user_messaging_takes_no_keys(night: Night) -> None:
    _voice(night)
    calls.answer(night.network, night.now, "ana")
    with pytest.raises(Refusal, match="Connect calls alone"):
        calls.press(night.network, night.now, "ana", "4")


def test_no_key_is_taken_while_it_only_rings(night: Night) -> None:
    _connect(night)
    with pytest.raises(Refusal, match="not on a call"):
        calls.press(night.network, night.now, "ana", "4")


@pytest.mark.parametrize("digit", ["4", "6", "9"])
def test_a_known_key_asks_the_reply_function_and_says_its_answer_before_the_end(
    night: Night, digit: str
) -> None:
    call = _connect(night)
    calls.answer(night.network, night.now, "ana")
    assert calls.press(night.network, night.now, "ana", digit) is call
    _let_pass(night, 30)
    assert call.status == "answered"
    calls.heard(night.network, night.now, call, "It is yours.")
    assert _said(call) == [SAY, "It is yours."]
    _let_pass(night, 5)
    assert call.status == "completed"
    assert night.outside.receipts == []


def test_keys_pressed_while_the_function_is_asked_ask_nothing_more(night: Night) -> None:
    _connect(night)
    calls.answer(night.network, night.now, "ana")
    calls.press(night.network, night.now, "ana", "4")
    assert calls.press(night.network, night.now, "ana", "4") is None


def test_where_the_function_fails_the_text_comes_once_more(night: Night) -> None:
    call = _connect(night)
    calls.answer(night.network, night.now, "ana")
    calls.press(night.network, night.now, "ana", "4")
    calls.heard(night.network, night.now, call, None)
    assert (_said(call), call.status) == ([SAY, SAY], "answered")
    assert calls.press(night.network, night.now, "ana", "4") is call


def test_silence_brings_the_text_once_more_and_then_the_end(night: Night) -> None:
    call = _connect(night)
    calls.answer(night.network, night.now, "ana")
    _let_pass(night, 14)
    assert (_said(call), call.status) == ([SAY, SAY], "answered")
    _let_pass(night, 14)
    assert (_said(call), call.status) == ([SAY, SAY], "completed")


def test_star_says_it_again_as_often_as_one_likes(night: Night) -> None:
    call = _connect(night)
    calls.answer(night.network, night.now, "ana")
    for _ in range(3):
        assert calls.press(night.network, night.now, "ana", "*") is None
    assert (_said(call), call.status) == ([SAY] * 4, "answered")


def test_an_unknown_key_brings_the_text_once_more_and_then_the_end(night: Night) -> None:
    call = _connect(night)
    calls.answer(night.network, night.now, "ana")
    assert calls.press(night.network, night.now, "ana", "1") is None
    assert (_said(call), call.status) == ([SAY, SAY], "answered")
    assert calls.press(night.network, night.now, "ana", "1") is None
    assert call.status == "completed"


def test_what_is_no_key_of_a_phone_is_refused(night: Night) -> None:
    _connect(night)
    calls.answer(night.network, night.now, "ana")
    for word in ("", "A", "44"):
        with pytest.raises(Refusal, match="no key"):
            calls.press(night.network, night.now, "ana", word)


def test_the_same_token_rings_once(night: Night) -> None:
    first = _connect(night, token="page-1").provider_id
    again = calls.place(night.network, night.later(60), ANA, SAY, carrier="connect", token="page-1")
    assert again == first
    assert len(night.network.calls) == 1


def test_the_sixth_call_in_a_day_is_refused_to_end_user_messaging(night: Night) -> None:
    for _ in range(5):
        _voice(night)
        night.later(60)
    with pytest.raises(WireError) as refused:
        _voice(night)
    assert refused.value.code == "ServiceQuotaExceededException"
    assert refused.value.extra == {"Reason": "DAILY_DESTINATION_CALL_LIMIT"}
    _connect(night)
    night.now += timedelta(days=1)
    _voice(night)


def test_somebody_opted_out_is_still_called_by_connect(night: Night) -> None:
    texts.reply(night.network, night.now, "ana", "STOP")
    with pytest.raises(WireError):
        _voice(night)
    assert _connect(night).status == "ringing"


def test_a_carrier_that_blocks_fails_a_call_after_taking_it(night: Night) -> None:
    night.network.refuse(night.now, "ana", "carrier_blocked")
    assert _voice(night).status == "failed"
    assert _connect(night).status == "failed"
    assert night.outside.events() == ["VOICE_FAILED"]


def test_the_function_is_asked_with_the_event_of_a_contact_flow(night: Night) -> None:
    call = _connect(night)
    event = calls.contact_event(call, "4", "us-east-1")
    data = event["Details"]["ContactData"]
    assert event["Name"] == "ContactFlowEvent"
    assert event["Details"]["Parameters"] == {"digit": "4"}
    assert data["Attributes"] == {"say": SAY, "page": "p1"}
    assert (data["Channel"], data["InitiationMethod"]) == ("VOICE", "API")
    assert data["ContactId"] == data["InitialContactId"] == call.provider_id
    assert data["CustomerEndpoint"] == {"Address": ANA, "Type": "TELEPHONE_NUMBER"}
    assert data["SystemEndpoint"] == {"Address": OURS, "Type": "TELEPHONE_NUMBER"}
    assert data["InstanceARN"] == "arn:aws:connect:us-east-1:000000000000:instance/inst"
