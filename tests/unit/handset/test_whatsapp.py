"""WhatsApp on the handset, as AWS's own client and the product's own reader see it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.handset.client import HandsetError
from tests.unit.handset.kit import ANA, WHATSAPP, Served
from tocsin.paging.channels import whatsapp
from tocsin.paging.channels.base import ChannelSettings, Message, Sent
from tocsin.paging.channels.whatsapp_answers import read
from tocsin.paging.chat import Asked, Card, Pressed, Spoke
from tocsin.paging.receipts import Receipt

pytestmark = pytest.mark.enable_socket

SETTINGS = ChannelSettings(
    whatsapp_phone_number_id="phone-number-id-7d1f7c5000004000800000000000000a",
    whatsapp_template="tocsin_page",
)
CARD = Card(
    number=1042,
    version=7,
    service="checkout",
    title="Payments are down",
    state="triggered",
    urgency="high",
    severity="critical",
    count=1,
    opened_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    buttons=whatsapp.BUTTONS,
)


@pytest.fixture
def social(served: Served) -> Any:
    return served.client("socialmessaging", "social-messaging")


def page(served: Served, social: Any) -> dict[str, Any]:
    outcome = whatsapp.send(social, SETTINGS, Message("1042-c1-r1-s1-ana-0", ANA, "", 1042, card=CARD))
    assert isinstance(outcome, Sent)
    [message] = served.handset.messages("ana", "whatsapp")
    assert message["provider_id"] == outcome.provider_id
    return message


def told(served: Served, at_least: int) -> list[Any]:
    """What was published, as the product reads it."""
    events = served.handset.wait_for(
        lambda _: found if len(found := served.aws.published(WHATSAPP)) >= at_least else None,
        timeout=5,
    )
    return [one for event in events for one in read(json.dumps(event), SETTINGS)]


def test_a_page_shows_the_template_s_words_and_buttons_and_its_receipts_come(
    served: Served, social: Any
) -> None:
    message = page(served, social)
    assert message["text"].startswith("Incident 1042 on checkout: Payments are down\nSeverity: critical.")
    assert [one["label"] for one in message["buttons"]] == ["Acknowledge", "Resolve"]
    receipts = told(served, 2)
    assert [(one.status, one.provider_id, one.page_id) for one in receipts] == [
        (word, message["provider_id"], "1042-c1-r1-s1-ana-0") for word in ("sent", "delivered")
    ]


def test_a_press_and_words_are_published_as_whatsapp_does(served: Served, social: Any) -> None:
    message = page(served, social)
    told(served, 2)
    served.handset.press_whatsapp("ana", message["id"], "Acknowledge")
    served.handset.write_whatsapp("ana", "ack", answering=message["id"])
    served.handset.write_whatsapp("ana", "res 1042")
    pressed, spoke, asked = told(served, 5)[2:]
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.number, pressed.version) == ("acknowledge", 1042, 7)
    assert isinstance(spoke, Spoke)
    assert (spoke.text, spoke.thread) == ("ack", message["whatsapp_id"])
    assert isinstance(asked, Asked)
    assert (asked.text, asked.person.id, asked.person.name) == ("res 1042", ANA, "Ana Souza")
    with pytest.raises(HandsetError, match="no button"):
        served.handset.press_whatsapp("ana", message["id"], "Delete")


def test_words_of_ours_arrive_only_within_a_day_of_theirs(served: Served, social: Any) -> None:
    answer = Message("whatsapp-1", ANA, "#1042 acknowledged.", thread="wamid.1")
    assert isinstance(whatsapp.send(social, SETTINGS, answer), Sent)
    [refused] = told(served, 1)
    assert isinstance(refused, Receipt)
    assert (refused.hard, refused.reason) == (True, "window_closed")
    served.handset.write_whatsapp("ana", "hello")
    assert isinstance(whatsapp.send(social, SETTINGS, answer), Sent)
    assert served.handset.messages("ana", "whatsapp")[-1]["status"] == "delivered"
    # Nothing is left under way for whoever comes next.
    assert [one.status for one in told(served, 4) if isinstance(one, Receipt)] == [
        "failed",
        "sent",
        "delivered",
    ]


def test_a_number_without_whatsapp_is_told_later(served: Served, social: Any) -> None:
    served.handset.refuse("ana", "invalid", times=1)
    assert page(served, social)["status"] == "blocked"
    [failed] = told(served, 1)
    assert (failed.status, failed.hard, failed.reason) == ("failed", True, "no_such_person")


@pytest.mark.parametrize(
    "message", [b"x", b"[]", b'{"messaging_product": "whatsapp", "to": "1", "type": "x"}']
)
def test_what_is_no_message_is_refused_at_once(social: Any, message: bytes) -> None:
    with pytest.raises(ClientError, match="InvalidParametersException"):
        social.send_whatsapp_message(
            originationPhoneNumberId="phone-number-id-1", message=message, metaApiVersion="v20.0"
        )
