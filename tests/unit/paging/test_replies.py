"""The SMS grammar, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.paging.grammar import HELP_WORDS, LETTERS, START_WORDS, WORDS
from tocsin.paging.replies import STOP_WORDS, Kind, Reply, pressed, read

ACK, RES, UNKNOWN = Kind.ACK, Kind.RESOLVE, Reply(Kind.UNKNOWN)


def number(kind: Kind, value: int) -> Reply:
    return Reply(kind, number=value)


def code(kind: Kind, value: int) -> Reply:
    return Reply(kind, code=value)


BY_NUMBER = [
    ("ack 1042", number(ACK, 1042)),
    ("ACK 1042", number(ACK, 1042)),
    ("Ack  1042 ", number(ACK, 1042)),
    ("ack1042", number(ACK, 1042)),
    ("ack #1042", number(ACK, 1042)),
    ("ack#1042", number(ACK, 1042)),
    ("ack: 1042", number(ACK, 1042)),
    ("ack-1042", number(ACK, 1042)),
    ("#1042 ack", number(ACK, 1042)),
    ("#1042ack", number(ACK, 1042)),
    ("1042 ack", number(ACK, 1042)),
    ("1042: ack", number(ACK, 1042)),
    ("#ack 1042", number(ACK, 1042)),
    ("ack 1042.", number(ACK, 1042)),
    ("ack 1042!", number(ACK, 1042)),
    ("'ack 1042'", number(ACK, 1042)),
    ("\u201cack 1042\u201d", number(ACK, 1042)),
    ("«ack 1042»", number(ACK, 1042)),
    ("ack 1042 please", number(ACK, 1042)),
    ("ack 1042, thanks", number(ACK, 1042)),
    ("ack incident 1042", number(ACK, 1042)),
    ("ack INC-1042", number(ACK, 1042)),
    ("acknowledge 1042", number(ACK, 1042)),
    ("Acknowledged #1042", number(ACK, 1042)),
    ("acked 1042", number(ACK, 1042)),
    ("aknowledge 1042", number(ACK, 1042)),
    ("ack 01042", number(ACK, 1042)),
    ("ack １０４２", number(ACK, 1042)),
    ("ａｃｋ　１０４２", number(ACK, 1042)),
    ("ack ١٠٤٢", number(ACK, 1042)),
    ("ack\u200b 1042\ufeff", number(ACK, 1042)),
    ("ack\u00a01042", number(ACK, 1042)),
    ("ack\t1042", number(ACK, 1042)),
    ("ack 1", number(ACK, 1)),
    ("1 ack", number(ACK, 1)),
    ("a #1042", number(ACK, 1042)),
    ("#1042 a", number(ACK, 1042)),
    ("#1042r", number(RES, 1042)),
    ("res 1042", number(RES, 1042)),
    ("resolve #1042", number(RES, 1042)),
    ("Resolved 1042", number(RES, 1042)),
    ("#2071 res", number(RES, 2071)),
    ("\n\n res 1042", number(RES, 1042)),
    ("ack 1042\n> checkout: res 7", number(ACK, 1042)),
    ("> res 7\nack 1042", number(ACK, 1042)),
    ("ack 1042\r\nOn Monday Tocsin wrote: res 7", number(ACK, 1042)),
]
BY_CODE = [
    ("1a", code(ACK, 1)),
    ("1A", code(ACK, 1)),
    ("1 a", code(ACK, 1)),
    (" 1a ", code(ACK, 1)),
    ("1a.", code(ACK, 1)),
    ("'1a'", code(ACK, 1)),
    ("\u20181a\u2019", code(ACK, 1)),
    ("(1a)", code(ACK, 1)),
    ("<1a>", code(ACK, 1)),
    ("１ａ", code(ACK, 1)),
    ("①a", code(ACK, 1)),
    ("12a", code(ACK, 12)),
    ("1a ack", code(ACK, 1)),
    ("1a = ack", code(ACK, 1)),
    ("ack 1a", code(ACK, 1)),
    ("Reply 1a", code(ACK, 1)),
    ("1a pls", code(ACK, 1)),
    ("1042a", code(ACK, 1042)),
    ("1r", code(RES, 1)),
    ("1R!", code(RES, 1)),
    ("3 r", code(RES, 3)),
    ("1r resolve", code(RES, 1)),
    ("res 2r", code(RES, 2)),
    ("1a\n\nSent from my phone", code(ACK, 1)),
]
BARE = [
    ("ack", Reply(ACK)),
    ("Ack.", Reply(ACK)),
    ("ACK!", Reply(ACK)),
    ("#ack", Reply(ACK)),
    ("a", Reply(ACK)),
    ("'a'", Reply(ACK)),
    ("acknowledged", Reply(ACK)),
    ("ack please", Reply(ACK)),
    ("res", Reply(RES)),
    ("R", Reply(RES)),
    ("resolved", Reply(RES)),
    ("#res", Reply(RES)),
]
NOT_READ = [
    "",
    "   ",
    "\n\n",
    "...",
    "ok",
    "OK",
    "yes",
    "k",
    "on it",
    "a1",
    "r1",
    "a 1042",
    "1042",
    "#1042",
    "ack?",
    "res 1042?",
    "1a?",
    "ack res",
    "1a res",
    "res 1a",
    "ack 1042 res",
    "1a 2a",
    "ack 1042 1043",
    "res all",
    "all",
    "ack 0",
    "0a",
    "ack 1,042",
    "ack -",
    "don't ack 1042",
    "not ack",
    "back 1042",
    "attack 1042",
    "ack 10x2",
    "ack 1042000000000000000000",
    "e1",
    "1c",
    "resist 1042",
    "area",
    "I will ack 1042 in the morning",
    "Liked \u201cack 1042\u201d",
    "Emphasized \u201c1a\u201d",
    "> ack 1042",
    "cancel 1042",
    "end of shift",
    "start over",
    "starting",
    "👍",
    "🆗",
]
STOPPED = [
    *sorted(STOP_WORDS),
    "STOP",
    "Stop.",
    "STOP!",
    "'stop'",
    "stop?",
    "ＳＴＯＰ",
    "Opt-Out",
    "STOP calling me",
    "unsubscribe please",
    "stop\n1a",
]


@pytest.mark.parametrize(("body", "meaning"), BY_NUMBER)
def test_a_word_and_a_number_name_the_incident_with_that_number(body: str, meaning: Reply) -> None:
    assert read(body) == meaning


@pytest.mark.parametrize(("body", "meaning"), BY_CODE)
def test_a_number_and_a_letter_are_this_phones_own_code(body: str, meaning: Reply) -> None:
    assert read(body) == meaning


@pytest.mark.parametrize(("body", "meaning"), BARE)
def test_a_bare_word_answers_the_message_it_replies_to(body: str, meaning: Reply) -> None:
    assert read(body) == meaning


@pytest.mark.parametrize("body", NOT_READ)
def test_what_could_mean_something_else_changes_nothing(body: str) -> None:
    assert read(body) == UNKNOWN


@pytest.mark.parametrize("body", STOPPED)
def test_every_word_that_opts_out_at_the_carrier_is_understood_as_opting_out(body: str) -> None:
    assert read(body) == Reply(Kind.STOP)


@pytest.mark.parametrize("word", [*WORDS, *LETTERS, "note", "ack all", "aa", "1a", "1r", "1e", "1s 30m"])
def test_no_word_that_people_are_taught_is_or_begins_with_an_opt_out_or_help(word: str) -> None:
    assert read(word).kind not in (Kind.STOP, Kind.START, Kind.HELP)
    assert not word.startswith((*STOP_WORDS, *START_WORDS, *HELP_WORDS, "yes", "revoke"))


@pytest.mark.parametrize("body", ["START", "start.", "UNSTOP", "Unstop", "ＳＴＡＲＴ"])
def test_opting_in_again_is_understood(body: str) -> None:
    assert read(body) == Reply(Kind.START)


@pytest.mark.parametrize("body", ["HELP", "help!", "Help?", "?", "??", "info", "help me"])
def test_help_can_be_asked_for(body: str) -> None:
    assert read(body) == Reply(Kind.HELP)


@given(
    st.sampled_from([ACK, RES]),
    st.integers(1, 999_999),
    st.sampled_from(["", " ", "  ", "\t", "\n"]),
    st.sampled_from(["", ".", "!", " ", "\n> res 1"]),
    st.booleans(),
)
@settings(deadline=None)
def test_a_command_keeps_its_meaning_in_any_case_and_wrapping(
    kind: Kind, value: int, before: str, after: str, loud: bool
) -> None:
    word = {ACK: "ack", RES: "res"}[kind]
    for body, meaning in ((f"{word} {value}", number(kind, value)), (f"{value}{word[0]}", code(kind, value))):
        assert read(before + (body.upper() if loud else body) + after) == meaning


def test_a_huge_text_is_read_no_further_than_its_first_line() -> None:
    assert read("ack " + "9" * 100_000) == UNKNOWN
    assert read("1a\n" + "x" * 100_000) == code(ACK, 1)


def test_the_keys_of_a_call_are_4_6_9_and_star() -> None:
    meant = {digit: pressed(digit).kind for digit in "0123456789*#"}
    assert {digit: kind for digit, kind in meant.items() if kind is not Kind.UNKNOWN} == {
        "4": Kind.ACK,
        "6": Kind.RESOLVE,
        "9": Kind.ESCALATE,
        "*": Kind.REPEAT,
    }
    assert pressed("") == UNKNOWN
