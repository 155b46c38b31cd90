"""People are paged by WhatsApp, and answer there: by a button, in words, and not at all."""

from __future__ import annotations

from typing import Any

from tests.stack.conftest import Tocsin
from tocsin.incidents.incident import Actor, Incident


def paged(tocsin: Tocsin, name: str) -> tuple[Incident, dict[str, Any]]:
    """An incident, and the message that Wim has of it."""
    tocsin.send(tocsin.key("messages"), {"title": f"Queue is full {name}", "dedup_key": name})
    message = tocsin.handset.wait_for_message("wim", "whatsapp", text=name)
    return tocsin.incident_of(name, "messages"), message


def test_the_buttons_of_the_template_acknowledge_and_words_resolve(tocsin: Tocsin, name: str) -> None:
    incident, message = paged(tocsin, name)
    assert message["text"].startswith(f"Incident {incident.number} on messages: Queue is full {name}")
    tocsin.handset.press_whatsapp("wim", message["id"], "Acknowledge")
    acked = tocsin.until(incident.number, "acknowledged").acked_by
    assert acked == Actor("user", "wim", "whatsapp")
    confirmed = f"#{incident.number} acknowledged. res {incident.number} resolves."
    assert tocsin.handset.wait_for_message("wim", "whatsapp", text=confirmed)["status"] == "delivered"
    tocsin.handset.write_whatsapp("wim", "res", answering=message["id"])
    tocsin.until(incident.number, "resolved")
    tocsin.handset.wait_for_message("wim", "whatsapp", text=f"#{incident.number} resolved")
    # The receipt goes a way of its own.
    tocsin.wait(
        lambda: [one.receipt for one in tocsin.store.pages(incident.number)] == ["delivered"],
        what="the receipt",
    )


def test_somebody_who_was_not_paged_changes_nothing(tocsin: Tocsin, name: str) -> None:
    incident, _ = paged(tocsin, name)
    tocsin.handset.write_whatsapp("ana", f"res {incident.number}")
    tocsin.handset.wait_for_message("ana", "whatsapp", text=f"#{incident.number} is not an incident you were")
    tocsin.handset.write_whatsapp("wim", f"ack {incident.number}")
    assert tocsin.until(incident.number, "acknowledged").acked_by.name == "wim"


def test_a_number_without_whatsapp_is_texted_at_once(tocsin: Tocsin, name: str) -> None:
    tocsin.handset.refuse("wim", "invalid", times=1)
    tocsin.send(tocsin.key("messages"), {"title": f"Queue is full {name}", "dedup_key": name})
    tocsin.handset.wait_for_message("wim", "sms", text=name)
    incident = tocsin.incident_of(name, "messages")
    [refused] = [line for line in tocsin.timeline(incident.number) if line.kind == "refused"]
    assert refused.details["reason"] == "no_such_person"
