"""`tocsin incident`: what is no such argument is told in words; what is done is what the function does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.cli.running import Done, tocsin
from tests.unit.engine.world import World
from tocsin.engine.wishes import wished
from tocsin_cli import incident, stack

Command = Callable[..., Done]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()

    def invoke(_: Any, wish: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(json.dumps(wished(world.ports, wish["command"])))
        if "error" in answer:
            raise stack.StackError(answer["error"])
        return answer

    monkeypatch.setattr(incident, "invoke", invoke)
    monkeypatch.setattr(incident, "open_stack", lambda *_: None)
    monkeypatch.setattr("getpass.getuser", lambda: "root")
    return world


@pytest.fixture
def command(world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return lambda *words: tocsin(capsys, "incident", *words, monkeypatch=monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "abc"), "argument NUMBER: 'abc' is no incident: write its number, such as 1042"),
        (("ack", "-1"), "argument NUMBER: '-1' is no incident"),
        (("show", "\u0661"), "argument NUMBER: '\u0661' is no incident"),
        (("merge", "1042", "--into", "x"), "argument --into: 'x' is no incident"),
        (("escalate", "1042", "--step", "0"), "argument --step: '0' is no step: write its number"),
        (("snooze", "1042", "--for", "2"), "argument --for: '2' is no duration"),
    ],
)
def test_what_is_no_such_argument_is_told_in_words(
    command: Command, arguments: tuple[str, ...], words: str
) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_an_ack_in_nobody_s_name_is_refused_with_who_there_is(world: World, command: Command) -> None:
    number = world.alert().number
    done = command("ack", f"#{number}")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"#{number} was not changed: there is no user named 'root': say who has it with --as; "
        "there are: ana, ben, chi, lee\n"
    )
    assert world.get(number).state.value == "triggered"
    assert command("note", number, "seen").code == 0
    assert command("ack", number, "--as", "ana").out.startswith(f"#{number} acknowledged by ana until ")


def test_a_snooze_is_an_hour_unless_it_is_said(world: World, command: Command) -> None:
    number = world.alert().number
    assert command("snooze", number, "--as", "ana").out.startswith(
        f"#{number} snoozed by ana until 2026-11-23 03:00 UTC"
    )
