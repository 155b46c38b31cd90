"""02:00. Payment success drops to 0 %, and the primary's phone is off."""

from __future__ import annotations

from tests.stack.conftest import Tocsin


def test_the_second_person_is_woken_takes_it_by_key_and_the_fix_resolves_it(
    tocsin: Tocsin, name: str
) -> None:
    tocsin.handset.power("ana", on=False)
    key = tocsin.key("checkout")
    title = "Payment success dropped to 0 %"
    sent = tocsin.send(key, {"title": title, "dedup_key": name, "severity": "critical"})
    assert sent.status == 202
    assert sent.body["events"][0]["dedup_key"] == name

    incident = tocsin.incident_of(name, "checkout")
    call = tocsin.handset.wait_for_message("ben", "voice")
    assert title.rstrip(" %") in call["text"] or "Payment success dropped to 0 percent" in call["text"]
    tocsin.handset.answer("ben", call["id"])
    assert tocsin.store.incident(incident.number).state.value == "triggered", "an answered call is not an ack"
    said = tocsin.handset.press("ben", "4", call["id"])
    assert "acknowledged" in str(said)
    assert tocsin.until(incident.number, "acknowledged").acked_by.name == "ben"

    again = tocsin.send(key, {"title": title, "dedup_key": name, "severity": "critical"})
    assert again.status == 202
    tocsin.wait(
        lambda: tocsin.store.alert_of(incident.number, incident.alerts[0])[0].count == 2, what="a repeat"
    )

    fixed = tocsin.send(key, {"title": title, "dedup_key": name, "action": "resolve"})
    assert fixed.status == 202
    over = tocsin.until(incident.number, "resolved")
    assert over.resolved_by.kind == "integration"

    tocsin.handset.power("ana", on=True)
    lines = tocsin.timeline(incident.number)
    told = [(line.kind, line.actor.name, line.actor.via) for line in lines]
    assert told[0] == ("opened", "checkout", "event")
    assert [line.details["people"] for line in lines if line.kind == "step"] == ["ana", "ben"]
    assert ("acknowledged", "ben", "call") in told
    assert told[-1] == ("resolved", "checkout", "event")
    sent_pages = [(line.details["user"], line.details["via"]) for line in lines if line.kind == "page_sent"]
    assert sent_pages == [("ana", "sms"), ("ben", "voice")]
    waited = (
        next(line.at for line in lines if line.kind == "step" and line.details["people"] == "ben")
        - lines[0].at
    )
    assert 12 <= waited.total_seconds() < 20


def test_when_nobody_is_on_call_the_failure_itself_raises_the_alarm(tocsin: Tocsin, name: str) -> None:
    tocsin.send(tocsin.key("lonely"), {"title": name, "dedup_key": name})
    incident = tocsin.incident_of(name, "lonely")
    alarm = [line for line in tocsin.timeline(incident.number) if line.kind == "alarm"]
    assert [line.details["reason"] for line in alarm] == ["nobody_reached"]
    skipped = [line.details["reason"] for line in tocsin.timeline(incident.number) if line.kind == "skipped"]
    assert skipped == ["nobody_on_call"]
    assert incident.due is not None
    assert (incident.due - incident.opened_at).total_seconds() > 295, "tried again in five minutes"
