"""Acting on an incident by command, against functions that are deployed in this process."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.functions.deployment import Deployment
from tests.functions.stacks import Account
from tests.unit.cli.running import Done
from tocsin.incidents.alert import Fate
from tocsin.incidents.incident import TOCSIN, Entry
from tocsin.store.incidents import Commit
from tocsin_cli.stack import Stack

Command = Callable[..., Done]


@pytest.fixture
def there(tocsin: Deployment, account: Account, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """The stack ``tocsin``, whose function for answers is invoked here; its clock is that of the command."""
    tocsin.clock.set(datetime.now(UTC))
    account.stacks["tocsin"] = {"TableName": tocsin.table, "ReplyFunctionName": "answers"}

    class Functions:
        def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
            assert FunctionName == "answers"
            answer = tocsin.invoke("reply", json.loads(Payload))
            return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    client = Stack.client
    monkeypatch.setattr(
        Stack, "client", lambda self, name: Functions() if name == "lambda" else client(self, name)
    )
    return tocsin


def fate_of_another(there: Deployment, dedup_key: str) -> Fate:
    """What becomes of one more trigger with this key."""
    number = there.incident_of(dedup_key).number
    there.clock.advance(timedelta(seconds=1))
    key = there.get(number).alerts[0]
    posted = there.post(
        there.key("checkout"), {"action": "trigger", "dedup_key": dedup_key, "title": dedup_key}
    )
    there.work("alerts")
    [event] = json.loads(posted["body"])["events"]
    return there.store.alert(key, [event["id"]])[1][event["id"]]


def minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def test_an_open_incident_is_muted_and_says_until_when(command: Command, there: Deployment) -> None:
    number = there.alert().number
    done = command("incident", "mute", f"#{number}", "4h", "--as", "ana")
    until = minute(there.clock.now() + timedelta(hours=4))
    assert done.code == 0
    assert done.out.splitlines() == [
        f"#{number} snoozed by ana until {until}",
        "  checkout: disk is on fire (critical)",
        f"  its alerts are muted until {until}: nothing opens for them",
    ]
    assert "  muted by ana (command): until " in command("incident", "show", number).out


def test_a_resolved_incidents_alert_opens_nothing_until_it_is_unmuted(
    command: Command, there: Deployment
) -> None:
    number = there.alert().number
    command("incident", "resolve", number, "--as", "ana")
    there.clock.advance(timedelta(seconds=1))
    assert command("incident", "mute", number, "2d", "--as", "ana").code == 0
    fate = fate_of_another(there, "disk")
    assert (fate.kind.value, fate.incident) == ("dropped", number)
    assert str(fate.rule).startswith(f"muted:{number} until ")
    assert there.counted("AlertMuted") == 1
    done = command("incident", "unmute", number, "--as", "ben")
    assert (done.code, "muted" in done.out) == (0, False)
    fate = fate_of_another(there, "disk")
    assert (fate.kind.value, fate.incident) == ("incident", number + 1)
    assert [kind for kind in there.kinds(number) if "mute" in kind] == ["muted", "unmuted"]


def test_what_was_given_to_somebody_shows_that_they_are_its_first_step(
    command: Command, there: Deployment
) -> None:
    number = there.alert("disk").number
    command("incident", "reassign", number, "--user", "ben", "--as", "ben")
    shown = command("incident", "show", number).out
    assert "step 1 of round 1\n" in shown
    assert "  given to ben: they are step 1, and its policy follows from step 2 on\n" in shown


def test_whoever_moves_it_to_where_it_is_is_told_so(command: Command, there: Deployment) -> None:
    number = there.alert("disk").number
    command("incident", "ack", number, "--as", "ben")
    done = command("incident", "move", number)
    words = f"it goes by the policy {there.get(number).policy!r} of the configuration of now already"
    assert (done.code, done.err) == (1, f"#{number} was not changed: {words}\n")


def test_what_is_not_muted_what_was_merged_and_a_mute_without_an_end_are_refused_in_words(
    command: Command, there: Deployment
) -> None:
    one, two = there.alert("disk").number, there.alert("memory").number
    done = command("incident", "unmute", one)
    assert (done.code, done.err) == (1, f"#{one} was not changed: its alerts are not muted\n")
    done = command("incident", "mute", one, "32d")
    assert (done.code, done.err) == (1, f"#{one} was not changed: a mute is from 1 minute to 31 days long\n")
    assert command("incident", "mute", one).code == 2
    command("incident", "merge", one, "--into", two)
    done = command("incident", "mute", one, "1h")
    words = f"it is a part of #{two} now, which has its alerts"
    assert (done.code, done.err) == (1, f"#{one} was not changed: {words}\n")


def test_whatever_is_stored_steers_no_terminal(command: Command, there: Deployment) -> None:
    incident = there.alert()
    hostile = Entry("900000-000", there.clock.now(), "note", TOCSIN, {"text": "one\x1b[2J\n\u202etwo"})
    there.store.commit(
        Commit(
            replace(incident, title="\x1b[31mred\nblack", version=incident.version + 1),
            incident.version,
            (hostile,),
        ),
        None,
    )
    done = command("incident", "show", incident.number)
    assert done.code == 0
    assert all(char.isprintable() or char == "\n" for char in done.out)
    assert r"checkout: \x1b[31mred\nblack (critical)" in done.out
    assert "text one\\x1b[2J\n" + " " * 21 + r"\u202etwo" in done.out


def test_a_merged_incident_names_what_it_is_a_part_of_and_leads_in_no_circle(
    command: Command, there: Deployment
) -> None:
    one, two = there.alert("disk").number, there.alert("memory").number
    command("incident", "merge", one, "--into", two)
    for verb in ("ack", "resolve", "reopen"):
        done = command("incident", verb, one)
        assert done.err == f"#{one} was not changed: it is a part of #{two} now, which has its alerts\n"
    assert command("incident", "merge", one, "--into", two).err.endswith(f"it is a part of #{two} already\n")
    command("incident", "resolve", two, "--as", "ana")
    done = command("incident", "ack", two)
    reopen = f"tocsin incident reopen {two} opens it again"
    assert done.err == f"#{two} was not changed: it was resolved by Ana Souza ({reopen})\n"
