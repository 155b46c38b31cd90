"""What must hold for every text message, whoever wrote it: no sentence is a command, and none is slow or breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.paging import hostile
from tocsin.paging.grammar import LETTERS, WORDS
from tocsin.paging.replies import Kind, Reply, read

ACK, UNKNOWN = Kind.ACK, Reply(Kind.UNKNOWN)
COMMANDS = {*WORDS.values(), Kind.NOTE}

#: Pieces of the grammar: put together at random they are commands, nearly commands, and nonsense.
PIECES = [
    *WORDS,
    *LETTERS,
    *(
        "note",
        "all",
        "aa",
        "1",
        "12",
        "1042",
        "0",
        "#",
        "#1042",
        "inc",
        "incident",
        "reply",
        "for",
        "30m",
        "2h",
    ),
    *("1d", "9d", "please", "thanks", "thank you", "stop", "start", "help", "end", "cancel", "not", "ok"),
    *("the disk is full", "-", ":", ".", ",", "!", "?", "=", "\n", "\n> res 7", "\n--\nAna"),
]
pieced = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " "])), max_size=6).map(
    lambda parts: "".join(piece + blank for piece, blank in parts)
)
bodies = st.one_of(pieced, hostile.texts, st.tuples(pieced, hostile.texts).map("".join))

#: Words that people put beside a command; none of them may leave it one.
ENGLISH = [
    *(
        "not",
        "never",
        "don't",
        "cannot",
        "will",
        "should",
        "who",
        "did",
        "is",
        "was",
        "can",
        "you",
        "we",
        "I",
    ),
    *(
        "if",
        "when",
        "after",
        "unless",
        "later",
        "tomorrow",
        "now",
        "soon",
        "again",
        "yet",
        "still",
        "already",
    ),
    *(
        "attack",
        "back",
        "un",
        "non",
        "and",
        "or",
        "but",
        "nor",
        "without",
        "by",
        "to",
        "yes",
        "no",
        "ok",
        "sorry",
    ),
]
#: What people text to each other, and to a number that texted them at night.
TRAPS = [
    line
    for line in Path(__file__).with_name("sms_traps.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("# ")
]
WRAPS = [
    "'{}'",
    '"{}"',
    "\u201c{}\u201d",
    "\u201e{}\u201c",
    "\u00ab{}\u00bb",
    "({})",
    "[{}]",
    "*{}*",
    "'\u201c{}\u201d'",
]
WIDE = str.maketrans({chr(at): chr(at + 0xFEE0) for at in range(0x21, 0x7F)} | {" ": "\u3000"})
quotable = pieced.filter(lambda body: "\n" not in body and not body.lstrip(" -.,:!").startswith(">"))


def well_formed(reply: Reply) -> bool:
    """Whether it holds only what its kind may."""
    named = reply.number is not None or reply.code is not None
    return (
        (reply.number is None or reply.code is None)
        and (reply.number or reply.code or 1) > 0
        and (reply.kind in COMMANDS or not named)
        and (reply.span is not None) == (reply.kind is Kind.SNOOZE)
        and (reply.span is None or timedelta(minutes=1) <= reply.span <= timedelta(days=7))
        and bool(reply.text) == (reply.kind is Kind.NOTE)
        and (named or reply.kind is not Kind.NOTE)
        and len(reply.text) <= 1600
        and not set(reply.text) & set("\0\n\r\u2028\u202e")
        and (not reply.all or (reply.kind is ACK and not named))
    )


@given(bodies)
@settings(deadline=None, max_examples=500)
def test_no_text_of_any_kind_breaks_the_reading(body: str) -> None:
    reply = read(body)
    assert well_formed(reply)


@given(
    pieced,
    st.sampled_from(["", " ", "\t", "\n", "\u00a0\n  "]),
    st.sampled_from(["", " ", "\t", "\n", "\u3000"]),
)
@settings(deadline=None, max_examples=300)
def test_a_message_means_the_same_in_capitals_in_full_width_and_among_blanks(
    body: str, before: str, after: str
) -> None:
    meant = read(body)
    assert read(body.translate(WIDE)) == meant
    assert read(before + body + after) == meant
    assert read(body.upper()) == replace(meant, text=meant.text.upper())


@given(quotable, st.sampled_from(WRAPS))
@settings(deadline=None, max_examples=300)
def test_a_message_means_the_same_in_quotes(body: str, wrap: str) -> None:
    assert read(wrap.format(body)) == read(body)


@given(
    st.sampled_from([*WORDS, *(f"1{letter}" for letter in LETTERS), "ack all", "aa"]),
    st.sampled_from(["", " 1042", " #1042"]),
    st.sampled_from(ENGLISH),
    st.booleans(),
)
@settings(deadline=None)
def test_a_command_with_a_word_of_english_beside_it_changes_nothing(
    command: str, number: str, word: str, first: bool
) -> None:
    assert read(f"{word} {command}{number}" if first else f"{command}{number} {word}") == UNKNOWN


@pytest.mark.parametrize("body", TRAPS)
def test_an_ordinary_sentence_is_no_command(body: str) -> None:
    for said in (body, body.upper(), f"{body}.", f"{body}!", f"\u201c{body}\u201d", body.translate(WIDE)):
        assert read(said) == UNKNOWN


@pytest.mark.parametrize(
    "body", ["Note 1042 resolved", "note #7: ack all", "note 1 stop", "1 note 1r", "1042 note help"]
)
def test_a_note_is_a_note_whatever_it_says(body: str) -> None:
    assert read(body).kind is Kind.NOTE


def test_a_note_keeps_what_was_written_and_hides_nothing() -> None:
    assert read("Note 1042 Disk FULL on db-3, 100 %?").text == "Disk FULL on db-3, 100 %?"
    assert read("note 1042 a\0b\u202ec\n\n d").text == "abc d"
    long = read("note 1042 " + "x" * 1_000 + "\n" + "y" * 5_000)
    assert (len(long.text), long.text[-4:]) == (1_600, "y...")


@pytest.mark.parametrize(
    "body",
    [
        "note 1\n" + "\n" * 200_000,
        "note 1042 " + "\nx" * 200_000,
        ">\n" * 200_000 + "1a",
        "ack" + ":" * 1_590 + "x",
        "ack 1042" + "." * 1_580 + " pleas",
        "1s" + " ," * 700 + "3x",
        "snooze " + "1d" * 700,
        "reply " * 260,
        "\ufdfa" * 1_600,
        "note" + " -" * 700,
        "\u200b" * 100_000 + "1a",
        "a\u0301\u0316" * 500,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_texts_made_to_be_slow_are_read_like_any_other(body: str) -> None:
    assert well_formed(read(body))


@pytest.mark.parametrize("body", ["1r" + " " * 1_600 + "is what I did not do", "ack" + " " * 3_000 + "not"])
def test_a_line_that_is_too_long_to_be_read_whole_is_no_command(body: str) -> None:
    assert read(body) == UNKNOWN
    assert read("stop" + " " * 3_000 + "it") == Reply(Kind.STOP)
