"""`tocsin contact`, against the use cases in memory: what people read, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.cli.running import Done, tocsin
from tests.unit.engine.test_browsers import switch_on
from tests.unit.engine.test_contacts import ANA, PUSHING, code, required
from tests.unit.engine.world import World, busy, refuse
from tocsin.engine.wishes import asked
from tocsin_cli import contact, incident, stack

Command = Callable[..., Done]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A stack in which contacts have to be verified. What is sent is delivered before the command looks again."""
    world = required()

    def invoke(_: Any, wish: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            json.dumps(asked(world.ports, json.loads(json.dumps(wish)), lambda: PUSHING))
        )
        world.run(minutes=0.1, audits=False)
        if "error" in answer:
            raise stack.StackError(answer["error"])
        return answer

    monkeypatch.setattr(incident, "invoke", invoke)
    monkeypatch.setattr(stack, "open_stack", lambda *_: None)
    monkeypatch.setattr(contact, "PATIENCE", 0.1)
    monkeypatch.setattr("getpass.getuser", lambda: "ops")
    return world


@pytest.fixture
def command(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return lambda *words: tocsin(capsys, "contact", *words, monkeypatch=monkeypatch)


def test_a_contact_is_verified_by_the_code_that_comes(world: World, command: Command) -> None:
    sent = command("verify", "ana", "--contact", "mobile")
    assert (sent.code, sent.err) == (0, "")
    assert sent.out == (
        "A code was sent to mobile, good for 15 minutes. Then: tocsin contact confirm ana CODE\n"
        "A text can be answered with the code, too.\n"
    )
    right = code(world.carriers.sent[-1][2].text)
    wrong = command("confirm", "ana", f"{(int(right) + 1) % 10**6:06d}")
    assert (wrong.code, wrong.err) == (1, "Not verified: that is not the code\n")
    assert command("confirm", "ana", f"{right[:3]} {right[3:]}").out == "Verified: mobile of ana.\n"
    assert command("verify", "ana", "--contact", "mobile").out == "mobile is verified already.\n"
    late = command("confirm", "ana", "999999")
    assert (late.code, late.out) == (1, "")
    assert late.err == "No code was waiting for this one: mobile of ana was verified before.\n"


def test_the_list_says_what_is_known_of_each(world: World, command: Command) -> None:
    command("verify", "ana", "--contact", "mobile")
    command("vouch", "ana", "--contact", "email", "--as", "dee")
    assert command("list", "ana").out.splitlines() == [
        "user  contact  address",
        "ana   email    ana@example.com  verified 2026-11-23, dee vouched for it",
        "ana   mobile   +12025550101     not verified; a code waits until 02:15 UTC",
        "",
        "1 contact not verified, and passed over.",
    ]
    everybody = json.loads(command("list", "--json").out)
    assert len(everybody["contacts"]) == 6
    assert everybody["required"] is True


def test_a_carrier_that_refuses_the_code_is_quoted(world: World, command: Command) -> None:
    world.carriers.says = refuse("invalid_number", ANA)
    sent = command("verify", "ana", "--contact", "mobile")
    assert (sent.code, sent.out) == (1, "")
    assert sent.err == "No code was sent to mobile: refused: the number is not valid\n"


def test_a_pager_is_tested_by_each_way_and_one_that_is_refused_is_an_error(
    world: World, command: Command
) -> None:
    command("vouch", "ana")
    tried = command("test", "ana", "--voice")
    assert tried.code == 0
    assert [line.split("  ")[0] for line in tried.out.splitlines()] == [
        "contact",
        "email",
        "mobile",
        "mobile",
    ]
    assert tried.out.count("sent: the carrier has taken it") == 3
    refused = command("test", "ben")
    assert refused.code == 1
    assert "To verify a contact: tocsin contact verify ben" in refused.out


def test_a_carrier_that_has_not_answered_yet_is_no_failure(
    world: World, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    world.carriers.says = busy(10**6)
    command("vouch", "ana")
    tried = command("test", "ana", "--contact", "email")
    assert tried.code == 0
    assert "the carrier is asked again" in tried.out


def test_what_cannot_be_done_is_told_and_exits_2(command: Command) -> None:
    done = command("verify", "anna")
    assert (done.code, done.out) == (2, "")
    assert "there is no user named 'anna' in the configuration that was applied last" in done.err


def test_a_link_of_push_is_sent_to_a_verified_contact_or_shown(world: World, command: Command) -> None:
    unknown = command("push", "ana")
    assert unknown.code == 2
    assert "tocsin contact verify ana" in unknown.err
    command("vouch", "ana")
    sent = command("push", "ana")
    assert sent == Done(
        0, "A link was sent to email, good for a day: ana opens it on their phone.\n", sent.err
    )
    assert "https://tocsin.example/push/" in world.carriers.sent[-1][2].text
    shown = command("push", "ana", "--show")
    assert shown.out.startswith("https://tocsin.example/push/")
    assert "can switch on the pages of ana" in shown.err
    world.carriers.says = refuse("invalid_address")
    refused = command("push", "ana")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "No link was sent to email: refused: the mail address is not valid\n"


def test_browsers_stand_among_the_contacts_and_are_switched_off(world: World, command: Command) -> None:
    assert command("push", "ana", "--off").out == "ana has push in no browser.\n"
    switch_on(world)
    row = next(line for line in command("list", "ana").out.splitlines() if " push " in line)
    assert row.split("  ")[-1].strip() == "verified 2026-11-23, by a link"
    assert "Chrome on Android" in row
    assert command("push", "ana", "--off").out == "Push is off in Chrome on Android.\n"
    assert " push " not in command("list", "ana").out
