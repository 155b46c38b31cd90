"""What a command is answered: what it came to, who has it, what is so already, and how to mend what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.world import World
from tocsin.engine.wishes import wished


@pytest.fixture
def world() -> World:
    return World()


def do(world: World, number: int, action: str, by: str = "ana", **more: Any) -> dict[str, Any]:
    row = {"id": world.ids.fresh(), "incident": number, "action": action, "actor": by, **more}
    return wished(world.ports, row)


def said(world: World, number: int, kind: str, detail: str) -> object:
    return [line.details[detail] for line in world.timeline(number) if line.kind == kind][-1]


def test_a_title_is_one_line_without_anything_hidden_and_a_cut_is_seen(world: World) -> None:
    number = world.alert().number
    do(world, number, "title", text="Disk\x1b[31m full\non \u202edb1\x00\u200b")
    assert world.get(number).title == "Disk full on db1"
    do(world, number, "title", text="x" * 10_000)
    assert world.get(number).title == "x" * 255 + "…"
    assert do(world, number, "title", text="\u202e\x00 ")["why"] == "a title has words"


def test_a_note_keeps_its_lines_and_nothing_hidden(world: World) -> None:
    number = world.alert().number
    do(world, number, "note", text="one\x1b]0;pwned\x07\r\n\u202etwo\n")
    assert said(world, number, "note", "text") == "one]0;pwned\ntwo"
    do(world, number, "note", text="x" * 3_000)
    assert said(world, number, "note", "text") == "x" * 1_999 + "…"
    do(world, number, "ask", users=["chi"], text="\x1b[2Jplease")
    assert said(world, number, "responders_asked", "text") == "please"


def test_whoever_acts_has_a_name_that_can_be_printed(world: World) -> None:
    number = world.alert().number
    assert "error" in do(world, number, "acknowledge", by="ana\x1b[2J")
