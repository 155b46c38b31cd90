"""The written grammar of text messages, row by row: ``sms_bodies.txt`` is worked out from ``docs/answers.md``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.paging.replies import Kind, Reply, read

ROWS = Path(__file__).with_name("sms_bodies.txt")
GRAMMAR = Path(__file__).parents[3] / "docs" / "answers.md"


@dataclass(frozen=True)
class Row:
    """A message, what it means and why, under which rule."""

    rule: str
    body: str
    meaning: str
    why: str


def rows() -> list[Row]:
    found, rule = [], ""
    for line in ROWS.read_text(encoding="utf-8").split("\n"):
        if line.startswith("== "):
            rule = line.removeprefix("== ")
        elif line and not line.startswith("# ") and line != "#":
            body, meaning, why = (part.strip(" ") for part in line.split(" | "))
            found.append(Row(rule, _unescaped(body), meaning, why))
    return found


def _unescaped(body: str) -> str:
    named = {"n": "\n", "t": "\t", "_": " "}
    return re.sub(
        r"\\(?:u([0-9a-f]{4})|(.))", lambda at: chr(int(at[1], 16)) if at[1] else named[at[2]], body
    )


def told(reply: Reply) -> str:
    """A reply in the words of the table."""
    if reply.kind is Kind.UNKNOWN:
        return "nothing"
    words = [reply.kind.value]
    if reply.number is not None:
        words.append(f"#{reply.number}")
    if reply.code is not None:
        words.append(f"code {reply.code}")
    if reply.all:
        words.append("all")
    span = f", {reply.span // timedelta(minutes=1)} min" if reply.span is not None else ""
    return " ".join(words) + span + (f": {reply.text}" if reply.text else "")


ALL = rows()


@pytest.mark.parametrize("row", ALL, ids=lambda row: f"{row.rule}: {row.body!r}")
def test_a_text_message_means_what_the_written_grammar_says(row: Row) -> None:
    assert told(read(row.body)) == row.meaning, row.why


def test_every_rule_of_the_written_grammar_has_rows_and_every_row_a_rule() -> None:
    written = re.findall(r"^- \*\*(T\d+ [^*]+)\.\*\*", GRAMMAR.read_text(encoding="utf-8"), re.MULTILINE)
    assert [rule.partition(" ")[0] for rule in written] == [f"T{at}" for at in range(1, len(written) + 1)]
    assert list(dict.fromkeys(row.rule for row in ALL)) == written
    assert all(row.why for row in ALL)


def test_the_table_has_two_hundred_messages_and_none_twice() -> None:
    assert len(ALL) >= 200
    assert len({row.body for row in ALL}) == len(ALL)


def test_the_table_has_every_command() -> None:
    commands = {kind for kind in Kind if kind not in (Kind.REPEAT, Kind.UNKNOWN)}
    assert {read(row.body).kind for row in ALL} >= commands
