"""What people do with an incident, on the running stack: by command, and by text, as its users do it."""

from __future__ import annotations

import json
from typing import Any

from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command


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
