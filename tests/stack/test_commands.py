"""What people do with an incident, on the running stack: by command, and by text, as its users do it."""

from __future__ import annotations

import json
from typing import Any

from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command
from tocsin.alerts.event import key_hash
from tocsin.incidents.alert import FateKind


def _shown(tocsin: Tocsin, number: int) -> Any:
    return json.loads(tocsin_command(tocsin, "incident", "show", str(number), "--json"))


def _do(tocsin: Tocsin, number: int, verb: str, *more: str, by: str = "ops") -> str:
    return tocsin_command(tocsin, "incident", verb, str(number), *more, "--as", by)


def test_an_incident_is_taken_snoozed_given_away_and_ended_by_command(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("desk")
    tocsin.send(key, {"action": "trigger", "dedup_key": name, "title": "The desk is on fire"})
    number = tocsin.incident_of(name, "desk").number
    assert f"#{number} acknowledged by ops until " in _do(tocsin, number, "ack")
    assert f"#{number} snoozed by ops until " in _do(tocsin, number, "snooze", "--for", "2h")
    _do(tocsin, number, "note", "the sprinkler works")
    _do(tocsin, number, "severity", "sev2")
    _do(tocsin, number, "reassign", "--user", "mia")
    found = _shown(tocsin, number)
    assert (found["state"], found["severity"], found["assigned"]) == ("triggered", "SEV2", ["mia"])
    tocsin.wait(lambda: f"{number}-c2-r1-s1-mia-0" in _pages(tocsin, number), what="the page to Mia")
    _do(tocsin, number, "resolve")
    assert f"#{number} triggered" in _do(tocsin, number, "reopen")
    repeat = {"action": "trigger", "dedup_key": name, "title": "The desk is on fire"}
    tocsin.send(key, repeat)
    tocsin.wait(lambda: tocsin.incident_of(name, "desk").number == number)
    _do(tocsin, number, "resolve")
    kinds = [line["kind"] for line in _shown(tocsin, number)["timeline"]]
    told = ["acknowledged", "snoozed", "note", "severity_changed", "reassigned", "resolved", "reopened"]
    assert [kind for kind in kinds if kind in told] == [*told, "resolved"]


def _pages(tocsin: Tocsin, number: int) -> set[str]:
    return {str(line.details.get("page")) for line in tocsin.timeline(number) if line.kind == "page_sent"}


def test_two_incidents_become_one_and_its_repeats_follow(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("desk")
    for which in ("one", "two"):
        tocsin.send(key, {"action": "trigger", "dedup_key": f"{name}-{which}", "title": which})
    one, two = (tocsin.incident_of(f"{name}-{which}", "desk").number for which in ("one", "two"))
    assert f"a part of #{two}" in _do(tocsin, one, "merge", "--into", str(two))
    assert tocsin.incident_of(f"{name}-one", "desk").number == two
    _do(tocsin, two, "resolve")


def _paged(tocsin: Tocsin, title: str) -> int:
    """How many mails with this title asked somebody to look: those that say that it is over do not count."""
    mails = tocsin.handset.messages("noa", "email")
    return sum(title in mail["subject"] and "was resolved" not in mail["text"] for mail in mails)


def test_what_is_muted_pages_nobody_until_it_is_unmuted(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("desk")
    title = f"The desk hums: {name}"

    def comes(action: str) -> Any:
        """The fate of an event that comes now."""
        answer = tocsin.send(key, {"action": action, "dedup_key": name, "title": title})
        (event,) = answer.body["events"]
        alert = key_hash("desk", name)
        return tocsin.wait(
            lambda: tocsin.store.alert(alert, [event["id"]])[1].get(event["id"]), what="its fate"
        )

    assert comes("trigger").kind is FateKind.INCIDENT
    number = tocsin.incident_of(name, "desk").number
    tocsin.wait(lambda: _paged(tocsin, title) == 1, what="the page")
    told = _do(tocsin, number, "mute", "4h")
    assert f"#{number} snoozed by ops until " in told
    assert "its alerts are muted until " in told
    assert comes("trigger").kind is FateKind.REPEAT
    assert comes("resolve").kind is FateKind.RESOLVED
    fate = comes("trigger")
    assert (fate.kind, fate.incident) == (FateKind.DROPPED, number)
    assert str(fate.rule).startswith(f"muted:{number} until ")
    assert tocsin.incident_of(name, "desk").number == number
    assert _paged(tocsin, title) == 1
    _do(tocsin, number, "unmute")
    fate = comes("trigger")
    assert fate.kind is FateKind.INCIDENT
    again = fate.incident
    assert again > number
    tocsin.wait(lambda: _paged(tocsin, title) == 2, what="the page of the other incident")
    kinds = [kind for kind in tocsin.kinds(number) if kind in ("snoozed", "muted", "resolved", "unmuted")]
    assert kinds == ["snoozed", "muted", "resolved", "unmuted"]
    _do(tocsin, again, "resolve")


def test_somebody_is_asked_to_join_by_text_and_answers_by_text(tocsin: Tocsin, name: str) -> None:
    key = tocsin.key("desk")
    tocsin.send(key, {"action": "trigger", "dedup_key": name, "title": "Help wanted"})
    number = tocsin.incident_of(name, "desk").number
    _do(tocsin, number, "ask", "--user", "ana", "--text", "you know the desk best")
    found = tocsin.handset.wait_for_message("ana", "sms", text=f"#{number}")
    text = str(found["text"])
    assert "asks you to join" in text
    assert "you know the desk best" in text
    code = text.split("Reply ")[1].split("y")[0]
    tocsin.handset.reply("ana", f"{code}y", answering="")
    tocsin.wait(lambda: _shown(tocsin, number)["responders"] == {"ana": "joined"}, what="joining")
    _do(tocsin, number, "resolve")
