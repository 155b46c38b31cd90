"""WhatsApp: requests that AWS's own model accepts, what each error means, and what comes back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.paging import hostile
from tests.unit.paging.cards import BUTTONS, CARD, cards
from tests.unit.paging.recorded_chat import mangled, recorded
from tests.unit.paging.test_channels import checked
from tocsin.paging.channels import whatsapp
from tocsin.paging.channels.base import REASONS, TEST, ChannelSettings, Later, Message, Refused, Sent
from tocsin.paging.channels.whatsapp import read
from tocsin.paging.channels.whatsapp_answers import HARD
from tocsin.paging.chat import Asked, Button, Card, Ignored, Person, Pressed, Spoke, read_button
from tocsin.paging.receipts import Receipt

NUMBER_ID = "phone-number-id-976c72a700aac43eaf573ae050example"
SETTINGS = ChannelSettings(
    whatsapp_phone_number_id=NUMBER_ID, whatsapp_template="tocsin_page", whatsapp_language="en"
)
TO = "+5511955550100"
PAGE = Message("1042-c1-r1-s1-ana-0", TO, "", 1042, card=CARD)
ANA = Person("whatsapp", TO, "Ana Souza")
EVENTS = recorded("whatsapp/events")
VALUES = EVENTS["values"]


@cache
def session() -> botocore.session.Session:
    return botocore.session.Session()


def client() -> Any:
    made = session().create_client(
        whatsapp.SERVICE,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )
    return checked(made)


class Calls:
    """A client that notes what it was asked, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[dict[str, Any]] = []

    def send_whatsapp_message(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        return {"messageId": "6d69f07a"}

    @property
    def message(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.asked[-1]["message"])
        return made


def sent(message: Message, *, inside: bool, settings: ChannelSettings = SETTINGS) -> dict[str, Any]:
    """What Meta gets."""
    calls = Calls()
    assert whatsapp.send(calls, settings, message, inside=inside) == Sent("6d69f07a")
    return calls.message


# ----------------------------------------------------------------------------------------------- what is sent


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    "number", [NUMBER_ID, "arn:aws:social-messaging:eu-west-1:123456789012:phone-number-id/976c72a700"]
)
def test_the_request_is_one_that_awss_own_model_accepts(inside: bool, number: str) -> None:
    aws = client()
    with Stubber(aws) as stub:
        stub.add_response("send_whatsapp_message", {"messageId": "6d69f07a"})
        settings = replace(SETTINGS, whatsapp_phone_number_id=number)
        assert whatsapp.send(aws, settings, PAGE, inside=inside) == Sent("6d69f07a")
        stub.assert_no_pending_responses()


def test_a_page_goes_by_the_template_with_its_buttons_and_comes_back_with_every_receipt() -> None:
    calls = Calls()
    whatsapp.send(calls, SETTINGS, PAGE)
    (request,) = calls.asked
    assert request["originationPhoneNumberId"] == NUMBER_ID
    assert request["metaApiVersion"] == "v20.0"
    assert calls.message == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": TO,
        "type": "template",
        "template": {
            "name": "tocsin_page",
            "language": {"code": "en"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "1042"},
                        {"type": "text", "text": "checkout"},
                        {"type": "text", "text": "disk full"},
                        {"type": "text", "text": "critical"},
                    ],
                },
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "0",
                    "parameters": [{"type": "payload", "payload": "acknowledge:1042:7"}],
                },
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "1",
                    "parameters": [{"type": "payload", "payload": "resolve:1042:7"}],
                },
            ],
        },
        "biz_opaque_callback_data": "1042-c1-r1-s1-ana-0",
    }


def test_a_test_goes_by_the_page_s_template_and_says_that_it_is_one() -> None:
    text = "Tocsin: a test for *ana*.\nThere is no incident."
    components = sent(Message("test-1", TO, text, event=TEST), inside=False)["template"]["components"]
    assert [one["text"] for one in components[0]["parameters"]] == [
        "0",
        "Tocsin",
        "Tocsin: a test for ∗ana∗. There is no incident.",
        "none, this is a test",
    ]
    carried = [read_button(one["parameters"][0]["payload"]) for one in components[1:]]
    assert carried == [("acknowledge", 0, 0), ("resolve", 0, 0)]


def test_the_template_has_the_form_that_a_page_fills() -> None:
    asked_for = whatsapp.template(SETTINGS)
    body, buttons = asked_for["components"]
    filled = sent(PAGE, inside=False)["template"]
    assert (asked_for["name"], asked_for["language"]) == (filled["name"], filled["language"]["code"])
    assert asked_for["category"] == "UTILITY"
    names = re.findall(r"\{\{(\d)\}\}", body["text"])
    assert names == ["1", "2", "3", "4"]
    assert not re.match(r"\{\{", body["text"])
    assert not body["text"].endswith("}}"), "Meta takes no parameter at the beginning or the end"
    assert len(filled["components"][0]["parameters"]) == len(names) == len(body["example"]["body_text"][0])
    assert len(buttons["buttons"]) == len(filled["components"]) - 1
    assert [button["text"] for button in buttons["buttons"]] == ["Acknowledge", "Resolve"]
    assert len(json.dumps(asked_for)) < 6_000


def test_within_24_hours_a_page_is_the_card_with_its_buttons() -> None:
    message = sent(PAGE, inside=True)
    assert message["type"] == "interactive"
    assert message["interactive"] == {
        "type": "button",
        "body": {
            "text": "🔴 checkout: disk full\n"
            "#1042 · triggered · high urgency · critical · 3 alerts · since 26 Nov 2026 02:00 UTC\n"
            "Paged Ana Souza by SMS\n"
            "https://tocsin.example.com/i/1042"
        },
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "acknowledge:1042:7", "title": "Acknowledge"}},
                {"type": "reply", "reply": {"id": "resolve:1042:7", "title": "Resolve"}},
            ]
        },
    }


def test_a_resolved_incident_is_a_text() -> None:
    message = sent(replace(PAGE, card=replace(CARD, state="resolved", buttons=())), inside=True)
    assert message["type"] == "text"
    assert message["text"]["preview_url"] is False
    assert message["text"]["body"].startswith("🟢 checkout: disk full")


def test_a_notice_is_a_text_with_our_own_link() -> None:
    message = sent(Message("n", TO, "Your turn *begins*.\n- https://t.example.com/o_1_2"), inside=True)
    assert message["text"]["body"] == "Your turn ∗begins∗.\n\u2060- https://t.example.com/o_1_2"


def test_no_two_buttons_have_the_same_words_and_there_are_three() -> None:
    buttons = (
        Button("acknowledge", "Yes"),
        Button("resolve", "Yes"),
        Button("escalate", "E" * 40),
        Button("snooze", ""),
        Button("note", "Note"),
    )
    shown = sent(replace(PAGE, card=replace(CARD, buttons=buttons)), inside=True)
    titles = [one["reply"]["title"] for one in shown["interactive"]["action"]["buttons"]]
    assert titles == ["Yes", "E" * 17 + "...", "snooze"]


@pytest.mark.parametrize(
    ("thread", "quoted"), [("wamid.HBgLPAGE", True), ("6d69f07a-c317-4278", False), ("", False)]
)
def test_a_message_of_whatsapp_is_quoted(thread: str, quoted: bool) -> None:
    assert ("context" in sent(replace(PAGE, thread=thread), inside=True)) is quoted


#: What those get who are asked to join, or whether they are still on it.
ASKING = replace(CARD, buttons=(Button("accept", "Join"), Button("decline", "Decline"), *BUTTONS))
REMINDER = replace(CARD, state="acknowledged", buttons=(Button("keep", "Still on it"), BUTTONS[1]))


@pytest.mark.parametrize(
    "message",
    [
        Message("n", TO, "Your turn begins."),
        replace(PAGE, card=replace(CARD, state="resolved")),
        replace(PAGE, card=ASKING),
        replace(PAGE, card=REMINDER),
        replace(PAGE, card=replace(CARD, state="acknowledged", buttons=BUTTONS[1:])),
        replace(PAGE, card=replace(CARD, buttons=())),
    ],
)
def test_outside_of_24_hours_nothing_goes_that_has_no_template(message: Message) -> None:
    calls = Calls()
    outcome = whatsapp.send(calls, SETTINGS, message)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "window_closed"
    assert not calls.asked


@pytest.mark.parametrize(
    ("card", "titles"),
    [(ASKING, ["Join", "Decline", "Acknowledge"]), (REMINDER, ["Still on it", "Resolve"])],
)
def test_within_24_hours_whoever_is_asked_has_the_buttons_to_answer_with(
    card: Card, titles: list[str]
) -> None:
    shown = sent(replace(PAGE, card=card), inside=True)
    assert [one["reply"]["title"] for one in shown["interactive"]["action"]["buttons"]] == titles


@pytest.mark.parametrize("to", ["", "5511955550100", "+0123", "ana@example.com", "+1 206 555"])
def test_what_is_no_number_is_refused_before_aws_is_asked(to: str) -> None:
    calls = Calls()
    outcome = whatsapp.send(calls, SETTINGS, replace(PAGE, to=to))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "invalid_number"
    assert not calls.asked


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, whatsapp_phone_number_id=""),
        replace(SETTINGS, whatsapp_template=""),
        replace(SETTINGS, whatsapp_language=""),
        replace(SETTINGS, whatsapp_api_version="20"),
    ],
)
def test_what_is_not_set_up_is_off(settings: ChannelSettings) -> None:
    outcome = whatsapp.send(Calls(), settings, PAGE)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "channel_off"


#: A mark of WhatsApp that could open or close something.
_MARKED = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])")


@given(cards, st.booleans())
def test_no_alert_can_make_a_message_that_meta_would_refuse_or_read_as_its_own(
    card: Any, inside: bool
) -> None:
    card = replace(card, state="triggered", buttons=card.buttons if inside else BUTTONS)
    message = sent(replace(PAGE, card=card), inside=inside)
    if not inside:
        parameters = message["template"]["components"][0]["parameters"]
        for one in parameters:
            assert one["text"].strip()
            assert not re.search(r"[\n\t]| {4}", one["text"])
            assert not _MARKED.search(one["text"])
        whole = sum(len(one["text"].encode("utf-16-le")) // 2 for one in parameters) + 200
        assert whole <= 1_024
        return
    if message["type"] == "interactive":
        shown = message["interactive"]
        text = shown["body"]["text"]
        assert 0 < len(text.encode("utf-16-le")) // 2 <= 1_024
        for button in shown["action"]["buttons"]:
            assert 0 < len(button["reply"]["title"].encode("utf-16-le")) // 2 <= 20
            assert read_button(button["reply"]["id"])
    else:
        text = message["text"]["body"]
    *lines, last = text.split("\n")
    assert not _MARKED.search("\n".join(lines if last.startswith("https://") else [*lines, last]))
    assert not re.search(r"(?m)^(?:[>+\-•]|\d{1,3}[.)])", text)


@given(hostile.texts)
def test_no_notice_is_one_that_meta_would_refuse(text: str) -> None:
    body = sent(Message("n", TO, text), inside=True)["text"]["body"]
    assert body.strip()
    assert len(body.encode("utf-16-le")) // 2 <= 4_096


@given(hostile.texts)
def test_any_name_of_a_page_is_one_that_comes_back(page: str) -> None:
    message = sent(replace(PAGE, page_id=page), inside=False)
    assert len(message.get("biz_opaque_callback_data", "x")) <= 512


# ------------------------------------------------------------------------------------- what an error means


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("ValidationException", 400, "message_invalid"),
        ("InvalidParametersException", 400, "message_invalid"),
        ("ResourceNotFoundException", 404, "identity_not_ready"),
        ("AccessDeniedException", 403, "access_denied"),
        ("AccessDeniedByMetaException", 403, "access_denied"),
        ("SomethingNewException", 400, "rejected"),
    ],
)
def test_each_refusal_says_why(code: str, status: int, reason: str) -> None:
    aws = client()
    with Stubber(aws) as stub:
        stub.add_client_error("send_whatsapp_message", code, "because", status)
        assert whatsapp.send(aws, SETTINGS, PAGE) == Refused(reason, f"{code}: because")


@pytest.mark.parametrize(
    ("code", "status", "reason", "maybe"),
    [
        ("ThrottledRequestException", 429, "throttled", False),
        ("InternalServiceException", 500, "carrier_down", True),
        ("DependencyException", 502, "carrier_down", True),
    ],
)
def test_each_fault_is_tried_again(code: str, status: int, reason: str, maybe: bool) -> None:
    aws = client()
    with Stubber(aws) as stub:
        stub.add_client_error("send_whatsapp_message", code, "because", status)
        assert whatsapp.send(aws, SETTINGS, PAGE) == Later(reason, None, f"{code}: because", maybe)


def test_no_answer_may_have_been_sent() -> None:
    never = whatsapp.send(Calls(ConnectTimeoutError(endpoint_url="x")), SETTINGS, PAGE)
    late = whatsapp.send(Calls(ReadTimeoutError(endpoint_url="x")), SETTINGS, PAGE)
    assert isinstance(never, Later)
    assert isinstance(late, Later)
    assert (never.maybe_sent, late.maybe_sent) == (False, True)


def test_a_defect_of_ours_is_no_outcome() -> None:
    with pytest.raises(KeyError):
        whatsapp.send(Calls(KeyError("x")), SETTINGS, PAGE)


# ------------------------------------------------------------------------------------------ what comes back


def event(value: Any, raw: bool = True, **more: Any) -> str:
    entry = {"id": "1234567890", "changes": [{"value": value, "field": "messages"}]}
    inner = json.dumps({**EVENTS["envelope"], "whatsAppWebhookEntry": json.dumps(entry), **more})
    return inner if raw else json.dumps({"Type": "Notification", "MessageId": "m-1", "Message": inner})


def came(name: str, raw: bool = True) -> Any:
    (one,) = read(event(VALUES[name], raw), SETTINGS)
    return one


@pytest.mark.parametrize("raw", [True, False])
def test_a_press_on_the_template_names_the_incident(raw: bool) -> None:
    assert came("button_of_the_template", raw) == Pressed(
        "wamid.HBgLPRESS", ANA, "acknowledge", 1042, 7, message="wamid.HBgLPAGE", reply_to=TO
    )


def test_a_press_on_a_message_does_so_too() -> None:
    pressed = came("button_of_a_message")
    assert (pressed.id, pressed.action, pressed.version) == ("wamid.HBgLPRESS2", "resolve", 8)


def test_a_text_is_asked_and_an_answer_is_said_under_its_message() -> None:
    assert came("text") == Asked("wamid.HBgLTEXT", ANA, "ack 1042", TO, TO)
    assert came("answer") == Spoke("wamid.HBgLANSWER", ANA, "the disk is being grown", "wamid.HBgLPAGE", TO)


def test_a_receipt_finds_its_page_and_its_message() -> None:
    assert came("delivered") == Receipt(
        provider_id="6d69f07a-c317-4278-9d5c-6a84078419ec",
        channel="whatsapp",
        status="delivered",
        to=TO,
        page_id="1042-c1-r1-s1-ana-0",
        at=datetime(2025, 11, 26, 2, 4, 10, tzinfo=UTC),
        also="wamid.HBgLPAGE",
    )


def test_a_receipt_without_awss_id_is_known_by_whatsapps() -> None:
    (one,) = read(event(VALUES["delivered"], messageId=None), SETTINGS)
    assert isinstance(one, Receipt)
    assert one.provider_id == "wamid.HBgLPAGE"


@pytest.mark.parametrize(("code", "reason"), HARD.items())
def test_a_message_that_never_arrives_is_the_next_contact(code: int, reason: str) -> None:
    value = recorded("whatsapp/events")["values"]["failed"]
    value["statuses"][0]["errors"][0]["code"] = code
    (one,) = read(event(value), SETTINGS)
    assert isinstance(one, Receipt)
    assert (one.status, one.hard, one.reason) == ("failed", True, reason)
    assert reason in REASONS


@pytest.mark.parametrize(
    "code", [130429, 131000, 131016, 131048, 131049, 131056, 133004, 999999, "131026", None]
)
def test_a_fault_that_passes_shortens_no_wait(code: Any) -> None:
    value = recorded("whatsapp/events")["values"]["failed"]
    value["statuses"][0]["errors"][0]["code"] = code
    (one,) = read(event(value), SETTINGS)
    assert isinstance(one, Receipt)
    assert (one.status, one.hard, one.reason) == ("failed", False, "")


def test_one_event_may_hold_several_things() -> None:
    both = {**VALUES["text"], "statuses": VALUES["delivered"]["statuses"]}
    assert [type(one) for one in read(event(both), SETTINGS)] == [Asked, Receipt]


def test_what_comes_to_another_number_of_the_account_is_not_ours() -> None:
    other = replace(SETTINGS, whatsapp_phone_number_id="phone-number-id-ffff")
    assert read(event(VALUES["text"]), other) == (Ignored("an event of another number of this account"),)
    arn = "arn:aws:social-messaging:eu-west-1:1:phone-number-id/976c72a700aac43eaf573ae050example"
    (one,) = read(event(VALUES["text"]), replace(SETTINGS, whatsapp_phone_number_id=arn))
    assert isinstance(one, Asked)


@pytest.mark.parametrize(
    "change",
    [
        {"from": "US.13491208655302741918"},
        {"from": "+5511955550100"},
        {"from": None},
        {"id": ""},
        {"type": "image"},
        {"text": {"body": " "}},
        {"type": "button", "button": {"payload": "Acknowledge", "text": "Acknowledge"}},
        {"context": {"forwarded": True}},
    ],
)
def test_what_cannot_be_acted_on_is_ignored(change: dict[str, Any]) -> None:
    value = recorded("whatsapp/events")["values"]["text"]
    value["messages"][0].update(change)
    (one,) = read(event(value), SETTINGS)
    assert isinstance(one, Ignored)


@given(st.text(max_size=100) | st.sampled_from(["[" * 50_000, '{"Message":' * 50_000, " " * 300_000, "null"]))
def test_any_words_are_ignored(body: str) -> None:
    entry = json.dumps({"whatsAppWebhookEntry": body})
    for said in (body, json.dumps({"Message": body}), entry, json.dumps({"Message": entry})):
        assert all(isinstance(one, Ignored) for one in read(said, SETTINGS))


@given(mangled(list(VALUES.values())), mangled([EVENTS["envelope"]]))
def test_any_event_is_understood_or_ignored(value: Any, envelope: Any) -> None:
    for one in read(
        event(value, context=envelope.get("context"), messageId=envelope.get("messageId")), SETTINGS
    ):
        assert isinstance(one, (Pressed, Asked, Spoke, Receipt, Ignored))
        repr(one).encode()


# --------------------------------------------------------------------------------------------------- the answer


def test_whoever_wrote_is_answered_with_a_quotation() -> None:
    calls = Calls()
    assert whatsapp.tell(calls, SETTINGS, came("button_of_the_template"), "#1042 acknowledged.") == Sent(
        "6d69f07a"
    )
    assert calls.message == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": TO,
        "type": "text",
        "text": {"preview_url": False, "body": "#1042 acknowledged."},
        "context": {"message_id": "wamid.HBgLPRESS"},
    }


def test_nobody_is_answered_who_has_no_number() -> None:
    assert isinstance(whatsapp.tell(Calls(), SETTINGS, Asked("1", Person("x", "U1"), "ack"), "x"), Refused)
