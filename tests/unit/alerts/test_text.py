from __future__ import annotations

import pytest

from tocsin.alerts.text import MAX_DEPTH, NotJson, TooDeep, cut, dump, encoded, lines, load, one_line


def test_json_is_read_as_it_is() -> None:
    assert load('{"a": [1, 2.5, true, null, "x"]}') == {"a": [1, 2.5, True, None, "x"]}
    assert load('\ufeff{"a": 1}') == {"a": 1}


def test_what_is_not_json_is_told_with_its_place() -> None:
    with pytest.raises(NotJson) as caught:
        load('{"a": 1,\n  b}')
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize("text", ["", " ", "hello", "{'a': 1}", '{"a": 1}{', "undefined", "\x00"])
def test_nothing_else_is_taken_for_json(text: str) -> None:
    with pytest.raises(NotJson):
        load(text)


def test_numbers_beyond_all_sense_stay_text() -> None:
    assert load(f"[{'9' * 5000}, 1e999, -1e999, NaN, Infinity]") == [
        "9" * 5000,
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
    ]
    assert load("9007199254740993") == 9007199254740993


def test_halves_of_characters_are_replaced_everywhere() -> None:
    assert load('{"a\\ud800": ["\\udc00", "\\ud83d\\udd25"]}') == {"a\ufffd": ["\ufffd", "🔥"]}


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 3_000, 200_000])
@pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
def test_json_nested_beyond_reason_is_told_apart(depth: int, left: str, right: str) -> None:
    with pytest.raises(TooDeep):
        load(left * depth + "1" + right * depth)


def test_json_nested_within_reason_is_read() -> None:
    value = load("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert dump(value) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


def test_a_line_has_no_breaks_no_controls_and_no_reversed_writing() -> None:
    assert one_line("  a\r\n\tb \x00\x1b[31mred\x1b[0m\u202e\u2066 c\u2028d\x85e  ") == "a b red c d e"


def test_a_long_line_is_cut_and_says_so() -> None:
    assert one_line("x" * 1024) == "x" * 1024
    assert one_line("x" * 1025) == "x" * 1023 + "…"
    assert len(one_line("ab " * 100_000)) <= 1024


def test_text_within_its_limit_is_left_alone() -> None:
    assert cut("päß", 5) == "päß"


def test_a_cut_is_marked_and_keeps_the_limit_in_bytes() -> None:
    text = "ü" * 1000
    short = cut(text, 500)
    assert len(short.encode()) <= 500
    assert short.startswith("üüü")
    assert short.endswith("(cut: the whole has 1000 characters)")


def test_text_that_grows_on_the_queue_is_cut_for_the_queue() -> None:
    short = cut("\x00" * 60_000, 65_536, 90_000)
    assert encoded(short) <= 90_000
    assert "cut: the whole has 60000 characters" in short


def test_the_same_value_is_the_same_text_however_it_was_written() -> None:
    assert dump(load('{"b": 1, "a": "ü"}')) == dump(load('{ "a":"\\u00fc","b":1}'))


def test_lines_keep_their_breaks_and_nothing_that_is_hidden() -> None:
    said = "\u200fone\x1b[31m red\x00\r\n\n\n\n\ttwo  \u202eowt\u2028three\n"
    assert lines(said, 100) == "one red\n\ntwo owt\nthree"
    assert lines("x" * 101, 100) == "x" * 99 + "…"
    assert lines("\x1b[2J \u200b\n", 100) == ""
