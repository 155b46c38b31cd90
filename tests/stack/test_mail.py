"""People answer by mail, as SES hands their mails on; and mails that bounce wake somebody all the same."""

from __future__ import annotations

from typing import Any

from tests.stack.conftest import Tocsin
from tocsin.incidents.incident import Incident


def paged(tocsin: Tocsin, name: str) -> tuple[Incident, dict[str, Any]]:
    """An incident, and the mail that Lea has of it."""
    tocsin.send(tocsin.key("letters"), {"title": f"Post is late {name}", "dedup_key": name})
    mail = tocsin.handset.wait_for_message("lea", "email", text=name)
    return tocsin.incident_of(name, "letters"), mail


def test_an_answer_to_a_mail_acknowledges_and_is_confirmed_by_mail(tocsin: Tocsin, name: str) -> None:
    incident, mail = paged(tocsin, name)
    assert "Or answer this mail with #ack" in mail["text"]
    tocsin.handset.reply_to_mail(mail["id"], "I have it.\n\n#ack\n\nLea")
    acked = tocsin.until(incident.number, "acknowledged").acked_by
    assert (acked.name, acked.via) == ("lea", "mail")
    [line] = [line for line in tocsin.timeline(incident.number) if line.kind == "acknowledged"]
    assert line.actor == acked
    confirmed = tocsin.handset.wait_for_message("lea", "email", text=f"#{incident.number} acknowledged")
    assert confirmed["subject"] == f"Re: {mail['subject']}"
    tocsin.handset.reply_to_mail(confirmed["id"], "#res")
    tocsin.until(incident.number, "resolved")
    tocsin.handset.wait_for_message("lea", "email", text=f"#{incident.number} resolved")


def test_a_forged_mail_and_a_stranger_s_change_nothing_and_are_told_nothing(
    tocsin: Tocsin, name: str
) -> None:
    incident, mail = paged(tocsin, name)
    before = len(tocsin.handset.messages("lea", "email"))
    tocsin.handset.reply_to_mail(mail["id"], "#res", forged=True)
    tocsin.handset.reply_to_mail(mail["id"], "#res", sender="eve@example.net")
    # What came after them was taken, so they were looked at before.
    tocsin.handset.reply_to_mail(mail["id"], "#ack")
    assert tocsin.until(incident.number, "acknowledged").acked_by.name == "lea"
    tocsin.handset.wait_for_message("lea", "email", text=f"#{incident.number} acknowledged")
    assert len(tocsin.handset.messages("lea", "email")) == before + 1
    assert not [one for one in tocsin.handset.messages(via="email") if one["to"] == "eve@example.net"]
    assert "resolved" not in tocsin.kinds(incident.number)


def test_a_mail_that_bounces_sends_a_text_at_once(tocsin: Tocsin, name: str) -> None:
    tocsin.handset.refuse("lea", "bounces", times=1)
    incident, _ = paged(tocsin, name)
    tocsin.handset.wait_for_message("lea", "sms", text=name)
    [refused] = [line for line in tocsin.timeline(incident.number) if line.kind == "refused"]
    assert refused.details["reason"] == "invalid_address"
