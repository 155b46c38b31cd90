"""Pages by WhatsApp and answers there: from SNS to the incident and back to the phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.functions.deployment import ANA, BEN, TEAM, Deployment
from tocsin.incidents.incident import Actor, State

RECORDED = Path(__file__).parents[1] / "unit" / "paging" / "recorded" / "whatsapp" / "events.json"
#: Ana is asked by WhatsApp first, and texted long after that.
BY_WHATSAPP = TEAM.replace(
    "high: [{after: 0m, via: sms}, {after: 3m, via: voice}]",
    "high: [{after: 0m, via: whatsapp}, {after: 4m, via: sms}]",
)


def event(name: str, sender: str, id: str = "wamid.1", **changes: Any) -> dict[str, Any]:
    """A recorded event of WhatsApp, of this person and about this message."""
    recorded = json.loads(RECORDED.read_text())
    value = recorded["values"][name]
    for person in value.get("contacts", ()):
        person["wa_id"] = sender.removeprefix("+")
    for message in value.get("messages", ()):
        message |= {"from": sender.removeprefix("+"), "id": id, **changes}
    for status in value.get("statuses", ()):
        status |= {"recipient_id": sender.removeprefix("+"), "id": id, **changes}
    entry = {"id": "1234567890", "changes": [{"value": value, "field": "messages"}]}
    return {**recorded["envelope"], "whatsAppWebhookEntry": json.dumps(entry)}


@pytest.fixture
def tocsin(deploy: Callable[..., Deployment]) -> Deployment:
    """A stack in which Ana was paged for #1001 by WhatsApp."""
    found = deploy(team=BY_WHATSAPP)
    found.alert()
    found.run(0.1)
    return found


def came(tocsin: Deployment, what: dict[str, Any]) -> None:
    tocsin.publish("whatsapp", what)
    tocsin.run(0.1)


def press(payload: str) -> dict[str, Any]:
    return {"button": {"payload": payload, "text": "Acknowledge"}}


def test_a_page_goes_by_the_template_with_buttons_that_know_their_incident(tocsin: Deployment) -> None:
    [page] = tocsin.sent
    assert (page.channel, page.to, page.text) == ("whatsapp", ANA, "tocsin_page")
    buttons = [part for part in page.request["template"]["components"] if part["type"] == "button"]
    payloads = [button["parameters"][0]["payload"].rpartition(":")[0] for button in buttons]
    assert payloads == ["acknowledge:1001", "resolve:1001"]


def test_a_button_acknowledges_once_and_is_answered_under_the_press(tocsin: Deployment) -> None:
    for _ in range(2):
        came(tocsin, event("button_of_the_template", ANA, **press("acknowledge:1001:1")))
    assert tocsin.get(1001).acked_by == Actor("user", "ana", "whatsapp")
    _, answer = tocsin.sent
    assert (answer.to, answer.text) == (ANA, "#1001 acknowledged. res 1001 resolves.")
    assert answer.request["context"] == {"message_id": "wamid.1"}


def test_words_do_as_a_text_s(tocsin: Deployment) -> None:
    came(tocsin, event("text", ANA, text={"body": "res 1001"}))
    assert tocsin.get(1001).state is State.RESOLVED
    assert tocsin.sent[-1].text == "#1001 resolved."


def test_a_stranger_s_press_does_nothing_and_gets_no_answer(tocsin: Deployment) -> None:
    came(tocsin, event("button_of_the_template", "+12025550177", **press("resolve:1001:1")))
    came(tocsin, event("button_of_the_template", BEN, "wamid.2", **press("resolve:1001:1")))
    assert tocsin.get(1001).state is State.TRIGGERED
    assert [one.to for one in tocsin.sent[1:]] == [BEN], "a colleague is told that nothing was changed"


def test_an_event_of_another_number_of_the_account_is_left_alone(deploy: Callable[..., Deployment]) -> None:
    tocsin = deploy(team=BY_WHATSAPP, TOCSIN_WHATSAPP_PHONE_NUMBER_ID="phone-number-id-ours")
    tocsin.alert()
    tocsin.run(0.1)
    came(tocsin, event("text", ANA, text={"body": "ack 1001"}))
    assert tocsin.get(1001).state is State.TRIGGERED
    assert len(tocsin.sent) == 1


def test_a_page_to_a_number_without_whatsapp_is_a_text_at_once(tocsin: Deployment) -> None:
    [page] = tocsin.sent
    failed = event("failed", ANA, "wamid.P", biz_opaque_callback_data=page.page)
    for _ in range(2):
        came(tocsin, failed | {"messageId": page.id})
    assert [one.channel for one in tocsin.sent] == ["whatsapp", "sms"]


def test_what_arrived_is_noted_and_a_word_under_it_means_its_incident(tocsin: Deployment) -> None:
    [page] = tocsin.sent
    delivered = event("delivered", ANA, "wamid.HBgLPAGE", biz_opaque_callback_data=page.page)
    came(tocsin, delivered | {"messageId": page.id})
    record = tocsin.store.page(1001, page.page)
    assert record is not None
    assert record.receipt == "delivered"
    came(tocsin, event("answer", ANA, "wamid.9", text={"body": "ack"}))
    assert tocsin.get(1001).state is State.ACKNOWLEDGED


def test_whoever_whatsapp_knows_by_another_number_answers_under_the_page(
    deploy: Callable[..., Deployment],
) -> None:
    """A number of Brazil, which WhatsApp has without the ninth digit."""
    dialled, own = "+5511955550100", "+551155550100"
    tocsin = deploy(team=BY_WHATSAPP.replace(ANA, dialled))
    tocsin.alert()
    tocsin.run(0.1)
    [page] = tocsin.sent
    delivered = event("delivered", own, "wamid.HBgLPAGE", biz_opaque_callback_data=page.page)
    came(tocsin, delivered | {"messageId": page.id})
    came(tocsin, event("button_of_the_template", own, **press("acknowledge:1001:1")))
    assert tocsin.get(1001).acked_by == Actor("user", "ana", "whatsapp")
    assert [(one.to, one.text) for one in tocsin.sent[1:]] == [
        (own, "#1001 acknowledged. res 1001 resolves.")
    ]


@pytest.mark.parametrize("entry", ["", "[]", "{}", "null", '{"changes": 7}', "[" * 10_000, 7, None])
def test_what_is_no_event_is_dropped(tocsin: Deployment, entry: object) -> None:
    came(tocsin, {"whatsAppWebhookEntry": entry})
    assert len(tocsin.sent) == 1
    assert not [line for line in tocsin.lines() if line["level"] == "ERROR"]
